//! Starts polls, lookups and searches for portals when they are due, and passes their reports on, one outcome
//! at a time.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use tokio::time::Instant;

use super::call_slots::CallSlots;
use super::event;
use super::lists::{list_portals, read_lists};
use super::poll::Poll;
use super::portal_state::{Gap, PortalState};
use super::region_state::RegionState;
use super::state_file::{StateFile, WatchState};
use crate::commands::polling::{Persistence, pause};
use crate::commands::targets::{Search, resolve_name};
use crate::delivery::{EventStatus, Outcome, sync_output, until};
use crate::diagnostics::{Failure, Reporter};
use crate::output::documents::Document;
use crate::service::client::Client;
use crate::service::clock::CLOCK;
use crate::service::documents::{Portal, Session};
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName, SessionId};

/// The minimum time between two saves of the state file while calls are in progress.
const BETWEEN_SAVES: Duration = Duration::from_secs(1);

/// The next poll of a portal waits this long for the lookups of the previous one.
const LOOKUP_WAIT: Duration = Duration::from_secs(1);

/// The options of a watch.
pub(super) struct FeedOptions {
    pub(super) interval: Duration,
    /// The time at which the watch ends.
    pub(super) end: Option<Instant>,
    /// Whether it ends after one poll of each portal.
    pub(super) is_once: bool,
    pub(super) concurrency: usize,
    pub(super) status: Arc<EventStatus>,
    pub(super) reporter: Arc<Reporter>,
}

/// A portal, with the index of its region.
pub(super) type PortalKey = (usize, PortalId);

/// The schedule of a portal, and its calls in progress.
pub(super) struct PortalFeed {
    next_poll: Instant,
    pub(super) is_polling: bool,
    pub(super) was_polled: bool,
    pub(super) lookups: HashSet<SessionId>,
    /// The time at which the last lookup was started.
    last_lookup: Instant,
    slots: CallSlots,
    /// Whether the watch of the portal began with the program, before the service's clock was known.
    pub(super) began_with_program: bool,
    pub(super) has_warned_of_lookups: bool,
    pub(super) credentials: Persistence,
}

/// The portals of a region, and the times of the searches for them.
pub(super) struct RegionFeed<'a> {
    pub(super) client: &'a Client,
    /// Whether every portal of the region is watched.
    pub(super) is_exhaustive: bool,
    /// Names that have not been resolved to IDs yet.
    pub(super) names: Vec<&'a PortalName>,
    pub(super) next_discovery: Option<Instant>,
    /// Whether the search has succeeded, or is given up.
    pub(super) is_settled: bool,
    /// Whether the service is available in the region, according to the last search.
    pub(super) is_available: Option<bool>,
}

pub(super) enum Completion<'a> {
    Poll {
        portal: PortalKey,
        poll: Poll,
        began: Instant,
        result: Result<(), CallError>,
    },
    Lookup(PortalKey, SessionId, Result<Session, CallError>),
    Portals(usize, Result<Vec<Portal>, CallError>),
    Name(usize, &'a PortalName, Result<PortalId, Failure>),
}

/// The feed of all portals.
pub(super) struct Feed<'a> {
    pub(super) options: FeedOptions,
    pub(super) search: &'a Search,
    pub(super) began: (Instant, Timestamp),
    pub(super) regions: Vec<RegionFeed<'a>>,
    /// Unreported failures of searches in regions where the service seems to be unavailable.
    pub(super) unavailable: Vec<(usize, Failure)>,
    pub(super) portals: BTreeMap<PortalKey, PortalFeed>,
    pub(super) state: WatchState,
    file: Option<StateFile>,
    calls: FuturesUnordered<LocalBoxFuture<'a, Completion<'a>>>,
    list_slots: CallSlots,
    lookup_slots: CallSlots,
    pub(super) outcomes: VecDeque<Outcome>,
    /// The number of events that were handed to the delivery.
    handed_over: u64,
    is_unsaved: bool,
    last_save: Instant,
    has_save_failed: bool,
    /// Whether the watch has ended, so that only queued outcomes are still returned.
    pub(super) is_over: bool,
    /// The number of portals that have been watched.
    pub(super) portal_count: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(
        options: FeedOptions,
        search: &'a Search,
        file: Option<StateFile>,
        state: WatchState,
    ) -> Self {
        let clients = search.regions.iter();
        let regions = clients.map(|client| RegionFeed::new(client, search.named.is_none()));
        let mut feed = Self {
            search,
            began: (Instant::now(), CLOCK.now()),
            regions: regions.collect(),
            unavailable: Vec::new(),
            portals: BTreeMap::new(),
            state,
            file,
            calls: FuturesUnordered::new(),
            list_slots: CallSlots::new(options.concurrency),
            lookup_slots: CallSlots::new(options.concurrency),
            outcomes: VecDeque::new(),
            handed_over: 0,
            is_unsaved: false,
            last_save: Instant::now(),
            has_save_failed: false,
            is_over: false,
            portal_count: 0,
            options,
        };
        feed.add_named();
        feed
    }

    fn add_named(&mut self) {
        let Some(named) = &self.search.named else {
            return;
        };
        for (region, reference) in named {
            match reference.id_or_name() {
                Ok(portal) => self.add_portal((*region, portal), self.began.1),
                Err(name) => {
                    self.regions[*region].names.push(name);
                    self.regions[*region].next_discovery = Some(self.began.0);
                }
            }
        }
        for region in &mut self.regions {
            region.is_settled = region.names.is_empty();
        }
    }

    /// Watches a portal, since `began` unless the state knows it.
    pub(super) fn add_portal(&mut self, key: PortalKey, began: Timestamp) {
        let region = self.region_state(key.0);
        let is_new = !region.portals.contains_key(&key.1);
        region.add(key.1, began);
        if self.portals.contains_key(&key) {
            return;
        }
        let feed = PortalFeed {
            next_poll: Instant::now(),
            is_polling: false,
            was_polled: false,
            lookups: HashSet::new(),
            last_lookup: Instant::now(),
            slots: self.lookup_slots.for_portal(),
            began_with_program: is_new && began == self.began.1,
            has_warned_of_lookups: false,
            credentials: Persistence::default(),
        };
        self.portals.insert(key, feed);
        self.portal_count += 1;
    }

    /// The next outcome. The caller requests it after the delivery has written all earlier ones. Nothing is
    /// lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Option<Outcome> {
        loop {
            if let Some(outcome) = self.outcomes.pop_front() {
                self.handed_over += u64::from(matches!(outcome, Outcome::Document(_)));
                return Some(outcome);
            }
            if self.is_over {
                return None;
            }
            self.start_due();
            if self.is_complete() {
                self.is_over = true;
                continue;
            }
            self.save_if_due();
            let (end, due) = (self.options.end, self.next_due());
            tokio::select! {
                biased;
                () = until(end) => self.end(),
                Some(call) = self.calls.next() => self.take(call),
                () = until(due) => {}
            }
        }
    }

    /// Ends the watch. Reports open gaps, unless the next run reports them from the state file.
    pub(super) fn end(&mut self) {
        self.is_over = true;
        if self.has_file() {
            return;
        }
        let now = CLOCK.now();
        for index in 0..self.regions.len() {
            let gap = self.region_state(index).open_gap(now);
            self.push_gap(index, None, gap);
        }
        for key in self.portals.keys().copied().collect::<Vec<_>>() {
            let state = self.portal_state(key);
            let gap = state.and_then(|state| state.open_gap(now));
            self.push_gap(key.0, Some(key.1), gap);
        }
    }

    /// Whether the watch is complete: no further call will be made.
    fn is_complete(&self) -> bool {
        let is_searching = self
            .regions
            .iter()
            .any(|region| match self.options.is_once {
                true => region.next_discovery.is_some(),
                false => !region.is_settled,
            });
        let is_watching = match self.options.is_once {
            true => self.portals.values().any(|portal| !portal.was_polled),
            false => !self.portals.is_empty(),
        };
        self.calls.is_empty() && !is_searching && !is_watching
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        for index in 0..self.regions.len() {
            if self.regions[index]
                .next_discovery
                .is_some_and(|due| due <= now)
            {
                self.start_discovery(index);
            }
        }
        let is_once = self.options.is_once;
        let due = self
            .portals
            .iter()
            .filter(|(_, portal)| portal.poll_due(is_once).is_some_and(|due| due <= now));
        for key in due.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.start_poll(key);
        }
    }

    fn start_discovery(&mut self, index: usize) {
        let region = &mut self.regions[index];
        region.next_discovery = None;
        let (client, slots) = (region.client, self.list_slots.for_portal());
        for name in region.names.clone() {
            let names = &self.search.names;
            let call = async move {
                Completion::Name(index, name, resolve_name(client, name, names).await)
            };
            self.calls.push(call.boxed_local());
        }
        if region.is_exhaustive || region.names.is_empty() {
            let call =
                async move { Completion::Portals(index, list_portals(client, &slots).await) };
            self.calls.push(call.boxed_local());
        }
    }

    fn start_poll(&mut self, key: PortalKey) {
        let Some(state) = self.portal_state(key) else {
            return;
        };
        let mut poll = state.start_poll(CLOCK.now());
        let (client, slots) = (self.regions[key.0].client, self.list_slots.for_portal());
        let interval = self.options.interval;
        if let Some(portal) = self.portals.get_mut(&key) {
            portal.is_polling = true;
            portal.next_poll = Instant::now() + pause(interval, fastrand::f64());
        }
        let call = async move {
            let began = Instant::now();
            let result = read_lists(client, &key.1, &slots, &mut poll).await;
            Completion::Poll {
                portal: key,
                poll,
                began,
                result,
            }
        };
        self.calls.push(call.boxed_local());
    }

    /// Starts the lookups of a portal that are due and not in progress.
    pub(super) fn start_lookups(&mut self, key: PortalKey) {
        let client = self.regions[key.0].client;
        let region = self.state.regions.get(client.region().as_str());
        let (Some(state), Some(portal)) = (
            region.and_then(|region| region.portals.get(&key.1)),
            self.portals.get_mut(&key),
        ) else {
            return;
        };
        for id in state.lookups() {
            if !portal.lookups.insert(id) {
                continue;
            }
            portal.last_lookup = Instant::now();
            let slots = portal.slots.clone();
            let call = async move {
                let result = slots.run(client.get_session(&key.1, &id)).await;
                Completion::Lookup(key, id, result)
            };
            self.calls.push(call.boxed_local());
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let discoveries = self
            .regions
            .iter()
            .filter_map(|region| region.next_discovery);
        let is_once = self.options.is_once;
        let portals = self.portals.values();
        let polls = portals.filter_map(|portal| portal.poll_due(is_once));
        let save = self.is_unsaved.then(|| self.last_save + BETWEEN_SAVES);
        let save = save.filter(|_| self.file.is_some());
        discoveries.chain(polls).chain(save).min()
    }

    pub(super) fn push(&mut self, document: Document) {
        self.outcomes.push_back(Outcome::Document(document));
    }

    /// Reports a period that could not be observed, if there is one: of a portal, or of a region.
    pub(super) fn push_gap(&mut self, region: usize, portal: Option<PortalId>, gap: Option<Gap>) {
        if let Some(gap) = gap {
            let region = self.regions[region].client.region().as_str();
            self.push(event::from_gap(gap, portal, region));
        }
    }

    pub(super) fn mark_unsaved(&mut self) {
        self.is_unsaved = true;
    }

    fn save_if_due(&mut self) {
        let is_due = self.calls.is_empty() || self.last_save.elapsed() >= BETWEEN_SAVES;
        if self.is_unsaved && is_due && self.is_all_written() {
            self.save();
        }
    }

    /// Saves the state. The caller has made sure that its events have been written.
    fn save(&mut self) {
        let Some(file) = &self.file else {
            return;
        };
        let saved = sync_output().and_then(|()| file.save(&self.state));
        self.last_save = Instant::now();
        match saved {
            Ok(()) => (self.is_unsaved, self.has_save_failed) = (false, false),
            Err(error) if !self.has_save_failed => {
                self.has_save_failed = true;
                self.options.reporter.warning(&format!(
                    "the state file could not be replaced, so the next run may repeat events: {error}"
                ));
            }
            Err(_) => {}
        }
    }

    /// Saves the state after the delivery has ended, unless an event was not written.
    pub(super) fn finish(&mut self) {
        if self.outcomes.is_empty() && self.is_all_written() {
            self.save();
        }
    }

    fn is_all_written(&self) -> bool {
        self.options.status.written() == self.handed_over
    }

    /// Whether every search succeeded and there was no portal.
    pub(super) fn has_found_no_portals(&self) -> bool {
        self.portal_count == 0 && self.regions.iter().all(|region| region.is_settled)
    }

    /// Whether the next run continues from a file.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Ends the watch with this failure as its only outcome, and leaves the state file unchanged.
    pub(super) fn reject(&mut self, failure: Failure) {
        self.file = None;
        self.is_over = true;
        self.outcomes.clear();
        self.outcomes.push_back(Outcome::Failure(failure));
    }

    pub(super) fn region_state(&mut self, index: usize) -> &mut RegionState {
        let region = self.regions[index].client.region().as_str();
        self.state.regions.entry(region.to_owned()).or_default()
    }

    pub(super) fn portal_state(&self, key: PortalKey) -> Option<&PortalState> {
        let region = self.regions[key.0].client.region().as_str();
        self.state.regions.get(region)?.portals.get(&key.1)
    }
}

impl PortalFeed {
    /// The time of the next poll; `None` while a poll is in progress, and after the only poll of `--once`.
    fn poll_due(&self, is_once: bool) -> Option<Instant> {
        if self.is_polling || is_once && self.was_polled {
            return None;
        }
        if self.lookups.is_empty() {
            return Some(self.next_poll);
        }
        Some(self.next_poll.max(self.last_lookup + LOOKUP_WAIT))
    }
}

impl<'a> RegionFeed<'a> {
    fn new(client: &'a Client, is_exhaustive: bool) -> Self {
        Self {
            client,
            is_exhaustive,
            names: Vec::new(),
            next_discovery: is_exhaustive.then(Instant::now),
            is_settled: false,
            is_available: None,
        }
    }
}
