//! Polls one portal: reads its lists, looks sessions up, and reports their events.

use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::call_slots::CallSlots;
use super::lists::{list_portals, read_lists};
use super::poll::Poll;
use super::portal_state::{Outage, Report};
use super::watch::{PortalKey, Watch, timestamp_of};
use crate::commands::polling::{PollFailure, pause};
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure};
use crate::output::documents::{Event, Unobserved};
use crate::service::client::Client;
use crate::service::clock::CLOCK;
use crate::service::documents::{Portal, Session};
use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

/// The next poll of a portal waits this long for the lookups of the previous one.
const LOOKUP_WAIT: Duration = Duration::from_secs(1);

pub(super) struct PortalWatch<'a> {
    watch: &'a Watch<'a>,
    key: PortalKey,
    client: &'a Client,
    slots: CallSlots,
    lookups: FuturesUnordered<LocalBoxFuture<'a, (SessionId, Result<Session, CallError>)>>,
    looked_up: HashSet<SessionId>,
    /// The call of ListPortals that confirms that the portal was deleted, while it is in progress.
    confirmation: FuturesUnordered<LocalBoxFuture<'a, Result<Vec<Portal>, CallError>>>,
    /// The time at which the last lookup was started.
    last_lookup: Instant,
    /// Whether the watch of the portal began with the program, before the service's clock was known.
    began_with_program: bool,
    has_warned_of_lookups: bool,
}

impl<'a> PortalWatch<'a> {
    pub(super) fn new(watch: &'a Watch<'a>, key: PortalKey) -> Self {
        Self {
            watch,
            key,
            client: watch.client(key.0),
            slots: CallSlots::new(&watch.lookup_slots),
            lookups: FuturesUnordered::new(),
            looked_up: HashSet::new(),
            confirmation: FuturesUnordered::new(),
            last_lookup: Instant::now(),
            began_with_program: !watch.region(key.0).portals.contains_key(&key.1),
            has_warned_of_lookups: false,
        }
    }

    pub(super) async fn run(mut self) {
        while self.watch.is_watching(self.key) {
            let interval = self.watch.options.interval;
            let next_poll = Instant::now() + pause(interval, fastrand::f64());
            self.poll().await;
            if self.watch.options.is_once {
                return self.finish_lookups().await;
            }
            self.while_looking_up(sleep_until(next_poll)).await;
            // A lookup that hangs delays only the events of its own session.
            let patience = self.last_lookup + LOOKUP_WAIT;
            let _ = timeout_at(patience, self.finish_lookups()).await;
        }
    }

    async fn poll(&mut self) {
        let mut poll = self.watch.portal(self.key).start_poll(CLOCK.now());
        let began = Instant::now();
        let (client, portal) = (self.client, self.key.1);
        let slots = CallSlots::new(&self.watch.list_slots);
        let lists = read_lists(client, &portal, &slots, &mut poll);
        let result = self.while_looking_up(lists).await;
        if !self.watch.is_watching(self.key) {
            return;
        }
        let mut sessions = poll.sessions.values();
        let arn = sessions.find_map(|session| session.portal_arn.as_deref());
        let has_reply = result.is_ok() || arn.is_some();
        if has_reply && self.watch.rejects_state(arn) {
            return;
        }
        self.watch.mark_changed();
        match result {
            Ok(()) => self.take_poll(&poll, began),
            Err(error) => self.take_failed_poll(&poll, &error),
        }
    }

    fn take_poll(&mut self, poll: &Poll, began: Instant) {
        let now = CLOCK.now();
        // The service's clock is known now.
        let mut state = self.watch.portal(self.key);
        if std::mem::take(&mut self.began_with_program) {
            state.correct_beginning(self.watch.began());
        }
        let gap = state.apply_poll(poll, timestamp_of(began, now), now);
        drop(state);
        self.watch.push_gap(self.key.0, Some(self.key.1), gap);
        self.start_lookups();
    }

    fn take_failed_poll(&mut self, poll: &Poll, error: &CallError) {
        let (watch, key) = (self.watch, self.key);
        let is_once = watch.options.is_once;
        let failure = PollFailure::from(error);
        let outage = watch.portal(key).apply_failed_poll(poll, failure);
        self.start_lookups();
        let call = self.call(Operation::ListSessions);
        self.report_error(&call, error, outage, "a poll failed");
        if failure == PollFailure::NotFound && !is_once {
            self.start_confirmation(outage.is_persistent);
        }
    }

    /// Ends the watch if the error of a call requires it; otherwise warns of a new outage. With `--once`
    /// every error is a failure.
    fn report_error(&self, call: &Call<'_>, error: &CallError, outage: Outage, message: &str) {
        let (watch, key) = (self.watch, self.key);
        let is_once = watch.options.is_once;
        match PollFailure::from(error) {
            PollFailure::NoCredentials => watch.end_with(call.to_failure(error)),
            PollFailure::Credentials if outage.is_persistent || is_once => {
                watch.end_with(call.to_failure(error));
            }
            _ if is_once => watch.push(Outcome::Failure(call.to_failure(error))),
            _ if watch.portal(key).is_denied() => watch.end_portal(key, call.to_failure(error)),
            _ if outage.is_new => {
                watch.warn(key, &format!("{message}: {}", call.describe(error)));
            }
            _ => {}
        }
    }

    /// Requests the list of portals, because the service did not find this one: at once if all portals are
    /// watched, and after repeated failures if the portal is named.
    fn start_confirmation(&self, is_persistent: bool) {
        let (watch, client) = (self.watch, self.client);
        if watch.search.named.is_none() {
            watch.searches[self.key.0].repeat.notify_one();
        } else if is_persistent && self.confirmation.is_empty() {
            let slots = CallSlots::new(&watch.list_slots);
            let portals = async move { list_portals(client, &slots).await };
            self.confirmation.push(portals.boxed_local());
        }
    }

    fn take_confirmation(&self, result: Result<Vec<Portal>, CallError>) {
        let (watch, key) = (self.watch, self.key);
        // A poll may have found the portal in the meantime.
        if !watch.is_watching(key) || !watch.portal(key).is_unknown() {
            return;
        }
        watch.mark_changed();
        let error = match result {
            Ok(portals) => {
                let found = watch.portal_ids(self.client, portals);
                if found.is_some_and(|found| !found.contains(&key.1)) {
                    let gap = watch.portal(key).unobserved_until(CLOCK.now());
                    watch.region(key.0).portals.remove(&key.1);
                    watch.lose_portal(key, gap);
                }
                return;
            }
            Err(error) => error,
        };
        let was_never_found = watch.portal(key).last_poll().is_none();
        if was_never_found {
            let call = self.call(Operation::ListPortals);
            let reason = call.describe(&error);
            let message =
                format!("the service does not know the portal; ListPortals failed: {reason}");
            let failure = Failure::new(Code::NotFound, message);
            watch.end_portal(key, failure.with_subject(call.subject()));
        }
    }

    /// Starts the lookups that are due and not in progress.
    fn start_lookups(&mut self) {
        let (client, portal) = (self.client, self.key.1);
        for id in self.watch.portal(self.key).lookups() {
            if !self.looked_up.insert(id) {
                continue;
            }
            self.last_lookup = Instant::now();
            let slots = self.slots.clone();
            let lookup = async move { (id, slots.run(client.get_session(&portal, &id)).await) };
            self.lookups.push(lookup.boxed_local());
        }
    }

    /// Runs `work`, and applies the results of lookups and of the confirmation meanwhile.
    async fn while_looking_up<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                Some((id, result)) = self.lookups.next() => self.take_lookup(id, result),
                Some(result) = self.confirmation.next() => self.take_confirmation(result),
                output = &mut work => return output,
            }
        }
    }

    async fn finish_lookups(&mut self) {
        while let Some((id, result)) = self.lookups.next().await {
            self.take_lookup(id, result);
        }
    }

    fn take_lookup(&mut self, id: SessionId, result: Result<Session, CallError>) {
        self.looked_up.remove(&id);
        // An earlier lookup may have ended the watch of the portal.
        if !self.watch.is_watching(self.key) {
            return;
        }
        self.watch.mark_changed();
        let error = match result {
            Ok(session) => return self.apply_lookup(id, Ok(Box::new(session))),
            Err(error) => error,
        };
        let failure = PollFailure::from(&error);
        self.apply_lookup(id, Err(failure));
        if failure == PollFailure::NotFound {
            return self.warn_of_missing(id);
        }
        let outage = Outage {
            is_new: !std::mem::replace(&mut self.has_warned_of_lookups, true),
            is_persistent: false,
        };
        let call = self.call(Operation::GetSession);
        let call = call.for_session(self.key.1, id);
        self.report_error(&call, &error, outage, "event delayed: GetSession failed");
    }

    /// Warns of a listed session that GetSession does not find. Without `--once`, it is looked up again after the
    /// next poll.
    fn warn_of_missing(&self, id: SessionId) {
        if self.watch.options.is_once {
            let message = format!("event missing: GetSession does not know session {id}");
            self.watch.warn(self.key, &message);
        }
    }

    fn apply_lookup(&mut self, id: SessionId, result: Result<Box<Session>, PollFailure>) {
        let now = CLOCK.now();
        let reports = self.watch.portal(self.key).apply_lookup(id, result, now);
        if reports.iter().any(|it| matches!(it, Report::Gap(_))) {
            self.has_warned_of_lookups = false;
        }
        self.report(reports);
    }

    fn report(&self, reports: Vec<Report>) {
        let (watch, key) = (self.watch, self.key);
        for report in reports {
            match report {
                Report::Session(event, session) => watch.push_event(Event {
                    event: event.name(),
                    session: Some(*session),
                    unobserved: Unobserved::default(),
                }),
                Report::Gap(gap) => watch.push_gap(key.0, Some(key.1), Some(gap)),
                Report::WithoutAddresses(id) => watch.warn(
                    key,
                    &format!(
                        "GetSession keeps failing: session {id} is reported as ListSessions shows it, without client addresses"
                    ),
                ),
                Report::Vanished(id) => watch.warn(
                    key,
                    &format!(
                        "the service no longer knows session {id}, and its end was not observed"
                    ),
                ),
            }
        }
    }

    fn call(&self, operation: Operation) -> Call<'a> {
        Call::new(self.client, operation).for_portal(self.key.1)
    }
}
