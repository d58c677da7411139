//! Sessions whose portal is not known: each is asked for at every portal until one has it.

use std::rc::Rc;

use futures_util::future::ready;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{Semaphore, watch};

use crate::commands::portals::{Search, Target};
use crate::delivery::{Deadline, Outcome};
use crate::diagnostics::{Call, Code, Failure, Subject};
use crate::service::documents::Session;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::SessionId;
use crate::service::operations::Operation;

/// The portals that were found so far.
#[derive(Default)]
struct Found<'a> {
    targets: Vec<Target<'a>>,
    /// Why some regions or portals could not be asked, if some could not.
    missing: Option<Code>,
    is_complete: bool,
}

/// The search for sessions at portals, which begins while portals are still searched for: a region that
/// hangs holds up no session of another.
struct Portals<'a> {
    found: watch::Sender<Found<'a>>,
    regions: usize,
    calls: Semaphore,
}

/// The outcome of each ID, in their order, and a failure for each region whose portals could not be
/// listed.
pub(super) fn outcomes<'a>(
    search: &'a Search,
    ids: impl Stream<Item = Result<SessionId, Failure>> + Unpin + 'a,
    deadline: Deadline,
) -> impl Stream<Item = Outcome> + 'a {
    let portals = Rc::new(Portals {
        found: watch::Sender::new(Found::default()),
        regions: search.region_count(),
        calls: Semaphore::new(search.concurrency()),
    });
    let gaps = gaps(search, Rc::clone(&portals));
    let answers = ids
        .take_until(deadline.reached())
        .map(move |id| {
            let portals = Rc::clone(&portals);
            async move {
                match id {
                    Ok(id) => portals.answer(id).await,
                    Err(bad_line) => vec![Outcome::Failure(bad_line)],
                }
            }
        })
        // Each of these is asked for at every portal, so they are few.
        .buffered(search.concurrency())
        .flat_map(stream::iter);
    stream::select(gaps, answers)
}

/// Searches for the portals, and tells what could not be searched.
fn gaps<'a>(search: &'a Search, portals: Rc<Portals<'a>>) -> impl Stream<Item = Outcome> + 'a {
    let end = stream::once(ready(None));
    let found = search.targets().map(Some).chain(end);
    found.filter_map(move |found| {
        let mut gap = None;
        portals.found.send_modify(|so_far| match found {
            Some(Ok(target)) => so_far.targets.push(target),
            Some(Err(failure)) => {
                so_far.missing.get_or_insert(failure.code());
                gap = Some(Outcome::Incomplete(failure));
            }
            None => so_far.is_complete = true,
        });
        ready(gap)
    })
}

impl<'a> Portals<'a> {
    /// The session, or why it was not found: absence is claimed only if every portal answered.
    async fn answer(&self, id: SessionId) -> Vec<Outcome> {
        let mut found = self.found.subscribe();
        let mut answers = FuturesUnordered::new();
        let mut asked = 0;
        let mut failures = Vec::new();
        loop {
            let is_complete = {
                let found = found.borrow_and_update();
                let new = &found.targets[asked..];
                asked = found.targets.len();
                answers.extend(new.iter().map(|target| self.ask(target.clone(), id)));
                found.is_complete
            };
            let (target, answer) = tokio::select! {
                Some(answered) = answers.next() => answered,
                Ok(()) = found.changed(), if !is_complete => continue,
                else => break,
            };
            match answer {
                Ok(session) => return vec![Outcome::Document(session.into())],
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    let call = Call::new(target.client, Operation::GetSession)
                        .for_session(target.portal, id);
                    failures.push(Outcome::Incomplete(call.failed(&error)));
                }
            }
        }
        // Where a portal did not answer, that is the reason, and nothing is claimed.
        match failures.pop() {
            Some(Outcome::Incomplete(failure)) => failures.push(Outcome::Failure(failure)),
            _ => failures.push(Outcome::Failure(self.not_found(id))),
        }
        failures
    }

    async fn ask(
        &self,
        target: Target<'a>,
        id: SessionId,
    ) -> (Target<'a>, Result<Session, CallError>) {
        // The semaphore is never closed.
        let _permit = self.calls.acquire().await;
        // Boxed, since most are not under way, and a call is large.
        let answer = Box::pin(target.client.get_session(&target.portal, &id)).await;
        (target, answer)
    }

    fn not_found(&self, id: SessionId) -> Failure {
        let found = self.found.borrow();
        let portals = found.targets.len();
        let plural = if portals == 1 { "" } else { "s" };
        let regions = if self.regions == 1 {
            "the region".to_owned()
        } else {
            format!("{} regions", self.regions)
        };
        let message = format!("none of {portals} portal{plural} of {regions} has the session");
        let failure = match found.missing {
            Some(code) => Failure::new(code, format!("{message}, but not all could be asked")),
            None => Failure::new(Code::NotFound, message),
        };
        failure
            .about(Subject {
                session: Some(id),
                ..Subject::default()
            })
            .with_hint("check the ID; the service keeps sessions for 35 days")
    }
}

/// Whether the portal answered that it does not have the session.
fn is_absent(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::NotFound)
}
