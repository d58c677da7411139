//! Resolves a command's portals, in one region or several, each with a client for its region.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::stream::{BoxStream, LocalBoxStream};
use futures_util::{Stream, StreamExt, stream};

use super::both_ends::ListLimits;
use super::context::Context;
use super::pagination::{items_of, pages_of};
use super::targets::{
    RepeatedPortals, create_client, listed_portal_id, report_unavailable_regions, resolve_name,
};
use crate::cli::completion::RecentLists;
use crate::cli::{Portals, named_twice};
use crate::config::{Calls, Config};
use crate::delivery::connections;
use crate::diagnostics::{Call, Failure, Reporter, SettingsError};
use crate::output::portal_names::PortalNames;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, PortalReference};
use crate::service::operations::Operation;

/// The region whose partition is searched if no region is set.
const ANY_REGION: &str = "us-east-1";

/// Concurrent portal lookups.
pub(super) const PORTALS_AT_A_TIME: usize = 64;

/// A resolved portal.
#[derive(Clone)]
pub(super) struct Target<'a> {
    pub(super) client: &'a Client,
    pub(super) portal: PortalId,
    /// Its document in ListPortals, if that was requested.
    pub(super) summary: Option<Arc<Portal>>,
    /// Whether ListPortals omits it.
    pub(super) is_unlisted: bool,
}

/// A portal, or the failure that prevented finding it.
pub(super) type TargetResult<'a> = Result<Target<'a>, Failure>;

/// A portal reference with the index of its region.
pub(super) type Placed = (usize, PortalReference);

/// A search for portals in one region or several.
pub(super) struct Search {
    regions: Vec<Client>,
    /// The named portals, or `None` for every portal of the regions.
    named: Option<Vec<Placed>>,
    /// Concurrent calls.
    concurrency: usize,
    limits: ListLimits,
    repeated: RepeatedPortals,
    recent: RecentLists,
    reporter: Arc<Reporter>,
    names: Arc<PortalNames>,
}

impl Search {
    /// Prepares the search without a call. A search for several portals uses the retry policy of many calls,
    /// whatever `calls` says.
    ///
    /// # Errors
    /// Settings that cannot be used, a signal, the deadline.
    pub(super) async fn prepare(
        context: &mut Context,
        portals: Portals,
        calls: Calls,
        concurrency: usize,
    ) -> Result<Self, Failure> {
        let arn = match &portals {
            Portals::Named(named) if named.len() == 1 => named[0].arn(),
            _ => None,
        };
        let calls = match &portals {
            Portals::Named(named) if named.len() == 1 => calls,
            _ => Calls::Many,
        };
        let config = context.load_config(arn).await?;
        Self::new(context, &config, portals, calls, concurrency)
    }

    /// As [`Self::prepare`], with a loaded configuration and the retry policy of many calls.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub(super) fn in_account(
        context: &Context,
        config: &Config,
        portals: Portals,
        concurrency: usize,
    ) -> Result<Self, Failure> {
        Self::new(context, config, portals, Calls::Many, concurrency)
    }

    fn new(
        context: &Context,
        account: &Config,
        portals: Portals,
        calls: Calls,
        concurrency: usize,
    ) -> Result<Self, Failure> {
        let reporter = &context.reporter;
        let (regions, named) = match portals {
            Portals::Named(named) => {
                let (regions, named) = regions_of_named(account, named, calls, reporter)?;
                (regions, Some(named))
            }
            Portals::OfRegion => (regions(account, false, calls, reporter)?, None),
            Portals::OfAllRegions => (regions(account, true, calls, reporter)?, None),
        };
        let repeated = RepeatedPortals::new(reporter, &regions);
        let concurrency = connections(concurrency, reporter);
        Ok(Self {
            regions,
            named,
            concurrency,
            limits: ListLimits::new(concurrency),
            repeated,
            recent: RecentLists::new(&context.environment),
            reporter: Arc::clone(reporter),
            names: Arc::clone(&context.portal_names),
        })
    }

    pub(super) fn region_count(&self) -> usize {
        self.regions.len()
    }

    /// The searched regions, for messages.
    pub(super) fn scope(&self) -> String {
        let names: Vec<&str> = self.regions.iter().map(|it| it.region().as_str()).collect();
        match names[..] {
            [one] => one.to_owned(),
            _ => format!("{} regions ({})", names.len(), names.join(", ")),
        }
    }

    /// The names of the portals that have been found so far.
    pub(super) fn portal_names(&self) -> &PortalNames {
        &self.names
    }

    pub(super) fn clients(&self) -> &[Client] {
        &self.regions
    }

    /// The named portals, each with the index of its region.
    pub(super) fn named(&self) -> Option<&[Placed]> {
        self.named.as_deref()
    }

    /// Keeps the portals that a region's ListPortals returned for completion and tables, without those that come from
    /// another region, too.
    pub(super) fn remember(&self, client: &Client, portals: &mut Vec<Portal>) {
        portals.retain(|portal| !self.repeated.contains(client, portal));
        self.recent.add_portals(client.endpoint(), portals);
        self.names.add(portals);
    }

    /// Concurrent calls.
    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// The limits of the lists of sessions.
    pub(super) fn limits(&self) -> &ListLimits {
        &self.limits
    }

    /// Streams the portals, with a failure for each portal that is not found and each region that
    /// could not be listed.
    pub(super) fn targets(&self) -> BoxStream<'_, TargetResult<'_>> {
        let Some(named) = &self.named else {
            let found = stream::iter(&self.regions)
                .flat_map_unordered(self.concurrency, |client| self.targets_in(client));
            let note = |message: &str| self.reporter.note(message);
            return report_unavailable_regions(found, self.regions.len(), note).boxed();
        };
        let found = stream::iter(named)
            .map(|(region, reference)| self.named_target(&self.regions[*region], reference))
            .buffer_unordered(self.concurrency);
        each_once(found).boxed()
    }

    /// As [`Self::targets`], with each portal's document in ListPortals.
    pub(super) fn targets_with_summaries(&self) -> LocalBoxStream<'_, TargetResult<'_>> {
        let Some(named) = &self.named else {
            return self.targets();
        };
        let found = stream::iter(self.regions.iter().enumerate())
            .map(|(region, client)| self.named_with_summaries(region, client, named))
            .buffer_unordered(self.concurrency)
            .flat_map(stream::iter);
        each_once(found).boxed_local()
    }

    /// A region's portals, followed by the failure that ended their list, if any.
    fn targets_in<'a>(&'a self, client: &'a Client) -> BoxStream<'a, TargetResult<'a>> {
        let call = Call::new(client, Operation::ListPortals);
        let read = move |portals: Option<Vec<Portal>>| {
            let mut portals = portals.unwrap_or_default();
            self.remember(client, &mut portals);
            let targets = portals.into_iter().map(|portal| target(client, portal));
            ControlFlow::Continue(targets.collect())
        };
        items_of(pages_of(client.list_portals(None), call, read))
            .map(|target| target.and_then(|target| target))
            .boxed()
    }

    /// The portals that are named in one region. Where none of them is found, ListPortals has no more to
    /// say.
    async fn named_with_summaries<'a>(
        &'a self,
        region: usize,
        client: &'a Client,
        named: &'a [Placed],
    ) -> Vec<TargetResult<'a>> {
        let named = named.iter().filter(|(placed, _)| *placed == region);
        let mut found: Vec<_> = stream::iter(named)
            .map(|(_, reference)| self.named_target(client, reference))
            .buffered(self.concurrency)
            .collect()
            .await;
        if found.iter().all(Result::is_err) {
            return found;
        }
        let mut listed = self.targets_in(client);
        let mut failures = Vec::new();
        while let Some(listed) = listed.next().await {
            match listed {
                Ok(listed) => found
                    .iter_mut()
                    .filter_map(|found| found.as_mut().ok())
                    .filter(|found| found.portal == listed.portal)
                    .for_each(|found| found.summary.clone_from(&listed.summary)),
                Err(failure) => failures.push(Err(failure)),
            }
        }
        for target in found.iter_mut().filter_map(|found| found.as_mut().ok()) {
            target.is_unlisted = target.summary.is_none() && failures.is_empty();
        }
        found.extend(failures);
        found
    }

    /// Resolves a named portal. Only a display name requires calls.
    async fn named_target<'a>(
        &self,
        client: &'a Client,
        reference: &PortalReference,
    ) -> TargetResult<'a> {
        let portal = match reference {
            PortalReference::Id(id) => *id,
            PortalReference::Arn(arn) => arn.portal,
            PortalReference::Name(name) => resolve_name(client, name, &self.names).await?,
        };
        Ok(Target {
            client,
            portal,
            summary: None,
            is_unlisted: false,
        })
    }
}

/// Passes each portal on once, and fails for a portal that is named in two notations.
fn each_once<'a>(
    found: impl Stream<Item = TargetResult<'a>> + 'a,
) -> impl Stream<Item = TargetResult<'a>> + 'a {
    let mut seen: Vec<(&Region, PortalId)> = Vec::new();
    found.map(move |target| {
        let target = target?;
        let portal = (target.client.region(), target.portal);
        if seen.contains(&portal) {
            return Err(named_twice(&target.portal));
        }
        seen.push(portal);
        Ok(target)
    })
}

/// A portal from ListPortals.
fn target(client: &Client, summary: Portal) -> TargetResult<'_> {
    let portal = listed_portal_id(client, &summary)?;
    Ok(Target {
        client,
        portal,
        summary: Some(Arc::new(summary)),
        is_unlisted: false,
    })
}

/// One client per searched region.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn regions(
    account: &Config,
    all: bool,
    calls: Calls,
    reporter: &Reporter,
) -> Result<Vec<Client>, SettingsError> {
    let region = match account.region() {
        Err(SettingsError::NoRegion) if all => ANY_REGION.parse().map_err(SettingsError::Region)?,
        region => region?,
    };
    if !all {
        return Ok(vec![create_client(account, region, calls, reporter)?]);
    }
    account
        .service_regions(&region)
        .map(|region| create_client(account, region, calls, reporter))
        .collect()
}

/// One client per region of the named portals, and the index of each portal's.
fn regions_of_named(
    account: &Config,
    named: Vec<PortalReference>,
    calls: Calls,
    reporter: &Reporter,
) -> Result<(Vec<Client>, Vec<Placed>), SettingsError> {
    let mut clients: Vec<Client> = Vec::new();
    let mut placed = Vec::new();
    for reference in named {
        let region: Region = match reference.arn() {
            Some(arn) => arn.region.clone(),
            None => account.region()?,
        };
        let at = match clients.iter().position(|client| *client.region() == region) {
            Some(at) => at,
            None => {
                clients.push(create_client(account, region, calls, reporter)?);
                clients.len() - 1
            }
        };
        placed.push((at, reference));
    }
    Ok((clients, placed))
}
