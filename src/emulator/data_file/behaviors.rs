//! Behaviors in the data file.

use std::ops::Range;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::super::behavior::{
    Behavior, CallSelection, ConnectionCut, CustomError, CustomReply, Effect,
};
use super::error::{DataError, check_id, check_text};
use crate::service::operations::Operation;

/// One behavior as the data file has it. Exactly one of the last eight members is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawBehavior {
    region: Option<String>,
    portal: Option<String>,
    session: Option<String>,
    operation: Option<Operation>,
    share: Option<f64>,
    times: Option<u64>,
    from: Option<f64>,
    until: Option<f64>,
    throttle: Option<Throttle>,
    per_second: Option<f64>,
    fail: Option<CustomError>,
    reply: Option<CustomReply>,
    delay: Option<u64>,
    cut: Option<ConnectionCut>,
    end_after: Option<f64>,
    unlisted: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Throttle {
    retry_after: Option<u64>,
}

/// The effect of one entry of `behaviors`.
#[derive(Debug)]
pub(super) enum CheckedBehavior {
    Behavior(Behavior),
    /// The session ends this long after the start of the service.
    EndAfter(String, Duration),
    /// Lists do not contain the session in this time since the start of the service.
    Unlisted(String, Range<Duration>),
}

impl RawBehavior {
    /// Checks the behavior at `path`.
    pub(super) fn check(self, path: &str) -> Result<CheckedBehavior, DataError> {
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
                "needs exactly one of throttle, perSecond, fail, reply, delay, cut, endAfter, unlisted",
            ));
        }
        if let Some(seconds) = self.end_after {
            return self.end(seconds, path);
        }
        let period = self.period(path)?;
        if self.unlisted == Some(true) {
            let whole = Duration::ZERO..Duration::MAX;
            let session = self.only_session(path, "unlisted")?;
            return Ok(CheckedBehavior::Unlisted(session, period.unwrap_or(whole)));
        }
        let selection = CallSelection {
            region: self.region.clone(),
            portal: self.portal.clone(),
            session: self.session.clone(),
            operation: self.operation,
            share: self.share,
            times: self.times,
            period,
        };
        let effect = self.effect(path)?;
        Ok(CheckedBehavior::Behavior(Behavior { selection, effect }))
    }

    /// How many effects are given.
    fn effects(&self) -> usize {
        [
            self.throttle.is_some(),
            self.per_second.is_some(),
            self.fail.is_some(),
            self.reply.is_some(),
            self.delay.is_some(),
            self.cut.is_some(),
            self.end_after.is_some(),
            self.unlisted == Some(true),
        ]
        .into_iter()
        .filter(|is_given| *is_given)
        .count()
    }

    fn end(self, seconds: f64, path: &str) -> Result<CheckedBehavior, DataError> {
        let refuse = |problem: &str| Err(DataError::at(format!("{path}.endAfter"), problem));
        let Ok(after) = Duration::try_from_secs_f64(seconds) else {
            return refuse("not a number of seconds");
        };
        if self.from.is_some() || self.until.is_some() {
            return refuse("takes neither \"from\" nor \"until\"");
        }
        let session = self.only_session(path, "endAfter")?;
        Ok(CheckedBehavior::EndAfter(session, after))
    }

    /// The session that `effect` is for, which no other member selects.
    fn only_session(self, path: &str, effect: &str) -> Result<String, DataError> {
        let refuse = |problem: &str| Err(DataError::at(format!("{path}.{effect}"), problem));
        let is_selective = self.region.is_some()
            || self.portal.is_some()
            || self.operation.is_some()
            || self.share.is_some()
            || self.times.is_some();
        match self.session {
            None => refuse("needs \"session\""),
            Some(_) if is_selective => refuse("takes nothing but \"session\""),
            Some(session) => Ok(session),
        }
    }

    /// The time since the start that `from` and `until` select, if one of them is given.
    fn period(&self, path: &str) -> Result<Option<Range<Duration>>, DataError> {
        if self.from.is_none() && self.until.is_none() {
            return Ok(None);
        }
        let read = |name: &str, seconds: Option<f64>, default| match seconds {
            None => Ok(default),
            Some(seconds) => Duration::try_from_secs_f64(seconds)
                .map_err(|error| DataError::at(format!("{path}.{name}"), error)),
        };
        let from = read("from", self.from, Duration::ZERO)?;
        let until = read("until", self.until, Duration::MAX)?;
        Ok(Some(from..until))
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
        } else if let Some(reply) = self.reply {
            check_reply(&reply, path)?;
            Effect::Reply(reply)
        } else if let Some(milliseconds) = self.delay {
            Effect::Delay(Duration::from_millis(milliseconds))
        } else if let Some(cut) = self.cut {
            Effect::ConnectionCut(cut)
        } else {
            Effect::Throttle {
                retry_after: self.throttle.and_then(|throttle| throttle.retry_after),
            }
        };
        Ok(effect)
    }
}

fn check_reply(reply: &CustomReply, path: &str) -> Result<(), DataError> {
    if !(200..600).contains(&reply.status) {
        let path = format!("{path}.reply.status");
        return Err(DataError::at(path, "must be from 200 to 599"));
    }
    for (name, value) in reply.headers.iter().flatten() {
        if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
            let path = format!("{path}.reply.headers.{name}");
            return Err(DataError::at(path, "not a header"));
        }
    }
    Ok(())
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

    fn parse(text: &str) -> Result<CheckedBehavior, DataError> {
        let raw: RawBehavior = serde_json::from_str(text).unwrap();
        raw.check("behaviors[0]")
    }

    #[test]
    fn a_behavior_needs_exactly_one_effect() {
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
            (r#"{"unlisted": true}"#, "needs \"session\""),
            (r#"{"from": -1, "delay": 1}"#, "behaviors[0].from"),
            (r#"{"reply": {"status": 100}}"#, "reply.status"),
            (
                r#"{"reply": {"status": 200, "headers": {"a b": ""}}}"#,
                "headers.a b",
            ),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
