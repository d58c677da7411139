//! Signature Version 4: the `Authorization` header, and the signature that a request should have.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

/// A request as it was received.
#[derive(Debug)]
pub struct ReceivedRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path and the query, as sent.
    pub target: &'a str,
    /// The names and values of all headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, whose hash is signed.
    pub body: &'a [u8],
}

impl ReceivedRequest<'_> {
    /// Signs the request again with `secret`, at `time`, for the scope and the headers of `authorization`.
    /// Nothing if it has a header that cannot be signed.
    pub fn signature(
        &self,
        authorization: &Authorization<'_>,
        time: SystemTime,
        secret: &str,
    ) -> Option<String> {
        let mut settings = SigningSettings::default();
        // The client decided which headers to sign.
        settings.excluded_headers = None;
        let id = authorization.access_key_id;
        let identity = Credentials::new(id, secret, None, None, "emulator").into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(authorization.region)
            .name(authorization.service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?
            .into();
        let signed = self.headers.iter().copied().filter(|(name, _)| {
            let mut names = authorization.signed_headers.iter();
            names.any(|signed| signed.eq_ignore_ascii_case(name))
        });
        // The signer needs an absolute URL. Its host does not count, since `host` is a signed header.
        let path = self.target.strip_prefix('/')?;
        let url = format!("http://localhost/{path}");
        let body = SignableBody::Bytes(self.body);
        let request = SignableRequest::new(self.method, url, signed, body).ok()?;
        let signed = sign(request, &parameters).ok()?;
        Some(signed.into_parts().1)
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

/// A malformed `Authorization` header, with AWS's message.
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

    /// The credential scope, `DATE/REGION/SERVICE/aws4_request`.
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
        let request = ReceivedRequest {
            method: "GET",
            target: "/",
            headers: &[
                ("host", "example.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
                ("unsigned", "x"),
            ],
            body: b"",
        };
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_440_938_160);
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert_eq!(
            request.signature(&authorization, time, secret).unwrap(),
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
            assert!(error.to_string().contains(says), "{header}: {error}");
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
            let request = ReceivedRequest {
                method: "GET",
                target: &target,
                headers: &[("host", &text), (&text, "x")],
                body: text.as_bytes(),
            };
            let _ = request.signature(&authorization, SystemTime::UNIX_EPOCH, &text);
        }
    }
}
