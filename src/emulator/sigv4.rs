//! Signature Version 4: the `Authorization` header, and the signature that a request should have.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use hyper::http::request::Parts;

const TERMINATOR: &str = "aws4_request";

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

impl<'a> Authorization<'a> {
    /// Parses the header's value.
    ///
    /// # Errors
    /// AWS's message, which says which part is missing or has the wrong form.
    pub fn parse(value: &'a str) -> Result<Self, String> {
        let Some(("AWS4-HMAC-SHA256", parameters)) = value.trim().split_once(' ') else {
            let algorithm = value.split(' ').next().unwrap_or_default();
            return Err(format!("Unsupported AWS 'algorithm': '{algorithm}'."));
        };
        let pairs = parameters.split(',').map(str::trim);
        let pairs = pairs.map(|pair| {
            pair.split_once('=').ok_or_else(|| {
                format!(
                    "'{pair}' not a valid key=value pair (missing equal-sign) in Authorization header."
                )
            })
        });
        let parameters = pairs.collect::<Result<HashMap<_, _>, _>>()?;
        let required = |name| {
            let parameter = parameters.get(name).copied();
            parameter
                .filter(|value| !value.is_empty())
                .ok_or_else(|| format!("Authorization header requires '{name}' parameter."))
        };
        let credential = required("Credential")?;
        let signature = required("Signature")?;
        let signed_headers = required("SignedHeaders")?;
        let parts: Vec<&str> = credential.split('/').collect();
        let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            ));
        };
        if terminator != TERMINATOR {
            return Err(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', \
                 not '{terminator}'."
            ));
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

    /// The signature of the request by `secret`, at `time`, for this scope and these headers. Nothing if a
    /// header cannot be signed.
    pub fn calculate_signature(
        &self,
        request: &Parts,
        body: &[u8],
        time: SystemTime,
        secret: &str,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        // The client decided which headers to sign.
        settings.excluded_headers = None;
        let identity = Credentials::new(self.access_key_id, secret, None, None, "emulator").into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let headers = request.headers.iter();
        let headers = headers.filter(|(name, _)| {
            let mut signed = self.signed_headers.iter();
            signed.any(|signed| signed.eq_ignore_ascii_case(name.as_str()))
        });
        let headers = headers
            .map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?)))
            .collect::<Option<Vec<_>>>()?;
        // The signer needs an absolute URL. Its host does not count, since `host` is a signed header.
        let path = request.uri.path_and_query()?.as_str().strip_prefix('/')?;
        let url = format!("http://localhost/{path}");
        let body = SignableBody::Bytes(body);
        let method = request.method.as_str();
        let request = SignableRequest::new(method, url, headers.into_iter(), body).ok()?;
        Some(sign(request, &parameters).ok()?.into_parts().1)
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use proptest::prelude::*;

    use super::*;

    /// The documentation's example: "Create a signed AWS API request" and the test suite of Signature
    /// Version 4 (`get-vanilla`).
    #[test]
    fn the_signature_of_the_published_example_is_computed() {
        let authorization = Authorization {
            access_key_id: "AKIDEXAMPLE",
            date: "20150830",
            region: "us-east-1",
            service: "service",
            signed_headers: vec!["host", "x-amz-date"],
            signature: "",
        };
        let request = Request::get("/")
            .header("host", "example.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z")
            .header("unsigned", "x");
        let (request, ()) = request.body(()).unwrap().into_parts();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160);
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert_eq!(
            authorization
                .calculate_signature(&request, b"", time, secret)
                .unwrap(),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
    }

    #[test]
    fn an_authorization_header_is_parsed() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/iam/aws4_request,\
                      SignedHeaders=host;x-amz-date, Signature=00ff";
        let authorization = Authorization::parse(header).unwrap();
        assert_eq!(authorization.access_key_id, "AKID");
        assert_eq!(authorization.signed_headers, ["host", "x-amz-date"]);
        assert_eq!(authorization.signature, "00ff");
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
            assert!(error.contains(says), "{header}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_or_signing_panic(
            text in ".*",
            header in "AWS4-HMAC-SHA256 .*",
            target in "/?[!-~]*",
        ) {
            let _ = Authorization::parse(&text);
            let _ = Authorization::parse(&header);
            let authorization = Authorization {
                access_key_id: &text,
                date: &text,
                region: &text,
                service: &text,
                signed_headers: vec![&text, "host"],
                signature: &text,
            };
            let request = Request::get(&target).header("host", &text).header(&text, "x").body(());
            if let Ok(request) = request {
                let (request, ()) = request.into_parts();
                let time = SystemTime::UNIX_EPOCH;
                let _ = authorization.calculate_signature(&request, text.as_bytes(), time, &text);
            }
        }
    }
}
