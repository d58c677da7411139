//! `Retry-After` (RFC 9110, 10.2.3): a number of seconds or an HTTP date.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;

/// Reads an HTTP date, as in `Date` and `Retry-After`: seconds since 1970.
pub fn http_date(text: &str) -> Option<i64> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let timestamp = PARSER.parse_timestamp(text.trim()).ok()?;
    Some(timestamp.as_second())
}

/// The time to wait; `now` is in seconds since 1970. A date in the past means no wait. `None` for a value that is
/// neither a number nor a date.
pub fn parse(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)?.saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOVEMBER_1994: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(parse("120", 0), Some(Duration::from_secs(120)));
        assert_eq!(http_date(NOVEMBER_1994), Some(784_111_777));
        assert_eq!(
            parse(NOVEMBER_1994, 784_111_770),
            Some(Duration::from_secs(7))
        );
        assert_eq!(parse(NOVEMBER_1994, 784_111_800), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_is_no_wish() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "1e9",
            "Sun, 99 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(text, 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in ".*", now in any::<i64>()) {
            let _ = parse(&text, now);
        }
    }
}
