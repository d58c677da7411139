//! Configures the SDK clients of STS, IAM Identity Center and AWS sign-in to use our HTTP client.

use std::error::Error;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::CredentialRequest;
use crate::config::names::Name;
use crate::service::client::transport::innermost;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// Creates the configuration of an SDK client, and records that the provider waits for its service. `service` is
/// the service's name in messages and the name of its endpoint. If an endpoint is set for this service, the client
/// calls it in place of the FIPS or dual-stack endpoint.
///
/// # Errors
/// The endpoint is not a URL that can be called.
pub(super) fn sdk_config(
    context: &CredentialRequest<'_>,
    service: (&str, &Name),
    region: &str,
) -> Result<SdkConfig, ProviderError> {
    let (name, service) = service;
    context.waits_for(format!("{name} in {region}"));
    let settings = &context.chain.settings;
    let transport = &context.chain.transport;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(transport.connect_timeout)
        .read_timeout(transport.read_timeout);
    let mut retries = RetryConfig::standard();
    if let Some(attempts) = settings.max_attempts {
        retries = retries.with_max_attempts(attempts);
    }
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(transport.clone())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(retries)
        .timeout_config(timeouts.build());
    let config = match settings.endpoint(service)? {
        Some(endpoint) => config.endpoint_url(endpoint.url()),
        None => config
            .use_fips(settings.fips)
            .use_dual_stack(settings.dual_stack),
    };
    Ok(config.build())
}

/// Converts the error of an SDK client. `service` is the service's name in messages. The SDK's chain of errors is
/// dropped, because it can contain the request with its secrets.
pub(super) fn from_sdk<E>(service: &str, error: SdkError<E, HttpResponse>) -> ProviderError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let Some(error) = find::<ProviderError>(&error) {
        return error.clone();
    }
    let status = error
        .raw_response()
        .map_or(0, |response| response.status().as_u16());
    if !matches!(
        error,
        SdkError::ServiceError(_) | SdkError::ResponseError(_)
    ) {
        let reason = one_line(&innermost(&error));
        return ProviderError::invalid(format!("{service} could not be called: {reason}"));
    }
    let rejection = error.as_service_error().filter(|_| status >= 300);
    let code = rejection.and_then(ProvideErrorMetadata::code);
    let message = rejection.and_then(ProvideErrorMetadata::message);
    let reason = match (code, message.map(one_line)) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => format!("{service} rejected the request with {code}"),
        (None, Some(message)) => format!("{service} rejected the request: {message}"),
        (None, None) => format!(
            "{service} returned an unexpected response (HTTP {status}), perhaps from a proxy"
        ),
    };
    let kind = match status {
        400..=428 | 430..=499 => ProviderErrorKind::Rejected,
        _ => ProviderErrorKind::Failed,
    };
    ProviderError::new(kind, reason)
}

/// Finds an error of type `E` among an error and its causes.
pub(super) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error| (*error).source())
        .find_map(|error| error.downcast_ref())
}

/// Joins the lines of a message with semicolons.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to apply the endpoint to Request {{ body: hunter2 }}")]
    struct WithRequest(#[from] std::fmt::Error);

    #[test]
    fn only_the_innermost_error_of_the_sdk_is_kept() {
        let error = WithRequest(std::fmt::Error);
        let innermost = std::fmt::Error.to_string();
        let error = SdkError::<AssumeRoleError, _>::construction_failure(error);
        let error = from_sdk("STS", error);
        assert_eq!(
            error.reason,
            format!("STS could not be called: {innermost}")
        );
        assert!(error.source.is_none(), "{error:?}");
    }
}
