//! The HTTP clients of the service and of the credential providers. Both use the same proxies and trusted
//! authorities, and the same HTTP and TLS stack.

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
use http::{HeaderMap, HeaderValue};
use reqwest::Url;

use super::proxies::Proxies;
use super::redaction::{secrets_of, without_secrets};
use super::trust::TrustStore;
use crate::service::client::{Route, transport};
use crate::service::error::CallError;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::Unreachable;

/// The header with the lifetime of an instance's metadata token, and AWS's maximum of it in seconds.
const TOKEN_LIFETIME: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const MAX_TOKEN_LIFETIME: u64 = 21_600;

/// Creates the HTTP clients of the service and of the credential providers: the SDK clients of STS, IAM Identity
/// Center and sign-in, and the metadata services of containers and instances.
///
/// Each request of a provider has its own HTTP client, because most commands send at most two of them.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub(super) trust: Arc<TrustStore>,
    pub(super) proxies: Arc<Proxies>,
    pub(super) connect_timeout: Duration,
    /// The time to wait for data.
    pub(super) read_timeout: Duration,
}

impl Transport {
    /// Creates an HTTP client for requests to `url`, and returns it with the route to the URL. The client follows
    /// no redirects and repeats no requests, because the caller does.
    ///
    /// # Errors
    /// [`Unreachable::Untrusted`] if the trusted authorities cannot be read.
    pub(super) fn http_client(&self, url: &Url) -> Result<(reqwest::Client, Route), CallError> {
        let tls = self.trust.client_config(self.proxies.uses_tls(url));
        let tls = tls.map_err(|reason| CallError::unreachable(Unreachable::Untrusted, reason))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            // Without this, reqwest would read the environment too.
            .no_proxy();
        if let Some(rules) = self.proxies.rules() {
            builder = builder.proxy(rules);
        }
        let client = builder.build().map_err(invalid)?;
        Ok((client, self.proxies.route_to(url)))
    }

    /// Returns the transport with this time limit to connect and to wait for data.
    pub(super) fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            connect_timeout: timeout,
            read_timeout: timeout,
            ..self.clone()
        }
    }

    /// Sends a request and returns the reply with any status. The secrets of the request are removed from an
    /// error reply. The entire exchange has a time limit, because a reply can arrive slowly.
    ///
    /// # Errors
    /// [`ProviderErrorKind::Unreachable`], or a reply that is too large.
    pub(super) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, ProviderError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let reply = self.try_send(request).await;
        reply.map_err(|error| provider_error(&host, error))
    }

    async fn try_send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, CallError> {
        let secrets = secrets_of(&request);
        let request = reqwest::Request::try_from(request).map_err(invalid)?;
        let mut transport = self.clone();
        if is_local(request.url()) {
            transport.proxies = Arc::default();
        }
        let (client, route) = transport.http_client(request.url())?;
        let limit = self.connect_timeout.saturating_add(self.read_timeout);
        let mut reply = transport::send(&client, request, &route, limit).await?;
        if !reply.status().is_success() {
            *reply.body_mut() = without_secrets(reply.body(), &secrets);
        }
        // The SDK compares the header with the body, which may be shorter now.
        reply.headers_mut().remove(CONTENT_LENGTH);
        cap_token_lifetime(reply.headers_mut());
        Ok(reply)
    }
}

/// Limits the lifetime of a metadata token to AWS's maximum. aws-config's client adds the lifetime to the current
/// time, and panics if there is no such time.
fn cap_token_lifetime(headers: &mut HeaderMap) {
    let Some(lifetime) = headers.get_mut(TOKEN_LIFETIME) else {
        return;
    };
    let seconds = lifetime.to_str().ok().and_then(|text| text.parse().ok());
    if seconds.is_some_and(|seconds: u64| seconds > MAX_TOKEN_LIFETIME) {
        *lifetime = HeaderValue::from(MAX_TOKEN_LIFETIME);
    }
}

fn invalid(error: reqwest::Error) -> CallError {
    CallError::Request(error.to_string())
}

fn provider_error(host: &str, error: CallError) -> ProviderError {
    let source = error.source().cloned();
    let (kind, reason) = match error {
        CallError::Unreachable(error) => {
            let what = match error.kind {
                Unreachable::Untrusted | Unreachable::Tls => "no trusted connection to",
                _ => "could not reach",
            };
            let reason = format!("{what} {host}: {}", error.reason);
            (ProviderErrorKind::Unreachable(error.kind), reason)
        }
        CallError::UnexpectedResponse {
            reason, truncated, ..
        } => {
            let kind = if truncated {
                ProviderErrorKind::Unreachable(Unreachable::Connection)
            } else {
                ProviderErrorKind::Failed
            };
            let reason = format!("{host} returned an unexpected response: it {reason}");
            (kind, reason)
        }
        // Only calls of the service itself have other errors.
        _ => {
            let reason = format!("the request to {host} could not be made");
            (ProviderErrorKind::Invalid, reason)
        }
    };
    ProviderError {
        kind,
        reason,
        source,
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            connect_timeout: settings.connect_timeout().unwrap_or(self.connect_timeout),
            read_timeout: settings.read_timeout().unwrap_or(self.read_timeout),
            ..self.clone()
        })
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?
                .map(|body| body.bytes().map(<[u8]>::to_vec).unwrap_or_default());
            let reply = transport.send(request).await;
            let reply = reply.map_err(connector_error)?;
            HttpResponse::try_from(reply.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Converts an error for the SDK, which repeats a request after an I/O error.
fn connector_error(error: ProviderError) -> ConnectorError {
    match error.kind {
        ProviderErrorKind::Unreachable(kind) if kind.is_transient() => {
            ConnectorError::io(error.into())
        }
        _ => ConnectorError::other(error.into(), None),
    }
}

/// Whether the URL's host is this machine, or has a link-local address as the metadata services have. Through a proxy,
/// the request would reach the proxy's own metadata service, which has another role, and the proxy would see the
/// token.
fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local() || address.is_loopback(),
        // The IPv6 addresses of the metadata services, fd00:ec2::254 and fd00:ec2::23, are unique local addresses.
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local()
                || address.is_loopback()
                || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credentials_service_of_this_machine_is_never_called_through_a_proxy() {
        for url in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/creds",
            "http://[fd00:ec2::254]/latest",
            "http://[fe80::1]/",
            "http://127.0.0.1:1338/c",
            "http://[::1]:1338/c",
            "http://localhost:1338/c",
        ] {
            assert!(is_local(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://sts.us-east-1.amazonaws.com/",
            "http://[2001:db8::1]/",
            "https://localhost.example/",
        ] {
            assert!(!is_local(&url.parse().unwrap()), "{url}");
        }
    }
}
