//! Credentials and region of an EC2 instance, from its metadata service (botocore's
//! `InstanceMetadataFetcher`). Only version 2 of the service is used: version 1 gives the credentials to every
//! program that can make the machine send a GET request.
//!
//! aws-config's `ImdsCredentialsProvider`, and its client of the service, panic if a role name ends with a line
//! break.

use std::time::Duration;

use aws_credential_types::Credentials;
use http::{HeaderValue, Method};
use serde_json::Value;

use super::sdk::one_line;
use super::{container, retry};
use crate::config::names::{METADATA_ATTEMPTS, METADATA_DISABLED, METADATA_TIMEOUT};
use crate::config::settings::AccountSettings;
use crate::config::transport::ProviderTransport;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::Unreachable;

const TOKEN_PATH: &str = "/latest/api/token";
const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";
const REGION_PATH: &str = "/latest/meta-data/placement/region";

/// The default number of attempts. A failed connection is not repeated by default, so that a machine that is
/// not an instance does not wait.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

const NAME: &str = "the instance's metadata service";

/// The instance's credentials, unless the service is disabled.
///
/// # Errors
/// [`ProviderErrorKind::NotConfigured`] if this machine has no such service or no role, or the error of the
/// service.
pub(super) async fn credentials(
    settings: &AccountSettings,
    transport: &ProviderTransport,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(service) = MetadataService::new(settings, transport)? else {
        return Ok(None);
    };
    let token = service.token().await?;
    let roles = service.get(ROLE_PATH, &token).await?;
    let Some(role) = roles.lines().next() else {
        let reason = "this instance has no role";
        return Err(ProviderError::new(ProviderErrorKind::NotConfigured, reason));
    };
    let path = format!("{ROLE_PATH}{}", role.trim());
    let is_cut_short = |document: &String| serde_json::from_str::<Value>(document).is_err();
    let document = retry(
        (service.attempts, PAUSE),
        |result| result.as_ref().is_ok_and(is_cut_short),
        || service.get(&path, &token),
    );
    let document = document.await?;
    match container::parse(document.as_bytes()) {
        Some(found) => Ok(Some(found)),
        None => Err(no_credentials(&document)),
    }
}

/// The instance's region, if this machine is an instance.
pub(in crate::config) async fn region(
    settings: &AccountSettings,
    transport: &ProviderTransport,
) -> Option<String> {
    let service = MetadataService::new(settings, transport).ok()??;
    let token = service.token().await.ok()?;
    let region = service.get(REGION_PATH, &token).await.ok()?;
    Some(region.trim().to_owned())
}

fn no_credentials(document: &str) -> ProviderError {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let message = document.get("Message").and_then(Value::as_str);
    let message = message.map_or_else(String::new, |text| format!(": {}", one_line(text)));
    let reason = format!("{NAME} returned no credentials of its role{message}");
    ProviderError::rejected(reason)
}

type StatusAndText = (u16, String);

struct MetadataService {
    transport: ProviderTransport,
    endpoint: String,
    attempts: u32,
    /// Whether a failed connection is repeated.
    retries_connections: bool,
}

impl MetadataService {
    /// The instance metadata service; `None` if it is disabled.
    fn new(
        settings: &AccountSettings,
        transport: &ProviderTransport,
    ) -> Result<Option<Self>, ProviderError> {
        let disabled = settings.environment.var(METADATA_DISABLED);
        if disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let lookup = settings.lookup();
        let timeout = lookup.number(&METADATA_TIMEOUT)?.unwrap_or(1);
        let attempts = lookup.number(&METADATA_ATTEMPTS)?;
        let endpoint = lookup.metadata_endpoint()?;
        Ok(Some(Self {
            transport: transport.with_timeout(Duration::from_secs(timeout.into())),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            attempts: attempts.unwrap_or(ATTEMPTS),
            retries_connections: attempts.is_some(),
        }))
    }

    /// A session token, without which no other request is possible.
    async fn token(&self) -> Result<String, ProviderError> {
        let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        let reply = self.send(Method::PUT, TOKEN_PATH, lifetime).await;
        match reply.map_err(no_reply)? {
            (200, token) if HeaderValue::from_str(&token).is_ok() => Ok(token),
            (200, _) => Err(ProviderError::invalid(format!(
                "{NAME} returned a token that cannot be used"
            ))),
            (status @ 403..=405, _) => Err(ProviderError::new(
                ProviderErrorKind::NotConfigured,
                format!(
                    "{NAME} gives no token (HTTP status {status}): it is disabled, or has version 1 only, which wsb does not use (turn IMDSv2 on)"
                ),
            )),
            (status, _) => Err(ProviderError::rejected(format!(
                "{NAME} returned HTTP status {status} to the request for a token"
            ))),
        }
    }

    /// A document as text, which is empty if the service has no such document.
    async fn get(&self, path: &str, token: &str) -> Result<String, ProviderError> {
        let token = ("x-aws-ec2-metadata-token", token);
        match self.send(Method::GET, path, token).await? {
            (200, document) => Ok(document),
            (404, _) => Ok(String::new()),
            (status, _) => {
                let reason = format!("{NAME} returned HTTP status {status}");
                Err(ProviderError::rejected(reason))
            }
        }
    }

    /// Sends a request and returns the status and the body of the reply.
    #[expect(
        clippy::disallowed_methods,
        reason = "requests the metadata of an instance"
    )]
    async fn send(
        &self,
        method: Method,
        path: &str,
        (header, value): (&str, &str),
    ) -> Result<StatusAndText, ProviderError> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header(header, value)
            .body(Vec::new());
        let request = request.map_err(|_| {
            ProviderError::invalid(format!(
                "{NAME} returned a role name that cannot be part of a request"
            ))
        })?;
        let is_transient = |result: &_| self.is_transient(result);
        let attempt = || async {
            let reply = self.transport.send(request.clone()).await?;
            let text = String::from_utf8_lossy(reply.body()).into_owned();
            Ok((reply.status().as_u16(), text))
        };
        retry((self.attempts, PAUSE), is_transient, attempt).await
    }

    /// Whether another attempt can succeed: the service throttled the request, failed, or did not reply.
    fn is_transient(&self, result: &Result<StatusAndText, ProviderError>) -> bool {
        match result.as_ref().map_err(|error| &error.kind) {
            Ok((status, _)) => *status >= 500 || *status == 429,
            Err(ProviderErrorKind::Unreachable(Unreachable::AttemptTimedOut)) => true,
            Err(ProviderErrorKind::Unreachable(_)) => self.retries_connections,
            Err(_) => false,
        }
    }
}

/// The error if there is no reply: the machine is not an instance, or the reply does not reach a container
/// because of the hop limit.
fn no_reply(cause: ProviderError) -> ProviderError {
    let mut reason = format!("{NAME} did not reply: {}", cause.reason);
    if cause.kind == ProviderErrorKind::Unreachable(Unreachable::AttemptTimedOut) {
        reason.push_str(
            "; in a container of an instance, the hop limit of its metadata options has to be 2 or more",
        );
    }
    ProviderError {
        kind: ProviderErrorKind::NotConfigured,
        reason,
        source: cause.source,
    }
}
