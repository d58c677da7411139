//! Formats times: in UTC for programs, in local time for people.

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use crate::service::documents::EpochSeconds;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Timestamps {
    /// ISO 8601 in UTC
    Iso,
    /// The service's own number of seconds since 1970
    Epoch,
}

/// Formats a time as ISO 8601 in UTC with `Z`. A fraction of a second has three digits, or more if the service
/// sent more.
pub fn iso(seconds: &EpochSeconds) -> String {
    match seconds.timestamp() {
        time if time.subsec_nanosecond() == 0 => format!("{time:.0}"),
        time if time.subsec_nanosecond() % 1_000_000 == 0 => format!("{time:.3}"),
        time => time.to_string(),
    }
}

/// Formats a time as local time with its offset: `2026-11-23 14:02:11 +01:00`.
pub fn local(seconds: &EpochSeconds, zone: &TimeZone) -> String {
    format(seconds.timestamp(), zone.clone(), "%Y-%m-%d %H:%M:%S %:z")
}

/// Formats a time in a format of `strftime`.
pub(super) fn format(time: Timestamp, zone: TimeZone, format: &str) -> String {
    let zoned = time.to_zoned_datetime(zone);
    strtime::format(format, &zoned).unwrap_or_else(|_| time.to_string())
}

/// Formats an offset: `+01:00`.
pub(super) fn offset(offset: Offset) -> String {
    format(Timestamp::UNIX_EPOCH, offset.to_time_zone(), "%:z")
}

/// Returns a warning if `TZ` names an unknown zone, so that local times are shown in UTC.
pub fn zone_warning(tz: Option<&str>) -> Option<String> {
    let name = tz.filter(|name| !name.is_empty())?;
    TimeZone::try_system().is_err().then(|| {
        format!(
            "TZ is {:?}, which is not a known time zone: local times are read and shown in UTC; names are like Europe/Berlin",
            name
        )
    })
}

/// Formats a duration for people with at most two units: `14s`, `2m 5s`, `2h 14m`, `3d 1h`.
pub fn human_duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let total = seconds.unsigned_abs();
    let (days, hours, minutes) = (total / 86_400, total / 3600 % 24, total / 60 % 60);
    let text = if days > 0 {
        format!("{days}d {hours}h")
    } else if hours > 0 {
        format!("{hours}h {minutes}m")
    } else if minutes > 0 {
        format!("{minutes}m {}s", total % 60)
    } else {
        format!("{total}s")
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> EpochSeconds {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn whole_seconds_stay_whole_and_fractions_become_milliseconds() {
        for (given, shown) in [
            ("1735689600", "2025-01-01T00:00:00Z"),
            ("1735689600.0", "2025-01-01T00:00:00Z"),
            ("1.7356896E9", "2025-01-01T00:00:00Z"),
            ("1735689600.1234", "2025-01-01T00:00:00.1234Z"),
            ("1735689600.5", "2025-01-01T00:00:00.500Z"),
        ] {
            assert_eq!(iso(&number(given)), shown, "{given}");
        }
    }

    #[test]
    fn local_time_shows_its_offset() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            local(&number("1735689600"), &zone),
            "2025-01-01 02:00:00 +02:00"
        );
    }

    #[test]
    fn a_duration_has_two_units_at_most() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (125, "2m 5s"),
            (8_040, "2h 14m"),
            (266_400, "3d 2h"),
            (-61, "-1m 1s"),
        ] {
            assert_eq!(human_duration(seconds), shown);
        }
    }

    proptest! {
        #[test]
        fn iso_says_which_moment_it_is(
            seconds in 946_684_800_i64..4_102_444_799,
            milliseconds in 0..1000_i64,
        ) {
            let whole = number(&seconds.to_string());
            let moment = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(iso(&whole).parse::<Timestamp>().unwrap(), moment);
            let total = seconds * 1000 + milliseconds;
            if let Ok(moment) = Timestamp::from_millisecond(total) {
                let fraction = number(&(total as f64 / 1000.0).to_string());
                prop_assert_eq!(iso(&fraction).parse::<Timestamp>().unwrap(), moment);
            }
        }
    }
}
