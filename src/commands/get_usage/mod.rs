//! `wsb get-usage`: shows how full portals are, and their peaks in a period.

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use futures_util::{FutureExt, stream};

mod buckets;
mod groups;
mod report;
mod runs;
mod threshold;

use super::context::Context;
use super::targets::{PORTALS_AT_A_TIME, Search};
use crate::cli::{PortalArguments, TimeArg, field_help, field_names};
use crate::config::Calls;
use crate::delivery::{Outcome, Progress};
use crate::diagnostics::{Code, Failure};
use crate::output::documents;
use crate::output::{Cardinality, Format, Selection};
use buckets::By;
use groups::{GroupBy, ReadCounts, read_all};
use report::UsageReport;
use threshold::Threshold;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-usage --all-regions
  wsb get-usage $PORTAL --by day
  wsb get-usage --all-regions --group-by instance-type
  wsb get-usage --all-regions --fail-above 80% || notify-the-team";

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

pub(super) async fn run(options: GetUsage, context: Context) -> Result<Code, Failure> {
    options.check()?;
    let schema = options.group_by.schema();
    let destination = context.destination(options.field.clone())?;
    destination.check(Cardinality::List, schema)?;
    let portals = options.portals.clone().parse(&context.environment)?;
    context.warn_of_time_zone(&options.since, options.by.is_some());
    let is_table = matches!(destination.selection, Selection::Whole(Format::Table));
    let search = Search::prepare(&context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let (counts, found) = (Arc::<ReadCounts>::default(), Arc::clone(&search.found));
    let total = OnceCell::new();
    let outcomes = async {
        let mut counted = read_all(&search, &options, &counts).await;
        let mut failures = std::mem::take(&mut counted.failures);
        if counted.portals.is_empty() && failures.is_empty() && options.fail_above.is_some() {
            let warning = "there are no portals, so --fail-above has nothing to check";
            context.reporter.warning(warning);
        }
        let rows = match UsageReport::new(&options, is_table) {
            Ok(report) => {
                report.correct_runs(&mut counted.portals, &context.reporter);
                if is_table && std::io::stdout().is_terminal() {
                    let _ = total.set(report.total(&counted.portals));
                }
                Some(report.outcomes(counted))
            }
            Err(failure) => {
                failures.insert(0, failure);
                None
            }
        };
        let failures = failures.into_iter().map(Outcome::Incomplete);
        stream::iter(rows.into_iter().flatten().chain(failures))
    };
    let mut delivery = context.delivery_of_list(destination, schema);
    let shown = Arc::clone(&counts);
    delivery.progress = Progress::reading(move || shown.text(found.load(Ordering::Relaxed)));
    let code = delivery.deliver(outcomes.flatten_stream()).await?;
    if let Some(total) = total.get() {
        context.reporter.note(total);
    }
    Ok(code)
}
