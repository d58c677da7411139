//! The credentials and the region of an EC2 instance, from its metadata service (botocore's
//! `InstanceMetadataFetcher`), with aws-config's client. Only version 2 of the service is used, because version 1
//! gives the credentials to every program that can make the machine send a GET request.
//!
//! aws-config's `ImdsCredentialsProvider` panics if a role name ends with a line break. Its client panics if the
//! lifetime of a token is very long, so `Transport` limits the lifetime.

use std::time::Duration;

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::Value;

use super::sdk::{find, one_line};
use super::{container, retry};
use crate::config::names::{METADATA_ATTEMPTS, METADATA_DISABLED, METADATA_TIMEOUT};
use crate::config::settings::AccountSettings;
use crate::config::transport::Transport;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::Unreachable;

const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";
const REGION_PATH: &str = "/latest/meta-data/placement/region";

/// The default number of attempts. A failed connection is not repeated by default, so that a machine that is
/// not an instance does not wait.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

const NAME: &str = "the instance's metadata service";

/// Returns the instance's credentials; `None` if the service is disabled.
///
/// # Errors
/// [`ProviderErrorKind::NotConfigured`] if this machine has no such service or no role, or the error of the
/// service.
pub(super) async fn credentials(
    settings: &AccountSettings,
    transport: &Transport,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(service) = MetadataService::new(settings, transport)? else {
        return Ok(None);
    };
    let roles = service.get(ROLE_PATH).await?;
    let Some(role) = roles.lines().next() else {
        let reason = "this instance has no role";
        return Err(ProviderError::new(ProviderErrorKind::NotConfigured, reason));
    };
    let path = format!("{ROLE_PATH}{}", role.trim());
    let is_cut_short = |document: &String| serde_json::from_str::<Value>(document).is_err();
    let document = retry(
        (service.attempts, PAUSE),
        |result| result.as_ref().is_ok_and(is_cut_short),
        || service.get(&path),
    );
    let document = document.await?;
    let found = container::parse(document.as_bytes());
    found.map(Some).map_err(|what| unusable(&document, what))
}

/// The instance's region; `None` if this machine is not an instance or its region cannot be read.
pub(in crate::config) async fn region(
    settings: &AccountSettings,
    transport: &Transport,
) -> Option<String> {
    let service = MetadataService::new(settings, transport).ok()??;
    let region = service.get(REGION_PATH).await.ok()?;
    Some(region.trim().to_owned())
}

/// The error for a reply that is not credentials, with the message of the service.
fn unusable(document: &str, what: &str) -> ProviderError {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let message = document.get("Message").and_then(Value::as_str);
    let message = message.map_or_else(String::new, |text| format!(": {}", one_line(text)));
    let reason = format!("{NAME} returned {what}{message}");
    ProviderError::rejected(reason)
}

struct MetadataService {
    client: aws_config::imds::Client,
    attempts: u32,
    retries_connections: bool,
}

impl MetadataService {
    /// Creates a client of the service; `None` if the service is disabled.
    fn new(
        settings: &AccountSettings,
        transport: &Transport,
    ) -> Result<Option<Self>, ProviderError> {
        let disabled = settings.environment.var(METADATA_DISABLED);
        if disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let lookup = settings.lookup();
        let timeout = lookup.number(&METADATA_TIMEOUT)?.unwrap_or(1);
        let timeout = Duration::from_secs(timeout.into());
        let attempts = lookup.number(&METADATA_ATTEMPTS)?;
        let config = ProviderConfig::empty()
            .with_http_client(transport.with_timeout(timeout))
            .with_sleep_impl(TokioSleep::new());
        // The client's own limits would end a call before the timeouts that are set.
        let limit = timeout.saturating_mul(4);
        let client = aws_config::imds::Client::builder()
            .configure(&config)
            .endpoint(lookup.metadata_endpoint()?.trim_end_matches('/'))
            .map_err(|error| ProviderError::invalid(error.to_string()))?
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

    /// Reads a document as text, which is empty if the service has no such document.
    async fn get(&self, path: &str) -> Result<String, ProviderError> {
        // The client panics if the text is not a valid path.
        if path.parse::<http::uri::PathAndQuery>().is_err() {
            return Err(ProviderError::invalid(format!(
                "{NAME} returned a role name that cannot be part of a request"
            )));
        }
        let result = retry(
            (self.attempts, PAUSE),
            |result| result.as_ref().is_err_and(|error| self.is_transient(error)),
            || self.client.get(path),
        );
        match result.await {
            Ok(document) => Ok(document.into()),
            Err(error) => match (status(&error), find::<ProviderError>(&error)) {
                (Some(status), _) if is_about_token(&error) => Err(no_token(status)),
                (Some(404), _) => Ok(String::new()),
                (Some(status), _) => Err(ProviderError::rejected(format!(
                    "{NAME} returned HTTP status {status}"
                ))),
                (None, Some(cause)) if is_about_token(&error) => Err(no_reply(cause)),
                (None, Some(cause)) => Err(cause.clone()),
                (None, None) => Err(ProviderError::invalid(format!(
                    "{NAME} returned an unexpected response"
                ))),
            },
        }
    }

    /// Whether another attempt can succeed: the service throttled the request, failed, or did not reply.
    fn is_transient(&self, error: &ImdsError) -> bool {
        let cause = find::<ProviderError>(error).map(|cause| &cause.kind);
        match (status(error), cause) {
            (Some(status), _) => status >= 500 || status == 429,
            (None, Some(ProviderErrorKind::Unreachable(Unreachable::AttemptTimedOut))) => true,
            (None, Some(ProviderErrorKind::Unreachable(_))) => self.retries_connections,
            (None, _) => false,
        }
    }
}

/// Whether the request for a token failed. All other requests need a token.
fn is_about_token(error: &ImdsError) -> bool {
    matches!(error, ImdsError::FailedToLoadToken(_))
}

/// The HTTP status of the reply; `None` if there was no reply.
fn status(error: &ImdsError) -> Option<u16> {
    let reply = match error {
        ImdsError::ErrorResponse(error) => Some(error.response()),
        error => find::<SdkError<TokenError, HttpResponse>>(error)?.raw_response(),
    };
    Some(reply?.status().as_u16())
}

/// The error for a reply with this status to the request for a token.
fn no_token(status: u16) -> ProviderError {
    match status {
        200 => ProviderError::invalid(format!("{NAME} returned a token that cannot be used")),
        403..=405 => ProviderError::new(
            ProviderErrorKind::NotConfigured,
            format!(
                "{NAME} gives no token (HTTP status {status}): it is disabled, or has version 1 only, which wsb does not use (turn IMDSv2 on)"
            ),
        ),
        _ => ProviderError::rejected(format!(
            "{NAME} returned HTTP status {status} to the request for a token"
        )),
    }
}

/// The error if there is no reply: this machine is not an instance, or the hop limit keeps the reply from a
/// container.
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
