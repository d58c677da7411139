//! Finds the session, the portal and the region that a record names: a JSON object (this program's own output,
//! a Session Logger line, a CloudTrail record) or a row of CSV.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members that are used, by their names as [`normalize`] returns them.
const NAMES: [&str; 6] = [
    SESSION_ID,
    "portalid",
    "portalarn",
    "region",
    "timestamp",
    "username",
];

pub(super) const SESSION_ID: &str = "sessionid";

/// The used members of a record, by their normalized names.
///
/// Session Logger's names are not published, so a name matches in any case, with or without `_`, `-`
/// and spaces.
#[derive(Debug, Default)]
pub(super) struct Members(HashMap<String, MemberValue>);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum MemberValue {
    Text(String),
    Number(String),
    /// A value of another type.
    Other,
    /// The object has the member several times, with different values.
    Conflict,
}

impl Members {
    /// # Errors
    /// The object is not valid JSON. The error does not quote it.
    pub(super) fn from_json(object: &str) -> Result<Self, serde_json::Error> {
        let mut members = Self::default();
        members.add_object(object, &["session", "requestparameters", "detail"])?;
        Ok(members)
    }

    /// The members of a row of names and cells. An empty cell counts as an absent member.
    pub(super) fn from_row<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut members = Self::default();
        for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
            members.add(normalize(name), MemberValue::Text(cell.to_owned()));
        }
        members
    }

    pub(super) fn get(&self, name: &str) -> Option<&MemberValue> {
        self.0.get(name)
    }

    fn add(&mut self, mut name: String, value: MemberValue) {
        // CloudTrail names the region awsRegion.
        if name == "awsregion" {
            name = "region".to_owned();
        }
        if !NAMES.contains(&name.as_str()) {
            return;
        }
        let is_conflict = self.0.get(&name).is_some_and(|other| *other != value);
        let value = if is_conflict {
            MemberValue::Conflict
        } else {
            value
        };
        self.0.insert(name, value);
    }

    /// Adds the members of an object. A member that is itself an object adds its members, too, if `nested` has its
    /// name. Other values are not parsed further, so a deeply nested value cannot overflow the stack.
    fn add_object(&mut self, object: &str, nested: &[&str]) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(object);
        deserializer.deserialize_map(MemberVisitor {
            members: self,
            nested,
        })?;
        deserializer.end()
    }
}

/// Converts a name to lower case, and removes hyphens, underscores and spaces: `session_id` and `Session ID`
/// become `sessionid`.
pub(super) fn normalize(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
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
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            let name = normalize(&name);
            let json = value.get();
            if self.nested.contains(&name.as_str()) && json.starts_with('{') {
                let nested: &[&str] = match name.as_str() {
                    "detail" => &["requestparameters"],
                    _ => &[],
                };
                let added = self.members.add_object(json, nested);
                added.map_err(A::Error::custom)?;
            } else if let Some(value) = MemberValue::from_json(json) {
                self.members.add(name, value);
            }
        }
        Ok(())
    }
}

impl MemberValue {
    /// `None` for `null`, which counts as an absent member.
    fn from_json(json: &str) -> Option<Self> {
        match serde_json::from_str::<Option<String>>(json) {
            Ok(text) => text.map(Self::Text),
            Err(_) if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Some(Self::Number(json.to_owned()))
            }
            Err(_) => Some(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(object: &str) -> Option<MemberValue> {
        Members::from_json(object).unwrap().0.remove(SESSION_ID)
    }

    fn text(text: &str) -> Option<MemberValue> {
        Some(MemberValue::Text(text.to_owned()))
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
            assert_eq!(session(object), None, "{object}");
        }
    }

    #[test]
    fn two_values_are_a_conflict_and_other_types_are_no_text() {
        for object in [
            r#"{"sessionId": "a", "sessionId": "b"}"#,
            r#"{"sessionId": "a", "session": {"sessionId": "b"}}"#,
            r#"{"sessionId": "a", "session_id": 1, "session": {"sessionId": "a"}}"#,
        ] {
            assert_eq!(session(object), Some(MemberValue::Conflict), "{object}");
        }
        for value in ["true", "[]", "{}", r#"{"sessionId": "a"}"#, r#""\ud800""#] {
            assert_eq!(
                session(&format!(r#"{{"sessionId": {value}}}"#)),
                Some(MemberValue::Other)
            );
        }
        let number = session(r#"{"sessionId": -1.5e3}"#);
        assert_eq!(number, Some(MemberValue::Number("-1.5e3".to_owned())));
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
            Some(MemberValue::Other)
        );
    }
}
