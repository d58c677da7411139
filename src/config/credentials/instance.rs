//! Credentials and region of an EC2 instance, from its metadata service (botocore's
//! `InstanceMetadataFetcher`), with aws-config's client. Only version 2 of the service is used: version 1 gives
//! the credentials to every program that can make the machine send a GET request.
//!
//! aws-config's `ImdsCredentialsProvider` panics if a role name ends with a line break.

use std::time::Duration;

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::Value;

use super::container;
use super::sdk::{find, one_line};
use crate::config::names::{METADATA_ATTEMPTS, METADATA_DISABLED, METADATA_TIMEOUT};
use crate::config::settings::AccountSettings;
use crate::config::transport::ProviderTransport;
use crate::diagnostics::Failure;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::Unreachable;

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
    let roles = service.get(ROLE_PATH).await?;
    let Some(role) = roles.as_deref().and_then(|roles| roles.lines().next()) else {
        let reason = "this instance has no role";
        return Err(ProviderError::new(ProviderErrorKind::NotConfigured, reason));
    };
    let path = format!("{ROLE_PATH}{}", role.trim());
    let mut attempt = 1;
    loop {
        let document = service.get(&path).await?.unwrap_or_default();
        if let Some(found) = container::parse(document.as_bytes()) {
            return Ok(Some(found));
        }
        match serde_json::from_str::<Value>(&document) {
            // It was cut short.
            Err(_) if attempt < service.attempts => attempt += 1,
            document => return Err(no_credentials(&document.unwrap_or_default())),
        }
    }
}

/// The instance's region, if this machine is an instance.
pub(in crate::config) async fn region(
    settings: &AccountSettings,
    transport: &ProviderTransport,
) -> Option<String> {
    let service = MetadataService::new(settings, transport).ok()??;
    let region = service.get(REGION_PATH).await.ok()??;
    Some(region.trim().to_owned())
}

fn no_credentials(document: &Value) -> ProviderError {
    let message = document.get("Message").and_then(Value::as_str);
    let message = message.map_or_else(String::new, |text| format!(": {}", one_line(text)));
    let reason = format!("{NAME} returned no credentials of its role{message}");
    ProviderError::new(ProviderErrorKind::Rejected, reason)
}

struct MetadataService {
    client: aws_config::imds::Client,
    attempts: u32,
    /// Whether a failed connection is repeated.
    retries_connections: bool,
}

impl MetadataService {
    /// A client of the instance metadata service; `None` if it is disabled.
    fn new(
        settings: &AccountSettings,
        transport: &ProviderTransport,
    ) -> Result<Option<Self>, ProviderError> {
        let disabled = settings.environment.var(METADATA_DISABLED);
        if disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let lookup = settings.lookup();
        let invalid_setting = |error: Failure| ProviderError::invalid(error.message());
        let timeout = lookup.number(&METADATA_TIMEOUT).map_err(invalid_setting)?;
        let timeout = Duration::from_secs(timeout.unwrap_or(1).into());
        let attempts = lookup.number(&METADATA_ATTEMPTS).map_err(invalid_setting)?;
        let endpoint = match lookup.metadata_endpoint() {
            Some(endpoint) => endpoint,
            None if lookup.is_metadata_ipv6().map_err(invalid_setting)? => {
                "http://[fd00:ec2::254]".to_owned()
            }
            None => "http://169.254.169.254".to_owned(),
        };
        let invalid = || {
            ProviderError::invalid(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT, or ec2_metadata_service_endpoint in the profile, is not a valid URI",
            )
        };
        let uri: http::Uri = endpoint.parse().map_err(|_| invalid())?;
        if uri.scheme().is_none() || uri.host().is_none() {
            return Err(invalid());
        }
        // The client's own limits would end a call before the timeouts that are set.
        let limit = timeout.saturating_mul(4);
        let config = ProviderConfig::empty()
            .with_http_client(transport.clone())
            .with_sleep_impl(TokioSleep::new());
        let client = aws_config::imds::Client::builder()
            .configure(&config)
            .endpoint(endpoint.trim_end_matches('/'))
            .map_err(|_| invalid())?
            .connect_timeout(timeout)
            .read_timeout(timeout)
            .operation_attempt_timeout(limit)
            .operation_timeout(limit)
            .max_attempts(1)
            .build();
        Ok(Some(Self {
            client,
            attempts: attempts.unwrap_or(ATTEMPTS),
            retries_connections: attempts.is_some(),
        }))
    }

    /// A document as text; nothing if the service has no such document.
    async fn get(&self, path: &str) -> Result<Option<String>, ProviderError> {
        // The client panics if the text is not a valid path.
        if path.parse::<http::uri::PathAndQuery>().is_err() {
            return Err(ProviderError::invalid(format!(
                "{NAME} returned a role name that cannot be part of a request"
            )));
        }
        let mut attempt = 1;
        loop {
            let error = match self.client.get(path).await {
                Ok(document) => return Ok(Some(document.into())),
                Err(error) => error,
            };
            let (status, cause) = (status(&error), find::<ProviderError>(&error));
            if attempt < self.attempts && self.is_transient(status, cause) {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let is_token = matches!(error, ImdsError::FailedToLoadToken(_));
            return match (status, cause) {
                (Some(404), _) if !is_token => Ok(None),
                (Some(status), _) if is_token => Err(no_token(status)),
                (Some(status), _) => Err(ProviderError::new(
                    ProviderErrorKind::Rejected,
                    format!("{NAME} returned HTTP status {status}"),
                )),
                (None, Some(cause)) if is_token => Err(no_reply(cause)),
                (None, Some(cause)) => Err(cause.clone()),
                (None, None) => Err(ProviderError::invalid(format!(
                    "{NAME} returned an unexpected response"
                ))),
            };
        }
    }

    /// Whether another attempt can succeed: the service throttled the request, failed, or did not reply.
    fn is_transient(&self, status: Option<u16>, cause: Option<&ProviderError>) -> bool {
        match (status, cause.map(|cause| &cause.kind)) {
            (Some(status), _) => status >= 500 || status == 429,
            (None, Some(ProviderErrorKind::Unreachable(Unreachable::AttemptTimedOut))) => true,
            (None, Some(ProviderErrorKind::Unreachable(_))) => self.retries_connections,
            (None, _) => false,
        }
    }
}

/// The HTTP status of the reply, if there was one.
fn status(error: &ImdsError) -> Option<u16> {
    let reply = match error {
        ImdsError::ErrorResponse(error) => Some(error.response()),
        error => find::<SdkError<TokenError, HttpResponse>>(error)?.raw_response(),
    };
    Some(reply?.status().as_u16())
}

/// The error for the status of a token request. Without a token, no other request is possible.
fn no_token(status: u16) -> ProviderError {
    let (kind, reason) = match status {
        200 => (
            ProviderErrorKind::Invalid,
            format!("{NAME} returned a token that cannot be used"),
        ),
        403..=405 => (
            ProviderErrorKind::NotConfigured,
            format!(
                "{NAME} gives no token (HTTP status {status}): it is disabled, or has version 1 only, which wsb does not use (turn IMDSv2 on)"
            ),
        ),
        _ => (
            ProviderErrorKind::Rejected,
            format!("{NAME} returned HTTP status {status} to the request for a token"),
        ),
    };
    ProviderError::new(kind, reason)
}

/// The error if there is no reply: the machine is not an instance, or the reply does not reach a container
/// because of the hop limit.
fn no_reply(cause: &ProviderError) -> ProviderError {
    let mut reason = format!("{NAME} did not reply: {}", cause.reason);
    if cause.kind == ProviderErrorKind::Unreachable(Unreachable::AttemptTimedOut) {
        reason.push_str(
            "; in a container of an instance, the hop limit of its metadata options has to be 2 or more",
        );
    }
    ProviderError {
        kind: ProviderErrorKind::NotConfigured,
        reason,
        source: cause.source.clone(),
    }
}
