//! A request in logs: method, URL and headers as they are sent, without secrets and user names.

use http::header::AUTHORIZATION;

/// Replaces a secret.
const LEFT_OUT: &str = "(left out)";

/// A signed request of the service, for logs.
#[derive(Clone, Copy)]
pub struct SentRequest<'a>(&'a http::Request<&'static str>);

impl<'a> SentRequest<'a> {
    /// The log's view of `request`.
    pub fn new(request: &'a http::Request<&'static str>) -> Self {
        Self(request)
    }

    /// The request in lines: the method and the URL, then one line per header. The access key ID,
    /// the signature, the session token, the user name and the page's token are left out.
    pub fn lines(&self) -> Vec<String> {
        let (method, uri) = (self.0.method(), self.0.uri());
        let base = uri.to_string();
        let url = match base.split_once('?') {
            Some((base, query)) => format!("{base}?{}", without_users(query)),
            None => base,
        };
        let host = uri.authority().map(|host| format!("host: {host}"));
        let headers = self.0.headers().iter().map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let text = match name.as_str() {
                "x-amz-security-token" => LEFT_OUT.to_owned(),
                _ if name == AUTHORIZATION => without_signature(&text),
                _ => text.into_owned(),
            };
            format!("{name}: {text}")
        });
        std::iter::once(format!("{method} {url}"))
            .chain(host)
            .chain(headers)
            .collect()
    }
}

/// A query without user names. A page token is the service's secret, and may contain the user name.
fn without_users(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name @ ("username" | "nextToken"), _)) => format!("{name}=..."),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// An `Authorization` header of SigV4 with the scope and the names of the signed headers only:
/// `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=..., Signature=...`.
fn without_signature(authorization: &str) -> String {
    let parts = || {
        let (credential, rest) = authorization.split_once(", SignedHeaders=")?;
        let (algorithm, credential) = credential.split_once(" Credential=")?;
        let (signed_headers, _) = rest.split_once(", Signature=")?;
        // The scope has four parts; a key ID may hold slashes.
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
    use super::super::request;
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
        let request = request::signed(&endpoint.unwrap(), path, &region, &keys, time).unwrap();
        let lines = SentRequest::new(&request).lines();
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
