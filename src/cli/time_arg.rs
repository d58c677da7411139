//! Parses points in time of the command line.
//!
//! jiff parses dates, offsets, zones and spans. This module rejects input that jiff would ignore (a calendar),
//! guess (a local time that a clock change skips or repeats) or misinterpret (`14:00:00` as a span).

use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::{AmbiguousOffset, OffsetConflict, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, Unit, civil};

use crate::service::clock::CLOCK;
use crate::service::documents;

/// The accepted forms of a time, for error messages.
const FORMS: &str = "not a time. Write how long ago, like 2h or \"3 days ago\"; a date in ISO 8601, like 2026-11-23 or 2026-11-23T14:00Z; a time from a table, like \"11-23 14:00\"; now, today or yesterday; or @EPOCH";

/// A point in time, which may be relative to the present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeArg {
    time: Timestamp,
    /// Whether the point in time depends on the local time zone.
    pub is_local: bool,
    /// The unit in which the text is written: a second or a minute, or zero for a fraction of a second.
    precision: SignedDuration,
    /// The text of a relative time; `None` for an absolute time.
    relative: Option<String>,
}

impl TimeArg {
    /// # Errors
    /// A part of the text has no known meaning, or a clock change skips or repeats the local time.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::at(text, CLOCK.now(), &TimeZone::system())
    }

    /// Whether the time is relative to the present, such as `2h` or `today`.
    pub fn is_relative(&self) -> bool {
        self.relative.is_some()
    }

    /// The point in time, if the present time is `now`.
    pub fn resolve(&self, now: Timestamp) -> Timestamp {
        let relative = self.relative.as_deref();
        let resolved = relative.and_then(|text| Self::at(text, now, &TimeZone::system()).ok());
        resolved.map_or(self.time, |resolved| resolved.time)
    }

    /// The last point in time that has the same text. Tables show no fractions, so a time that is copied from a
    /// table includes its entire second or minute.
    pub fn resolve_end(&self, now: Timestamp) -> Timestamp {
        let start = self.resolve(now);
        let rest = self.precision - SignedDuration::from_nanos(1);
        start
            .saturating_add(rest.max(SignedDuration::ZERO))
            .unwrap_or(start)
    }

    fn at(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::exact(now).relative(text, false));
        }
        if let Some(time) = epoch(text) {
            return Ok(time);
        }
        if let Some(time) = ago(text, now, zone) {
            return Ok(Self::exact(time).relative(text, true));
        }
        if let Some(iso) = with_year(text, now, zone) {
            return Self::from_short(&iso, now, zone).map(|time| time.relative(text, false));
        }
        let today = |zone: &TimeZone| now.to_zoned_datetime(zone.clone()).date();
        let (iso, is_relative) = iso_8601(text, today(zone)).ok_or(FORMS)?;
        if !is_relative {
            return Self::from_iso_8601(&iso, zone);
        }
        // An offset or a zone after `today` determines the date, too.
        let stated = zone_of(&parse_pieces(&iso)?, zone)?;
        let (iso, _) = iso_8601(text, today(&stated)).ok_or(FORMS)?;
        Ok(Self::from_iso_8601(&iso, zone)?.relative(text, false))
    }

    fn exact(time: Timestamp) -> Self {
        Self {
            time,
            is_local: false,
            precision: SignedDuration::ZERO,
            relative: None,
        }
    }

    fn relative(mut self, text: &str, is_local: bool) -> Self {
        self.is_local |= is_local;
        self.relative = Some(text.to_owned());
        self
    }

    fn from_iso_8601(text: &str, local: &TimeZone) -> Result<Self, String> {
        let pieces = parse_pieces(text)?;
        let annotated = pieces.to_time_zone().map_err(|error| error.to_string())?;
        let is_local = annotated.is_none() && pieces.offset().is_none();
        let datetime = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        // RFC 9557, section 3.4: Z is consistent with any time zone.
        if let (Some(PiecesOffset::Numeric(offset)), Some(zone)) = (pieces.offset(), annotated) {
            let resolved = OffsetConflict::Reject.resolve(datetime, offset.offset(), zone);
            resolved.map_err(|_| "the offset contradicts the time zone")?;
        }
        let zone = zone_of(&pieces, local)?;
        if pieces.time().is_some() {
            reject_ambiguous(datetime, &zone)?;
        }
        let is_leap_second = has_second_60(text);
        // A date means its first instant. `Timestamp` ends 26 hours before the last date.
        let time = zone.to_ambiguous_timestamp(datetime).compatible();
        let time = time.unwrap_or(if datetime.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        });
        if is_leap_second && time.as_second().rem_euclid(86_400) != 86_399 {
            return Err(FORMS.to_owned());
        }
        Ok(Self {
            is_local,
            precision: SignedDuration::from_secs(i64::from(!text.contains(['.', ',']))),
            // Rounded like the times of sessions.
            ..Self::exact(time.round(Unit::Microsecond).unwrap_or(time))
        })
    }

    /// Parses a time of a narrow table, with its year. Such a table shows every time with the present offset, so a
    /// local time from before a clock change has two meanings.
    fn from_short(text: &str, now: Timestamp, local: &TimeZone) -> Result<Self, String> {
        let time = Self::from_iso_8601(text, local)?;
        let (offset, present) = (local.to_offset(time.time), local.to_offset(now));
        if time.is_local && offset != present {
            return Err(format!(
                "the clock has changed since {text}; write a time with its offset, like {text}{offset} or, if it is from a table, {text}{present}"
            ));
        }
        Ok(Self {
            precision: SignedDuration::from_mins(1),
            ..time
        })
    }
}

fn parse_pieces(text: &str) -> Result<Pieces<'_>, String> {
    // jiff ignores annotations that do not name a zone, such as [u-ca=hebrew].
    let pieces = Pieces::parse(text).ok().filter(|_| !text.contains('='));
    pieces.ok_or_else(|| FORMS.to_owned())
}

/// Returns the offset or the zone in the text, otherwise the local zone.
fn zone_of(pieces: &Pieces<'_>, local: &TimeZone) -> Result<TimeZone, String> {
    let Some(offset) = pieces.offset() else {
        let annotated = pieces.to_time_zone().map_err(|error| error.to_string())?;
        return Ok(annotated.unwrap_or_else(|| local.clone()));
    };
    let offset = offset.to_numeric_offset();
    // ISO 8601: the hours of an offset are 00 to 23.
    if offset.seconds().abs() >= 24 * 60 * 60 {
        return Err("the offset is not one of ISO 8601".into());
    }
    Ok(offset.to_time_zone())
}

/// Converts `11-30 10:16`, as narrow tables show times, to ISO 8601 with the latest year in which the time is not
/// in the future.
fn with_year(text: &str, now: Timestamp, local: &TimeZone) -> Option<String> {
    let ([_, _, b'-', _, _, b' ', _, _, b':', _, _, rest @ ..]
    | [_, _, b'-', _, _, b' ', _, b':', _, _, rest @ ..]) = text.as_bytes()
    else {
        return None;
    };
    if rest.starts_with(b":") {
        return None;
    }
    let present = now.to_zoned_datetime(local.clone()).year();
    // The years of a 29 February are up to eight years apart. The offset in the text may be ahead of the local one.
    (present - 8..=present + 1).rev().find_map(|year| {
        let (iso, _) = iso_8601(&format!("{year:04}-{text}"), civil::Date::ZERO)?;
        let pieces = parse_pieces(&iso).ok()?;
        let datetime = pieces.date().to_datetime(pieces.time()?);
        let zone = zone_of(&pieces, local).ok()?;
        let time = zone.to_ambiguous_timestamp(datetime).earlier().ok()?;
        (time <= now).then_some(iso)
    })
}

/// Rejects a local time that a clock change skips or repeats.
fn reject_ambiguous(datetime: civil::DateTime, zone: &TimeZone) -> Result<(), String> {
    let name = zone.iana_name().unwrap_or("the local time zone");
    match zone.to_ambiguous_timestamp(datetime).offset() {
        AmbiguousOffset::Unambiguous { .. } => Ok(()),
        AmbiguousOffset::Gap { before, after } => Err(format!(
            "{datetime} does not exist in {name}, where the clock changes from {before} to {after}; write a time with its offset, like {datetime}{before}"
        )),
        AmbiguousOffset::Fold { before, after } => Err(format!(
            "{datetime} occurs twice in {name}, where the clock changes from {before} to {after}; write which one, {datetime}{before} or {datetime}{after}"
        )),
    }
}

/// Whether the seconds are 60, which jiff reads as 59.
fn has_second_60(text: &str) -> bool {
    let time = text
        .split_once(['T', 't', ' '])
        .map_or("", |(_, time)| time);
    let clock = time.chars().take_while(|c| c.is_ascii_digit() || *c == ':');
    let digits: String = clock.filter(char::is_ascii_digit).collect();
    digits.ends_with("60") && digits.len() == 6
}

/// Converts the text to ISO 8601 for jiff: replaces `today` and `yesterday` by the date, joins date and time
/// with `T`, and adds a missing leading zero to the hour. Also returns whether the text contained `today` or
/// `yesterday`.
fn iso_8601(text: &str, today: civil::Date) -> Option<(String, bool)> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let (mut joined, is_relative) = match first.to_ascii_lowercase().as_str() {
        "today" => (today.to_string(), true),
        "yesterday" => (today.yesterday().ok()?.to_string(), true),
        _ => (first.to_owned(), false),
    };
    for word in words {
        let has_time = joined.contains(['T', 't']);
        let is_suffix = word.starts_with('[') || has_time && word.starts_with(['+', '-', 'Z', 'z']);
        if !is_suffix {
            if has_time {
                return None;
            }
            joined.push('T');
            if word.find(':') == Some(1) {
                joined.push('0');
            }
        }
        joined.push_str(word);
    }
    Some((joined, is_relative))
}

/// Parses seconds or milliseconds since 1970, as in logs, with an `@` before them. The `@` may be omitted if
/// there are exactly 10 digits, which are seconds (2001 to 2286), or 13, which are milliseconds (the same years).
fn epoch(text: &str) -> Option<TimeArg> {
    let number = text.strip_prefix('@').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    // The number of decimal places between the unit and nanoseconds.
    let places = match whole.len() {
        10 => 9,
        13 => 6,
        _ if number.len() == text.len() => return None,
        1..=11 => 9,
        12..=14 => 6,
        _ => return None,
    };
    if !is_number(whole) || !is_number(fraction) || fraction.len() > places {
        return None;
    }
    // Computed like the times of sessions, so that a time that `--timestamps epoch` prints finds its session.
    let unit = if places == 9 { 1.0 } else { 1e3 };
    let time = documents::timestamp(number.parse::<f64>().ok()? / unit)?;
    let is_fraction = places == 6 || number.contains('.');
    Some(TimeArg {
        precision: SignedDuration::from_secs(i64::from(!is_fraction)),
        ..TimeArg::exact(time)
    })
}

/// Parses a time before the present: `2h`, `-2h` or `2h ago`. Days are calendar days in `zone`.
fn ago(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    // jiff parses 14:00:00 as a span, but it is probably a time of day without a date.
    if text.contains(':') || text.starts_with('+') {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let time = now.to_zoned_datetime(zone.clone()).checked_sub(span.abs());
    Some(time.ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn first(text: &str, zone: &TimeZone) -> Result<String, String> {
        TimeArg::at(text, now(), zone).map(|time| time.time.to_string())
    }

    #[test]
    fn a_time_is_so_long_ago_a_date_a_day_or_a_number_of_a_log() {
        for (text, time) in [
            ("2h", "2026-11-23T10:00:00Z"),
            ("-2h", "2026-11-23T10:00:00Z"),
            ("3d", "2026-11-20T12:00:00Z"),
            ("3 days ago", "2026-11-20T12:00:00Z"),
            ("3d ago", "2026-11-20T12:00:00Z"),
            ("1 day, 2 hours ago", "2026-11-22T10:00:00Z"),
            ("2 weeks", "2026-11-09T12:00:00Z"),
            ("1d12h", "2026-11-22T00:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("P1DT2H", "2026-11-22T10:00:00Z"),
            ("1.5h", "2026-11-23T10:30:00Z"),
            ("0d", "2026-11-23T12:00:00Z"),
            ("now", "2026-11-23T12:00:00Z"),
            ("today", "2026-11-22T23:00:00Z"),
            ("Yesterday", "2026-11-21T23:00:00Z"),
            ("yesterday 14:00", "2026-11-22T13:00:00Z"),
            ("today 9:30", "2026-11-23T08:30:00Z"),
            ("today 14:00+02:00", "2026-11-23T12:00:00Z"),
            ("today 14:00 Z", "2026-11-23T14:00:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-11-24T01:30Z", "2026-11-24T01:30:00Z"),
            ("2026-11-24t01:30z", "2026-11-24T01:30:00Z"),
            ("2026-11-24 01:30Z", "2026-11-24T01:30:00Z"),
            ("2026-11-24T01:30:00,5Z", "2026-11-24T01:30:00.5Z"),
            ("2026-11-01T00:00:00+02:00", "2026-10-31T22:00:00Z"),
            ("2026-11-24 1:30+02:00", "2026-11-23T23:30:00Z"),
            ("2026-11-23 20:27:48 +00:00", "2026-11-23T20:27:48Z"),
            ("2026-11-23 20:27:48 -0530", "2026-11-24T01:57:48Z"),
            ("2026-11-01T08:30", "2026-11-01T07:30:00Z"),
            ("2026-11-24 01:30", "2026-11-24T00:30:00Z"),
            (" 2026-11-24  1:30 ", "2026-11-24T00:30:00Z"),
            ("2026-11-24T01:30[Europe/Berlin]", "2026-11-24T00:30:00Z"),
            ("2026-11-24 1:30 [Asia/Tokyo]", "2026-11-23T16:30:00Z"),
            ("2026-11-24[Asia/Tokyo]", "2026-11-23T15:00:00Z"),
            (
                "2026-11-24T01:30+01:00[Europe/Berlin]",
                "2026-11-24T00:30:00Z",
            ),
            ("2026-11-24T01:30Z[Europe/Berlin]", "2026-11-24T01:30:00Z"),
            ("2026-11-24T01:30[+05:30]", "2026-11-23T20:00:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("20261101", "2026-10-31T23:00:00Z"),
            ("20261101T073000Z", "2026-11-01T07:30:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59Z"),
            ("9999-12-30", "9999-12-29T23:00:00Z"),
            ("9999-12-31", "9999-12-30T22:00:00.999999999Z"),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z"),
            ("0001-01-01", "0000-12-31T23:00:00Z"),
            ("@1665179084", "2022-10-07T21:44:44Z"),
            ("@1665179084.5", "2022-10-07T21:44:44.5Z"),
            ("@1665179084578", "2022-10-07T21:44:44.578Z"),
            ("@1665179084578.25", "2022-10-07T21:44:44.57825Z"),
            ("1665179084578", "2022-10-07T21:44:44.578Z"),
            ("1665179084", "2022-10-07T21:44:44Z"),
            ("@1796033917.1234562", "2026-11-30T10:18:37.123456Z"),
            ("@0", "1970-01-01T00:00:00Z"),
            ("11-23 13:00", "2026-11-23T12:00:00Z"),
            ("11-23 13:01", "2025-11-23T12:01:00Z"),
            ("01-02 9:30", "2026-01-02T08:30:00Z"),
            ("02-29 09:30", "2024-02-29T08:30:00Z"),
            ("11-23 14:00 +02:00", "2026-11-23T12:00:00Z"),
        ] {
            assert_eq!(first(text, &zone()).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_understood_completely_is_rejected() {
        for wrong in [
            "",
            "ago",
            "soon",
            "tomorrow",
            "-2h ago",
            "+2h",
            "2h from now",
            "2h Europe/Berlin",
            "14:00",
            "11-23",
            "11-23 14",
            "11-23 14:00:00",
            "11-31 14:00",
            "11-23 14:00 UTC",
            "14:00:00",
            "2d 14:00:00",
            "2",
            "2026",
            "2026-11",
            "166517908",
            "202611240130",
            "99999999999d",
            "2026-13-01",
            "2026-02-29",
            "2026-11-24 25:00",
            "2026-11-24T24:00",
            "2026-11-24T01:30+25:00",
            "2026-11-24T01:30-24:00",
            "2026-11-24T12:34:60Z",
            "2026-11-24T23:59:60+01:00",
            "2026-11-24T01:30:00.1234567891Z",
            "2026-11-24T01:30 UTC",
            "2026-11-24T01:30 Europe/Berlin",
            "2026-11-24T01:30[Nowhere/Bad]",
            "2026-11-24T01:30+02:00[Europe/Berlin]",
            "2026-11-24T01:30+01:00[Asia/Tokyo]",
            "2026-11-24T01:30[u-ca=hebrew]",
            "2026-11-24T01:30Z[u-ca=gregory]",
            "2026-11-24T01:30 +01:00 +02:00",
            "2026-11-24 1 0:30",
            "2026-11 -24",
            "2026-11-24 +02:00",
            "2026-11-24Z",
            "10000-01-01",
            "yesterday noon",
            "today yesterday",
            "@",
            "@-1",
            "@1.",
            "@.5",
            "@1e9",
            "@1665179084.1234567891",
            "@1665179084578.1234567",
            "@166517908457800000",
            "@99999999999999999999999999999999999999999",
        ] {
            assert!(first(wrong, &zone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_local_time_that_a_clock_change_skips_or_repeats_is_rejected() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let lord_howe = TimeZone::get("Australia/Lord_Howe").unwrap();
        let posix = TimeZone::posix("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").unwrap();
        for (text, zone, message) in [
            (
                "2026-03-29T02:30",
                &berlin,
                "does not exist in Europe/Berlin",
            ),
            ("2026-03-29T02:30[Europe/Berlin]", &zone(), "does not exist"),
            (
                "2026-10-25T02:30",
                &berlin,
                "2026-10-25T02:30:00+02 or 2026-10-25T02:30:00+01",
            ),
            ("2026-04-05T01:45", &lord_howe, "occurs twice"),
            ("2026-10-04T02:15", &lord_howe, "does not exist"),
            (
                "2026-04-05T01:45",
                &posix,
                "occurs twice in the local time zone",
            ),
        ] {
            let error = first(text, zone).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
        for (text, zone, time) in [
            ("2026-10-25T02:30:00+01", &berlin, "2026-10-25T01:30:00Z"),
            (
                "2026-10-25T02:30+02:00[Europe/Berlin]",
                &berlin,
                "2026-10-25T00:30:00Z",
            ),
            ("2026-04-05T02:00", &lord_howe, "2026-04-04T15:30:00Z"),
            ("2026-10-04T02:30", &lord_howe, "2026-10-03T15:30:00Z"),
            ("2026-10-04T02:30", &posix, "2026-10-03T15:30:00Z"),
        ] {
            assert_eq!(first(text, zone).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn a_time_of_a_table_is_rejected_if_a_clock_change_gives_it_two_meanings() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, message) in [
            ("10-24 12:00", "2026-10-24T12:00+02 or"),
            ("10-25 02:30", "occurs twice"),
            ("03-29 02:30", "does not exist"),
        ] {
            let error = first(text, &berlin).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
        for (text, time) in [
            ("10-25 12:00", "2026-10-25T11:00:00Z"),
            ("10-24 12:00+01:00", "2026-10-24T11:00:00Z"),
        ] {
            assert_eq!(first(text, &berlin).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn today_is_the_date_in_the_offset_or_the_zone_that_is_given() {
        let late: Timestamp = "2026-11-23T23:30:00Z".parse().unwrap();
        for (zone, text, time) in [
            ("UTC", "today 00:00+01:00", "2026-11-23T23:00:00Z"),
            ("UTC", "yesterday 23:00 +01:00", "2026-11-23T22:00:00Z"),
            ("UTC", "today 08:00[Asia/Tokyo]", "2026-11-23T23:00:00Z"),
            ("UTC", "today [Asia/Tokyo]", "2026-11-23T15:00:00Z"),
            ("Asia/Tokyo", "today 00:00-05:00", "2026-11-23T05:00:00Z"),
            ("Asia/Tokyo", "today 12:00Z", "2026-11-23T12:00:00Z"),
            ("Asia/Tokyo", "today", "2026-11-23T15:00:00Z"),
        ] {
            let parsed = TimeArg::at(text, late, &TimeZone::get(zone).unwrap());
            assert_eq!(parsed.unwrap().time.to_string(), time, "{zone} {text}");
        }
    }

    #[test]
    fn a_date_is_the_first_instant_of_the_day_also_where_midnight_is_skipped_or_repeated() {
        for (text, time) in [
            ("2026-03-29[Asia/Beirut]", "2026-03-28T22:00:00Z"),
            ("2026-11-01[America/Havana]", "2026-11-01T04:00:00Z"),
        ] {
            assert_eq!(first(text, &zone()).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn days_ago_are_those_of_the_calendar() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(first("35d", &berlin).as_deref(), Ok("2026-10-19T11:00:00Z"));
        assert_eq!(
            first("840h", &berlin).as_deref(),
            Ok("2026-10-19T12:00:00Z")
        );
    }

    #[test]
    fn relative_times_can_be_counted_from_the_clock_of_the_service() {
        let later = now() + SignedDuration::from_mins(10);
        for (text, moves) in [("now", true), ("2h", true), ("@1665179084", false)] {
            let time = TimeArg::at(text, now(), &zone()).unwrap();
            let moved = time.resolve(later);
            assert_eq!(time.is_relative(), moves);
            assert_eq!(
                moved.duration_since(time.time).as_mins(),
                if moves { 10 } else { 0 }
            );
        }
    }

    #[test]
    fn only_times_without_an_offset_or_zone_depend_on_the_local_time_zone() {
        for (text, is_local) in [
            ("2026-11-24 01:30", true),
            ("2026-11-24", true),
            ("today 14:00Z", false),
            ("today", true),
            ("11-20 14:00", true),
            ("11-20 14:00Z", false),
            ("3d", true),
            ("2026-11-24T01:30Z", false),
            ("2026-11-24[Asia/Tokyo]", false),
            ("@1665179084", false),
            ("now", false),
        ] {
            let time = TimeArg::at(text, now(), &zone()).unwrap();
            assert_eq!(time.is_local, is_local, "{text}");
        }
    }

    fn independent(date: (i32, u16), second: u32, nanosecond: u32, offset: i32) -> OffsetDateTime {
        let date = Date::from_ordinal_date(date.0, date.1).unwrap();
        let time = Time::MIDNIGHT
            + Duration::seconds(second.into())
            + Duration::nanoseconds(nanosecond.into());
        let offset = UtcOffset::from_whole_seconds(offset * 60).unwrap();
        PrimitiveDateTime::new(date, time).assume_offset(offset)
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_rejected(text in prop_oneof![any::<String>(), "@?[0-9.]{1,40}", "[0-9a-zTZ :+\\[\\]-]{1,30}"]) {
            if TimeArg::parse(&text).is_ok() {
                prop_assert!(!text.trim().is_empty());
            }
        }

        /// The crate `time` computes the instants independently of jiff.
        #[test]
        fn each_notation_of_an_instant_is_the_same_instant(
            year in 1900..2200_i32,
            day in 1..=365_u16,
            second in 0..86_400_u32,
            nanosecond in prop_oneof![Just(0), 0..1_000_000_000_u32],
            offset in -14 * 60..=14 * 60_i32,
        ) {
            let expected = independent((year, day), second, nanosecond, offset);
            let instant = Timestamp::from_nanosecond(expected.unix_timestamp_nanos()).unwrap();
            let instant = instant.round(Unit::Microsecond).unwrap();
            let date = expected.date();
            let (h, m, s) = expected.time().as_hms();
            let sign = if offset < 0 { '-' } else { '+' };
            let (oh, om) = (offset.abs() / 60, offset.abs() % 60);
            let fraction = if nanosecond == 0 { String::new() } else { format!(".{nanosecond:09}") };
            let clock = format!("{h:02}:{m:02}:{s:02}{fraction}");
            let compact = date.to_string().replace('-', "");
            let mut texts = vec![
                format!("{date}T{clock}{sign}{oh:02}:{om:02}"),
                format!("{date} {clock} {sign}{oh:02}:{om:02}"),
                format!("{compact}T{h:02}{m:02}{s:02}{fraction}{sign}{oh:02}{om:02}"),
                format!("{date}t{clock}[{sign}{oh:02}:{om:02}]"),
                format!("{date} {h}:{m:02}:{s:02}{fraction}{sign}{oh:02}:{om:02}"),
            ];
            let zone = TimeZone::fixed(jiff::tz::Offset::from_seconds(offset * 60).unwrap());
            for separator in ['T', ' '] {
                texts.push(format!("{date}{separator}{clock}"));
            }
            if nanosecond == 0 && expected.unix_timestamp() >= 1_000_000_000 && expected.unix_timestamp() < 9_999_999_999 {
                texts.push(format!("@{}", expected.unix_timestamp()));
                texts.push(format!("{}", expected.unix_timestamp()));
                texts.push(format!("@{}000", expected.unix_timestamp()));
            }
            for text in texts {
                let read = TimeArg::at(&text, now(), &zone);
                prop_assert_eq!(read.map(|time| time.time), Ok(instant), "{}", text);
            }
        }

        #[test]
        fn text_after_a_complete_time_is_never_ignored(
            second in 0..4_000_000_000_i64,
            rest in prop_oneof!["[a-z]{1,5}", " [a-zA-Z/]{2,9}", "\\[[a-z]{2,5}\\]", "[0-9]{1,3}", " [+-][0-9]", "=x"],
        ) {
            let text = Timestamp::from_second(second).unwrap().to_string();
            let read = TimeArg::at(&format!("{text}{rest}"), now(), &zone());
            let is_zone = rest.starts_with('[') && TimeZone::get(rest.trim_matches(['[', ']'])).is_ok();
            prop_assert!(is_zone || read.is_err(), "{}{}", text, rest);
        }

        #[test]
        fn a_sign_and_ago_change_nothing(count in 0_i64..5000, unit in "(s|m|h|d| days| hours)") {
            let text = format!("{count}{unit}");
            let bare = first(&text, &zone());
            prop_assert!(bare.is_ok());
            prop_assert_eq!(first(&format!("{text} ago"), &zone()), bare.clone());
            prop_assert_eq!(first(&format!("-{text}"), &zone()), bare);
        }
    }
}
