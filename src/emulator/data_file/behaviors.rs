//! Behaviors in the data file.

use std::time::Duration;

use serde::Deserialize;

use super::super::behavior::{Behavior, CustomError, Cut, Effect, Selection};
use super::super::call::Operation;
use super::error::{DataError, check_id, check_text};

/// One behavior as the data file has it. Exactly one of the last six members is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawBehavior {
    region: Option<String>,
    portal: Option<String>,
    session: Option<String>,
    operation: Option<Operation>,
    share: Option<f64>,
    times: Option<u64>,
    throttle: Option<Throttle>,
    per_second: Option<f64>,
    fail: Option<CustomError>,
    delay: Option<u64>,
    cut: Option<Cut>,
    end_after: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Throttle {
    retry_after: Option<u64>,
}

/// What one entry of the list asks for.
#[derive(Debug)]
pub(super) enum Parsed {
    Behavior(Behavior),
    /// The session ends this long after the start of the service.
    EndAfter(String, Duration),
}

impl RawBehavior {
    /// Checks the behavior at `path`.
    pub(super) fn check(self, path: &str) -> Result<Parsed, DataError> {
        if let Some(session) = &self.session {
            check_id(&format!("{path}.session"), session)?;
        }
        if let Some(portal) = &self.portal {
            check_id(&format!("{path}.portal"), portal)?;
        }
        if let Some(region) = &self.region {
            check_text(&format!("{path}.region"), region)?;
        }
        if self
            .share
            .is_some_and(|share| !(0.0..=1.0).contains(&share))
        {
            return Err(DataError::at(
                format!("{path}.share"),
                "must be from 0 to 1",
            ));
        }
        if self.effects() != 1 {
            return Err(DataError::at(
                path,
                "needs exactly one of throttle, perSecond, fail, delay, cut, endAfter",
            ));
        }
        if let Some(seconds) = self.end_after {
            return self.end(seconds, path);
        }
        let selection = Selection {
            region: self.region.clone(),
            portal: self.portal.clone(),
            session: self.session.clone(),
            operation: self.operation,
            share: self.share,
            times: self.times,
        };
        let effect = self.effect(path)?;
        Ok(Parsed::Behavior(Behavior { selection, effect }))
    }

    /// How many effects are given.
    fn effects(&self) -> usize {
        [
            self.throttle.is_some(),
            self.per_second.is_some(),
            self.fail.is_some(),
            self.delay.is_some(),
            self.cut.is_some(),
            self.end_after.is_some(),
        ]
        .into_iter()
        .filter(|is_given| *is_given)
        .count()
    }

    fn end(self, seconds: f64, path: &str) -> Result<Parsed, DataError> {
        let refuse = |problem: &str| Err(DataError::at(format!("{path}.endAfter"), problem));
        let Ok(after) = Duration::try_from_secs_f64(seconds) else {
            return refuse("not a number of seconds");
        };
        let Some(session) = self.session else {
            return refuse("needs \"session\"");
        };
        let is_selective = self.region.is_some()
            || self.portal.is_some()
            || self.operation.is_some()
            || self.share.is_some()
            || self.times.is_some();
        if is_selective {
            return refuse("takes nothing but \"session\"");
        }
        Ok(Parsed::EndAfter(session, after))
    }

    fn effect(self, path: &str) -> Result<Effect, DataError> {
        let effect = if let Some(rate) = self.per_second {
            if rate.is_nan() || rate <= 0.0 {
                return Err(DataError::at(
                    format!("{path}.perSecond"),
                    "must be more than 0",
                ));
            }
            Effect::PerSecond(rate)
        } else if let Some(error) = self.fail {
            check_error(&error, path)?;
            Effect::Fail(error)
        } else if let Some(milliseconds) = self.delay {
            Effect::Delay(Duration::from_millis(milliseconds))
        } else if let Some(cut) = self.cut {
            Effect::Cut(cut)
        } else {
            Effect::Throttle {
                retry_after: self.throttle.and_then(|throttle| throttle.retry_after),
            }
        };
        Ok(effect)
    }
}

fn check_error(error: &CustomError, path: &str) -> Result<(), DataError> {
    if !(400..600).contains(&error.status) {
        return Err(DataError::at(
            format!("{path}.fail.status"),
            "must be from 400 to 599",
        ));
    }
    if !error.code.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(DataError::at(
            format!("{path}.fail.code"),
            "must be visible ASCII, since a header carries it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Parsed, DataError> {
        let raw: RawBehavior = serde_json::from_str(text).unwrap();
        raw.check("behaviors[0]")
    }

    #[test]
    fn a_behaviour_needs_exactly_one_effect() {
        assert!(parse("{}").is_err());
        assert!(parse(r#"{"delay": 1, "cut": "before"}"#).is_err());
        assert!(parse(r#"{"delay": 1}"#).is_ok());
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_path() {
        for (text, says) in [
            (r#"{"share": 1.5, "delay": 1}"#, "behaviors[0].share"),
            (r#"{"session": "x", "delay": 1}"#, "behaviors[0].session"),
            (r#"{"portal": "x", "delay": 1}"#, "behaviors[0].portal"),
            (r#"{"region": "", "delay": 1}"#, "behaviors[0].region"),
            (r#"{"perSecond": 0}"#, "behaviors[0].perSecond"),
            (r#"{"fail": {"status": 200, "code": "X"}}"#, "fail.status"),
            (r#"{"fail": {"status": 500, "code": "X\n"}}"#, "fail.code"),
            (r#"{"endAfter": 3}"#, "needs \"session\""),
            (r#"{"endAfter": -3}"#, "endAfter"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
