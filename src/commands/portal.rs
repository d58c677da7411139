//! From a portal as it was named to its ID and a client for its region.

use std::sync::Arc;

use crate::account::{Account, Calls};
use crate::cli;
use crate::delivery::deadline::Deadline;
use crate::delivery::interrupt::Interrupt;

use super::{interrupted, subject, warn_of_plain_http};
use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{Report, Reporter};
use crate::diagnostics::usage::UsageError;
use crate::service::client::Client;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, PortalName, PortalReference};
use crate::service::model::{ArnPart, Document};

/// The IAM action that the look-up needs.
pub(super) const ACTION: &str = "workspaces-web:ListPortals";

/// What a command about a portal works with.
pub(super) struct Opened {
    pub(super) client: Client,
    pub(super) portal: PortalId,
    pub(super) interrupt: Interrupt,
}

/// Sets up a client for the portal's region and finds the portal's ID.
///
/// # Errors
/// What ended the command early. An error that has been reported is the exit code.
pub(super) async fn open(
    flags: cli::Connection,
    reference: PortalReference,
    calls: Calls,
    deadline: Deadline,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Result<Opened, Code>> {
    let loading = Account::load(
        flags,
        reference.arn(),
        deadline.at(),
        Arc::clone(reporter) as _,
    );
    let Some(account) = deadline.unless(loading).await else {
        return Ok(Err(
            deadline.report(reporter, " before the settings were read")
        ));
    };
    let account = account?;
    let client = account.client_in(account.region()?, calls)?;
    warn_of_plain_http(&client, reporter);
    let mut interrupt = Interrupt::listen();
    let resolving = resolve(&client, reference, reporter);
    let portal = match interrupt.unless(deadline.unless(resolving)).await {
        Some(Some(Ok(portal))) => portal,
        Some(Some(Err(code))) => return Ok(Err(code)),
        Some(None) => {
            let what = format!(" before {} told the portals", client.endpoint().host());
            return Ok(Err(deadline.report(reporter, &what)));
        }
        None => return Ok(Err(interrupted(reporter, &interrupt, ""))),
    };
    Ok(Ok(Opened {
        client,
        portal,
        interrupt,
    }))
}

/// The portal's ID. Only a name costs calls: those of ListPortals in the client's region.
///
/// # Errors
/// The exit code, once what went wrong has been reported.
async fn resolve(
    client: &Client,
    portal: PortalReference,
    reporter: &Reporter,
) -> Result<PortalId, Code> {
    let name = match portal {
        PortalReference::Id(id) => return Ok(id),
        PortalReference::Arn(arn) => return Ok(arn.portal),
        PortalReference::Name(name) => name,
    };
    let found = match find(client, name.as_str()).await {
        Ok(found) => found,
        // Without credentials, whoever mistyped an ID should hear that first.
        Err(CallError::NoCredentials { reason, .. }) if name.may_be_meant_as_an_id() => {
            return Err(refuse(reporter, &not_an_id(&name, &reason)));
        }
        Err(error) => return Err(reporter.call_failed(&error, &subject(client, ACTION))),
    };
    let region = client.region();
    match &found[..] {
        [one] => one
            .portal_arn(ArnPart::PortalId)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| {
                let message = format!(
                    "the portal {:?} has an ARN of an unknown form",
                    name.as_str()
                );
                report(
                    reporter,
                    Code::NotTheService,
                    "NotTheService",
                    message,
                    None,
                )
            }),
        [] => {
            let message = format!(
                "no portal in {region} has the name or endpoint {:?}",
                name.as_str()
            );
            let id = if name.may_be_meant_as_an_id() {
                "; if an ID was meant, it has 36 letters, digits and hyphens"
            } else {
                ""
            };
            let hint = format!(
                "`wsb list-portals --region {region}` lists them, with --all-regions everywhere{id}"
            );
            Err(report(
                reporter,
                Code::NotFound,
                "NotFound",
                message,
                Some(hint),
            ))
        }
        several => {
            let ids: Vec<&str> = several
                .iter()
                .filter_map(|portal| portal.portal_arn(ArnPart::PortalId))
                .collect();
            let message = format!(
                "{} portals in {region} have the name {:?}: {}",
                several.len(),
                name.as_str(),
                ids.join(", ")
            );
            Err(refuse(
                reporter,
                &UsageError::new(message).with_hint("name the portal by its ID"),
            ))
        }
    }
}

fn report(
    reporter: &Reporter,
    code: Code,
    name: &str,
    message: String,
    hint: Option<String>,
) -> Code {
    reporter.error(&Report::new(code, name, message, hint));
    code
}

fn refuse(reporter: &Reporter, error: &UsageError) -> Code {
    let (message, hint) = (error.message.clone(), error.hint.clone());
    report(reporter, Code::Usage, "Usage", message, hint)
}

fn not_an_id(name: &PortalName, reason: &str) -> UsageError {
    let id_error = match name.as_str().parse::<PortalId>() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    UsageError::new(id_error).with_hint(format!(
        "if it is a portal's name, looking it up needs credentials, and there are none: {reason}"
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
