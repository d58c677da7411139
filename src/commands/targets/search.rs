//! Searches for the portals of a command: named ones, or those of one region or several.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::stream::LocalBoxStream;
use futures_util::{Stream, StreamExt, stream};

use super::{create_client, listed_portal_id, resolve_name};
use crate::cli::completion::RecentLists;
use crate::cli::{Portals, named_twice};
use crate::commands::both_ends::ListLimits;
use crate::commands::context::Context;
use crate::commands::pagination::incomplete;
use crate::config::{Calls, Config};
use crate::delivery::connections;
use crate::diagnostics::{Call, Failure, Reporter, Subject};
use crate::output::portal_names::PortalNames;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, PortalReference};
use crate::service::operations::Operation;

/// The default number of concurrent calls of a command that searches portals.
pub(in crate::commands) const PORTALS_AT_A_TIME: usize = 64;

/// A portal, with a client for its region.
#[derive(Clone)]
pub(in crate::commands) struct Target<'a> {
    pub(in crate::commands) client: &'a Client,
    pub(in crate::commands) portal: PortalId,
    /// Its document in ListPortals, if that was requested.
    pub(in crate::commands) summary: Option<Arc<Portal>>,
}

/// A portal, or the failure that prevented finding it.
pub(in crate::commands) type TargetResult<'a> = Result<Target<'a>, Failure>;

/// A portal reference with the index of its region.
pub(in crate::commands) type Placed = (usize, PortalReference);

pub(in crate::commands) struct Search {
    pub(in crate::commands) regions: Vec<Client>,
    /// The named portals, or `None` for every portal of the regions.
    pub(in crate::commands) named: Option<Vec<Placed>>,
    pub(in crate::commands) concurrency: usize,
    pub(in crate::commands) limits: ListLimits,
    /// The number of named portals, or of the portals that have been found so far.
    pub(in crate::commands) found: Arc<AtomicUsize>,
    has_warned_of_repeated: AtomicBool,
    pub(in crate::commands) recent: RecentLists,
    reporter: Arc<Reporter>,
    /// The names of the portals that have been found so far.
    pub(in crate::commands) names: Arc<PortalNames>,
}

impl Search {
    /// Reads the settings and prepares the search without a call. A search for several portals uses the
    /// retry policy of many calls, whatever `calls` says.
    ///
    /// # Errors
    /// Settings that cannot be used, a signal, the deadline.
    pub(in crate::commands) async fn prepare(
        context: &Context,
        portals: Portals,
        calls: Calls,
        concurrency: usize,
    ) -> Result<Self, Failure> {
        let (arn, calls) = match &portals {
            Portals::Named(named) if named.len() == 1 => (named[0].arn(), calls),
            _ => (None, Calls::Many),
        };
        let config = context.load_config(arn).await?;
        Self::new(context, &config, portals, calls, concurrency)
    }

    /// Prepares the search without a call.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub(in crate::commands) fn new(
        context: &Context,
        config: &Config,
        portals: Portals,
        calls: Calls,
        concurrency: usize,
    ) -> Result<Self, Failure> {
        let reporter = &context.reporter;
        let (regions, named) = regions(config, portals)?;
        let mut subject = Subject::default();
        if let Some([(_, portal)]) = named.as_deref() {
            subject.portal = portal.id();
        }
        let clients = regions
            .into_iter()
            .map(|region| create_client(config, region, calls, &subject, reporter));
        let concurrency = connections(concurrency, reporter);
        Ok(Self {
            regions: clients.collect::<Result<_, _>>()?,
            concurrency,
            limits: ListLimits::new(concurrency),
            found: Arc::new(named.as_ref().map_or(0, Vec::len).into()),
            named,
            has_warned_of_repeated: AtomicBool::new(false),
            recent: RecentLists::new(&context.environment),
            reporter: Arc::clone(reporter),
            names: Arc::clone(&context.portal_names),
        })
    }

    /// The searched regions, for messages.
    pub(in crate::commands) fn scope(&self) -> String {
        let names: Vec<&str> = self.regions.iter().map(|it| it.region.as_str()).collect();
        match names[..] {
            [one] => one.to_owned(),
            _ => format!("{} regions ({})", names.len(), names.join(", ")),
        }
    }

    /// Removes portals that another region returns too, and remembers the others for completion and tables.
    pub(in crate::commands) fn remember(&self, client: &Client, portals: &mut Vec<Portal>) {
        portals.retain(|portal| !self.is_repeated(client, portal));
        self.recent.add_portals(&client.endpoint, portals);
        if self.named.is_none() {
            self.found.fetch_add(portals.len(), Ordering::Relaxed);
        }
        self.names.add(portals);
    }

    /// Whether a portal that `client` returned belongs to another searched region. A custom endpoint that ignores
    /// the region returns each portal in the search of every region. Warns once.
    fn is_repeated(&self, client: &Client, portal: &Portal) -> bool {
        let Some(region) = portal.portal_region() else {
            return false;
        };
        let is_repeated = region != client.region.as_str()
            && self.regions.iter().any(|it| it.region.as_str() == region);
        if is_repeated && !self.has_warned_of_repeated.swap(true, Ordering::Relaxed) {
            self.reporter.warning(&format!(
                "{} does not tell regions apart: portal {} came from {} and from {region}; each portal counts once",
                client.endpoint.host(),
                portal.portal_id().unwrap_or_default(),
                client.region,
            ));
        }
        is_repeated
    }

    /// Streams the portals, with a failure for each portal that is not found and each region that
    /// could not be listed.
    pub(in crate::commands) fn targets(&self) -> LocalBoxStream<'_, TargetResult<'_>> {
        let Some(named) = &self.named else {
            let found = stream::iter(&self.regions)
                .flat_map_unordered(self.concurrency, |client| self.targets_in(client));
            let note = |message: &str| self.reporter.note(message);
            return report_unavailable_regions(found, self.regions.len(), note).boxed_local();
        };
        let mut seen: Vec<(&Region, PortalId)> = Vec::new();
        stream::iter(named)
            .map(|(region, reference)| async {
                let client = &self.regions[*region];
                let portal = match reference.id_or_name() {
                    Ok(id) => id,
                    Err(name) => resolve_name(client, name, &self.names).await?,
                };
                Ok::<_, Failure>((client, portal))
            })
            .buffer_unordered(self.concurrency)
            .map(move |found| {
                let (client, portal) = found?;
                // The same portal may be named by its ID and by its name.
                if seen.contains(&(&client.region, portal)) {
                    return Err(named_twice(&portal));
                }
                seen.push((&client.region, portal));
                Ok(Target {
                    client,
                    portal,
                    summary: None,
                })
            })
            .boxed_local()
    }

    /// A region's portals, followed by the failure that ended their list, if any.
    pub(in crate::commands) fn portals_in<'a>(
        &'a self,
        client: &'a Client,
        page_size: Option<u32>,
    ) -> impl Stream<Item = Result<Portal, Failure>> + 'a {
        let call = Call::new(client, Operation::ListPortals);
        let mut had_page = false;
        client.list_portals(page_size).flat_map(move |page| {
            let portals = match page {
                Ok(mut portals) => {
                    self.remember(client, &mut portals);
                    portals.into_iter().map(Ok).collect()
                }
                Err(error) => vec![Err(incomplete(&call, &error, had_page))],
            };
            had_page = true;
            stream::iter(portals)
        })
    }

    /// Streams the same portals as [`Self::portals_in`], with their IDs.
    pub(in crate::commands) fn targets_in<'a>(
        &'a self,
        client: &'a Client,
    ) -> LocalBoxStream<'a, TargetResult<'a>> {
        self.portals_in(client, None)
            .map(|portal| {
                let portal = portal?;
                Ok(Target {
                    client,
                    portal: listed_portal_id(client, &portal)?,
                    summary: Some(Arc::new(portal)),
                })
            })
            .boxed_local()
    }
}

/// The searched regions, and the named portals with the indexes of their regions.
fn regions(
    config: &Config,
    portals: Portals,
) -> Result<(Vec<Region>, Option<Vec<Placed>>), Failure> {
    let named = match portals {
        Portals::Named(named) => named,
        Portals::OfRegion => return Ok((vec![config.region()?], None)),
        Portals::OfAllRegions => return Ok((config.service_regions(), None)),
    };
    let mut regions = Vec::new();
    let mut placed = Vec::new();
    for reference in named {
        let region = match reference.arn() {
            Some(arn) => arn.region.clone(),
            None => config.region()?,
        };
        let index = regions.iter().position(|it| *it == region);
        placed.push((index.unwrap_or(regions.len()), reference));
        if index.is_none() {
            regions.push(region);
        }
    }
    Ok((regions, Some(placed)))
}

/// Holds back the failures of regions where the service is not available, and passes them to `note` at the end of
/// `results`. If all `regions` are unavailable, nothing was searched, and the failures are yielded instead.
pub(in crate::commands) fn report_unavailable_regions<'a, T: 'a>(
    results: impl Stream<Item = Result<T, Failure>> + 'a,
    regions: usize,
    note: impl Fn(&str) + 'a,
) -> impl Stream<Item = Result<T, Failure>> + 'a {
    let mut unavailable = Vec::new();
    let end = stream::iter([None]);
    let results = results
        .map(Some)
        .chain(end)
        .map(move |result| match result {
            Some(Err(failure)) if failure.is_in_unavailable_region() => {
                unavailable.push(failure);
                Vec::new()
            }
            Some(result) => vec![result],
            None if unavailable.len() >= regions => unavailable.drain(..).map(Err).collect(),
            None => {
                for failure in &unavailable {
                    let line = failure.to_line();
                    note(&format!("the service is not available: {line}"));
                }
                Vec::new()
            }
        });
    results.flat_map(stream::iter)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::diagnostics::Code;

    /// The items, the failures and the notes of a search of two regions.
    async fn search(results: Vec<Result<u8, Failure>>) -> (Vec<u8>, usize, usize) {
        let notes = Mutex::new(0);
        let results =
            report_unavailable_regions(stream::iter(results), 2, |_| *notes.lock().unwrap() += 1);
        let results: Vec<_> = results.collect().await;
        let items: Vec<u8> = results
            .iter()
            .filter_map(|it| it.as_ref().ok().copied())
            .collect();
        let failures = results.len() - items.len();
        (items, failures, *notes.lock().unwrap())
    }

    #[tokio::test]
    async fn a_region_without_the_service_is_a_note_unless_no_region_has_it() {
        let failure = || Failure::new(Code::Unreachable, "could not reach the host");
        let unavailable = || failure().in_unavailable_region();
        for (results, expected) in [
            (vec![Err(unavailable()), Ok(1)], (vec![1], 0, 1)),
            (vec![Err(unavailable())], (vec![], 0, 1)),
            (vec![Err(unavailable()), Err(failure())], (vec![], 1, 1)),
            (vec![Err(unavailable()), Err(unavailable())], (vec![], 2, 0)),
            (vec![Ok(1), Ok(2)], (vec![1, 2], 0, 0)),
        ] {
            assert_eq!(search(results).await, expected);
        }
    }
}
