//! Sessions that are polled until they have ended, a few at a time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::commands::polling::{Persistence, PollFailure, pause};
use crate::commands::targets::ResolvedPortal;
use crate::delivery::{LiveStatus, Outcome};
use crate::diagnostics::Call;
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

/// A session's number, in the order in which they were added.
type SessionIndex = usize;

type PendingPoll = Pin<Box<dyn Future<Output = (SessionIndex, Result<Session, CallError>)>>>;

/// A session that has not ended, as far as is known.
pub(super) struct WatchedSession {
    id: SessionId,
    portal: ResolvedPortal,
    /// Whether a poll has found it active.
    pub(super) was_active: bool,
    /// Why the last poll failed, if it did.
    pub(super) failure: Option<Box<CallError>>,
    failed_polls: Persistence,
}

impl WatchedSession {
    /// Whether the session is polled again after this error.
    fn survives(&mut self, error: &CallError) -> bool {
        let failure = PollFailure::from(error);
        let is_unknown = failure == PollFailure::NotFound && !self.was_active;
        !is_unknown && !self.failed_polls.count(failure)
    }
}

impl WatchedSession {
    /// The call of a poll.
    pub(super) fn call(&self) -> Call<'_> {
        let ResolvedPortal { client, portal } = &self.portal;
        Call::new(client, Operation::GetSession).for_session(*portal, self.id)
    }
}

/// The sessions that are waited for, and when each is polled next.
pub(super) struct Polling {
    interval: Duration,
    concurrency: usize,
    status: LiveStatus,
    count: SessionIndex,
    watched: BTreeMap<SessionIndex, WatchedSession>,
    /// Sessions between two polls.
    due: BinaryHeap<Reverse<(Instant, SessionIndex)>>,
    polls: FuturesUnordered<PendingPoll>,
}

impl Polling {
    /// No sessions yet. `interval` is the time between two polls of one session. There are at most
    /// `concurrency` polls at a time.
    pub(super) fn new(interval: Duration, concurrency: usize, status: LiveStatus) -> Self {
        Self {
            interval,
            concurrency,
            status,
            count: 0,
            watched: BTreeMap::new(),
            due: BinaryHeap::new(),
            polls: FuturesUnordered::new(),
        }
    }

    /// Adds a session.
    pub(super) fn add(&mut self, id: SessionId, portal: ResolvedPortal) {
        self.status.add(id);
        let watched = WatchedSession {
            id,
            portal,
            was_active: false,
            failure: None,
            failed_polls: Persistence::default(),
        };
        self.watched.insert(self.count, watched);
        self.due.push(Reverse((Instant::now(), self.count)));
        self.count += 1;
    }

    /// Whether no session is waited for.
    pub(super) fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// The sessions that have not ended, in the order in which they were added.
    pub(super) fn remaining(&self) -> impl Iterator<Item = &WatchedSession> {
        self.watched.values()
    }

    /// The next session that has ended, or that cannot be waited for. Pending while no session is waited
    /// for. Nothing is lost if the future is dropped.
    pub(super) async fn next_end(&mut self) -> Outcome {
        loop {
            self.poll_due_sessions();
            let next_due = match self.due.peek() {
                Some(Reverse((due, _))) if self.polls.len() < self.concurrency => Some(*due),
                _ => None,
            };
            tokio::select! {
                Some((number, reply)) = self.polls.next() => {
                    if let Some(end) = self.apply_poll(number, reply) {
                        return end;
                    }
                }
                () = sleep_until(next_due.unwrap_or_else(Instant::now)), if next_due.is_some() => {}
                else => std::future::pending().await,
            }
        }
    }

    fn poll_due_sessions(&mut self) {
        while self.polls.len() < self.concurrency
            && let Some(Reverse((due, number))) = self.due.peek().copied()
            && due <= Instant::now()
        {
            self.due.pop();
            if let Some(watched) = self.watched.get(&number) {
                let (client, portal) = (Rc::clone(&watched.portal.client), watched.portal.portal);
                let id = watched.id;
                self.polls.push(Box::pin(async move {
                    (number, client.get_session(&portal, &id).await)
                }));
            }
        }
    }

    /// Applies the reply of a poll: the end of the session, or the time of its next poll.
    fn apply_poll(
        &mut self,
        number: SessionIndex,
        reply: Result<Session, CallError>,
    ) -> Option<Outcome> {
        let watched = self.watched.get_mut(&number)?;
        match reply {
            Ok(session) if !session.has_ended() => {
                self.status.update(watched.id, &session);
                watched.was_active = true;
                watched.failure = None;
                watched.failed_polls.reset();
            }
            Err(error) if watched.survives(&error) => watched.failure = Some(Box::new(error)),
            end => {
                let outcome = end
                    .map_err(|error| watched.call().to_failure(&error))
                    .into();
                self.status.remove(watched.id);
                self.watched.remove(&number);
                return Some(outcome);
            }
        }
        let pause = pause(self.interval, fastrand::f64());
        self.due.push(Reverse((Instant::now() + pause, number)));
        None
    }
}
