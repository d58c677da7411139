//! Resolves the portals that a command works on: names, ARNs and options become portal IDs, each with a
//! client for its region.

mod resolver;
mod search;

use futures_util::TryStreamExt;

use super::context::Context;
use crate::config::{Calls, Config};
use crate::delivery::while_long;
use crate::diagnostics::{Call, Code, Failure, Reporter, Subject};
use crate::output::portal_names::PortalNames;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName, PortalReference};
use crate::service::operations::Operation;

pub(super) use resolver::{PortalResolver, ResolvedPortal};
pub(super) use search::{
    PORTALS_AT_A_TIME, Search, Target, TargetResult, report_unavailable_regions,
};

/// Creates a client for a region. `subject` is the subject of the failure if no call is possible. Warns if
/// requests are sent unencrypted to another machine.
pub(super) fn create_client(
    config: &Config,
    region: Region,
    calls: Calls,
    subject: &Subject,
    reporter: &Reporter,
) -> Result<Client, Failure> {
    let client = config.client_in(region, calls, subject)?;
    let endpoint = &client.endpoint;
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
    context: &Context,
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
        let host = client.endpoint.host();
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

/// The ID of the portal with this name in the client's region. Calls ListPortals.
///
/// # Errors
/// A call failed, or none or several portals have the name.
pub(super) async fn resolve_name(
    client: &Client,
    name: &PortalName,
    names: &PortalNames,
) -> Result<PortalId, Failure> {
    let portals: Vec<Portal> = match client.list_portals(None).try_concat().await {
        Ok(portals) => portals,
        // Without credentials a name cannot be looked up, and the argument may be a mistyped ID.
        Err(CallError::NoCredentials(error)) if name.may_be_meant_as_an_id() => {
            return Err(not_an_id(name, &error.reason));
        }
        Err(error) => return Err(Call::new(client, Operation::ListPortals).to_failure(&error)),
    };
    names.add(&portals);
    let is_used = |reading: &&str| portals.iter().any(|portal| is_named(portal, reading));
    let used = name.readings().into_iter().find(is_used);
    let used = used.unwrap_or(name.as_str());
    let (found, others): (Vec<Portal>, Vec<Portal>) = portals
        .into_iter()
        .partition(|portal| is_named(portal, used));
    match &found[..] {
        [portal] => listed_portal_id(client, portal),
        [] => {
            let nearest = nearest_name(&others, name.as_str());
            Err(not_found(client, name, nearest))
        }
        several => {
            let ids: Vec<&str> = several.iter().filter_map(Portal::portal_id).collect();
            let message = format!(
                "{} portals in {} have the name {used:?}: {}",
                several.len(),
                client.region,
                ids.join(", ")
            );
            Err(Failure::usage(message).with_hint("name the portal by its ID"))
        }
    }
}

fn not_found(client: &Client, name: &PortalName, nearest: Option<&str>) -> Failure {
    let (region, wanted) = (&client.region, name.as_str());
    let list = format!("`wsb list-portals --region {region}` lists");
    let hint = match nearest {
        Some(nearest) => format!("did you mean {nearest:?}? {list} them all"),
        None => {
            let id = match name.may_be_meant_as_an_id() {
                true => "; if you meant an ID, it has 36 letters, digits and hyphens",
                false => "",
            };
            format!("{list} its portals; --all-regions lists those of every region{id}")
        }
    };
    let message = format!("no portal in {region} has the name or endpoint {wanted:?}");
    Failure::new(Code::NotFound, message).with_hint(hint)
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

/// The display name or the host that is most similar to a name; `None` if none is similar enough for a typo.
fn nearest_name<'a>(portals: &'a [Portal], name: &str) -> Option<&'a str> {
    // The threshold of clap's own suggestions.
    const NEAR: f64 = 0.8;
    let name = name.to_lowercase();
    portals
        .iter()
        .flat_map(|portal| [&portal.display_name, &portal.portal_endpoint])
        .flatten()
        .map(|other| (strsim::jaro_winkler(&other.to_lowercase(), &name), &**other))
        .filter(|(nearness, _)| *nearness > NEAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, other)| other)
}

/// Whether this is the portal's display name, its endpoint or its custom domain. Hosts are compared without
/// regard to case (RFC 4343).
pub(super) fn is_named(portal: &Portal, name: &str) -> bool {
    let is_host = |host: &Option<String>| {
        let host = host.as_deref();
        host.is_some_and(|host| host.eq_ignore_ascii_case(name))
    };
    portal.display_name.as_deref() == Some(name)
        || is_host(&portal.portal_endpoint)
        || is_host(&portal.portal_custom_domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_exactly_a_host_in_any_case_and_the_nearest_name_is_kept() {
        let portal = |name: &str, host: &str| Portal {
            display_name: Some(name.to_owned()),
            portal_endpoint: Some(host.to_owned()),
            ..Portal::default()
        };
        let find = |name: &str| {
            let portals = [("Contracts", "a.example"), ("Contractors", "b.example")];
            let portals = portals.map(|(display, host)| portal(display, host));
            let (found, others): (Vec<_>, Vec<_>) = portals
                .into_iter()
                .partition(|portal| is_named(portal, name));
            (found.len(), nearest_name(&others, name).map(str::to_owned))
        };
        assert_eq!(find("B.Example"), (1, Some("a.example".to_owned())));
        assert_eq!(find("contractors"), (0, Some("Contractors".to_owned())));
        assert_eq!(find("Contrators"), (0, Some("Contractors".to_owned())));
        assert_eq!(find("Sales"), (0, None));
        assert_eq!(find("Contractors").0, 1);
    }
}
