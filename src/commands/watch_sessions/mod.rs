//! `wsb watch-sessions`: an event for each session that starts or ends.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use clap::Args;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

mod event;
mod feed;
#[cfg(test)]
mod simulation;
mod state;

use super::context::Context;
use super::portals::Search;
use crate::cli::{PortalArguments, duration, field_help, field_names, interval};
use crate::config::Calls;
use crate::delivery::{Flush, Outcome, Progress, Workload};
use crate::diagnostics::{Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;
use feed::{Feed, Plan};

/// Calls at a time.
const CONCURRENCY: usize = 16;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb watch-sessions $PORTAL
  wsb watch-sessions --all-regions -o jsonl >> sessions.jsonl
  wsb watch-sessions $PORTAL --for 65m -o jsonl | ./feed-the-siem.sh";

/// `wsb watch-sessions`.
#[derive(Debug, Args)]
pub(super) struct WatchSessions {
    #[command(flatten)]
    portals: PortalArguments,

    /// Time between two polls (±10 %)
    ///
    /// At least 1s. CloudTrail logs every call.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = interval)]
    interval: Duration,

    /// End after this time, with exit code 0
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    time: Option<Duration>,

    /// Print the bare value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::EVENT), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::EVENT))]
    field: Option<String>,
}

pub(super) async fn run(options: WatchSessions, mut context: Context) -> Result<Code, Failure> {
    let end = options.time.map(|time| Instant::now() + time);
    let mut destination = context.destination(options.field)?;
    destination.check(Cardinality::Many, &documents::EVENT)?;
    let portals = options.portals.parse(&context.environment)?;
    destination.many_portals = portals.are_many();
    let search = Search::prepare(&mut context, portals, Calls::Many, CONCURRENCY).await?;
    let plan = Plan {
        interval: context.environment.interval(options.interval),
        end,
        calls: Semaphore::new(search.concurrency()),
        reporter: context.reporter.clone(),
    };
    let found = Cell::new(0);
    let outcomes = outcomes(&search, &plan, &found);
    let printer = destination.event_printer(&documents::EVENT, &context.reporter);
    let code = context
        .delivery(
            printer,
            Progress::heartbeat(),
            Flush::EachOutcome,
            Workload::Events,
        )
        .deliver(outcomes)
        .await?;
    let is_over = end.is_some_and(|end| end <= Instant::now());
    if found.get() == 0 && code == Code::Ok && !is_over {
        context.reporter.note("there are no portals to watch");
    }
    Ok(code)
}

/// The events of all portals as they come. `found` counts the portals.
fn outcomes<'a>(
    search: &'a Search,
    plan: &'a Plan,
    found: &'a Cell<usize>,
) -> impl Stream<Item = Outcome> + 'a {
    let outcomes = search
        .targets()
        .take_until(time_is_over(plan.end))
        .flat_map_unordered(None, move |target| match target {
            Ok(target) => {
                found.set(found.get() + 1);
                Feed::new(plan, target).outcomes().boxed_local()
            }
            Err(failure) => stream::iter([Outcome::Incomplete(failure)]).boxed_local(),
        });
    up_to_lost_credentials(outcomes)
}

/// Ends the stream behind a look that failed for want of good credentials: every other look needs the
/// same ones. In the search for portals such a failure ends nothing, since regions that an account has
/// not turned on fail so.
fn up_to_lost_credentials(outcomes: impl Stream<Item = Outcome>) -> impl Stream<Item = Outcome> {
    stream::unfold(Some(Box::pin(outcomes)), |outcomes| async {
        let mut outcomes = outcomes?;
        let outcome = outcomes.next().await?;
        let is_last =
            matches!(&outcome, Outcome::Failure(failure) if failure.code() == Code::Credentials);
        Some((outcome, (!is_last).then_some(outcomes)))
    })
}

/// Comes at the `end`, if there is one.
async fn time_is_over(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => pending().await,
    }
}
