//! The route to a host: directly or through a proxy. Errors name the proxy, and the rule of `NO_PROXY` that
//! exempts the host from it.

use super::super::error::CallError;
use super::super::transport_error::Unreachable;

/// The route of requests to a host. `proxy` is the `HOST:PORT` of the proxy.
#[derive(Debug, Clone, Default)]
pub enum Route {
    /// No proxy is configured.
    #[default]
    Direct,
    /// A rule of `NO_PROXY` exempts the host from the proxy.
    Exempt { rule: String, proxy: String },
    /// Requests go through the proxy. `has_password` is whether its URL has a password.
    Through { proxy: String, has_password: bool },
}

impl Route {
    /// Adds the proxy, or the rule of `NO_PROXY`, to the error's reason. If requests go through a proxy, a failed
    /// connection is reported as a failed connection to the proxy.
    pub(super) fn explain(&self, error: CallError) -> CallError {
        let CallError::Unreachable(mut error) = error else {
            return error;
        };
        let is_lost = matches!(error.kind, Unreachable::Dns | Unreachable::Connection);
        let is_late = matches!(
            error.kind,
            Unreachable::ConnectTimedOut | Unreachable::AttemptTimedOut
        );
        match self {
            Self::Through {
                proxy,
                has_password,
            } if error.kind == Unreachable::ProxyAuthentication => {
                let what = if *has_password {
                    error.kind = Unreachable::ProxyPassword;
                    "rejected the user name and password"
                } else {
                    "requires a user name and a password"
                };
                error.reason = format!("the proxy {proxy} {what}");
            }
            Self::Through { proxy, .. } if is_lost => {
                error.kind = Unreachable::ThroughProxy;
                let reason = error.reason;
                error.reason = format!("the connection to the proxy {proxy} failed: {reason}");
            }
            Self::Through { proxy, .. } if is_late => {
                error.reason += &format!(" through the proxy {proxy}");
            }
            Self::Exempt { rule, proxy } if is_lost || is_late => {
                error.reason +=
                    &format!("; NO_PROXY ({rule}) exempts this host from the proxy {proxy}");
            }
            _ => {}
        }
        CallError::Unreachable(error)
    }
}
