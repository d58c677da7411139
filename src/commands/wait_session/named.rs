//! Sessions that are named: each is polled until it has ended.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};

use super::polling::{Polling, WatchedSession};
use crate::cli::SessionSelection;
use crate::commands::context::Context;
use crate::commands::polling::is_out_of_time;
use crate::commands::targets::{PortalResolver, ResolvedPortal};
use crate::config::Calls;
use crate::delivery::{
    Deadline, Destination, Flush, LiveStatus, Outcome, Progress, Workload, connections,
    session_requests,
};
use crate::diagnostics::{Code, Failure};
use crate::output::documents;
use crate::service::ids::SessionId;

/// Sessions that are polled at a time.
const CONCURRENCY: usize = 16;

/// Waits until each session has ended, and prints it then.
pub(super) async fn run(
    context: &mut Context,
    destination: Destination,
    selection: SessionSelection,
    interval: Duration,
) -> Result<Code, Failure> {
    let cardinality = selection.sessions.cardinality();
    destination.check(cardinality, &documents::SESSION)?;
    let resolver = PortalResolver::new(context, &selection.portal, Calls::Few).await?;

    let (requests, input) = session_requests(selection.sessions, selection.unique);
    let concurrency = connections(input.at_most(CONCURRENCY), &context.reporter);
    let resolver = &resolver;
    let sessions = requests.then(move |request| async move {
        let request = request?;
        let portal = resolver.resolve(&request).await?;
        Ok((request.session, portal))
    });
    let status = LiveStatus::default();
    let wait = Wait {
        sessions: Box::pin(sessions),
        has_more_sessions: true,
        polling: Polling::new(interval, concurrency, status.clone()),
        deadline: context.stop.deadline(),
    };
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    let progress = Progress::waiting_for(move |now| status.summary(now));
    context
        .delivery(printer, progress, Flush::WhenIdle, Workload::Waits(input))
        .deliver(wait.outcomes())
        .await
}

/// The sessions to wait for, some of which may not have been read yet.
struct Wait<S> {
    sessions: S,
    has_more_sessions: bool,
    polling: Polling,
    deadline: Deadline,
}

impl<S> Wait<S>
where
    S: Stream<Item = Result<(SessionId, ResolvedPortal), Failure>> + Unpin,
{
    /// Each session when it has ended. At the deadline, a failure for each that has not.
    fn outcomes(self) -> impl Stream<Item = Outcome> {
        stream::unfold(Some(self), |wait| async {
            let mut wait = wait?;
            Some(match wait.next().await? {
                Some(outcome) => (vec![outcome], Some(wait)),
                None => (wait.polling.remaining().map(not_ended).collect(), None),
            })
        })
        .flat_map(stream::iter)
    }

    /// The next outcome; `Some(None)` at the deadline, `None` once every session has ended.
    async fn next(&mut self) -> Option<Option<Outcome>> {
        while self.has_more_sessions || !self.polling.is_idle() {
            tokio::select! {
                biased;
                () = self.deadline.reached() => return Some(None),
                session = self.sessions.next(), if self.has_more_sessions => match session {
                    Some(Ok((session, portal))) => self.polling.add(session, portal),
                    Some(Err(failure)) => return Some(Some(Outcome::Failure(failure))),
                    None => self.has_more_sessions = false,
                },
                end = self.polling.next_end() => return Some(Some(end)),
            }
        }
        None
    }
}

/// The failure for a session that did not end before the time ran out.
fn not_ended(watched: &WatchedSession) -> Outcome {
    let message = if watched.was_active {
        "the session was still active when the time ran out"
    } else {
        "no answer about the session before the time ran out"
    };
    let call = watched.call();
    let failure = Failure::new(Code::WaitTimedOut, message)
        .with_hint("wait longer with --timeout")
        .with_subject(call.subject());
    let last = watched
        .failure
        .as_ref()
        .filter(|error| !is_out_of_time(error));
    Outcome::Failure(match last {
        None => failure,
        Some(error) => failure
            .append(&format!("; the last poll failed: {}", call.describe(error)))
            .with_reply(error.request_id(), error.status()),
    })
}
