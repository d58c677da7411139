//! A watch: its tasks search for portals and poll them. They share the state and a queue of outcomes.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{AbortHandle, AbortRegistration, Abortable, LocalBoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::portal_search::PortalSearch;
use super::portal_state::{Gap, PortalState};
use super::portal_watch::PortalWatch;
use super::region_state::RegionState;
use super::state_file::{StateFile, WatchState};
use crate::commands::targets::{Search, listed_portal_id};
use crate::delivery::{EventStatus, Outcome, sync_output, until};
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::output::documents::{Document, Event, Unobserved};
use crate::service::client::Client;
use crate::service::clock::CLOCK;
use crate::service::documents::Portal;
use crate::service::ids::PortalId;
use crate::service::operations::Operation;

/// The minimum time between two saves of the state file.
const BETWEEN_SAVES: Duration = Duration::from_secs(1);

pub(super) struct WatchOptions {
    pub(super) interval: Duration,
    /// The time at which the watch ends; `None` to watch until a signal.
    pub(super) end: Option<Instant>,
    /// Whether the watch ends after one poll of each portal.
    pub(super) is_once: bool,
    pub(super) status: Arc<EventStatus>,
    pub(super) reporter: Arc<Reporter>,
}

/// A portal, with the index of its region.
pub(super) type PortalKey = (usize, PortalId);

type Tasks<'a> = FuturesUnordered<LocalBoxFuture<'a, ()>>;

pub(super) struct Watch<'a> {
    pub(super) options: WatchOptions,
    pub(super) search: &'a Search,
    pub(super) searches: Vec<PortalSearch<'a>>,
    /// Signals that a region has been searched.
    pub(super) searched: Notify,
    /// The slots for the calls of all portals that list sessions or portals.
    pub(super) list_slots: Arc<Semaphore>,
    pub(super) lookup_slots: Arc<Semaphore>,
    began: Instant,
    state: RefCell<WatchState>,
    /// Whether the state's times have been compared with the service's clock.
    are_times_checked: Cell<bool>,
    file: RefCell<Option<StateFile>>,
    /// The portals, with the handles that end their tasks. A portal whose watch has ended keeps its handle, so
    /// that it is not watched again.
    portals: RefCell<BTreeMap<PortalKey, AbortHandle>>,
    /// Portals whose tasks have not been started yet.
    added: RefCell<Vec<(PortalKey, AbortRegistration)>>,
    outcomes: RefCell<VecDeque<Outcome>>,
    /// Signals that there is an outcome, or that the state may have changed.
    changed: Notify,
    is_unsaved: Cell<bool>,
    last_save: Cell<Option<Instant>>,
    has_save_failed: Cell<bool>,
    /// Whether the watch has ended, so that only queued outcomes are still returned.
    is_over: Cell<bool>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        options: WatchOptions,
        search: &'a Search,
        file: Option<StateFile>,
        state: WatchState,
    ) -> Self {
        let watch = Self {
            search,
            searches: PortalSearch::all(search),
            searched: Notify::new(),
            list_slots: Arc::new(Semaphore::new(search.concurrency)),
            lookup_slots: Arc::new(Semaphore::new(search.concurrency)),
            began: Instant::now(),
            state: RefCell::new(state),
            are_times_checked: Cell::new(false),
            file: RefCell::new(file),
            portals: RefCell::default(),
            added: RefCell::default(),
            outcomes: RefCell::default(),
            changed: Notify::new(),
            is_unsaved: Cell::new(false),
            last_save: Cell::new(None),
            has_save_failed: Cell::new(false),
            is_over: Cell::new(false),
            options,
        };
        for (region, reference) in search.named.iter().flatten() {
            if let Ok(portal) = reference.id_or_name() {
                watch.add_portal((*region, portal));
            }
        }
        watch
    }

    /// Streams the outcomes. When an outcome is requested, the delivery has written all earlier ones.
    pub(super) fn outcomes(&self) -> impl Stream<Item = Outcome> {
        let searches = self.searches.iter();
        let tasks: Tasks<'_> = searches
            .map(|search| search.run(self).boxed_local())
            .collect();
        stream::unfold(tasks, |mut tasks| async {
            let outcome = self.next(&mut tasks).await?;
            Some((outcome, tasks))
        })
    }

    async fn next<'w>(&'w self, tasks: &mut Tasks<'w>) -> Option<Outcome> {
        loop {
            if let Some(outcome) = self.outcomes.borrow_mut().pop_front() {
                return Some(outcome);
            }
            for (key, registration) in self.added.take() {
                let task = Abortable::new(PortalWatch::new(self, key).run(), registration);
                tasks.push(task.map(|_| ()).boxed_local());
            }
            let is_complete = match self.options.is_once {
                true => tasks.is_empty(),
                false => self.has_no_portals(),
            };
            if is_complete || self.is_over.get() {
                self.save();
                return None;
            }
            let save = self.save_due();
            tokio::select! {
                biased;
                () = until(self.options.end) => self.end_at_time(),
                // Before the tasks, because a task may always be ready.
                () = until(save) => self.save(),
                Some(()) = tasks.next() => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Whether no portal is watched, and no search may find one.
    pub(super) fn has_no_portals(&self) -> bool {
        let is_settled = self.searches.iter().all(|it| it.is_settled.get());
        is_settled && self.watched().is_empty()
    }

    pub(super) fn client(&self, region: usize) -> &'a Client {
        &self.search.regions[region]
    }

    /// The time at which the watch began, by the service's clock.
    pub(super) fn began(&self) -> Timestamp {
        timestamp_of(self.began, CLOCK.now())
    }

    pub(super) fn region(&self, region: usize) -> RefMut<'_, RegionState> {
        let region = self.client(region).region.clone();
        RefMut::map(self.state.borrow_mut(), |state| {
            state.regions.entry(region).or_default()
        })
    }

    pub(super) fn portal(&self, (region, portal): PortalKey) -> RefMut<'_, PortalState> {
        let began = self.began();
        RefMut::map(self.region(region), |region| region.portal(portal, began))
    }

    /// Marks the state as unsaved. The caller is about to apply the result of a call to it.
    pub(super) fn mark_changed(&self) {
        self.is_unsaved.set(true);
        self.changed.notify_one();
    }

    /// Watches a portal, unless it is watched or its watch has ended.
    pub(super) fn add_portal(&self, key: PortalKey) {
        if let Entry::Vacant(entry) = self.portals.borrow_mut().entry(key) {
            let (handle, registration) = AbortHandle::new_pair();
            entry.insert(handle);
            self.added.borrow_mut().push((key, registration));
        }
    }

    pub(super) fn is_watching(&self, key: PortalKey) -> bool {
        let portals = self.portals.borrow();
        let is_aborted = portals.get(&key).is_none_or(AbortHandle::is_aborted);
        !self.is_over.get() && !is_aborted
    }

    fn watched(&self) -> Vec<PortalKey> {
        let portals = self.portals.borrow();
        let watched = portals.iter().filter(|(_, handle)| !handle.is_aborted());
        watched.map(|(key, _)| *key).collect()
    }

    /// Reports a portal that no longer exists.
    pub(super) fn lose_portal(&self, key: PortalKey, gap: Gap) {
        self.push_unobserved("portal-lost", key.0, Some(key.1), gap);
        if let Some(handle) = self.portals.borrow_mut().remove(&key) {
            handle.abort();
        }
        let has_others = !self.watched().is_empty();
        let message = "the portal no longer exists";
        if has_others && self.search.named.is_none() {
            return self.warn(key, message);
        }
        let call = Call::new(self.client(key.0), Operation::ListPortals).for_portal(key.1);
        let failure = Failure::new(Code::NotFound, message).with_subject(call.subject());
        self.push(Outcome::Failure(failure));
    }

    pub(super) fn end_portal(&self, key: PortalKey, failure: Failure) {
        if let Some(handle) = self.portals.borrow().get(&key) {
            handle.abort();
        }
        if !self.has_file() {
            let gap = self.portal(key).open_gap(CLOCK.now());
            self.push_gap(key.0, Some(key.1), gap);
        }
        self.push(Outcome::Failure(failure));
    }

    pub(super) fn end_with(&self, failure: Failure) {
        if !self.is_over.get() {
            self.end();
            self.push(Outcome::Failure(failure));
        }
    }

    /// Ends the watch when its time is over. Regions and portals that were never observed, or whose search or poll
    /// hangs, are gaps, too.
    fn end_at_time(&self) {
        let (began, now) = (self.began(), CLOCK.now());
        let interval = self.options.interval;
        for search in self.searches.iter().filter(|it| it.is_overdue(interval)) {
            self.region(search.region).begin_outage(began);
        }
        for key in self.watched() {
            self.portal(key).begin_outage_if_overdue(now, interval);
        }
        self.end();
    }

    /// Ends the watch. Reports open gaps, unless the next run reports them from the state file.
    pub(super) fn end(&self) {
        self.is_over.set(true);
        if self.has_file() {
            return;
        }
        let now = CLOCK.now();
        for index in 0..self.search.regions.len() {
            let gap = self.region(index).open_gap(now);
            self.push_gap(index, None, gap);
        }
        for key in self.watched() {
            let gap = self.portal(key).open_gap(now);
            self.push_gap(key.0, Some(key.1), gap);
        }
    }

    pub(super) fn push(&self, outcome: Outcome) {
        self.outcomes.borrow_mut().push_back(outcome);
        self.changed.notify_one();
    }

    pub(super) fn push_event(&self, event: Event) {
        self.push(Outcome::Document(Document::from(event)));
    }

    /// Reports a gap, if there is one: of a portal, or of a region whose portals could not be listed.
    pub(super) fn push_gap(&self, region: usize, portal: Option<PortalId>, gap: Option<Gap>) {
        if let Some(gap) = gap {
            self.push_unobserved("gap", region, portal, gap);
        }
    }

    fn push_unobserved(
        &self,
        event: &'static str,
        region: usize,
        portal: Option<PortalId>,
        gap: Gap,
    ) {
        let unobserved = Unobserved {
            from: Some(gap.from.into()),
            to: Some(gap.to.into()),
            portal_id: portal.map(|portal| portal.to_string()),
            region: Some(self.client(region).region.to_string()),
        };
        self.push_event(Event {
            event,
            session: None,
            unobserved,
        });
    }

    pub(super) fn warn(&self, (region, portal): PortalKey, message: &str) {
        let region = &self.client(region).region;
        self.options
            .reporter
            .warning(&format!("{message} (portal {portal}, region {region})"));
    }

    /// The IDs of the portals that ListPortals returned; `None` if the state file is rejected.
    pub(super) fn portal_ids(
        &self,
        client: &Client,
        mut portals: Vec<Portal>,
    ) -> Option<Vec<PortalId>> {
        self.search.remember(client, &mut portals);
        if self.rejects_state(portals.iter().filter_map(|it| it.portal_arn.as_deref())) {
            return None;
        }
        let mut ids = Vec::new();
        for portal in &portals {
            match listed_portal_id(client, portal) {
                Ok(id) => ids.push(id),
                Err(failure) => self.push(Outcome::Incomplete(failure)),
            }
        }
        Some(ids)
    }

    /// Rejects the state file if it belongs to another account than these portals or sessions, or has times in the
    /// future: both are known only after the first reply of the service. The watch then ends without events, and
    /// leaves the file unchanged.
    pub(super) fn rejects_state<'s>(&self, arns: impl IntoIterator<Item = &'s str>) -> bool {
        let mut state = self.state.borrow_mut();
        let mut arns = arns.into_iter();
        let mut checked = arns.try_for_each(|arn| state.check_account(arn));
        if !self.are_times_checked.replace(true) {
            checked = checked.and_then(|()| state.check_times(CLOCK.now()));
        }
        let Err(failure) = checked else {
            return false;
        };
        self.file.take();
        self.is_over.set(true);
        self.outcomes.take();
        self.push(Outcome::Failure(failure));
        true
    }

    fn has_file(&self) -> bool {
        self.file.borrow().is_some()
    }

    /// The time of the next save; `None` if there is nothing to save.
    fn save_due(&self) -> Option<Instant> {
        if !self.is_unsaved.get() || !self.has_file() {
            return None;
        }
        let last = self.last_save.get();
        Some(last.map_or_else(Instant::now, |last| last + BETWEEN_SAVES))
    }

    /// Saves the state. All events before it must have been written.
    fn save(&self) {
        let file = self.file.borrow();
        let Some(file) = &*file else {
            return;
        };
        let saved = sync_output().and_then(|()| file.save(&self.state.borrow()));
        self.last_save.set(Some(Instant::now()));
        self.is_unsaved.set(saved.is_err());
        let had_failed = self.has_save_failed.replace(saved.is_err());
        if let Err(error) = saved
            && !had_failed
        {
            self.options.reporter.warning(&format!(
                "the state file could not be replaced, so the next run may repeat events: {error}"
            ));
        }
    }

    /// Saves the state after the delivery has ended without an error, unless an event was not written.
    pub(super) fn finish(&self) {
        let is_saved = self.last_save.get().is_some() && !self.is_unsaved.get();
        let is_written = self.outcomes.borrow().is_empty() && self.options.status.unwritten() == 0;
        if is_written && !is_saved {
            self.save();
        }
    }
}

/// Converts a past instant to a time by the service's clock. `now` is the present time by that clock.
pub(super) fn timestamp_of(instant: Instant, now: Timestamp) -> Timestamp {
    let elapsed = SignedDuration::try_from(instant.elapsed()).unwrap_or_default();
    now.checked_sub(elapsed).unwrap_or(now)
}
