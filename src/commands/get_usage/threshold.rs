//! The value of `--fail-above`: a group above it is reported as a failure.

use std::fmt;

use crate::delivery::counted;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Threshold {
    /// A percentage above 0 and at most 100.
    Percent(f64),
    Sessions(u64),
}

impl Threshold {
    /// Reads `80%` or `20`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let threshold = match text.strip_suffix('%') {
            Some(percent) => percent
                .trim_end()
                .parse()
                .ok()
                .filter(|percent| *percent > 0.0 && *percent <= 100.0)
                .map(Self::Percent),
            None => text.parse().ok().map(Self::Sessions),
        };
        threshold.ok_or_else(|| {
            let hint = match text.parse::<f64>() {
                Ok(share) if share > 0.0 && share <= 1.0 => {
                    format!("; for a share of {text}, write {}%", percentage(100.0 * share))
                }
                _ => String::new(),
            };
            format!(
                "neither a percentage above 0 and up to 100, like 80%, nor a whole number of sessions, like 20{hint}"
            )
        })
    }

    pub(super) fn needs_limit(self) -> bool {
        matches!(self, Self::Percent(_))
    }

    /// Describes how `active` sessions exceed the threshold, as the continuation of a message; `None` if
    /// they do not.
    pub(super) fn exceeded(self, active: u64, limit: Option<u64>) -> Option<String> {
        match (self, limit) {
            (Self::Percent(most), Some(limit)) => {
                #[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
                let percent = 100.0 * active as f64 / limit as f64;
                (percent > most).then(|| {
                    let share = match limit {
                        0 => String::new(),
                        _ => format!(" ({})", share_above(percent, most)),
                    };
                    let limit = counted(limit, "session");
                    format!("{active} of {limit}{share}, above {most} %")
                })
            }
            (Self::Sessions(most), _) => {
                (active > most).then(|| format!("{}, above {most}", counted(active, "session")))
            }
            (Self::Percent(_), None) => None,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Sessions(count) => write!(f, "{count}"),
        }
    }
}

/// Formats the percentage with as many decimals as are needed to show that it is above `most`.
fn share_above(percent: f64, most: f64) -> String {
    (0..=6)
        .map(|decimals| format!("{percent:.decimals$}"))
        .find(|text| text.parse().is_ok_and(|shown: f64| shown > most))
        .map_or_else(|| format!("more than {most} %"), |text| format!("{text} %"))
}

/// Rounds a percentage to six decimals, which removes floating-point errors.
fn percentage(percent: f64) -> f64 {
    (percent * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_threshold_is_a_percentage_or_a_whole_number_of_sessions() {
        for (text, threshold) in [
            ("80%", Threshold::Percent(80.0)),
            ("99.5 %", Threshold::Percent(99.5)),
            ("100%", Threshold::Percent(100.0)),
            ("80", Threshold::Sessions(80)),
            (" 80 ", Threshold::Sessions(80)),
            ("20", Threshold::Sessions(20)),
            ("0", Threshold::Sessions(0)),
            ("500", Threshold::Sessions(500)),
        ] {
            assert_eq!(Threshold::parse(text), Ok(threshold), "{text}");
        }
        for text in [
            "", "%", "0%", "-5%", "-5", "lots", "101%", "NaN", "NaN%", "inf%", "0.8", "1.0",
            "20.5", "1e1",
        ] {
            assert!(Threshold::parse(text).is_err(), "{text}");
        }
        let error = Threshold::parse("0.8").unwrap_err();
        assert!(error.contains("write 80%"), "{error}");
    }

    #[test]
    fn only_what_is_above_the_threshold_is_too_full() {
        let threshold = Threshold::Percent(80.0);
        assert_eq!(threshold.exceeded(8, Some(10)), None);
        assert_eq!(
            threshold.exceeded(9, Some(10)).unwrap(),
            "9 of 10 sessions (90 %), above 80 %"
        );
        assert_eq!(
            threshold.exceeded(801, Some(1000)).unwrap(),
            "801 of 1000 sessions (80.1 %), above 80 %"
        );
        // Any use is above any share of nothing.
        assert_eq!(
            threshold.exceeded(1, Some(0)).unwrap(),
            "1 of 0 sessions, above 80 %"
        );
        assert_eq!(threshold.exceeded(0, Some(0)), None);
        let threshold = Threshold::Sessions(20);
        assert_eq!(threshold.exceeded(20, None), None);
        assert_eq!(
            threshold.exceeded(21, None).unwrap(),
            "21 sessions, above 20"
        );
        assert_eq!(
            Threshold::Sessions(0).exceeded(1, None).unwrap(),
            "1 session, above 0"
        );
    }

    proptest! {
        #[test]
        fn a_share_is_never_rounded_to_the_threshold(
            active in 1_u64..100_000,
            limit in 1_u64..100_000,
            percent in 1_u32..1000,
        ) {
            let most = f64::from(percent) / 10.0;
            let is_above = u128::from(active) * 1000 > u128::from(limit) * u128::from(percent);
            let exceeded = Threshold::Percent(most).exceeded(active, Some(limit));
            prop_assert_eq!(exceeded.is_some(), is_above);
            if let Some(text) = exceeded {
                prop_assert!(!text.contains(&format!("({most} %)")), "{}", text);
            }
        }
    }
}
