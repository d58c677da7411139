//! The errors of a call.

mod kind;
mod reply;

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::provider_error::ProviderError;
use super::transport_error::{Source, TransportError, Unreachable};
pub use reply::{from_reply, http_date, retry_after};
pub(super) use reply::{looks_like_html, request_id};

/// The text that replaces a secret in messages and logs.
pub(super) const LEFT_OUT: &str = "(left out)";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceErrorKind {
    /// The caller lacks a permission.
    AccessDenied,
    /// The portal or the session does not exist.
    NotFound,
    /// The service rejected the request for another reason.
    Rejected,
    Throttled,
    /// The service failed: an HTTP status of 500 or more.
    ServerFault,
    /// The credentials or the signature are missing, expired or wrong.
    Credentials,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The kind, which decides the exit code.
    pub kind: ServiceErrorKind,
    /// The name of the error, such as `ResourceNotFoundException`.
    pub code: Option<String>,
    /// The service's message, which is untrusted text.
    pub message: Option<String>,
    /// The `reason` of a ValidationException.
    pub reason: Option<String>,
    /// The `fieldList` of a ValidationException: names and messages.
    pub fields: Vec<(String, String)>,
    pub status: u16,
    /// The request ID, for AWS support.
    pub request_id: Option<String>,
    /// The wait that the service requests in `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The `Date` of the reply, in seconds since 1970.
    pub date: Option<i64>,
}

#[derive(Debug, Clone)]
pub enum CallError {
    Service(Box<ServiceError>),
    /// There are no credentials to sign with.
    NoCredentials(Box<ProviderError>),
    Unreachable(TransportError),
    /// The reply is not a valid reply of the service.
    UnexpectedResponse {
        /// Completes the sentence "the reply ...".
        reason: String,
        /// The HTTP status; `None` if the reply was not HTTP.
        status: Option<u16>,
        /// The request ID; `None` if the reply had none.
        request_id: Option<String>,
        /// Whether the reply was cut short, so that another attempt may succeed.
        truncated: bool,
        /// The error of the HTTP client, if reading the reply failed.
        source: Option<Source>,
    },
    /// The request could not be built or signed, because of a bug or invalid input.
    Request(String),
}

impl CallError {
    pub fn unreachable(kind: Unreachable, reason: impl Into<String>) -> Self {
        Self::Unreachable(TransportError {
            kind,
            reason: reason.into(),
            source: None,
        })
    }

    /// The error for a complete reply that is not from the service. `reason` completes the sentence "the reply
    /// ...".
    pub fn unexpected(reason: String, status: Option<u16>, request_id: Option<String>) -> Self {
        Self::UnexpectedResponse {
            reason,
            status,
            request_id,
            truncated: false,
            source: None,
        }
    }

    pub fn is_throttling(&self) -> bool {
        matches!(self, Self::Service(error) if error.kind == ServiceErrorKind::Throttled)
    }

    /// Whether another attempt can succeed. A server fault counts only with a status that the SDKs' standard retry
    /// mode treats as transient.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Service(error) => match error.kind {
                ServiceErrorKind::Throttled => true,
                ServiceErrorKind::ServerFault => matches!(error.status, 500 | 502 | 503 | 504),
                _ => false,
            },
            Self::Unreachable(error) => error.kind.is_transient(),
            Self::UnexpectedResponse { truncated, .. } => *truncated,
            Self::NoCredentials(_) | Self::Request(_) => false,
        }
    }

    pub fn is_expired_token(&self) -> bool {
        matches!(self, Self::Service(error)
            if error.code.as_deref().is_some_and(|code| code.starts_with("ExpiredToken")))
    }

    /// The HTTP status of the reply; `None` if there was none.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::UnexpectedResponse { status, .. } => *status,
            _ => None,
        }
    }

    /// The request ID of the reply; `None` if it had none.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::UnexpectedResponse { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The underlying error, which `-v` prints.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::NoCredentials(error) => error.source.as_ref(),
            Self::Unreachable(error) => error.source.as_ref(),
            Self::UnexpectedResponse { source, .. } => source.as_ref(),
            _ => None,
        }
    }

    /// Removes `secrets` from all texts of an error reply. If AWS rejects a signature, its message quotes the
    /// canonical request with the session token.
    pub(super) fn without(self, secrets: &[&str]) -> Self {
        let Self::Service(mut error) = self else {
            return self;
        };
        let texts = [
            &mut error.code,
            &mut error.message,
            &mut error.reason,
            &mut error.request_id,
        ];
        let fields = error
            .fields
            .iter_mut()
            .flat_map(|(name, text)| [name, text]);
        for text in texts.into_iter().flatten().chain(fields) {
            *text = without_secrets(text, secrets);
        }
        Self::Service(error)
    }
}

/// Removes `secrets` from `text`, also if they are percent-encoded. Secrets shorter than 8 bytes are ignored,
/// because they could match parts of words. No secret of AWS is so short.
pub(crate) fn without_secrets(text: &str, secrets: &[impl AsRef<str>]) -> String {
    let secrets = secrets.iter().map(AsRef::as_ref);
    let secrets = secrets.filter(|secret| secret.len() >= 8);
    secrets.fold(text.to_owned(), |text, secret| {
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let text = text.replace(secret, LEFT_OUT);
        text.replace(&encoded, LEFT_OUT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_in_each_notation() {
        for text in ["token a+b/c==9 end", "token a%2Bb%2Fc%3D%3D9 end"] {
            assert_eq!(without_secrets(text, &["a+b/c==9"]), "token (left out) end");
        }
    }
}
