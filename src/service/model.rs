//! The documents of the service: what each member is called and what it holds.
//!
//! A document keeps every member that the service sent, in its order, so that a
//! member which this version does not know is not lost. The members of the
//! service model are declared here once, and checked once, when a reply is read:
//! behind that check a text member is text. To take up a new member, add a line.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Map, Number, Value};

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A list of strings.
    TextList,
    /// A timestamp: a number of seconds since 1970-01-01T00:00:00Z, perhaps with a fraction.
    Time,
    /// A number that is not a time: a count, or a share.
    Number,
}

/// A member of a document, as the service model declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// The API's name, which is also the name in every output.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, kind }
}

/// A kind of document: the members that the service model declares for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// What one such document is called, for messages; also the key of a single document in a reply.
    pub name: &'static str,
    /// The key of a list of such documents in a reply.
    pub plural: &'static str,
    /// The members, in the order of columns.
    pub members: &'static [Member],
}

/// `Session`, the document of GetSession.
pub static SESSION: Shape = Shape {
    name: "session",
    plural: "sessions",
    members: &[
        member("sessionId", Kind::Text),
        member("status", Kind::Text),
        member("username", Kind::Text),
        member("clientIpAddresses", Kind::TextList),
        member("startTime", Kind::Time),
        member("endTime", Kind::Time),
        member("portalArn", Kind::Text),
    ],
};

/// `SessionSummary`, of which ListSessions gives a list: a session without its addresses.
pub static SESSION_SUMMARY: Shape = Shape {
    name: "session",
    plural: "sessions",
    members: &[
        member("sessionId", Kind::Text),
        member("status", Kind::Text),
        member("username", Kind::Text),
        member("startTime", Kind::Time),
        member("endTime", Kind::Time),
        member("portalArn", Kind::Text),
    ],
};

/// `PortalSummary`, of which ListPortals gives a list.
pub static PORTAL: Shape = Shape {
    name: "portal",
    plural: "portals",
    members: &[
        member("portalArn", Kind::Text),
        member("displayName", Kind::Text),
        member("portalStatus", Kind::Text),
        member("portalEndpoint", Kind::Text),
        member("portalCustomDomain", Kind::Text),
        member("maxConcurrentSessions", Kind::Number),
        member("creationDate", Kind::Time),
        member("authenticationType", Kind::Text),
        member("instanceType", Kind::Text),
        member("browserType", Kind::Text),
        member("rendererType", Kind::Text),
        member("browserSettingsArn", Kind::Text),
        member("dataProtectionSettingsArn", Kind::Text),
        member("ipAccessSettingsArn", Kind::Text),
        member("networkSettingsArn", Kind::Text),
        member("sessionLoggerArn", Kind::Text),
        member("trustStoreArn", Kind::Text),
        member("userAccessLoggingSettingsArn", Kind::Text),
        member("userSettingsArn", Kind::Text),
    ],
};

/// How full a portal is and was. Not a document of the service: it is computed from the lists of
/// portals and sessions. `utilization` is a share, 1 at the limit; the period is that of the peak,
/// the sessions and the users.
pub static USAGE: Shape = Shape {
    name: "usage",
    plural: "usage",
    members: &[
        member("portalArn", Kind::Text),
        member("displayName", Kind::Text),
        member("region", Kind::Text),
        member("activeSessions", Kind::Number),
        member("maxConcurrentSessions", Kind::Number),
        member("utilization", Kind::Number),
        member("peakSessions", Kind::Number),
        member("peakTime", Kind::Time),
        member("sessions", Kind::Number),
        member("users", Kind::Number),
        member("periodStart", Kind::Time),
        member("periodEnd", Kind::Time),
    ],
};

/// What has happened at a portal: a document of this program. It has the members of a session, or those
/// of a time in which nothing could be seen.
pub static EVENT: Shape = Shape {
    name: "event",
    plural: "events",
    members: &[
        member("event", Kind::Text),
        member("sessionId", Kind::Text),
        member("status", Kind::Text),
        member("username", Kind::Text),
        member("clientIpAddresses", Kind::TextList),
        member("startTime", Kind::Time),
        member("endTime", Kind::Time),
        member("portalArn", Kind::Text),
        member("from", Kind::Time),
        member("to", Kind::Time),
        member("portalId", Kind::Text),
        member("region", Kind::Text),
    ],
};

/// The `event` of a time in which nothing could be seen.
pub const GAP: &str = "gap";

/// A document of the service: its shape, and the members that it came with.
///
/// A member that was `null` counts as left out, as it does for the AWS SDKs.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    shape: &'static Shape,
    members: Map<String, Value>,
}

impl Shape {
    /// Whether such a document has a member of this name.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }
}

impl Document {
    /// Checks a reply's value against `shape`.
    ///
    /// # Errors
    /// A sentence that names the first member whose value is not of the declared kind, without
    /// that value: user names and addresses are sensitive.
    pub fn parse(shape: &'static Shape, value: Value) -> Result<Self, String> {
        let Value::Object(mut members) = value else {
            return Err(format!(
                "its {} is {}, not an object",
                shape.name,
                kind_of(&value)
            ));
        };
        for member in shape.members {
            if member.kind == Kind::Time
                && let Some(Value::String(text)) = members.get(member.name)
                && let Some(seconds) = epoch_seconds(text)
            {
                members.insert(member.name.to_owned(), Value::Number(seconds));
            }
            let fits = match (members.get(member.name), member.kind) {
                (None, _) => true,
                (Some(Value::Null), _) => {
                    members.shift_remove(member.name);
                    true
                }
                (Some(Value::String(_)), Kind::Text) => true,
                (Some(Value::Array(items)), Kind::TextList) => items.iter().all(Value::is_string),
                (Some(Value::Number(_)), Kind::Time | Kind::Number) => true,
                _ => false,
            };
            if !fits {
                let found = members.get(member.name).map_or("nothing", kind_of);
                return Err(format!(
                    "its {}'s {} is {found}, not {}",
                    shape.name,
                    member.name,
                    match member.kind {
                        Kind::Text => "a string",
                        Kind::TextList => "a list of strings",
                        Kind::Time => "a number of seconds",
                        Kind::Number => "a number",
                    }
                ));
            }
        }
        Ok(Self { shape, members })
    }

    /// The portal's ID, from the document's `portalArn`; `None` if it has no ARN, or one of another
    /// form.
    pub fn portal_id(&self) -> Option<&str> {
        self.portal_arn_parts()?.nth(5)?.strip_prefix("portal/")
    }

    /// The region that the portal lives in, from the document's `portalArn`; `None` if it has no ARN,
    /// or one of another form.
    pub fn portal_region(&self) -> Option<&str> {
        self.portal_arn_parts()?.nth(3)
    }

    /// The parts of `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`.
    fn portal_arn_parts(&self) -> Option<impl Iterator<Item = &str>> {
        Some(self.text("portalArn")?.splitn(6, ':'))
    }

    /// The event of this name about a session.
    #[must_use]
    pub fn into_event(self, name: &str) -> Self {
        let mut members = Map::from_iter([("event".to_owned(), Value::from(name))]);
        for (member, value) in self.members {
            members.entry(member).or_insert(value);
        }
        Self {
            shape: &EVENT,
            members,
        }
    }

    /// The document's shape.
    pub fn shape(&self) -> &'static Shape {
        self.shape
    }

    /// Every member that the service sent, known or not, in its order.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// About how many bytes the document's texts take.
    pub fn weight(&self) -> usize {
        self.members.values().map(weight).sum()
    }

    /// A text member; `None` if the service left it out.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// The items of a list member; none if the service left it out.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.members
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// A number member, a timestamp among them; `None` if the service left it out.
    pub fn number(&self, name: &str) -> Option<&Number> {
        match self.members.get(name)? {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + weight(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => size_of::<Value>(),
    }
}

/// A time that came as text, in seconds since 1970. The protocol's times are numbers, but a
/// member may be declared otherwise, and emulators of other makers write ISO 8601 all the same; the
/// AWS SDKs take both. Without an offset it is UTC.
fn epoch_seconds(text: &str) -> Option<Number> {
    let utc = || {
        let civil: civil::DateTime = text.parse().ok()?;
        let zoned = civil.to_zoned_datetime(TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    };
    let time = text.parse::<Timestamp>().ok().or_else(utc)?;
    if time.subsec_nanosecond() == 0 {
        return Some(time.as_second().into());
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any calendar fit"
    )]
    Number::from_f64(time.as_millisecond() as f64 / 1000.0)
}

/// JSON's name for what a value is.
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

/// An event's members as JSON gives them: those of the session that it is about are an object,
/// `{"event": "started", "session": {...}}`.
pub fn with_session(mut members: Map<String, Value>) -> Map<String, Value> {
    let Some(event) = members.shift_remove("event") else {
        return members;
    };
    let mut nested = Map::new();
    let is_gap = event == GAP;
    nested.insert("event".to_owned(), event);
    if is_gap {
        nested.extend(members);
    } else {
        nested.insert("session".to_owned(), Value::Object(members));
    }
    nested
}

/// Whether a session has ended, as far as its `status` tells: `Terminated` is final.
pub fn has_ended(session: &Document) -> bool {
    session.text("status") == Some("Terminated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_members_are_kept_and_nulls_of_known_ones_count_as_left_out() {
        let document = Document::parse(
            &SESSION,
            json!({"status": "Active", "username": null, "region": null, "new": [1]}),
        )
        .unwrap();
        assert_eq!(
            Value::Object(document.members().clone()),
            json!({"status": "Active", "region": null, "new": [1]})
        );
        assert_eq!(document.text("username"), None);
    }

    #[test]
    fn the_session_of_an_event_is_an_object_of_its_own() {
        let session = json!({"sessionId": "x", "event": "of a later version", "new": [1]});
        let event = Document::parse(&SESSION, session)
            .unwrap()
            .into_event("started");
        assert_eq!(
            Value::Object(with_session(event.members().clone())),
            json!({"event": "started", "session": {"sessionId": "x", "new": [1]}})
        );
        let gap = json!({"event": "gap", "from": 1, "to": 2});
        let event = Document::parse(&EVENT, gap.clone()).unwrap();
        assert_eq!(Value::Object(with_session(event.members().clone())), gap);
    }

    #[test]
    fn a_time_that_came_as_text_is_taken_for_its_number() {
        for (text, seconds) in [
            ("2025-01-01T00:00:00Z", json!(1_735_689_600)),
            ("2025-01-01T02:00:00.5+02:00", json!(1_735_689_600.5)),
            ("2025-01-01T00:00:00.250", json!(1_735_689_600.25)),
        ] {
            let document = Document::parse(&SESSION, json!({ "startTime": text })).unwrap();
            assert_eq!(document.members()["startTime"], seconds, "{text}");
        }
    }

    #[test]
    fn a_member_of_another_kind_is_named_without_its_value() {
        for (members, message) in [
            (
                json!({"username": 5}),
                "its session's username is a number, not a string",
            ),
            (
                json!({"clientIpAddresses": ["192.0.2.1", 7]}),
                "its session's clientIpAddresses is a list, not a list of strings",
            ),
            (
                json!({"startTime": "yesterday"}),
                "its session's startTime is a string, not a number of seconds",
            ),
            (json!([]), "its session is a list, not an object"),
        ] {
            assert_eq!(Document::parse(&SESSION, members).unwrap_err(), message);
        }
    }
}
