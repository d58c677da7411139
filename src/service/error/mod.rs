//! The errors that a call can end in.

mod kind;
mod reply;

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::provider_error::ProviderError;
use super::transport_error::{Source, TransportError, Unreachable};
pub use reply::{from_reply, http_date, retry_after};
pub(super) use reply::{looks_like_html, request_id};

/// Replaces a secret in messages and logs.
pub(super) const LEFT_OUT: &str = "(left out)";

/// The kind of an error reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceErrorKind {
    /// The caller may not do this.
    AccessDenied,
    /// There is no such portal or session.
    NotFound,
    /// The request itself was rejected.
    Rejected,
    /// Too many requests.
    Throttled,
    /// The service failed: an HTTP status of 500 or more.
    ServerFault,
    /// The credentials or the signature are missing, expired or wrong.
    Credentials,
}

/// An error reply of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The kind, which decides the exit code.
    pub kind: ServiceErrorKind,
    /// Its name, as in `ResourceNotFoundException`.
    pub code: Option<String>,
    /// The service's message, untrusted.
    pub message: Option<String>,
    /// A ValidationException's `reason`.
    pub reason: Option<String>,
    /// A ValidationException's `fieldList`: names and messages.
    pub fields: Vec<(String, String)>,
    /// The HTTP status.
    pub status: u16,
    /// The request ID, for AWS support.
    pub request_id: Option<String>,
    /// The `Retry-After` of the reply.
    pub retry_after: Option<Duration>,
    /// The reply's `Date`, seconds since 1970.
    pub date: Option<i64>,
}

/// The error of a call.
#[derive(Debug, Clone)]
pub enum CallError {
    /// The service returned an error.
    Service(Box<ServiceError>),
    /// There are no credentials to sign with.
    NoCredentials(Box<ProviderError>),
    /// The service could not be reached.
    Unreachable(TransportError),
    /// The reply is not a valid reply of the service.
    UnexpectedResponse {
        /// The reason, continuing "the reply ...".
        reason: String,
        /// The HTTP status, if the reply was HTTP.
        status: Option<u16>,
        /// The request ID, if the reply had one.
        request_id: Option<String>,
        /// Whether the reply was cut short, so that another attempt may succeed.
        truncated: bool,
        /// The error of the HTTP client, if reading the reply failed.
        source: Option<Source>,
    },
    /// The request could not be built or signed: a bug or invalid input.
    Request(String),
}

impl CallError {
    /// A host that could not be reached.
    pub fn unreachable(kind: Unreachable, reason: impl Into<String>) -> Self {
        Self::Unreachable(TransportError {
            kind,
            reason: reason.into(),
            source: None,
        })
    }

    /// A complete reply that is not the service's; `reason` continues "the reply ...".
    pub fn unexpected(reason: String, status: Option<u16>, request_id: Option<String>) -> Self {
        Self::UnexpectedResponse {
            reason,
            status,
            request_id,
            truncated: false,
            source: None,
        }
    }

    /// Whether the service rejected the call because there were too many.
    pub fn is_throttling(&self) -> bool {
        matches!(self, Self::Service(error) if error.kind == ServiceErrorKind::Throttled)
    }

    /// Whether another attempt can succeed. Of the service's failures, these are the statuses that the SDKs'
    /// standard retry mode calls transient.
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

    /// Whether the service rejected the session token as expired.
    pub fn is_expired_token(&self) -> bool {
        matches!(self, Self::Service(error)
            if error.code.as_deref().is_some_and(|code| code.starts_with("ExpiredToken")))
    }

    /// The HTTP status of the reply.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::UnexpectedResponse { status, .. } => *status,
            _ => None,
        }
    }

    /// The request ID of the reply.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::UnexpectedResponse { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The error behind this one, for `-v`.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::NoCredentials(error) => error.source.as_ref(),
            Self::Unreachable(error) => error.source.as_ref(),
            Self::UnexpectedResponse { source, .. } => source.as_ref(),
            _ => None,
        }
    }

    /// Removes `secrets` from all texts of an error reply. AWS quotes the canonical request, session
    /// token included, if it rejects a signature.
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

/// Removes `secrets` from `text`, also in percent-encoding. Secrets of fewer than 8 bytes are ignored: they would
/// match within words, and no secret of AWS is so short.
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
