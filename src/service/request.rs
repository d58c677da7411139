//! Builds and signs the requests of the service. No other code does this. Each request is a `GET` without a body.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use http::header::{ACCEPT, USER_AGENT};

use super::SIGNING_NAME;
use super::endpoint::{Endpoint, Region};
use super::error::LEFT_OUT;

const METHOD: Method = Method::GET;

const BODY: &str = "";

/// Builds a request for `path`, which may have an encoded query, and signs it with SigV4 in its headers.
///
/// # Errors
/// The path or the credentials contain characters that a request cannot contain.
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

/// Formats a request for logs: the method and the URL, then one line per header. The access key ID, the signature,
/// the session token, the user name and the page token are left out.
pub fn to_lines(request: &http::Request<&'static str>) -> Vec<String> {
    let (method, uri) = (request.method(), request.uri());
    let base = uri.to_string();
    let url = match base.split_once('?') {
        Some((base, query)) => format!("{base}?{}", without_users(query)),
        None => base,
    };
    let host = uri.authority().map(|host| format!("host: {host}"));
    let headers = request.headers().iter().map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = match name.as_str() {
            "x-amz-security-token" => LEFT_OUT.to_owned(),
            "authorization" => without_signature(&text),
            _ => text.into_owned(),
        };
        format!("{name}: {text}")
    });
    std::iter::once(format!("{method} {url}"))
        .chain(host)
        .chain(headers)
        .collect()
}

/// Removes user names and page tokens from a query. A page token may contain a user name.
fn without_users(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("username" | "nextToken"), _)) => format!("{name}=..."),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Reduces an `Authorization` header of SigV4 to the credential scope and the names of the signed headers. The
/// header has the form `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=...,
/// Signature=...`.
fn without_signature(authorization: &str) -> String {
    let parts = || {
        let (credential, rest) = authorization.split_once(", SignedHeaders=")?;
        let (algorithm, credential) = credential.split_once(" Credential=")?;
        let (signed_headers, _) = rest.split_once(", Signature=")?;
        // The scope has four parts. A key ID may contain slashes.
        let scope_start = credential.rmatch_indices('/').nth(3)?.0;
        Some((algorithm, &credential[scope_start..], signed_headers))
    };
    match parts() {
        Some((algorithm, scope, signed_headers)) => format!(
            "{algorithm} Credential={LEFT_OUT}{scope}, SignedHeaders={signed_headers}, Signature={LEFT_OUT}"
        ),
        None => LEFT_OUT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use aws_credential_types::Credentials;

    use super::super::endpoint::{Endpoint, EndpointParameters, Region};
    use super::*;

    #[test]
    fn a_request_is_shown_as_it_is_sent_without_secrets_and_users() {
        let region: Region = "us-east-1".parse().unwrap();
        let endpoint = Endpoint::resolve(&EndpointParameters {
            region: &region,
            partition: None,
            fips: false,
            dual_stack: false,
            custom: Some("http://127.0.0.1:8080/base"),
        });
        let keys = Credentials::new("AKID/1", "secret", Some("token".to_owned()), None, "test");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600);
        let path = "/portals/p/sessions?username=alice&status=Active&nextToken=alice";
        let request = signed(&endpoint.unwrap(), path, &region, &keys, time).unwrap();
        let lines = to_lines(&request);
        assert_eq!(
            lines[0],
            "GET http://127.0.0.1:8080/base/portals/p/sessions?username=...&status=Active&nextToken=..."
        );
        for line in [
            "host: 127.0.0.1:8080",
            "accept: application/json",
            "x-amz-date: 20250101T000000Z",
            "x-amz-security-token: (left out)",
            "authorization: AWS4-HMAC-SHA256 Credential=(left out)/20250101/us-east-1/workspaces-web/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=(left out)",
        ] {
            assert!(
                lines.iter().any(|shown| shown == line),
                "{line}: {lines:#?}"
            );
        }
        let text = lines.join("\n");
        for secret in ["AKID", "secret", "alice"] {
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn an_authorization_of_another_form_is_not_shown_at_all() {
        for other in [
            "",
            "Bearer x",
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c",
        ] {
            assert_eq!(without_signature(other), LEFT_OUT);
        }
    }
}
