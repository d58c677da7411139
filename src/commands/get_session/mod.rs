//! `wsb get-session`: one session, or many.

use std::future::ready;
use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt};
use tokio::sync::{Semaphore, SemaphorePermit};

mod all_portals;

use super::context::Context;
use super::portal;
use super::portals::{PORTALS_AT_A_TIME, Search};
use crate::cli::{PortalScope, SessionArguments, field_help, field_names};
use crate::config::Calls;
use crate::delivery::{
    Deadline, Destination, Flush, Input, Outcome, Progress, Workload, connections, session_ids,
};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;
use crate::service::client::Client;
use crate::service::ids::{PortalId, SessionId};
use crate::service::operations::Operation;

/// Sessions that are asked for ahead of the next one to be printed. One that takes long, as after a
/// time-out, thus holds up no call but its own for a while.
const ASKED_AHEAD: usize = 1000;

/// Sessions of a portal that are asked for at a time.
const SESSIONS_AT_A_TIME: usize = 16;

/// An answer that is large, in bytes; a session takes some 400.
const LARGE: usize = 8 << 10;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-session $PORTAL $SESSION                     a table for people
  wsb get-session $PORTAL $SESSION -o json | jq .      the API's document
  wsb get-session $PORTAL $SESSION --field username    one value, bare
  wsb get-session $PORTAL - -o jsonl < ids.txt         many sessions
  wsb get-session --all-regions $SESSION               a session of any portal";

/// `wsb get-session`.
#[derive(Debug, Args)]
pub(super) struct GetSession {
    #[command(flatten)]
    sessions: SessionArguments,

    #[command(flatten)]
    everywhere: PortalScope,

    /// Print the bare value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::SESSION), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::SESSION))]
    field: Option<String>,

    /// Concurrent calls
    ///
    /// [default: 16, or 64 with --all-portals or --all-regions]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    #[arg(hide_short_help = true)]
    concurrency: Option<u16>,
}

pub(super) async fn run(options: GetSession, mut context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    if let Some(portals) = options.everywhere.portals() {
        let sessions = options.sessions.parse_alone(options.everywhere.option())?;
        let cardinality = sessions.cardinality();
        destination.check(cardinality, &documents::SESSION)?;
        let search = Search::prepare(
            &mut context,
            portals,
            Calls::Many,
            options.concurrency.map_or(PORTALS_AT_A_TIME, usize::from),
        )
        .await?;
        let (ids, input) = session_ids(sessions);
        let outcomes = all_portals::outcomes(&search, ids, context.stop.deadline());
        return deliver(&mut context, destination, cardinality, input, outcomes).await;
    }
    let (reference, sessions) = options
        .sessions
        .parse(&context.environment, &context.reporter)?;
    let cardinality = sessions.cardinality();
    destination.check(cardinality, &documents::SESSION)?;
    let calls = match cardinality {
        Cardinality::One => Calls::Few,
        Cardinality::Many | Cardinality::List => Calls::Many,
    };
    let (client, portal) = portal::open(&mut context, reference, calls).await?;
    let (ids, input) = session_ids(sessions);
    let concurrency = input.at_most(options.concurrency.map_or(SESSIONS_AT_A_TIME, usize::from));
    let fetch = Fetch {
        client: &client,
        portal,
        calls: Semaphore::new(connections(concurrency, &context.reporter)),
        deadline: context.stop.deadline(),
    };
    deliver(
        &mut context,
        destination,
        cardinality,
        input,
        fetch.outcomes(ids),
    )
    .await
}

async fn deliver(
    context: &mut Context,
    destination: Destination,
    cardinality: Cardinality,
    input: Arc<Input>,
    outcomes: impl Stream<Item = Outcome>,
) -> Result<Code, Failure> {
    let progress = Progress::counting(&input, &destination.selection);
    let flush = if destination.selection.keeps_rows() {
        Flush::AtEnd
    } else {
        Flush::WhenIdle
    };
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    context
        .delivery(printer, progress, flush, Workload::Sessions(input))
        .deliver(outcomes)
        .await
}

/// Asks for sessions, as many at a time as `calls` has permits.
struct Fetch<'a> {
    client: &'a Client,
    portal: PortalId,
    calls: Semaphore,
    deadline: Deadline,
}

/// An outcome that waits for those before it. A large one keeps its call's permit meanwhile, so that
/// few of them are held at a time.
struct Answer<'a> {
    outcome: Outcome,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Fetch<'_> {
    /// The outcome of each ID, in their order. At the deadline calls under way end, and the stream
    /// with them: no more is asked for.
    fn outcomes(
        &self,
        ids: impl Stream<Item = Result<SessionId, Failure>>,
    ) -> impl Stream<Item = Outcome> {
        ids.take_until(self.deadline.reached())
            .map(|id| self.answer(id))
            .buffered(ASKED_AHEAD)
            .take_while(|answer| ready(answer.is_some()))
            .filter_map(|answer| ready(answer.map(|answer| answer.outcome)))
    }

    /// The answer for one ID, or nothing if the time ran out before its turn.
    async fn answer(&self, id: Result<SessionId, Failure>) -> Option<Answer<'_>> {
        let id = match id {
            Ok(id) => id,
            Err(bad_line) => {
                return Some(Answer {
                    outcome: Outcome::Failure(bad_line),
                    _permit: None,
                });
            }
        };
        // Permits are given in the order of the sessions, so the next one to be printed always has
        // its own.
        let permit = self.calls.acquire().await.ok()?;
        if self.deadline.has_passed() {
            return None;
        }
        // Boxed, since most of those ahead are not under way, and a call is large.
        let answer = Box::pin(self.client.get_session(&self.portal, &id)).await;
        let is_large = answer
            .as_ref()
            .is_ok_and(|session| session.weight() > LARGE);
        let failed = |error| {
            let call = Call::new(self.client, Operation::GetSession).for_session(self.portal, id);
            call.failed(&error)
        };
        Some(Answer {
            outcome: answer.map_err(failed).into(),
            _permit: is_large.then_some(permit),
        })
    }
}
