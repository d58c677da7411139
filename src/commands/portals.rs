//! The portals that a command is about, wherever they are, each with a client of its region.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};

use super::context::Context;
use super::paging::broken_off;
use super::portal::look_up;
use crate::account::{Account, Calls};
use crate::cli::{Portals, completion, named_twice};
use crate::delivery::connections;
use crate::diagnostics::{Call, Code, Failure, SettingsError};
use crate::service::client::Client;
use crate::service::endpoint::{Partition, Region};
use crate::service::ids::{PortalId, PortalReference};
use crate::service::model::Document;
use crate::service::operations::Operation;

/// A region of the partition whose regions are all asked where no region is set.
const ANY_REGION: &str = "us-east-1";

/// A portal to ask about.
#[derive(Clone)]
pub(super) struct Target<'a> {
    pub(super) client: &'a Client,
    pub(super) portal: PortalId,
    /// What ListPortals says of it, where that was asked.
    pub(super) summary: Option<Arc<Document>>,
}

/// A portal as it was named, with the index of its region.
type Placed = (usize, PortalReference);

/// The search for portals: which regions are asked, and for what.
pub(super) struct Search {
    regions: Vec<Client>,
    /// The portals that are named; all portals of the regions otherwise.
    named: Option<Vec<Placed>>,
    /// Calls at a time.
    concurrency: usize,
}

impl Search {
    /// Prepares the search. It makes no call.
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
        let account = context.account(arn).await?;
        let (regions, named) = match portals {
            Portals::Named(named) => {
                let (regions, named) = regions_of_named(&account, named, calls)?;
                (regions, Some(named))
            }
            Portals::OfRegion => (regions(&account, false, calls)?, None),
            Portals::OfAllRegions => (regions(&account, true, calls)?, None),
        };
        for client in regions.iter().take(1) {
            context.warn_of_plain_http(client);
            warn_of_one_endpoint(context, &account, client, regions.len());
        }
        Ok(Self {
            regions,
            named,
            concurrency: connections(concurrency, &context.reporter),
        })
    }

    /// Regions that are asked.
    pub(super) fn region_count(&self) -> usize {
        self.regions.len()
    }

    /// Calls at a time.
    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// The portals as they are found, and a failure for each that is not, and for each region that
    /// could not be asked.
    pub(super) fn targets(&self) -> BoxStream<'_, Result<Target<'_>, Failure>> {
        match &self.named {
            Some(named) => self.named_targets(named).boxed(),
            None => stream::iter(&self.regions)
                .map(targets_in)
                .buffer_unordered(self.concurrency)
                .flat_map(stream::iter)
                .boxed(),
        }
    }

    /// The same with what ListPortals says of each.
    pub(super) async fn targets_with_summaries(&self) -> Vec<Result<Target<'_>, Failure>> {
        let Some(named) = &self.named else {
            return self.targets().collect().await;
        };
        let mut found: Vec<_> = self.named_targets(named).collect().await;
        for client in &self.regions {
            let (summaries, failure) = list(client).await;
            for target in found.iter_mut().filter_map(|found| found.as_mut().ok()) {
                let is_it =
                    |summary: &&Document| summary.portal_id() == Some(target.portal.as_str());
                if std::ptr::eq(target.client, client) {
                    target.summary = summaries.iter().find(is_it).cloned().map(Arc::new);
                }
            }
            found.extend(failure.map(Err));
        }
        found
    }

    fn named_targets<'a>(
        &'a self,
        named: &'a [Placed],
    ) -> impl Stream<Item = Result<Target<'a>, Failure>> {
        let mut seen: Vec<PortalId> = Vec::new();
        stream::iter(named)
            .map(|(region, reference)| named_target(&self.regions[*region], reference))
            .buffered(self.concurrency)
            .map(move |target| {
                let target = target?;
                if seen.contains(&target.portal) {
                    return Err(named_twice(&target.portal));
                }
                seen.push(target.portal);
                Ok(target)
            })
    }
}

/// A named portal. Only a name costs calls.
async fn named_target<'a>(
    client: &'a Client,
    reference: &PortalReference,
) -> Result<Target<'a>, Failure> {
    let portal = match reference {
        PortalReference::Id(id) => *id,
        PortalReference::Arn(arn) => arn.portal,
        PortalReference::Name(name) => look_up(client, name).await?,
    };
    Ok(Target {
        client,
        portal,
        summary: None,
    })
}

/// A region's portals, and the failure that their list ended with, if it did.
async fn targets_in(client: &Client) -> Vec<Result<Target<'_>, Failure>> {
    let (portals, failure) = list(client).await;
    let targets = portals.into_iter().map(|summary| {
        let id = summary.portal_id();
        let portal = id.and_then(|id| id.parse().ok()).ok_or_else(|| {
            let message = "a portal has an ARN of an unknown form";
            Failure::new(Code::NotTheService, message)
                .about(Call::new(client, Operation::ListPortals).subject())
        })?;
        Ok(Target {
            client,
            portal,
            summary: Some(Arc::new(summary)),
        })
    });
    targets.chain(failure.map(Err)).collect()
}

async fn list(client: &Client) -> (Vec<Document>, Option<Failure>) {
    let mut pages = client.list_portals(None);
    let mut portals = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => portals.extend(page),
            Err(error) => {
                let failure = broken_off(
                    &Call::new(client, Operation::ListPortals),
                    &error,
                    !portals.is_empty(),
                );
                return (portals, Some(failure));
            }
        }
    }
    completion::remember_portals(portals.iter());
    (portals, None)
}

/// One client per region to ask.
///
/// # Errors
/// Settings that cannot be used.
pub(super) fn regions(
    account: &Account,
    all: bool,
    calls: Calls,
) -> Result<Vec<Client>, SettingsError> {
    let region = match account.region() {
        Err(SettingsError::NoRegion) if all => ANY_REGION.parse().map_err(SettingsError::Region)?,
        region => region?,
    };
    if !all {
        return Ok(vec![account.client_in(region, calls)?]);
    }
    Partition::service_regions(&region)
        .map(|region| account.client_in(region, calls))
        .collect()
}

/// One client per region of the named portals, and the index of each portal's.
fn regions_of_named(
    account: &Account,
    named: Vec<PortalReference>,
    calls: Calls,
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
                clients.push(account.client_in(region, calls)?);
                clients.len() - 1
            }
        };
        placed.push((at, reference));
    }
    Ok((clients, placed))
}

/// A service that does not tell regions apart, such as a simple stand-in, gives the same portals for
/// each.
pub(super) fn warn_of_one_endpoint(
    context: &Context,
    account: &Account,
    client: &Client,
    regions: usize,
) {
    if regions > 1 && account.has_own_endpoint() {
        context.reporter.warning(&format!(
            "every region is asked at {}: unless it tells them apart, each portal comes once per region",
            client.endpoint().host()
        ));
    }
}
