//! The rows of the groups, and the failures of groups above the threshold.

use std::rc::Rc;

use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use serde_json::Number;

use super::buckets::Bucket;
use super::groups::{Group, GroupBy};
use super::runs::{summarize, summarize_user};
use super::threshold::Threshold;
use crate::delivery::Outcome;
use crate::diagnostics::{Code, Failure};
use crate::output::documents::Usage;

/// The report's settings: grouping, time buckets and threshold.
pub(super) struct UsageReport {
    pub(super) group_by: GroupBy,
    pub(super) buckets: Vec<Bucket>,
    pub(super) end: Timestamp,
    /// Whether to omit the empty buckets before the first session and after the last one.
    pub(super) is_trimmed: bool,
    pub(super) fail_above: Option<Threshold>,
}

impl UsageReport {
    /// The rows of each group, and its failure if it is too full.
    pub(super) fn outcomes(self, groups: Vec<Group>) -> impl Stream<Item = Outcome> {
        let report = Rc::new(self);
        let users = report.check_users(&groups);
        let outcomes = move |group: Group| {
            let failure = report.check(&group);
            let rows = Rc::clone(&report).rows(group);
            rows.chain(stream::iter(failure.map(Outcome::Failure)))
        };
        let users = stream::iter(users.map(Outcome::Failure));
        stream::iter(groups).flat_map(outcomes).chain(users)
    }

    /// Yields one row per bucket. Rows are computed lazily, because there can be many hours.
    fn rows(self: Rc<Self>, group: Group) -> impl Stream<Item = Outcome> {
        let buckets = self.buckets_of(&group).to_vec();
        let rows = buckets.into_iter().filter_map(move |bucket| {
            let row = self.row(&group, bucket)?;
            Some(Outcome::Document(row.into()))
        });
        stream::iter(rows)
    }

    fn buckets_of(&self, group: &Group) -> &[Bucket] {
        if !self.is_trimmed {
            return &self.buckets;
        }
        let has_sessions =
            |bucket: &Bucket| summarize(&group.runs, bucket.start, bucket.end).sessions > 0;
        let first = self.buckets.iter().position(has_sessions);
        let last = self.buckets.iter().rposition(has_sessions);
        match (first, last) {
            (Some(first), Some(last)) => &self.buckets[first..=last],
            // The last row says at least that no session is active.
            _ => &self.buckets[self.buckets.len().saturating_sub(1)..],
        }
    }

    /// The row of a group for a bucket; `None` for a user without a session in the bucket.
    fn row(&self, group: &Group, bucket: Bucket) -> Option<Usage> {
        // What is true now belongs to the bucket that ends now.
        let active = (bucket.end == self.end).then(|| group.active_sessions());
        let row = Usage {
            active_sessions: active,
            period_start: Some(bucket.start.into()),
            period_end: Some(bucket.end.into()),
            ..group.head.clone()
        };
        if self.group_by == GroupBy::User {
            let user = summarize_user(&group.runs, bucket.start, bucket.end)?;
            return Some(Usage {
                portals: Some(user.portals),
                sessions: Some(user.sessions),
                total_duration: u64::try_from(user.duration.as_secs()).ok(),
                first_start: user.first_start.map(Into::into),
                last_end: user.last_end.map(Into::into),
                ..row
            });
        }
        let period = summarize(&group.runs, bucket.start, bucket.end);
        Some(Usage {
            utilization: active
                .zip(row.max_concurrent_sessions)
                .and_then(|(active, limit)| share(active, limit)),
            peak_sessions: Some(period.peak),
            peak_time: period.peak_time.map(Into::into),
            sessions: Some(period.sessions),
            users: Some(period.users),
            ..row
        })
    }

    /// The failure of a group above the threshold, or of a group whose use is unknown.
    fn check(&self, group: &Group) -> Option<Failure> {
        let threshold = self.fail_above?;
        if self.group_by == GroupBy::User {
            return None;
        }
        let (label, limit) = (&group.label, group.head.max_concurrent_sessions);
        let failure = if threshold.needs_limit() && limit.is_none() {
            let message = format!(
                "--fail-above {threshold} cannot be checked: the limit (maxConcurrentSessions) of {label} is not known"
            );
            Failure::new(Code::AboveThreshold, message)
                .with_hint("give a number of sessions, as in --fail-above 20")
        } else {
            let exceeded = threshold.exceeded(group.active_sessions(), limit)?;
            Failure::new(Code::AboveThreshold, format!("{label} uses {exceeded}"))
        };
        Some(failure.with_subject(group.subject.clone()))
    }

    /// One failure for all users above the threshold. It does not contain their names.
    fn check_users(&self, groups: &[Group]) -> Option<Failure> {
        let threshold = self.fail_above.filter(|_| self.group_by == GroupBy::User)?;
        let active = groups.iter().map(Group::active_sessions);
        let exceeded: Vec<String> = active
            .filter_map(|active| threshold.exceeded(active, None))
            .collect();
        let message = match &exceeded[..] {
            [] => return None,
            [one] => format!("a user has {one}"),
            several => format!(
                "{} users have more than {threshold} sessions",
                several.len()
            ),
        };
        Some(Failure::new(Code::AboveThreshold, message))
    }
}

/// The share of the limit that is in use, where 1 is the limit; `None` if the limit is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
fn share(active: u64, limit: u64) -> Option<Number> {
    Number::from_f64(active as f64 / limit as f64)
}
