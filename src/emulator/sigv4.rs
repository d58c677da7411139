//! The canonical form of Signature Version 4, as "Create a signed AWS API request" in the AWS
//! General Reference gives it for every service except S3.
//!
//! The emulator checks signatures with it. Clients sign with `aws-sigv4`, so each checks the other.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

/// What is encoded: everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The canonical request.
///
/// `path` and `query` are as sent. `headers` are the names and values of all the request's headers;
/// the form contains those in `signed_headers`, sorted by name. `payload_hash` is the hex
/// SHA-256 of the body.
pub fn canonical_request<N: AsRef<str>, V: AsRef<str>>(
    method: &str,
    path: &str,
    query: &str,
    headers: &[(N, V)],
    signed_headers: &[&str],
    payload_hash: &str,
) -> String {
    let mut names: Vec<String> = signed_headers
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();

    let mut text = String::with_capacity(512);
    text.push_str(method);
    text.push('\n');
    push_path(&mut text, path);
    text.push('\n');
    push_query(&mut text, query);
    text.push('\n');
    for name in &names {
        text.push_str(name);
        text.push(':');
        let values = headers
            .iter()
            .filter(|(other, _)| other.as_ref().eq_ignore_ascii_case(name));
        for (index, (_, value)) in values.enumerate() {
            if index > 0 {
                text.push(',');
            }
            push_folded(&mut text, value.as_ref());
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&names.join(";"));
    text.push('\n');
    text.push_str(payload_hash);
    text
}

/// What the signing key signs. `date_time` is the `X-Amz-Date` header's value, `scope` is
/// `DATE/REGION/SERVICE/aws4_request`.
pub fn string_to_sign(date_time: &str, scope: &str, canonical_request: &str) -> String {
    let hash = sha256_hex(canonical_request.as_bytes());
    format!("{ALGORITHM}\n{date_time}\n{scope}\n{hash}")
}

/// The lower-case hexadecimal SHA-256 of `bytes`.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Pushes a path without dot segments and repeated slashes, encoded once more: a client sends `%3D`
/// and signs `%253D`.
fn push_path(text: &mut String, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        text.push('/');
        push_encoded(text, segment.as_bytes());
    }
    let is_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    if segments.is_empty() || is_folder {
        text.push('/');
    }
}

fn push_query(text: &mut String, query: &str) {
    let encode = |part: &str| {
        let mut encoded = String::with_capacity(part.len());
        let decoded: Vec<u8> = percent_decode_str(part).collect();
        push_encoded(&mut encoded, &decoded);
        encoded
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(name), encode(value))
        })
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// Encodes all bytes but the unreserved characters of RFC 3986.
fn push_encoded(text: &mut String, bytes: &[u8]) {
    text.extend(percent_encode(bytes, RESERVED));
}

/// Pushes a header's value, trimmed, with single spaces.
fn push_folded(text: &mut String, value: &str) {
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// A parsed `Authorization` header of Signature Version 4.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The access key's ID.
    pub access_key_id: &'a str,
    /// The scope's day, `YYYYMMDD`.
    pub date: &'a str,
    /// The scope's region.
    pub region: &'a str,
    /// The scope's service, by its signing name.
    pub service: &'a str,
    /// The names of the signed headers, as sent.
    pub signed_headers: Vec<&'a str>,
    /// The signature, in hexadecimal.
    pub signature: &'a str,
}

/// An `Authorization` header that is not of Signature Version 4. Its text is what AWS says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl<'a> Authorization<'a> {
    /// Parses the header's value.
    ///
    /// # Errors
    /// Says which part is missing or has the wrong form.
    pub fn parse(value: &'a str) -> Result<Self, Malformed> {
        let parameters = value
            .trim()
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or_else(|| {
                let given = value.split(' ').next().unwrap_or_default();
                Malformed(format!("Unsupported AWS 'algorithm': '{given}'."))
            })?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split(',').map(str::trim) {
            match parameter.split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed_headers = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                Some(_) => {}
                None => {
                    return Err(Malformed(format!(
                        "'{parameter}' not a valid key=value pair (missing equal-sign) in \
                         Authorization header."
                    )));
                }
            }
        }
        let required = |parameter: Option<&'a str>, name| {
            parameter.filter(|value| !value.is_empty()).ok_or_else(|| {
                Malformed(format!("Authorization header requires '{name}' parameter."))
            })
        };
        let credential = required(credential, "Credential")?;
        let signature = required(signature, "Signature")?;
        let signed_headers = required(signed_headers, "SignedHeaders")?;
        let parts: Vec<&str> = credential.split('/').collect();
        let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(Malformed(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if terminator != TERMINATOR {
            return Err(Malformed(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', \
                 not '{terminator}'."
            )));
        }
        Ok(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: signed_headers.split(';').collect(),
            signature,
        })
    }

    /// What the signing key is for: `DATE/REGION/SERVICE/aws4_request`.
    pub fn scope(&self) -> String {
        let Self {
            date,
            region,
            service,
            ..
        } = self;
        format!("{date}/{region}/{service}/{TERMINATOR}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const HEADERS: [(&str, &str); 2] = [
        ("X-Amz-Date", "20150830T123600Z"),
        ("Host", "example.amazonaws.com"),
    ];

    fn path(path: &str) -> String {
        let mut text = String::new();
        push_path(&mut text, path);
        text
    }

    #[test]
    fn the_test_suites_get_vanilla_query_order_encoded_gets_its_signature() {
        let canonical = canonical_request(
            "GET",
            "/",
            "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            &HEADERS,
            &["host", "x-amz-date"],
            EMPTY,
        );
        assert_eq!(
            canonical,
            format!(
                "GET\n/\n%E1%88%B4=Value1&Param=Value2&Param-3=Value3\n\
                 host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n\
                 host;x-amz-date\n{EMPTY}"
            )
        );
        let to_sign = string_to_sign(
            "20150830T123600Z",
            "20150830/us-east-1/service/aws4_request",
            &canonical,
        );
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160);
        let key = aws_sigv4::sign::v4::generate_signing_key(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            time,
            "us-east-1",
            "service",
        );
        assert_eq!(
            aws_sigv4::sign::v4::calculate_signature(key, to_sign.as_bytes()),
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"
        );
    }

    #[test]
    fn repeated_headers_are_joined_and_runs_of_spaces_folded() {
        let headers = [
            ("My-Header1", "  value2 "),
            ("Host", "example.amazonaws.com"),
            ("my-header1", "\"a   b   c\""),
        ];
        let text = canonical_request("GET", "/", "", &headers, &["my-header1", "Host"], EMPTY);
        assert!(text.starts_with(
            "GET\n/\n\nhost:example.amazonaws.com\nmy-header1:value2,\"a b c\"\n\nhost;my-header1\n"
        ));
    }

    #[test]
    fn a_path_is_normalised_and_encoded_again() {
        assert_eq!(
            path("/test/@connections/Rw%3D"),
            "/test/%40connections/Rw%253D"
        );
        assert_eq!(path("/a/../b//c/./d"), "/b/c/d");
        assert_eq!(path("/a/b/"), "/a/b/");
        assert_eq!(path("/a/b/.."), "/a/");
        assert_eq!(path("/../.."), "/");
        assert_eq!(path(""), "/");
    }

    #[test]
    fn a_query_is_decoded_encoded_and_sorted_by_name_then_value() {
        let mut text = String::new();
        push_query(&mut text, "b=2&a=%7e&a=%2B+%&b=10&&c");
        assert_eq!(text, "a=%2B%2B%25&a=~&b=10&b=2&c=");
    }

    #[test]
    fn an_authorization_header_is_parsed() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request,\
                      SignedHeaders=host;x-amz-date, Signature=00ff";
        let authorization = Authorization::parse(header).unwrap();
        assert_eq!(authorization.access_key_id, "AKID");
        assert_eq!(authorization.signed_headers, ["host", "x-amz-date"]);
        assert_eq!(authorization.signature, "00ff");
        assert_eq!(authorization.scope(), "20150830/us-east-1/iam/aws4_request");
    }

    #[test]
    fn a_malformed_authorization_header_says_what_is_wrong() {
        for (header, says) in [
            ("Basic dTpw", "algorithm"),
            ("AWS4-HMAC-SHA256", "algorithm"),
            ("AWS4-HMAC-SHA256 ", "algorithm"),
            ("AWS4-HMAC-SHA256 nonsense", "key=value"),
            (
                "AWS4-HMAC-SHA256 Signature=0, SignedHeaders=host",
                "'Credential'",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
                "'Signature'",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
                "exactly 5",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
                "terminator",
            ),
        ] {
            let error = Authorization::parse(header).unwrap_err();
            assert!(error.to_string().contains(says), "{header}: {error}");
        }
    }

    /// A request's URL, the headers that it has beside those that signing adds, and its body.
    fn request() -> impl Strategy<Value = (String, Vec<(String, String)>, Vec<u8>)> {
        let segment = "([a-zA-Z0-9@:=~._-]|%[0-9A-F]{2}|\\+){0,6}";
        // The signer reads bytes that are not UTF-8 as a replacement character, and a plus as a space.
        let pair = "([a-zA-Z0-9/?:@~._-]|%[2-7][0-9A-F]){0,5}(=([a-zA-Z0-9/?=~._-]|%[2-7][0-9a-f]|%C3%A9){0,5})?";
        let url = (
            proptest::collection::vec(segment, 0..5),
            proptest::collection::vec(pair, 0..5),
        )
            .prop_map(|(path, query)| {
                format!(
                    "http://127.0.0.1:8080/{}?{}",
                    path.join("/"),
                    query.join("&")
                )
            });
        let header = (
            "x-[a-z]{1,8}",
            " {0,2}[!-~]{0,4}( {1,3}[!-~]{1,4}){0,2} {0,2}",
        );
        let headers = proptest::collection::btree_map(header.0, header.1, 0..4)
            .prop_map(|headers| headers.into_iter().collect());
        (url, headers, proptest::collection::vec(any::<u8>(), 0..20))
    }

    proptest! {
        #[test]
        fn what_the_sdks_signer_signs_has_this_canonical_form(
            (url, headers, body) in request(),
            method in proptest::sample::select(vec!["GET", "POST", "DELETE"]),
            seconds in 0u64..253_402_300_800,
        ) {
            use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let identity = aws_credential_types::Credentials::new("AKID", "s", None, None, "test");
            let identity = identity.into();
            let parameters = aws_sigv4::sign::v4::SigningParams::builder()
                .identity(&identity)
                .region("eu-west-1")
                .name("service")
                .time(time)
                .settings(SigningSettings::default())
                .build()
                .unwrap()
                .into();
            let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let signable =
                SignableRequest::new(method, &url, given.clone(), SignableBody::Bytes(&body));
            let signed = sign(signable.unwrap(), &parameters).unwrap();
            let (instructions, signature) = signed.into_parts();

            let mut sent: Vec<(&str, &str)> = given.collect();
            sent.extend(instructions.headers());
            sent.push(("host", "127.0.0.1:8080"));
            let header = |wanted| sent.iter().find(|(name, _)| *name == wanted).unwrap().1;
            let authorization = Authorization::parse(header("authorization")).unwrap();
            let uri: http::Uri = url.parse().unwrap();
            let canonical = canonical_request(
                method,
                uri.path(),
                uri.query().unwrap_or_default(),
                &sent,
                &authorization.signed_headers,
                &sha256_hex(&body),
            );
            let to_sign = string_to_sign(header("x-amz-date"), &authorization.scope(), &canonical);
            let key = aws_sigv4::sign::v4::generate_signing_key("s", time, "eu-west-1", "service");
            let ours = aws_sigv4::sign::v4::calculate_signature(key, to_sign.as_bytes());
            prop_assert_eq!(&ours, &signature, "{}", canonical);
            prop_assert_eq!(authorization.signature, signature);
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*", header in "AWS4-HMAC-SHA256 .*") {
            let _ = Authorization::parse(&text);
            let _ = Authorization::parse(&header);
            let _ = canonical_request("GET", &text, &text, &[("host", &text)], &["host"], EMPTY);
        }
    }
}
