//! Configured behaviors: throttle, fail, delay, replace and cut replies.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::call::ServiceCall;
use super::error_reply::ErrorReply;
use super::members::{DataError, object, or_default, seconds, visible_text};
use crate::service::endpoint::Region;
use crate::service::ids::{PortalId, SessionId};
use crate::service::operations::Operation;

/// The error for a behavior that does not have exactly one effect.
const EFFECTS: &str =
    "needs exactly one of throttle, perSecond, fail, reply, delay, cut, endAfter, unlisted";

/// One entry of `behaviors` in the data file: the calls it applies to, and one effect.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Behavior {
    region: Option<Region>,
    portal: Option<PortalId>,
    session: Option<SessionId>,
    operation: Option<Operation>,
    /// The share of these calls, from 0 to 1.
    share: Option<f64>,
    /// The maximum number of calls that it affects.
    times: Option<u64>,
    /// The start of the period, relative to the start of the service.
    #[serde(default, deserialize_with = "seconds")]
    from: Option<Duration>,
    #[serde(default, deserialize_with = "seconds")]
    until: Option<Duration>,

    #[serde(default, deserialize_with = "object")]
    throttle: Option<Throttle>,
    /// The rate of a token bucket, which holds the tokens of one second.
    per_second: Option<f64>,
    #[serde(default, deserialize_with = "object")]
    fail: Option<CustomError>,
    #[serde(default, deserialize_with = "object")]
    pub(super) reply: Option<CustomReply>,
    /// Milliseconds.
    delay: Option<u64>,
    pub(super) cut: Option<ConnectionCut>,
    #[serde(default, deserialize_with = "seconds")]
    end_after: Option<Duration>,
    #[serde(default, deserialize_with = "or_default")]
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
pub(super) struct CustomError {
    #[serde(deserialize_with = "status::<_, 400>")]
    pub(super) status: StatusCode,
    /// The error name, which is sent in a header.
    #[serde(deserialize_with = "visible_text")]
    pub(super) code: String,
    pub(super) message: Option<String>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomReply {
    #[serde(deserialize_with = "status::<_, 200>")]
    pub(super) status: StatusCode,
    #[serde(default, deserialize_with = "headers")]
    pub(super) headers: HeaderMap,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) body: String,
}

/// The point at which a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ConnectionCut {
    /// Before the reply.
    Before,
    /// Half-way through the reply's body.
    Middle,
}

fn status<'de, D: Deserializer<'de>, const MIN: u16>(from: D) -> Result<StatusCode, D::Error> {
    let status = u16::deserialize(from)?;
    StatusCode::from_u16(status)
        .ok()
        .filter(|_| (MIN..600).contains(&status))
        .ok_or_else(|| D::Error::custom(format!("must be from {MIN} to 599")))
}

fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
    let headers = Option::<BTreeMap<String, String>>::deserialize(from)?;
    let header = |(name, value): (String, String)| {
        let parsed = (HeaderName::try_from(&name), HeaderValue::try_from(value));
        match parsed {
            (Ok(name), Ok(value)) => Ok((name, value)),
            _ => Err(D::Error::custom(format!("{name:?} is not a header"))),
        }
    };
    headers.into_iter().flatten().map(header).collect()
}

impl CustomReply {
    /// What is wrong with the headers that say how long the body is. hyper does not check them.
    fn framing_problem(&self) -> Option<&'static str> {
        let length = self.body.len().to_string();
        let mut lengths = self.headers.get_all(CONTENT_LENGTH).iter();
        if lengths.any(|value| *value != length) {
            Some("content-length must be the number of bytes of the body")
        } else if self.headers.contains_key(CONTENT_LENGTH)
            && self.headers.contains_key(TRANSFER_ENCODING)
        {
            Some("has both content-length and transfer-encoding")
        } else {
            None
        }
    }
}

impl Behavior {
    /// Checks constraints between members of the behavior at `path`.
    pub(super) fn check(&self, path: &str) -> Result<(), DataError> {
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
        let selects_calls = self.region.is_some()
            || self.portal.is_some()
            || self.operation.is_some()
            || self.share.is_some()
            || self.times.is_some();
        let (member, problem) = if effects != 1 {
            ("", EFFECTS)
        } else if self.share.is_some_and(|it| !(0.0..=1.0).contains(&it)) {
            (".share", "must be from 0 to 1")
        } else if self.per_second.is_some_and(|rate| rate <= 0.0) {
            (".perSecond", "must be more than 0")
        } else if self.changes_session() && self.session.is_none() {
            ("", "endAfter and unlisted need \"session\"")
        } else if self.changes_session() && selects_calls {
            ("", "endAfter and unlisted select nothing but \"session\"")
        } else if self.end_after.is_some() && (self.from.is_some() || self.until.is_some()) {
            (".endAfter", "takes neither \"from\" nor \"until\"")
        } else if let Some(problem) = self.reply.as_ref().and_then(CustomReply::framing_problem) {
            (".reply.headers", problem)
        } else {
            return Ok(());
        };
        Err(DataError::at(format!("{path}{member}"), problem))
    }

    fn changes_session(&self) -> bool {
        self.end_after.is_some() || self.unlisted
    }

    /// The session that this behavior ends or omits from lists.
    pub(super) fn changed_session(&self) -> Option<SessionId> {
        self.session.filter(|_| self.changes_session())
    }

    /// The error that replaces the reply.
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

    /// The period in which the behavior applies, relative to the start of the service.
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

/// The behaviors, with their state from earlier calls.
#[derive(Debug)]
pub(super) struct Behaviors {
    list: Vec<Behavior>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    random: fastrand::Rng,
    histories: Vec<History>,
}

#[derive(Debug, Clone, Default)]
struct History {
    calls: u64,
    /// The token bucket's tokens, and the time since the start at which they were counted; the
    /// bucket is full before the first call.
    bucket: Option<(f64, Duration)>,
}

impl Behaviors {
    pub(super) fn new(list: Vec<Behavior>, seed: u64) -> Self {
        let memory = Memory {
            random: fastrand::Rng::with_seed(seed),
            histories: vec![History::default(); list.len()],
        };
        Self {
            list,
            memory: Mutex::new(memory),
        }
    }

    fn changes(&self, session: &str) -> impl Iterator<Item = &Behavior> {
        let is_of = move |id: SessionId| id.as_str() == session;
        let changes = self.list.iter();
        changes.filter(move |behavior| behavior.changed_session().is_some_and(is_of))
    }

    /// The time from the start of the service to the end of a session.
    pub(super) fn end_of(&self, session: &str) -> Option<Duration> {
        self.changes(session).find_map(|change| change.end_after)
    }

    /// Whether lists omit a session at the time `up` after the start of the service.
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
        // No statement leaves the memory half-changed, so a panic elsewhere does no harm.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { random, histories } = &mut *memory;
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
    /// Takes a token and returns true, if there is one.
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
