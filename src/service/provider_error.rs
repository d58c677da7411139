//! The error of a credential provider. It is created where its cause is known, and decides the exit code and the
//! hint.

use aws_credential_types::Credentials;

use super::error::without_secrets;
use super::transport_error::{Source, Unreachable};

#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct ProviderError {
    /// Decides the exit code and the hint.
    pub kind: ProviderErrorKind,
    /// One line without secrets, which continues "could not get AWS credentials: ".
    pub reason: String,
    /// The underlying error, without secrets. `-v` prints it.
    pub source: Option<Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderErrorKind {
    NotConfigured,
    /// A setting, a file or a response is invalid.
    Invalid,
    /// The URL that is set as the endpoint of the provider's service is invalid.
    Endpoint,
    /// The environment has an access key ID without a secret access key.
    NoSecretKey,
    /// The session of IAM Identity Center is missing or has expired.
    SsoSession {
        profile: String,
    },
    /// The session of `aws login` is missing or has expired.
    LoginSession {
        profile: String,
    },
    /// The provider rejected the request.
    Rejected,
    /// The provider failed, or something else sent the reply.
    Failed,
    /// The provider returned credentials that have expired.
    Expired,
    Process,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` names a host that must not be called over plain http.
    ContainerUri,
    /// An MFA code is required, and there is no terminal to type it at.
    NoTerminal {
        profile: String,
    },
    Unreachable(Unreachable),
}

impl ProviderError {
    pub fn new(kind: ProviderErrorKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            source: None,
        }
    }

    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Invalid, reason)
    }

    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Rejected, reason)
    }

    /// Removes the secrets of the credentials that signed the request. The provider may quote the request in its
    /// message.
    #[must_use]
    pub fn without_secrets_of(mut self, credentials: &Credentials) -> Self {
        let secrets = [
            credentials.secret_access_key(),
            credentials.session_token().unwrap_or_default(),
        ];
        self.reason = without_secrets(&self.reason, &secrets);
        self
    }

    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind, ProviderErrorKind::Unreachable(_))
    }
}
