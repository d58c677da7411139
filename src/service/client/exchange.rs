//! One exchange: sends a request, reads the reply, and tells a reply of the service from any other.

use http::header::{DATE, LOCATION};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::super::clock::{CLOCK, DatedReply};
use super::super::error::{self, CallError};
use super::super::retry_after;
use super::Client;
use super::from_reqwest::{from_reqwest, innermost};

/// The largest reply that is read, in bytes. A session takes some 400 bytes, and a page of a list
/// some hundred times that; a larger reply did not come from the service.
const MAX_BODY: usize = 1 << 20;

/// A reply with status 200: its document and its request ID.
pub(in crate::service) struct Reply {
    pub(in crate::service) document: Value,
    pub(super) request_id: Option<String>,
}

impl Reply {
    /// The error for a reply whose document is not the service's; `reason` continues "the reply ...".
    pub(in crate::service) fn unexpected(&self, reason: String) -> CallError {
        CallError::unexpected(reason, Some(200), self.request_id.clone())
    }
}

impl Client {
    /// Sends the request and reads the reply.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that sends requests of the service"
    )]
    pub(super) async fn exchange(&self, request: reqwest::Request) -> Result<Reply, CallError> {
        let sent = Instant::now();
        let response = self.http.execute(request).await;
        let mut response = response.map_err(from_reqwest)?;
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(self.route.proxy_rejection(response.headers()));
        }
        let dated = self.dated_reply(response.headers(), sent);
        let body = read_body(&mut response).await?;
        let result = read_reply(response.status(), response.headers(), &body);
        if let Some(dated) = dated.filter(|_| is_from_service(&result))
            && let Some(skew) = CLOCK.observe(dated)
        {
            self.observer.clock_corrected(skew);
        }
        result
    }

    fn dated_reply(&self, headers: &HeaderMap, sent: Instant) -> Option<DatedReply> {
        Some(DatedReply {
            date: retry_after::http_date(headers.get(DATE)?.to_str().ok()?)?,
            received: Timestamp::now(),
            round_trip: sent.elapsed(),
            is_protected: self.endpoint.is_https(),
        })
    }
}

/// Whether the reply shows that it comes from the service and not from a proxy.
fn is_from_service(result: &Result<Reply, CallError>) -> bool {
    match result {
        Ok(_) => true,
        Err(CallError::Service(error)) => error.code.is_some() || error.request_id.is_some(),
        Err(_) => false,
    }
}

fn read_reply(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Reply, CallError> {
    if status.is_redirection() {
        return Err(redirect(status, headers));
    }
    if status.as_u16() >= 400 {
        let now = CLOCK.now().as_second();
        return Err(error::from_reply(status, headers, body, now));
    }
    if status != StatusCode::OK {
        let reason = format!("has HTTP status {}, not 200", status.as_u16());
        return Err(unexpected(status, headers, reason));
    }
    read_document(headers, body)
}

/// The error for a whole reply that is not the service's; `reason` continues "the reply ...".
fn unexpected(status: StatusCode, headers: &HeaderMap, reason: String) -> CallError {
    CallError::unexpected(reason, Some(status.as_u16()), error::request_id(headers))
}

/// The error for a redirect, which the service never answers with.
fn redirect(status: StatusCode, headers: &HeaderMap) -> CallError {
    let target = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| reqwest::Url::parse(text).ok())
        .and_then(|url| url.host_str().map(|host| format!(" to {host}")))
        .unwrap_or_default();
    let reason = format!("is a redirect{target} with HTTP status {}", status.as_u16());
    unexpected(status, headers, reason)
}

/// Reads the document of a reply with status 200.
fn read_document(headers: &HeaderMap, body: &[u8]) -> Result<Reply, CallError> {
    let request_id = error::request_id(headers);
    match serde_json::from_slice(body) {
        Ok(document) => Ok(Reply {
            document,
            request_id,
        }),
        Err(_) if error::looks_like_html(headers, body) => {
            let reason = "is a page in HTML, perhaps from a proxy".to_owned();
            Err(unexpected(StatusCode::OK, headers, reason))
        }
        Err(error) => Err(CallError::UnexpectedResponse {
            reason: format!(
                "is not JSON (line {}, column {})",
                error.line(),
                error.column()
            ),
            status: Some(200),
            request_id,
            truncated: error.is_eof(),
        }),
    }
}

/// Reads a body of at most [`MAX_BODY`] bytes.
async fn read_body(response: &mut reqwest::Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(from_reqwest(error)),
            Err(error) => {
                let reason = format!("was cut short: {}", innermost(&error));
                return Err(CallError::UnexpectedResponse {
                    reason,
                    status: Some(response.status().as_u16()),
                    request_id: error::request_id(response.headers()),
                    truncated: true,
                });
            }
        };
        if body.len() + chunk.len() > MAX_BODY {
            let reason = format!("is larger than {} KiB", MAX_BODY >> 10);
            return Err(unexpected(response.status(), response.headers(), reason));
        }
        body.extend_from_slice(&chunk);
    }
}
