//! Parses an error reply by the rules of the protocol restJson1 (Smithy, "Operation error serialization").

use std::time::Duration;

use http::{HeaderMap, Response};
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;

use super::{CallError, ServiceError, ServiceErrorKind};

/// The limits of an error reply's texts, in bytes, and of its fields. The service's own messages are far shorter.
const MAX_TEXT: usize = 4096;
const MAX_FIELDS: usize = 32;

fn bounded(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MAX_TEXT)])
}

/// The request ID, from one of the headers that AWS services use for it.
pub(in crate::service) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id"]
        .into_iter()
        .find_map(|name| header(headers, name))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let text = text.trim();
    (!text.is_empty()).then(|| bounded(text))
}

/// Parses an error reply: a reply with status 400 or more. `now` is in seconds since 1970, for a `Retry-After`
/// with a date.
///
/// The error's name is in `x-amzn-errortype`, or in the body's `code` or `__type`. A `:suffix` and a `namespace#`
/// are removed. An HTML page without an error's name and a request ID is not from the service: a proxy's 404 does
/// not mean that the session does not exist.
pub fn from_reply(response: &Response<Vec<u8>>, now: i64) -> CallError {
    let (status, headers) = (response.status(), response.headers());
    let request_id = request_id(headers);
    let document: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| document.get(name)?.as_str())
            .map(bounded)
    };
    let code = header(headers, "x-amzn-errortype")
        .or_else(|| text(&["code", "__type"]))
        .and_then(|raw| bare_name(&raw));

    let is_marked = code.is_some() || request_id.is_some();
    if status.is_client_error() && !is_marked && looks_like_html(response) {
        let status = status.as_u16();
        let reason = format!("is an HTML page with HTTP status {status}, perhaps from a proxy");
        return CallError::unexpected(reason, Some(status), request_id);
    }
    CallError::Service(Box::new(ServiceError {
        kind: ServiceErrorKind::classify(code.as_deref(), status),
        message: text(&["message", "Message", "errorMessage"]),
        reason: text(&["reason"]),
        fields: field_list(&document),
        status: status.as_u16(),
        request_id,
        retry_after: header(headers, "retry-after").and_then(|text| retry_after(&text, now)),
        date: header(headers, "date").and_then(|text| http_date(&text)),
        code,
    }))
}

/// Converts `aws.protocoltests#FooError:http://amazon.com/...` to `FooError`.
fn bare_name(raw: &str) -> Option<String> {
    let name = raw.split(':').next().unwrap_or(raw);
    let name = name.rsplit('#').next().unwrap_or(name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn field_list(document: &Value) -> Vec<(String, String)> {
    let text = |field: &Value, name: &str| {
        let text = field.get(name).and_then(Value::as_str);
        bounded(text.unwrap_or_default())
    };
    document
        .get("fieldList")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(MAX_FIELDS)
        .map(|field| (text(field, "name"), text(field, "message")))
        .collect()
}

/// Whether the reply is HTML, by its content type or its first character.
pub(in crate::service) fn looks_like_html(response: &Response<Vec<u8>>) -> bool {
    let content_type = header(response.headers(), "content-type");
    content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
        || response.body().trim_ascii_start().starts_with(b"<")
}

/// Parses an HTTP date, as in `Date` and `Retry-After`, to seconds since 1970.
pub fn http_date(text: &str) -> Option<i64> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let timestamp = PARSER.parse_timestamp(text.trim()).ok()?;
    Some(timestamp.as_second())
}

/// Parses a `Retry-After` (RFC 9110, 10.2.3) and returns the wait. `now` is in seconds since 1970. A date in the
/// past means no wait. A value that is neither a number nor a date is `None`.
pub fn retry_after(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)?.saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> CallError {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        from_reply(&response.body(body.into()).unwrap(), 0)
    }

    fn service_error(status: u16, headers: &[(&'static str, &str)], body: &str) -> ServiceError {
        match reply(status, headers, body) {
            CallError::Service(error) => *error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_name_is_found_wherever_rest_json_puts_it_and_stripped() {
        let header_forms = [
            "FooError",
            "FooError:http://internal.amazon.com/coral/com.amazon.coral.validate/",
            "aws.protocoltests.restjson#FooError",
            "aws.protocoltests.restjson#FooError:http://internal.amazon.com/coral/",
        ];
        for form in header_forms {
            let error = service_error(400, &[("x-amzn-errortype", form)], "");
            assert_eq!(error.code.as_deref(), Some("FooError"));
            for key in ["code", "__type"] {
                let error = service_error(400, &[], &format!(r#"{{"{key}": "{form}"}}"#));
                assert_eq!(error.code.as_deref(), Some("FooError"));
            }
        }
        let both = service_error(400, &[("x-amzn-errortype", "A")], r#"{"code": "B"}"#);
        assert_eq!(both.code.as_deref(), Some("A"));
    }

    #[test]
    fn the_message_is_found_under_its_three_names() {
        for key in ["message", "Message", "errorMessage"] {
            let error = service_error(400, &[], &format!(r#"{{"{key}": "why"}}"#));
            assert_eq!(error.message.as_deref(), Some("why"));
        }
    }

    #[test]
    fn a_validation_error_keeps_its_reason_and_fields() {
        let error = service_error(
            400,
            &[("x-amzn-errortype", "ValidationException")],
            r#"{"message":"m","reason":"fieldValidationFailed","fieldList":[{"name":"sessionId","message":"bad"},{"name":null}]}"#,
        );
        assert_eq!(error.kind, ServiceErrorKind::Rejected);
        assert_eq!(error.reason.as_deref(), Some("fieldValidationFailed"));
        assert_eq!(
            error.fields,
            [
                ("sessionId".to_owned(), "bad".to_owned()),
                (String::new(), String::new())
            ]
        );
    }

    #[test]
    fn a_common_error_is_told_by_its_name_and_any_other_by_its_status() {
        use ServiceErrorKind::*;
        for (status, code, kind) in [
            (403, "ExpiredTokenException", Credentials),
            (403, "UnrecognizedClientException", Credentials),
            (403, "InvalidSignatureException", Credentials),
            (400, "RequestExpired", Credentials),
            (400, "IncompleteSignature", Credentials),
            (403, "MissingAuthenticationToken", Credentials),
            (403, "OptInRequired", AccessDenied),
            (503, "ServiceUnavailable", ServerFault),
            (400, "Throttling", Throttled),
            (503, "SlowDown", Throttled),
            (418, "TeapotException", Rejected),
            (599, "Novel", ServerFault),
            (403, "Novel", AccessDenied),
        ] {
            let error = service_error(status, &[("x-amzn-errortype", code)], "{}");
            assert_eq!(error.kind, kind, "{code}");
        }
    }

    #[test]
    fn a_body_other_than_an_error_document_still_gives_status_and_request_id() {
        for body in ["", "null", "[]", "{\"message\":7}", "<html>", "\u{0}"] {
            let error = service_error(500, &[("x-amzn-requestid", "r-1")], body);
            assert_eq!(error.kind, ServiceErrorKind::ServerFault);
            assert_eq!(error.status, 500);
            assert_eq!(error.request_id.as_deref(), Some("r-1"));
            assert_eq!(error.message, None);
        }
    }

    #[test]
    fn an_error_of_a_megabyte_is_cut() {
        let long = "é".repeat(500_000);
        let fields = vec![serde_json::json!({"name": "n", "message": "m"}); 10_000];
        let body = serde_json::json!({"message": long, "reason": long, "fieldList": fields});
        let error = service_error(400, &[], &body.to_string());
        let message = error.message.unwrap();
        assert!(message.starts_with("éé") && message.ends_with("é..."));
        assert!(message.len() < 5000 && error.reason.unwrap().len() < 5000);
        assert_eq!(error.fields.len(), 32);
    }

    #[test]
    fn a_page_of_a_proxy_is_not_taken_for_an_error_of_the_service() {
        let page = "<!DOCTYPE html><h1>Not found</h1>";
        assert!(matches!(
            reply(404, &[("content-type", "text/html")], page),
            CallError::UnexpectedResponse {
                status: Some(404),
                ..
            }
        ));
        let marked = service_error(404, &[("x-amzn-requestid", "r")], page);
        assert_eq!(marked.kind, ServiceErrorKind::NotFound);
        let fault = service_error(503, &[], page);
        assert_eq!(fault.kind, ServiceErrorKind::ServerFault);
    }

    const NOVEMBER_1994: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(retry_after("120", 0), Some(Duration::from_secs(120)));
        assert_eq!(http_date(NOVEMBER_1994), Some(784_111_777));
        assert_eq!(
            retry_after(NOVEMBER_1994, 784_111_770),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            retry_after(NOVEMBER_1994, 784_111_800),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn nonsense_is_no_wish() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "1e9",
            "Sun, 99 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(retry_after(text, 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_retry_after_fail(text in ".*", now in any::<i64>()) {
            let _ = retry_after(&text, now);
        }

        #[test]
        fn any_reply_is_read_without_a_panic_and_stays_an_error(
            status in 400u16..600,
            name in "[ -~]{0,30}",
            value in "[ -~]{0,30}",
            body in prop_oneof![
                ".*",
                r#"\{"(message|code|__type|reason)":("[ -~&&[^"\\]]{0,20}"|[0-9]{1,5}|null|\[\])\}"#,
                r#"\{"fieldList":\[(\{"name":"x","message":null\}|5|"x")\]\}"#,
            ],
        ) {
            let headers = [
                ("x-amzn-errortype", name.as_str()),
                ("retry-after", value.as_str()),
                ("date", value.as_str()),
                ("x-amzn-requestid", value.as_str()),
            ];
            let error = reply(status, &headers, &body);
            prop_assert_eq!(error.status(), Some(status));
            if let CallError::Service(error) = error
                && let Some(code) = error.code
            {
                prop_assert!(!code.is_empty() && !code.contains([':', '#']));
            }
        }
    }
}
