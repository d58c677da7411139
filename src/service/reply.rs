//! From a reply's JSON to its documents.
//!
//! Each error continues "the reply ...", names the path of the member, and never repeats a value: user
//! names and addresses are sensitive.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The page's documents, perhaps none.
    pub documents: Vec<T>,
    /// Requests the next page; `None` on the last one.
    pub next_token: Option<String>,
}

/// Reads the one document of a reply: `{"session": {...}}`.
///
/// # Errors
/// Why the reply has none.
pub fn one<T: DeserializeOwned>(name: &str, reply: &Value) -> Result<T, String> {
    parse(name, member(name, reply)?)
}

/// Reads a page of documents of a reply: `{"sessions": [...], "nextToken": "..."}`.
///
/// # Errors
/// Why the reply has none; one malformed document is enough.
pub fn page<T: DeserializeOwned>(plural: &str, reply: &Value) -> Result<Page<T>, String> {
    let documents = parse(plural, member(plural, reply)?)?;
    let next_token: Option<String> = match reply.get("nextToken") {
        None => None,
        Some(token) => parse("nextToken", token)?,
    };
    Ok(Page {
        documents,
        // The AWS CLI takes an empty token for the end too.
        next_token: next_token.filter(|token| !token.is_empty()),
    })
}

fn member<'a>(name: &str, reply: &'a Value) -> Result<&'a Value, String> {
    let member = reply.get(name);
    member.ok_or_else(|| format!("has no {name}, it is {}", kind_of(reply)))
}

fn parse<T: DeserializeOwned>(name: &str, value: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
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
        // The end of serde's message contains no value.
        let message = error.inner().to_string();
        match (found, message.rsplit_once(", expected ")) {
            (Some(found), Some((_, expected))) => {
                let expected = match expected {
                    "a sequence" => "a list",
                    "a JSON number" => "a number",
                    other => other,
                };
                format!(
                    "is malformed: its {path} is {}, not {expected}",
                    kind_of(found)
                )
            }
            _ => format!("is malformed: its {path} cannot be read"),
        }
    })
}

/// The JSON name of a value's type.
fn kind_of(value: &Value) -> &'static str {
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
            let error = one::<Session>("session", &json!({"session": session})).unwrap_err();
            assert_eq!(error, format!("is malformed: {message}"));
        }
        let reply = json!({"portals": [{}, {"maxConcurrentSessions": "alice"}]});
        assert_eq!(
            page::<Portal>("portals", &reply).unwrap_err(),
            "is malformed: its portals[1].maxConcurrentSessions is a string, not a number"
        );
        let reply = json!({"sessions": [], "nextToken": 1});
        assert_eq!(
            page::<Session>("sessions", &reply).unwrap_err(),
            "is malformed: its nextToken is a number, not a string"
        );
    }
}
