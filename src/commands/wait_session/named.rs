//! Waits for named sessions: polls each until it has ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::{lock, out_of_time, timed_out};
use crate::cli::SessionSelection;
use crate::commands::context::Context;
use crate::commands::polling::{Persistence, PollFailure, pause};
use crate::commands::targets::{PortalResolver, ResolvedPortal};
use crate::config::Calls;
use crate::delivery::{
    Destination, Outcome, Progress, SessionRequest, Workload, connections, finish_by,
    session_requests,
};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::{documents, time};
use crate::service::documents::Session;
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

const CONCURRENCY: usize = 16;

pub(super) async fn run(
    context: &Context,
    destination: Destination,
    selection: SessionSelection,
    interval: Duration,
) -> Result<Code, Failure> {
    let cardinality = selection.sessions.cardinality();
    destination.check(cardinality, &documents::SESSION)?;
    let resolver = PortalResolver::new(context, &selection, Calls::Few).await?;
    let (requests, input) = session_requests(selection.sessions, selection.unique)?;
    let waiting = Arc::new(Mutex::new(WaitingSessions::new()));
    let wait = SessionWait {
        interval,
        deadline: context.stop.deadline,
        slots: Semaphore::new(connections(input.at_most(CONCURRENCY), &context.reporter)),
        names: Semaphore::new(1),
        waiting: Arc::clone(&waiting),
    };
    let (resolver, wait) = (&resolver, &wait);
    let ends = requests
        .enumerate()
        .map(|(number, request)| async move {
            let request = request?;
            let portal = wait.resolve(&request, resolver).await?;
            wait.until_ended(number, request.session, portal).await
        })
        .buffer_unordered(usize::MAX)
        .map(Outcome::from);
    let printer = destination.printer(cardinality, &documents::SESSION, &context.reporter);
    let mut delivery = context.delivery(printer, Workload::Waits(input));
    delivery.progress = Progress::waiting_for(move |now| summary(&lock(&waiting), now));
    delivery.deliver(ends).await
}

struct SessionWait {
    /// The time between two polls of one session.
    interval: Duration,
    deadline: Option<Instant>,
    slots: Semaphore,
    /// One permit: names of portals are looked up one after the other, because concurrent lookups would open as
    /// many connections.
    names: Semaphore,
    waiting: Arc<Mutex<WaitingSessions>>,
}

impl SessionWait {
    /// Resolves the portal of a request before the time runs out.
    ///
    /// # Errors
    /// There is no such portal, or the time runs out.
    async fn resolve(
        &self,
        request: &SessionRequest,
        resolver: &PortalResolver<'_>,
    ) -> Result<ResolvedPortal, Failure> {
        let resolving = async {
            let portal = request.portal.as_ref();
            let is_name = portal.is_some_and(|portal| portal.id_or_name().is_err());
            // The semaphore is never closed.
            let _permit = match is_name {
                true => Some(self.names.acquire().await),
                false => None,
            };
            resolver.resolve(request).await
        };
        finish_by(self.deadline, resolving)
            .await
            .unwrap_or_else(|| {
                let origin = request.origin();
                let message = format!("{origin}: the time ran out before its portal was found");
                Err(out_of_time(message).with_session(request.session))
            })
    }

    /// Polls a session until it has ended.
    ///
    /// # Errors
    /// The session does not exist, its polls keep failing, or the time runs out.
    async fn until_ended(
        &self,
        number: usize,
        id: SessionId,
        ResolvedPortal { client, portal }: ResolvedPortal,
    ) -> Result<Session, Failure> {
        let call = Call::new(&client, Operation::GetSession).for_session(portal, id);
        let mut was_active = false;
        let mut last_error = None;
        let mut failed_polls = Persistence::default();
        lock(&self.waiting).insert(number, (id, None));
        let polls = async {
            loop {
                // The semaphore is never closed.
                let slot = self.slots.acquire().await;
                // Boxed, since a call is large and most sessions are between two polls.
                let reply = Box::pin(client.get_session(&portal, &id)).await;
                drop(slot);
                match reply {
                    Ok(session) if session.has_ended() => return Ok(session),
                    Ok(session) => {
                        failed_polls.reset();
                        was_active = true;
                        last_error = None;
                        lock(&self.waiting).insert(number, (id, session.started_at()));
                    }
                    Err(error) => {
                        let failure = PollFailure::from(&error);
                        let is_unknown = failure == PollFailure::NotFound && !was_active;
                        if is_unknown || failed_polls.count(failure) {
                            return Err(call.to_failure(&error));
                        }
                        last_error = Some(Box::new(error));
                    }
                }
                sleep(pause(self.interval, fastrand::f64())).await;
            }
        };
        let end = finish_by(self.deadline, polls).await;
        lock(&self.waiting).remove(&number);
        end.unwrap_or_else(|| {
            let message = if was_active {
                "the session was still active when the time ran out"
            } else {
                "no answer about the session before the time ran out"
            };
            Err(timed_out(message, &call, last_error.as_deref()))
        })
    }
}

/// The sessions that have not ended, in the order of the requests, each with its start if a poll has found it
/// active.
type WaitingSessions = BTreeMap<usize, (SessionId, Option<Timestamp>)>;

/// Lists the first sessions with their durations. The total comes first, because the terminal may cut the line.
fn summary(sessions: &WaitingSessions, now: Timestamp) -> String {
    const SHOWN: usize = 3;
    let shown = sessions.values().take(SHOWN).map(|(id, start)| {
        let start = start.filter(|start| *start <= now);
        let duration = start.map(|start| now.duration_since(start).as_secs());
        let duration = duration.map_or_else(|| "...".to_owned(), time::human_duration);
        format!("{id} {duration}")
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    match sessions.len() {
        0 | 1 => shown,
        count => format!("{count} sessions: {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_shows_a_few_sessions_and_counts_them_all() {
        let now = Timestamp::from_second(10_000).unwrap();
        let mut waiting = WaitingSessions::new();
        assert_eq!(summary(&waiting, now), "");
        for number in 0..5 {
            let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
            let start = (number == 0).then(|| Timestamp::from_second(1_960).unwrap());
            waiting.insert(number, (id.parse().unwrap(), start));
        }
        assert_eq!(
            summary(&waiting, now),
            "5 sessions: aaaaaaaa-0000-4000-8000-000000000000 2h 14m, \
             aaaaaaaa-0000-4000-8000-000000000001 ..., \
             aaaaaaaa-0000-4000-8000-000000000002 ..."
        );
        waiting.retain(|number, _| *number == 0);
        let id = "aaaaaaaa-0000-4000-8000-000000000000";
        assert_eq!(summary(&waiting, now), format!("{id} 2h 14m"));
    }
}
