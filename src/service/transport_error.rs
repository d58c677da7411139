//! The error if a host could not be reached.

use std::error::Error;
use std::sync::Arc;

/// The kind of a [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The host name has no address.
    Dns,
    /// No connection, or it broke before the reply was complete.
    Connection,
    /// The authority behind the peer's certificate is not trusted.
    Untrusted,
    /// The peer's certificate is wrong in another way, or the TLS handshake failed.
    Tls,
    /// The limit of open files of this process or of the machine is reached.
    OpenFiles,
    /// Connecting took too long.
    ConnectTimedOut,
    /// The reply took too long.
    AttemptTimedOut,
    /// The time for the whole command ran out.
    CommandTimedOut,
    /// No connection through the proxy, or it broke.
    ThroughProxy,
    /// The proxy requires a user name and a password.
    ProxyAuthentication,
    /// The proxy rejected the user name and password.
    ProxyPassword,
}

impl Unreachable {
    /// Whether another attempt can succeed.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Dns
                | Self::Connection
                | Self::OpenFiles
                | Self::ThroughProxy
                | Self::ConnectTimedOut
                | Self::AttemptTimedOut
        )
    }
}

/// A request got no reply.
#[derive(Debug, Clone)]
pub struct TransportError {
    /// Decides the hint, and whether another attempt can succeed.
    pub kind: Unreachable,
    /// The most specific cause, for messages.
    pub reason: String,
    /// The error of the HTTP client.
    pub source: Option<Source>,
}

/// The error that caused another one, for `-v`.
pub type Source = Arc<dyn Error + Send + Sync>;
