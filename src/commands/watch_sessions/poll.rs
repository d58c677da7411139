//! The lists of one poll.
//!
//! A poll reads the recent sessions, active or not, newest first. If they do not include every session that is
//! known to be active, it also reads the list of active sessions. It ends a list early only if the sessions before
//! prove that the list is in the requested order.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::commands::pagination::OrderCheck;
use crate::service::documents::Session;
use crate::service::ids::SessionId;
use crate::service::operations::SortBy;

/// The depth of a poll: the range of starts that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Reads back to the previous poll, with a margin.
    Recent,
    /// Reads far enough back for sessions that enter the lists late. Includes the list of active sessions.
    Reconcile,
    /// Reads back to the earliest start that the state remembers. Includes the list of active sessions.
    Window,
}

/// The sessions that a poll has read so far.
#[derive(Debug)]
pub struct Poll {
    pub(super) depth: Depth,
    /// Sessions that started earlier need not be read; `None` to read the entire list.
    read_back_to: Option<Timestamp>,
    /// The sessions that are known to be active.
    known: HashSet<SessionId>,
    /// The sessions of both lists. If several pages have a session, its last document counts.
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// The active sessions in the list that was read last.
    pub(super) active: HashSet<SessionId>,
    is_in_active_list: bool,
    /// Whether a list had a session without a well-formed ID.
    pub(super) is_malformed: bool,
    /// The earliest start among the recent sessions.
    oldest: Option<Timestamp>,
    order: OrderCheck,
    is_complete: bool,
}

impl Poll {
    pub(super) fn new(
        depth: Depth,
        read_back_to: Option<Timestamp>,
        known: HashSet<SessionId>,
    ) -> Self {
        Self {
            depth,
            read_back_to,
            known,
            sessions: BTreeMap::new(),
            active: HashSet::new(),
            is_in_active_list: false,
            is_malformed: false,
            oldest: None,
            order: OrderCheck::new(SortBy::StartTimeDescending),
            is_complete: false,
        }
    }

    /// Adds a page of the list. Returns `Break` if the following pages are not needed.
    pub fn take(&mut self, page: Vec<Session>) -> ControlFlow<()> {
        for session in page {
            let id = session.session_id.as_deref().unwrap_or_default();
            let Ok(id) = SessionId::exact(id) else {
                self.is_malformed = true;
                continue;
            };
            if let Some(start) = session.started_at().filter(|_| !self.is_in_active_list) {
                self.order.add(start);
                self.oldest = Some(self.oldest.map_or(start, |oldest| oldest.min(start)));
            }
            if !session.has_ended() {
                self.active.insert(id);
            }
            self.sessions.insert(id, session);
        }
        let range = self.oldest.zip(self.read_back_to);
        let is_past_bound = range.is_some_and(|(oldest, bound)| oldest < bound);
        if !self.is_in_active_list && is_past_bound && self.order.is_proven() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Marks the list as read to its end.
    pub fn end_list(&mut self) {
        self.is_complete |= !self.is_in_active_list;
    }

    /// Discards the list that is being read, because its page token has expired and it is read again.
    pub fn restart_list(&mut self) {
        self.active.clear();
        if !self.is_in_active_list {
            self.sessions.clear();
            self.oldest = None;
            self.order = OrderCheck::new(SortBy::StartTimeDescending);
        }
    }

    /// Starts the list of active sessions, after the list of recent sessions. Returns false if it is not needed:
    /// each list is a call, and CloudTrail logs each call.
    pub fn begin_active_list(&mut self) -> bool {
        let shows_known = self.known.iter().all(|id| self.sessions.contains_key(id));
        if self.depth == Depth::Recent && shows_known {
            return false;
        }
        self.is_in_active_list = true;
        self.active.clear();
        true
    }

    pub(super) fn newest_start(&self) -> Option<Timestamp> {
        self.sessions.values().filter_map(Session::started_at).max()
    }

    /// The earliest start since which the lists are complete; `None` if the recent sessions were read to
    /// the end of the list.
    pub(super) fn covered_since(&self) -> Option<Timestamp> {
        self.oldest.filter(|_| !self.is_complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::documents::EpochSeconds;

    fn session(start: i64) -> Session {
        Session {
            session_id: Some(id(start).to_string()),
            start_time: Timestamp::from_second(start).ok().map(EpochSeconds::from),
            ..Session::default()
        }
    }

    fn id(number: i64) -> SessionId {
        format!("aaaaaaaa-0000-4000-8000-{number:012}")
            .parse()
            .unwrap()
    }

    /// The number of pages that a poll back to `bound` reads.
    fn pages_read(bound: i64, pages: &[&[i64]]) -> usize {
        let bound = Timestamp::from_second(bound).ok();
        let mut poll = Poll::new(Depth::Recent, bound, HashSet::new());
        let mut count = 0;
        for page in pages {
            count += 1;
            let page = page.iter().map(|start| session(*start)).collect();
            if poll.take(page).is_break() {
                break;
            }
        }
        count
    }

    #[test]
    fn a_poll_stops_after_the_bound_only_if_the_list_has_proven_to_be_newest_first() {
        let sorted: &[i64] = &[290, 280, 270, 260, 250, 240, 230, 220];
        assert_eq!(pages_read(100, &[sorted, &[140, 90], &[80]]), 2);
        // By whole seconds.
        assert_eq!(pages_read(100, &[sorted, &[221, 200, 90], &[80]]), 2);
        assert_eq!(pages_read(100, &[sorted, &[200, 90, 300], &[80]]), 3);
        // Sessions that a service returns in another order can be sorted by chance.
        assert_eq!(pages_read(100, &[&[200, 90], &[80], &[300]]), 3);
        // Oldest first, whatever the size of a page.
        assert_eq!(pages_read(100, &[&[10, 20], &[30, 40], &[200]]), 3);
        assert_eq!(pages_read(100, &[&[10], &[20], &[200]]), 3);
    }

    #[test]
    fn a_list_that_is_read_again_forgets_what_it_showed() {
        let mut poll = Poll::new(Depth::Recent, None, HashSet::from([id(1)]));
        let _ = poll.take(vec![session(1)]);
        assert!(!poll.begin_active_list());
        poll.restart_list();
        assert_eq!(poll.sessions.len(), 0);
        assert!(poll.begin_active_list());
        let _ = poll.take(vec![session(1), session(2)]);
        poll.restart_list();
        let _ = poll.take(vec![session(2)]);
        assert_eq!(poll.active, HashSet::from([id(2)]));
    }
}
