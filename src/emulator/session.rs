//! A session, and how replies show it.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A session with the members of the service's `Session`, and any others that the data file gives.
#[derive(Debug, Clone)]
pub(super) struct StoredSession {
    pub(super) id: String,
    /// The start in epoch seconds, to sort by; 0 if it is not known.
    pub(super) start: f64,
    members: Map<String, Value>,
}

impl StoredSession {
    /// A session with these members; `sessionId` becomes the first of them.
    pub(super) fn new(id: String, mut members: Map<String, Value>) -> Self {
        members.shift_insert(0, "sessionId".to_owned(), Value::from(id.as_str()));
        let start = members.get("startTime").and_then(Value::as_f64);
        Self {
            id,
            start: start.unwrap_or_default(),
            members,
        }
    }

    #[cfg(test)]
    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub(super) fn username(&self) -> Option<&str> {
        self.members.get("username").and_then(Value::as_str)
    }

    pub(super) fn status(&self) -> Option<&str> {
        self.members.get("status").and_then(Value::as_str)
    }
}

/// A session as a reply shows it.
pub(super) struct SessionView<'a> {
    pub(super) portal_arn: &'a str,
    pub(super) session: Cow<'a, StoredSession>,
    /// When a behavior ended it, in epoch seconds.
    pub(super) ended: Option<f64>,
    /// Whether it is a `SessionSummary`, which has no addresses.
    pub(super) is_summary: bool,
}

impl SessionView<'_> {
    pub(super) fn status(&self) -> Option<&str> {
        if self.ended.is_some() {
            return Some("Terminated");
        }
        self.session.status()
    }
}

impl Serialize for SessionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_map(None)?;
        let members = &self.session.members;
        if !members.contains_key("portalArn") {
            reply.serialize_entry("portalArn", self.portal_arn)?;
        }
        for (name, value) in members {
            match (name.as_str(), self.ended) {
                ("clientIpAddresses", _) if self.is_summary => {}
                ("status" | "endTime", Some(_)) => {}
                _ => reply.serialize_entry(name, value)?,
            }
        }
        if let Some(ended) = self.ended {
            reply.serialize_entry("status", "Terminated")?;
            reply.serialize_entry("endTime", &epoch_seconds(ended))?;
        }
        reply.end()
    }
}

/// A time as the service writes it: whole seconds without a fraction.
pub(super) fn epoch_seconds(seconds: f64) -> Value {
    let is_whole = seconds.fract() == 0.0 && (0.0..9e15).contains(&seconds);
    if is_whole {
        // Checked above: it is in range and has no fraction.
        Value::from(seconds as u64)
    } else {
        Value::from(seconds)
    }
}
