//! The lists of one poll.
//!
//! A poll reads the recent sessions, active or not, newest first. If they do not show every session
//! that is known to be active, it reads the list of active sessions after them. It stops early only
//! while the list is in the requested order. Two sessions are enough to show the order, because every hour a
//! poll reads further back.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::commands::pagination::OrderCheck;
use crate::service::documents::Session;
use crate::service::ids::SessionId;
use crate::service::operations::SortBy;

/// A session in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedSession {
    pub(super) id: SessionId,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) is_active: bool,
    pub(super) document: Session,
}

impl ListedSession {
    /// # Errors
    /// The session has no well-formed ID.
    pub fn from_document(document: Session) -> Result<Self, &'static str> {
        let id = document.session_id.as_deref().unwrap_or_default();
        Ok(Self {
            id: SessionId::exact(id).map_err(|_| "a session of the list has a malformed ID")?,
            start: document.started_at(),
            end: document.ended_at(),
            is_active: !document.has_ended(),
            document,
        })
    }
}

/// The depth of a poll: the range of starts that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Back to the previous poll, with a margin.
    Recent,
    /// Far enough back for sessions that appear in the lists late. Includes the list of active sessions.
    Reconcile,
    /// Back to the beginning of the window that the state remembers. Includes the list of active sessions.
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
    recent: Vec<ListedSession>,
    /// The active sessions, if that list was read.
    active: Option<Vec<ListedSession>>,
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
            recent: Vec::new(),
            active: None,
            oldest: None,
            order: OrderCheck::new(SortBy::StartTimeDescending),
            is_complete: false,
        }
    }

    /// Takes a page of the recent sessions. `Break`: the following pages are not needed.
    pub fn take_recent(&mut self, page: Vec<ListedSession>) -> ControlFlow<()> {
        for start in page.iter().filter_map(|session| session.start) {
            self.order.add(start);
            self.oldest = Some(self.oldest.map_or(start, |oldest| oldest.min(start)));
        }
        self.recent.extend(page);
        match (self.read_back_to, self.oldest) {
            (Some(bound), Some(oldest)) if oldest < bound && self.order.shows_order() => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Marks the list of recent sessions as read to its end.
    pub fn end_recent(&mut self) {
        self.is_complete = true;
    }

    /// Discards the list that is being read, because its page token has expired and it is read again.
    pub(super) fn restart(&mut self) {
        if let Some(active) = &mut self.active {
            active.clear();
            return;
        }
        self.recent.clear();
        self.oldest = None;
        self.order = OrderCheck::new(SortBy::StartTimeDescending);
    }

    /// Whether to read the list of active sessions, too. Each list is a call, and CloudTrail logs each
    /// call.
    pub fn needs_active(&self) -> bool {
        let recent: HashSet<SessionId> = self.recent.iter().map(|session| session.id).collect();
        self.depth != Depth::Recent || !self.known.is_subset(&recent)
    }

    /// Adds a page of the active sessions. It may contain others, because a service may ignore the filter.
    pub fn take_active(&mut self, page: Vec<ListedSession>) {
        self.active.get_or_insert_default().extend(page);
    }

    /// The sessions of both lists. A session may come more than once; its last state counts.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &ListedSession> {
        self.recent.iter().chain(self.active.iter().flatten())
    }

    /// The IDs of the active sessions, from the list that was read last.
    pub(super) fn active_ids(&self) -> HashSet<SessionId> {
        let sessions = self.active.as_ref().unwrap_or(&self.recent);
        let active = sessions.iter().filter(|session| session.is_active);
        active.map(|session| session.id).collect()
    }

    /// The latest start in the lists.
    pub(super) fn newest_start(&self) -> Option<Timestamp> {
        self.sessions().filter_map(|session| session.start).max()
    }

    /// The earliest start since which the lists are complete; `None` if the recent sessions were read to
    /// the end of the list.
    pub(super) fn covered_since(&self) -> Option<Timestamp> {
        if self.is_complete {
            return None;
        }
        self.oldest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(start: i64) -> ListedSession {
        ListedSession {
            id: format!("aaaaaaaa-0000-4000-8000-{start:012}")
                .parse()
                .unwrap(),
            start: Timestamp::from_second(start).ok(),
            end: None,
            is_active: true,
            document: Session::default(),
        }
    }

    /// The number of pages that a poll back to `bound` reads.
    fn pages_read(bound: i64, pages: &[&[i64]]) -> usize {
        let bound = Timestamp::from_second(bound).ok();
        let mut poll = Poll::new(Depth::Recent, bound, HashSet::new());
        let mut count = 0;
        for page in pages {
            count += 1;
            let page = page.iter().map(|start| listed(*start)).collect();
            if poll.take_recent(page).is_break() {
                break;
            }
        }
        count
    }

    #[test]
    fn a_poll_stops_after_the_bound_only_while_the_list_is_newest_first() {
        assert_eq!(pages_read(100, &[&[200, 150], &[140, 90], &[80]]), 2);
        // Oldest first, whatever the size of a page.
        assert_eq!(pages_read(100, &[&[10, 20], &[30, 40], &[200]]), 3);
        assert_eq!(pages_read(100, &[&[10], &[20], &[200]]), 3);
        // One start alone, or equal ones, show no order.
        assert_eq!(pages_read(100, &[&[10], &[10], &[5], &[4]]), 3);
        // By whole seconds.
        assert_eq!(pages_read(100, &[&[200, 201, 200, 90], &[80]]), 1);
        assert_eq!(pages_read(100, &[&[200, 90, 300], &[80], &[70]]), 3);
    }

    #[test]
    fn a_list_that_is_read_again_forgets_what_it_showed() {
        let known = listed(1).id;
        let mut poll = Poll::new(Depth::Recent, None, HashSet::from([known]));
        let _ = poll.take_recent(vec![listed(1)]);
        assert!(!poll.needs_active());
        poll.restart();
        assert!(poll.needs_active());
        assert_eq!(poll.sessions().count(), 0);
        poll.take_active(vec![listed(1), listed(2)]);
        poll.restart();
        poll.take_active(vec![listed(2)]);
        assert_eq!(poll.active_ids(), HashSet::from([listed(2).id]));
    }
}
