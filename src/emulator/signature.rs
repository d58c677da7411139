//! Verifies a request's signature. The errors quote "Troubleshoot
//! Signature Version 4 signing" in the AWS General Reference.

use std::time::SystemTime;

use hyper::StatusCode;
use hyper::http::request::Parts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::data::EmulatorData;
use super::error_reply::ErrorReply;
use super::sigv4::Authorization;

const SERVICE: &str = "workspaces-web";
const DATE_TIME: &str = "%Y%m%dT%H%M%SZ";
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Checks the signature of a request at the time `now` of the service's clock, and returns the
/// region that it is signed for.
pub(super) fn verify<'a>(
    request: &'a Parts,
    body: &[u8],
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
    let authorization = Authorization::parse(authorization).map_err(incomplete)?;
    let date_time = header("x-amz-date")
        .ok_or_else(|| incomplete("Authorization header requires existence of 'X-Amz-Date'."))?;
    let signed_at = parse_date_time(date_time).ok_or_else(|| {
        incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date_time}'."
        ))
    })?;
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
    check_scope(&authorization, date_time, data)?;
    check_clock(signed_at, now)?;
    let secret = &known.secret_access_key;
    let time = SystemTime::try_from(signed_at).ok();
    let expected =
        time.and_then(|time| authorization.calculate_signature(request, body, time, secret));
    if expected.as_deref() != Some(authorization.signature) {
        return Err(invalid(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details.",
        ));
    }
    Ok(authorization.region)
}

fn check_scope(
    authorization: &Authorization<'_>,
    date_time: &str,
    data: &EmulatorData,
) -> Result<(), ErrorReply> {
    let mut signed = authorization.signed_headers.iter();
    if !signed.any(|name| name.eq_ignore_ascii_case("host")) {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    if authorization.service != SERVICE {
        return Err(invalid(format!(
            "Credential should be scoped to correct service: '{SERVICE}'."
        )));
    }
    let region = authorization.region;
    if region.is_empty() || !data.accepts_region(region) {
        return Err(invalid(format!(
            "Credential should be scoped to a valid region, not '{region}'."
        )));
    }
    let day = date_time.get(..8).unwrap_or_default();
    if authorization.date != day {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{day}', from '{date_time}'.",
            authorization.date
        )));
    }
    Ok(())
}

fn check_clock(signed_at: Timestamp, now: Timestamp) -> Result<(), ErrorReply> {
    let text = |time: Timestamp| time.strftime(DATE_TIME).to_string();
    let earliest = now.saturating_add(-TOLERANCE).unwrap_or(now);
    let latest = now.saturating_add(TOLERANCE).unwrap_or(now);
    let (problem, limit, sign) = if signed_at < earliest {
        ("Signature expired: {} is now earlier than", earliest, '-')
    } else if signed_at > latest {
        (
            "Signature not yet current: {} is still later than",
            latest,
            '+',
        )
    } else {
        return Ok(());
    };
    Err(invalid(format!(
        "{} {} ({} {sign} 5 min.)",
        problem.replace("{}", &text(signed_at)),
        text(limit),
        text(now)
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

fn incomplete(message: impl AsRef<str>) -> ErrorReply {
    let status = StatusCode::BAD_REQUEST;
    ErrorReply::new(status, "IncompleteSignatureException", message)
}

#[cfg(test)]
pub(super) mod tests {
    use hyper::Request;

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
            date: day,
            region: "us-east-1",
            service,
            signed_headers: vec!["host", "x-amz-date"],
            signature: "",
        };
        let time = time.try_into().unwrap();
        let secret = &credentials.secret_access_key;
        let signature = authorization.calculate_signature(&request, b"", time, secret);
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
        EmulatorData::new(credentials)
    }

    fn signed() -> Parts {
        sign("/portals?b=1&a=%C3%A9", &credentials(), now(), SERVICE)
    }

    fn check(request: &Parts) -> Result<&str, String> {
        verify(request, b"", &data(credentials()), now()).map_err(|error| {
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
        let request = sign("/portals", &wrong, now(), SERVICE);
        refused(&request, "403 InvalidSignatureException");
        refused(&request, "does not match the signature you provided");
    }

    #[test]
    fn an_unknown_key_and_a_wrong_or_missing_token_are_an_unrecognized_client() {
        let mut wrong = credentials();
        wrong.access_key_id.push('X');
        refused(
            &sign("/portals", &wrong, now(), SERVICE),
            "403 UnrecognizedClientException",
        );
        for token in [None, Some("stale".to_owned())] {
            let wrong = EmulatorCredentials {
                session_token: token,
                ..credentials()
            };
            refused(
                &sign("/portals", &wrong, now(), SERVICE),
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
    fn a_body_that_was_not_signed_is_an_invalid_signature() {
        assert!(verify(&signed(), b"x", &data(credentials()), now()).is_err());
    }

    #[test]
    fn another_service_or_region_is_out_of_scope() {
        let request = sign("/portals", &credentials(), now(), "workspaces");
        refused(&request, "correct service: 'workspaces-web'");
        let request = signed();
        let mut data = data(credentials());
        data.default_region = Region::known("eu-west-1");
        data.accepts_any_region = false;
        let error = verify(&request, b"", &data, now()).unwrap_err();
        assert_eq!(error.code, "InvalidSignatureException");
    }

    #[test]
    fn another_day_in_the_scope_is_out_of_scope() {
        let mut request = signed();
        request
            .headers
            .insert("x-amz-date", "20150831T000000Z".parse().unwrap());
        refused(
            &request,
            "'20150830' != '20150831', from '20150831T000000Z'",
        );
    }

    #[test]
    fn a_clock_more_than_five_minutes_off_is_told_so() {
        for seconds in [-300, 300] {
            let time = now() + SignedDuration::from_secs(seconds);
            assert!(check(&sign("/portals", &credentials(), time, SERVICE)).is_ok());
        }
        let time = now() + SignedDuration::from_secs(-301);
        refused(
            &sign("/portals", &credentials(), time, SERVICE),
            "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z \
             (20150830T123600Z - 5 min.)",
        );
        let time = now() + SignedDuration::from_secs(301);
        refused(
            &sign("/portals", &credentials(), time, SERVICE),
            "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z \
             (20150830T123600Z + 5 min.)",
        );
    }

    #[test]
    fn expired_credentials_are_an_expired_token() {
        let known = EmulatorCredentials {
            expired: true,
            ..credentials()
        };
        let request = signed();
        let error = verify(&request, b"", &data(known), now()).unwrap_err();
        assert_eq!(error.code, "ExpiredTokenException");
    }
}
