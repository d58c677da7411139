//! The share of its limit from which on a portal counts as too full.

use crate::diagnostics::{Code, Failure};

/// A share in percent, above 0 and at most 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Threshold(f64);

impl Threshold {
    /// Reads `80%` or `80`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        number
            .parse()
            .ok()
            .filter(|percent| *percent > 0.0 && *percent <= 100.0)
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "{text:?} is not a share: write a percentage above 0 and up to 100, like 80%"
                )
            })
    }

    /// The failure if `active` sessions are above this share of the limit.
    pub(super) fn exceeded(self, label: &str, active: u64, limit: u64) -> Option<Failure> {
        #[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
        let percent = 100.0 * active as f64 / limit as f64;
        (percent > self.0).then(|| {
            let message = format!(
                "{label} uses {active} of {limit} sessions ({percent:.0} %), above {} %",
                self.0
            );
            Failure::new(Code::AboveThreshold, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_above_0_and_up_to_100() {
        for (text, percent) in [
            ("80%", 80.0),
            ("80", 80.0),
            ("99.5 %", 99.5),
            ("100%", 100.0),
        ] {
            assert_eq!(Threshold::parse(text), Ok(Threshold(percent)), "{text}");
        }
        for text in ["", "%", "0%", "-5%", "lots", "101%", "NaN", "inf"] {
            assert!(Threshold::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_is_above_the_share_is_too_full() {
        let threshold = Threshold(80.0);
        assert!(threshold.exceeded("P", 8, 10).is_none());
        let failure = threshold.exceeded("P", 9, 10).unwrap();
        assert_eq!(
            failure.message(),
            "P uses 9 of 10 sessions (90 %), above 80 %"
        );
        assert_eq!(failure.code(), Code::AboveThreshold);
        // Any use is above any share of nothing.
        assert!(threshold.exceeded("P", 1, 0).is_some());
        assert!(threshold.exceeded("P", 0, 0).is_none());
    }
}
