//! Credentials and region of an EC2 instance, from its metadata service (botocore's
//! `InstanceMetadataFetcher`), through the client of aws-config. It uses version 2 of the service
//! alone: version 1 gives the role's credentials to whatever can make the machine send a GET.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, SharedRetryClassifier,
};
use serde_json::Value;

use super::provider_error::{Kind, ProviderError, one_line, unreached};
use super::{Context, container};
use crate::config::settings::{Name, variable};
use crate::config::transport::Unreached;

const ENDPOINT: Name = Name::new(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2_metadata_service_endpoint",
);
const ENDPOINT_MODE: Name = Name::new(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "ec2_metadata_service_endpoint_mode",
);
const USE_IPV6: Name = Name::new("AWS_IMDS_USE_IPV6", "imds_use_ipv6");
const TIMEOUT: Name = Name::new("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
const ATTEMPTS: Name = Name::new(
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "metadata_service_num_attempts",
);

const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";
const REGION_PATH: &str = "/latest/meta-data/placement/region";

/// Time for all the attempts of a request, besides their own timeouts.
const WHOLE: Duration = Duration::from_secs(30);

const NAME: &str = "the instance's metadata service";

/// The instance's credentials.
///
/// # Errors
/// [`Kind::NothingSetUp`] where this machine has no such service or no role, and what is wrong with
/// a service that is there.
pub(super) async fn credentials(
    context: &Arc<Context>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(service) = MetadataService::of(context)? else {
        return Ok(None);
    };
    let roles = service.get(ROLE_PATH).await?;
    let Some(role) = roles.as_deref().and_then(|roles| roles.lines().next()) else {
        return Err(ProviderError::new(
            Kind::NothingSetUp,
            "this instance has no role",
        ));
    };
    let path = format!("{ROLE_PATH}{}", role.trim());
    let document = service.get(&path).await?.unwrap_or_default();
    if let Some(credentials) = container::read(document.as_bytes()) {
        return Ok(Some(credentials));
    }
    let document: Value = serde_json::from_str(&document).unwrap_or_default();
    let said = document.get("Message").and_then(Value::as_str);
    let said = said.map_or_else(String::new, |text| format!(": {}", one_line(text)));
    Err(ProviderError::new(
        Kind::Refused,
        format!("{NAME} gave no credentials of its role{said}"),
    ))
}

/// The instance's region, if this machine is one that tells it.
pub(in crate::config) async fn region(context: &Arc<Context>) -> Option<String> {
    let service = MetadataService::of(context).ok()??;
    let region = service.get(REGION_PATH).await.ok()??;
    Some(region.trim().to_owned()).filter(|region| !region.is_empty())
}

struct MetadataService(aws_config::imds::Client);

impl MetadataService {
    /// The service, unless the environment says not to use it.
    fn of(context: &Context) -> Result<Option<Self>, ProviderError> {
        let is_true = |text: String| text.eq_ignore_ascii_case("true");
        if variable("AWS_EC2_METADATA_DISABLED").is_some_and(is_true) {
            return Ok(None);
        }
        let settings = &context.settings;
        let number = |name| {
            let number = settings.number(name);
            let number = number.map_err(|error| ProviderError::unusable(error.to_string()))?;
            Ok::<u32, ProviderError>(number.unwrap_or(1))
        };
        let is_ipv6 = settings
            .text(&ENDPOINT_MODE)
            .is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"))
            || settings.text(&USE_IPV6).is_some_and(is_true);
        let default = if is_ipv6 {
            "http://[fd00:ec2::254]"
        } else {
            "http://169.254.169.254"
        };
        let endpoint = settings.text(&ENDPOINT);
        let endpoint = endpoint.unwrap_or_else(|| default.to_owned());
        let invalid = || {
            ProviderError::unusable(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT, or ec2_metadata_service_endpoint in the profile, is not a valid URI",
            )
        };
        let uri: http::Uri = endpoint.parse().map_err(|_| invalid())?;
        if uri.scheme().is_none() || uri.host().is_none() {
            return Err(invalid());
        }
        let timeout = Duration::from_secs(number(&TIMEOUT)?.into());
        let attempts = number(&ATTEMPTS)?.max(1);
        // The client's own limits, which would end a call before the timeouts that are set.
        let whole = WHOLE + timeout.saturating_mul(attempts).saturating_mul(4);
        let config = ProviderConfig::empty()
            .with_http_client(context.transport.clone())
            .with_sleep_impl(TokioSleep::new());
        let client = aws_config::imds::Client::builder()
            .configure(&config)
            .endpoint(endpoint.trim_end_matches('/'))
            .map_err(|_| invalid())?
            .connect_timeout(timeout)
            .read_timeout(timeout)
            .operation_attempt_timeout(whole)
            .operation_timeout(whole)
            .max_attempts(attempts)
            .retry_classifier(SharedRetryClassifier::new(Passing))
            .build();
        Ok(Some(Self(client)))
    }

    /// A document as text, or nothing where the service has no such document.
    async fn get(&self, path: &str) -> Result<Option<String>, ProviderError> {
        // The client takes for granted that it is a path.
        if path.parse::<http::uri::PathAndQuery>().is_err() {
            return Err(ProviderError::unusable(format!(
                "{NAME} named a role whose name cannot be asked for"
            )));
        }
        match self.0.get(path).await {
            Ok(document) => Ok(Some(document.into())),
            Err(ImdsError::ErrorResponse(reply)) => match reply.response().status().as_u16() {
                404 => Ok(None),
                status => Err(ProviderError::new(
                    Kind::Refused,
                    format!("{NAME} answered with HTTP status {status}"),
                )),
            },
            Err(error @ ImdsError::FailedToLoadToken(_)) => Err(no_token(&error)),
            Err(error) => Err(match unreached(&error) {
                Some(unreached) => unreached.clone().into(),
                None => {
                    ProviderError::unusable(format!("{NAME} did not answer as that service does"))
                }
            }),
        }
    }
}

/// Attempts a request again if no reply came, or if the service failed.
#[derive(Debug)]
struct Passing;

impl ClassifyRetry for Passing {
    fn name(&self) -> &'static str {
        "the instance's metadata service"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let is_passing = match (context.response(), context.output_or_error()) {
            (Some(response), _) => response.status().is_server_error(),
            // A request for a token has attempts of its own.
            (None, Some(Err(error))) => error
                .as_connector_error()
                .is_some_and(|error| find::<ImdsError>(error).is_none()),
            (None, _) => false,
        };
        if is_passing {
            RetryAction::server_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Why the token that further requests need did not come.
fn no_token(error: &ImdsError) -> ProviderError {
    if let Some(unreached) = unreached(error) {
        return no_answer(unreached);
    }
    let answer = find::<SdkError<TokenError, HttpResponse>>(error);
    let status = answer
        .and_then(SdkError::raw_response)
        .map(|reply| reply.status().as_u16());
    match status {
        Some(200) | None => {
            ProviderError::unusable(format!("{NAME} gave a token that cannot be used"))
        }
        Some(status @ 403..=405) => ProviderError::new(
            Kind::NothingSetUp,
            format!(
                "{NAME} gives no token (HTTP status {status}): it is turned off, or offers version 1 alone, which is refused by design (turn IMDSv2 on)"
            ),
        ),
        Some(status) => ProviderError::new(
            Kind::Refused,
            format!("{NAME} answered a request for a token with HTTP status {status}"),
        ),
    }
}

/// A machine that is no instance has no such service; one that hears the request and cannot answer
/// through a container's network is too many hops away.
fn no_answer(unreached: &Unreached) -> ProviderError {
    let mut reason = format!("{NAME} did not answer: {}", unreached.reason);
    if unreached.reason.starts_with("no reply") {
        reason.push_str(
            "; in a container of an instance, the hop limit of its metadata options has to be 2 or more",
        );
    }
    ProviderError::new(Kind::NothingSetUp, reason)
}
