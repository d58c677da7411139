//! Durations as people type them.

use std::time::Duration;

/// The longest duration: a century, which is for ever. Clocks and timers can still add to it.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A duration as people type it: a number of seconds, or numbers with units. More than
/// [`LONGEST`] is taken for it.
///
/// # Errors
/// A sentence that says what a duration looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "{text:?} is not a duration: write seconds, or numbers with units, like 500ms, 90s, 5m, 1h30m"
        )
    };
    let duration = match text.parse::<f64>() {
        Ok(seconds) if !seconds.is_finite() => return Err(wrong()),
        Ok(seconds) => {
            Duration::try_from_secs_f64(seconds.min(LONGEST.as_secs_f64())).map_err(|_| wrong())?
        }
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|signed| Duration::try_from(signed).ok())
            .ok_or_else(wrong)?,
    };
    if duration.is_zero() {
        return Err(format!("{text:?} is zero: give a longer time"));
    }
    Ok(duration.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_or_numbers_with_units() {
        for (text, milliseconds) in [
            ("2", 2_000),
            ("0.5", 500),
            ("500ms", 500),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for forever in ["1e19", "1e300", "2562047788015215h"] {
            assert_eq!(duration(forever), Ok(LONGEST), "{forever}");
        }
        for wrong in [
            "",
            "0",
            "-1",
            "0s",
            "soon",
            "NaN",
            "inf",
            "1e400",
            "5 parsecs",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
