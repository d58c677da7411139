//! The route to a host: through a proxy, or around it by a rule of `NO_PROXY`. Errors name both.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::PROXY_AUTHENTICATE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::super::error::CallError;
use super::super::transport_error::Unreachable;

/// The time to ask a proxy for its authentication schemes, and the largest reply.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
const PROBE_SIZE: usize = 8 << 10;

/// How requests reach a host: directly or through a proxy.
#[derive(Debug, Clone, Default)]
pub enum Route {
    /// No proxy is configured.
    #[default]
    Direct,
    /// A rule of `NO_PROXY` exempts the host from the proxy.
    Exempt { rule: String, proxy: String },
    /// Through a proxy.
    Through(ProxyHop),
}

/// A proxy on the route to a host.
#[derive(Debug, Clone, Default)]
pub struct ProxyHop {
    /// Its `HOST:PORT`.
    pub address: String,
    /// Whether its URL has a user name and a password.
    pub has_password: bool,
    /// Whether it is called over TLS.
    pub is_https: bool,
    /// The authentication schemes that it accepts, once it has been asked.
    pub schemes: Arc<OnceCell<Vec<String>>>,
}

impl Route {
    /// Adds the route to the error: a failed connection through a proxy is a failed connection to the
    /// proxy. `target` is the `HOST:PORT` that was called.
    pub(super) async fn explain(&self, error: CallError, target: &str) -> CallError {
        let CallError::Unreachable(mut error) = error else {
            return error;
        };
        let is_lost = matches!(error.kind, Unreachable::Dns | Unreachable::Connection);
        let is_late = matches!(
            error.kind,
            Unreachable::ConnectTimedOut | Unreachable::AttemptTimedOut
        );
        match self {
            Self::Through(proxy) if error.kind == Unreachable::ProxyAuthentication => {
                return proxy.rejection(proxy.schemes(target).await);
            }
            Self::Through(proxy) if is_lost => {
                error.kind = Unreachable::ThroughProxy;
                error.reason = format!(
                    "the connection to the proxy {} failed: {}",
                    proxy.address, error.reason
                );
            }
            Self::Through(proxy) if is_late => {
                error.reason += &format!(" through the proxy {}", proxy.address);
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

impl ProxyHop {
    /// The error for the proxy's reply with status 407.
    pub(super) fn rejection_by(&self, headers: &HeaderMap) -> CallError {
        let values = headers.get_all(PROXY_AUTHENTICATE).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        let schemes: Vec<String> = values.flat_map(schemes_of).collect();
        self.rejection(&schemes)
    }

    fn rejection(&self, schemes: &[String]) -> CallError {
        let mut names = schemes.iter();
        let has_basic = names.any(|scheme| scheme.eq_ignore_ascii_case("basic"));
        let (kind, reason) = if !has_basic && !schemes.is_empty() {
            let schemes = schemes.join(" or ");
            let reason = format!("requires authentication by {schemes}, and wsb has only Basic");
            (Unreachable::ProxyScheme, reason)
        } else if self.has_password {
            let reason = "rejected the user name and password";
            (Unreachable::ProxyPassword, reason.to_owned())
        } else {
            let reason = "requires a user name and a password";
            (Unreachable::ProxyAuthentication, reason.to_owned())
        };
        CallError::unreachable(kind, format!("the proxy {} {reason}", self.address))
    }

    /// The schemes that the proxy accepts. The HTTP client does not give the headers of a rejected
    /// `CONNECT`, so the proxy is called once more.
    async fn schemes(&self, target: &str) -> &[String] {
        let request = || async {
            if self.is_https {
                return Vec::new();
            }
            let probe = tokio::time::timeout(PROBE_TIMEOUT, probe(&self.address, target));
            let head = probe.await.ok().and_then(Result::ok).unwrap_or_default();
            schemes_in_head(&head)
        };
        self.schemes.get_or_init(request).await
    }
}

/// The head of the proxy's reply to a `CONNECT` without a password.
#[expect(
    clippy::disallowed_methods,
    reason = "asks a proxy for its authentication schemes; nothing reaches the service"
)]
async fn probe(proxy: &str, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(proxy).await?;
    let request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while head.len() < PROBE_SIZE && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn schemes_in_head(head: &str) -> Vec<String> {
    head.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case(PROXY_AUTHENTICATE.as_str()))
        .flat_map(|(_, value)| schemes_of(value))
        .collect()
}

/// The schemes of a `Proxy-Authenticate` header: the first word of each challenge (RFC 9110, 11.6.1).
fn schemes_of(value: &str) -> impl Iterator<Item = String> {
    value
        .split(',')
        .filter_map(|part| part.split_whitespace().next())
        .filter(|word| {
            word.len() <= 32 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemes_are_the_first_words_of_the_challenges() {
        for (head, schemes) in [
            (
                "HTTP/1.1 407 X\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate\r\n\r\n",
                &["NTLM", "Negotiate"][..],
            ),
            (
                "HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate, NTLM, Basic realm=\"a, b\"\r\n\r\n",
                &["Negotiate", "NTLM", "Basic"],
            ),
            (
                "HTTP/1.1 407 X\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\n",
                &["Digest"],
            ),
            ("HTTP/1.1 407 X\r\n\r\nProxy-Authenticate: NTLM", &[]),
            ("", &[]),
        ] {
            assert_eq!(schemes_in_head(head), schemes, "{head}");
        }
    }

    #[test]
    fn the_rejection_says_what_the_proxy_requires() {
        let basic = ["Basic".to_owned()];
        let ntlm = ["NTLM".to_owned(), "Negotiate".to_owned()];
        for (has_password, schemes, cause, reason) in [
            (
                false,
                &basic[..],
                Unreachable::ProxyAuthentication,
                "p:1 requires a user name",
            ),
            (
                false,
                &[],
                Unreachable::ProxyAuthentication,
                "p:1 requires a user name",
            ),
            (true, &basic, Unreachable::ProxyPassword, "p:1 rejected"),
            (true, &[], Unreachable::ProxyPassword, "p:1 rejected"),
            (true, &ntlm, Unreachable::ProxyScheme, "NTLM or Negotiate"),
        ] {
            let proxy = ProxyHop {
                address: "p:1".to_owned(),
                has_password,
                ..ProxyHop::default()
            };
            let CallError::Unreachable(error) = proxy.rejection(schemes) else {
                panic!("another error");
            };
            assert_eq!(error.kind, cause);
            assert!(error.reason.contains(reason), "{}", error.reason);
        }
    }
}
