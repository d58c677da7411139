//! The errors that a call can end in.

mod bounds;
mod kind;
mod redaction;
mod reply;

use std::time::Duration;

use super::provider_error::ProviderError;
pub(crate) use redaction::without_secrets;
pub use reply::from_reply;
pub(super) use reply::{looks_like_html, request_id};

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
    /// The service failed: an HTTP status of 500 or more, or a name that says so.
    ServerFault,
    /// The credentials are missing, expired or wrong, or the signature is.
    Credentials,
}

/// An error reply of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The kind, which decides the exit code.
    pub kind: ServiceErrorKind,
    /// Its name, as in `ResourceNotFoundException`; `None` if the reply gave none.
    pub code: Option<String>,
    /// The service's own words, untrusted; `None` if the reply gave none.
    pub message: Option<String>,
    /// A ValidationException's `reason`.
    pub reason: Option<String>,
    /// A ValidationException's `fieldList`: names and messages.
    pub fields: Vec<(String, String)>,
    /// The HTTP status.
    pub status: u16,
    /// The request's ID, for AWS support.
    pub request_id: Option<String>,
    /// The `Retry-After` of the reply.
    pub retry_after: Option<Duration>,
    /// The reply's `Date`, seconds since 1970.
    pub date: Option<i64>,
}

/// Why the service could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The host's name has no address.
    Dns,
    /// No connection, or it broke before the reply was whole.
    Connection,
    /// The authority behind the peer's certificate is not trusted.
    Untrusted,
    /// The peer's certificate is wrong in another way, or TLS could not be agreed on.
    Tls,
    /// This process, or the machine, may open no more files, and a connection is one.
    OpenFiles,
    /// There was no connection in time.
    ConnectTimedOut,
    /// There was no whole reply in time.
    AttemptTimedOut,
    /// The time for the whole command ran out.
    CommandTimedOut,
    /// The time for the whole command ran out before there were credentials.
    CredentialsTimedOut,
    /// No connection through the proxy, or it broke.
    ThroughProxy,
    /// The proxy requires a user name and a password.
    ProxyAuthentication,
    /// The proxy rejected the user name and password.
    ProxyPassword,
    /// The proxy requires an authentication scheme that is not implemented.
    ProxyScheme,
}

/// The error of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The service answered with an error.
    Service(Box<ServiceError>),
    /// There are no credentials to sign with.
    NoCredentials(Box<ProviderError>),
    /// The service could not be reached; why, in the transport's words.
    Unreachable(Unreachable, String),
    /// Something answered, but not the service.
    UnexpectedResponse {
        /// The reason, continuing "the reply ...".
        reason: String,
        /// The HTTP status, if it came that far.
        status: Option<u16>,
        /// The request's ID, if the reply had one.
        request_id: Option<String>,
        /// Whether the reply was cut short, which another attempt may mend.
        truncated: bool,
    },
    /// The request could not be built or signed: a fault of this program or of its input.
    Request(String),
}

impl CallError {
    /// Whether the service said that there were too many requests.
    pub fn is_throttling(&self) -> bool {
        matches!(self, Self::Service(error) if error.kind == ServiceErrorKind::Throttled)
    }

    /// Whether the service said that the session token has expired.
    pub fn is_expired_token(&self) -> bool {
        let code = match self {
            Self::Service(error) => error.code.as_deref(),
            _ => None,
        };
        code.is_some_and(|code| code.starts_with("ExpiredToken"))
    }

    /// The HTTP status of the reply, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::UnexpectedResponse { status, .. } => *status,
            Self::NoCredentials(_) | Self::Unreachable(..) | Self::Request(_) => None,
        }
    }

    /// The request's ID, if there was a reply that had one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::UnexpectedResponse { request_id, .. } => request_id.as_deref(),
            Self::NoCredentials(_) | Self::Unreachable(..) | Self::Request(_) => None,
        }
    }
}
