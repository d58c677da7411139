//! Sessions whose portal is not known: each is asked for at every portal until one has it.

use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;

use super::ASKED_AHEAD;
use crate::commands::portals::{Search, Target};
use crate::delivery::{Deadline, Outcome};
use crate::diagnostics::{Call, Code, Failure, Subject};
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::SessionId;
use crate::service::model::Document;
use crate::service::operations::Operation;

/// The portals that were found, and whether all of them were.
struct Portals<'a> {
    targets: Vec<Target<'a>>,
    /// Why some regions or portals could not be asked, if some could not.
    missing: Option<Code>,
    regions: usize,
    calls: Semaphore,
}

/// First a failure for each region whose portals could not be listed, then the outcome of each ID, in
/// their order.
pub(super) fn outcomes<'a>(
    search: &'a Search,
    ids: impl Stream<Item = Result<SessionId, Failure>> + Unpin + 'a,
    deadline: Deadline,
) -> impl Stream<Item = Outcome> + 'a {
    stream::once(async move {
        let mut targets = Vec::new();
        let mut failures = Vec::new();
        let mut missing = None;
        let mut found = search.targets();
        while let Some(target) = found.next().await {
            match target {
                Ok(target) => targets.push(target),
                Err(failure) => {
                    missing.get_or_insert(failure.code());
                    failures.push(Outcome::Gap(failure));
                }
            }
        }
        let portals = Portals {
            targets,
            missing,
            regions: search.region_count(),
            calls: Semaphore::new(search.concurrency()),
        };
        stream::iter(failures).chain(answers(portals, ids, deadline))
    })
    .flatten()
}

fn answers<'a>(
    portals: Portals<'a>,
    ids: impl Stream<Item = Result<SessionId, Failure>> + Unpin + 'a,
    deadline: Deadline,
) -> impl Stream<Item = Outcome> + 'a {
    let portals = Arc::new(portals);
    ids.take_until(deadline.reached())
        .map(move |id| {
            let portals = Arc::clone(&portals);
            async move {
                match id {
                    Ok(id) => portals.answer(id).await,
                    Err(bad_line) => vec![Outcome::Failure(bad_line)],
                }
            }
        })
        .buffered(ASKED_AHEAD)
        .flat_map(stream::iter)
}

impl Portals<'_> {
    /// The session, or why it was not found: absence is claimed only if every portal answered.
    async fn answer(&self, id: SessionId) -> Vec<Outcome> {
        let mut answers: FuturesUnordered<_> = self
            .targets
            .iter()
            .map(|target| self.ask(target, id))
            .collect();
        let mut failures = Vec::new();
        while let Some((target, answer)) = answers.next().await {
            match answer {
                Ok(session) => return vec![Outcome::Document(session)],
                Err(error) if is_absent(&error) => {}
                Err(error) => {
                    let call = Call::new(target.client, Operation::GetSession)
                        .of_session(target.portal, id);
                    failures.push(Outcome::Gap(call.failed(&error)));
                }
            }
        }
        // Where a portal did not answer, that is the reason, and nothing is claimed.
        match failures.pop() {
            Some(Outcome::Gap(failure)) => failures.push(Outcome::Failure(failure)),
            _ => failures.push(Outcome::Failure(self.not_found(id))),
        }
        failures
    }

    async fn ask<'b>(
        &self,
        target: &'b Target<'b>,
        id: SessionId,
    ) -> (&'b Target<'b>, Result<Document, CallError>) {
        // The semaphore is never closed.
        let _permit = self.calls.acquire().await;
        (
            target,
            Box::pin(target.client.get_session(&target.portal, &id)).await,
        )
    }

    fn not_found(&self, id: SessionId) -> Failure {
        let portals = self.targets.len();
        let plural = if portals == 1 { "" } else { "s" };
        let regions = if self.regions == 1 {
            "the region".to_owned()
        } else {
            format!("{} regions", self.regions)
        };
        let message = format!("none of {portals} portal{plural} of {regions} has the session");
        let failure = match self.missing {
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
