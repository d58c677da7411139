//! The error of a credential provider, created where the cause is known and kept unchanged up to the exit
//! code and the hint.

use std::error::Error;

use aws_credential_types::Credentials;

use super::error::without_secrets;
use super::transport_error::{Source, Unreachable};

/// The error of a credential provider.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct ProviderError {
    /// Decides the exit code and the hint.
    pub kind: ProviderErrorKind,
    /// One line without secrets. It continues "could not get AWS credentials: ".
    pub reason: String,
    /// The error behind it, without secrets: `-v` prints it.
    pub source: Option<Source>,
}

/// The kind of a [`ProviderError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// No provider is configured.
    NotConfigured,
    /// A setting, a file or a response is invalid.
    Invalid,
    /// The environment has an access key ID without a secret access key.
    NoSecretKey,
    /// The session of IAM Identity Center is missing or has expired.
    SsoSession {
        /// The profile to sign in with.
        profile: String,
    },
    /// The session of `aws login` is missing or has expired.
    LoginSession {
        /// The profile to sign in with.
        profile: String,
    },
    /// The provider was reached and gave no credentials.
    Rejected,
    /// The provider itself failed, or its reply is not one of its own.
    Failed,
    /// The provider gave credentials that have expired.
    Expired,
    /// A `credential_process` failed.
    Process,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` names a host that must not be called over plain http.
    ContainerUri,
    /// An MFA code is required, and there is no terminal to type it at.
    NoTerminal {
        /// The profile of the role.
        profile: String,
    },
    /// The provider could not be reached.
    Unreachable(Unreachable),
}

impl ProviderError {
    /// An error of this kind.
    pub fn new(kind: ProviderErrorKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            source: None,
        }
    }

    /// A setting, a file or a response is invalid.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Invalid, reason)
    }

    /// The provider was reached and gave no credentials.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Rejected, reason)
    }

    /// Removes the secrets of the credentials that the request was signed with: the provider may quote the
    /// request.
    #[must_use]
    pub fn without_secrets_of(mut self, credentials: &Credentials) -> Self {
        let secrets = [
            credentials.secret_access_key(),
            credentials.session_token().unwrap_or_default(),
        ];
        self.reason = without_secrets(&self.reason, &secrets);
        self
    }

    /// Whether the provider could not be reached.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind, ProviderErrorKind::Unreachable(_))
    }

    /// Adds the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Source::from(source.into()));
        self
    }
}
