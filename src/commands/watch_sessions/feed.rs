//! The events of one portal: looks at its sessions, and lookups about those that came or went.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::event;
use super::state::{Answer, Listed, Look, State};
use super::time_is_over;
use crate::commands::pagination::Visit;
use crate::commands::polling::{is_transient, pause, read};
use crate::commands::portals::Target;
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::SessionId;
use crate::service::operations::{Operation, SessionFilter, SortBy};

/// Sessions of one portal that are asked about at a time.
const QUESTIONS_AT_A_TIME: usize = 16;

/// What all portals are watched by.
pub(super) struct Plan {
    pub(super) interval: Duration,
    /// When the watch is over, if it ever is.
    pub(super) end: Option<Instant>,
    /// A permit for each call at a time.
    pub(super) calls: Semaphore,
    pub(super) reporter: Arc<Reporter>,
}

type Lookup<'a> = LocalBoxFuture<'a, (SessionId, Result<Session, CallError>)>;

/// A portal that is watched.
pub(super) struct Feed<'a> {
    plan: &'a Plan,
    target: Target<'a>,
    state: State,
    next_look: Instant,
    /// Sessions to ask about before the next look.
    due: VecDeque<SessionId>,
    lookups: FuturesUnordered<Lookup<'a>>,
    /// What the last warning said, unless all has gone well since.
    warned: Option<String>,
}

/// Whether the portal is watched on.
enum Course {
    On(Vec<Outcome>),
    /// These are the last ones.
    End(Vec<Outcome>),
}

impl<'a> Feed<'a> {
    /// The first look is due now.
    pub(super) fn new(plan: &'a Plan, target: Target<'a>) -> Self {
        Self {
            plan,
            target,
            state: State::new(CLOCK.now()),
            next_look: Instant::now(),
            due: VecDeque::new(),
            lookups: FuturesUnordered::new(),
            warned: None,
        }
    }

    /// The events as they come; a failure that no later look could mend is the last outcome.
    pub(super) fn outcomes(self) -> impl Stream<Item = Outcome> + 'a {
        stream::unfold(Some(self), |feed| async {
            let mut feed = feed?;
            let end = feed.plan.end;
            let course = tokio::select! {
                biased;
                () = time_is_over(end) => Course::End(feed.last_gap()),
                course = feed.go_on() => course,
            };
            Some(match course {
                Course::On(outcomes) => (outcomes, Some(feed)),
                Course::End(outcomes) => (outcomes, None),
            })
        })
        .flat_map(stream::iter)
    }

    /// Takes the next answer, or the next look if every lookup is answered.
    async fn go_on(&mut self) -> Course {
        while self.lookups.len() < QUESTIONS_AT_A_TIME
            && let Some(id) = self.due.pop_front()
        {
            self.lookups.push(self.lookup(id));
        }
        if let Some((id, answer)) = self.lookups.next().await {
            return self.take_answer(id, answer);
        }
        sleep_until(self.next_look).await;
        let began = CLOCK.now();
        self.next_look = Instant::now() + pause(self.plan.interval, fastrand::f64());
        match self.look().await {
            Ok(look) => {
                self.warned = None;
                let gap = self.state.looked(look, began);
                self.due.extend(self.state.due());
                Course::On(
                    gap.map(|gap| event::from_gap(gap, &self.target))
                        .into_iter()
                        .collect(),
                )
            }
            Err(NoLook::Failed(error)) if is_transient(&error) => {
                self.state.failed();
                let reason = self.call().describe(&error);
                self.warn(&format!(
                    "a look failed, which is not taken for the end of any session: {reason}"
                ));
                Course::On(Vec::new())
            }
            Err(NoLook::Failed(error)) => self.give_up(self.call().to_failure(&error)),
            Err(NoLook::Malformed(failure)) => self.give_up(failure),
        }
    }

    /// Reads the lists of a look, one after the other: see [`super::state`].
    async fn look(&self) -> Result<Look, NoLook> {
        // The semaphore is never closed.
        let _permit = self.plan.calls.acquire().await;
        let mut look = self.state.look();
        let mut malformed = None;
        self.read(None, &mut malformed, |page| look.take_recent(page))
            .await?;
        if look.needs_active() {
            self.read(Some("Active"), &mut malformed, |page| {
                look.take_active(page)
            })
            .await?;
        }
        match malformed {
            None => Ok(look),
            Some(failure) => Err(NoLook::Malformed(failure)),
        }
    }

    async fn read(
        &self,
        status: Option<&'static str>,
        malformed: &mut Option<Failure>,
        mut take: impl FnMut(Vec<Listed>) -> Visit,
    ) -> Result<(), CallError> {
        let filter = SessionFilter {
            username: None,
            session: None,
            status,
            sort_by: SortBy::StartTimeDescending,
        };
        let target = &self.target;
        let pages = target.client.list_sessions(&target.portal, &filter, None);
        let look = read(pages, |page| match page.iter().map(listed).collect() {
            Ok(page) => take(page),
            Err(reason) => {
                let failure = Failure::new(Code::UnexpectedResponse, reason);
                *malformed = Some(failure.with_subject(self.call().subject()));
                Visit::Done
            }
        });
        // Boxed, since a call is large.
        Box::pin(look).await
    }

    fn lookup(&self, id: SessionId) -> Lookup<'a> {
        let (plan, target) = (self.plan, self.target.clone());
        async move {
            let _permit = plan.calls.acquire().await;
            let answer = target.client.get_session(&target.portal, &id).await;
            (id, answer)
        }
        .boxed_local()
    }

    fn take_answer(&mut self, id: SessionId, answer: Result<Session, CallError>) -> Course {
        let start = self.state.start(id);
        Course::On(match answer {
            Ok(session) => {
                let answer = if session.has_ended() {
                    Answer::Ended
                } else {
                    Answer::Active
                };
                event::for_session(&self.state.answered(id, answer), &session)
            }
            Err(error) if is_absent(&error) => {
                let kinds = self.state.answered(id, Answer::Absent);
                event::for_absent_session(&kinds, id, start)
            }
            Err(error) if is_transient(&error) => {
                self.state.answered(id, Answer::Failed);
                let reason = self.call().describe(&error);
                self.warn(&format!(
                    "an event comes late, since GetSession failed: {reason}"
                ));
                Vec::new()
            }
            Err(error) => {
                let call = Call::new(self.target.client, Operation::GetSession);
                return self.give_up(call.for_session(self.target.portal, id).to_failure(&error));
            }
        })
    }

    /// The end, for a reason that no later look could mend.
    fn give_up(&self, failure: Failure) -> Course {
        let mut outcomes = self.last_gap();
        outcomes.push(Outcome::Failure(failure));
        Course::End(outcomes)
    }

    /// The gap that is open when the watch ends.
    fn last_gap(&self) -> Vec<Outcome> {
        let gap = self.state.gap(CLOCK.now());
        gap.map(|gap| event::from_gap(gap, &self.target))
            .into_iter()
            .collect()
    }

    /// Warns, but not of the same again and again.
    fn warn(&mut self, message: &str) {
        if self.warned.as_deref() != Some(message) {
            let (portal, region) = (self.target.portal, self.target.client.region());
            self.plan
                .reporter
                .warning(&format!("{message} (portal {portal}, region {region})"));
            self.warned = Some(message.to_owned());
        }
    }

    fn call(&self) -> Call<'a> {
        Call::new(self.target.client, Operation::ListSessions).for_portal(self.target.portal)
    }
}

/// Why a look shows nothing.
enum NoLook {
    Failed(CallError),
    Malformed(Failure),
}

impl From<CallError> for NoLook {
    fn from(error: CallError) -> Self {
        Self::Failed(error)
    }
}

/// A session of a list.
///
/// # Errors
/// It has no well-formed ID, so it could not be asked about.
fn listed(session: &Session) -> Result<Listed, String> {
    let id = session.session_id.as_deref().unwrap_or_default().parse();
    Ok(Listed {
        id: id.map_err(|error| format!("a session of the list has a malformed ID: {error}"))?,
        start: session.started_at(),
        is_active: !session.has_ended(),
    })
}

/// Whether the portal answered that it does not have the session.
fn is_absent(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::NotFound)
}
