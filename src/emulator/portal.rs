//! A portal, and how replies show it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::session::StoredSession;
use super::sessions::StoredSessions;
use crate::service::endpoint::Partition;

/// A portal and its sessions.
#[derive(Debug)]
pub(super) struct StoredPortal {
    pub(super) id: String,
    /// The only region whose requests see this portal.
    pub(super) region: String,
    /// Members of the service's `PortalSummary`.
    members: Map<String, Value>,
    pub(super) sessions: StoredSessions,
}

impl StoredPortal {
    pub(super) fn new(
        id: &str,
        region: &str,
        members: Map<String, Value>,
        sessions: Vec<StoredSession>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            region: region.to_owned(),
            members,
            sessions: StoredSessions::listed(sessions),
        }
    }

    /// Sets `maxConcurrentSessions`.
    pub(super) fn limit_sessions(&mut self, limit: u32) {
        self.members
            .insert("maxConcurrentSessions".to_owned(), limit.into());
    }

    /// The ARN that the data file gives, or else one in the portal's region.
    pub(super) fn arn(&self) -> String {
        if let Some(arn) = self.members.get("portalArn").and_then(Value::as_str) {
            return arn.to_owned();
        }
        let region = &self.region;
        let partition = region
            .parse()
            .ok()
            .and_then(|region| Partition::known_for(&region))
            .map_or("aws", |partition| partition.id);
        format!(
            "arn:{partition}:workspaces-web:{region}:123456789012:portal/{}",
            self.id
        )
    }

    /// The `PortalSummary` of a reply.
    pub(super) fn summary(&self) -> impl Serialize {
        struct PortalSummary<'a>(String, &'a Map<String, Value>);
        impl Serialize for PortalSummary<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut reply = serializer.serialize_map(None)?;
                reply.serialize_entry("portalArn", &self.0)?;
                for (name, value) in self.1.iter().filter(|(name, _)| *name != "portalArn") {
                    reply.serialize_entry(name, value)?;
                }
                reply.end()
            }
        }
        PortalSummary(self.arn(), &self.members)
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
            let portal = StoredPortal::new(PORTAL, region, Map::new(), Vec::new());
            assert_eq!(
                portal.arn(),
                format!("arn:{partition}:workspaces-web:{region}:123456789012:portal/{PORTAL}")
            );
        }
    }
}
