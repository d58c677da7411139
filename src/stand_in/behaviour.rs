//! What the data file tells the stand-in to do to calls: throttle, fail, delay, cut.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::data::{DataError, check_id};

/// The operations that the stand-in serves, by the service's names for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Operation {
    GetSession,
    ListSessions,
    ListPortals,
}

/// One behaviour as the data file has it; of the last six members exactly one is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawBehaviour {
    session: Option<String>,
    operation: Option<Operation>,
    share: Option<f64>,
    times: Option<u64>,
    throttle: Option<Throttle>,
    per_second: Option<f64>,
    fail: Option<Fail>,
    delay: Option<u64>,
    cut: Option<Cut>,
    end_after: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Throttle {
    retry_after: Option<u64>,
}

/// An error reply as the data file has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fail {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: Option<String>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Cut {
    /// Before the reply.
    Before,
    /// Half-way through the reply's body.
    Middle,
}

/// Which calls, and what happens to them.
#[derive(Debug)]
pub(super) struct Behaviour {
    pub(super) session: Option<String>,
    operation: Option<Operation>,
    share: Option<f64>,
    times: Option<u64>,
    pub(super) effect: Effect,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Throttle {
        retry_after: Option<u64>,
    },
    /// A token bucket with this rate, which holds one second's worth.
    PerSecond(f64),
    Fail(Fail),
    Delay(Duration),
    Cut(Cut),
    /// The session ends this long after the start.
    EndAfter(Duration),
}

impl Behaviour {
    pub(super) fn parse(raw: RawBehaviour, place: &str) -> Result<Self, DataError> {
        let problem =
            |member: &str, text: &str| Err(DataError::at(format!("{place}.{member}"), text));
        if let Some(Err(text)) = raw.session.as_deref().map(check_id) {
            return problem("session", text);
        }
        if raw.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return problem("share", "not from 0 to 1");
        }
        if raw
            .per_second
            .is_some_and(|rate| rate.is_nan() || rate <= 0.0)
        {
            return problem("perSecond", "not more than 0");
        }
        if raw
            .fail
            .as_ref()
            .is_some_and(|fail| !(400..600).contains(&fail.status))
        {
            return problem("fail.status", "not from 400 to 599");
        }
        let code_fits = |fail: &Fail| fail.code.bytes().all(|b| b.is_ascii_graphic());
        if raw.fail.as_ref().is_some_and(|fail| !code_fits(fail)) {
            return problem(
                "fail.code",
                "goes into a header, so it must be visible ASCII",
            );
        }
        let end_after = match raw.end_after.map(Duration::try_from_secs_f64) {
            None => None,
            Some(Ok(after)) => Some(after),
            Some(Err(_)) => return problem("endAfter", "not a number of seconds"),
        };
        if end_after.is_some() {
            if raw.session.is_none() {
                return problem("endAfter", "needs \"session\"");
            }
            if raw.operation.is_some() || raw.share.is_some() || raw.times.is_some() {
                return problem("endAfter", "takes nothing but \"session\"");
            }
        }
        let mut effects = [
            raw.throttle
                .map(|Throttle { retry_after }| Effect::Throttle { retry_after }),
            raw.per_second.map(Effect::PerSecond),
            raw.fail.map(Effect::Fail),
            raw.delay.map(|ms| Effect::Delay(Duration::from_millis(ms))),
            raw.cut.map(Effect::Cut),
            end_after.map(Effect::EndAfter),
        ]
        .into_iter()
        .flatten();
        let (Some(effect), None) = (effects.next(), effects.next()) else {
            return Err(DataError::at(
                place,
                "needs exactly one of throttle, perSecond, fail, delay, cut, endAfter",
            ));
        };
        Ok(Self {
            session: raw.session,
            operation: raw.operation,
            share: raw.share,
            times: raw.times,
            effect,
        })
    }

    fn matches(&self, operation: Operation, session: Option<&str>) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && (self.session.is_none() || self.session.as_deref() == session)
    }
}

/// What is to happen to one call.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// How long the reply is held back.
    pub(super) delay: Duration,
    /// What is done in place of the reply or to it; nothing in an ordinary call.
    pub(super) outcome: Option<Outcome>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// Seconds.
    Throttle {
        retry_after: Option<u64>,
    },
    Fail(Fail),
    Cut(Cut),
}

/// The behaviours and what they remember of the calls so far.
#[derive(Debug)]
pub(super) struct Behaviours {
    list: Vec<Behaviour>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    random: fastrand::Rng,
    seen: Vec<Seen>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    calls: u64,
    /// The token bucket's content, when it was last looked at; full before the first call.
    bucket: Option<(f64, Duration)>,
}

impl Behaviours {
    pub(super) fn new(list: Vec<Behaviour>, seed: u64) -> Self {
        let memory = Memory {
            random: fastrand::Rng::with_seed(seed),
            seen: vec![Seen::default(); list.len()],
        };
        Self {
            list,
            memory: Mutex::new(memory),
        }
    }

    /// Goes through the behaviours in the file's order: delays add up, and the first other effect
    /// ends the search, so that `times` makes a script of them. `up` is the time since the start.
    pub(super) fn decide(
        &self,
        operation: Operation,
        session: Option<&str>,
        up: Duration,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        if self.list.is_empty() {
            return verdict;
        }
        // The memory is whole between two statements: a panic elsewhere does not spoil it.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { random, seen } = &mut *memory;
        for (behaviour, seen) in self.list.iter().zip(seen) {
            if !behaviour.matches(operation, session) {
                continue;
            }
            seen.calls = seen.calls.saturating_add(1);
            if behaviour.times.is_some_and(|times| seen.calls > times)
                || behaviour.share.is_some_and(|share| random.f64() >= share)
            {
                continue;
            }
            verdict.outcome = match &behaviour.effect {
                Effect::Throttle { retry_after } => Some(Outcome::Throttle {
                    retry_after: *retry_after,
                }),
                Effect::PerSecond(rate) if !seen.take(*rate, up) => {
                    Some(Outcome::Throttle { retry_after: None })
                }
                Effect::Fail(fail) => Some(Outcome::Fail(fail.clone())),
                Effect::Cut(cut) => Some(Outcome::Cut(*cut)),
                Effect::Delay(delay) => {
                    verdict.delay = verdict.delay.saturating_add(*delay);
                    None
                }
                // `EndAfter` is a matter of the session's data, not of calls.
                Effect::PerSecond(_) | Effect::EndAfter(_) => None,
            };
            if verdict.outcome.is_some() {
                break;
            }
        }
        verdict
    }
}

impl Seen {
    /// Takes a token, if there is one.
    fn take(&mut self, rate: f64, up: Duration) -> bool {
        let capacity = rate.max(1.0);
        let (content, since) = self.bucket.unwrap_or((capacity, up));
        let gained = up.saturating_sub(since).as_secs_f64() * rate;
        let content = (content + gained).min(capacity);
        let enough = content >= 1.0;
        self.bucket = Some((if enough { content - 1.0 } else { content }, up));
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "11111111-1111-4111-8111-111111111111";

    fn parse(text: &str) -> Result<Behaviour, DataError> {
        Behaviour::parse(serde_json::from_str(text).unwrap(), "behaviours[0]")
    }

    fn behaviours(list: &[&str]) -> Behaviours {
        let list = list.iter().map(|text| parse(text).unwrap()).collect();
        Behaviours::new(list, 7)
    }

    fn get(behaviours: &Behaviours, up: Duration) -> Option<Outcome> {
        behaviours
            .decide(Operation::GetSession, Some(SESSION), up)
            .outcome
    }

    #[test]
    fn a_behaviour_needs_exactly_one_effect() {
        assert!(parse("{}").is_err());
        assert!(parse(r#"{"delay": 1, "cut": "before"}"#).is_err());
        assert!(parse(r#"{"delay": 1}"#).is_ok());
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_place() {
        for (text, says) in [
            (r#"{"share": 1.5, "delay": 1}"#, "behaviours[0].share"),
            (r#"{"session": "x", "delay": 1}"#, "behaviours[0].session"),
            (r#"{"perSecond": 0}"#, "behaviours[0].perSecond"),
            (r#"{"fail": {"status": 200, "code": "X"}}"#, "fail.status"),
            (r#"{"fail": {"status": 500, "code": "X\n"}}"#, "fail.code"),
            (r#"{"endAfter": 3}"#, "needs \"session\""),
            (r#"{"endAfter": -3}"#, "endAfter"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn times_makes_a_script_of_the_behaviours() {
        let behaviours = behaviours(&[
            r#"{"times": 2, "throttle": {"retryAfter": 3}}"#,
            r#"{"times": 1, "cut": "middle"}"#,
        ]);
        let throttled = || {
            Some(Outcome::Throttle {
                retry_after: Some(3),
            })
        };
        assert_eq!(get(&behaviours, Duration::ZERO), throttled());
        assert_eq!(get(&behaviours, Duration::ZERO), throttled());
        assert_eq!(
            get(&behaviours, Duration::ZERO),
            Some(Outcome::Cut(Cut::Middle))
        );
        assert_eq!(get(&behaviours, Duration::ZERO), None);
    }

    #[test]
    fn delays_add_up_and_do_not_hide_what_follows() {
        let behaviours = behaviours(&[
            r#"{"delay": 20}"#,
            r#"{"operation": "ListPortals", "delay": 500}"#,
            r#"{"delay": 30}"#,
            r#"{"cut": "before"}"#,
        ]);
        let verdict = behaviours.decide(Operation::GetSession, None, Duration::ZERO);
        assert_eq!(verdict.delay, Duration::from_millis(50));
        assert_eq!(verdict.outcome, Some(Outcome::Cut(Cut::Before)));
    }

    #[test]
    fn a_session_of_its_own_is_left_alone_by_the_behaviours_of_others() {
        let behaviours = behaviours(&[
            r#"{"session": "22222222-2222-4222-8222-222222222222", "cut": "before"}"#,
        ]);
        assert_eq!(get(&behaviours, Duration::ZERO), None);
    }

    #[test]
    fn a_share_is_the_same_calls_in_every_run() {
        let run = || -> Vec<bool> {
            let behaviours = behaviours(&[r#"{"share": 0.25, "throttle": {}}"#]);
            (0..1000)
                .map(|_| get(&behaviours, Duration::ZERO).is_some())
                .collect()
        };
        let hit = run().into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&hit), "{hit}");
        assert_eq!(run(), run());
    }

    #[test]
    fn a_bucket_lets_its_rate_through_and_fills_again() {
        let behaviours = behaviours(&[r#"{"perSecond": 5}"#]);
        let passed = |up| (0..20).filter(|_| get(&behaviours, up).is_none()).count();
        assert_eq!(passed(Duration::ZERO), 5);
        assert_eq!(passed(Duration::from_millis(400)), 2);
        assert_eq!(passed(Duration::from_secs(60)), 5);
    }
}
