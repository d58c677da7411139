//! `wsb get-usage`: how full portals are, now and before.

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use futures_util::{Stream, StreamExt, stream};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

mod buckets;
mod count;
mod groups;
mod report;
mod runs;
mod threshold;

use super::context::Context;
use super::targets::{PORTALS_AT_A_TIME, Search};
use super::time_range::{retention_start, warn_of_retention};
use crate::cli::{PortalArguments, TimeArg, field_help, field_names};
use crate::config::Calls;
use crate::delivery::{Outcome, Progress, counted};
use crate::diagnostics::{Code, Failure, Reporter};
use crate::output::documents;
use crate::output::{Cardinality, Format, Selection};
use crate::service::clock::CLOCK;
use buckets::{By, buckets};
use count::{Counted, ReadCounts};
use groups::{GroupBy, groups};
use report::UsageReport;
use runs::{Run, summarize};
use threshold::Threshold;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-usage --all-regions
  wsb get-usage $PORTAL --by day
  wsb get-usage --all-regions --group-by instance-type
  wsb get-usage --all-regions --fail-above 80% || notify-the-team";

/// `wsb get-usage`.
#[derive(Debug, Args)]
pub(super) struct GetUsage {
    #[command(flatten)]
    portals: PortalArguments,

    /// Start of the period [default: 35d]
    ///
    /// A date in ISO 8601, or how long ago, like 7d. AWS keeps sessions for 35 days.
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    since: Option<TimeArg>,

    /// One row per portal, instance-type, region or user
    ///
    /// instance-type: all portals of a region that have the same instance type; AWS applies its quota of
    /// concurrent sessions to them. user: the sessions of a user on all portals; AWS bills monthly active
    /// users.
    #[arg(long, value_name = "GROUP", default_value = "portal")]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    group_by: GroupBy,

    /// One row per day or hour, in local time
    #[arg(long, value_name = "UNIT")]
    by: Option<By>,

    /// Exit code 13 if more are active, like 80% or 20
    ///
    /// LIMIT is a share of the portal's limit, or a number of sessions. The sessions that are active now are
    /// compared with it. If a portal's limit is unknown, the share is unknown too, and the exit code is 13.
    #[arg(long, value_name = "LIMIT", value_parser = Threshold::parse)]
    #[arg(allow_hyphen_values = true)]
    fail_above: Option<Threshold>,

    /// Print only the value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::USAGE_OF_ANY), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::USAGE_OF_ANY))]
    field: Option<String>,
}

impl GetUsage {
    /// Rejects conflicting options.
    fn check(&self) -> Result<(), Failure> {
        let schema = self.group_by.schema();
        if let Some(field) = &self.field
            && !schema.has(field)
        {
            let names: Vec<&str> = schema.members().collect();
            return Err(
                Failure::usage(format!("the rows of this --group-by have no {field}"))
                    .with_hint(format!("they have {}", names.join(", "))),
            );
        }
        let now = CLOCK.now();
        let since = self.since.as_ref().map_or(now, |since| since.resolve(now));
        // The service's clock is not known yet.
        if since.duration_since(now) > SignedDuration::from_hours(24) {
            return Err(is_in_the_future(since));
        }
        match self.fail_above {
            Some(threshold) if threshold.needs_limit() && self.group_by != GroupBy::Portal => {
                let message = format!(
                    "--fail-above {threshold} is a share of a limit, which the service gives for portals only"
                );
                Err(Failure::usage(message)
                    .with_hint("give a number of sessions, as in --fail-above 20"))
            }
            _ => Ok(()),
        }
    }
}

pub(super) async fn run(options: GetUsage, mut context: Context) -> Result<Code, Failure> {
    options.check()?;
    let schema = options.group_by.schema();
    let destination = context.destination(options.field)?;
    destination.check(Cardinality::List, schema)?;
    let portals = options.portals.parse(&context.environment)?;
    context.warn_of_time_zone(&options.since);
    let is_table = matches!(destination.selection, Selection::Whole(Format::Table));
    let count = Count {
        since: options.since,
        group_by: options.group_by,
        by: options.by,
        fail_above: options.fail_above,
        is_trimmed: is_table && options.by == Some(By::Day),
        wants_total: is_table && std::io::stdout().is_terminal(),
        total: OnceCell::new(),
        counts: Arc::default(),
        reporter: Arc::clone(&context.reporter),
    };
    let search = Search::prepare(&mut context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let mut delivery = context.delivery_of_list(destination, schema);
    let (counts, found) = (Arc::clone(&count.counts), Arc::clone(&search.found));
    delivery.progress = Progress::reading(move || counts.text(found.load(Ordering::Relaxed)));
    let code = delivery.deliver(count.outcomes(&search)).await?;
    if let Some(total) = count.total.get() {
        context.reporter.note(total);
    }
    Ok(code)
}

/// The grouping and the filters of the report.
struct Count {
    since: Option<TimeArg>,
    group_by: GroupBy,
    by: Option<By>,
    fail_above: Option<Threshold>,
    is_trimmed: bool,
    wants_total: bool,
    /// The summary over all portals, as a line that starts with `total:`.
    total: OnceCell<String>,
    counts: Arc<ReadCounts>,
    reporter: Arc<Reporter>,
}

impl Count {
    /// The rows, followed by the failures of portals that could not be counted.
    fn outcomes<'a>(&'a self, search: &'a Search) -> impl Stream<Item = Outcome> + 'a {
        stream::once(async move {
            let (names, is_gate) = (self.group_by == GroupBy::User, self.fail_above.is_some());
            let mut counted = Counted::read(search, names, is_gate, &self.counts).await;
            let failures = std::mem::take(&mut counted.failures);
            let rows = match self.report(&mut counted) {
                Ok(report) => {
                    let groups = groups(counted.portals, self.group_by);
                    report.outcomes(groups).left_stream()
                }
                Err(failure) => stream::iter([Outcome::Failure(failure)]).right_stream(),
            };
            rows.chain(stream::iter(failures.into_iter().map(Outcome::Incomplete)))
        })
        .flatten()
    }

    /// Creates the report on the sessions that have been read. The period ends at the present time, because
    /// every session that was read has started.
    fn report(&self, counted: &mut Counted<'_>) -> Result<UsageReport, Failure> {
        let now = CLOCK.now();
        let end = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let since = self.since.as_ref().map(|since| since.resolve(end));
        let since = since.unwrap_or_else(|| retention_start(end));
        if since > end {
            return Err(is_in_the_future(since));
        }
        warn_of_retention(since, end, &self.reporter);
        self.warn(counted.end_at(end), counted);
        if self.wants_total {
            let _ = self.total.set(total(counted, since, end));
        }
        Ok(UsageReport {
            group_by: self.group_by,
            buckets: buckets(since, end, self.by, &TimeZone::system()),
            end,
            is_trimmed: self.is_trimmed,
            fail_above: self.fail_above,
        })
    }

    fn warn(&self, doubtful: u64, all: &Counted<'_>) {
        if doubtful > 0 {
            let sessions = counted(doubtful, "session");
            self.reporter.warning(&format!(
                "the service gives no start, no end, an end before the start, or a start in the future for {sessions}, which may be missing from peaks and counts"
            ));
        }
        if all.portals.is_empty() && all.failures.is_empty() && self.fail_above.is_some() {
            self.reporter
                .warning("there are no portals, so --fail-above has nothing to check");
        }
    }
}

fn is_in_the_future(since: Timestamp) -> Failure {
    Failure::usage(format!(
        "the time range is empty: --since {since:.0} is in the future"
    ))
}

/// A line about all portals.
fn total(counted: &Counted<'_>, since: Timestamp, end: Timestamp) -> String {
    let portals = counted.portals.iter();
    let runs: Vec<Run> = portals
        .flat_map(|portal| portal.runs.runs.iter().copied())
        .collect();
    let active = runs.iter().filter(|run| run.is_active()).count();
    let period = summarize(&runs, since, end);
    format!(
        "total: portals {}, active sessions {active}, most at once {}, sessions {}, users {}",
        counted.portals.len(),
        period.peak,
        period.sessions,
        period.users,
    )
}
