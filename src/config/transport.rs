//! The HTTP client: one for the service, and the same for the credential providers, so that
//! their calls obey the same proxy and trust settings and no second HTTP or TLS stack is needed.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::header::CONTENT_LENGTH;

use super::proxies::Proxies;
use super::redaction::{secrets_of, without_secrets};
use super::trust::LazyVerifier;
use crate::service::client::TlsRefusal;

/// The largest reply that a credential provider is given, in bytes.
const MAX_PROVIDER_BODY: usize = 1 << 20;

/// How long a provider's call may take where the provider itself sets no limit.
const PROVIDER_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const PROVIDER_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP client that follows no redirect and never repeats a request by itself: attempts are
/// counted and waited for elsewhere.
pub(super) fn http_client(
    verifier: &Arc<LazyVerifier>,
    connect_timeout: Duration,
    read_timeout: Duration,
    proxies: Option<&Proxies>,
) -> Result<reqwest::Client, String> {
    let tls = verifier
        .client_config()
        .map_err(|error| error.to_string())?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(connect_timeout)
        .read_timeout(read_timeout)
        // Not reqwest's reading of the environment, but ours.
        .no_proxy();
    if let Some(rules) = proxies.and_then(Proxies::rules) {
        builder = builder.proxy(rules);
    }
    builder.build().map_err(|error| error.to_string())
}

/// The HTTP client of what gives credentials: the SDKs' clients of STS, IAM Identity Center and
/// sign-in, and the metadata services of containers and instances.
#[derive(Debug, Clone)]
pub(super) struct ProviderTransport {
    pub(super) verifier: Arc<LazyVerifier>,
    pub(super) proxies: Arc<Proxies>,
}

impl ProviderTransport {
    /// Sends a request and gives the reply, whatever its status. A refusal is without the secrets of
    /// the request.
    ///
    /// # Errors
    /// [`Unreached`] as the source of the error where no reply came.
    pub(super) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, Unreached> {
        let uri = request.uri().to_string();
        let host = request.uri().host().unwrap_or_default().to_owned();
        let proxies = (!is_local(&uri)).then_some(&*self.proxies);
        let proxy = proxies.and_then(|proxies| proxies.named_on_the_way_to(&uri));
        let unreached = |reason: String| Unreached {
            host: host.clone(),
            proxy: proxy.clone(),
            reason,
            tls_refusal: None,
        };
        let client = http_client(&self.verifier, connect_timeout, read_timeout, proxies)
            .map_err(&unreached)?;
        exchange(&client, request)
            .await
            .map_err(|failure| match failure {
                Failure::Transport(error) => Unreached {
                    tls_refusal: causes(&error).find_map(TlsRefusal::of),
                    ..unreached(words(&error))
                },
                Failure::Other(reason) => unreached(reason),
            })
    }
}

/// Why no reply came, in words: nothing secret is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreached {
    pub(super) host: String,
    /// The host and port of the proxy on the way.
    pub(super) proxy: Option<String>,
    pub(super) reason: String,
    /// Why the peer was refused, if it was reached.
    pub(super) tls_refusal: Option<TlsRefusal>,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.tls_refusal.is_some() {
            "no trusted connection to"
        } else {
            "could not reach"
        };
        write!(f, "{what} {}", self.host)?;
        if let Some(proxy) = &self.proxy {
            write!(f, " through the proxy {proxy}")?;
        }
        let reason = self.tls_refusal.as_ref().map(|refusal| &refusal.reason);
        write!(f, ": {}", reason.unwrap_or(&self.reason))
    }
}

impl std::error::Error for Unreached {}

impl HttpClient for ProviderTransport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ProviderConnector {
            transport: self.clone(),
            connect_timeout: settings
                .connect_timeout()
                .unwrap_or(PROVIDER_CONNECT_TIMEOUT),
            read_timeout: settings.read_timeout().unwrap_or(PROVIDER_READ_TIMEOUT),
        })
    }
}

/// Makes one client per call: a source makes one or two calls in the life of the program, and most
/// make none.
#[derive(Debug)]
struct ProviderConnector {
    transport: ProviderTransport,
    connect_timeout: Duration,
    read_timeout: Duration,
}

impl HttpConnector for ProviderConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.transport.clone();
        let (connect_timeout, read_timeout) = (self.connect_timeout, self.read_timeout);
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .map(|body| body.bytes().map(<[u8]>::to_vec).unwrap_or_default());
            let reply = transport
                .send(request, connect_timeout, read_timeout)
                .await
                .map_err(|unreached| {
                    if unreached.tls_refusal.is_some() {
                        // Not an I/O error, which the SDK would attempt again.
                        ConnectorError::other(unreached.into(), None)
                    } else {
                        ConnectorError::io(unreached.into())
                    }
                })?;
            HttpResponse::try_from(reply.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Whether a credentials service at this address answers this machine alone: the metadata services at
/// link-local addresses, and programs on loopback. Behind a proxy they would be the proxy's own, whose
/// role is not ours, and the proxy would see the token.
fn is_local(uri: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(uri) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local() || address.is_loopback(),
        // The metadata services' IPv6 addresses, fd00:ec2::254 and fd00:ec2::23, are unique local
        // ones.
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local()
                || address.is_loopback()
                || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Why an exchange did not come to its end.
enum Failure {
    Transport(reqwest::Error),
    Other(String),
}

async fn exchange(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, Failure> {
    let secrets = secrets_of(&request);
    let request = reqwest::Request::try_from(request).map_err(Failure::Transport)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "sends what a source of credentials asks"
    )]
    let mut response = client.execute(request).await.map_err(Failure::Transport)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::Transport)? {
        if body.len() + chunk.len() > MAX_PROVIDER_BODY {
            return Err(Failure::Other("the reply is larger than 1 MiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    if !response.status().is_success() {
        body = without_secrets(&body, &secrets);
    }
    let mut reply = http::Response::new(body);
    *reply.status_mut() = response.status();
    *reply.headers_mut() = response.headers().clone();
    // The SDK compares it with the body, which may have become shorter.
    reply.headers_mut().remove(CONTENT_LENGTH);
    Ok(reply)
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

/// What happened, in words without the URL: that of a container's credentials may carry a token.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        let what = if error.is_connect() {
            "connection"
        } else {
            "reply"
        };
        return format!("no {what} in time");
    }
    match causes(error).last().map(ToString::to_string) {
        // hyper-util does not let its error be told by type.
        Some(cause) if cause == "tunnel error: unsuccessful" => {
            "the proxy refused the connection".to_owned()
        }
        Some(cause) => cause,
        None => "the request could not be made".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credentials_service_of_this_machine_is_never_asked_through_a_proxy() {
        for uri in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/creds",
            "http://[fd00:ec2::254]/latest",
            "http://[fe80::1]/",
            "http://127.0.0.1:1338/c",
            "http://[::1]:1338/c",
            "http://localhost:1338/c",
        ] {
            assert!(is_local(uri), "{uri}");
        }
        for uri in [
            "https://sts.us-east-1.amazonaws.com/",
            "http://[2001:db8::1]/",
            "https://localhost.example/",
        ] {
            assert!(!is_local(uri), "{uri}");
        }
    }
}
