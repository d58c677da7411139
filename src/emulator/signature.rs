//! Verifies a request's signature (Signature Version 4). The errors quote "Troubleshoot Signature Version 4
//! signing" in the AWS General Reference.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use hyper::StatusCode;
use hyper::http::request::Parts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::data::EmulatorData;
use super::error_reply::ErrorReply;
use crate::service::SIGNING_NAME;

const DATE_TIME: &str = "%Y%m%dT%H%M%SZ";
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Checks the signature of a request without a body at the time `now` of the emulator's clock, and returns the
/// region for which it is signed.
pub(super) fn verify<'a>(
    request: &'a Parts,
    data: &EmulatorData,
    now: Timestamp,
) -> Result<&'a str, ErrorReply> {
    let header = |name| Some(request.headers.get(name)?.to_str().unwrap_or_default());
    let Some(authorization) = header("authorization") else {
        return Err(forbidden(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    };
    let authorization = Authorization::parse(authorization).ok_or_else(|| {
        incomplete(
            "The Authorization header must be 'AWS4-HMAC-SHA256 \
             Credential=keyid/date/region/service/aws4_request, SignedHeaders=..., Signature=...'.",
        )
    })?;
    let signed_at = header("x-amz-date").and_then(parse_date_time);
    let signed_at =
        signed_at.ok_or_else(|| incomplete("X-Amz-Date must be in ISO-8601 'basic format'."))?;
    let known = &data.credentials;
    if authorization.access_key_id != known.access_key_id
        || header("x-amz-security-token") != known.session_token.as_deref()
    {
        return Err(forbidden(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ));
    }
    if known.expired {
        return Err(forbidden(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ));
    }
    check_scope(&authorization, data)?;
    check_clock(signed_at, now)?;
    let secret = &known.secret_access_key;
    let time = SystemTime::try_from(signed_at).ok();
    let expected = time.and_then(|time| authorization.calculate_signature(request, time, secret));
    if expected.as_deref() != Some(authorization.signature) {
        return Err(invalid(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details.",
        ));
    }
    Ok(authorization.region)
}

fn check_scope(authorization: &Authorization<'_>, data: &EmulatorData) -> Result<(), ErrorReply> {
    let region = authorization.region;
    let problem = if !authorization.signs("host") {
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()
    } else if authorization.service != SIGNING_NAME {
        format!("Credential should be scoped to correct service: '{SIGNING_NAME}'.")
    } else if region.is_empty() || !data.accepts_region(region) {
        format!("Credential should be scoped to a valid region, not '{region}'.")
    } else {
        return Ok(());
    };
    Err(invalid(problem))
}

fn check_clock(signed_at: Timestamp, now: Timestamp) -> Result<(), ErrorReply> {
    let ahead = signed_at.duration_since(now);
    if ahead.abs() <= TOLERANCE {
        return Ok(());
    }
    let problem = if ahead.is_negative() {
        "expired"
    } else {
        "not yet current"
    };
    let [signed_at, now] = [signed_at, now].map(|time| time.strftime(DATE_TIME));
    Err(invalid(format!(
        "Signature {problem}: {signed_at} is more than 5 min. from {now}"
    )))
}

/// Reads `YYYYMMDDTHHMMSSZ`, and no other form.
fn parse_date_time(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime(DATE_TIME, text).ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    (time.strftime(DATE_TIME).to_string() == text).then_some(time)
}

fn forbidden(code: &'static str, message: impl AsRef<str>) -> ErrorReply {
    ErrorReply::new(StatusCode::FORBIDDEN, code, message)
}

fn invalid(message: impl AsRef<str>) -> ErrorReply {
    forbidden("InvalidSignatureException", message)
}

fn incomplete(message: &str) -> ErrorReply {
    let status = StatusCode::BAD_REQUEST;
    ErrorReply::new(status, "IncompleteSignatureException", message)
}

/// A parsed `Authorization` header of Signature Version 4.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    pub access_key_id: &'a str,
    pub region: &'a str,
    /// The scope's service, by its signing name.
    pub service: &'a str,
    /// The names of the signed headers, as sent.
    pub signed_headers: Vec<&'a str>,
    /// The signature, in hexadecimal.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Parses the header's value. Returns `None` if a part is missing or malformed. The scope's date is
    /// ignored, because the signature of a request covers the day of `X-Amz-Date`.
    pub fn parse(value: &'a str) -> Option<Self> {
        let parameters = value.trim().strip_prefix("AWS4-HMAC-SHA256 ")?;
        let parameter = |name| {
            let pairs = parameters.split(',');
            let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
            pairs.find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
        };
        let credential: Vec<&str> = parameter("Credential")?.split('/').collect();
        let [access_key_id, _date, region, service, "aws4_request"] = credential[..] else {
            return None;
        };
        Some(Self {
            access_key_id,
            region,
            service,
            signed_headers: parameter("SignedHeaders")?.split(';').collect(),
            signature: parameter("Signature")?,
        })
    }

    fn signs(&self, header: &str) -> bool {
        let mut signed = self.signed_headers.iter();
        signed.any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Calculates the signature of a request without a body, with `secret` and at `time`, for the scope and the
    /// signed headers of this `Authorization`. Returns `None` if a header cannot be signed.
    pub fn calculate_signature(
        &self,
        request: &Parts,
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
        let headers = headers.filter(|(name, _)| self.signs(name.as_str()));
        let headers = headers
            .map(|(name, value)| Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?)))
            .collect::<Option<Vec<_>>>()?;
        // The signer needs an absolute URL. Its host has no effect, because `host` is a signed header.
        let path = request.uri.path_and_query()?.as_str().strip_prefix('/')?;
        let url = format!("http://localhost/{path}");
        let method = request.method.as_str();
        let body = SignableBody::Bytes(b"");
        let request = SignableRequest::new(method, url, headers.into_iter(), body).ok()?;
        Some(sign(request, &parameters).ok()?.into_parts().1)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use hyper::Request;
    use proptest::prelude::*;

    use super::*;
    use crate::emulator::EmulatorCredentials;
    use crate::service::endpoint::Region;

    pub(in super::super) fn now() -> Timestamp {
        Timestamp::from_second(1_440_938_160).unwrap()
    }

    pub(in super::super) fn credentials() -> EmulatorCredentials {
        EmulatorCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
            expired: false,
        }
    }

    /// A request as a client with `credentials` signs it at `time` for `service`.
    pub(in super::super) fn sign(
        uri: &str,
        credentials: &EmulatorCredentials,
        time: Timestamp,
        service: &str,
    ) -> Parts {
        let date_time = time.strftime(DATE_TIME).to_string();
        let day = &date_time[..8];
        let mut request = Request::get(uri)
            .header("host", "127.0.0.1:80")
            .header("x-amz-date", &date_time);
        if let Some(token) = &credentials.session_token {
            request = request.header("x-amz-security-token", token);
        }
        let (mut request, ()) = request.body(()).unwrap().into_parts();
        let authorization = Authorization {
            access_key_id: &credentials.access_key_id,
            region: "us-east-1",
            service,
            signed_headers: vec!["host", "x-amz-date"],
            signature: "",
        };
        let time = time.try_into().unwrap();
        let secret = &credentials.secret_access_key;
        let signature = authorization.calculate_signature(&request, time, secret);
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={}/{day}/us-east-1/{service}/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={}",
            credentials.access_key_id,
            signature.unwrap()
        );
        let value = value.parse().unwrap();
        request.headers.insert("authorization", value);
        request
    }

    fn data(credentials: EmulatorCredentials) -> EmulatorData {
        let mut data = EmulatorData::default();
        data.credentials = credentials;
        data
    }

    fn signed() -> Parts {
        sign("/portals?b=1&a=%C3%A9", &credentials(), now(), SIGNING_NAME)
    }

    fn check(request: &Parts) -> Result<&str, String> {
        verify(request, &data(credentials()), now()).map_err(|error| {
            let status = error.status.as_u16();
            format!("{status} {} {}", error.code, error.body)
        })
    }

    fn refused(request: &Parts, wanted: &str) {
        let answer = check(request).unwrap_err();
        assert!(answer.contains(wanted), "{answer}");
    }

    #[test]
    fn a_good_signature_gives_the_region() {
        assert_eq!(check(&signed()), Ok("us-east-1"));
    }

    #[test]
    fn a_request_without_a_signature_is_missing_its_token() {
        let mut request = signed();
        request.headers.remove("authorization");
        refused(&request, "403 MissingAuthenticationTokenException");
    }

    #[test]
    fn a_malformed_signature_is_incomplete() {
        let mut request = signed();
        request
            .headers
            .insert("authorization", "Basic dTpw".parse().unwrap());
        refused(&request, "400 IncompleteSignatureException");
        let mut request = signed();
        request
            .headers
            .insert("x-amz-date", "20150830T1236Z".parse().unwrap());
        refused(&request, "400 IncompleteSignatureException");
        request.headers.remove("x-amz-date");
        refused(&request, "400 IncompleteSignatureException");
    }

    #[test]
    fn a_wrong_secret_is_an_invalid_signature() {
        let mut wrong = credentials();
        wrong.secret_access_key.push('x');
        let request = sign("/portals", &wrong, now(), SIGNING_NAME);
        refused(&request, "403 InvalidSignatureException");
        refused(&request, "does not match the signature you provided");
    }

    #[test]
    fn an_unknown_key_and_a_wrong_or_missing_token_are_an_unrecognized_client() {
        let mut wrong = credentials();
        wrong.access_key_id.push('X');
        refused(
            &sign("/portals", &wrong, now(), SIGNING_NAME),
            "403 UnrecognizedClientException",
        );
        for token in [None, Some("stale".to_owned())] {
            let wrong = EmulatorCredentials {
                session_token: token,
                ..credentials()
            };
            refused(
                &sign("/portals", &wrong, now(), SIGNING_NAME),
                "403 UnrecognizedClientException",
            );
        }
    }

    #[test]
    fn a_changed_query_is_an_invalid_signature() {
        let mut request = signed();
        request.uri = "/portals?b=2&a=%C3%A9".parse().unwrap();
        refused(&request, "403 InvalidSignatureException");
    }

    #[test]
    fn another_service_or_region_is_out_of_scope() {
        let request = sign("/portals", &credentials(), now(), "workspaces");
        refused(&request, "correct service: 'workspaces-web'");
        let request = signed();
        let mut data = data(credentials());
        data.region = Some(Region::known("eu-west-1"));
        let error = verify(&request, &data, now()).unwrap_err();
        assert_eq!(error.code, "InvalidSignatureException");
    }

    #[test]
    fn a_clock_more_than_five_minutes_off_is_told_so() {
        for seconds in [-300, 300] {
            let time = now() + SignedDuration::from_secs(seconds);
            assert!(check(&sign("/portals", &credentials(), time, SIGNING_NAME)).is_ok());
        }
        let time = now() + SignedDuration::from_secs(-301);
        refused(
            &sign("/portals", &credentials(), time, SIGNING_NAME),
            "Signature expired: 20150830T123059Z is more than 5 min. from 20150830T123600Z",
        );
        let time = now() + SignedDuration::from_secs(301);
        refused(
            &sign("/portals", &credentials(), time, SIGNING_NAME),
            "Signature not yet current: 20150830T124101Z is more than 5 min. from 20150830T123600Z",
        );
    }

    #[test]
    fn expired_credentials_are_an_expired_token() {
        let known = EmulatorCredentials {
            expired: true,
            ..credentials()
        };
        let request = signed();
        let error = verify(&request, &data(known), now()).unwrap_err();
        assert_eq!(error.code, "ExpiredTokenException");
    }

    /// The documentation's example: "Create a signed AWS API request" and the test suite of Signature
    /// Version 4 (`get-vanilla`).
    #[test]
    fn the_signature_of_the_published_example_is_computed() {
        let authorization = Authorization {
            access_key_id: "AKIDEXAMPLE",
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
                .calculate_signature(&request, time, secret)
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
    fn a_malformed_authorization_header_is_refused() {
        for header in [
            "Basic dTpw",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 ",
            "AWS4-HMAC-SHA256 nonsense",
            "AWS4-HMAC-SHA256 Signature=0, SignedHeaders=host",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=",
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
        ] {
            assert_eq!(Authorization::parse(header), None, "{header}");
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
                region: &text,
                service: &text,
                signed_headers: vec![&text, "host"],
                signature: &text,
            };
            let request = Request::get(&target).header("host", &text).header(&text, "x").body(());
            if let Ok(request) = request {
                let (request, ()) = request.into_parts();
                let time = SystemTime::UNIX_EPOCH;
                let _ = authorization.calculate_signature(&request, time, &text);
            }
        }
    }
}
