//! `wsb wait-session`: blocks until named sessions, or all sessions of portals, have ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;

mod drain;
mod named;

use super::context::Context;
use crate::cli::{PortalScope, SessionArguments, field_help, field_names, interval};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::documents;
use crate::service::error::CallError;
use crate::service::transport_error::Unreachable;

pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb wait-session $PORTAL $SESSION --timeout 30m && ./tidy-up.sh
  wsb wait-session $PORTAL - --interval 1m -o jsonl < ids.txt
  wsb wait-session $PORTAL --all --timeout 8h && ./change-the-portal.sh";

#[derive(Debug, Args)]
#[command(mut_arg("positional", |portals| portals.conflicts_with_all(["all_portals", "all_regions"])))]
pub(super) struct WaitSession {
    #[command(flatten)]
    sessions: SessionArguments,

    /// Wait for all sessions of the portals
    ///
    /// Every argument is a PORTAL. Ends when no session was active in two consecutive polls.
    #[arg(long, conflicts_with = "field")]
    all: bool,

    #[command(flatten)]
    scope: PortalScope,

    /// Time between two polls (±10 %)
    ///
    /// At least 1s.
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = interval)]
    interval: Duration,

    /// Print only the value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::SESSION), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::SESSION))]
    field: Option<String>,
}

pub(super) async fn run(options: WaitSession, context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    let interval = context.environment.interval(options.interval);
    let (arguments, scope) = (options.sessions, options.scope);
    if options.all || scope.portals().is_some() {
        let portals = arguments.parse_portals(scope, &context.environment)?;
        return drain::run(&context, destination, portals, interval).await;
    }
    let selection = arguments.parse(scope, &context.environment, &context.reporter)?;
    named::run(&context, destination, selection, interval).await
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn out_of_time(message: impl Into<String>) -> Failure {
    Failure::new(Code::WaitTimedOut, message).with_hint("wait longer with --timeout")
}

/// The failure for a session or a portal when the time runs out. `last_error` is the error of its last poll.
fn timed_out(message: &str, call: &Call<'_>, last_error: Option<&CallError>) -> Failure {
    let failure = out_of_time(message).with_subject(call.subject());
    match last_error {
        // The deadline may have ended the poll itself.
        Some(CallError::Unreachable(error)) if error.kind == Unreachable::CommandTimedOut => {
            failure
        }
        None => failure,
        Some(error) => failure
            .append(&format!("; the last poll failed: {}", call.describe(error)))
            .with_reply(error.request_id(), error.status()),
    }
}
