//! What the feed does with the results of its calls.

use jiff::Timestamp;
use tokio::time::Instant;

use super::event;
use super::feed::{Completion, Feed, PortalKey};
use super::poll::Poll;
use super::portal_state::{FailedPoll, Gap, LookupResult, PortalState, Report};
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
const BETWEEN_DISCOVERIES: std::time::Duration = std::time::Duration::from_mins(15);

impl<'a> Feed<'a> {
    /// Takes the result of a call.
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
        let program_began = time_of(self.began.0, now);
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        portal.credentials.reset();
        // The service's clock is known now.
        if std::mem::take(&mut portal.began_with_program) {
            state.correct_beginning(program_began);
        }
        let reports = state.apply_poll(poll, time_of(began, now), now);
        self.report(key, reports);
    }

    fn take_failed_poll(&mut self, key: PortalKey, poll: &Poll, error: &CallError) {
        let call = Call::new(self.regions[key.0].client, Operation::ListSessions);
        let call = call.for_portal(key.1);
        let failure = PollFailure::from(error);
        if failure == PollFailure::OutOfTime {
            return;
        }
        let kind = match failure {
            PollFailure::Denied => FailedPoll::Denied,
            PollFailure::NotFound => FailedPoll::NotFound,
            _ => FailedPoll::Invalid,
        };
        let is_once = self.options.is_once;
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        let are_credentials_lost = match failure {
            PollFailure::NoCredentials | PollFailure::Credentials => {
                portal.credentials.count(failure) || is_once
            }
            _ => false,
        };
        let is_new = state.apply_failed_poll(poll, kind);
        if are_credentials_lost {
            self.end_with(call.to_failure(error));
        } else if is_once {
            self.outcomes
                .push_back(Outcome::Failure(call.to_failure(error)));
        } else if self.is_lost_to_denial(key) {
            self.end_portal(key, call.to_failure(error));
        } else {
            self.confirm_not_found(key);
            if is_new {
                self.warn(key, &format!("a poll failed: {}", call.describe(error)));
            }
        }
    }

    fn is_lost_to_denial(&self, key: PortalKey) -> bool {
        self.portal_state(key).is_some_and(PortalState::is_denied)
    }

    /// Searches for portals now if the service does not know this one: it may have been deleted.
    fn confirm_not_found(&mut self, key: PortalKey) {
        let polls = self
            .portal_state(key)
            .map_or(0, PortalState::not_found_polls);
        let region = &mut self.regions[key.0];
        if polls
            >= if region.is_exhaustive {
                1
            } else {
                NOT_FOUND_POLLS
            }
        {
            region.next_discovery = Some(Instant::now());
        }
    }

    fn take_lookup(&mut self, key: PortalKey, id: SessionId, result: Result<Session, CallError>) {
        let Some((portal, state)) = self.portal(key) else {
            return;
        };
        portal.lookups.remove(&id);
        let now = CLOCK.now();
        let error = match result {
            Ok(session) => {
                let reports = state.apply_lookup(id, LookupResult::Found(Box::new(session)), now);
                return self.report_lookup(key, reports);
            }
            Err(error) => error,
        };
        let lookup = match PollFailure::from(&error) {
            PollFailure::OutOfTime => return,
            PollFailure::NotFound => LookupResult::NotFound,
            PollFailure::Denied => LookupResult::Denied,
            _ => LookupResult::Failed,
        };
        let is_answer = lookup == LookupResult::NotFound;
        let reports = state.apply_lookup(id, lookup, now);
        self.report_lookup(key, reports);
        if !is_answer {
            self.take_failed_lookup(key, id, &error);
        }
    }

    fn report_lookup(&mut self, key: PortalKey, reports: Vec<Report>) {
        let is_recovered = reports
            .iter()
            .any(|report| matches!(report, Report::Gap(_)));
        if let Some(portal) = self.portals.get_mut(&key).filter(|_| is_recovered) {
            portal.has_warned_of_lookups = false;
        }
        self.report(key, reports);
    }

    fn take_failed_lookup(&mut self, key: PortalKey, id: SessionId, error: &CallError) {
        let call = Call::new(self.regions[key.0].client, Operation::GetSession);
        let call = call.for_session(key.1, id);
        if self.options.is_once {
            self.outcomes
                .push_back(Outcome::Failure(call.to_failure(error)));
        } else if PollFailure::from(error) == PollFailure::NoCredentials {
            self.end_with(call.to_failure(error));
        } else if self.is_lost_to_denial(key) {
            self.end_portal(key, call.to_failure(error));
        } else if let Some(portal) = self.portals.get_mut(&key)
            && !std::mem::replace(&mut portal.has_warned_of_lookups, true)
        {
            let reason = call.describe(error);
            self.warn(key, &format!("event delayed: GetSession failed: {reason}"));
        }
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
    }

    fn apply_portals(&mut self, index: usize, found: &[PortalId]) {
        let now = CLOCK.now();
        let region = &mut self.regions[index];
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
        self.push_region_gap(index, discovery.gap);
        for portal in discovery.present {
            self.add_portal((index, portal), began);
        }
        self.lose_portals(index, discovery.lost);
    }

    fn push_region_gap(&mut self, index: usize, gap: Option<Gap>) {
        if let Some(gap) = gap {
            let region = self.regions[index].client.region().as_str();
            self.push(event::from_gap(gap, None, region));
        }
    }

    fn lose_portals(&mut self, index: usize, lost: Vec<(PortalId, Gap)>) {
        let region = self.regions[index].client.region();
        for (portal, gap) in lost {
            self.push(event::from_lost_portal(gap, portal, region.as_str()));
            self.portals.remove(&(index, portal));
            let call = Call::new(self.regions[index].client, Operation::ListPortals);
            if self.regions[index].is_exhaustive && !self.portals.is_empty() {
                self.options.reporter.warning(&format!(
                    "the portal no longer exists (portal {portal}, region {region})"
                ));
                continue;
            }
            let failure = Failure::new(Code::NotFound, "the portal no longer exists");
            let failure = failure.with_subject(call.for_portal(portal).subject());
            self.outcomes.push_back(Outcome::Failure(failure));
        }
    }

    fn take_failed_discovery(&mut self, index: usize, error: &CallError) {
        let failure = PollFailure::from(error);
        let call = Call::new(self.regions[index].client, Operation::ListPortals);
        match failure {
            PollFailure::OutOfTime => return,
            PollFailure::NoCredentials => return self.end_with(call.to_failure(error)),
            _ => {}
        }
        if !self.regions[index].is_exhaustive {
            return self.take_failed_confirmation(index, error);
        }
        // Regions that the account has not enabled reject its credentials.
        let is_denied = matches!(failure, PollFailure::Denied | PollFailure::Credentials);
        self.retry_discovery(index, is_denied, call.to_failure(error));
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

    /// ListPortals cannot confirm that named portals were deleted. Those that were never polled did
    /// not exist.
    fn take_failed_confirmation(&mut self, index: usize, error: &CallError) {
        let is_unknown = |state: &PortalState| {
            state.not_found_polls() >= NOT_FOUND_POLLS && state.last_poll().is_none()
        };
        let keys = self
            .portals
            .keys()
            .filter(|key| key.0 == index && self.portal_state(**key).is_some_and(is_unknown));
        for key in keys.copied().collect::<Vec<_>>() {
            let call = Call::new(self.regions[index].client, Operation::ListPortals);
            let reason = call.describe(error);
            let failure = Failure::new(
                Code::NotFound,
                format!("the service does not know the portal; ListPortals failed: {reason}"),
            );
            self.end_portal(key, failure.with_subject(call.for_portal(key.1).subject()));
        }
    }

    fn take_name(&mut self, index: usize, name: &PortalName, result: Result<PortalId, Failure>) {
        match result {
            Ok(portal) => {
                let region = &mut self.regions[index];
                region.names.retain(|other| *other != name);
                region.is_settled = region.names.is_empty();
                let gap = self.region_state(index).end_outage(CLOCK.now());
                self.push_region_gap(index, gap);
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
        let gap = self
            .portal_state(key)
            .and_then(|state| state.open_gap(CLOCK.now()));
        if let Some(gap) = gap.filter(|_| !self.has_file()) {
            let region = self.regions[key.0].client.region().as_str();
            self.push(event::from_gap(gap, Some(key.1), region));
        }
        self.outcomes.push_back(Outcome::Failure(failure));
    }

    /// Ends the watch of all portals.
    pub(super) fn end_with(&mut self, failure: Failure) {
        if !self.is_over {
            self.end();
            self.outcomes.push_back(Outcome::Failure(failure));
        }
    }

    /// Whether the state is of another account than this portal. Nothing is reported then.
    pub(super) fn is_other_account(&mut self, arn: &str) -> bool {
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
        let region = self.regions[key.0].client.region();
        for report in reports {
            match report {
                Report::Session(kind, session) => self.push(event::from_session(kind, session)),
                Report::Gap(gap) => {
                    self.push(event::from_gap(gap, Some(key.1), region.as_str()));
                }
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

    fn portal(
        &mut self,
        key: PortalKey,
    ) -> Option<(&mut super::feed::PortalFeed, &mut PortalState)> {
        let region = self.regions[key.0].client.region().as_str();
        let state = self
            .state
            .regions
            .get_mut(region)?
            .portals
            .get_mut(&key.1)?;
        Some((self.portals.get_mut(&key)?, state))
    }
}

/// The time of an instant that has passed, by the service's clock as it is known now.
fn time_of(instant: Instant, now: Timestamp) -> Timestamp {
    now.checked_sub(jiff::SignedDuration::try_from(instant.elapsed()).unwrap_or_default())
        .unwrap_or(now)
}
