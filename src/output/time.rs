//! How times are written: for machines in UTC, for people in local time.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use serde_json::Number;

/// A point in time as the service gives it: seconds since 1970, perhaps with a fraction.
///
/// `None` where no calendar has the number (outside the years -9999 to 9999).
/// Fractions are rounded to the millisecond.
pub fn timestamp(number: &Number) -> Option<Timestamp> {
    if let Some(seconds) = number.as_i64() {
        return Timestamp::from_second(seconds).ok();
    }
    let milliseconds = (number.as_f64()? * 1000.0).round();
    // Beyond this an f64 holds no single milliseconds, and the calendar has ended long before.
    if !milliseconds.is_finite() || milliseconds.abs() > 9e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

/// ISO 8601 in UTC with `Z`: whole seconds where the service gave whole seconds, else milliseconds.
/// A number that is not a point in time is given as it came.
pub fn iso(number: &Number) -> String {
    match timestamp(number) {
        None => number.to_string(),
        Some(time) if time.subsec_nanosecond() == 0 => format!("{time:.0}"),
        Some(time) => format!("{time:.3}"),
    }
}

/// Local time with its offset: `2026-11-23 14:02:11 +01:00`.
pub fn local(number: &Number, zone: &TimeZone) -> String {
    let formatted = timestamp(number).and_then(|time| {
        strtime::format(
            "%Y-%m-%d %H:%M:%S %:z",
            &time.to_zoned_datetime(zone.clone()),
        )
        .ok()
    });
    formatted.unwrap_or_else(|| number.to_string())
}

/// A time at an offset, in a format of `strftime`.
pub(super) fn formatted(number: &Number, offset: Offset, format: &str) -> String {
    let formatted = timestamp(number).and_then(|time| {
        strtime::format(format, &time.to_zoned_datetime(offset.to_time_zone())).ok()
    });
    formatted.unwrap_or_else(|| number.to_string())
}

/// An offset as times have it: `+01:00`.
pub(super) fn offset(offset: Offset) -> String {
    let zoned = Timestamp::UNIX_EPOCH.to_zoned_datetime(offset.to_time_zone());
    strtime::format("%:z", &zoned).unwrap_or_default()
}

/// A warning where `TZ` names a zone that is not known here, so that local times are those of UTC.
pub fn zone_warning(tz: Option<&str>) -> Option<String> {
    let name = tz.filter(|name| !name.is_empty())?;
    TimeZone::try_system().is_err().then(|| {
        format!(
            "TZ is {:?}, which is not a known time zone: local times are read and shown in UTC; names are like Europe/Berlin",
            name
        )
    })
}

/// Whole seconds from `start` to `end`; `None` if either is not a point in time.
pub fn seconds_between(start: &Number, end: Timestamp) -> Option<i64> {
    Some(end.as_second() - timestamp(start)?.as_second())
}

/// A duration for people, two units at most: `14s`, `2m 5s`, `2h 14m`, `3d 1h`.
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

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn whole_seconds_stay_whole_and_fractions_become_milliseconds() {
        for (given, shown) in [
            ("1735689600", "2025-01-01T00:00:00Z"),
            ("1735689600.0", "2025-01-01T00:00:00Z"),
            ("1.7356896E9", "2025-01-01T00:00:00Z"),
            ("1735689600.1234", "2025-01-01T00:00:00.123Z"),
            ("1735689600.5", "2025-01-01T00:00:00.500Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59Z"),
            ("-0.25", "1969-12-31T23:59:59.750Z"),
            ("-62167219200", "0000-01-01T00:00:00Z"),
            ("253402207200", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(iso(&number(given)), shown, "{given}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_given_as_it_came() {
        for given in [
            "1e308",
            "-1e308",
            "18446744073709551615",
            "9223372036854775807",
        ] {
            let number = number(given);
            assert_eq!(iso(&number), number.to_string());
            assert_eq!(local(&number, &TimeZone::UTC), number.to_string());
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
            seconds in -377_705_023_201_i64..=253_402_207_200,
            milliseconds in 0..1000_i64,
        ) {
            let whole: Number = seconds.into();
            let moment = Timestamp::from_second(seconds).unwrap();
            prop_assert_eq!(iso(&whole).parse::<Timestamp>().unwrap(), moment);
            let total = seconds * 1000 + milliseconds;
            if let Ok(moment) = Timestamp::from_millisecond(total) {
                let number = Number::from_f64(total as f64 / 1000.0).unwrap();
                prop_assert_eq!(iso(&number).parse::<Timestamp>().unwrap(), moment);
            }
        }

        #[test]
        fn no_number_makes_it_fail(value in any::<f64>(), whole in any::<i64>()) {
            for number in Number::from_f64(value).into_iter().chain([whole.into()]) {
                let _ = iso(&number);
                let _ = local(&number, &TimeZone::UTC);
                let _ = seconds_between(&number, Timestamp::UNIX_EPOCH).map(human_duration);
            }
        }
    }
}
