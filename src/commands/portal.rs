//! From a portal as it was named to its ID and a client for its region.

use super::context::Context;
use crate::account::Calls;
use crate::diagnostics::{Call, Code, Failure};
use crate::service::client::Client;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName, PortalReference};
use crate::service::model::Document;
use crate::service::operations::Operation;

/// Sets up a client for the portal's region and finds the portal's ID.
///
/// # Errors
/// Settings that cannot be used, no such portal, a signal, the deadline.
pub(super) async fn open(
    context: &mut Context,
    reference: PortalReference,
    calls: Calls,
) -> Result<(Client, PortalId), Failure> {
    let account = context.account(reference.arn()).await?;
    let client = account.client_in(account.region()?, calls)?;
    context.warn_of_plain_http(&client);
    let id = match reference {
        PortalReference::Id(id) => id,
        PortalReference::Arn(arn) => arn.portal,
        PortalReference::Name(name) => {
            let looked_up = context.stop.run(look_up(&client, &name)).await;
            looked_up.map_err(|stopped| {
                let host = client.endpoint().host();
                stopped.failure(&format!(" before {host} answered with the portals"))
            })??
        }
    };
    Ok((client, id))
}

/// The ID of the portal with this name, by the calls of ListPortals in the client's region.
pub(super) async fn look_up(client: &Client, name: &PortalName) -> Result<PortalId, Failure> {
    let found = match find(client, name.as_str()).await {
        Ok(found) => found,
        // Without credentials, a mistyped ID comes first.
        Err(CallError::NoCredentials(error)) if name.may_be_meant_as_an_id() => {
            return Err(not_an_id(name, &error.reason));
        }
        Err(error) => return Err(Call::new(client, Operation::ListPortals).failed(&error)),
    };
    let (region, name_text) = (client.region(), name.as_str());
    match &found[..] {
        [one] => one
            .portal_id()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| {
                let message = format!("the portal {name_text:?} has an ARN of an unknown form");
                Failure::new(Code::NotTheService, message)
            }),
        [] => Err(unknown(client, name)),
        several => {
            let ids: Vec<&str> = several
                .iter()
                .filter_map(|portal| portal.portal_id())
                .collect();
            let message = format!(
                "{} portals in {region} have the name {name_text:?}: {}",
                several.len(),
                ids.join(", ")
            );
            Err(Failure::usage(message).with_hint("name the portal by its ID"))
        }
    }
}

fn unknown(client: &Client, name: &PortalName) -> Failure {
    let region = client.region();
    let message = format!(
        "no portal in {region} has the name or endpoint {:?}",
        name.as_str()
    );
    let id = if name.may_be_meant_as_an_id() {
        "; if you meant an ID, it has 36 letters, digits and hyphens"
    } else {
        ""
    };
    Failure::new(Code::NotFound, message).with_hint(format!(
        "`wsb list-portals --region {region}` lists them, with --all-regions everywhere{id}"
    ))
}

fn not_an_id(name: &PortalName, reason: &str) -> Failure {
    let error = match name.as_str().parse::<PortalId>() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    Failure::usage(error).with_hint(format!(
        "if it is a portal's name, looking it up needs credentials: {reason}"
    ))
}

/// The portals whose display name, endpoint or custom domain is exactly `name`.
async fn find(client: &Client, name: &str) -> Result<Vec<Document>, CallError> {
    let mut pages = client.list_portals(None);
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page?.into_iter().filter(|portal| {
            ["displayName", "portalEndpoint", "portalCustomDomain"]
                .iter()
                .any(|member| portal.text(member) == Some(name))
        }));
    }
    Ok(found)
}
