//! `--field`: the bare value of one field.

use jiff::{SignedDuration, Timestamp};

use super::documents::{self, Document, Schema, member_text};
use super::printer::{Out, PrintError, Printer};
use super::time::Timestamps;
use super::untrusted::escape;
use crate::service::clock::{self, CLOCK};
use crate::service::documents::{EpochSeconds, Member, Session};

const DURATION: &str = "duration";
const PORTAL_ID: &str = "portalId";

/// The fields of documents of this schema: their members and the derived `duration` and `portalId`.
pub fn names(schema: &'static Schema) -> Vec<&'static str> {
    let duration = schema.has("startTime").then_some(DURATION);
    let portal_id = (*schema == documents::PORTAL).then_some(PORTAL_ID);
    schema.members().chain(duration).chain(portal_id).collect()
}

/// The duration of a session in whole seconds, until `now` if it still runs. `None` if the service did not send
/// the times, or sent contradictory times.
pub(super) fn duration(session: &Session, now: Timestamp) -> Option<i64> {
    let duration = signed_duration(session, now)?;
    (!duration.is_negative()).then(|| duration.as_secs())
}

/// The reason why the session's times contradict each other; `None` if they do not, or if a time is unknown.
pub fn impossible_times(session: &Session, now: Timestamp) -> Option<&'static str> {
    let is_negative = signed_duration(session, now)?.is_negative();
    is_negative.then_some(if session.end_time.is_some() {
        "the service gives an end before the start"
    } else {
        "the service gives a start in the future"
    })
}

/// The duration, which is negative if the times contradict each other; `None` if a time is unknown.
fn signed_duration(session: &Session, now: Timestamp) -> Option<SignedDuration> {
    let start = session.started_at()?;
    let end = match session.end_time.as_ref().map(EpochSeconds::timestamp) {
        Some(end) if session.has_ended() || end < start => end,
        None if session.has_ended() => return None,
        _ if now < start && start.duration_since(now) <= clock::PRECISION => start,
        _ => now,
    };
    Some(end.duration_since(start))
}

pub(super) struct FieldPrinter<'a> {
    pub(super) out: Out<'a>,
    pub(super) name: String,
    pub(super) timestamps: Timestamps,
}

impl Printer for FieldPrinter<'_> {
    /// Writes the value without quotation marks, each item of a list on its own line.
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let duration = || duration(document.session()?, CLOCK.now());
        let text = match (&*self.name, document.member(&self.name)) {
            (_, Some(Member::TextList(texts))) => {
                let lines: Vec<_> = texts.iter().map(|text| escape(text)).collect();
                return Ok(writeln!(self.out, "{}", lines.join("\n"))?);
            }
            (_, Some(member)) => member_text(member, self.timestamps),
            (DURATION, None) => duration().map_or("".into(), |it| it.to_string().into()),
            (PORTAL_ID, None) => document.portal_id().unwrap_or_default().into(),
            (_, None) => "".into(),
        };
        Ok(writeln!(self.out, "{}", escape(&text))?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn shows_durations(&self) -> bool {
        self.name == DURATION
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
                status: Some("Terminated".to_owned()),
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
