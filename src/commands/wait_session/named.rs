//! Sessions that are named: each is looked at until it has ended.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};

use super::polling::{Polling, Watched};
use crate::cli::Sessions;
use crate::commands::context::Context;
use crate::commands::portal;
use crate::config::Calls;
use crate::delivery::{
    Board, Deadline, Destination, Flush, Outcome, Progress, Workload, connections, session_ids,
};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::documents;
use crate::service::client::Client;
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalReference, SessionId};
use crate::service::operations::Operation;

/// Sessions asked about at a time.
const CONCURRENCY: usize = 16;

/// Waits until each session has ended, and prints it then.
pub(super) async fn run(
    context: &mut Context,
    destination: Destination,
    reference: PortalReference,
    sessions: Sessions,
    interval: Duration,
) -> Result<Code, Failure> {
    let cardinality = sessions.cardinality();
    destination.check(cardinality, &documents::SESSION)?;
    let (client, portal) = portal::open(context, reference, Calls::Few).await?;

    let (ids, input) = session_ids(sessions);
    let board = Board::default();
    let concurrency = connections(input.at_most(CONCURRENCY), &context.reporter);
    let polling = Polling::new(&client, &portal, interval, concurrency, &board);
    let wait = Wait {
        ids,
        input_is_over: false,
        polling,
        client: &client,
        portal,
        deadline: context.stop.deadline(),
    };
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    let progress = Progress::waiting(&board);
    context
        .delivery(printer, progress, Flush::WhenIdle, Workload::Waits(input))
        .deliver(wait.outcomes())
        .await
}

/// Sessions that are waited for, and their IDs as they come.
struct Wait<'a, S> {
    ids: S,
    input_is_over: bool,
    polling: Polling<'a>,
    client: &'a Client,
    portal: PortalId,
    deadline: Deadline,
}

/// What happens next.
enum Event {
    Given(SessionId),
    BadLine(Failure),
    InputIsOver,
    Ended(SessionId, Box<Result<Session, CallError>>),
    OutOfTime,
}

impl<'a, S> Wait<'a, S>
where
    S: Stream<Item = Result<SessionId, Failure>> + Unpin + 'a,
{
    /// Each session when it has ended; at the deadline a failure for each that has not.
    fn outcomes(self) -> impl Stream<Item = Outcome> + 'a {
        stream::unfold(Some(self), |wait| async {
            let mut wait = wait?;
            loop {
                if wait.input_is_over && wait.polling.is_idle() {
                    return None;
                }
                let outcome = match wait.next_event().await {
                    Event::Given(id) => {
                        wait.polling.add(id);
                        continue;
                    }
                    Event::InputIsOver => {
                        wait.input_is_over = true;
                        continue;
                    }
                    Event::OutOfTime => return Some((wait.not_ended(), None)),
                    Event::BadLine(failure) => Outcome::Failure(failure),
                    Event::Ended(id, end) => {
                        let call = wait.call(id);
                        end.map_err(|error| call.failed(&error)).into()
                    }
                };
                return Some((vec![outcome], Some(wait)));
            }
        })
        .flat_map(stream::iter)
    }

    async fn next_event(&mut self) -> Event {
        tokio::select! {
            biased;
            () = self.deadline.reached() => Event::OutOfTime,
            line = self.ids.next(), if !self.input_is_over => match line {
                None => Event::InputIsOver,
                Some(Ok(id)) => Event::Given(id),
                Some(Err(bad_line)) => Event::BadLine(bad_line),
            },
            (id, end) = self.polling.next_end() => Event::Ended(id, Box::new(end)),
        }
    }

    fn call(&self, id: SessionId) -> Call<'a> {
        Call::new(self.client, Operation::GetSession).for_session(self.portal, id)
    }

    /// A failure for each session that did not end before the time ran out.
    fn not_ended(&self) -> Vec<Outcome> {
        self.polling
            .left()
            .map(|watched| Outcome::Failure(not_ended(watched, &self.call(watched.id))))
            .collect()
    }
}

/// The failure for a session that did not end before the time ran out, with what is known of it.
fn not_ended(watched: &Watched, call: &Call<'_>) -> Failure {
    let message = if watched.was_active {
        "the session was still active when the time ran out"
    } else {
        "no answer about the session before the time ran out"
    };
    let failure = Failure::new(Code::WaitTimedOut, message)
        .with_hint("wait longer with --timeout")
        .about(call.subject());
    match &watched.failure {
        None => failure,
        Some(error) => failure
            .adding(&format!("; the last look failed: {}", call.sentence(error)))
            .with_reply(error.request_id(), error.status()),
    }
}
