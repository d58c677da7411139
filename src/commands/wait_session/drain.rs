//! Waits for portals until none of their sessions is active.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::{lock, timed_out};
use crate::cli::Portals;
use crate::commands::context::Context;
use crate::commands::polling::{Persistence, PollFailure, pause};
use crate::commands::targets::{PORTALS_AT_A_TIME, Search, Target};
use crate::config::Calls;
use crate::delivery::{Destination, Outcome, Progress, Workload, finish_by};
use crate::diagnostics::{Call, Code, Failure};
use crate::output::untrusted::escape;
use crate::output::{Cardinality, documents, time};
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::operations::{Operation, SessionFilter, SortBy};

/// The number of consecutive rounds that must find no active session: one round may fall between the end of a
/// session and the start of the next.
const QUIET_ROUNDS: u32 = 2;

pub(super) async fn run(
    context: &Context,
    destination: Destination,
    portals: Portals,
    interval: Duration,
) -> Result<Code, Failure> {
    destination.check(Cardinality::Many, &documents::SESSION_SUMMARY)?;
    let search = Search::prepare(context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let targets = context.stop.run(search.targets().collect::<Vec<_>>()).await;
    let targets = targets
        .map_err(|stopped| stopped.failure(" before the service answered with the portals"))?;
    let mut failures = Vec::new();
    let mut portals = Vec::new();
    for target in targets {
        match target {
            Ok(target) => portals.push(WaitingPortal::new(target)),
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
    let status = Arc::new(Mutex::new(DrainStatus::from_portals(&portals)));
    let (shown, interrupted) = (Arc::clone(&status), Arc::clone(&status));
    let drain = Drain {
        portals,
        interval,
        concurrency: search.concurrency,
        deadline: context.stop.deadline,
        quiet_rounds: 0,
        next_round: Instant::now(),
        status,
    };
    let workload = Workload::Until(Box::new(move || lock(&interrupted).summary()));
    let schema = &documents::SESSION_SUMMARY;
    let printer = destination.printer(Cardinality::Many, schema, &context.reporter);
    let mut delivery = context.delivery(printer, workload);
    delivery.progress = Progress::waiting_for(move |now| lock(&shown).line(now));
    let outcomes = stream::iter(failures).chain(drain.outcomes());
    delivery.deliver(outcomes).await
}

/// The portals to wait for. Each round polls all of them.
struct Drain<'a> {
    portals: Vec<WaitingPortal<'a>>,
    interval: Duration,
    concurrency: usize,
    deadline: Option<Instant>,
    /// The number of last rounds in a row that found no active session.
    quiet_rounds: u32,
    next_round: Instant,
    status: Arc<Mutex<DrainStatus>>,
}

impl<'a> Drain<'a> {
    /// Yields a failure for each portal whose polls keep failing. At the deadline, yields a failure for each
    /// session that is still active, and for each portal without a known active session.
    fn outcomes(self) -> impl Stream<Item = Outcome> + 'a {
        stream::unfold(Some(self), |drain| async {
            let mut drain = drain?;
            if drain.portals.is_empty() || drain.quiet_rounds == QUIET_ROUNDS {
                return None;
            }
            if let Some(failures) = finish_by(drain.deadline, drain.poll_portals()).await {
                return Some((failures, Some(drain)));
            }
            let portals = drain.portals.iter();
            Some((portals.flat_map(WaitingPortal::timed_out).collect(), None))
        })
        .flat_map(stream::iter)
        .map(Outcome::Failure)
    }

    /// Waits for the next round and polls every portal once. Removes portals whose polls keep failing.
    async fn poll_portals(&mut self) -> Vec<Failure> {
        sleep_until(self.next_round).await;
        let polls = self.portals.iter_mut().map(WaitingPortal::poll);
        let failures = stream::iter(polls)
            .buffer_unordered(self.concurrency)
            .filter_map(ready)
            .collect()
            .await;
        self.portals.retain(|portal| !portal.is_lost);
        if self.portals.iter().all(WaitingPortal::is_empty) {
            self.quiet_rounds += 1;
        } else {
            self.quiet_rounds = 0;
        }
        self.next_round = Instant::now() + pause(self.interval, fastrand::f64());
        *lock(&self.status) = DrainStatus::from_portals(&self.portals);
        failures
    }
}

struct WaitingPortal<'a> {
    target: Target<'a>,
    /// The active sessions in the last successful poll, oldest first; `None` before it.
    active: Option<Vec<Session>>,
    /// The error of the last poll, if it failed.
    error: Option<Box<CallError>>,
    failed_polls: Persistence,
    /// Whether polling has ended, because the polls keep failing.
    is_lost: bool,
}

impl<'a> WaitingPortal<'a> {
    fn new(target: Target<'a>) -> Self {
        Self {
            target,
            active: None,
            error: None,
            failed_polls: Persistence::default(),
            is_lost: false,
        }
    }

    fn call(&self) -> Call<'_> {
        Call::new(self.target.client, Operation::ListSessions).for_portal(self.target.portal)
    }

    /// Polls the portal. A failed poll keeps the active sessions of the last successful one. Returns the
    /// failure if polls keep failing.
    async fn poll(&mut self) -> Option<Failure> {
        match list_active(&self.target).await {
            Ok(active) => {
                self.active = Some(active);
                self.error = None;
                self.failed_polls.reset();
                None
            }
            Err(error) => {
                self.is_lost = self.failed_polls.count(PollFailure::from(&error));
                let failure = self.is_lost.then(|| self.call().to_failure(&error));
                self.error = Some(Box::new(error));
                failure
            }
        }
    }

    /// Whether the last poll succeeded and found no active session.
    fn is_empty(&self) -> bool {
        self.error.is_none() && self.active.as_ref().is_some_and(Vec::is_empty)
    }

    /// The failures when the time runs out: one for each active session, or one for the portal if none is known.
    fn timed_out(&self) -> Vec<Failure> {
        let error = self.error.as_deref();
        let sessions = self.active.as_deref().unwrap_or_default();
        if !sessions.is_empty() {
            let failures = sessions.iter();
            return failures
                .map(|it| self.session_timed_out(it, error))
                .collect();
        }
        let message = if self.active.is_some() {
            "no session of the portal was active, but the time ran out before another poll showed the same"
        } else {
            "no answer about the portal's sessions before the time ran out"
        };
        vec![timed_out(message, &self.call(), error)]
    }

    fn session_timed_out(&self, session: &Session, error: Option<&CallError>) -> Failure {
        let mut message = "the session".to_owned();
        if let Some(username) = &session.username {
            message.push_str(&format!(" of {username}"));
        }
        if let Some(start) = session.started_at() {
            message.push_str(&format!(", started {start:.0},"));
        }
        message.push_str(" was still active when the time ran out");
        let mut call = self.call();
        call.session = session.session_id.as_deref().and_then(|id| id.parse().ok());
        timed_out(&message, &call, error)
    }
}

/// The active sessions of a portal, oldest first.
async fn list_active(target: &Target<'_>) -> Result<Vec<Session>, CallError> {
    let filter = SessionFilter {
        status: Some("Active"),
        ..SessionFilter::all(SortBy::StartTimeAscending)
    };
    let pages = target.client.list_sessions(&target.portal, &filter, None);
    pages.try_concat().await
}

const NOT_POLLED: &str = "not all portals have been polled";

/// The sessions that were active in the last polls.
#[derive(Debug, Default)]
struct DrainStatus {
    count: usize,
    /// The start and the user of the oldest session; `None` if no start is known.
    oldest: Option<(Timestamp, Option<String>)>,
    /// Whether some portals have not been polled successfully yet.
    is_partial: bool,
}

impl DrainStatus {
    fn from_portals(portals: &[WaitingPortal<'_>]) -> Self {
        let active = || portals.iter().filter_map(|portal| portal.active.as_ref());
        let sessions = || active().flatten();
        let starts = sessions().filter_map(|session| Some((session.started_at()?, session)));
        let oldest = starts.min_by_key(|(start, _)| *start);
        Self {
            count: sessions().count(),
            oldest: oldest.map(|(start, session)| (start, session.username.clone())),
            is_partial: portals.is_empty() || active().count() < portals.len(),
        }
    }

    fn remaining(&self) -> String {
        match self.count {
            0 => "no session remains".to_owned(),
            1 => "1 session remains".to_owned(),
            count => format!("{count} sessions remain"),
        }
    }

    fn summary(&self) -> String {
        match (self.count, self.is_partial) {
            (0, true) => NOT_POLLED.to_owned(),
            (_, true) => format!("{}; {NOT_POLLED}", self.remaining()),
            (_, false) => self.remaining(),
        }
    }

    /// A line for people, such as `14 sessions remain, the oldest for 2h 14m (alice)`.
    fn line(&self, now: Timestamp) -> String {
        let end = match &self.oldest {
            _ if self.count == 0 && self.is_partial => return "...".to_owned(),
            _ if self.count == 0 => ", polling once more".to_owned(),
            Some((start, username)) if *start <= now => {
                let age = time::human_duration(now.duration_since(*start).as_secs());
                let user = username.as_deref().map_or("user unknown".into(), escape);
                format!(", the oldest for {age} ({user})")
            }
            _ => String::new(),
        };
        self.remaining() + &end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(count: usize, oldest: Option<(i64, Option<&str>)>, is_partial: bool) -> DrainStatus {
        let oldest = oldest.map(|(start, user)| {
            let start = Timestamp::from_second(start).unwrap();
            (start, user.map(str::to_owned))
        });
        DrainStatus {
            count,
            oldest,
            is_partial,
        }
    }

    #[test]
    fn the_line_counts_the_sessions_and_names_the_oldest() {
        let now = Timestamp::from_second(10_000).unwrap();
        for (status, line) in [
            (
                status(3, Some((1_960, Some("alice\u{1b}"))), false),
                "3 sessions remain, the oldest for 2h 14m (alice\\u{1b})",
            ),
            (status(1, None, false), "1 session remains"),
            (
                status(1, Some((9_990, None)), true),
                "1 session remains, the oldest for 10s (user unknown)",
            ),
            (status(0, None, true), "..."),
            (
                status(0, None, false),
                "no session remains, polling once more",
            ),
        ] {
            assert_eq!(status.line(now), line);
        }
    }

    #[test]
    fn the_summary_says_whether_all_portals_have_been_polled() {
        for (status, summary) in [
            (status(0, None, false), "no session remains"),
            (status(1, None, false), "1 session remains"),
            (
                status(2, None, true),
                "2 sessions remain; not all portals have been polled",
            ),
            (status(0, None, true), "not all portals have been polled"),
        ] {
            assert_eq!(status.summary(), summary);
        }
    }
}
