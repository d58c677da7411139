//! Searches for sessions of unknown portals: requests each at every portal until one has it.

use futures_util::future::ready;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{Semaphore, watch};

use crate::commands::targets::{Search, Target, is_named};
use crate::delivery::{Outcome, SessionRequest, counted};
use crate::diagnostics::{Call, Code, Failure, Subject};
use crate::service::documents::Session;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::{PortalReference, SessionId};
use crate::service::operations::Operation;

/// The portals that have been found so far.
#[derive(Default)]
struct FoundPortals<'a> {
    targets: Vec<Target<'a>>,
    /// The exit code of the first failed search of a region or portal, if one failed.
    missing: Option<Code>,
    is_complete: bool,
}

/// A search that starts while portals are still being listed, so that a region that hangs does not delay
/// sessions in other regions.
pub(super) struct SessionSearch<'a> {
    portals: &'a Search,
    found: watch::Sender<FoundPortals<'a>>,
    /// Whether a request needs the portals; `None` until that is known.
    is_needed: watch::Sender<Option<bool>>,
    calls: Semaphore,
}

impl<'a> SessionSearch<'a> {
    pub(super) fn new(portals: &'a Search) -> Self {
        Self {
            portals,
            found: watch::Sender::default(),
            is_needed: watch::Sender::default(),
            calls: Semaphore::new(portals.concurrency),
        }
    }

    /// Whether the request does not name its portal and region.
    pub(super) fn is_for(&self, request: &SessionRequest) -> bool {
        match &request.portal {
            None | Some(PortalReference::Name(_)) => true,
            Some(PortalReference::Id(_)) => {
                request.region.is_none() && self.portals.regions.len() > 1
            }
            Some(PortalReference::Arn(_)) => false,
        }
    }

    /// Ends the search for portals unless a request needs it.
    pub(super) fn end_of_requests(&self) {
        self.is_needed.send_modify(|is_needed| {
            is_needed.get_or_insert(false);
        });
    }

    /// Finds the portals once a request needs them. Yields a failure for each region whose portals could
    /// not be listed.
    pub(super) fn failures(&self) -> impl Stream<Item = Outcome> {
        let is_needed = async {
            let mut is_needed = self.is_needed.subscribe();
            // The sender lives as long as the search.
            let is_needed = is_needed.wait_for(Option::is_some).await;
            is_needed.is_ok_and(|is_needed| *is_needed == Some(true))
        };
        let found = stream::once(is_needed).flat_map(|is_needed| {
            let targets = is_needed.then(|| self.portals.targets().map(Some));
            stream::iter(targets).flatten().chain(stream::iter([None]))
        });
        found.filter_map(|found| ready(self.add(found)))
    }

    /// Adds a portal; `None` marks the end of the portals.
    fn add(&self, found: Option<Result<Target<'a>, Failure>>) -> Option<Outcome> {
        let mut outcome = None;
        self.found.send_modify(|so_far| match found {
            Some(Ok(target)) => so_far.targets.push(target),
            Some(Err(failure)) => {
                so_far.missing.get_or_insert(failure.code());
                outcome = Some(Outcome::Incomplete(failure));
            }
            None => so_far.is_complete = true,
        });
        outcome
    }

    /// Requests the session at every portal. "Not found" is reported only if every portal answered.
    pub(super) async fn find(&self, request: &SessionRequest) -> Vec<Outcome> {
        self.is_needed.send_replace(Some(true));
        let mut found = self.found.subscribe();
        let mut replies = FuturesUnordered::new();
        let (mut seen, mut requested) = (0, 0);
        let mut failures = Vec::new();
        loop {
            let is_complete = {
                let found = found.borrow_and_update();
                let new = found.targets[seen..].iter();
                seen = found.targets.len();
                for target in new.filter(|target| is_portal_of(request, target)) {
                    requested += 1;
                    replies.push(self.get(target.clone(), request.session));
                }
                found.is_complete
            };
            let (target, reply) = tokio::select! {
                Some(reply) = replies.next() => reply,
                Ok(()) = found.changed(), if !is_complete => continue,
                else => break,
            };
            match reply {
                Ok(session) => return vec![Outcome::Document(session.into())],
                Err(error) if is_not_found(&error) => {}
                Err(error) => {
                    let call = Call::new(target.client, Operation::GetSession)
                        .for_session(target.portal, request.session);
                    failures.push(call.to_failure(&error));
                }
            }
        }
        // If a portal failed, this is the reason, and "not found" is not known.
        let reason = failures.pop();
        let reason = reason.unwrap_or_else(|| self.not_found(request, requested));
        let failures = failures.into_iter().map(Outcome::Incomplete);
        failures.chain([Outcome::Failure(reason)]).collect()
    }

    async fn get(
        &self,
        target: Target<'a>,
        id: SessionId,
    ) -> (Target<'a>, Result<Session, CallError>) {
        // The semaphore is never closed.
        let _permit = self.calls.acquire().await;
        // Boxed, since most calls have not started, and a call is large.
        let reply = Box::pin(target.client.get_session(&target.portal, &id)).await;
        (target, reply)
    }

    fn not_found(&self, request: &SessionRequest, requested: usize) -> Failure {
        let found = self.found.borrow();
        let portals = counted(found.targets.len() as u64, "portal");
        let regions = self.portals.scope();
        let message = match &request.portal {
            Some(_) if requested == 0 => format!(
                "{} names a portal that does not exist: searched {portals} of {regions}",
                request.origin()
            ),
            _ => {
                format!("no portal has the session: searched {portals} of {regions}")
            }
        };
        let failure = match found.missing {
            Some(code) => Failure::new(code, format!("{message}, but not all could be searched")),
            None => Failure::new(Code::NotFound, message),
        };
        failure
            .with_subject(Subject {
                session: Some(request.session),
                ..Subject::default()
            })
            .with_hint("check the ID; the service keeps sessions for 35 days")
    }
}

/// Whether a portal is the one that the request names, if it names one.
fn is_portal_of(request: &SessionRequest, target: &Target<'_>) -> bool {
    let Some(reference) = &request.portal else {
        return true;
    };
    match reference.id_or_name() {
        Ok(id) => target.portal == id,
        Err(name) => {
            let portal = target.summary.as_ref();
            portal.is_some_and(|portal| is_named(portal, name.as_str()))
        }
    }
}

fn is_not_found(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::NotFound)
}
