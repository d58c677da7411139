//! Moments as people type them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, civil};

use crate::service::clock::CLOCK;

/// A point in time as people type it: so long ago, a date, a day by its name, or a number of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeArg {
    text: String,
    /// The time at which it was parsed, and the time that it named then.
    parsed: (Timestamp, Timestamp),
    /// Whether it names another time at another present time, as `2h` and `today` do.
    is_relative: bool,
}

impl TimeArg {
    /// Reads a point in time.
    ///
    /// # Errors
    /// A sentence that says what a point in time looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (now, zone) = (CLOCK.now(), TimeZone::system());
        let time = Self::at(text, now, &zone).ok_or_else(|| {
            format!(
                "{text:?} is not a time: write how long ago, like 2h or \"3 days ago\"; a date in ISO 8601, like 2026-11-23 or 2026-11-23T14:00Z; now, today or yesterday; or @EPOCH"
            )
        })?;
        let tomorrow = now.saturating_add(SignedDuration::from_hours(25));
        let tomorrow = tomorrow.unwrap_or(now);
        Ok(Self {
            text: text.to_owned(),
            parsed: (now, time),
            is_relative: Self::at(text, tomorrow, &zone) != Some(time),
        })
    }

    /// Whether it counts from the present time.
    pub fn is_relative(&self) -> bool {
        self.is_relative
    }

    /// The point in time, where the present time is `now`.
    pub fn resolve(&self, now: Timestamp) -> Timestamp {
        let (parsed_at, time) = self.parsed;
        if !self.is_relative {
            return time;
        }
        let resolved = Self::at(&self.text, now, &TimeZone::system());
        resolved.unwrap_or_else(|| {
            time.saturating_add(now.duration_since(parsed_at))
                .unwrap_or(time)
        })
    }

    /// The time that `text` names at `now`; a date without an offset is of `zone`.
    fn at(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Some(now);
        }
        let in_zone = |time: civil::DateTime| {
            time.to_zoned_datetime(zone.clone())
                .ok()
                .map(|zoned| zoned.timestamp())
        };
        let civil = || in_zone(text.parse().ok()?);
        let day = || in_zone(day(text, now.to_zoned_datetime(zone.clone()).date())?);
        let instant = text.parse::<Timestamp>().ok();
        instant
            .or_else(civil)
            .or_else(|| epoch(text))
            .or_else(day)
            .or_else(|| ago(text, now, zone))
    }
}

/// A date, or a day by its name, with or without a time of the day; midnight without.
fn day(text: &str, today: civil::Date) -> Option<civil::DateTime> {
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let date = match day.to_ascii_lowercase().as_str() {
        "today" => today,
        "yesterday" => today.yesterday().ok()?,
        date => date.parse().ok()?,
    };
    let time = match time.trim() {
        "" => civil::Time::midnight(),
        // Before ten o'clock, people leave the zero out.
        time if time.find(':') == Some(1) => format!("0{time}").parse().ok()?,
        time => time.parse().ok()?,
    };
    Some(date.to_datetime(time))
}

/// `@` and seconds or milliseconds since 1970, as log lines hold them, told apart by their number of
/// digits: 10 are seconds until 2286, 13 are milliseconds since 2001. With exactly so many, it may stand
/// without the `@`.
fn epoch(text: &str) -> Option<Timestamp> {
    let number = text.strip_prefix('@').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let nanoseconds_per_unit: i128 = match whole.len() {
        10 => 1_000_000_000,
        13 => 1_000_000,
        _ if number.len() == text.len() => return None,
        1..=11 => 1_000_000_000,
        12..=14 => 1_000_000,
        _ => return None,
    };
    // Nine digits are as fine as an instant is.
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let of_fraction = digits.parse::<i128>().ok()? * nanoseconds_per_unit / 1_000_000_000;
    let nanoseconds = whole.parse::<i128>().ok()? * nanoseconds_per_unit + of_fraction;
    Timestamp::from_nanosecond(nanoseconds).ok()
}

/// So long before `now`, with or without the word "ago".
fn ago(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.strip_suffix("ago").unwrap_or(text).trim_end();
    let span: Span = text.parse().ok()?;
    let is_past = !span.is_negative() && !text.starts_with(['-', '+']);
    let then = now.to_zoned_datetime(zone.clone()).checked_sub(span).ok()?;
    is_past.then(|| then.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_point_in_time_is_so_long_ago_a_date_a_day_or_a_number_of_a_log() {
        for (text, time) in [
            ("2h", "2026-11-23T10:00:00Z"),
            ("3d", "2026-11-20T12:00:00Z"),
            ("3 days ago", "2026-11-20T12:00:00Z"),
            ("3d ago", "2026-11-20T12:00:00Z"),
            ("1 day, 2 hours ago", "2026-11-22T10:00:00Z"),
            ("2 weeks", "2026-11-09T12:00:00Z"),
            ("1d12h", "2026-11-22T00:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("now", "2026-11-23T12:00:00Z"),
            ("today", "2026-11-22T23:00:00Z"),
            ("Yesterday", "2026-11-21T23:00:00Z"),
            ("yesterday 14:00", "2026-11-22T13:00:00Z"),
            ("today 9:30", "2026-11-23T08:30:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-11-24T01:30Z", "2026-11-24T01:30:00Z"),
            ("2026-11-24 01:30Z", "2026-11-24T01:30:00Z"),
            ("2026-11-01T00:00:00+02:00", "2026-10-31T22:00:00Z"),
            ("2026-11-01T08:30", "2026-11-01T07:30:00Z"),
            ("2026-11-24 01:30", "2026-11-24T00:30:00Z"),
            (" 2026-11-24 1:30 ", "2026-11-24T00:30:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("20261101", "2026-10-31T23:00:00Z"),
            ("@1665179084", "2022-10-07T21:44:44Z"),
            ("@1665179084.5", "2022-10-07T21:44:44.5Z"),
            ("@1665179084578", "2022-10-07T21:44:44.578Z"),
            ("@1665179084578.25", "2022-10-07T21:44:44.57825Z"),
            ("1665179084578", "2022-10-07T21:44:44.578Z"),
            ("1665179084", "2022-10-07T21:44:44Z"),
            ("@0", "1970-01-01T00:00:00Z"),
        ] {
            let expected = time.parse().unwrap();
            assert_eq!(TimeArg::at(text, now(), &zone()), Some(expected), "{text}");
        }
        for wrong in [
            "",
            "ago",
            "soon",
            "tomorrow",
            "-2h",
            "-2h ago",
            "2",
            "2026",
            "166517908",
            "99999999999d",
            "2026-13-01",
            "2026-11-24 25:00",
            "yesterday noon",
            "@",
            "@-1",
            "@1.",
            "@.5",
            "@1e9",
            "@166517908457800000",
            "@99999999999999999999999999999999999999999",
        ] {
            assert_eq!(TimeArg::at(wrong, now(), &zone()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in prop_oneof![any::<String>(), "@?[0-9.]{1,40}", "[0-9a-z :-]{1,20}"]) {
            if let Err(sentence) = TimeArg::parse(&text) {
                prop_assert!(sentence.contains("is not a time"));
            }
        }

        #[test]
        fn an_epoch_names_its_second_its_millisecond_and_its_fraction(
            milliseconds in 1_000_000_000_000_i64..9_999_999_999_999,
        ) {
            let moment = Timestamp::from_millisecond(milliseconds).unwrap();
            let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
            for text in [format!("@{milliseconds}"), format!("@{seconds}.{rest:03}")] {
                prop_assert_eq!(TimeArg::at(&text, now(), &zone()), Some(moment));
            }
        }

        #[test]
        fn a_local_time_reads_the_same_with_a_blank_as_with_a_t(
            second in 0_i64..4_000_000_000,
            hours in -12_i8..=14,
        ) {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            let moment = Timestamp::from_second(second).unwrap();
            let local = moment.to_zoned_datetime(zone.clone());
            for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"] {
                let text = local.strftime(format).to_string();
                prop_assert_eq!(TimeArg::at(&text, now(), &zone), Some(moment));
            }
        }

        #[test]
        fn ago_changes_nothing(count in 0_i64..5000, unit in "(s|m|h|d| days| hours)") {
            let text = format!("{count}{unit}");
            let bare = TimeArg::at(&text, now(), &zone());
            prop_assert!(bare.is_some());
            prop_assert_eq!(TimeArg::at(&format!("{text} ago"), now(), &zone()), bare);
        }
    }
}
