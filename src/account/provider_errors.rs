//! A provider of aws-config as a source of credentials: its errors in one line each, and the cause
//! that decides what to do next. The one place that knows aws-config's wording.

use std::error::Error;
use std::pin::Pin;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;

use crate::service::credentials::{CredentialSource, CredentialsCause, NoCredentials};

/// A provider of aws-config.
#[derive(Debug)]
pub(super) struct ProviderSource {
    provider: SharedCredentialsProvider,
    /// The profile that was named, if one was; for hints.
    profile: Option<String>,
}

impl ProviderSource {
    pub(super) fn new(provider: SharedCredentialsProvider, profile: Option<String>) -> Self {
        Self { provider, profile }
    }
}

impl CredentialSource for ProviderSource {
    fn credentials(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, NoCredentials>> + Send + '_>> {
        Box::pin(async {
            self.provider
                .provide_credentials()
                .await
                .map_err(|error| no_credentials(&error, self.profile.clone()))
        })
    }
}

/// A provider's error, for credentials of the `profile` that was named, if one was.
pub(super) fn no_credentials(error: &CredentialsError, profile: Option<String>) -> NoCredentials {
    let reason = reason(error);
    let cause = cause(error, &reason);
    NoCredentials {
        reason,
        cause,
        profile,
    }
}

/// What went wrong. aws-config's errors carry no type for it, so its words have to tell.
fn cause(error: &CredentialsError, reason: &str) -> CredentialsCause {
    let lower = reason.to_lowercase();
    let has = |words: &str| lower.contains(words);
    if has("invalid peer certificate") {
        CredentialsCause::UntrustedServer
    // The words and the folders are aws-config's, UnauthorizedException is Identity Center's.
    } else if has("login token") || has("login/cache") || has(r"login\cache") {
        CredentialsCause::SignInLogin
    } else if has("external process") {
        CredentialsCause::Process
    } else if has("uri for ecs provider") {
        CredentialsCause::ContainerUri
    } else if has("sso") || has("unauthorizedexception") || has("token") && has("expired") {
        CredentialsCause::SignInSso
    // The instance's metadata service is the last one asked: nothing else was set up.
    } else if has("none are set up") || has("imds") {
        CredentialsCause::NotSetUp
    } else if is_unreachable(error) {
        CredentialsCause::Unreachable
    } else {
        CredentialsCause::Other
    }
}

/// Whether the provider's server could not be reached, or gave no answer in time.
fn is_unreachable(error: &CredentialsError) -> bool {
    matches!(error, CredentialsError::ProviderTimedOut(_))
        || std::iter::successors(error.source(), |cause| (*cause).source())
            .filter_map(|cause| cause.downcast_ref::<ConnectorError>())
            .any(|cause| cause.is_io() || cause.is_timeout())
}

/// Words of the providers that stand in front of any failure and tell nothing.
const NOISE: [&str; 5] = [
    "an error occurred while loading credentials: ",
    "unexpected credentials error: ",
    "the credentials provider was not properly configured: ",
    "the credential provider was not enabled: ",
    "service error: ",
];

/// Where aws-config starts to quote what may hold a secret, behind words of its own: what a
/// `credential_process` wrote to standard error, a metadata service's whole reply, and the URI of
/// a container's credentials, whose path is all that it takes to get them.
const QUOTES: [(&str, &str); 3] = [
    ("", ". Stderr: "),
    ("", ". Response {"),
    ("URI for ECS provider", " ("),
];

/// An error's own words, without what it quotes.
fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for (words, quote) in QUOTES {
        if let Some(start) = text.find(&format!("{words}{quote}")) {
            text.truncate(start + words.len());
        }
    }
    text
}

/// The chain of causes in one line, each cause once. A service's own words stand alone.
pub(super) fn reason(error: &dyn Error) -> String {
    let mut reason = words(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = words(error);
        if let Some(answer) = error.downcast_ref::<ErrorMetadata>()
            && let (Some(code), Some(message)) = (answer.code(), answer.message())
        {
            reason = format!("{code}: {message}");
        } else if !reason.contains(&text) {
            reason.push_str(": ");
            reason.push_str(&text);
        }
        cause = error.source();
    }
    for noise in NOISE {
        reason = reason.replace(noise, "");
    }
    without_idle_providers(one_line(&reason))
}

/// What a provider says that was not set up at all.
const IDLE: [&str; 5] = [
    "environment variable not set",
    "the credential provider was not enabled",
    "$AWS_WEB_IDENTITY_TOKEN_FILE was not set",
    "ECS provider not configured",
    "IMDS disabled by",
];

/// The chain of providers says of each why it gave nothing. Those that were never set up are left out.
fn without_idle_providers(reason: String) -> String {
    let Some((_, attempted)) = reason.split_once("no credentials found in chain. Attempted: ")
    else {
        return reason;
    };
    let told: Vec<&str> = attempted
        .split("; ")
        .filter(|attempt| !IDLE.iter().any(|idle| attempt.contains(idle)))
        .collect();
    let none = "none are set up in the environment, in a profile or on this machine";
    if told.is_empty() {
        none.to_owned()
    } else {
        format!("{none}; {}", told.join("; "))
    }
}

/// The lines as one, with a semicolon where one of them does not lead to the next.
fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .fold(String::new(), |mut joined: String, line| {
            if !joined.is_empty() {
                joined.push_str(if joined.ends_with(':') { " " } else { "; " });
            }
            joined + line
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_what_matters() {
        let answer = ErrorMetadata::builder()
            .code("AccessDenied")
            .message("no")
            .build();
        for (error, wanted) in [
            (CredentialsError::provider_error(answer), "AccessDenied: no"),
            (
                CredentialsError::provider_error("tried:\n  one\n\n  two\n"),
                "tried: one; two",
            ),
            (
                CredentialsError::not_loaded_no_source(),
                "the credential provider was not enabled",
            ),
            (
                CredentialsError::not_loaded(
                    "no credentials found in chain. Attempted: Environment: environment variable not set; EcsContainer: ECS provider not configured",
                ),
                "none are set up in the environment, in a profile or on this machine",
            ),
            (
                CredentialsError::not_loaded(
                    "no credentials found in chain. Attempted: Environment: environment variable not set; Ec2InstanceMetadata: no answer",
                ),
                "none are set up in the environment, in a profile or on this machine; Ec2InstanceMetadata: no answer",
            ),
        ] {
            assert_eq!(reason(&error), wanted);
        }
    }

    #[test]
    fn the_cause_is_told_by_the_providers_words_and_the_broken_connection() {
        let io = || ConnectorError::io("connection refused".into());
        for (error, wanted) in [
            (
                CredentialsError::provider_error("invalid peer certificate: UnknownIssuer; SSO"),
                CredentialsCause::UntrustedServer,
            ),
            (
                CredentialsError::provider_error("could not load a login token"),
                CredentialsCause::SignInLogin,
            ),
            (
                CredentialsError::provider_error(
                    "error retrieving credentials from external process",
                ),
                CredentialsCause::Process,
            ),
            (
                CredentialsError::invalid_configuration("invalid URI for ECS provider (x)"),
                CredentialsCause::ContainerUri,
            ),
            (
                CredentialsError::provider_error("the SSO token has expired"),
                CredentialsCause::SignInSso,
            ),
            (
                CredentialsError::not_loaded(
                    "no credentials found in chain. Attempted: Environment: environment variable not set",
                ),
                CredentialsCause::NotSetUp,
            ),
            (
                CredentialsError::provider_error(io()),
                CredentialsCause::Unreachable,
            ),
            (
                CredentialsError::provider_timed_out(std::time::Duration::from_secs(1)),
                CredentialsCause::Unreachable,
            ),
            (
                CredentialsError::provider_error("AccessDenied: no"),
                CredentialsCause::Other,
            ),
        ] {
            let told = no_credentials(&error, Some("p".to_owned()));
            assert_eq!(told.cause, wanted, "{}", told.reason);
            assert_eq!(told.profile.as_deref(), Some("p"));
        }
    }
}
