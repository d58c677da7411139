//! What is known of a portal's sessions from look to look: looks go in, what is to be told comes out.
//! Pure: the time is passed in.
//!
//! A look reads the recent sessions, active or not, newest first and back to those that the look before
//! has seen. This list shows what is new, sessions that lived between two looks among them. If it does
//! not show every session that is known to be active, the list of all active ones is read after it.
//! Neither list is believed about an end: a session has ended when GetSession says so.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::commands::pagination::Visit;
use crate::service::ids::SessionId;

/// How much of the recent sessions each look reads again: the service does not promise that sessions
/// enter its lists in the order of their starts.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// A session as a list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: SessionId,
    pub(super) start: Option<Timestamp>,
    pub(super) is_active: bool,
}

/// What there is to tell of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// It was active when the watch began.
    Active,
    Started,
    Ended,
}

/// A time in which no look succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// What GetSession said of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Active,
    /// It has ended.
    Ended,
    /// There is no such session.
    Absent,
    /// Nothing: the call failed.
    Failed,
}

/// A session that is active as far as is known, or whose end is not told yet.
#[derive(Debug)]
struct Known {
    start: Option<Timestamp>,
    /// How its start is to be told, unless it has been.
    untold: Option<Kind>,
    /// Whether the last list of active sessions has it.
    is_listed: bool,
}

/// What is known of a portal's sessions.
#[derive(Debug)]
pub(super) struct State {
    known: BTreeMap<SessionId, Known>,
    /// Sessions that have ended and are told of, but that the next look may read again: with their
    /// start.
    settled: BTreeMap<SessionId, Option<Timestamp>>,
    /// The latest start that a list has shown.
    newest: Option<Timestamp>,
    has_looked: bool,
    /// When the last look that succeeded began, or the watch.
    last_look: Timestamp,
    is_blind: bool,
}

/// A look under way.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Nothing that started before matters.
    reads_back_to: Option<Timestamp>,
    is_first: bool,
    newest: Option<Timestamp>,
    recent: Vec<Listed>,
    /// Known sessions that the recent ones have not shown yet.
    missing: HashSet<SessionId>,
    /// The active sessions, if that list was needed.
    active: Option<Vec<Listed>>,
}

impl Look {
    /// Takes a page of the list of all sessions, newest first.
    pub(super) fn take_recent(&mut self, page: impl IntoIterator<Item = Listed>) -> Visit {
        for session in page {
            if let Some(start) = session.start {
                self.newest = self.newest.max(Some(start));
                if self.is_first {
                    self.reads_back_to = self.newest.map(overlapped);
                }
                if self.reads_back_to.is_some_and(|back_to| start < back_to) {
                    return Visit::Done;
                }
            }
            self.missing.remove(&session.id);
            self.recent.push(session);
        }
        Visit::NextPage
    }

    /// Whether the list of active sessions is to be read too: each list is a call, and each call is
    /// logged.
    pub(super) fn needs_active(&self) -> bool {
        self.is_first || !self.missing.is_empty()
    }

    /// Takes a page of the list of active sessions.
    pub(super) fn take_active(&mut self, page: impl IntoIterator<Item = Listed>) -> Visit {
        let active = page.into_iter().filter(|session| session.is_active);
        self.active.get_or_insert_default().extend(active);
        Visit::NextPage
    }

    /// The sessions that are active. What was read last counts.
    fn active(&self) -> impl Iterator<Item = &Listed> {
        let sessions = self.active.as_ref().unwrap_or(&self.recent);
        sessions.iter().filter(|session| session.is_active)
    }
}

impl State {
    /// Nothing is known; the watch begins.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            known: BTreeMap::new(),
            settled: BTreeMap::new(),
            newest: None,
            has_looked: false,
            last_look: now,
            is_blind: false,
        }
    }

    /// Begins a look.
    pub(super) fn look(&self) -> Look {
        Look {
            reads_back_to: self.newest.map(overlapped),
            is_first: !self.has_looked,
            missing: self.known.keys().copied().collect(),
            ..Look::default()
        }
    }

    /// A look has failed: it shows nothing.
    pub(super) fn failed(&mut self) {
        self.is_blind = true;
    }

    /// A look that began at `began` has succeeded. The gap that it closes is to be told before
    /// anything that it shows.
    pub(super) fn looked(&mut self, look: Look, began: Timestamp) -> Option<Gap> {
        let active: HashSet<SessionId> = look.active().map(|session| session.id).collect();
        for (id, known) in &mut self.known {
            known.is_listed = active.contains(id);
        }
        self.newest = self.newest.max(look.newest);
        let kind = if look.is_first {
            Kind::Active
        } else {
            Kind::Started
        };
        for session in look.recent.iter().chain(look.active()) {
            if self.known.contains_key(&session.id) || self.settled.contains_key(&session.id) {
                continue;
            }
            if !session.is_active && (look.is_first || session.start.is_none()) {
                // It ended before the watch began, or cannot be told from one that did.
                self.settle(session.id, session.start, false);
                continue;
            }
            let known = Known {
                start: session.start,
                untold: Some(kind),
                is_listed: active.contains(&session.id),
            };
            self.known.insert(session.id, known);
        }
        let back_to = self.newest.map(overlapped);
        self.settled
            .retain(|id, start| is_read_again(*start, back_to) || active.contains(id));
        self.has_looked = true;
        let gap = self.gap(began);
        self.is_blind = false;
        self.last_look = began;
        gap
    }

    /// The gap up to `now`, if the last look failed.
    pub(super) fn gap(&self, now: Timestamp) -> Option<Gap> {
        self.is_blind.then(|| Gap {
            from: self.last_look,
            // The clock may have been set back meanwhile.
            to: now.max(self.last_look),
        })
    }

    /// The sessions that GetSession is to be asked about: those that are new, and those that are no
    /// longer active.
    pub(super) fn due(&self) -> impl Iterator<Item = SessionId> {
        self.known
            .iter()
            .filter(|(_, known)| known.untold.is_some() || !known.is_listed)
            .map(|(id, _)| *id)
    }

    /// The start of a session that is due, if a list told it.
    pub(super) fn start(&self, id: SessionId) -> Option<Timestamp> {
        self.known.get(&id)?.start
    }

    /// Takes the answer about a session that is due, and gives what there is to tell of it, in this
    /// order. Without an answer it stays due.
    pub(super) fn answered(&mut self, id: SessionId, answer: Answer) -> Vec<Kind> {
        let Some(known) = self.known.get_mut(&id) else {
            return Vec::new();
        };
        match answer {
            Answer::Failed => return Vec::new(),
            // A list may be ahead of GetSession.
            Answer::Absent if known.is_listed => return Vec::new(),
            Answer::Active => {
                known.is_listed = true;
                return known.untold.take().into_iter().collect();
            }
            Answer::Absent | Answer::Ended => {}
        }
        let (start, untold, is_listed) = (known.start, known.untold, known.is_listed);
        self.known.remove(&id);
        self.settle(id, start, is_listed);
        untold.into_iter().chain([Kind::Ended]).collect()
    }

    /// Remembers a session that has ended, if a list may show it once more.
    fn settle(&mut self, id: SessionId, start: Option<Timestamp>, is_listed: bool) {
        if is_listed || is_read_again(start, self.newest.map(overlapped)) {
            self.settled.insert(id, start);
        }
    }

    /// Sessions that are held in memory.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.known.len() + self.settled.len()
    }
}

/// Whether the next look, which reads back to this start, shows such a session.
fn is_read_again(start: Option<Timestamp>, back_to: Option<Timestamp>) -> bool {
    start.is_some_and(|start| back_to.is_none_or(|back_to| start >= back_to))
}

/// How far back is read, where lists have shown all that started up to `newest`.
fn overlapped(newest: Timestamp) -> Timestamp {
    newest.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN)
}
