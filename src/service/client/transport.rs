//! Sends one request and reads the entire reply, for the service and for the credential providers.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http_body_util::{BodyExt, Limited};

use super::super::error::{self, CallError};
use super::super::transport_error::{Source, TransportError, Unreachable};
use super::route::Route;
use super::tls_error;

/// The largest reply that is read, in bytes. A session takes about 400 bytes, and a page of a list a hundred times
/// that, so the service sends no larger reply.
const MAX_BODY: usize = 1 << 20;

/// Sends `request` once and reads the entire reply within `limit`. An error names the route. A reply of a proxy
/// with status 407 is an error.
///
/// # Errors
/// [`CallError::Unreachable`] or [`CallError::UnexpectedResponse`].
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that sends requests of the service and of the credential providers"
)]
pub(crate) async fn send(
    http: &reqwest::Client,
    request: reqwest::Request,
    route: &Route,
    limit: Duration,
) -> Result<http::Response<Vec<u8>>, CallError> {
    let exchange = async {
        let response = http.execute(request).await.map_err(from_reqwest)?;
        let (head, body) = http::Response::from(response).into_parts();
        if head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && matches!(route, Route::Through { .. })
        {
            return Err(CallError::unreachable(Unreachable::ProxyAuthentication, ""));
        }
        let error = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => return Ok(http::Response::from_parts(head, body.to_bytes().into())),
            Err(error) => error,
        };
        let (reason, source) = match error.downcast::<reqwest::Error>() {
            Ok(error) if error.is_timeout() => return Err(from_reqwest(*error)),
            Ok(error) => {
                let reason = format!("was cut short: {}", innermost(&*error));
                (reason, Some(Arc::new(error.without_url()) as Source))
            }
            Err(_) => (format!("is larger than {} KiB", MAX_BODY >> 10), None),
        };
        Err(CallError::UnexpectedResponse {
            reason,
            status: Some(head.status.as_u16()),
            request_id: error::request_id(&head.headers),
            truncated: source.is_some(),
            source,
        })
    };
    let result = tokio::time::timeout(limit, exchange).await;
    let result = result.unwrap_or_else(|_| {
        let reason = "no complete reply in time";
        Err(CallError::unreachable(Unreachable::AttemptTimedOut, reason))
    });
    result.map_err(|error| route.explain(error))
}

/// The message of the last cause, which is the most specific one.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Converts an error of the HTTP client. The URL is removed, because the path of a container's credentials is
/// secret.
fn from_reqwest(error: reqwest::Error) -> CallError {
    let error = error.without_url();
    let reason = innermost(&error);
    let causes = || std::iter::successors(std::error::Error::source(&error), |e| e.source());
    let is_not_http = causes()
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    let (kind, reason) = if error.is_timeout() && error.is_connect() {
        let reason = "no connection in time".to_owned();
        (Unreachable::ConnectTimedOut, reason)
    } else if error.is_timeout() {
        (Unreachable::AttemptTimedOut, "no reply in time".to_owned())
    } else if causes().any(is_lack_of_files) {
        (Unreachable::OpenFiles, reason)
    } else if error.is_dns() {
        (Unreachable::Dns, reason)
    } else if let Some(rejection) = causes().find_map(tls_error::from_cause) {
        rejection
    } else if reason == "tunnel error: proxy authorization required" {
        // hyper-util's type for this error is private, so its text is compared.
        (Unreachable::ProxyAuthentication, reason)
    } else if reason == "tunnel error: unsuccessful" {
        let reason = "it refused the connection".to_owned();
        (Unreachable::Connection, reason)
    } else if is_not_http {
        return CallError::unexpected(format!("is not HTTP: {reason}"), None, None);
    } else {
        (Unreachable::Connection, reason)
    };
    CallError::Unreachable(TransportError {
        kind,
        reason,
        source: Some(Arc::new(error)),
    })
}

/// Whether the limit of open files is reached. `ENFILE` and `EMFILE` have these numbers on every Unix.
fn is_lack_of_files(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    let number = error.and_then(std::io::Error::raw_os_error);
    cfg!(unix) && matches!(number, Some(23 | 24))
}
