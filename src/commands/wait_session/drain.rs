//! Portals that are waited for until no session of theirs is active.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use super::remaining::{RemainingPortal, RemainingSession, Standing};
use crate::cli::Portals;
use crate::commands::context::Context;
use crate::commands::polling::{is_out_of_time, pause};
use crate::commands::portals::{Search, Target};
use crate::config::Calls;
use crate::delivery::{Deadline, Destination, Flush, Outcome, Progress, Workload};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::Cardinality;
use crate::output::documents;
use crate::service::error::CallError;
use crate::service::operations::{Operation, SessionFilter, SortBy};

/// Portals that are looked at at a time.
const PORTALS_AT_A_TIME: usize = 64;

/// Rounds in a row that must find every portal empty: a single one may fall between the end of a
/// session and the start of the next.
const QUIET_ROUNDS: u32 = 2;

/// Waits until no session of the portals is active.
pub(super) async fn run(
    context: &mut Context,
    destination: Destination,
    portals: Portals,
    interval: Duration,
) -> Result<Code, Failure> {
    destination.check(Cardinality::Many, &documents::SESSION_SUMMARY)?;
    let search = Search::prepare(context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let found = context.stop.run(search.targets().collect::<Vec<_>>()).await;
    let found = found
        .map_err(|stopped| stopped.failure(" before the service answered with the portals"))?;
    let mut failures = Vec::new();
    let mut portals = Vec::new();
    for target in found {
        match target {
            Ok(target) => portals.push((target, RemainingPortal::default())),
            Err(failure) => failures.push(Outcome::Incomplete(failure)),
        }
    }
    if !portals.is_empty() {
        context
            .reporter
            .note("new sessions are not kept out: those that begin meanwhile are waited for too");
    } else if failures.is_empty() {
        context.reporter.note("there are no portals to wait for");
    }
    let board = Arc::new(Mutex::new(Standing::of(
        [&RemainingPortal::default()].into_iter(),
    )));
    let drain = Drain {
        portals,
        interval,
        concurrency: search.concurrency(),
        deadline: context.stop.deadline(),
        quiet_rounds: 0,
        next_round: Instant::now(),
        board: Arc::clone(&board),
    };
    let seen = Arc::clone(&board);
    let lacking = move || locked(&seen).known();
    let progress = Progress::waiting_for(move |now| locked(&board).line(now));
    let printer = destination.printer(
        Cardinality::Many,
        &documents::SESSION_SUMMARY,
        &context.reporter,
    );
    context
        .delivery(
            printer,
            progress,
            Flush::WhenIdle,
            Workload::Until(Box::new(lacking)),
        )
        .deliver(stream::iter(failures).chain(drain.outcomes()))
        .await
}

/// The portals that are waited for, all of them looked at in each round.
struct Drain<'a> {
    portals: Vec<(Target<'a>, RemainingPortal)>,
    interval: Duration,
    concurrency: usize,
    deadline: Deadline,
    /// Rounds up to now in a row in which every portal was empty.
    quiet_rounds: u32,
    next_round: Instant,
    board: Arc<Mutex<Standing>>,
}

impl<'a> Drain<'a> {
    /// A failure for each portal that cannot be looked at; at the deadline one for each session that
    /// remains.
    fn outcomes(self) -> impl Stream<Item = Outcome> + 'a {
        stream::unfold(Some(self), |drain| async {
            let mut drain = drain?;
            if drain.portals.is_empty() || drain.quiet_rounds == QUIET_ROUNDS {
                return None;
            }
            let deadline = drain.deadline;
            tokio::select! {
                biased;
                () = deadline.reached() => {}
                lost = drain.round() => return Some((lost, Some(drain))),
            }
            Some((drain.remaining(), None))
        })
        .flat_map(stream::iter)
    }

    /// Looks at every portal once, when it is time to. Gives up those that later rounds cannot look at
    /// either.
    async fn round(&mut self) -> Vec<Outcome> {
        sleep_until(self.next_round).await;
        let looks = self.portals.iter_mut().map(|(target, portal)| async {
            portal.take(look(target).await);
        });
        stream::iter(looks)
            .buffer_unordered(self.concurrency)
            .collect::<()>()
            .await;
        let mut lost = Vec::new();
        self.portals.retain(|(target, portal)| {
            let Some(error) = portal.failure.as_ref().filter(|_| portal.is_lost) else {
                return true;
            };
            lost.push(Outcome::Failure(call(target).to_failure(error)));
            false
        });
        if self.portals.iter().all(|(_, portal)| portal.is_empty()) {
            self.quiet_rounds += 1;
        } else {
            self.quiet_rounds = 0;
        }
        self.next_round = Instant::now() + pause(self.interval, fastrand::f64());
        *locked(&self.board) = Standing::of(self.portals.iter().map(|(_, portal)| portal));
        lost
    }

    /// A failure for each session that remains when the time runs out, or for each portal of which
    /// nothing is known.
    fn remaining(&self) -> Vec<Outcome> {
        let failures = self.portals.iter().flat_map(|(target, portal)| {
            let last = portal.failure.as_ref().filter(|error| !is_out_of_time(error));
            let last = last.map(|error| (call(target).describe(error), error));
            let finish = move |failure: Failure| match &last {
                None => failure,
                Some((sentence, error)) => failure
                    .append(&format!("; the last poll failed: {sentence}"))
                    .with_reply(error.request_id(), error.status()),
            };
            let failures = match &portal.active {
                None => vec![timed_out(
                    "no answer about the portal's sessions before the time ran out",
                    call(target),
                )],
                Some(active) if active.is_empty() => vec![timed_out(
                    "no session of the portal was active, but the time ran out before another poll showed the same",
                    call(target),
                )],
                Some(active) => active
                    .iter()
                    .map(|session| still_active(session, target))
                    .collect(),
            };
            failures.into_iter().map(finish)
        });
        failures.map(Outcome::Failure).collect()
    }
}

/// What is known at the moment, whatever became of who wrote it.
fn locked(board: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The active sessions of a portal, the oldest first.
async fn look(target: &Target<'_>) -> Result<Vec<RemainingSession>, CallError> {
    let filter = SessionFilter {
        username: None,
        session: None,
        status: Some("Active"),
        sort_by: SortBy::StartTimeAscending,
    };
    let mut pages = target.client.list_sessions(&target.portal, &filter, None);
    let mut active = Vec::new();
    while let Some(page) = pages.next().await {
        active.extend(page?.iter().filter_map(RemainingSession::active));
    }
    Ok(active)
}

fn call<'a>(target: &'a Target<'_>) -> Call<'a> {
    Call::new(target.client, Operation::ListSessions).for_portal(target.portal)
}

fn timed_out(message: impl Into<String>, call: Call<'_>) -> Failure {
    Failure::new(Code::WaitTimedOut, message)
        .with_hint("wait longer with --timeout")
        .with_subject(call.subject())
}

/// The failure for a session that was active when the time ran out.
fn still_active(session: &RemainingSession, target: &Target<'_>) -> Failure {
    let mut message = "the session".to_owned();
    if let Some(username) = &session.username {
        message.push_str(&format!(" of {username}"));
    }
    if let Some(start) = session.start {
        message.push_str(&format!(", started {start:.0},"));
    }
    message.push_str(" was still active when the time ran out");
    let call = call(target);
    let call = match session.id {
        Some(id) => call.for_session(target.portal, id),
        None => call,
    };
    timed_out(message, call)
}
