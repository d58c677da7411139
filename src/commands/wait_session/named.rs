//! Waits for named sessions: polls each until it has ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::cli::SessionSelection;
use crate::commands::context::Context;
use crate::commands::polling::{Persistence, PollFailure, pause};
use crate::commands::targets::{PortalResolver, ResolvedPortal};
use crate::config::Calls;
use crate::delivery::{Destination, Outcome, Progress, Workload, connections, session_requests};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::{documents, time};
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

/// The maximum number of concurrent calls.
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
    let (requests, input) = session_requests(selection.sessions, selection.unique)?;
    let waiting = Arc::new(WaitingSessions::default());
    let wait = SessionWait {
        interval,
        slots: Semaphore::new(connections(input.at_most(CONCURRENCY), &context.reporter)),
        waiting: Arc::clone(&waiting),
    };
    let (resolver, wait) = (&resolver, &wait);
    let ends = requests
        .enumerate()
        .then(|(number, request)| async move {
            let request = request?;
            let portal = resolver.resolve(&request).await?;
            Ok::<_, Failure>((number, request.session, portal))
        })
        .map(|session| async move {
            let (number, id, portal) = session?;
            wait.until_ended(number, id, portal).await
        })
        .buffer_unordered(usize::MAX)
        .map(Outcome::from)
        .take_until(context.stop.deadline.reached());
    let timed_out = stream::once(async { wait.waiting.timed_out() }).flat_map(stream::iter);
    let outcomes = ends.chain(timed_out.map(Outcome::Failure));
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    let mut delivery = context.delivery(printer, Workload::Waits(input));
    delivery.progress = Progress::waiting_for(move |now| waiting.summary(now));
    delivery.deliver(outcomes).await
}

struct SessionWait {
    /// The time between two polls of one session.
    interval: Duration,
    slots: Semaphore,
    waiting: Arc<WaitingSessions>,
}

impl SessionWait {
    /// Polls a session until it has ended.
    ///
    /// # Errors
    /// The session does not exist, or its polls keep failing.
    async fn until_ended(
        &self,
        number: usize,
        id: SessionId,
        ResolvedPortal { client, portal }: ResolvedPortal,
    ) -> Result<Session, Failure> {
        let call = Call::new(&client, Operation::GetSession).for_session(portal, id);
        let mut state = WaitingSession {
            id,
            was_active: false,
            start: None,
            timed_out: timed_out(&call, false, None),
        };
        self.waiting.lock().insert(number, state.clone());
        let mut failed_polls = Persistence::default();
        let end = loop {
            // The semaphore is never closed.
            let slot = self.slots.acquire().await;
            // Boxed, since a call is large and most sessions are between two polls.
            let reply = Box::pin(client.get_session(&portal, &id)).await;
            drop(slot);
            match reply {
                Ok(session) if session.has_ended() => break Ok(session),
                Ok(session) => {
                    failed_polls.reset();
                    state.was_active = true;
                    state.start = session.started_at();
                    state.timed_out = timed_out(&call, true, None);
                }
                Err(error) => {
                    let failure = PollFailure::from(&error);
                    let is_unknown = failure == PollFailure::NotFound && !state.was_active;
                    if is_unknown || failed_polls.count(failure) {
                        break Err(call.to_failure(&error));
                    }
                    if failure != PollFailure::OutOfTime {
                        state.timed_out = timed_out(&call, state.was_active, Some(&error));
                    }
                }
            }
            self.waiting.lock().insert(number, state.clone());
            sleep(pause(self.interval, fastrand::f64())).await;
        };
        self.waiting.lock().remove(&number);
        end
    }
}

/// The failure for a session that has not ended when the time runs out.
fn timed_out(call: &Call<'_>, was_active: bool, last_error: Option<&CallError>) -> Failure {
    let message = if was_active {
        "the session was still active when the time ran out"
    } else {
        "no answer about the session before the time ran out"
    };
    super::timed_out(message, call, last_error)
}

#[derive(Debug, Clone)]
struct WaitingSession {
    id: SessionId,
    /// Whether a poll has found the session active.
    was_active: bool,
    start: Option<Timestamp>,
    /// The failure to report if the time runs out before the next poll.
    timed_out: Failure,
}

/// The sessions that have not ended, in the order in which they were named.
#[derive(Debug, Default)]
struct WaitingSessions(Mutex<BTreeMap<usize, WaitingSession>>);

impl WaitingSessions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, WaitingSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timed_out(&self) -> Vec<Failure> {
        let sessions = std::mem::take(&mut *self.lock());
        sessions.into_values().map(|it| it.timed_out).collect()
    }

    /// The first sessions and their durations, after the total: the terminal may cut the line.
    fn summary(&self, now: Timestamp) -> String {
        const SHOWN: usize = 3;
        let sessions = self.lock();
        let shown = sessions.values().take(SHOWN).map(|session| {
            let start = session.start.filter(|start| *start <= now);
            let duration = start.map(|start| now.duration_since(start).as_secs());
            let duration = duration.map_or_else(|| "...".to_owned(), time::human_duration);
            format!("{} {duration}", session.id)
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        match sessions.len() {
            0 | 1 => shown,
            count => format!("{count} sessions: {shown}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_shows_a_few_sessions_and_counts_them_all() {
        let now = Timestamp::from_second(10_000).unwrap();
        let waiting = WaitingSessions::default();
        assert_eq!(waiting.summary(now), "");
        for number in 0..5 {
            let session = WaitingSession {
                id: format!("aaaaaaaa-0000-4000-8000-{number:012}")
                    .parse()
                    .unwrap(),
                was_active: number == 0,
                start: (number == 0).then(|| Timestamp::from_second(1_960).unwrap()),
                timed_out: Failure::new(Code::WaitTimedOut, ""),
            };
            waiting.lock().insert(number, session);
        }
        assert_eq!(
            waiting.summary(now),
            "5 sessions: aaaaaaaa-0000-4000-8000-000000000000 2h 14m, \
             aaaaaaaa-0000-4000-8000-000000000001 ..., \
             aaaaaaaa-0000-4000-8000-000000000002 ..."
        );
        waiting.lock().retain(|number, _| *number == 0);
        let id = "aaaaaaaa-0000-4000-8000-000000000000";
        assert_eq!(waiting.summary(now), format!("{id} 2h 14m"));
    }
}
