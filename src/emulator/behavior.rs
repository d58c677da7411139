//! Configured behaviors: throttle, fail, delay and cut calls.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::service::operations::Operation;

/// An error reply that the data file configures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: Option<String>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

/// A reply that the data file configures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomReply {
    pub(super) status: u16,
    pub(super) headers: Option<BTreeMap<String, String>>,
    pub(super) body: Option<String>,
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ConnectionCut {
    /// Before the reply.
    Before,
    /// Half-way through the reply's body.
    Middle,
}

/// A behavior: the calls it applies to, and its effect.
#[derive(Debug)]
pub(super) struct Behavior {
    pub(super) selection: CallSelection,
    pub(super) effect: Effect,
}

/// Selects calls: all given members must match.
#[derive(Debug, Default)]
pub(super) struct CallSelection {
    pub(super) region: Option<String>,
    pub(super) portal: Option<String>,
    pub(super) session: Option<String>,
    pub(super) operation: Option<Operation>,
    /// The share of these calls, from 0 to 1.
    pub(super) share: Option<f64>,
    /// Only the first so many of these calls.
    pub(super) times: Option<u64>,
    /// Only calls in this time since the start.
    pub(super) period: Option<Range<Duration>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Throttle {
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// A token bucket with this rate, which holds the tokens of one second.
    PerSecond(f64),
    Fail(CustomError),
    Reply(CustomReply),
    Delay(Duration),
    ConnectionCut(ConnectionCut),
}

impl CallSelection {
    fn matches(&self, call: &CallSubject<'_>, up: Duration) -> bool {
        let fits = |wanted: &Option<String>, given: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == given
        };
        let period = self.period.as_ref();
        period.is_none_or(|period| period.contains(&up))
            && self.operation.is_none_or(|wanted| wanted == call.operation)
            && fits(&self.region, Some(call.region))
            && fits(&self.portal, call.portal)
            && fits(&self.session, call.session)
    }
}

/// The properties of a call that behaviors match.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallSubject<'a> {
    pub(super) operation: Operation,
    /// The region that it is signed for.
    pub(super) region: &'a str,
    pub(super) portal: Option<&'a str>,
    pub(super) session: Option<&'a str>,
}

/// The effect of the behaviors on one call.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// The delay of the reply.
    pub(super) delay: Duration,
    /// Replaces or cuts the reply; `None` in an ordinary call.
    pub(super) outcome: Option<Fault>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    Throttle {
        /// Seconds.
        retry_after: Option<u64>,
    },
    Fail(CustomError),
    Reply(CustomReply),
    ConnectionCut(ConnectionCut),
}

/// The behaviors with their state from earlier calls.
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

    /// Applies the behaviors in the file's order: delays add up, and the first other effect decides,
    /// so that behaviors with `times` form a script. `up` is the time since the start.
    pub(super) fn decide(&self, call: &CallSubject<'_>, up: Duration) -> Verdict {
        let mut verdict = Verdict::default();
        if self.list.is_empty() {
            return verdict;
        }
        // No statement leaves the memory half-changed, so a panic elsewhere does no harm.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { random, histories } = &mut *memory;
        for (behavior, history) in self.list.iter().zip(histories) {
            if !behavior.selection.matches(call, up) {
                continue;
            }
            history.calls = history.calls.saturating_add(1);
            if behavior
                .selection
                .times
                .is_some_and(|times| history.calls > times)
                || behavior
                    .selection
                    .share
                    .is_some_and(|share| random.f64() >= share)
            {
                continue;
            }
            verdict.outcome = match &behavior.effect {
                Effect::Throttle { retry_after } => Some(Fault::Throttle {
                    retry_after: *retry_after,
                }),
                Effect::PerSecond(rate) if !history.take(*rate, up) => {
                    Some(Fault::Throttle { retry_after: None })
                }
                Effect::Fail(error) => Some(Fault::Fail(error.clone())),
                Effect::Reply(reply) => Some(Fault::Reply(reply.clone())),
                Effect::ConnectionCut(cut) => Some(Fault::ConnectionCut(*cut)),
                Effect::Delay(delay) => {
                    verdict.delay = verdict.delay.saturating_add(*delay);
                    None
                }
                Effect::PerSecond(_) => None,
            };
            if verdict.outcome.is_some() {
                break;
            }
        }
        verdict
    }
}

impl History {
    /// Takes a token and returns true, if there is one.
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

    const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
    const SESSION: &str = "11111111-1111-4111-8111-111111111111";
    const GET: CallSubject<'_> = CallSubject {
        operation: Operation::GetSession,
        region: "us-east-1",
        portal: Some(PORTAL),
        session: Some(SESSION),
    };

    fn behaviors<const N: usize>(list: [Behavior; N]) -> Behaviors {
        Behaviors::new(Vec::from(list), 7)
    }

    fn always(effect: Effect) -> Behavior {
        Behavior {
            selection: CallSelection::default(),
            effect,
        }
    }

    fn only(selection: CallSelection, effect: Effect) -> Behavior {
        Behavior { selection, effect }
    }

    fn get(behaviors: &Behaviors, up: Duration) -> Option<Fault> {
        behaviors.decide(&GET, up).outcome
    }

    #[test]
    fn behaviors_with_times_form_a_script() {
        let behaviors = behaviors([
            only(
                CallSelection {
                    times: Some(2),
                    ..CallSelection::default()
                },
                Effect::Throttle {
                    retry_after: Some(3),
                },
            ),
            only(
                CallSelection {
                    times: Some(1),
                    ..CallSelection::default()
                },
                Effect::ConnectionCut(ConnectionCut::Middle),
            ),
        ]);
        let throttled = || {
            Some(Fault::Throttle {
                retry_after: Some(3),
            })
        };
        assert_eq!(get(&behaviors, Duration::ZERO), throttled());
        assert_eq!(get(&behaviors, Duration::ZERO), throttled());
        assert_eq!(
            get(&behaviors, Duration::ZERO),
            Some(Fault::ConnectionCut(ConnectionCut::Middle))
        );
        assert_eq!(get(&behaviors, Duration::ZERO), None);
    }

    #[test]
    fn delays_add_up_and_do_not_hide_what_follows() {
        let behaviors = behaviors([
            always(Effect::Delay(Duration::from_millis(20))),
            only(
                CallSelection {
                    operation: Some(Operation::ListPortals),
                    ..CallSelection::default()
                },
                Effect::Delay(Duration::from_millis(500)),
            ),
            always(Effect::Delay(Duration::from_millis(30))),
            always(Effect::ConnectionCut(ConnectionCut::Before)),
        ]);
        let verdict = behaviors.decide(&GET, Duration::ZERO);
        assert_eq!(verdict.delay, Duration::from_millis(50));
        assert_eq!(
            verdict.outcome,
            Some(Fault::ConnectionCut(ConnectionCut::Before))
        );
    }

    #[test]
    fn a_behavior_leaves_other_calls_alone() {
        let here = |text: &str| Some(text.to_owned());
        for (region, portal, session, is_cut) in [
            (here("us-east-1"), here(PORTAL), here(SESSION), true),
            (here("us-east-1"), None, None, true),
            (here("eu-west-1"), here(PORTAL), here(SESSION), false),
            (None, here(SESSION), None, false),
            (None, here(PORTAL), here(PORTAL), false),
        ] {
            let selection = CallSelection {
                region,
                portal,
                session,
                ..CallSelection::default()
            };
            let behaviors = behaviors([only(
                selection,
                Effect::ConnectionCut(ConnectionCut::Before),
            )]);
            assert_eq!(get(&behaviors, Duration::ZERO).is_some(), is_cut);
        }
    }

    #[test]
    fn a_share_selects_the_same_calls_in_every_run() {
        let run = || -> Vec<bool> {
            let behaviors = behaviors([only(
                CallSelection {
                    share: Some(0.25),
                    ..CallSelection::default()
                },
                Effect::Throttle { retry_after: None },
            )]);
            (0..1000)
                .map(|_| get(&behaviors, Duration::ZERO).is_some())
                .collect()
        };
        let hit = run().into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&hit), "{hit}");
        assert_eq!(run(), run());
    }

    #[test]
    fn a_bucket_lets_its_rate_through_and_fills_again() {
        let behaviors = behaviors([always(Effect::PerSecond(5.0))]);
        let passed = |up| (0..20).filter(|_| get(&behaviors, up).is_none()).count();
        assert_eq!(passed(Duration::ZERO), 5);
        assert_eq!(passed(Duration::from_millis(400)), 2);
        assert_eq!(passed(Duration::from_secs(60)), 5);
    }
}
