//! Configured behaviors: throttle, fail, delay, replace and cut replies.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::call::ServiceCall;
use super::data::check_text;
use super::error_reply::ErrorReply;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, SessionId};
use crate::service::operations::Operation;

/// One entry of `behaviors` in the data file: the calls to which it applies, and one effect.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[serde(expecting = "an object")]
pub(super) struct Behavior {
    region: Option<Region>,
    portal: Option<PortalId>,
    session: Option<SessionId>,
    operation: Option<Operation>,
    /// The share of the selected calls to which the behavior applies, from 0 to 1.
    share: Option<f64>,
    /// The maximum number of calls to which the behavior applies.
    times: Option<u64>,
    /// The start of the period in which the behavior applies, relative to the start of the emulator.
    #[serde(deserialize_with = "seconds")]
    from: Option<Duration>,
    #[serde(deserialize_with = "seconds")]
    until: Option<Duration>,

    throttle: Option<Throttle>,
    /// The maximum rate of calls per second, by a token bucket that holds the tokens of one second.
    per_second: Option<f64>,
    fail: Option<CustomError>,
    pub(super) reply: Option<CustomReply>,
    /// The delay in milliseconds.
    delay: Option<u64>,
    pub(super) cut: Option<ConnectionCut>,
    #[serde(deserialize_with = "seconds")]
    end_after: Option<Duration>,
    unlisted: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Throttle {
    /// Seconds.
    retry_after: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomError {
    #[serde(deserialize_with = "status")]
    status: StatusCode,
    /// The error name, which is sent in a header.
    code: String,
    message: Option<String>,
    /// Seconds.
    retry_after: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomReply {
    #[serde(deserialize_with = "status")]
    pub(super) status: StatusCode,
    #[serde(default, deserialize_with = "headers")]
    pub(super) headers: HeaderMap,
    #[serde(default)]
    pub(super) body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ConnectionCut {
    Before,
    /// Half-way through the reply's body.
    Middle,
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let seconds = Option::deserialize(from)?.map(Duration::try_from_secs_f64);
    seconds.transpose().map_err(D::Error::custom)
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
    let status = StatusCode::from_u16(u16::deserialize(from)?).ok();
    let status = status.filter(|status| (200..600).contains(&status.as_u16()));
    status.ok_or_else(|| D::Error::custom("must be from 200 to 599"))
}

fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
    let headers = HashMap::<String, String>::deserialize(from)?;
    let headers = HeaderMap::try_from(&headers).map_err(D::Error::custom)?;
    // hyper writes these headers itself, and would send contradictory ones without a check.
    if headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING) {
        let problem = "content-length and transfer-encoding follow from the body";
        return Err(D::Error::custom(problem));
    }
    Ok(headers)
}

impl Behavior {
    /// Checks constraints between members of the behavior at `path`.
    pub(super) fn check(&self, path: &str) -> Result<()> {
        let effects = [
            self.throttle.is_some(),
            self.per_second.is_some(),
            self.fail.is_some(),
            self.reply.is_some(),
            self.delay.is_some(),
            self.cut.is_some(),
            self.end_after.is_some(),
            self.unlisted,
        ];
        let effects = effects.iter().filter(|is_given| **is_given).count();
        ensure!(
            effects == 1,
            "{path}: needs exactly one of throttle, perSecond, fail, reply, delay, cut, endAfter, unlisted"
        );
        let share = self.share.unwrap_or(1.0);
        ensure!(
            (0.0..=1.0).contains(&share),
            "{path}.share: must be from 0 to 1"
        );
        let rate = self.per_second.unwrap_or(1.0);
        ensure!(rate > 0.0, "{path}.perSecond: must be more than 0");
        if let Some(error) = &self.fail {
            check_text(&format!("{path}.fail.code"), &error.code)?;
        }
        if self.changes_session() {
            let has_session = self.session.is_some();
            ensure!(
                has_session,
                "{path}: endAfter and unlisted need \"session\""
            );
            let selects_calls = self.region.is_some()
                || self.portal.is_some()
                || self.operation.is_some()
                || self.share.is_some()
                || self.times.is_some();
            ensure!(
                !selects_calls,
                "{path}: endAfter and unlisted select nothing but \"session\""
            );
            ensure!(
                self.unlisted || self.period() == (Duration::ZERO..Duration::MAX),
                "{path}.endAfter: takes neither \"from\" nor \"until\""
            );
        }
        Ok(())
    }

    fn changes_session(&self) -> bool {
        self.end_after.is_some() || self.unlisted
    }

    /// The session that this behavior ends or omits from lists.
    pub(super) fn changed_session(&self) -> Option<SessionId> {
        self.session.filter(|_| self.changes_session())
    }

    /// The error that replaces the reply, if the behavior has one.
    pub(super) fn error(&self) -> Option<ErrorReply> {
        if let Some(error) = &self.fail {
            let message = error.message.as_deref();
            let message = message.unwrap_or("The data file says so.");
            return Some(ErrorReply {
                retry_after: error.retry_after,
                ..ErrorReply::new(error.status, error.code.clone(), message)
            });
        }
        let is_throttled = self.throttle.is_some() || self.per_second.is_some();
        let retry_after = self.throttle.and_then(|throttle| throttle.retry_after);
        is_throttled.then(|| ErrorReply::throttled(retry_after))
    }

    /// The period in which the behavior applies, relative to the start of the emulator.
    fn period(&self) -> Range<Duration> {
        self.from.unwrap_or(Duration::ZERO)..self.until.unwrap_or(Duration::MAX)
    }

    fn applies_to(&self, call: &ServiceCall<'_>, up: Duration) -> bool {
        let fits = |wanted: Option<&str>, value: &str| wanted.is_none_or(|it| it == value);
        !self.changes_session()
            && self.period().contains(&up)
            && self.operation.is_none_or(|it| it == call.operation)
            && fits(self.region.as_ref().map(Region::as_str), call.region)
            && fits(self.portal.as_ref().map(PortalId::as_str), &call.portal)
            && fits(self.session.as_ref().map(SessionId::as_str), &call.session)
    }
}

/// The behaviors, and the state that depends on earlier calls.
#[derive(Debug)]
pub(super) struct Behaviors {
    list: Vec<Behavior>,
    /// The random numbers for `share`, and the history of each behavior.
    state: Mutex<(fastrand::Rng, Vec<History>)>,
}

#[derive(Debug, Clone, Default)]
struct History {
    calls: u64,
    /// The number of tokens in the bucket, and the time since the start at which they were counted. `None` before
    /// the first call, when the bucket is full.
    bucket: Option<(f64, Duration)>,
}

impl Behaviors {
    pub(super) fn new(list: Vec<Behavior>, seed: u64) -> Self {
        let histories = vec![History::default(); list.len()];
        Self {
            list,
            state: Mutex::new((fastrand::Rng::with_seed(seed), histories)),
        }
    }

    fn changes(&self, session: &str) -> impl Iterator<Item = &Behavior> {
        let is_of = move |id: SessionId| id.as_str() == session;
        let changes = self.list.iter();
        changes.filter(move |behavior| behavior.changed_session().is_some_and(is_of))
    }

    /// The time from the start of the emulator to the end of a session, if a behavior ends it.
    pub(super) fn end_of(&self, session: &str) -> Option<Duration> {
        self.changes(session).find_map(|change| change.end_after)
    }

    /// Whether lists omit a session at the time `up` after the start of the emulator.
    pub(super) fn omits(&self, session: &str, up: Duration) -> bool {
        let mut changes = self.changes(session);
        changes.any(|change| change.unlisted && change.period().contains(&up))
    }

    /// Applies the behaviors in the file's order: returns the sum of the delays, and the first behavior
    /// with another effect, so that behaviors with `times` form a script. `up` is the time since the start.
    pub(super) fn decide(
        &self,
        call: &ServiceCall<'_>,
        up: Duration,
    ) -> (Duration, Option<&Behavior>) {
        let mut delay = Duration::ZERO;
        // The state is consistent after each statement, so a panic while the lock is held does no harm.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (random, histories) = &mut *state;
        for (behavior, history) in self.list.iter().zip(histories) {
            if !behavior.applies_to(call, up) {
                continue;
            }
            history.calls += 1;
            let is_exempt = behavior.times.is_some_and(|times| history.calls > times)
                || behavior.share.is_some_and(|share| random.f64() >= share)
                || behavior
                    .per_second
                    .is_some_and(|rate| history.take(rate, up));
            match behavior.delay {
                _ if is_exempt => {}
                Some(milliseconds) => {
                    delay = delay.saturating_add(Duration::from_millis(milliseconds));
                }
                None => return (delay, Some(behavior)),
            }
        }
        (delay, None)
    }
}

impl History {
    /// Takes a token from the bucket. Returns whether there was one.
    fn take(&mut self, rate: f64, up: Duration) -> bool {
        let capacity = rate.max(1.0);
        let (content, since) = self.bucket.unwrap_or((capacity, up));
        let gained = up.saturating_sub(since).as_secs_f64() * rate;
        let content = (content + gained).min(capacity);
        let is_enough = content >= 1.0;
        self.bucket = Some((if is_enough { content - 1.0 } else { content }, up));
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
    const SESSION: &str = "11111111-1111-4111-8111-111111111111";

    fn behaviors(text: &str) -> Behaviors {
        Behaviors::new(serde_json::from_str(text).unwrap(), 7)
    }

    /// The delay and the deciding behavior of a GetSession call.
    fn get(behaviors: &Behaviors, up: Duration) -> (Duration, Option<&Behavior>) {
        let uri = format!("/portals/{PORTAL}/sessions/{SESSION}");
        let call = ServiceCall::from_uri(&uri.parse().unwrap(), "us-east-1").unwrap();
        behaviors.decide(&call, up)
    }

    fn is_changed(behaviors: &Behaviors, up: Duration) -> bool {
        get(behaviors, up).1.is_some()
    }

    #[test]
    fn behaviors_with_times_form_a_script() {
        let behaviors =
            behaviors(r#"[{"times": 2, "throttle": {}}, {"times": 1, "cut": "middle"}]"#);
        let calls = [(); 4].map(|()| {
            let behavior = get(&behaviors, Duration::ZERO).1;
            behavior.map(|behavior| (behavior.throttle.is_some(), behavior.cut))
        });
        let throttled = Some((true, None));
        let cut = Some((false, Some(ConnectionCut::Middle)));
        assert_eq!(calls, [throttled, throttled, cut, None]);
    }

    #[test]
    fn delays_add_up_and_do_not_hide_what_follows() {
        let behaviors = behaviors(
            r#"[{"delay": 20}, {"operation": "ListPortals", "delay": 500}, {"delay": 30}, {"cut": "before"}]"#,
        );
        let (delay, behavior) = get(&behaviors, Duration::ZERO);
        assert_eq!(delay, Duration::from_millis(50));
        assert_eq!(behavior.unwrap().cut, Some(ConnectionCut::Before));
    }

    #[test]
    fn a_behavior_leaves_other_calls_alone() {
        for (selection, is_cut) in [
            (
                format!(r#""region": "us-east-1", "portal": "{PORTAL}", "session": "{SESSION}""#),
                true,
            ),
            (r#""region": "us-east-1""#.to_owned(), true),
            (
                format!(r#""region": "eu-west-1", "portal": "{PORTAL}""#),
                false,
            ),
            (format!(r#""portal": "{SESSION}""#), false),
            (
                format!(r#""portal": "{PORTAL}", "session": "{PORTAL}""#),
                false,
            ),
        ] {
            let behaviors = behaviors(&format!(r#"[{{{selection}, "cut": "before"}}]"#));
            assert_eq!(
                is_changed(&behaviors, Duration::ZERO),
                is_cut,
                "{selection}"
            );
        }
    }

    #[test]
    fn a_share_selects_the_same_calls_in_every_run() {
        let run = || -> Vec<bool> {
            let behaviors = behaviors(r#"[{"share": 0.25, "throttle": {}}]"#);
            (0..1000)
                .map(|_| is_changed(&behaviors, Duration::ZERO))
                .collect()
        };
        let hit = run().into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&hit), "{hit}");
        assert_eq!(run(), run());
    }

    #[test]
    fn a_bucket_lets_its_rate_through_and_fills_again() {
        let behaviors = behaviors(r#"[{"perSecond": 5}]"#);
        let passed = |up| (0..20).filter(|_| !is_changed(&behaviors, up)).count();
        assert_eq!(passed(Duration::ZERO), 5);
        assert_eq!(passed(Duration::from_millis(400)), 2);
        assert_eq!(passed(Duration::from_secs(60)), 5);
    }
}
