//! A portal and its sessions.

use super::generated::Generated;
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::{Partition, Region};

#[derive(Debug)]
pub(super) struct StoredPortal {
    pub(super) id: String,
    /// Only requests that are signed for this region see the portal.
    pub(super) region: Region,
    /// The portal as ListPortals returns it.
    pub(super) summary: Portal,
    pub(super) sessions: StoredSessions,
}

impl StoredPortal {
    /// Creates a portal with these sessions. If `summary` has no ARN, the ARN is made from the region and the ID.
    pub(super) fn new(
        id: &str,
        region: Region,
        mut summary: Portal,
        mut sessions: Vec<Session>,
    ) -> Self {
        sessions.sort_by_cached_key(Session::started_at);
        summary.portal_arn.get_or_insert_with(|| {
            let partition = Partition::known_for(&region).map_or("aws", |partition| partition.id);
            format!("arn:{partition}:workspaces-web:{region}:123456789012:portal/{id}")
        });
        Self {
            id: id.to_owned(),
            region,
            summary,
            sessions: StoredSessions::Listed(sessions),
        }
    }
}

/// A portal's sessions, from the oldest to the newest. `now` is the time of the emulator's clock in epoch seconds.
#[derive(Debug)]
pub(super) enum StoredSessions {
    Listed(Vec<Session>),
    Generated(Generated),
}

impl StoredSessions {
    /// Whether the portal has no sessions and will have none.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Listed(sessions) if sessions.is_empty())
    }

    pub(super) fn count(&self, now: i64) -> usize {
        match self {
            Self::Listed(sessions) => sessions.len(),
            Self::Generated(generated) => generated.started(now) as usize,
        }
    }

    /// Returns the session at this index; the oldest has index 0.
    pub(super) fn get(&self, index: usize, now: i64) -> Option<Session> {
        match self {
            Self::Listed(sessions) => sessions.get(index).cloned(),
            Self::Generated(generated) => {
                let index = u32::try_from(index).ok()?;
                (index < generated.started(now)).then(|| generated.session(index, now))
            }
        }
    }

    pub(super) fn index_of(&self, id: &str, now: i64) -> Option<usize> {
        match self {
            Self::Listed(sessions) => {
                let mut ids = sessions.iter().map(|session| session.session_id.as_deref());
                ids.position(|it| it == Some(id))
            }
            Self::Generated(generated) => Some(generated.index_of(id, now)? as usize),
        }
    }

    /// Whether the portal has a session with this ID, or will have one later.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.index_of(id, i64::MAX).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

    #[test]
    fn a_portals_arn_follows_the_region() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
        ] {
            let portal = StoredPortal::new(
                PORTAL,
                region.parse().unwrap(),
                Portal::default(),
                Vec::new(),
            );
            assert_eq!(
                portal.summary.portal_arn.unwrap(),
                format!("arn:{partition}:workspaces-web:{region}:123456789012:portal/{PORTAL}")
            );
        }
    }
}
