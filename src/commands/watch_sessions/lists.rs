//! Reads the lists of a poll, and the portals of a region.

use futures_util::StreamExt;

use super::call_slots::CallSlots;
use super::poll::Poll;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::PortalId;
use crate::service::operations::{Pages, SessionFilter, SortBy};

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
    let mut filter = SessionFilter::all(SortBy::StartTimeDescending);
    read_list(client, portal, &filter, slots, poll).await?;
    if poll.begin_active_list() {
        filter.status = Some("Active");
        read_list(client, portal, &filter, slots, poll).await?;
    }
    if poll.is_malformed {
        let reason = "is malformed: a session of the list has a malformed ID";
        return Err(CallError::unexpected(reason.to_owned(), Some(200), None));
    }
    Ok(())
}

async fn read_list(
    client: &Client,
    portal: &PortalId,
    filter: &SessionFilter,
    slots: &CallSlots,
    poll: &mut Poll,
) -> Result<(), CallError> {
    let mut restarts = 0;
    let mut pages = client.list_sessions(portal, filter, None);
    let mut had_page = false;
    loop {
        match next_page(&mut pages, slots).await {
            Ok(Some(page)) => {
                had_page = true;
                if poll.take(page).is_break() {
                    return Ok(());
                }
            }
            Ok(None) => {
                poll.end_list();
                return Ok(());
            }
            // The page token may have expired.
            Err(error) if had_page && restarts < RESTARTS && is_rejection(&error) => {
                poll.restart_list();
                pages = client.list_sessions(portal, filter, None);
                had_page = false;
                restarts += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn next_page<T>(
    pages: &mut Pages<'_, T>,
    slots: &CallSlots,
) -> Result<Option<Vec<T>>, CallError> {
    slots.run(async { pages.next().await.transpose() }).await
}

fn is_rejection(error: &CallError) -> bool {
    matches!(error, CallError::Service(error) if error.kind == ServiceErrorKind::Rejected)
}

pub(super) async fn list_portals(
    client: &Client,
    slots: &CallSlots,
) -> Result<Vec<Portal>, CallError> {
    let mut pages = client.list_portals(None);
    let mut portals = Vec::new();
    while let Some(page) = next_page(&mut pages, slots).await? {
        portals.extend(page);
    }
    Ok(portals)
}
