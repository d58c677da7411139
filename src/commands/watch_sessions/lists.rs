//! Reads the lists of a poll, and the portals of a region.

use futures_util::StreamExt;

use super::call_slots::CallSlots;
use super::poll::{ListedSession, Poll};
use crate::service::client::Client;
use crate::service::documents::{Portal, Session};
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::PortalId;
use crate::service::operations::{SessionFilter, SortBy};

/// The number of times that a list is read again after a page token has expired.
const RESTARTS: u32 = 2;

/// Reads the lists of a poll, one after the other. Pages before an error stay in `poll`.
///
/// # Errors
/// A page cannot be read, or a session of a list is malformed.
pub(super) async fn read_lists(
    client: &Client,
    portal: &PortalId,
    slots: &CallSlots,
    poll: &mut Poll,
) -> Result<(), CallError> {
    let mut reader = ListReader {
        client,
        portal,
        slots,
        malformed: None,
    };
    reader.read(None, poll).await?;
    if poll.needs_active() {
        reader.read(Some("Active"), poll).await?;
    }
    reader.malformed.map_or(Ok(()), Err)
}

struct ListReader<'a> {
    client: &'a Client,
    portal: &'a PortalId,
    slots: &'a CallSlots,
    malformed: Option<CallError>,
}

impl ListReader<'_> {
    async fn read(
        &mut self,
        status: Option<&'static str>,
        poll: &mut Poll,
    ) -> Result<(), CallError> {
        let mut restarts = 0;
        loop {
            match self.read_once(status, poll).await {
                Err((error, true)) if restarts < RESTARTS && is_rejection(&error) => {
                    poll.restart();
                    restarts += 1;
                }
                result => return result.map_err(|(error, _)| error),
            }
        }
    }

    /// Reads the list once. The error says whether a page was read before it; if so, an expired page token
    /// may be the cause.
    async fn read_once(
        &mut self,
        status: Option<&'static str>,
        poll: &mut Poll,
    ) -> Result<(), (CallError, bool)> {
        let filter = SessionFilter {
            username: None,
            session: None,
            status,
            sort_by: SortBy::StartTimeDescending,
        };
        let mut pages = self.client.list_sessions(self.portal, &filter, None);
        let mut had_page = false;
        loop {
            let next = async { pages.next().await.transpose() };
            let page = self.slots.run(next).await;
            let Some(page) = page.map_err(|error| (error, had_page))? else {
                if status.is_none() {
                    poll.end_recent();
                }
                return Ok(());
            };
            had_page = true;
            let page = self.well_formed(page);
            if status.is_some() {
                poll.take_active(page);
            } else if poll.take_recent(page).is_break() {
                return Ok(());
            }
        }
    }

    /// Returns the sessions of a page that have a well-formed ID, and records an error for any other.
    fn well_formed(&mut self, page: Vec<Session>) -> Vec<ListedSession> {
        let mut listed = Vec::with_capacity(page.len());
        for session in page {
            match ListedSession::from_document(session) {
                Ok(session) => listed.push(session),
                Err(reason) => {
                    let reason = format!("is malformed: {reason}");
                    self.malformed = Some(CallError::unexpected(reason, Some(200), None));
                }
            }
        }
        listed
    }
}

/// Whether the service rejected the request: after a page that was read, its token has expired.
fn is_rejection(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::Rejected)
}

/// Reads all portals of a region.
///
/// # Errors
/// A page cannot be read.
pub(super) async fn list_portals(
    client: &Client,
    slots: &CallSlots,
) -> Result<Vec<Portal>, CallError> {
    let mut pages = client.list_portals(None);
    let mut portals = Vec::new();
    loop {
        let next = async { pages.next().await.transpose() };
        match slots.run(next).await? {
            Some(page) => portals.extend(page),
            None => return Ok(portals),
        }
    }
}
