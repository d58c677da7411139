//! Signed requests: what the client signs, with whatever keys, endpoint, path and query, is what
//! the emulator checks, and a changed signature is refused.
//!
//! The input's lines are the endpoint, the path with its query, the region, the access key ID, the
//! secret, the session token, and the time in seconds since 1970.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use http::StatusCode;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::json;
use wsb::emulator::{EmulatorData, EmulatorService};
use wsb::service::endpoint::{Endpoint, EndpointParameters, Region};
use wsb::service::request;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (url, path, region) = (line(), line(), line());
    let (id, secret, token) = (
        line(),
        line(),
        Some(line()).filter(|token| !token.is_empty()),
    );
    let now = line()
        .parse()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    // From 1970 to 9999: X-Amz-Date has four digits for a year.
    let Some(now) = now.filter(|now| now.as_second() >= 0) else {
        return;
    };
    let Ok(region) = region.parse::<Region>() else {
        return;
    };
    let data = json!({
        "credentials": {"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token}
    });
    // Keys that no header can carry are refused, here as in the client.
    let Ok(data) = EmulatorData::parse(&data.to_string()) else {
        return;
    };
    let endpoint = Endpoint::resolve(&EndpointParameters {
        region: &region,
        partition: None,
        fips: false,
        dual_stack: false,
        custom: Some(url),
    });
    let Ok(endpoint) = endpoint else {
        return;
    };
    // The client encodes everything in a path. The SDK's signer reads a plus as a space, and bytes that
    // are not UTF-8 as a replacement character; the specification says neither.
    let whole = format!("{}{path}", endpoint.url());
    let is_encoded = reqwest::Url::parse(&whole).is_ok_and(|url| url.as_str() == whole);
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let is_text = !query.contains('+') && percent_decode_str(query).decode_utf8().is_ok();
    if !path.starts_with('/') || !is_encoded || !is_text {
        return;
    }
    let keys = Credentials::new(id, secret, token.map(str::to_owned), None, "oracle");
    let time = SystemTime::try_from(now).expect("after 1970");
    let Ok(request) = request::signed(&endpoint, path, &region, &keys, time) else {
        return;
    };
    assert_eq!(request.method(), http::Method::GET);
    assert!(request.body().is_empty());
    let shown = request::to_lines(&request).join("\n");
    for secret in [Some(secret), token].into_iter().flatten() {
        let is_elsewhere = whole.contains(secret) || region.as_str().contains(secret);
        let is_shown = secret.len() > 30 && !is_elsewhere && shown.contains(secret);
        assert!(!is_shown, "{shown}");
    }

    let (mut request, ()) = request.map(|_| ()).into_parts();
    let host = request.uri.authority().expect("a host").as_str();
    let host = host.parse().expect("a header");
    request.headers.insert("host", host);
    let service = EmulatorService::new(data);
    let status = |request: &http::request::Parts| {
        let (status, body) = service.reply(request, now, Duration::ZERO);
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let (accepted, body) = status(&request);
    assert_ne!(accepted, StatusCode::FORBIDDEN, "{body} {shown}");

    let signed = request.headers["authorization"].to_str().expect("visible");
    let (start, last) = signed.split_at(signed.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    let changed = format!("{start}{other}").parse().expect("a header");
    request.headers.insert("authorization", changed);
    assert_eq!(status(&request).0, StatusCode::FORBIDDEN);
}
