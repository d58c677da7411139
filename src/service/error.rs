//! The errors that a call can end in, and how a reply becomes one of them.
//!
//! Sources: the API page's error list, "Common Errors" of the AWS APIs, and the
//! restJson1 protocol's rules for finding an error's name (Smithy, "Operation
//! error serialization").

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::credentials::NoCredentials;
use super::retry_after;

/// What an error reply of the service means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceErrorKind {
    /// The caller may not do this.
    AccessDenied,
    /// There is no such portal or session.
    NotFound,
    /// The request itself was rejected.
    Rejected,
    /// Too many requests.
    Throttled,
    /// The service failed.
    Fault,
    /// The credentials are missing, expired or wrong, or the signature is.
    Credentials,
}

/// An error that the service itself answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// What it means.
    pub kind: ServiceErrorKind,
    /// Its name, as in `ResourceNotFoundException`; `None` if the reply gave none.
    pub code: Option<String>,
    /// The service's own words, untrusted; `None` if the reply gave none.
    pub message: Option<String>,
    /// A ValidationException's `reason`.
    pub reason: Option<String>,
    /// A ValidationException's `fieldList`: names and messages.
    pub fields: Vec<(String, String)>,
    /// The HTTP status.
    pub status: u16,
    /// The request's ID, for AWS support.
    pub request_id: Option<String>,
    /// How long the service asked to wait before another attempt.
    pub retry_after: Option<Duration>,
    /// The reply's `Date`, seconds since 1970.
    pub date: Option<i64>,
}

/// Why the service could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The host's name has no address.
    Dns,
    /// No connection, or it broke before the reply was whole.
    Connection,
    /// The peer's certificate is not trusted, or TLS could not be agreed on.
    Tls,
    /// This process, or the machine, may open no more files, and a connection is one.
    OpenFiles,
    /// A time-out of one attempt.
    AttemptTimedOut,
    /// The time for the whole command ran out.
    CommandTimedOut,
    /// No connection by way of the proxy, or it broke.
    ThroughProxy,
    /// The proxy refused.
    Proxy,
}

/// The end of a call that did not end in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The service answered with an error.
    Service(Box<ServiceError>),
    /// There are no credentials to sign with.
    NoCredentials(Box<NoCredentials>),
    /// The service could not be reached; why, in the transport's words.
    Unreachable(Unreachable, String),
    /// Something answered, but not the service.
    NotTheService {
        /// What is wrong with the reply, continuing "the reply ...".
        reason: String,
        /// The HTTP status, if it came that far.
        status: Option<u16>,
        /// The request's ID, if the reply had one.
        request_id: Option<String>,
        /// Whether the reply was cut short, which another attempt may mend.
        truncated: bool,
    },
    /// The request could not be built or signed: a fault of this program or of its input.
    Request(String),
}

impl CallError {
    /// Whether the service said that there were too many requests.
    pub fn is_throttling(&self) -> bool {
        matches!(self, Self::Service(error) if error.kind == ServiceErrorKind::Throttled)
    }

    /// The HTTP status of the reply, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::NotTheService { status, .. } => *status,
            Self::NoCredentials(_) | Self::Unreachable(..) | Self::Request(_) => None,
        }
    }

    /// The request's ID, if there was a reply that had one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::NotTheService { request_id, .. } => request_id.as_deref(),
            Self::NoCredentials(_) | Self::Unreachable(..) | Self::Request(_) => None,
        }
    }
}

/// What stands in the place of a secret.
const LEFT_OUT: &str = "(left out)";

/// The shortest text that is taken for a secret, in bytes. What is shorter would be found in the
/// middle of words, and no secret of AWS is.
const SHORTEST_SECRET: usize = 8;

/// `text` without `secrets`. AWS quotes the canonical request, session token included, where it
/// refuses a signature.
pub(crate) fn without_secrets(text: &str, secrets: &[&str]) -> String {
    secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret, LEFT_OUT)
        })
}

impl CallError {
    /// The same error without `secrets` in what the service said.
    pub(super) fn without(self, secrets: &[&str]) -> Self {
        let Self::Service(mut error) = self else {
            return self;
        };
        let texts = [
            &mut error.code,
            &mut error.message,
            &mut error.reason,
            &mut error.request_id,
        ];
        let fields = error
            .fields
            .iter_mut()
            .flat_map(|(name, text)| [name, text]);
        for text in texts.into_iter().flatten().chain(fields) {
            *text = without_secrets(text, secrets);
        }
        Self::Service(error)
    }
}

/// Names of errors that decide what an error means whatever its status; the rest goes by status.
/// The throttling names are those of the SDKs' standard retry mode.
const NAMED_KINDS: &[(ServiceErrorKind, &[&str])] = &[
    (
        ServiceErrorKind::AccessDenied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "NotAuthorized",
            "OptInRequired",
            "UnauthorizedOperation",
        ],
    ),
    (
        ServiceErrorKind::NotFound,
        &["ResourceNotFound", "ResourceNotFoundException"],
    ),
    (
        ServiceErrorKind::Throttled,
        &[
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ],
    ),
    (
        ServiceErrorKind::Fault,
        &[
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
    (
        ServiceErrorKind::Credentials,
        &[
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignature",
            "InvalidSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnrecognizedClient",
            "UnrecognizedClientException",
        ],
    ),
];

/// Names of errors that a clock which is off brings about (the SDKs' list).
const CLOCK_ERRORS: &[&str] = &[
    "AuthFailure",
    "InvalidSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

impl ServiceErrorKind {
    fn of(code: Option<&str>, status: StatusCode) -> Self {
        let named = code.and_then(|code| {
            NAMED_KINDS
                .iter()
                .find(|(_, names)| names.contains(&code))
                .map(|(kind, _)| *kind)
        });
        named.unwrap_or(match status.as_u16() {
            401 => Self::Credentials,
            403 => Self::AccessDenied,
            404 => Self::NotFound,
            429 => Self::Throttled,
            500.. => Self::Fault,
            _ => Self::Rejected,
        })
    }
}

impl ServiceError {
    /// Whether a clock that is off could be the cause.
    pub fn may_be_clock_skew(&self) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| CLOCK_ERRORS.contains(&code))
    }
}

/// The longest text that is taken from an error reply, in bytes, and the most fields: what the
/// service says fits many times over, and the error may be kept for thousands of sessions.
const MAX_TEXT: usize = 4096;
const MAX_FIELDS: usize = 32;

/// The text, cut where it is too long.
fn bounded(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MAX_TEXT)])
}

/// The request's ID, from the headers that AWS services put it into.
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id"]
        .into_iter()
        .find_map(|name| header(headers, name))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let text = text.trim();
    (!text.is_empty()).then(|| bounded(text))
}

/// Reads an error reply: a status of 400 or more.
///
/// The name is taken from `x-amzn-errortype`, else from the body's `code` or `__type`; a
/// `:suffix` and a `namespace#` are stripped. A page in HTML without any mark of the service is
/// somebody else's, a proxy's say: a 404 of it must not be taken for "no such session".
/// `now` is seconds since 1970, for a `Retry-After` that names a date.
pub fn from_reply(status: StatusCode, headers: &HeaderMap, body: &[u8], now: i64) -> CallError {
    let request_id = request_id(headers);
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| document.get(name)?.as_str())
            .map(bounded)
    };
    let code = header(headers, "x-amzn-errortype")
        .or_else(|| text(&["code", "__type"]))
        .and_then(|raw| bare_name(&raw));

    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return CallError::Unreachable(
            Unreachable::Proxy,
            "the proxy wants a user name and a password (HTTP 407)".to_owned(),
        );
    }
    let is_marked = code.is_some() || request_id.is_some();
    if status.is_client_error() && !is_marked && looks_like_html(headers, body) {
        return CallError::NotTheService {
            reason: format!(
                "is a page in HTML with HTTP status {}, perhaps of a proxy",
                status.as_u16()
            ),
            status: Some(status.as_u16()),
            request_id,
            truncated: false,
        };
    }
    CallError::Service(Box::new(ServiceError {
        kind: ServiceErrorKind::of(code.as_deref(), status),
        message: text(&["message", "Message", "errorMessage"]),
        reason: text(&["reason"]),
        fields: field_list(&document),
        status: status.as_u16(),
        request_id,
        retry_after: header(headers, "retry-after").and_then(|text| retry_after::parse(&text, now)),
        date: header(headers, "date").and_then(|text| retry_after::http_date(&text)),
        code,
    }))
}

/// `aws.protocoltests#FooError:http://amazon.com/...` is `FooError`.
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

/// Whether a reply says that it is HTML or starts like it.
pub(super) fn looks_like_html(headers: &HeaderMap, body: &[u8]) -> bool {
    header(headers, "content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
        || body.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> CallError {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    value.parse::<http::HeaderValue>().unwrap(),
                )
            })
            .collect();
        from_reply(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            body.as_bytes(),
            0,
        )
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
            (503, "ServiceUnavailable", Fault),
            (400, "Throttling", Throttled),
            (503, "SlowDown", Throttled),
            (418, "TeapotException", Rejected),
            (599, "Novel", Fault),
            (403, "Novel", AccessDenied),
        ] {
            let error = service_error(status, &[("x-amzn-errortype", code)], "{}");
            assert_eq!(error.kind, kind, "{code}");
        }
    }

    #[test]
    fn a_body_that_is_no_error_document_still_gives_status_and_request_id() {
        for body in ["", "null", "[]", "{\"message\":7}", "<html>", "\u{0}"] {
            let error = service_error(500, &[("x-amzn-requestid", "r-1")], body);
            assert_eq!(error.kind, ServiceErrorKind::Fault);
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
    fn a_proxys_page_is_not_taken_for_the_services_word() {
        let page = "<!DOCTYPE html><h1>Not found</h1>";
        assert!(matches!(
            reply(404, &[("content-type", "text/html")], page),
            CallError::NotTheService {
                status: Some(404),
                ..
            }
        ));
        assert!(matches!(
            reply(407, &[("content-type", "text/html")], page),
            CallError::Unreachable(Unreachable::Proxy, _)
        ));
        let marked = service_error(404, &[("x-amzn-requestid", "r")], page);
        assert_eq!(marked.kind, ServiceErrorKind::NotFound);
        let fault = service_error(503, &[], page);
        assert_eq!(fault.kind, ServiceErrorKind::Fault);
    }

    proptest! {
        #[test]
        fn no_reply_makes_it_fail_and_an_error_stays_an_error(
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
            if status != 407 {
                prop_assert_eq!(error.status(), Some(status));
            }
            if let CallError::Service(error) = error
                && let Some(code) = error.code
            {
                prop_assert!(!code.is_empty() && !code.contains([':', '#']));
            }
        }
    }
}
