//! Parses the timestamps in token files, cache entries and the output of a `credential_process`. jiff alone does
//! not parse all formats that the AWS CLI accepts (`dateutil.parser`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Parses ISO 8601 (extended or basic, with or without seconds, with an offset, `UTC` or `GMT`) and RFC 2822. A
/// time without an offset is in UTC.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    if let Ok(point) = text.parse::<Timestamp>() {
        return point.try_into().ok();
    }
    if let Ok(point) = jiff::fmt::rfc2822::parse(text) {
        return point.timestamp().try_into().ok();
    }
    let upper = text.to_ascii_uppercase();
    let in_utc = ["UTC", "GMT", "Z"]
        .iter()
        .find_map(|zone| upper.strip_suffix(zone));
    let bare = in_utc.unwrap_or(&upper).trim_end();
    // A space may precede the offset.
    let joined = bare.replace(" +", "+").replace(" -", "-");
    if let Ok(point) = joined.parse::<Timestamp>() {
        return point.try_into().ok();
    }
    let civil: DateTime = joined.parse().ok()?;
    // `Timestamp` ends on 9999-12-30, and credentials that never expire can have the last day.
    let point = match civil.to_zoned_datetime(TimeZone::UTC) {
        Ok(zoned) => zoned.timestamp(),
        Err(_) if civil.year() > 0 => Timestamp::MAX,
        Err(_) => return None,
    };
    point.try_into().ok()
}

/// The time at which a token expires that is valid for this number of seconds from `now` on; `None` if the reply has no
/// valid lifetime. The SDK parses a missing lifetime as 0.
pub(super) fn after(now: SystemTime, seconds: i32) -> Option<SystemTime> {
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
    now.checked_add(Duration::from_secs(seconds))
}

/// Formats a timestamp as botocore writes it into a cache, with `zone` at its end.
pub(super) fn format(point: SystemTime, zone: &str) -> String {
    let seconds = point.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = i64::try_from(seconds.as_secs()).unwrap_or(i64::MAX);
    let point = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    format!("{}{zone}", point.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_notations_that_tools_write_are_the_same_time() {
        let expected = UNIX_EPOCH + Duration::from_secs(4_070_912_460);
        for text in [
            "2099-01-01T01:01:00Z",
            "2099-01-01T01:01:00UTC",
            "2099-01-01T01:01:00 UTC",
            "2099-01-01T01:01:00+00:00",
            "2099-01-01T01:01:00+0000",
            "2099-01-01T01:01:00.000Z",
            "2099-01-01T01:01Z",
            "2099-01-01T02:01:00+01:00",
            "2099-01-01 01:01:00 +0000",
            "2099-01-01 01:01:00",
            "20990101T010100Z",
            "20990101T0101Z",
            "Thu, 01 Jan 2099 01:01:00 GMT",
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "tomorrow", "4070912460", "2099-13-01T00:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
        let last = SystemTime::try_from(Timestamp::MAX).ok();
        assert_eq!(parse("9999-12-31T23:59:59Z"), last);
        assert_eq!(parse("-009999-01-01T00:00:00Z"), None);
        assert_eq!(format(expected, "UTC"), "2099-01-01T01:01:00UTC");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in 0u64..100_000_000_000) {
            let point = UNIX_EPOCH + Duration::from_secs(seconds);
            for zone in ["Z", "UTC", "+00:00"] {
                prop_assert_eq!(parse(&format(point, zone)), Some(point));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
