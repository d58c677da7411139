//! The members of a JSON object that name a session: of a document of this program, a line of Session
//! Logger, a CloudTrail record.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What an object says about a session.
///
/// Session Logger's names are not published, so a name matches in any case, with or without `_`, `-`
/// and spaces. Values that differ between two places are a conflict.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) session: MemberValue,
    pub(super) portal_id: MemberValue,
    pub(super) portal_arn: MemberValue,
    pub(super) region: MemberValue,
    pub(super) timestamp: MemberValue,
    pub(super) username: MemberValue,
}

/// The value of a member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum MemberValue {
    #[default]
    Absent,
    Text(String),
    Number(String),
    /// A value of another type.
    Other,
    /// Two different values.
    Conflict,
}

/// The normalized name of the member that names a session.
pub(super) const SESSION_ID: &str = "sessionid";

impl Members {
    /// The member with this normalized name.
    pub(super) fn named(&mut self, name: &str) -> Option<&mut MemberValue> {
        Some(match name {
            SESSION_ID => &mut self.session,
            "portalid" => &mut self.portal_id,
            "portalarn" => &mut self.portal_arn,
            // The first name is CloudTrail's, the second one that of this program's events.
            "awsregion" | "region" => &mut self.region,
            "timestamp" => &mut self.timestamp,
            "username" => &mut self.username,
            _ => return None,
        })
    }
}

impl MemberValue {
    /// Adds the value of a further place.
    fn add(&mut self, value: Self) {
        if value == Self::Absent || *self == value {
            return;
        }
        *self = if *self == Self::Absent {
            value
        } else {
            Self::Conflict
        };
    }
}

/// A name without what differs between notations.
pub(super) fn normalize(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Parses an object.
///
/// # Errors
/// The text is not valid JSON. The error does not quote it.
pub(super) fn parse(object: &str) -> Result<Members, serde_json::Error> {
    let mut members = Members::default();
    read(
        object,
        &mut members,
        &["session", "requestparameters", "detail"],
    )?;
    Ok(members)
}

/// Reads the members of an object, and of the objects in it under the names in `nested`.
///
/// Values stay raw until they are needed. Thus nothing recurses into a value that is nested deeply.
fn read(object: &str, members: &mut Members, nested: &[&str]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(MemberVisitor { members, nested })?;
    deserializer.end()
}

struct MemberVisitor<'a> {
    members: &'a mut Members,
    nested: &'a [&'a str],
}

impl<'de> Visitor<'de> for MemberVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let members = self.members;
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            let name = normalize(&name);
            if let Some(member) = members.named(&name) {
                member.add(MemberValue::from(value));
            } else if self.nested.contains(&name.as_str()) && value.get().starts_with('{') {
                let nested: &[&str] = match name.as_str() {
                    "detail" => &["requestparameters"],
                    _ => &[],
                };
                read(value.get(), members, nested).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

impl From<&RawValue> for MemberValue {
    fn from(value: &RawValue) -> Self {
        let json = value.get();
        match serde_json::from_str::<Option<String>>(json) {
            Ok(None) => Self::Absent,
            Ok(Some(text)) => Self::Text(text),
            Err(_) if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Self::Number(json.to_owned())
            }
            Err(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(object: &str) -> MemberValue {
        parse(object).unwrap().session
    }

    fn text(text: &str) -> MemberValue {
        MemberValue::Text(text.to_owned())
    }

    #[test]
    fn names_match_in_every_notation_and_at_the_documented_places_only() {
        for object in [
            r#"{"sessionId": "a"}"#,
            r#"{"Session-ID": "a", "other": {"sessionId": "b"}}"#,
            r#"{"session": {"session_id": "a"}}"#,
            r#"{"requestParameters": {"session id": "a"}}"#,
            r#"{"detail": {"SESSIONID": "a"}}"#,
            r#"{"detail": {"requestParameters": {"session\u0049d": "a"}}}"#,
            r#"{"sessionId": null, "session": {"sessionId": "a"}}"#,
            r#"{"sessionId": "a", "sessionId": "a", "session": "text"}"#,
        ] {
            assert_eq!(session(object), text("a"), "{object}");
        }
        for object in [
            "{}",
            r#"{"session": [{"sessionId": "a"}], "detail": null}"#,
            r#"{"requestParameters": {"session": {"sessionId": "a"}}}"#,
        ] {
            assert_eq!(session(object), MemberValue::Absent, "{object}");
        }
    }

    #[test]
    fn two_values_are_a_conflict_and_other_types_are_no_text() {
        for object in [
            r#"{"sessionId": "a", "sessionId": "b"}"#,
            r#"{"sessionId": "a", "session": {"sessionId": "b"}}"#,
            r#"{"sessionId": "a", "session_id": 1, "session": {"sessionId": "a"}}"#,
        ] {
            assert_eq!(session(object), MemberValue::Conflict, "{object}");
        }
        for value in ["true", "[]", "{}", r#"{"sessionId": "a"}"#, r#""\ud800""#] {
            assert_eq!(
                session(&format!(r#"{{"sessionId": {value}}}"#)),
                MemberValue::Other
            );
        }
        let number = session(r#"{"sessionId": -1.5e3}"#);
        assert_eq!(number, MemberValue::Number("-1.5e3".to_owned()));
    }

    #[test]
    fn deep_nesting_is_read_without_recursion() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        for object in [
            format!(r#"{{"x": {deep}, "sessionId": "a"}}"#),
            format!(r#"{{"sessionId": "a", "detail": {{"sessionId": null, "x": {deep}}}}}"#),
        ] {
            assert_eq!(session(&object), text("a"));
        }
        assert_eq!(
            session(&format!(r#"{{"sessionId": {deep}}}"#)),
            MemberValue::Other
        );
    }
}
