//! The groups of portals or sessions that a row is about.

use std::collections::{BTreeMap, HashMap};

use clap::ValueEnum;

use super::count::CountedPortal;
use super::runs::Run;
use crate::diagnostics::{Call, Subject};
use crate::output::documents::{self, Schema, Usage};
use crate::service::operations::Operation;

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

/// A group, with the members that are the same in all of its rows.
pub(super) struct Group {
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
pub(super) fn groups(portals: Vec<CountedPortal<'_>>, by: GroupBy) -> Vec<Group> {
    match by {
        GroupBy::Portal => portals.into_iter().map(from_portal).collect(),
        GroupBy::InstanceType | GroupBy::Region => group_portals(portals, by),
        GroupBy::User => group_users(portals),
    }
}

fn from_portal(portal: CountedPortal<'_>) -> Group {
    let target = &portal.target;
    let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
    Group {
        head: Usage {
            portal_arn: portal.arn.clone(),
            display_name: portal.display_name().map(str::to_owned),
            region: Some(portal.region().to_owned()),
            max_concurrent_sessions: portal.limit(),
            ..Usage::default()
        },
        label: portal.label().to_owned(),
        subject: call.subject(),
        runs: portal.runs.runs,
    }
}

fn group_portals(portals: Vec<CountedPortal<'_>>, by: GroupBy) -> Vec<Group> {
    let mut groups: BTreeMap<(String, Option<String>), Vec<CountedPortal<'_>>> = BTreeMap::new();
    for portal in portals {
        let instance_type = portal
            .instance_type()
            .filter(|_| by == GroupBy::InstanceType);
        let key = (portal.region().to_owned(), instance_type.map(str::to_owned));
        groups.entry(key).or_default().push(portal);
    }
    let group = |((region, instance_type), portals): ((String, Option<String>), Vec<_>)| Group {
        label: match (by, &instance_type) {
            (GroupBy::InstanceType, Some(instance_type)) => format!("{instance_type} in {region}"),
            (GroupBy::InstanceType, None) => format!("an unknown instance type in {region}"),
            _ => region.clone(),
        },
        subject: Subject {
            region: Some(region.clone()),
            ..Subject::default()
        },
        head: Usage {
            region: Some(region),
            instance_type,
            portals: Some(portals.len() as u64),
            ..Usage::default()
        },
        runs: portals
            .into_iter()
            .flat_map(|portal: CountedPortal<'_>| portal.runs.runs)
            .collect(),
    };
    groups.into_iter().map(group).collect()
}

/// Groups the sessions by user and sorts the groups by name. Sessions without a user name come first.
fn group_users(portals: Vec<CountedPortal<'_>>) -> Vec<Group> {
    let mut names = HashMap::new();
    let mut users: HashMap<u64, Vec<Run>> = HashMap::new();
    for portal in portals {
        names.extend(portal.runs.names.into_iter().flatten());
        for run in portal.runs.runs {
            users.entry(run.user).or_default().push(run);
        }
    }
    let group = |(user, runs): (u64, Vec<Run>)| Group {
        head: Usage {
            username: names.get(&user).cloned(),
            ..Usage::default()
        },
        runs,
        label: String::new(),
        subject: Subject::default(),
    };
    let mut groups: Vec<Group> = users.into_iter().map(group).collect();
    groups.sort_by(|a, b| a.head.username.cmp(&b.head.username));
    groups
}
