//! The route to a host: through a proxy, or around it by a rule of `NO_PROXY`. Errors name both.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::PROXY_AUTHENTICATE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::super::error::CallError;
use super::super::transport_error::{TransportError, Unreachable};

/// The time to ask a proxy for its authentication schemes, and the largest reply.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
const PROBE_SIZE: usize = 8 << 10;

/// The route to a host.
#[derive(Debug, Clone, Default)]
pub struct Route {
    proxy: Option<ProxyHop>,
    exemption: Option<String>,
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
    /// Its reply to a request without a password.
    schemes: Arc<OnceCell<Vec<String>>>,
}

impl ProxyHop {
    /// A proxy at this `HOST:PORT`.
    pub fn new(address: String, has_password: bool, is_https: bool) -> Self {
        Self {
            address,
            has_password,
            is_https,
            schemes: Arc::default(),
        }
    }
}

impl Route {
    /// A route through a proxy.
    pub fn through(proxy: ProxyHop) -> Self {
        Self {
            proxy: Some(proxy),
            exemption: None,
        }
    }

    /// A direct route: this rule of `NO_PROXY` exempts the host from the proxy at `address`.
    pub fn around(address: &str, rule: &str) -> Self {
        Self {
            proxy: None,
            exemption: Some(format!(
                "NO_PROXY ({rule}) exempts this host from the proxy {address}"
            )),
        }
    }

    /// Adds the route to the error: a failed connection through a proxy is a failed connection to the
    /// proxy. `target` is the `HOST:PORT` that was called.
    pub(crate) async fn explain(&self, error: CallError, target: &str) -> CallError {
        let CallError::Unreachable(error) = error else {
            return error;
        };
        let TransportError {
            kind,
            reason,
            source,
        } = error;
        let (kind, reason) = match (kind, &self.proxy, &self.exemption) {
            (Unreachable::ProxyAuthentication, Some(proxy), _) => {
                return rejection(proxy, proxy.schemes(target).await);
            }
            (Unreachable::Dns | Unreachable::Connection, Some(proxy), _) => (
                Unreachable::ThroughProxy,
                format!("at the proxy {}: {reason}", proxy.address),
            ),
            (Unreachable::ConnectTimedOut | Unreachable::AttemptTimedOut, Some(proxy), _) => (
                kind,
                format!("{reason} through the proxy {}", proxy.address),
            ),
            (
                Unreachable::Dns
                | Unreachable::Connection
                | Unreachable::ConnectTimedOut
                | Unreachable::AttemptTimedOut,
                None,
                Some(exemption),
            ) => (kind, format!("{reason}; {exemption}")),
            _ => (kind, reason),
        };
        CallError::Unreachable(TransportError {
            kind,
            reason,
            source,
        })
    }

    /// The error for a reply with status 407.
    pub(crate) fn proxy_rejection(&self, headers: &HeaderMap) -> CallError {
        let values = headers.get_all(PROXY_AUTHENTICATE).iter();
        let schemes = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(schemes_of);
        let schemes: Vec<String> = schemes.collect();
        let unknown = ProxyHop::default();
        let proxy = self.proxy.as_ref().unwrap_or(&unknown);
        // Nothing is left to ask the proxy.
        let _ = proxy.schemes.set(schemes.clone());
        rejection(proxy, &schemes)
    }
}

impl ProxyHop {
    /// The schemes that the proxy accepts. The HTTP client does not give the headers of a rejected
    /// `CONNECT`, so the proxy is called once more.
    async fn schemes(&self, target: &str) -> &[String] {
        self.schemes
            .get_or_init(|| async {
                if self.is_https {
                    return Vec::new();
                }
                let probe = tokio::time::timeout(PROBE_TIMEOUT, probe(&self.address, target));
                let head = probe.await.ok().and_then(Result::ok).unwrap_or_default();
                schemes_in_head(&head)
            })
            .await
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

fn rejection(proxy: &ProxyHop, schemes: &[String]) -> CallError {
    let address = match proxy.address.as_str() {
        "" => "the proxy".to_owned(),
        address => format!("the proxy {address}"),
    };
    let has_basic = schemes
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case("basic"));
    let (kind, reason) = if !has_basic && !schemes.is_empty() {
        let schemes = schemes.join(" or ");
        (
            Unreachable::ProxyScheme,
            format!("requires authentication by {schemes}, and wsb has only Basic"),
        )
    } else if proxy.has_password {
        let reason = "rejected the user name and password";
        (Unreachable::ProxyPassword, reason.to_owned())
    } else {
        let reason = "requires a user name and a password";
        (Unreachable::ProxyAuthentication, reason.to_owned())
    };
    CallError::unreachable(kind, format!("{address} {reason}"))
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
            let proxy = ProxyHop::new("p:1".to_owned(), has_password, false);
            let CallError::Unreachable(error) = rejection(&proxy, schemes) else {
                panic!("another error");
            };
            assert_eq!(error.kind, cause);
            assert!(error.reason.contains(reason), "{}", error.reason);
        }
    }
}
