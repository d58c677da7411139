//! Searches for sessions whose portals are not known: requests each session at every portal until one returns it.

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{Semaphore, SetOnce, watch};

use crate::commands::targets::{Search, Target, is_named};
use crate::delivery::{Outcome, SessionRequest, counted};
use crate::diagnostics::{Call, Code, Failure};
use crate::service::documents::Session;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::{PortalReference, SessionId};
use crate::service::operations::Operation;

#[derive(Default)]
struct FoundPortals<'a> {
    targets: Vec<Target<'a>>,
    /// The exit code of the first failure in the search for portals, if there was one.
    missing: Option<Code>,
    is_complete: bool,
}

/// A search that starts while portals are still being listed, so that a region that hangs does not delay
/// sessions in other regions.
pub(super) struct SessionSearch<'a> {
    portals: &'a Search,
    found: watch::Sender<FoundPortals<'a>>,
    /// Whether a request needs the portals. Set by the first such request, or after the last request.
    is_needed: SetOnce<bool>,
    calls: Semaphore,
}

impl<'a> SessionSearch<'a> {
    pub(super) fn new(portals: &'a Search) -> Self {
        Self {
            portals,
            found: watch::Sender::default(),
            is_needed: SetOnce::new(),
            calls: Semaphore::new(portals.concurrency),
        }
    }

    /// Whether the portal or the region of the request must be searched for.
    pub(super) fn is_for(&self, request: &SessionRequest) -> bool {
        match &request.portal {
            None | Some(PortalReference::Name(_)) => true,
            Some(PortalReference::Id(_)) => {
                request.region.is_none() && self.portals.regions.len() > 1
            }
            Some(PortalReference::Arn(_)) => false,
        }
    }

    /// Marks the end of the requests. If none of them needed the portals, the portals are not searched for.
    pub(super) fn end_of_requests(&self) {
        let _ = self.is_needed.set(false);
    }

    /// Finds the portals once a request needs them. Yields a failure for each region whose portals could
    /// not be listed.
    pub(super) fn failures(&self) -> impl Stream<Item = Outcome> {
        stream::once(self.is_needed.wait())
            .filter(|is_needed| ready(**is_needed))
            .flat_map(|_| self.portals.targets().map(Some).chain(stream::iter([None])))
            .filter_map(|found| ready(self.add(found)))
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

    /// Requests the session at every portal. Reports "not found" only if every portal answered.
    pub(super) async fn find(&self, request: &SessionRequest) -> Vec<Outcome> {
        // Fails for later requests, because the value is set.
        let _ = self.is_needed.set(true);
        let mut replies = self
            .targets()
            .filter(|target| ready(is_portal_of(request, target)))
            .map(|target| self.get(target, request.session))
            .buffer_unordered(usize::MAX)
            .boxed_local();
        let mut requested = 0;
        let mut failures = Vec::new();
        while let Some((target, reply)) = replies.next().await {
            requested += 1;
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
        // A portal whose call failed may have the session.
        let others = requested - failures.len();
        let reason = match failures.pop() {
            // A shared failure is reported once for all sessions.
            Some(failure) if others > 0 && !failure.is_shared() => {
                let others = counted(others as u64, "other portal");
                failure.append(&format!("; the session was not found in {others}"))
            }
            Some(failure) => failure,
            None => self.not_found(request, requested),
        };
        let failures = failures.into_iter().map(Outcome::Incomplete);
        failures.chain([Outcome::Failure(reason)]).collect()
    }

    /// The portals that have been found, followed by those that are found later.
    fn targets(&self) -> impl Stream<Item = Target<'a>> {
        let state = (self.found.subscribe(), 0);
        stream::unfold(state, |(mut found, index)| async move {
            let is_known = |it: &FoundPortals<'_>| it.is_complete || it.targets.len() > index;
            let known = found.wait_for(is_known).await.ok()?;
            let target = known.targets.get(index)?.clone();
            drop(known);
            Some((target, (found, index + 1)))
        })
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
            .with_session(request.session)
            .with_hint("check the ID; the service keeps sessions for 35 days")
    }
}

/// Whether a request names this portal, or names none.
fn is_portal_of(request: &SessionRequest, target: &Target<'_>) -> bool {
    let Some(reference) = &request.portal else {
        return true;
    };
    match reference.id_or_name() {
        Ok(id) => target.portal == id,
        Err(name) => {
            let portal = target.summary.as_ref();
            portal.is_some_and(|portal| name.readings().iter().any(|it| is_named(portal, it)))
        }
    }
}

fn is_not_found(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::NotFound)
}
