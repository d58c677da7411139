//! The groups of portals or sessions that a row is about.

use std::collections::{BTreeMap, HashMap};

use clap::ValueEnum;

use super::count::Counted;
use super::runs::Run;
use crate::diagnostics::Subject;
use crate::output::documents::{self, Schema, Usage};

/// The grouping of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GroupBy {
    /// One portal
    Portal,
    /// The portals of a region with the same instance type
    InstanceType,
    /// The portals of a region
    Region,
    /// One user, on all portals
    User,
}

impl GroupBy {
    /// The members of the rows.
    pub(super) fn schema(self) -> &'static Schema {
        match self {
            Self::Portal => &documents::USAGE,
            Self::InstanceType => &documents::USAGE_OF_INSTANCE_TYPES,
            Self::Region => &documents::USAGE_OF_REGIONS,
            Self::User => &documents::USAGE_OF_USERS,
        }
    }
}

/// A portal, several, or a user.
#[derive(Default)]
pub(super) struct Group {
    /// The members that are the same in all rows of the group.
    pub(super) head: Usage,
    pub(super) runs: Vec<Run>,
    /// The group's name in messages. Empty for a user, whose name must not appear there.
    pub(super) label: String,
    pub(super) subject: Subject,
}

impl Group {
    pub(super) fn active_sessions(&self) -> u64 {
        self.runs.iter().filter(|run| run.is_active()).count() as u64
    }
}

/// The groups in the order of their rows.
pub(super) fn groups(counted: Counted, by: GroupBy) -> Vec<Group> {
    match by {
        GroupBy::Portal => counted.portals,
        GroupBy::InstanceType | GroupBy::Region => group_portals(counted.portals, by),
        GroupBy::User => group_users(counted),
    }
}

fn group_portals(portals: Vec<Group>, by: GroupBy) -> Vec<Group> {
    let mut groups: BTreeMap<(Option<String>, Option<String>), Group> = BTreeMap::new();
    for portal in portals {
        let (region, instance_type) = (portal.head.region, portal.head.instance_type);
        let group = groups.entry((region, instance_type)).or_default();
        group.head.portals = Some(group.head.portals.unwrap_or(0) + 1);
        group.runs.extend(portal.runs);
    }
    for ((region, instance_type), group) in &mut groups {
        let name = region.clone().unwrap_or_default();
        group.label = match (by, instance_type) {
            (GroupBy::Region, _) => name,
            (_, Some(instance_type)) => format!("{instance_type} in {name}"),
            (_, None) => format!("an unknown instance type in {name}"),
        };
        group.subject.region.clone_from(region);
        group.head.region.clone_from(region);
        group.head.instance_type.clone_from(instance_type);
    }
    groups.into_values().collect()
}

/// Groups the sessions by user and sorts the groups by name. Sessions without a user name come first.
fn group_users(counted: Counted) -> Vec<Group> {
    let mut users: HashMap<u64, Group> = HashMap::new();
    for run in counted.portals.into_iter().flat_map(|portal| portal.runs) {
        users.entry(run.user).or_default().runs.push(run);
    }
    for (user, name) in counted.names {
        if let Some(group) = users.get_mut(&user) {
            group.head.username = Some(name);
        }
    }
    let mut groups: Vec<Group> = users.into_values().collect();
    groups.sort_by(|a, b| a.head.username.cmp(&b.head.username));
    groups
}
