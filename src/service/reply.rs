//! Parses a reply into an error or documents.
//!
//! The reason of an unexpected response completes the sentence "the reply ..." and names the path of the member.
//! It never contains a value, because user names and addresses are sensitive.

use http::header::LOCATION;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::error::{self, CallError};

/// A reply with status 200.
#[derive(Debug)]
pub struct Reply {
    pub document: Value,
    pub request_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub documents: Vec<T>,
    /// The token that requests the next page; `None` on the last page.
    pub next_token: Option<String>,
}

impl Reply {
    /// Parses a response. `now` is in seconds since 1970, for a `Retry-After` with a date.
    ///
    /// # Errors
    /// The service's error, or [`CallError::UnexpectedResponse`].
    pub(super) fn read(response: &Response<Vec<u8>>, now: i64) -> Result<Self, CallError> {
        let status = response.status();
        if status.as_u16() >= 400 {
            return Err(error::from_reply(response, now));
        }
        let request_id = error::request_id(response.headers());
        let mut truncated = false;
        let reason = if status.is_redirection() {
            describe_redirect(response)
        } else if status != StatusCode::OK {
            format!("has HTTP status {}, not 200", status.as_u16())
        } else {
            match serde_json::from_slice(response.body()) {
                Ok(mut document) => {
                    if read_integers(&mut document) {
                        return Ok(Self {
                            document,
                            request_id,
                        });
                    }
                    "has a number beyond 64 bits, which may have been rounded".to_owned()
                }
                Err(_) if error::looks_like_html(response) => {
                    "is an HTML page, perhaps from a proxy".to_owned()
                }
                Err(error) => {
                    truncated = error.is_eof();
                    let (line, column) = (error.line(), error.column());
                    format!("is not JSON (line {line}, column {column})")
                }
            }
        };
        Err(CallError::UnexpectedResponse {
            reason,
            status: Some(status.as_u16()),
            request_id,
            truncated,
            source: None,
        })
    }

    /// The error for JSON that is not a valid document of the service. `reason` completes the sentence "the reply
    /// ...".
    pub(super) fn unexpected(&self, reason: String) -> CallError {
        CallError::unexpected(reason, Some(200), self.request_id.clone())
    }

    /// Parses a member of the reply, as in `{"session": {...}}`.
    ///
    /// # Errors
    /// [`CallError::UnexpectedResponse`]
    pub fn one<T: DeserializeOwned>(&self, name: &str) -> Result<T, CallError> {
        let Some(value) = self.document.get(name) else {
            let found = kind_of(&self.document);
            return Err(self.unexpected(format!("has no {name}, it is {found}")));
        };
        serde_path_to_error::deserialize(value)
            .map_err(|error| self.unexpected(describe_mismatch(name, value, &error)))
    }

    /// Parses a page of documents: `{"sessions": [...], "nextToken": "..."}`.
    ///
    /// # Errors
    /// [`CallError::UnexpectedResponse`], also if only one document is malformed.
    pub fn page<T: DeserializeOwned>(&self, plural: &str) -> Result<Page<T>, CallError> {
        let documents = self.one(plural)?;
        let next_token: Option<String> = match self.document.get("nextToken") {
            None => None,
            Some(_) => self.one("nextToken")?,
        };
        Ok(Page {
            documents,
            // The AWS CLI also treats an empty token as the end of the list.
            next_token: next_token.filter(|token| !token.is_empty()),
        })
    }
}

/// Replaces `-0`, which `serde_json` reads as a float, by the integer that other JSON libraries read.
///
/// Returns false for a number of more than 64 bits: `serde_json` may have rounded an integer to a float.
fn read_integers(value: &mut Value) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            if float.to_bits() == (-0.0_f64).to_bits() {
                *number = 0.into();
            }
            -2_f64.powi(63) < float && float < 2_f64.powi(64)
        }
        Value::Array(items) => items.iter_mut().all(read_integers),
        Value::Object(members) => members.values_mut().all(read_integers),
        _ => true,
    }
}

/// Describes a redirect. The service never sends one.
fn describe_redirect(response: &Response<Vec<u8>>) -> String {
    let location = response.headers().get(LOCATION);
    let target = location
        .and_then(|value| reqwest::Url::parse(value.to_str().ok()?).ok())
        .and_then(|url| url.host_str().map(|host| format!(" to {host}")))
        .unwrap_or_default();
    let status = response.status().as_u16();
    format!("is a redirect{target} with HTTP status {status}")
}

/// Describes the first member of `value` that has not the expected type.
fn describe_mismatch(
    name: &str,
    value: &Value,
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> String {
    let path = match error.path().to_string() {
        path if path == "." => name.to_owned(),
        path if path.starts_with('[') => format!("{name}{path}"),
        path => format!("{name}.{path}"),
    };
    let found = error
        .path()
        .iter()
        .try_fold(value, |value, step| match step {
            Segment::Seq { index } => value.get(index),
            Segment::Map { key } => value.get(key),
            _ => None,
        });
    // The end of serde's message does not contain the value.
    let message = error.inner().to_string();
    match (found, message.rsplit_once(", expected ")) {
        (Some(found), Some((_, expected))) => {
            let expected = match expected {
                "a sequence" => "a list",
                "a JSON number" => "a number",
                other => other,
            };
            let found = kind_of(found);
            format!("is malformed: its {path} is {found}, not {expected}")
        }
        _ => format!("is malformed: its {path} cannot be read"),
    }
}

/// The type of a JSON value, for messages.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::documents::{Portal, Session};
    use serde_json::json;

    fn reply(document: Value) -> Reply {
        Reply {
            document,
            request_id: None,
        }
    }

    fn reason(error: CallError) -> String {
        match error {
            CallError::UnexpectedResponse { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_integer_is_exact_or_an_error() {
        for (sent, expected) in [
            (r#"[-0,{"a":-0}]"#, Some(r#"[0,{"a":0}]"#)),
            ("[0.0,-1.5,1e19]", Some("[0.0,-1.5,1e+19]")),
            (
                "[18446744073709551615,-9223372036854775808]",
                Some("[18446744073709551615,-9223372036854775808]"),
            ),
            ("[18446744073709551616]", None),
            (r#"{"a":[-9223372036854775809]}"#, None),
            ("123456789012345678901234567890", None),
        ] {
            let mut value: Value = serde_json::from_str(sent).unwrap();
            let is_exact = read_integers(&mut value);
            assert_eq!(is_exact.then(|| value.to_string()).as_deref(), expected);
        }
    }

    #[test]
    fn a_malformed_member_is_named_by_its_path_without_its_value() {
        for (session, message) in [
            (
                json!({"username": 5}),
                "its session.username is a number, not a string",
            ),
            (
                json!({"clientIpAddresses": ["192.0.2.1", 7]}),
                "its session.clientIpAddresses[1] is a number, not a string",
            ),
            (
                json!({"clientIpAddresses": "x"}),
                "its session.clientIpAddresses is a string, not a list",
            ),
            (
                json!({"startTime": "yesterday, expected alice"}),
                "its session.startTime is a string, not a time in seconds",
            ),
            (
                json!({"endTime": [1]}),
                "its session.endTime is a list, not a time in seconds",
            ),
            (
                json!({"startTime": 1e300}),
                "its session.startTime is a number, not a time in seconds",
            ),
            (json!([]), "its session is a list, not an object"),
            (json!(null), "its session is null, not an object"),
        ] {
            let reply = reply(json!({"session": session}));
            let error = reply.one::<Session>("session").unwrap_err();
            assert_eq!(reason(error), format!("is malformed: {message}"));
        }
        let portals = reply(json!({"portals": [{}, {"maxConcurrentSessions": "alice"}]}));
        assert_eq!(
            reason(portals.page::<Portal>("portals").unwrap_err()),
            "is malformed: its portals[1].maxConcurrentSessions is a string, not a number"
        );
        let sessions = reply(json!({"sessions": [], "nextToken": 1}));
        assert_eq!(
            reason(sessions.page::<Session>("sessions").unwrap_err()),
            "is malformed: its nextToken is a number, not a string"
        );
    }
}
