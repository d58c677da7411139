//! The error for a host that could not be reached.

use std::error::Error;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The host name has no address.
    Dns,
    /// The connection failed, or it broke before the reply was complete.
    Connection,
    /// An authority that is not trusted issued the peer's certificate.
    Untrusted,
    /// The peer's certificate is invalid in another way, or the TLS handshake failed.
    Tls,
    /// The limit of open files of this process or of the machine is reached.
    OpenFiles,
    ConnectTimedOut,
    /// The reply took too long.
    AttemptTimedOut,
    /// The command's time limit was reached.
    CommandTimedOut,
    /// The connection to the proxy failed or broke.
    ThroughProxy,
    /// The proxy requires a user name and a password.
    ProxyAuthentication,
    /// The proxy rejected the user name and password.
    ProxyPassword,
}

impl Unreachable {
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

#[derive(Debug, Clone)]
pub struct TransportError {
    /// Decides the hint, and whether another attempt can succeed.
    pub kind: Unreachable,
    /// The most specific cause, for messages.
    pub reason: String,
    pub source: Option<Source>,
}

/// The underlying error, which `-v` prints.
pub type Source = Arc<dyn Error + Send + Sync>;
