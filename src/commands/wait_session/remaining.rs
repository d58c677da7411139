//! What is known of the portals that are to become empty.

use jiff::Timestamp;

use crate::commands::polling::{Persistence, PollFailure};
use crate::output::time;
use crate::output::untrusted::escape;
use crate::service::documents;
use crate::service::error::CallError;
use crate::service::ids::SessionId;

/// An active session, as far as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemainingSession {
    /// Absent where the service gave none that is well-formed.
    pub(super) id: Option<SessionId>,
    pub(super) username: Option<String>,
    pub(super) start: Option<Timestamp>,
}

impl RemainingSession {
    /// The session of a list's document, if it is active.
    pub(super) fn active(document: &documents::Session) -> Option<Self> {
        (!document.has_ended()).then(|| Self {
            id: document
                .session_id
                .as_deref()
                .and_then(|id| id.parse().ok()),
            username: document.username.clone(),
            start: document.started_at(),
        })
    }
}

/// What the looks at a portal have shown.
#[derive(Debug, Default)]
pub(super) struct RemainingPortal {
    /// The active sessions at the last look that succeeded, the oldest first; `None` before it.
    pub(super) active: Option<Vec<RemainingSession>>,
    /// Why the last poll failed, if it did.
    pub(super) failure: Option<Box<CallError>>,
    failed_polls: Persistence,
    /// Whether it is given up.
    pub(super) is_lost: bool,
}

impl RemainingPortal {
    /// Takes what a look has shown. A look that failed shows nothing: what was known stays.
    pub(super) fn take(&mut self, look: Result<Vec<RemainingSession>, CallError>) {
        match look {
            Ok(active) => {
                self.active = Some(active);
                self.failure = None;
                self.failed_polls.reset();
            }
            Err(error) => {
                self.is_lost = self.failed_polls.count(PollFailure::from(&error));
                self.failure = Some(Box::new(error));
            }
        }
    }

    /// Whether the last look succeeded and found no active session.
    pub(super) fn is_empty(&self) -> bool {
        self.failure.is_none() && self.active.as_ref().is_some_and(Vec::is_empty)
    }
}

const UNSEEN: &str = "not all portals have been polled";

/// How many sessions remain, and which is the oldest.
#[derive(Debug, Default)]
pub(super) struct Standing {
    count: usize,
    oldest: Option<RemainingSession>,
    /// Whether a portal has not been seen yet.
    is_partial: bool,
}

impl Standing {
    pub(super) fn of<'a>(portals: impl Iterator<Item = &'a RemainingPortal>) -> Self {
        let mut standing = Self::default();
        for portal in portals {
            let Some(active) = &portal.active else {
                standing.is_partial = true;
                continue;
            };
            standing.count += active.len();
            let oldest = active.iter().chain(&standing.oldest);
            let oldest = oldest.filter(|session| session.start.is_some());
            standing.oldest = oldest.min_by_key(|session| session.start).cloned();
        }
        standing
    }

    /// How many sessions remain, as far as is known.
    pub(super) fn known(&self) -> String {
        match (self.count, self.is_partial) {
            (0, true) => UNSEEN.to_owned(),
            (0, false) => "no session remains".to_owned(),
            (_, true) => format!("{}; {UNSEEN}", self.count()),
            (_, false) => self.count(),
        }
    }

    fn count(&self) -> String {
        match self.count {
            1 => "1 session remains".to_owned(),
            count => format!("{count} sessions remain"),
        }
    }

    /// A line for people, such as `14 sessions remain, the oldest for 2h 14m (alice)`.
    pub(super) fn line(&self, now: Timestamp) -> String {
        match (self.count, self.is_partial) {
            (0, true) => return "...".to_owned(),
            (0, false) => return self.known() + ", polling once more",
            _ => {}
        }
        let mut line = self.count();
        if let Some(oldest) = &self.oldest
            && let Some(start) = oldest.start.filter(|start| *start <= now)
        {
            let age = time::human_duration(now.duration_since(start).as_secs());
            let user = oldest.username.as_deref().map(escape);
            line.push_str(&format!(
                ", the oldest for {age} ({})",
                user.as_deref().unwrap_or("user unknown")
            ));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(username: Option<&str>, start: Option<i64>) -> RemainingSession {
        RemainingSession {
            id: None,
            username: username.map(str::to_owned),
            start: start.map(|start| Timestamp::from_second(start).unwrap()),
        }
    }

    fn portal(active: Vec<RemainingSession>) -> RemainingPortal {
        let mut portal = RemainingPortal::default();
        portal.take(Ok(active));
        portal
    }

    #[test]
    fn the_line_counts_the_sessions_of_all_portals_and_names_the_oldest() {
        let now = Timestamp::from_second(10_000).unwrap();
        let line = |portals: &[RemainingPortal]| Standing::of(portals.iter()).line(now);
        let alice = session(Some("alice\u{1b}"), Some(1_960));
        let bob = session(Some("bob"), Some(9_990));
        let unknown = session(None, None);
        assert_eq!(
            line(&[
                portal(vec![bob.clone()]),
                portal(vec![alice, unknown.clone()])
            ]),
            "3 sessions remain, the oldest for 2h 14m (alice\\u{1b})"
        );
        assert_eq!(line(&[portal(vec![unknown])]), "1 session remains");
        assert_eq!(
            line(&[portal(vec![session(None, Some(9_990))])]),
            "1 session remains, the oldest for 10s (user unknown)"
        );
        assert_eq!(line(&[portal(vec![]), RemainingPortal::default()]), "...");
        let known = |portals: &[RemainingPortal]| Standing::of(portals.iter()).known();
        assert_eq!(known(&[portal(vec![])]), "no session remains");
        assert_eq!(known(&[portal(vec![bob.clone()])]), "1 session remains");
        assert_eq!(
            known(&[portal(vec![bob.clone(), bob]), RemainingPortal::default()]),
            "2 sessions remain; not all portals have been polled"
        );
        assert_eq!(
            known(&[RemainingPortal::default()]),
            "not all portals have been polled"
        );
        assert_eq!(
            line(&[portal(vec![])]),
            "no session remains, polling once more"
        );
    }

    #[test]
    fn a_look_that_failed_is_not_an_empty_look() {
        let failed = || Err(CallError::Request("no".to_owned()));
        let mut portal = RemainingPortal::default();
        portal.take(failed());
        assert!(!portal.is_empty());
        portal.take(Ok(vec![]));
        assert!(portal.is_empty());
        portal.take(failed());
        assert!(!portal.is_empty());
        assert_eq!(portal.active, Some(vec![]));
    }
}
