//! Sessions that are polled until they have ended, a few at a time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::commands::polling::{is_out_of_time, is_transient, pause};
use crate::delivery::Board;
use crate::service::client::Client;
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, SessionId};

/// A session's number, in the order in which they were added.
type Number = usize;

type Look<'a> = Pin<Box<dyn Future<Output = (Number, Result<Session, CallError>)> + 'a>>;

/// A session that has not ended, as far as the program knows.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) id: SessionId,
    /// Whether a look has found it running.
    pub(super) was_active: bool,
    /// Why the last look failed, if it did.
    pub(super) failure: Option<Box<CallError>>,
}

/// The sessions that are waited for, and when each is looked at next.
pub(super) struct Polling<'a> {
    client: &'a Client,
    portal: &'a PortalId,
    interval: Duration,
    concurrency: usize,
    board: &'a Board,
    count: Number,
    left: BTreeMap<Number, Watched>,
    /// Sessions between two looks.
    due: BinaryHeap<Reverse<(Instant, Number)>>,
    looks: FuturesUnordered<Look<'a>>,
}

impl<'a> Polling<'a> {
    /// No sessions yet. `interval` is the time between two looks at one, of which there are no more
    /// than `concurrency` at a time.
    pub(super) fn new(
        client: &'a Client,
        portal: &'a PortalId,
        interval: Duration,
        concurrency: usize,
        board: &'a Board,
    ) -> Self {
        Self {
            client,
            portal,
            interval,
            concurrency,
            board,
            count: 0,
            left: BTreeMap::new(),
            due: BinaryHeap::new(),
            looks: FuturesUnordered::new(),
        }
    }

    /// Waits for this session too.
    pub(super) fn add(&mut self, id: SessionId) {
        self.board.started(&id);
        let watched = Watched {
            id,
            was_active: false,
            failure: None,
        };
        self.left.insert(self.count, watched);
        self.due.push(Reverse((Instant::now(), self.count)));
        self.count += 1;
    }

    /// Whether no session is waited for.
    pub(super) fn is_idle(&self) -> bool {
        self.left.is_empty()
    }

    /// Those that are still waited for, in the order in which they were added.
    pub(super) fn left(&self) -> impl Iterator<Item = &Watched> {
        self.left.values()
    }

    /// The next session that has ended, or that cannot be waited for. It never comes if no session is
    /// waited for. Nothing is lost if the future is dropped.
    pub(super) async fn next_end(&mut self) -> (SessionId, Result<Session, CallError>) {
        loop {
            self.look_at_those_due();
            let next_due = match self.due.peek() {
                Some(Reverse((due, _))) if self.looks.len() < self.concurrency => Some(*due),
                _ => None,
            };
            tokio::select! {
                Some((number, look)) = self.looks.next() => {
                    if let Some(end) = self.take(number, look) {
                        return end;
                    }
                }
                () = sleep_until(next_due.unwrap_or_else(Instant::now)), if next_due.is_some() => {}
                else => std::future::pending().await,
            }
        }
    }

    fn look_at_those_due(&mut self) {
        while self.looks.len() < self.concurrency
            && let Some(Reverse((due, number))) = self.due.peek().copied()
            && due <= Instant::now()
        {
            self.due.pop();
            if let Some(watched) = self.left.get(&number) {
                let (client, portal, id) = (self.client, self.portal, watched.id);
                self.looks.push(Box::pin(async move {
                    (number, client.get_session(portal, &id).await)
                }));
            }
        }
    }

    /// Takes note of what a look has shown: the end, or that there is to be another look.
    fn take(
        &mut self,
        number: Number,
        look: Result<Session, CallError>,
    ) -> Option<(SessionId, Result<Session, CallError>)> {
        let watched = self.left.get_mut(&number)?;
        match look {
            Ok(session) if !session.has_ended() => {
                self.board.seen(&watched.id, &session);
                watched.was_active = true;
                watched.failure = None;
            }
            Err(error) if is_out_of_time(&error) => {}
            Err(error) if is_transient(&error) => watched.failure = Some(Box::new(error)),
            end => {
                let id = watched.id;
                self.left.remove(&number);
                self.board.ended(&id);
                return Some((id, end));
            }
        }
        let pause = pause(self.interval, fastrand::f64());
        self.due.push(Reverse((Instant::now() + pause, number)));
        None
    }
}
