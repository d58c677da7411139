//! Parses durations and intervals of the command line.

use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// The longest duration: 100 years. Adding it to the present time does not overflow.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// Parses a number of seconds, or numbers with units, where a day has 24 hours. A longer duration than
/// [`LONGEST`] becomes [`LONGEST`].
///
/// # Errors
/// The text is not a duration, or is zero. The error says how to write one.
pub fn duration(text: &str) -> Result<Duration, String> {
    const FORMS: &str =
        "not a duration. Write seconds, or numbers with units, like 500ms, 90s, 5m, 1h30m, 2d";
    let text = text.trim();
    let duration = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => {
            Duration::try_from_secs_f64(seconds.min(LONGEST.as_secs_f64())).ok()
        }
        Ok(_) => None,
        Err(_) => Span::from_str(text)
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .ok()
            .and_then(|signed| Duration::try_from(signed).ok()),
    };
    let duration = duration.ok_or(FORMS)?;
    if duration.is_zero() {
        return Err("zero; write a longer time".to_owned());
    }
    Ok(duration.min(LONGEST))
}

/// Parses the time between two polls.
///
/// # Errors
/// The text is not a duration, or is shorter than [`SHORTEST_INTERVAL`].
pub fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    if interval < SHORTEST_INTERVAL {
        return Err("too short; the service is polled once per second at most".to_owned());
    }
    Ok(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_numbers_with_units() {
        for (text, milliseconds) in [
            ("2", 2_000),
            (" 5 ", 5_000),
            ("5s ", 5_000),
            ("0.5", 500),
            ("500ms", 500),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1:30:00", 5_400_000),
            ("1.5h", 5_400_000),
            ("1d", 86_400_000),
            ("2 days, 1 hour", 176_400_000),
            ("2w", 1_209_600_000),
            ("P1DT1H", 90_000_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for forever in ["1e19", "1e300", "175307616h"] {
            assert_eq!(duration(forever), Ok(LONGEST), "{forever}");
        }
        for wrong in [
            "",
            "0",
            "-1",
            "0s",
            "0d",
            "-2h",
            "2h ago",
            "1mo",
            "1y",
            "soon",
            "NaN",
            "inf",
            "1e400",
            "5 parsecs",
            "1d x",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_interval_is_at_least_a_second() {
        assert_eq!(interval("1"), Ok(Duration::from_secs(1)));
        for short in ["999ms", "0.5", "1ms", "0"] {
            assert!(interval(short).is_err(), "{short}");
        }
    }
}
