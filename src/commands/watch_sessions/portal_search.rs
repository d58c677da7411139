//! Searches for the portals to watch: every 15 minutes for all portals of a region, or once for a portal by its
//! name.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::call_slots::CallSlots;
use super::lists::list_portals;
use super::watch::Watch;
use crate::commands::polling::{PollFailure, pause};
use crate::commands::targets::{Search, resolve_name};
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure};
use crate::service::clock::CLOCK;
use crate::service::documents::Portal;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName};
use crate::service::operations::Operation;

/// The time between two searches for portals.
const BETWEEN_SEARCHES: Duration = Duration::from_mins(15);

pub(super) struct PortalSearch<'a> {
    pub(super) region: usize,
    /// The name to resolve; `None` to watch every portal of the region.
    name: Option<&'a PortalName>,
    /// Starts the next search now.
    pub(super) repeat: Notify,
    /// Whether the search has succeeded, or its region is denied or does not have the service. It may
    /// still be repeated.
    pub(super) is_settled: Cell<bool>,
    /// The start of the search that is in progress.
    since: Cell<Option<Instant>>,
    /// Whether the service is available in the region, according to the last search.
    is_available: Cell<Option<bool>>,
}

impl<'a> PortalSearch<'a> {
    /// The searches of a watch: one per region, or per named portal whose ID is not known.
    pub(super) fn all(search: &'a Search) -> Vec<Self> {
        let Some(named) = &search.named else {
            let regions = 0..search.regions.len();
            return regions.map(|region| Self::new(region, None)).collect();
        };
        let names = named.iter().filter_map(|(region, reference)| {
            let name = reference.id_or_name().err()?;
            Some(Self::new(*region, Some(name)))
        });
        names.collect()
    }

    fn new(region: usize, name: Option<&'a PortalName>) -> Self {
        Self {
            region,
            name,
            repeat: Notify::new(),
            is_settled: Cell::new(false),
            since: Cell::new(None),
            is_available: Cell::new(None),
        }
    }

    /// Whether no search has succeeded, or one has been in progress for more than `interval`.
    pub(super) fn is_overdue(&self, interval: Duration) -> bool {
        let hangs = self.since.get().is_some_and(|it| it.elapsed() > interval);
        hangs || !self.is_settled.get()
    }

    /// Searches until the named portal is found. A search for all portals is repeated until the watch ends.
    pub(super) async fn run(&self, watch: &Watch<'_>) {
        if let Some(name) = self.name {
            return self.find_named(watch, name).await;
        }
        let client = watch.client(self.region);
        let slots = CallSlots::new(&watch.list_slots);
        loop {
            self.since.set(Some(Instant::now()));
            let portals = list_portals(client, &slots).await;
            self.since.set(None);
            let pause = self.take_portals(watch, portals).await;
            watch.mark_changed();
            if watch.options.is_once {
                return;
            }
            let _ = timeout(pause, self.repeat.notified()).await;
        }
    }

    /// Searches for a portal by its name. At the start of the watch, a wrong name is probably a typo and ends the
    /// watch. Later it ends only this search, because other portals are being watched.
    async fn find_named(&self, watch: &Watch<'_>, name: &PortalName) {
        let mut is_start = !watch.options.is_once;
        loop {
            let client = watch.client(self.region);
            let resolved = resolve_name(client, name, &watch.search.names).await;
            watch.mark_changed();
            let failure = match resolved {
                Ok(portal) => {
                    self.end_outage(watch);
                    watch.add_portal((self.region, portal));
                    return self.is_settled.set(true);
                }
                Err(failure) => failure,
            };
            let code = failure.code();
            let is_wrong = matches!(code, Code::Usage | Code::NotFound);
            if code == Code::Credentials || is_wrong && is_start {
                return watch.end_with(failure);
            }
            if is_wrong {
                self.end_outage(watch);
                watch.push(Outcome::Failure(failure));
                return self.is_settled.set(true);
            }
            is_start = false;
            let pause = self.take_failure(watch, code == Code::AccessDenied, failure);
            if watch.options.is_once {
                return;
            }
            sleep(pause).await;
        }
    }

    /// Applies the result of a search for all portals. Returns the time to the next search.
    async fn take_portals(
        &self,
        watch: &Watch<'_>,
        result: Result<Vec<Portal>, CallError>,
    ) -> Duration {
        match result {
            Ok(portals) => {
                self.set_available(watch, true);
                self.apply_portals(watch, portals);
                BETWEEN_SEARCHES
            }
            Err(error) => self.take_error(watch, &error).await,
        }
    }

    fn apply_portals(&self, watch: &Watch<'_>, portals: Vec<Portal>) {
        let client = watch.client(self.region);
        let Some(found) = watch.portal_ids(client, portals) else {
            return;
        };
        let (began, now) = (watch.began(), CLOCK.now());
        let lost = watch
            .region(self.region)
            .apply_discovery(&found, began, now);
        self.end_outage(watch);
        self.add_portals(watch);
        for (portal, gap) in lost {
            watch.lose_portal((self.region, portal), gap);
        }
        self.is_settled.set(true);
    }

    fn end_outage(&self, watch: &Watch<'_>) {
        let gap = watch.region(self.region).end_outage(CLOCK.now());
        watch.push_gap(self.region, None, gap);
    }

    /// Starts to watch those portals of the region's state that are not watched yet.
    fn add_portals(&self, watch: &Watch<'_>) {
        let region = watch.region(self.region);
        let portals: Vec<PortalId> = region.portals.keys().copied().collect();
        drop(region);
        for portal in portals {
            watch.add_portal((self.region, portal));
        }
    }

    async fn take_error(&self, watch: &Watch<'_>, error: &CallError) -> Duration {
        let call = Call::new(watch.client(self.region), Operation::ListPortals);
        let failure = PollFailure::from(error);
        if failure == PollFailure::NoCredentials {
            watch.end_with(call.to_failure(error));
            return BETWEEN_SEARCHES;
        }
        let was_found = watch.region(self.region).was_found();
        let is_available = was_found || !call.is_region_unavailable(error);
        self.set_available(watch, is_available);
        if !is_available && has_available_region(watch).await {
            watch.region(self.region).end_outage(CLOCK.now());
            if !self.is_settled.replace(true) {
                let line = call.to_failure(error).to_line();
                let note = format!("the service is not available: {line}");
                watch.options.reporter.note(&note);
            }
            return BETWEEN_SEARCHES;
        }
        // Regions that the account has not enabled reject its credentials.
        let is_denied = matches!(failure, PollFailure::Denied | PollFailure::Credentials);
        self.take_failure(watch, is_denied, call.to_failure(error))
    }

    /// Applies a failed search. Returns the time to the next one: until the next poll, or longer if the
    /// service keeps denying the search.
    fn take_failure(&self, watch: &Watch<'_>, is_denied: bool, failure: Failure) -> Duration {
        let mut state = watch.region(self.region);
        let was_denied = state.is_denied();
        let is_new = state.apply_failed_discovery(is_denied, watch.began());
        let is_denied = state.is_denied();
        drop(state);
        if self.name.is_none() {
            self.add_portals(watch);
        }
        if watch.options.is_once {
            watch.push(Outcome::Incomplete(failure));
            return BETWEEN_SEARCHES;
        }
        if is_denied && !was_denied {
            watch.push(Outcome::Incomplete(failure));
        } else if is_new {
            let region = &watch.client(self.region).region;
            watch.options.reporter.warning(&format!(
                "the portals of the region could not be listed: {} (region {region})",
                failure.message()
            ));
        }
        if is_denied {
            self.is_settled.set(true);
            return BETWEEN_SEARCHES;
        }
        pause(watch.options.interval, fastrand::f64())
    }

    fn set_available(&self, watch: &Watch<'_>, is_available: bool) {
        self.is_available.set(Some(is_available));
        watch.searched.notify_waiters();
    }
}

/// Waits until every region has been searched. Returns whether the service is available in at least one of
/// them; if not, a network problem is the likelier cause.
async fn has_available_region(watch: &Watch<'_>) -> bool {
    loop {
        let searched = watch.searched.notified();
        let mut regions = watch.searches.iter().map(|it| it.is_available.get());
        if regions.clone().all(|it| it.is_some()) {
            return regions.any(|it| it == Some(true));
        }
        searched.await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser;
    use futures_util::{FutureExt, StreamExt};

    use super::super::state_file::WatchState;
    use super::super::watch::WatchOptions;
    use super::*;
    use crate::cli::{Environment, Portals};
    use crate::commands::Cli;
    use crate::commands::context::Context;
    use crate::config::Calls;
    use crate::delivery::{EventStatus, Stop};
    use crate::service::transport_error::Unreachable;

    /// Calls `check` with a watch of all regions of a partition whose regions with the service are not known.
    async fn with_watch(check: impl AsyncFnOnce(&Watch<'_>)) {
        let line = ["wsb", "list-portals", "--region", "us-gov-west-1"];
        let global = Cli::parse_from(line).global;
        let environment: Arc<Environment> = Arc::new([("HOME", "/nowhere")].into_iter().collect());
        let reporter = Arc::new(global.diagnostics.reporter(environment.preferences()));
        let stop = Stop::listen(None, Code::Ok);
        let context = Context::new(global, &environment, &reporter, stop);
        let config = context.load_config(None).await.unwrap();
        let search = Search::new(&context, &config, Portals::OfAllRegions, Calls::Many, 1).unwrap();
        let options = WatchOptions {
            interval: Duration::from_secs(60),
            end: None,
            is_once: false,
            status: Arc::new(EventStatus::default()),
            reporter,
        };
        let watch = Watch::new(options, &search, None, WatchState::default());
        assert_eq!(watch.searches.len(), 2);
        check(&watch).await;
    }

    /// A search that does not find the host. Returns the time to the next one.
    async fn fail(watch: &Watch<'_>, region: usize) -> Duration {
        let error = CallError::unreachable(Unreachable::Dns, "Name or service not known");
        watch.searches[region].take_portals(watch, Err(error)).await
    }

    async fn find_no_portals(watch: &Watch<'_>, region: usize) -> Duration {
        watch.searches[region]
            .take_portals(watch, Ok(Vec::new()))
            .await
    }

    /// Ends the watch. Returns the number of its outcomes.
    async fn end(watch: &Watch<'_>) -> usize {
        watch.end();
        watch.outcomes().count().await
    }

    #[tokio::test]
    async fn a_region_without_the_service_is_searched_as_rarely_as_the_others_and_is_no_gap() {
        with_watch(async |watch| {
            let mut first = Box::pin(fail(watch, 0));
            assert_eq!((&mut first).now_or_never(), None);
            find_no_portals(watch, 1).await;
            assert!(first.await > Duration::from_mins(14));
            assert!(watch.searches[0].is_settled.get());
            assert!(fail(watch, 0).await > Duration::from_mins(14));
            assert_eq!(end(watch).await, 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_network_without_names_is_an_outage_of_every_region() {
        with_watch(async |watch| {
            for _ in 0..2 {
                let pauses = tokio::join!(fail(watch, 0), fail(watch, 1));
                assert!(pauses.0.max(pauses.1) < Duration::from_mins(2));
                let mut searches = watch.searches.iter();
                assert!(!searches.any(|search| search.is_settled.get()));
            }
            // The gap of the region that is reached, and none for the other one.
            find_no_portals(watch, 0).await;
            fail(watch, 1).await;
            assert!(watch.searches[1].is_settled.get());
            assert_eq!(end(watch).await, 1);
        })
        .await;
    }
}
