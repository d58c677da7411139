//! Applies the results of GetSession to a portal's state.

use jiff::Timestamp;

use super::{Gap, LOOKUP_PATIENCE, PortalState, Report, SessionEvent, TrackedSession, VANISHED};
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

    /// Applies the result of a lookup at `now`. Without a valid reply, the session is looked up again after the
    /// next poll.
    pub fn apply_lookup(
        &mut self,
        id: SessionId,
        result: Result<Box<Session>, PollFailure>,
        now: Timestamp,
    ) -> Vec<Report> {
        let Some(mut tracked) = self.tracked.remove(&id) else {
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
            Ok(session) if session.has_ended() => self.end(id, tracked, session),
            Ok(session) => {
                let event = tracked.confirm_active();
                self.tracked.insert(id, tracked);
                event
                    .map(|event| Report::Session(event, session))
                    .into_iter()
                    .collect()
            }
            // A list may be ahead of GetSession.
            Err(PollFailure::NotFound) if tracked.was_found && !tracked.is_listed => {
                let document = tracked.document.take();
                let document = document.unwrap_or_else(|| tracked.minimal_document(id));
                self.end(id, tracked, document)
            }
            Err(_) => self.count_failed_lookup(id, tracked),
        };
        let gap = self.take_lookup_gap(now).map(Report::Gap);
        gap.into_iter().chain(reports).collect()
    }

    fn count_failed_lookup(&mut self, id: SessionId, mut tracked: TrackedSession) -> Vec<Report> {
        tracked.failed_lookups += 1;
        if tracked.failed_lookups >= VANISHED && tracked.document.is_none() && !tracked.is_listed {
            return vec![Report::Vanished(id)];
        }
        let mut reports = Vec::new();
        if tracked.failed_lookups >= LOOKUP_PATIENCE
            && let Some(document) = tracked.document.take()
        {
            tracked.is_unanswered = false;
            tracked.failed_lookups = 0;
            reports.push(Report::WithoutAddresses(id));
            if document.has_ended() {
                reports.extend(self.end(id, tracked, document));
                return reports;
            }
            let event = tracked.unreported.take();
            reports.extend(event.map(|event| Report::Session(event, document)));
        }
        self.tracked.insert(id, tracked);
        reports
    }

    /// Reports the end of a session, after its start if that is unreported.
    fn end(
        &mut self,
        id: SessionId,
        tracked: TrackedSession,
        session: Box<Session>,
    ) -> Vec<Report> {
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

    fn take_lookup_gap(&mut self, now: Timestamp) -> Option<Gap> {
        if self.tracked.values().any(|tracked| tracked.is_unanswered) {
            return None;
        }
        let from = self.lookup_outage_since.take()?;
        Some(Gap::new(from, now))
    }
}

impl TrackedSession {
    /// Marks the session as active, whatever the lists show. The next poll decides whether it is looked up again.
    /// Returns the start event if it is unreported.
    fn confirm_active(&mut self) -> Option<SessionEvent> {
        self.was_found = true;
        self.failed_lookups = 0;
        self.is_listed = true;
        self.document = None;
        self.unreported.take()
    }

    /// A document for a session that GetSession no longer returns.
    fn minimal_document(&self, id: SessionId) -> Box<Session> {
        Box::new(Session {
            session_id: Some(id.to_string()),
            start_time: self.start.map(EpochSeconds::from),
            ..Session::default()
        })
    }
}
