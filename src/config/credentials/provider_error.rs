//! Why a source gives no credentials, made where the cause is known.

use crate::config::transport::Unreached;
use crate::service::credentials::{CredentialsCause, NoCredentials};

/// What kind of failure it is: it decides over the exit code and the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is set up anywhere.
    NothingSetUp,
    /// A setting, a file or a reply is not what it must be.
    Unusable,
    /// The sign-in of this profile to IAM Identity Center is missing or has ended.
    SignInSso(String),
    /// The sign-in of `aws login` of this profile is missing or has ended.
    SignInLogin(String),
    /// The service was reached and refused.
    Refused,
    /// No reply came.
    Unreached(Box<Unreached>),
    /// A `credential_process` failed. What it prints may hold secrets and is not shown.
    Process,
    /// The container's credentials service may not be asked.
    ContainerUri,
    /// A code is asked for and there is no terminal to ask at; the profile.
    NoTerminal(String),
}

/// Why a source gives no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderError {
    pub(super) kind: Kind,
    /// One line, nothing secret in it.
    pub(super) reason: String,
}

impl ProviderError {
    pub(super) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    pub(super) fn unusable(reason: impl Into<String>) -> Self {
        Self::new(Kind::Unusable, reason)
    }
}

impl From<ProviderError> for NoCredentials {
    fn from(refusal: ProviderError) -> Self {
        let (cause, profile) = match refusal.kind {
            Kind::NothingSetUp => (CredentialsCause::NotSetUp, None),
            Kind::Unusable | Kind::Refused => (CredentialsCause::Other, None),
            Kind::SignInSso(profile) => (CredentialsCause::SignInSso, Some(profile)),
            Kind::SignInLogin(profile) => (CredentialsCause::SignInLogin, Some(profile)),
            Kind::Unreached(unreached)
                if unreached
                    .tls_refusal
                    .as_ref()
                    .is_some_and(|refusal| refusal.is_untrusted) =>
            {
                (CredentialsCause::UntrustedServer, None)
            }
            Kind::Unreached(_) => (CredentialsCause::Unreachable, None),
            Kind::Process => (CredentialsCause::Process, None),
            Kind::ContainerUri => (CredentialsCause::ContainerUri, None),
            Kind::NoTerminal(profile) => (CredentialsCause::NoTerminal, Some(profile)),
        };
        Self {
            reason: refusal.reason,
            cause,
            profile,
        }
    }
}

impl From<Unreached> for ProviderError {
    fn from(unreached: Unreached) -> Self {
        let reason = unreached.to_string();
        Self::new(Kind::Unreached(Box::new(unreached)), reason)
    }
}

/// What an SDK's client says of a call, in one line.
pub(super) fn from_sdk<E>(
    service: &str,
    error: aws_smithy_runtime_api::client::result::SdkError<
        E,
        aws_smithy_runtime_api::client::orchestrator::HttpResponse,
    >,
) -> ProviderError
where
    E: std::error::Error + aws_smithy_types::error::metadata::ProvideErrorMetadata + 'static,
{
    use aws_smithy_runtime_api::client::result::SdkError;
    if let Some(unreached) = unreached(&error) {
        return unreached.clone().into();
    }
    match &error {
        SdkError::ServiceError(answer) => {
            let answer = answer.err();
            let reason = match (answer.code(), answer.message()) {
                (Some(code), Some(message)) => format!("{code}: {}", one_line(message)),
                (Some(code), None) => format!("{service} refused with {code}"),
                (None, Some(message)) => format!("{service} refused: {}", one_line(message)),
                (None, None) => format!("{service} refused without a reason"),
            };
            ProviderError::new(Kind::Refused, reason)
        }
        SdkError::ResponseError(_) => {
            ProviderError::unusable(format!("{service} did not answer as that service does"))
        }
        SdkError::TimeoutError(_) => ProviderError::new(
            Kind::Unreached(Box::new(Unreached {
                host: service.to_owned(),
                proxy: None,
                reason: "no reply in time".to_owned(),
                tls_refusal: None,
            })),
            format!("could not reach {service}: no reply in time"),
        ),
        _ => {
            let words = innermost(&error);
            ProviderError::unusable(format!(
                "{service} could not be asked: {}",
                one_line(&words)
            ))
        }
    }
}

/// The missing reply among an error's causes.
pub(super) fn unreached<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Unreached> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref())
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The lines as one.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}
