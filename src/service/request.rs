//! The requests of the service: the one place that makes them, and all of them are `GET` without
//! a body.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use http::header::{ACCEPT, USER_AGENT};

use super::SIGNING_NAME;
use super::endpoint::{Endpoint, Region};

/// What every request does: read.
const METHOD: Method = Method::GET;

/// What every request carries: nothing.
const BODY: &str = "";

/// A request for `path` (and its query, encoded) at the endpoint, signed with SigV4 in its headers.
///
/// # Errors
/// The path or the credentials hold what no request can carry.
pub fn signed(
    endpoint: &Endpoint,
    path: &str,
    region: &Region,
    credentials: &Credentials,
    time: SystemTime,
) -> Result<http::Request<&'static str>, Box<dyn std::error::Error>> {
    let url = format!("{}{path}", endpoint.url());
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name(SIGNING_NAME)
        .time(time)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let signable = SignableRequest::new(
        METHOD.as_str(),
        &url,
        std::iter::empty(),
        SignableBody::Bytes(BODY.as_bytes()),
    )?;
    let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes requests of the service"
    )]
    let mut request = http::Request::builder()
        .method(METHOD)
        .uri(&url)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("wsb/", env!("CARGO_PKG_VERSION")))
        .body(BODY)?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}

/// The canonical request (SigV4) of a signed request, without the session token and without what
/// logs are to be kept clean of.
pub fn canonical(request: &http::Request<&'static str>) -> String {
    const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let mut headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str() != "authorization")
        .map(|(name, value)| {
            let text = if name.as_str() == "x-amz-security-token" {
                "(left out)".to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), text)
        })
        .collect();
    if let Some(authority) = request.uri().authority() {
        headers.push(("host".to_owned(), authority.to_string()));
    }
    let authorization = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let signed = authorization
        .split_once("SignedHeaders=")
        .and_then(|(_, rest)| rest.split(',').next())
        .unwrap_or_default();
    crate::stand_in::sigv4::canonical_request(
        request.method().as_str(),
        request.uri().path(),
        &without_users(request.uri().query().unwrap_or_default()),
        &headers,
        &signed.split(';').collect::<Vec<_>>(),
        EMPTY_SHA256,
    )
}

/// A query without the user whose sessions are asked for. A page's token is the service's own
/// secret, and may hold the user again.
fn without_users(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("username" | "nextToken"), _)) => format!("{name}=..."),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}
