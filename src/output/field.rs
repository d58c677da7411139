//! `--field`: one field's bare value.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::documents::{self, Document, Schema};
use super::untrusted::escape;
use super::{PrintError, Printer, Timestamps};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;

/// A field that the service does not send but that follows from what it sends.
struct DerivedField {
    name: &'static str,
    /// Whether documents of the schema have it.
    is_in: fn(&Schema) -> bool,
    value: fn(&Document) -> Option<String>,
}

static DERIVED: &[DerivedField] = &[
    DerivedField {
        name: "duration",
        is_in: |schema| schema.member("startTime").is_some(),
        value: |document| {
            let seconds = duration(document.session()?, CLOCK.now())?;
            Some(seconds.to_string())
        },
    },
    DerivedField {
        name: "portalId",
        is_in: |schema| *schema == documents::PORTAL,
        value: |document| document.portal_id().map(str::to_owned),
    },
];

/// The fields that documents of this schema have.
pub fn names(schema: &'static Schema) -> Vec<&'static str> {
    let members = schema.members().map(|member| member.name);
    let derived = DERIVED
        .iter()
        .filter(|derived| (derived.is_in)(schema))
        .map(|derived| derived.name);
    members.chain(derived).collect()
}

/// How far the service's clock may be ahead of what is known of it.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(2);

/// Whole seconds that a session lasted, or has lasted until `now` if it goes on. `None` if it has no
/// start, has ended at a time that the service left out, or has times that are not possible.
pub(super) fn duration(session: &Session, now: Timestamp) -> Option<i64> {
    let duration = signed_duration(session, now)?;
    (!duration.is_negative()).then(|| duration.as_secs())
}

/// Why the session's times give no duration; `None` if they give one, or are not all known.
pub fn impossible_times(session: &Session, now: Timestamp) -> Option<&'static str> {
    let is_negative = signed_duration(session, now)?.is_negative();
    is_negative.then_some(if session.end_time.is_some() {
        "the service gives an end before the start"
    } else {
        "the service gives a start in the future"
    })
}

/// Negative if the times are not possible.
fn signed_duration(session: &Session, now: Timestamp) -> Option<SignedDuration> {
    let start = session.started_at()?;
    let end = match &session.end_time {
        Some(end) => end.timestamp()?,
        None if session.has_ended() => return None,
        None if now < start && start.duration_since(now) <= CLOCK_ERROR => start,
        None => now,
    };
    Some(end.duration_since(start))
}

pub(super) struct Field<W> {
    out: W,
    name: String,
    timestamps: Timestamps,
}

impl<W: Write> Field<W> {
    pub(super) fn new(out: W, name: String, timestamps: Timestamps) -> Self {
        Self {
            out,
            name,
            timestamps,
        }
    }

    fn value(&self, document: &Document) -> Result<String, PrintError> {
        if let Some(derived) = DERIVED.iter().find(|derived| derived.name == self.name) {
            let value = (derived.value)(document).unwrap_or_default();
            return Ok(escape(&value).into_owned());
        }
        let members = document.to_row(self.timestamps)?;
        Ok(members.get(&self.name).map(bare).unwrap_or_default())
    }
}

/// A value without quotes; a list has one item per line.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text).into_owned(),
        Value::Array(items) => items.iter().map(bare).collect::<Vec<_>>().join("\n"),
        other => escape(&other.to_string()).into_owned(),
    }
}

impl<W: Write> Printer for Field<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let value = self.value(document)?;
        writeln!(self.out, "{value}")?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn shows_durations(&self) -> bool {
        self.name == "duration"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_the_difference_of_the_instants_rounded_down_once() {
        let now: Timestamp = "2025-01-01T00:10:00Z".parse().unwrap();
        for (start, end, seconds) in [
            ("1735689600.9", "1735689660.1", Some(59)),
            ("1735689600.1", "1735689660.9", Some(60)),
            ("1735689600.0006", "1735689601.0005", Some(0)),
            ("1735689600", "1735689600", Some(0)),
            ("1735689660", "1735689600", None),
            ("1735689600.9", "1735689600.1", None),
            ("1e300", "1735689600", None),
        ] {
            let session = Session {
                start_time: serde_json::from_str(start).ok(),
                end_time: serde_json::from_str(end).ok(),
                ..Session::default()
            };
            assert_eq!(duration(&session, now), seconds, "{start} {end}");
        }
        let active = Session {
            start_time: serde_json::from_str("1735689600.9").ok(),
            ..Session::default()
        };
        assert_eq!(duration(&active, now), Some(599));
        let start = active.started_at().unwrap();
        for (milliseconds, seconds) in [(0, Some(0)), (2000, Some(0)), (2001, None)] {
            let now = start - SignedDuration::from_millis(milliseconds);
            assert_eq!(duration(&active, now), seconds, "{milliseconds}");
            let is_impossible = impossible_times(&active, now).is_some();
            assert_eq!(is_impossible, seconds.is_none(), "{milliseconds}");
        }
    }
}
