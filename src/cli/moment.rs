//! Moments as people type them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

/// A point in time as people type it: so long ago, or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointInTime(pub Timestamp);

impl PointInTime {
    /// Reads a moment; relative ones count from now.
    ///
    /// # Errors
    /// A sentence that says what a moment looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::at(text, Timestamp::now(), &TimeZone::system()).ok_or_else(|| {
            format!(
                "{text:?} is not a time: write how long ago, like 90m, 2h or 3d, or ISO 8601, like 2026-11-23 or 2026-11-23T14:00:00Z"
            )
        })
    }

    /// The time that `text` names at `now`; a date without an offset is of `zone`.
    fn at(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let in_zone = |time: civil::DateTime| {
            time.to_zoned_datetime(zone.clone())
                .ok()
                .map(|zoned| zoned.timestamp())
        };
        let ago = || {
            let span: Span = text.parse().ok()?;
            let is_past = !span.is_negative() && !text.starts_with(['-', '+']);
            let then = now.to_zoned_datetime(zone.clone()).checked_sub(span).ok()?;
            is_past.then(|| then.timestamp())
        };
        let timestamp = text.parse::<Timestamp>().ok();
        let civil = || text.parse::<civil::DateTime>().ok().and_then(in_zone);
        let date = || {
            let date: civil::Date = text.parse().ok()?;
            in_zone(date.to_datetime(civil::Time::midnight()))
        };
        timestamp
            .or_else(civil)
            .or_else(date)
            .or_else(ago)
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_time_is_so_long_ago_or_a_date() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, time) in [
            ("2h", "2026-11-23T10:00:00Z"),
            ("3d", "2026-11-20T12:00:00Z"),
            ("1d12h", "2026-11-22T00:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-11-01T00:00:00+02:00", "2026-10-31T22:00:00Z"),
            ("2026-11-01T08:30", "2026-11-01T07:30:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
        ] {
            let expected = PointInTime(time.parse().unwrap());
            assert_eq!(PointInTime::at(text, now, &zone), Some(expected), "{text}");
        }
        for wrong in ["", "yesterday", "-2h", "2", "99999999999d", "2026-13-01"] {
            assert_eq!(PointInTime::at(wrong, now, &zone), None, "{wrong}");
        }
    }
}
