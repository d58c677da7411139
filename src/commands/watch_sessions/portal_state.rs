//! The state of a portal's sessions, which turns the results of polls and lookups into events. It makes no calls
//! and reads no clock. `--state` stores it.
//!
//! A list does not prove that a session has ended. A session has ended if GetSession returns this status, or if
//! GetSession no longer finds a session that it has returned before. After [`LOOKUP_PATIENCE`] failed lookups, the
//! status in the list is used.

mod lookups;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::poll::{Depth, Poll};
use crate::commands::polling::{DENIED_POLLS, Persistence, PollFailure};
use crate::commands::time_range::retention_start;
use crate::service::clock;
use crate::service::documents::Session;
use crate::service::ids::SessionId;

/// The range of recent starts that each poll reads again. The service does not promise that sessions enter
/// its lists in the order of their starts.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// One in this many polls has `Depth::Reconcile`, to find sessions that enter the lists late.
const POLLS_BETWEEN_RECONCILIATIONS: u32 = 4;

/// Polls with `Depth::Reconcile` read sessions that started up to this long before the newest known start.
const RECONCILED: SignedDuration = SignedDuration::from_hours(1);

/// The time for which a reported session is remembered. Polls with `Depth::Window` read sessions that started up
/// to this long before the newest known start.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The time between two polls with `Depth::Window`.
const BETWEEN_WINDOWS: SignedDuration = SignedDuration::from_hours(1);

/// After this many failed lookups, a session is reported as the list shows it.
pub(super) const LOOKUP_PATIENCE: u32 = 10;

/// After this many failed lookups, the watch no longer tracks a session that no list shows.
const VANISHED: u32 = 1440;

/// The number of consecutive complete ListPortals results without a portal after which it counts as
/// deleted. One is enough if ListSessions does not find the portal either.
const MISSING_DISCOVERIES: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionEvent {
    /// The session was active when the watch began.
    Active,
    Started,
    Ended,
}

impl SessionEvent {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Started => "started",
            Self::Ended => "ended",
        }
    }
}

/// A period that could not be observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// An outage that a failed poll begins or continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    pub(super) is_new: bool,
    /// Whether the polls keep failing for a reason that does not go away by itself.
    pub(super) is_persistent: bool,
}

/// An event or a warning to report.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    Session(SessionEvent, Box<Session>),
    Gap(Gap),
    /// A warning: GetSession kept failing, so the session is reported without its addresses.
    WithoutAddresses(SessionId),
    /// A warning: neither the lists nor GetSession return the session any more. Its end was not observed.
    Vanished(SessionId),
}

/// A session whose end has not been reported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TrackedSession {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Timestamp>,
    /// The start event, if it has not been reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreported: Option<SessionEvent>,
    /// Whether the last lists show it as active.
    is_listed: bool,
    /// Whether GetSession has returned it.
    was_found: bool,
    /// The number of consecutive failed lookups.
    failed_lookups: u32,
    /// Whether the last lookup got no valid answer.
    is_unanswered: bool,
    /// The session's document in the last list, as long as an event may have to be reported from it.
    #[serde(skip)]
    document: Option<Box<Session>>,
}

impl TrackedSession {
    /// Applies the session's document in the lists.
    fn update(&mut self, session: &Session) {
        self.start = self.start.or(session.started_at());
        if self.unreported.is_some() || session.has_ended() {
            self.document = Some(Box::new(session.clone()));
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortalState {
    began: Timestamp,
    /// The time at which the last successful poll began.
    last_poll: Option<Timestamp>,
    /// The latest start in any list, at most the time of its poll.
    newest_start: Option<Timestamp>,
    /// The earliest start for which reported sessions are remembered; `None` if all are remembered.
    remembered_since: Option<Timestamp>,
    last_window: Option<Timestamp>,
    polls_since_reconciliation: u32,
    /// The start of the current outage: the last successful poll before it, or the start of the watch.
    outage_since: Option<Timestamp>,
    /// The start of the current outage of lookups: the last successful poll before it, or the start of the watch.
    /// It lasts while the last lookup of any tracked session got no valid reply.
    lookup_outage_since: Option<Timestamp>,
    tracked: BTreeMap<SessionId, TrackedSession>,
    /// Sessions whose end was reported, so that a list that still shows them causes no second event. The
    /// time, which decides when an entry is dropped, is the latest of the session's start, its end,
    /// `newest_start` and `last_poll` at the report.
    reported: BTreeMap<SessionId, Timestamp>,
    /// The number of consecutive complete ListPortals results without this portal.
    missing_discoveries: u32,
    /// The start of the poll that is in progress.
    #[serde(skip)]
    poll_since: Option<Timestamp>,
    #[serde(skip)]
    failed_polls: Persistence,
    #[serde(skip)]
    has_denied_lookup: bool,
}

impl PortalState {
    pub fn new(now: Timestamp) -> Self {
        Self {
            began: now,
            ..Self::default()
        }
    }

    /// Corrects the time at which the watch began, unless a poll has succeeded: the service's clock was not known
    /// then.
    pub(super) fn correct_beginning(&mut self, began: Timestamp) {
        if self.last_poll.is_some() {
            return;
        }
        for since in [&mut self.outage_since, &mut self.lookup_outage_since] {
            *since = since.map(|_| began);
        }
        self.began = began;
    }

    pub(super) fn last_poll(&self) -> Option<Timestamp> {
        self.last_poll
    }

    /// The latest time of this state, without the times of sessions. Omits the beginning of the watch until a poll
    /// has succeeded: this machine's clock may have been ahead then, which the first poll corrects.
    pub(super) fn latest_time(&self) -> Option<Timestamp> {
        let began = self.last_poll.map(|_| self.began);
        let outages = [self.outage_since, self.lookup_outage_since];
        let outages = outages.map(|since| since.filter(|since| *since != self.began));
        let replies = [self.last_poll, self.newest_start, self.last_window];
        let times = replies.into_iter().chain(outages);
        times.max().flatten().max(began).max(self.remembered_since)
    }

    /// The period since the last successful poll.
    pub fn unobserved_until(&self, now: Timestamp) -> Gap {
        Gap::new(self.last_poll.unwrap_or(self.began), now)
    }

    pub fn start_poll(&mut self, now: Timestamp) -> Poll {
        self.poll_since = Some(now);
        let depth = self.depth(now);
        let known = self.tracked.keys().copied().collect();
        Poll::new(depth, self.read_back_to(depth), known)
    }

    fn depth(&self, now: Timestamp) -> Depth {
        let is_window_due = self
            .last_window
            .is_none_or(|last| now.duration_since(last).abs() >= BETWEEN_WINDOWS);
        if is_window_due {
            Depth::Window
        } else if self.polls_since_reconciliation.saturating_add(1) >= POLLS_BETWEEN_RECONCILIATIONS
        {
            Depth::Reconcile
        } else {
            Depth::Recent
        }
    }

    fn read_back_to(&self, depth: Depth) -> Option<Timestamp> {
        let Some(last_poll) = self.last_poll else {
            // Sessions of any age may have ended while the service could not be polled.
            let is_late = self.outage_since.is_some();
            return (!is_late).then(|| earlier(self.began, OVERLAP));
        };
        let margin = match depth {
            Depth::Recent => OVERLAP,
            Depth::Reconcile => RECONCILED,
            Depth::Window => WINDOW,
        };
        let bound = earlier(self.newest_start?.min(last_poll), margin);
        self.remembered_since.max(Some(bound))
    }

    /// Applies a successful poll. Returns the gap that it ends, which must be reported before the events of
    /// the poll. `ended` is the time after its last page.
    pub fn apply_poll(&mut self, poll: &Poll, began: Timestamp, ended: Timestamp) -> Option<Gap> {
        if self.began > began {
            // This machine's clock was ahead when the watch began, before the first reply of the service.
            self.correct_beginning(began);
        }
        self.poll_since = None;
        let gap = self.take_gap(began);
        for (id, tracked) in &mut self.tracked {
            tracked.is_listed = poll.active.contains(id);
            if let Some(session) = poll.sessions.get(id) {
                tracked.update(session);
            }
        }
        self.track_new(poll, true);
        self.remember(poll, began, ended);
        // A poll whose lookups are denied counts as denied.
        if std::mem::take(&mut self.has_denied_lookup) {
            self.failed_polls.count(PollFailure::Denied);
        } else {
            self.failed_polls.reset();
        }
        gap
    }

    /// Ends the current outage and returns it as a gap. Without an outage, returns the part of the time
    /// since the last poll that is older than the service's retention.
    fn take_gap(&mut self, began: Timestamp) -> Option<Gap> {
        if let Some(from) = self.outage_since.take() {
            return Some(Gap::new(from, began));
        }
        let (from, to) = (self.last_poll?, retention_start(began));
        (from < to).then(|| Gap::new(from, to))
    }

    /// Tracks sessions that appear in the lists for the first time. A failed poll has no other effect on sessions.
    fn track_new(&mut self, poll: &Poll, is_successful: bool) {
        for (id, session) in &poll.sessions {
            if self.tracked.contains_key(id) || self.reported.contains_key(id) {
                continue;
            }
            let start = session.started_at();
            if let Some(event) = self.start_event(session) {
                let tracked = TrackedSession {
                    start,
                    unreported: Some(event),
                    is_listed: !session.has_ended(),
                    document: Some(Box::new(session.clone())),
                    ..TrackedSession::default()
                };
                self.tracked.insert(*id, tracked);
            } else if is_successful
                && let Some(start) = start
                && self.is_remembered(start)
            {
                self.reported.insert(*id, start);
            }
        }
    }

    /// The event for the start of a session; `None` if the session ended before the watch began, or if it was
    /// reported and is no longer remembered.
    fn start_event(&self, session: &Session) -> Option<SessionEvent> {
        let (start, end) = (session.started_at(), session.ended_at());
        let is_active = !session.has_ended();
        let began = earlier(self.began, clock::PRECISION);
        if let Some(last_poll) = self.last_poll {
            let is_remembered = start.is_some_and(|start| self.is_remembered(start));
            let recently = earlier(last_poll, OVERLAP).max(began);
            let has_just_ended = end.is_some_and(|end| end >= recently);
            return (is_active || is_remembered || has_just_ended).then_some(SessionEvent::Started);
        }
        let is_earlier = start.is_none_or(|start| start < self.began);
        let has_ended_since = end.map_or(!is_earlier, |end| end >= began);
        let event = if is_earlier {
            SessionEvent::Active
        } else {
            SessionEvent::Started
        };
        (is_active || has_ended_since).then_some(event)
    }

    /// Whether `start` is in the range for which reported sessions are remembered.
    fn is_remembered(&self, start: Timestamp) -> bool {
        self.remembered_since.is_none_or(|since| start >= since)
    }

    fn remember(&mut self, poll: &Poll, began: Timestamp, ended: Timestamp) {
        // A start in the future must not hide the sessions that start until then.
        let newest = poll.newest_start().map(|start| start.min(ended));
        self.newest_start = self.newest_start.max(newest);
        if self.last_poll.is_none() {
            self.remembered_since = poll.covered_since();
        }
        let newest = self.newest_start;
        let window = newest.map(|start| earlier(start.min(began), WINDOW));
        self.remembered_since = self.remembered_since.max(window);
        if let Some(since) = self.remembered_since {
            self.reported
                .retain(|id, seen| *seen >= since || poll.active.contains(id));
        }
        if poll.depth == Depth::Window {
            self.last_window = Some(began);
        }
        self.polls_since_reconciliation = match poll.depth {
            Depth::Window | Depth::Reconcile => 0,
            Depth::Recent => self.polls_since_reconciliation.saturating_add(1),
        };
        self.last_poll = Some(began);
    }

    /// Applies a poll that failed after the pages in `poll`.
    pub fn apply_failed_poll(&mut self, poll: &Poll, failure: PollFailure) -> Outage {
        self.poll_since = None;
        self.track_new(poll, false);
        let is_new = self.outage_since.is_none();
        self.begin_outage();
        Outage {
            is_new,
            is_persistent: self.failed_polls.count(failure),
        }
    }

    /// Whether the service has denied access for so long that the watch of the portal ends.
    pub fn is_denied(&self) -> bool {
        let denied_polls = self.failed_polls.consecutive(PollFailure::Denied);
        denied_polls + u32::from(self.has_denied_lookup) >= DENIED_POLLS
    }

    /// Applies a complete ListPortals result. `is_found` says whether it has the portal.
    pub(super) fn apply_discovery(&mut self, is_found: bool) {
        self.missing_discoveries = match is_found {
            true => 0,
            false => self.missing_discoveries + 1,
        };
    }

    /// Whether the service did not find the portal at the last poll.
    pub(super) fn is_unknown(&self) -> bool {
        self.failed_polls.consecutive(PollFailure::NotFound) > 0
    }

    /// Whether the portal no longer exists.
    pub(super) fn is_lost(&self) -> bool {
        let needed = if self.is_unknown() {
            1
        } else {
            MISSING_DISCOVERIES
        };
        self.missing_discoveries >= needed
    }

    fn begin_outage(&mut self) {
        self.outage_since
            .get_or_insert(self.last_poll.unwrap_or(self.began));
    }

    /// Begins an outage if no poll has succeeded, or if a poll has been in progress for more than `interval`.
    pub(super) fn begin_outage_if_overdue(&mut self, now: Timestamp, interval: Duration) {
        let is_overdue = |since: Timestamp| now.duration_since(since).unsigned_abs() > interval;
        if self.last_poll.is_none() || self.poll_since.is_some_and(is_overdue) {
            self.begin_outage();
        }
    }

    /// The gap up to `now`, if polls or lookups are failing or lookups have had no reply yet.
    pub(super) fn open_gap(&self, now: Timestamp) -> Option<Gap> {
        let mut lookups = self.lookups();
        let unreported_since = lookups.next().and(self.last_poll);
        let from = [
            self.outage_since,
            self.lookup_outage_since,
            unreported_since,
        ];
        let from = from.into_iter().flatten().min()?;
        Some(Gap::new(from, now))
    }
}

impl Gap {
    /// Creates a gap. Moves `to` to `from` if the clock was set back in between.
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from,
            to: to.max(from),
        }
    }
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}
