//! `wsb watch-sessions`: prints an event for each session that starts or ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

mod call_slots;
mod lists;
mod poll;
mod portal_search;
mod portal_state;
mod portal_watch;
mod region_state;
mod state_file;
mod watch;

pub use poll::Poll;
pub use portal_state::{Gap, PortalState, Report, SessionEvent};
pub use region_state::RegionState;

use super::context::Context;
use super::targets::Search;
use crate::cli::{PortalArguments, duration, field_help, field_names, interval};
use crate::config::Calls;
use crate::delivery::{EventStatus, Workload, is_output_discarded};
use crate::diagnostics::{Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;
use state_file::StateFile;
use watch::{Watch, WatchOptions};

/// The maximum number of concurrent calls of each kind.
const CONCURRENCY: usize = 32;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb watch-sessions $PORTAL
  wsb watch-sessions --all-regions --state wsb.state -o jsonl >> sessions.jsonl
  wsb watch-sessions $PORTAL --once --state wsb.state -o jsonl | ./feed-the-siem.sh";

#[derive(Debug, Args)]
pub(super) struct WatchSessions {
    #[command(flatten)]
    portals: PortalArguments,

    /// Time between two polls (±10 %)
    ///
    /// At least 1s. CloudTrail logs every call, so short intervals fill its logs.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = interval)]
    interval: Duration,

    /// End after this time, with exit code 0
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    time: Option<Duration>,

    /// Poll each portal once and end
    ///
    /// For cron jobs, timers and serverless functions. A failed poll is an error with its exit code.
    #[arg(long, conflicts_with = "time")]
    once: bool,

    /// Continue where the last run with this file ended
    ///
    /// The file stores what has been reported. The next run with it reports the sessions that started, ended,
    /// or did both in the meantime. The file is replaced after the events have been written, so a process
    /// that is killed may repeat events, but loses none. It contains session IDs and times, no names.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Print only the value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::EVENT), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::EVENT))]
    field: Option<String>,
}

pub(super) async fn run(options: WatchSessions, mut context: Context) -> Result<Code, Failure> {
    if !options.once {
        context.call_deadline = None;
    }
    let end = options.time.map(|time| Instant::now() + time);
    let mut destination = context.destination(options.field)?;
    destination.check(Cardinality::Many, &documents::EVENT)?;
    let portals = options.portals.parse(&context.environment)?;
    destination.many_portals = portals.are_many();
    let opened = options.state.as_deref().map(StateFile::open);
    let (file, state) = opened.transpose()?.unzip();
    if file.is_some() && is_output_discarded() {
        context.reporter.warning(
            "standard output is closed or /dev/null: the events are discarded, and the state file records them as reported",
        );
    }
    let search = Search::prepare(&context, portals, Calls::Many, CONCURRENCY).await?;
    let status = Arc::new(EventStatus::default());
    let watch_options = WatchOptions {
        interval: context.environment.interval(options.interval),
        end,
        is_once: options.once,
        status: Arc::clone(&status),
        reporter: Arc::clone(&context.reporter),
    };
    let watch = Watch::new(watch_options, &search, file, state.unwrap_or_default());
    let printer = destination.event_printer(&status, &documents::EVENT, &context.reporter)?;
    let delivery = context.delivery(printer, Workload::Events(status, end));
    let code = delivery.deliver(watch.outcomes()).await;
    if code.is_ok() {
        watch.finish();
    }
    if watch.has_no_portals() && matches!(code, Ok(Code::Ok)) {
        context.reporter.note("there are no portals to watch");
    }
    code
}
