//! Applies the results of the feed's calls to its state, and reports events and failures.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::event;
use super::feed::{Completion, Feed, PortalFeed, PortalKey};
use super::poll::Poll;
use super::portal_state::{Gap, PortalState, Report};
use super::region_state::NOT_FOUND_POLLS;
use crate::commands::polling::{PollFailure, pause};
use crate::commands::targets::listed_portal_id;
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure};
use crate::service::clock::CLOCK;
use crate::service::documents::{Portal, Session};
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName, SessionId};
use crate::service::operations::Operation;

/// The time between two searches for portals.
const BETWEEN_DISCOVERIES: Duration = Duration::from_mins(15);

impl<'a> Feed<'a> {
    pub(super) fn take(&mut self, call: Completion<'a>) {
        self.mark_unsaved();
        match call {
            Completion::Poll {
                portal,
                poll,
                began,
                result,
            } => self.take_poll(portal, &poll, began, result),
            Completion::Lookup(portal, id, result) => self.take_lookup(portal, id, result),
            Completion::Portals(region, result) => self.take_portals(region, result),
            Completion::Name(region, name, result) => self.take_name(region, name, result),
        }
    }

    fn take_poll(
        &mut self,
        key: PortalKey,
        poll: &Poll,
        began: Instant,
        result: Result<(), CallError>,
    ) {
        let Some(portal) = self.portals.get_mut(&key) else {
            return;
        };
        portal.is_polling = false;
        portal.was_polled = true;
        let arn = poll
            .sessions()
            .find_map(|session| session.document.portal_arn.as_deref());
        if arn.is_some_and(|arn| self.is_other_account(arn)) {
            return;
        }
        match result {
            Ok(()) => self.take_successful_poll(key, poll, began),
            Err(error) => self.take_failed_poll(key, poll, &error),
        }
        self.start_lookups(key);
    }

    fn take_successful_poll(&mut self, key: PortalKey, poll: &Poll, began: Instant) {
        let now = CLOCK.now();
        let program_began = timestamp_of(self.began.0, now);
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        portal.credentials.reset();
        // The service's clock is known now.
        if std::mem::take(&mut portal.began_with_program) {
            state.correct_beginning(program_began);
        }
        let reports = state.apply_poll(poll, timestamp_of(began, now), now);
        self.report(key, reports);
    }

    fn take_failed_poll(&mut self, key: PortalKey, poll: &Poll, error: &CallError) {
        let failure = PollFailure::from(error);
        let is_once = self.options.is_once;
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        if failure == PollFailure::OutOfTime {
            return;
        }
        let are_credentials_lost = match failure {
            PollFailure::NoCredentials | PollFailure::Credentials => {
                portal.credentials.count(failure) || is_once
            }
            _ => false,
        };
        let is_new = state.apply_failed_poll(poll, failure);
        let call = self.call(key.0, Operation::ListSessions).for_portal(key.1);
        if are_credentials_lost {
            self.end_with(call.to_failure(error));
        } else if is_once {
            self.push_failure(call.to_failure(error));
        } else if self.is_denied(key) {
            self.end_portal(key, call.to_failure(error));
        } else {
            self.confirm_not_found(key);
            if is_new {
                self.warn(key, &format!("a poll failed: {}", call.describe(error)));
            }
        }
    }

    fn is_denied(&self, key: PortalKey) -> bool {
        self.portal_state(key).is_some_and(PortalState::is_denied)
    }

    /// Searches for portals now if the service does not know this one: it may have been deleted.
    fn confirm_not_found(&mut self, key: PortalKey) {
        let state = self.portal_state(key);
        let polls = state.map_or(0, PortalState::not_found_polls);
        let region = &mut self.regions[key.0];
        let needed = if region.is_exhaustive {
            1
        } else {
            NOT_FOUND_POLLS
        };
        if polls >= needed {
            region.next_discovery = Some(Instant::now());
        }
    }

    fn take_lookup(&mut self, key: PortalKey, id: SessionId, result: Result<Session, CallError>) {
        let error = match result {
            Ok(session) => return self.apply_lookup(key, id, Ok(Box::new(session))),
            Err(error) => error,
        };
        let failure = PollFailure::from(&error);
        self.apply_lookup(key, id, Err(failure));
        if matches!(failure, PollFailure::NotFound | PollFailure::OutOfTime) {
            return;
        }
        let call = self.call(key.0, Operation::GetSession);
        let call = call.for_session(key.1, id);
        if self.options.is_once {
            self.push_failure(call.to_failure(&error));
        } else if failure == PollFailure::NoCredentials {
            self.end_with(call.to_failure(&error));
        } else if self.is_denied(key) {
            self.end_portal(key, call.to_failure(&error));
        } else if let Some(portal) = self.portals.get_mut(&key)
            && !std::mem::replace(&mut portal.has_warned_of_lookups, true)
        {
            let reason = call.describe(&error);
            self.warn(key, &format!("event delayed: GetSession failed: {reason}"));
        }
    }

    fn apply_lookup(
        &mut self,
        key: PortalKey,
        id: SessionId,
        result: Result<Box<Session>, PollFailure>,
    ) {
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        portal.lookups.remove(&id);
        if result == Err(PollFailure::OutOfTime) {
            return;
        }
        let reports = state.apply_lookup(id, result, CLOCK.now());
        if reports.iter().any(|it| matches!(it, Report::Gap(_))) {
            portal.has_warned_of_lookups = false;
        }
        self.report(key, reports);
    }

    fn take_portals(&mut self, index: usize, result: Result<Vec<Portal>, CallError>) {
        let client = self.regions[index].client;
        let mut portals = match result {
            Ok(portals) => portals,
            Err(error) => return self.take_failed_discovery(index, &error),
        };
        self.search.remember(client, &mut portals);
        let mut found = Vec::new();
        for portal in &portals {
            let arn = portal.portal_arn.as_deref().unwrap_or_default();
            if self.is_other_account(arn) {
                return;
            }
            match listed_portal_id(client, portal) {
                Ok(id) => found.push(id),
                Err(failure) => self.outcomes.push_back(Outcome::Incomplete(failure)),
            }
        }
        self.apply_portals(index, &found);
        self.report_unavailable_regions();
    }

    fn apply_portals(&mut self, index: usize, found: &[PortalId]) {
        let now = CLOCK.now();
        let region = &mut self.regions[index];
        region.is_available = Some(true);
        region.is_settled = true;
        if !region.is_exhaustive {
            let lost = self.region_state(index).confirm_lost(found, now);
            return self.lose_portals(index, lost);
        }
        if !self.options.is_once {
            region.next_discovery = Some(Instant::now() + BETWEEN_DISCOVERIES);
        }
        let began = self.began.1;
        let discovery = self.region_state(index).apply_discovery(found, began, now);
        self.push_gap(index, None, discovery.gap);
        for portal in discovery.present {
            self.add_portal((index, portal), began);
        }
        self.lose_portals(index, discovery.lost);
    }

    fn lose_portals(&mut self, index: usize, lost: Vec<(PortalId, Gap)>) {
        let region = self.regions[index].client.region();
        for (portal, gap) in lost {
            let key = (index, portal);
            self.push(event::from_lost_portal(gap, portal, region.as_str()));
            self.portals.remove(&key);
            let message = "the portal no longer exists";
            if self.regions[index].is_exhaustive && !self.portals.is_empty() {
                self.warn(key, message);
                continue;
            }
            let call = self.call(index, Operation::ListPortals).for_portal(portal);
            self.push_failure(Failure::new(Code::NotFound, message).with_subject(call.subject()));
        }
    }

    fn take_failed_discovery(&mut self, index: usize, error: &CallError) {
        let failure = PollFailure::from(error);
        let call = self.call(index, Operation::ListPortals);
        match failure {
            PollFailure::OutOfTime => return,
            PollFailure::NoCredentials => return self.end_with(call.to_failure(error)),
            _ => {}
        }
        if !self.regions[index].is_exhaustive {
            return self.take_failed_confirmation(index, error);
        }
        let is_unavailable =
            call.is_region_unavailable(error) && !self.region_state(index).was_found();
        self.regions[index].is_available = Some(!is_unavailable);
        if is_unavailable {
            self.unavailable.push((index, call.to_failure(error)));
        } else {
            // Regions that the account has not enabled reject its credentials.
            let is_denied = matches!(failure, PollFailure::Denied | PollFailure::Credentials);
            self.retry_discovery(index, is_denied, call.to_failure(error));
        }
        self.report_unavailable_regions();
    }

    /// Reports the regions where the service is not available, once every region has been searched. They
    /// are searched again after [`BETWEEN_DISCOVERIES`], like the others. If all regions are unavailable,
    /// the likelier cause is the network, and the searches count as failed.
    fn report_unavailable_regions(&mut self) {
        if self.regions.iter().any(|it| it.is_available.is_none()) {
            return;
        }
        let has_available = self.regions.iter().any(|it| it.is_available == Some(true));
        for (index, failure) in std::mem::take(&mut self.unavailable) {
            if !has_available {
                self.retry_discovery(index, false, failure);
                continue;
            }
            self.region_state(index).end_outage(CLOCK.now());
            let region = &mut self.regions[index];
            if !self.options.is_once {
                region.next_discovery = Some(Instant::now() + BETWEEN_DISCOVERIES);
            }
            if !std::mem::replace(&mut region.is_settled, true) {
                let line = failure.to_line();
                let note = format!("the service is not available: {line}");
                self.options.reporter.note(&note);
            }
        }
    }

    /// Retries a search at the next poll; less often if the service keeps denying it.
    fn retry_discovery(&mut self, index: usize, is_denied: bool, failure: Failure) {
        let began = self.began.1;
        let state = self.region_state(index);
        let was_denied = state.is_denied();
        let is_new = state.apply_failed_discovery(is_denied, began);
        let is_denied = state.is_denied();
        if self.options.is_once {
            return self.outcomes.push_back(Outcome::Incomplete(failure));
        }
        let wait = if is_denied {
            BETWEEN_DISCOVERIES
        } else {
            pause(self.options.interval, fastrand::f64())
        };
        let region = &mut self.regions[index];
        region.next_discovery = Some(Instant::now() + wait);
        if is_denied {
            region.is_settled = true;
        }
        if is_denied && !was_denied {
            self.outcomes.push_back(Outcome::Incomplete(failure));
        } else if is_new {
            let region = self.regions[index].client.region();
            self.options.reporter.warning(&format!(
                "the portals of the region could not be listed: {} (region {region})",
                failure.message()
            ));
        }
    }

    /// Ends the watch of named portals that the service has never known, after ListPortals failed to
    /// confirm it.
    fn take_failed_confirmation(&mut self, index: usize, error: &CallError) {
        let reason = self.call(index, Operation::ListPortals).describe(error);
        let keys: Vec<PortalKey> = self.portals.keys().copied().collect();
        for key in keys.into_iter().filter(|key| key.0 == index) {
            let is_unknown = self.portal_state(key).is_some_and(|state| {
                state.not_found_polls() >= NOT_FOUND_POLLS && state.last_poll().is_none()
            });
            if is_unknown {
                let message =
                    format!("the service does not know the portal; ListPortals failed: {reason}");
                let call = self.call(index, Operation::ListPortals).for_portal(key.1);
                let failure = Failure::new(Code::NotFound, message);
                self.end_portal(key, failure.with_subject(call.subject()));
            }
        }
    }

    fn take_name(&mut self, index: usize, name: &PortalName, result: Result<PortalId, Failure>) {
        match result {
            Ok(portal) => {
                let region = &mut self.regions[index];
                region.names.retain(|other| *other != name);
                region.is_settled = region.names.is_empty();
                let gap = self.region_state(index).end_outage(CLOCK.now());
                self.push_gap(index, None, gap);
                self.add_portal((index, portal), self.began.1);
            }
            Err(failure) => match failure.code() {
                Code::Usage | Code::NotFound | Code::Credentials => self.end_with(failure),
                code => self.retry_discovery(index, code == Code::AccessDenied, failure),
            },
        }
    }

    /// Ends the watch of one portal.
    fn end_portal(&mut self, key: PortalKey, failure: Failure) {
        self.portals.remove(&key);
        let state = self.portal_state(key);
        let gap = state.and_then(|state| state.open_gap(CLOCK.now()));
        self.push_gap(key.0, Some(key.1), gap.filter(|_| !self.has_file()));
        self.push_failure(failure);
    }

    /// Ends the watch of all portals.
    pub(super) fn end_with(&mut self, failure: Failure) {
        if !self.is_over {
            self.end();
            self.push_failure(failure);
        }
    }

    /// Rejects the state file if it belongs to another account than this portal. The watch then ends
    /// without events.
    fn is_other_account(&mut self, arn: &str) -> bool {
        let Err((own, other)) = self.state.check_account(arn) else {
            return false;
        };
        let message =
            format!("the state file is of account {own}, and the portals are of account {other}");
        let hint = "give each account a state file of its own";
        self.reject(Failure::usage(message).with_hint(hint));
        true
    }

    fn report(&mut self, key: PortalKey, reports: Vec<Report>) {
        for report in reports {
            match report {
                Report::Session(kind, session) => self.push(event::from_session(kind, session)),
                Report::Gap(gap) => self.push_gap(key.0, Some(key.1), Some(gap)),
                Report::WithoutAddresses(id) => self.warn(
                    key,
                    &format!(
                        "GetSession keeps failing: session {id} is reported as ListSessions shows it, without client addresses"
                    ),
                ),
                Report::Vanished(id) => self.warn(
                    key,
                    &format!(
                        "the service no longer knows session {id}, and its end was not observed"
                    ),
                ),
            }
        }
    }

    fn warn(&self, (region, portal): PortalKey, message: &str) {
        let region = self.regions[region].client.region();
        self.options
            .reporter
            .warning(&format!("{message} (portal {portal}, region {region})"));
    }

    fn push_failure(&mut self, failure: Failure) {
        self.outcomes.push_back(Outcome::Failure(failure));
    }

    fn call(&self, region: usize, operation: Operation) -> Call<'a> {
        Call::new(self.regions[region].client, operation)
    }

    fn portal(&mut self, key: PortalKey) -> Option<(&mut PortalFeed, &mut PortalState)> {
        let region = self.regions[key.0].client.region().as_str();
        let state = self.state.regions.get_mut(region)?;
        Some((self.portals.get_mut(&key)?, state.portals.get_mut(&key.1)?))
    }
}

/// Converts a past instant to a timestamp by the service's clock, as it is known now.
fn timestamp_of(instant: Instant, now: Timestamp) -> Timestamp {
    let elapsed = SignedDuration::try_from(instant.elapsed()).unwrap_or_default();
    now.checked_sub(elapsed).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser;

    use super::super::feed::FeedOptions;
    use super::super::state_file::WatchState;
    use super::*;
    use crate::cli::{Environment, Portals};
    use crate::commands::Cli;
    use crate::commands::context::Context;
    use crate::commands::targets::Search;
    use crate::config::Calls;
    use crate::delivery::{Deadline, EventStatus};
    use crate::service::transport_error::Unreachable;

    const COUNT: usize = 2;

    /// A watch of all regions of a partition, whose regions with the service are not known.
    async fn with_feed(check: impl FnOnce(&mut Feed<'_>)) {
        let line = ["wsb", "list-portals", "--region", "us-gov-west-1"];
        let global = Cli::parse_from(line).global;
        let environment: Arc<Environment> = Arc::new([("HOME", "/nowhere")].into_iter().collect());
        let reporter = Arc::new(global.diagnostics.reporter(environment.preferences()));
        let deadline = Deadline::new(None, Code::Ok);
        let context = Context::new(global, &environment, &reporter, deadline);
        let config = context.load_config(None).await.unwrap();
        let search = Search::new(&context, &config, Portals::OfAllRegions, Calls::Many, 1).unwrap();
        let options = FeedOptions {
            interval: Duration::from_secs(60),
            end: None,
            is_once: false,
            concurrency: 1,
            status: Arc::new(EventStatus::default()),
            reporter,
        };
        let mut feed = Feed::new(options, &search, None, WatchState::default());
        assert_eq!(feed.regions.len(), COUNT);
        for region in &mut feed.regions {
            region.next_discovery = None;
        }
        check(&mut feed);
    }

    fn unknown_host() -> CallError {
        CallError::unreachable(Unreachable::Dns, "Name or service not known")
    }

    fn wait(feed: &Feed<'_>, index: usize) -> Option<Duration> {
        let next = feed.regions[index].next_discovery;
        next.map(|next| next.saturating_duration_since(Instant::now()))
    }

    #[tokio::test]
    async fn a_region_without_the_service_is_searched_as_rarely_as_the_others_and_is_no_gap() {
        with_feed(|feed| {
            feed.take(Completion::Portals(0, Err(unknown_host())));
            assert_eq!(wait(feed, 0), None);
            feed.take(Completion::Portals(1, Ok(Vec::new())));
            assert!(wait(feed, 0) > Some(Duration::from_mins(14)));
            assert!(feed.regions[0].is_settled && feed.outcomes.is_empty());
            feed.take(Completion::Portals(0, Err(unknown_host())));
            assert!(wait(feed, 0) > Some(Duration::from_mins(14)));
            feed.end();
            assert!(feed.outcomes.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn a_network_without_names_is_an_outage_of_every_region() {
        with_feed(|feed| {
            for _ in 0..2 {
                for index in 0..COUNT {
                    feed.take(Completion::Portals(index, Err(unknown_host())));
                }
                for index in 0..COUNT {
                    assert!(wait(feed, index) < Some(Duration::from_mins(2)));
                    assert!(!feed.regions[index].is_settled);
                }
            }
            // The gap of the region that is reached, and none for the other one.
            feed.take(Completion::Portals(0, Ok(Vec::new())));
            assert_eq!(feed.outcomes.len(), 1);
            feed.take(Completion::Portals(1, Err(unknown_host())));
            assert!(feed.regions[1].is_settled);
            feed.end();
            assert_eq!(feed.outcomes.len(), 1);
        })
        .await;
    }
}
