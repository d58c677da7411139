//! The rows of the groups, and the failures of groups above the threshold.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Number;

use super::GetUsage;
use super::buckets::{Bucket, By, buckets};
use super::groups::{Counted, Group, GroupBy, groups};
use super::runs::{correct_starts, summarize, summarize_user};
use crate::commands::time_range::{retention_start, warn_of_retention};
use crate::delivery::{Outcome, counted};
use crate::diagnostics::{Code, Failure, Reporter};
use crate::output::documents::Usage;
use crate::service::clock::CLOCK;

pub(super) struct UsageReport<'a> {
    options: &'a GetUsage,
    period: Bucket,
    buckets: Vec<Bucket>,
    is_table: bool,
}

impl<'a> UsageReport<'a> {
    /// Creates a report whose period ends now, because every session that was read has started.
    ///
    /// # Errors
    /// The period would start in the future.
    pub(super) fn new(options: &'a GetUsage, is_table: bool) -> Result<Self, Failure> {
        let now = CLOCK.now();
        let end = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let start = options.since.as_ref().map(|since| since.resolve(end));
        let start = start.unwrap_or_else(|| retention_start(end));
        if start > end {
            return Err(Failure::usage(format!(
                "the time range is empty: --since {start:.0} is in the future"
            )));
        }
        Ok(Self {
            options,
            period: Bucket { start, end },
            buckets: buckets(start, end, options.by, &TimeZone::system()),
            is_table,
        })
    }

    /// Corrects the starts of active runs, and warns of sessions that the report may miss.
    pub(super) fn correct_runs(&self, portals: &mut [Group], reporter: &Reporter) {
        warn_of_retention(self.period.start, self.period.end, reporter);
        let runs = portals.iter_mut().flat_map(|portal| &mut portal.runs);
        let doubtful = correct_starts(self.period.end, runs);
        if doubtful > 0 {
            let sessions = counted(doubtful, "session");
            reporter.warning(&format!(
                "the service gives no start, no end, an end before the start, or a start in the future for {sessions}, which may be missing from peaks and counts"
            ));
        }
    }

    /// The totals of all portals in one line.
    pub(super) fn total(&self, portals: &[Group]) -> String {
        let active: u64 = portals.iter().map(Group::active_sessions).sum();
        let runs = portals.iter().flat_map(|portal| &portal.runs);
        let usage = summarize(runs, self.period, Usage::default());
        format!(
            "total: portals {}, active sessions {active}, most at once {}, sessions {}, users {}",
            portals.len(),
            usage.peak_sessions.unwrap_or_default(),
            usage.sessions.unwrap_or_default(),
            usage.users.unwrap_or_default(),
        )
    }

    /// The rows of each group, and its failure if it is too full. Rows are computed lazily, because there
    /// can be many hours.
    pub(super) fn outcomes(self, counted: Counted) -> impl Iterator<Item = Outcome> + 'a {
        let groups = groups(counted, self.options.group_by);
        let report = Rc::new(self);
        let users = report.check_users(&groups);
        let of_group = move |group: Group| {
            let failure = report.check(&group).map(Outcome::Failure);
            let report = Rc::clone(&report);
            let buckets = report.buckets_of(&group).into_iter();
            let rows = buckets.filter_map(move |bucket| report.row(&group, bucket));
            rows.map(|row| Outcome::Document(row.into())).chain(failure)
        };
        groups
            .into_iter()
            .flat_map(of_group)
            .chain(users.map(Outcome::Failure))
    }

    /// The buckets of a group's rows. A table of days omits empty days before the first session and after the last
    /// session.
    fn buckets_of(&self, group: &Group) -> Vec<Bucket> {
        let buckets = &self.buckets[..];
        if !(self.is_table && self.options.by == Some(By::Day)) {
            return buckets.to_vec();
        }
        let has_sessions = |bucket: &Bucket| group.runs.iter().any(|run| run.overlaps(*bucket));
        // Without sessions, the last bucket is kept: its row shows that no session is active.
        let last = buckets.len() - 1;
        let first = buckets.iter().position(has_sessions).unwrap_or(last);
        let last = buckets.iter().rposition(has_sessions).unwrap_or(last);
        buckets[first..=last].to_vec()
    }

    /// The row of a group for a bucket; `None` for a user without a session in the bucket.
    fn row(&self, group: &Group, bucket: Bucket) -> Option<Usage> {
        // The number of active sessions belongs in the bucket that ends now.
        let active = (bucket.end == self.period.end).then(|| group.active_sessions());
        let row = Usage {
            active_sessions: active,
            period_start: Some(bucket.start.into()),
            period_end: Some(bucket.end.into()),
            ..group.head.clone()
        };
        if self.options.group_by == GroupBy::User {
            return summarize_user(&group.runs, bucket, row);
        }
        let limit = row.max_concurrent_sessions;
        let row = Usage {
            utilization: active
                .zip(limit)
                .and_then(|(active, limit)| share(active, limit)),
            ..row
        };
        Some(summarize(&group.runs, bucket, row))
    }

    /// The failure of a group that is above the threshold, or whose limit is needed and unknown.
    fn check(&self, group: &Group) -> Option<Failure> {
        let threshold = self.options.fail_above?;
        if self.options.group_by == GroupBy::User {
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
        let threshold = self.options.fail_above?;
        if self.options.group_by != GroupBy::User {
            return None;
        }
        let active = groups.iter().map(Group::active_sessions);
        let exceeded: Vec<String> = active
            .filter_map(|active| threshold.exceeded(active, None))
            .collect();
        let message = match &exceeded[..] {
            [] => return None,
            [one] => format!("a user has {one}"),
            several => format!(
                "{} users have more sessions than {threshold}",
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
