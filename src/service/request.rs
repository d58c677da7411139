//! Builds and signs requests. No other code does, and each is a `GET` without a body.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use http::header::{ACCEPT, USER_AGENT};

use super::SIGNING_NAME;
use super::endpoint::{Endpoint, Region};

const METHOD: Method = Method::GET;

const BODY: &str = "";

/// A request for `path` (and its query, encoded) at the endpoint, signed with SigV4 in its headers.
///
/// # Errors
/// The path or the credentials contain characters that a request cannot carry.
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
