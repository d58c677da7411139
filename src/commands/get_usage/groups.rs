//! Reads all sessions of each portal, and groups the portals or the sessions.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::ValueEnum;
use futures_util::{StreamExt, stream};
use serde_json::Number;

use super::GetUsage;
use super::runs::{Run, deduplicate};
use crate::commands::both_ends::{FarEnd, session_pages};
use crate::commands::pagination::incomplete;
use crate::commands::targets::{Search, TargetResult};
use crate::delivery::counted;
use crate::diagnostics::{Call, Code, Failure, Subject};
use crate::output::documents::{self, Schema, Usage};
use crate::service::client::Client;
use crate::service::documents::{Portal, portal_region};
use crate::service::ids::PortalId;
use crate::service::operations::{Operation, SessionFilter, SortBy};

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
    pub(super) fn schema(self) -> &'static Schema {
        match self {
            Self::Portal => &documents::USAGE,
            Self::InstanceType => &documents::USAGE_OF_INSTANCE_TYPES,
            Self::Region => &documents::USAGE_OF_REGIONS,
            Self::User => &documents::USAGE_OF_USERS,
        }
    }
}

/// The runs of one portal, of several portals, or of one user.
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

    /// Adds the members of the portal's document in ListPortals.
    fn describe(&mut self, portal: &Portal, by: GroupBy) {
        if let Some(name) = &portal.display_name {
            self.label.clone_from(name);
        }
        let head = &mut self.head;
        head.portal_arn = portal.portal_arn.clone().or(head.portal_arn.take());
        // An endpoint may return portals of other regions.
        if let Some(region) = head.portal_arn.as_deref().and_then(portal_region) {
            head.region = Some(region.to_owned());
        }
        head.display_name.clone_from(&portal.display_name);
        head.max_concurrent_sessions = portal.max_concurrent_sessions.as_ref().and_then(whole);
        if by == GroupBy::InstanceType {
            head.instance_type.clone_from(&portal.instance_type);
        }
    }
}

/// All portals, sorted by region and name, and the failures of those that could not be counted.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) portals: Vec<Group>,
    pub(super) failures: Vec<Failure>,
    /// The users' names by their hashes, if the rows are about users.
    pub(super) names: HashMap<u64, String>,
}

#[derive(Default)]
pub(super) struct ReadCounts {
    portals: AtomicUsize,
    sessions: AtomicUsize,
}

impl ReadCounts {
    /// The progress as text. `found` is the number of portals that have been found so far.
    pub(super) fn text(&self, found: usize) -> String {
        let portals = self.portals.load(Ordering::Relaxed);
        let sessions = self.sessions.load(Ordering::Relaxed);
        let found = counted(found as u64, "portal");
        let sessions = counted(sessions as u64, "session");
        format!("{portals} of {found}, {sessions}")
    }
}

/// Reads the sessions of every portal. Starts while other portals are still being searched for, so that a
/// region that hangs does not delay the others.
pub(super) async fn read_all(search: &Search, options: &GetUsage, counts: &ReadCounts) -> Counted {
    let reader = PortalReader {
        search,
        options,
        counts,
        names: RefCell::default(),
    };
    let mut counted = Counted::default();
    let mut portals = search
        .targets()
        .zip(stream::iter(0..))
        .map(|(target, number)| reader.read(target, number))
        .buffer_unordered(search.concurrency);
    while let Some(portal) = portals.next().await {
        counts.portals.fetch_add(1, Ordering::Relaxed);
        match portal {
            Ok(portal) => counted.portals.push(portal),
            Err(failure) => counted.failures.push(failure),
        }
    }
    drop(portals);
    if search.named.is_some() {
        for client in &search.regions {
            counted
                .describe_portals(search, client, options.group_by)
                .await;
        }
    }
    counted
        .portals
        .sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    counted.names = reader.names.into_inner();
    counted
}

impl Counted {
    /// Adds the limits and other details from ListPortals to the named portals of the client's region.
    async fn describe_portals(&mut self, search: &Search, client: &Client, by: GroupBy) {
        let region = Some(client.region.as_str());
        let is_in_region = |portal: &&mut Group| portal.subject.region.as_deref() == region;
        let mut portals: Vec<&mut Group> = self.portals.iter_mut().filter(is_in_region).collect();
        if portals.is_empty() {
            return;
        }
        let mut listed = search.targets_in(client);
        let mut is_complete = true;
        while let Some(target) = listed.next().await {
            match target {
                Ok(target) => {
                    let summary = target.summary.unwrap_or_default();
                    portals
                        .extract_if(.., |it| it.subject.portal == Some(target.portal))
                        .for_each(|portal| portal.describe(&summary, by));
                }
                Err(failure) => {
                    is_complete = false;
                    self.failures.push(failure);
                }
            }
        }
        for portal in portals.into_iter().filter(|_| is_complete) {
            let message = format!(
                "ListPortals does not return the portal {}: its limit is not known",
                portal.label
            );
            let failure = Failure::new(Code::NotFound, message);
            self.failures
                .push(failure.with_subject(portal.subject.clone()));
        }
    }
}

struct PortalReader<'a> {
    search: &'a Search,
    options: &'a GetUsage,
    counts: &'a ReadCounts,
    names: RefCell<HashMap<u64, String>>,
}

impl PortalReader<'_> {
    /// Reads all pages of a portal's sessions, because a session may have run in the period however early
    /// it started.
    async fn read(&self, target: TargetResult<'_>, number: u32) -> Result<Group, Failure> {
        let target = target?;
        let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
        // With --fail-above, the counts decide the exit code. Reading in one direction depends least on the order
        // in which the service lists sessions.
        let far_end = match self.options.fail_above {
            Some(_) => FarEnd::Unread,
            None => FarEnd::AnyOrder,
        };
        let filter = SessionFilter::all(SortBy::StartTimeDescending);
        let (client, limits) = (target.client, &self.search.limits);
        let mut pages = session_pages(client, &target.portal, &filter, None, limits, far_end);
        let mut arn = None;
        let mut runs = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| incomplete(&call, &error, false))?;
            self.counts
                .sessions
                .fetch_add(page.len(), Ordering::Relaxed);
            for session in page {
                let run = Run::new(&session, number);
                runs.push(run);
                arn = arn.or(session.portal_arn);
                if self.options.group_by == GroupBy::User
                    && let Some(name) = session.username
                {
                    self.names.borrow_mut().entry(run.user).or_insert(name);
                }
            }
        }
        deduplicate(&mut runs);
        let mut portal = Group {
            label: target.portal.to_string(),
            subject: call.subject(),
            head: Usage {
                portal_arn: arn,
                region: Some(client.region.to_string()),
                ..Usage::default()
            },
            runs,
        };
        portal.describe(&target.summary.unwrap_or_default(), self.options.group_by);
        Ok(portal)
    }
}

fn sort_key(portal: &Group) -> (Option<&str>, Option<&str>, Option<PortalId>) {
    let head = &portal.head;
    (
        head.region.as_deref(),
        head.display_name.as_deref(),
        portal.subject.portal,
    )
}

/// Converts a whole number, which may be written as `10.0` or `1e1`.
fn whole(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let number = number.as_f64()?;
        let is_whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked"
        )]
        is_whole.then_some(number as u64)
    })
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
