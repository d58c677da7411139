//! Resolves the portals that a command works on: names, ARNs and options become portal IDs, each with a
//! client for its region.

mod names;
mod regions;
mod resolver;
mod search;

use super::context::Context;
use crate::config::{Calls, Config};
use crate::delivery::while_long;
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, PortalReference};
use crate::service::operations::Operation;

pub(super) use names::{is_named, resolve_name};
pub(super) use regions::report_unavailable_regions;
pub(super) use resolver::{PortalResolver, ResolvedPortal};
pub(super) use search::{PORTALS_AT_A_TIME, Search, Target, TargetResult};

/// A client for a region. Warns if requests are sent unencrypted to another machine.
pub(super) fn create_client(
    config: &Config,
    region: Region,
    calls: Calls,
    reporter: &Reporter,
) -> Result<Client, Failure> {
    let client = config.client_in(region, calls)?;
    let endpoint = client.endpoint();
    if !endpoint.is_https() && !endpoint.is_loopback() {
        reporter.warning_once(&format!(
            "{} is called over plain http: anyone on the network path can read session tokens, user names and addresses",
            endpoint.host()
        ));
    }
    Ok(client)
}

/// The ID of the portal in the client's region. Only a name requires calls.
///
/// # Errors
/// No such portal, a signal, the deadline.
pub(super) async fn resolve_portal(
    context: &mut Context,
    client: &Client,
    reference: &PortalReference,
) -> Result<PortalId, Failure> {
    let name = match reference.id_or_name() {
        Ok(id) => return Ok(id),
        Err(name) => name,
    };
    let activity = format!("looking for the portal {:?}", name.as_str());
    let _progress = while_long(&context.reporter, activity);
    let resolving = resolve_name(client, name, &context.portal_names);
    context.stop.run(resolving).await.map_err(|stopped| {
        let host = client.endpoint().host();
        stopped.failure(&format!(" before {host} answered with the portals"))
    })?
}

/// The ID of a portal that ListPortals returned.
///
/// # Errors
/// Its ARN is malformed.
pub(super) fn listed_portal_id(client: &Client, portal: &Portal) -> Result<PortalId, Failure> {
    let id = portal.portal_id().and_then(|id| id.parse().ok());
    id.ok_or_else(|| {
        let message = "a portal has an ARN of an unknown form";
        Failure::new(Code::UnexpectedResponse, message)
            .with_subject(Call::new(client, Operation::ListPortals).subject())
    })
}
