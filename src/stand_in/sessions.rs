//! A portal's sessions, from the oldest to the newest.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Map;

use super::session::Session;

/// The start of the first generated session, in epoch seconds; each next one starts a second later.
/// A fixed time, so that two runs of a load test give the same output.
const GENERATED_START: u32 = 1_750_000_000;

/// A portal's sessions in the order of their starts.
#[derive(Debug)]
pub(super) enum Sessions {
    Listed {
        sessions: Vec<Session>,
        index_of: HashMap<String, usize>,
    },
    /// Made from their index when asked for, so that a million take no memory.
    Generated { count: u32 },
}

impl Sessions {
    pub(super) fn listed(mut sessions: Vec<Session>) -> Self {
        sessions.sort_by(|one, other| one.start.total_cmp(&other.start));
        let index_of = sessions
            .iter()
            .enumerate()
            .map(|(index, session)| (session.id.clone(), index))
            .collect();
        Self::Listed { sessions, index_of }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Listed { sessions, .. } => sessions.len(),
            // 32 bits fit on every platform that this runs on.
            Self::Generated { count } => usize::try_from(*count).unwrap_or(usize::MAX),
        }
    }

    /// The session at this index, the oldest at 0.
    pub(super) fn get(&self, index: usize) -> Option<Cow<'_, Session>> {
        match self {
            Self::Listed { sessions, .. } => sessions.get(index).map(Cow::Borrowed),
            Self::Generated { count } => {
                let index = u32::try_from(index).ok().filter(|index| index < count)?;
                Some(Cow::Owned(generated(index)))
            }
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Cow<'_, Session>> {
        match self {
            Self::Listed { sessions, index_of } => {
                sessions.get(*index_of.get(id)?).map(Cow::Borrowed)
            }
            Self::Generated { count } => {
                let index = u32::from_str_radix(id.rsplit_once('-')?.1, 16).ok()?;
                let is_known = index < *count && generated_session_id(index) == id;
                is_known.then(|| Cow::Owned(generated(index)))
            }
        }
    }
}

/// The ID of the generated session with this index, the oldest at 0.
pub fn generated_session_id(index: u32) -> String {
    format!("9e4e7a7e-0000-4000-8000-{index:012x}")
}

fn generated(index: u32) -> Session {
    let start = u64::from(GENERATED_START) + u64::from(index);
    let mut members = Map::new();
    members.insert("username".into(), format!("user{}", index % 1000).into());
    let address = format!("198.51.100.{}", index % 256);
    members.insert("clientIpAddresses".into(), vec![address].into());
    let is_active = index % 10 == 9;
    let status = if is_active { "Active" } else { "Terminated" };
    members.insert("status".into(), status.into());
    members.insert("startTime".into(), start.into());
    if !is_active {
        members.insert("endTime".into(), (start + 3600).into());
    }
    Session::new(generated_session_id(index), members)
}
