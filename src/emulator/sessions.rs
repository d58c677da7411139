//! A portal's sessions, from the oldest to the newest.

use std::borrow::Cow;
use std::collections::HashMap;

use super::generated::Generated;
use super::session::StoredSession;

/// A portal's sessions in the order of their starts. Times are epoch seconds by the service's clock.
#[derive(Debug)]
pub(super) enum StoredSessions {
    Listed {
        sessions: Vec<StoredSession>,
        index_of: HashMap<String, usize>,
    },
    Generated(Generated),
}

impl StoredSessions {
    pub(super) fn listed(mut sessions: Vec<StoredSession>) -> Self {
        sessions.sort_by(|one, other| one.start.total_cmp(&other.start));
        let index_of = sessions
            .iter()
            .enumerate()
            .map(|(index, session)| (session.id.clone(), index))
            .collect();
        Self::Listed { sessions, index_of }
    }

    /// Whether there are no sessions, and there will be none.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Listed { sessions, .. } => sessions.is_empty(),
            Self::Generated(generated) => generated.sessions == 0,
        }
    }

    pub(super) fn count(&self, now: i64) -> usize {
        match self {
            Self::Listed { sessions, .. } => sessions.len(),
            // 32 bits fit on every platform that this runs on.
            Self::Generated(generated) => {
                usize::try_from(generated.started(now)).unwrap_or(usize::MAX)
            }
        }
    }

    /// The session at this index, the oldest at 0.
    pub(super) fn get(&self, index: usize, now: i64) -> Option<Cow<'_, StoredSession>> {
        match self {
            Self::Listed { sessions, .. } => sessions.get(index).map(Cow::Borrowed),
            Self::Generated(generated) => {
                let index = u32::try_from(index).ok()?;
                (index < generated.started(now)).then(|| Cow::Owned(generated.session(index, now)))
            }
        }
    }

    /// Whether the session at this index is this user's.
    pub(super) fn is_of(&self, index: usize, username: &str) -> bool {
        match self {
            Self::Listed { sessions, .. } => sessions
                .get(index)
                .is_some_and(|session| session.username() == Some(username)),
            Self::Generated(generated) => {
                u32::try_from(index).is_ok_and(|index| generated.username(index) == username)
            }
        }
    }

    pub(super) fn find(&self, id: &str, now: i64) -> Option<Cow<'_, StoredSession>> {
        match self {
            Self::Listed { sessions, index_of } => {
                sessions.get(*index_of.get(id)?).map(Cow::Borrowed)
            }
            Self::Generated(generated) => {
                let index = generated.index_of(id, now)?;
                Some(Cow::Owned(generated.session(index, now)))
            }
        }
    }

    /// Whether there is a session with this ID, or will be.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.find(id, i64::MAX).is_some()
    }
}
