//! Applies the results of GetSession to a portal's state.

use jiff::Timestamp;

use super::{Gap, LOOKUP_PATIENCE, PortalState, Report, SessionEvent, VANISHED};
use crate::commands::polling::PollFailure;
use crate::service::documents::{EpochSeconds, Session};
use crate::service::ids::SessionId;

impl PortalState {
    /// The sessions to look up by GetSession: those whose start is unreported, and those that the lists
    /// no longer show as active.
    pub fn lookups(&self) -> impl Iterator<Item = SessionId> {
        self.tracked
            .iter()
            .filter(|(_, tracked)| tracked.unreported.is_some() || !tracked.is_listed)
            .map(|(id, _)| *id)
    }

    /// Applies the result of a lookup at `now`. Without a valid reply the session is looked up again after
    /// the next poll.
    pub fn apply_lookup(
        &mut self,
        id: SessionId,
        result: Result<Box<Session>, PollFailure>,
        now: Timestamp,
    ) -> Vec<Report> {
        let Some(tracked) = self.tracked.get_mut(&id) else {
            return Vec::new();
        };
        tracked.is_unanswered = !matches!(result, Ok(_) | Err(PollFailure::NotFound));
        if tracked.is_unanswered {
            let since = self.last_poll.unwrap_or(self.began);
            self.lookup_outage_since.get_or_insert(since);
            self.has_denied_lookup |= result == Err(PollFailure::Denied);
        } else {
            self.has_denied_lookup = false;
            self.failed_polls.end(PollFailure::Denied);
        }
        let reports = match result {
            Ok(session) => self.apply_found(id, session),
            Err(PollFailure::NotFound) => self.apply_not_found(id),
            Err(_) => self.apply_unanswered(id),
        };
        let mut gap = self.take_lookup_gap(now);
        gap.extend(reports);
        gap
    }

    fn apply_found(&mut self, id: SessionId, session: Box<Session>) -> Vec<Report> {
        if session.has_ended() {
            return self.end(id, session);
        }
        let Some(tracked) = self.tracked.get_mut(&id) else {
            return Vec::new();
        };
        tracked.was_found = true;
        tracked.failed_lookups = 0;
        // GetSession outranks the lists: it has not ended. The next poll decides about the next lookup.
        tracked.is_listed = true;
        tracked.document = None;
        let event = tracked.unreported.take();
        event
            .map(|event| Report::Session(event, session))
            .into_iter()
            .collect()
    }

    fn apply_not_found(&mut self, id: SessionId) -> Vec<Report> {
        match self.tracked.get_mut(&id) {
            // A list may be ahead of GetSession.
            Some(tracked) if tracked.was_found && !tracked.is_listed => {
                let document = tracked.document.take();
                let minimal = minimal_document(id, tracked.start);
                self.end(id, document.unwrap_or_else(|| Box::new(minimal)))
            }
            _ => self.apply_unanswered(id),
        }
    }

    fn apply_unanswered(&mut self, id: SessionId) -> Vec<Report> {
        let Some(tracked) = self.tracked.get_mut(&id) else {
            return Vec::new();
        };
        tracked.failed_lookups += 1;
        if tracked.failed_lookups >= VANISHED && tracked.document.is_none() && !tracked.is_listed {
            self.tracked.remove(&id);
            return vec![Report::Vanished(id)];
        }
        if tracked.failed_lookups < LOOKUP_PATIENCE {
            return Vec::new();
        }
        let Some(document) = tracked.document.take() else {
            return Vec::new();
        };
        tracked.is_unanswered = false;
        tracked.failed_lookups = 0;
        let mut reports = vec![Report::WithoutAddresses(id)];
        if document.has_ended() {
            reports.extend(self.end(id, document));
        } else if let Some(event) = tracked.unreported.take() {
            reports.push(Report::Session(event, document));
        }
        reports
    }

    /// Reports the end of a session, after its start if that is unreported.
    fn end(&mut self, id: SessionId, session: Box<Session>) -> Vec<Report> {
        let Some(tracked) = self.tracked.remove(&id) else {
            return Vec::new();
        };
        let start = tracked.start.or_else(|| session.started_at());
        let seen = start
            .max(self.newest_start)
            .max(self.last_poll)
            .max(session.ended_at());
        self.reported.insert(id, seen.unwrap_or(Timestamp::MIN));
        let start = tracked.unreported;
        let start = start.map(|event| Report::Session(event, session.clone()));
        let end = Report::Session(SessionEvent::Ended, session);
        start.into_iter().chain([end]).collect()
    }

    fn take_lookup_gap(&mut self, now: Timestamp) -> Vec<Report> {
        if self.tracked.values().any(|tracked| tracked.is_unanswered) {
            return Vec::new();
        }
        let from = self.lookup_outage_since.take();
        from.map(|from| Report::Gap(Gap::new(from, now)))
            .into_iter()
            .collect()
    }
}

/// A minimal document for a session that GetSession no longer returns.
fn minimal_document(id: SessionId, start: Option<Timestamp>) -> Session {
    Session {
        session_id: Some(id.to_string()),
        start_time: start.map(EpochSeconds::from),
        ..Session::default()
    }
}
