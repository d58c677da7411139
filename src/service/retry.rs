//! Attempts: which errors are worth another one, and how long to wait before it.
//!
//! The rules are the standard retry mode of the AWS SDKs ("Retry behavior",
//! AWS SDKs and Tools Reference Guide) without its retry quota: the quota keeps a
//! long-lived client from piling retries on an ailing service, and a command that
//! ends after its last attempt does not. Pure: the random number and the
//! remaining time are passed in.

use std::time::Duration;

use super::error::{CallError, ServiceErrorKind, Unreachable};

/// The upper bound of every wait that this program chooses (standard mode's `MAX_BACKOFF`).
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// The longest `Retry-After` that is obeyed when the command has no deadline. A service that asks
/// for more has said no; a person would rather know.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Attempts after one kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// Attempts in all, the first included; at least one.
    pub max_attempts: u32,
    /// The first wait's upper bound, which doubles with each further one.
    pub base: Duration,
}

/// How often a call is attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// After a passing fault.
    pub fault: Series,
    /// After throttling.
    pub throttled: Series,
}

impl RetryPolicy {
    /// For a call that stands alone.
    ///
    /// After throttling the first wait is up to a second, as in the SDKs' standard mode. After a
    /// passing fault it is shorter, as in the SDKs since 2026: a broken connection says nothing
    /// about load, and a person is waiting.
    pub const fn alone(max_attempts: u32) -> Self {
        Self {
            fault: Series {
                max_attempts,
                base: Duration::from_millis(100),
            },
            throttled: Series {
                max_attempts,
                base: Duration::from_secs(1),
            },
        }
    }

    /// For a call among many that share a rate. It is for the rate to fall on throttling, not for
    /// the call to wait long, which would hold up those behind it, or to be given up.
    pub const fn among_many(max_attempts: u32, max_throttled: u32) -> Self {
        let alone = Self::alone(max_attempts);
        Self {
            fault: alone.fault,
            throttled: Series {
                max_attempts: max_throttled,
                base: alone.fault.base,
            },
        }
    }
}

/// What to do after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait that long, then attempt again.
    Wait(Duration),
    /// The error stands.
    GiveUp,
}

impl RetryPolicy {
    /// Decides after attempt number `attempt` (from 1) failed with `error`.
    ///
    /// `random` is uniform in `[0, 1)`: full jitter. `remaining` is the time left for the
    /// command, `None` if it has no deadline.
    pub fn decide(
        &self,
        attempt: u32,
        error: &CallError,
        random: f64,
        remaining: Option<Duration>,
    ) -> Decision {
        let (series, retry_after) = match error {
            CallError::Service(error) => match error.kind {
                ServiceErrorKind::Throttled => (self.throttled, error.retry_after),
                ServiceErrorKind::Fault if is_passing(error.status) => {
                    (self.fault, error.retry_after)
                }
                ServiceErrorKind::Fault
                | ServiceErrorKind::AccessDenied
                | ServiceErrorKind::NotFound
                | ServiceErrorKind::Rejected
                | ServiceErrorKind::Credentials => return Decision::GiveUp,
            },
            CallError::Unreachable(cause, _) => match cause {
                Unreachable::Dns | Unreachable::Connection | Unreachable::AttemptTimedOut => {
                    (self.fault, None)
                }
                Unreachable::Tls | Unreachable::Proxy | Unreachable::CommandTimedOut => {
                    return Decision::GiveUp;
                }
            },
            CallError::NotTheService { truncated, .. } if *truncated => (self.fault, None),
            CallError::NotTheService { .. }
            | CallError::NoCredentials { .. }
            | CallError::Request(_) => return Decision::GiveUp,
        };
        if attempt >= series.max_attempts {
            return Decision::GiveUp;
        }
        let ceiling = series
            .base
            .saturating_mul(2u32.saturating_pow(attempt - 1))
            .min(MAX_BACKOFF);
        let wait = retry_after.unwrap_or_else(|| ceiling.mul_f64(random));
        if wait > remaining.unwrap_or(MAX_RETRY_AFTER) {
            return Decision::GiveUp;
        }
        Decision::Wait(wait)
    }
}

/// The statuses that standard mode calls transient; 501, say, would fail again.
fn is_passing(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::super::error::ServiceError;
    use super::*;
    use proptest::prelude::*;

    const THREE: RetryPolicy = RetryPolicy::alone(3);

    fn service(kind: ServiceErrorKind, status: u16, retry_after: Option<u64>) -> CallError {
        CallError::Service(Box::new(ServiceError {
            kind,
            code: None,
            message: None,
            reason: None,
            fields: Vec::new(),
            status,
            request_id: None,
            retry_after: retry_after.map(Duration::from_secs),
            date: None,
        }))
    }

    fn throttled(retry_after: Option<u64>) -> CallError {
        service(ServiceErrorKind::Throttled, 429, retry_after)
    }

    #[test]
    fn waits_double_and_are_jittered_down_to_nothing() {
        let policy = RetryPolicy::alone(99);
        let wait = |attempt, random| policy.decide(attempt, &throttled(None), random, None);
        assert_eq!(wait(1, 0.0), Decision::Wait(Duration::ZERO));
        assert_eq!(wait(1, 0.5), Decision::Wait(Duration::from_millis(500)));
        assert_eq!(wait(3, 0.5), Decision::Wait(Duration::from_secs(2)));
        assert_eq!(wait(90, 1.0), Decision::Wait(MAX_BACKOFF));
    }

    #[test]
    fn the_last_attempts_error_stands() {
        assert_eq!(
            THREE.decide(3, &throttled(Some(0)), 0.5, None),
            Decision::GiveUp
        );
        assert_ne!(
            THREE.decide(2, &throttled(Some(0)), 0.5, None),
            Decision::GiveUp
        );
    }

    #[test]
    fn retry_after_is_obeyed_up_to_the_deadline() {
        let decide = |after, remaining: Option<u64>| {
            THREE.decide(
                1,
                &throttled(Some(after)),
                0.9,
                remaining.map(Duration::from_secs),
            )
        };
        assert_eq!(decide(7, None), Decision::Wait(Duration::from_secs(7)));
        assert_eq!(
            decide(300, Some(301)),
            Decision::Wait(Duration::from_secs(300))
        );
        assert_eq!(decide(300, Some(299)), Decision::GiveUp);
        assert_eq!(decide(7 * 24 * 3600, None), Decision::GiveUp);
    }

    #[test]
    fn only_passing_errors_are_attempted_again() {
        use ServiceErrorKind::*;
        let again = |error: CallError| THREE.decide(1, &error, 0.1, None) != Decision::GiveUp;
        for status in [500, 502, 503, 504] {
            assert!(again(service(Fault, status, None)));
        }
        assert!(!again(service(Fault, 501, None)));
        for kind in [AccessDenied, NotFound, Rejected, Credentials] {
            assert!(!again(service(kind, 400, None)));
        }
        for (cause, expected) in [
            (Unreachable::Dns, true),
            (Unreachable::Connection, true),
            (Unreachable::AttemptTimedOut, true),
            (Unreachable::Tls, false),
            (Unreachable::Proxy, false),
            (Unreachable::CommandTimedOut, false),
        ] {
            assert_eq!(
                again(CallError::Unreachable(cause, String::new())),
                expected
            );
        }
        for truncated in [true, false] {
            let error = CallError::NotTheService {
                reason: String::new(),
                status: Some(200),
                request_id: None,
                truncated,
            };
            assert_eq!(again(error), truncated);
        }
    }

    proptest! {
        #[test]
        fn a_wait_never_outlasts_the_remaining_time(
            attempt in 1u32..1000,
            random in 0.0..1.0,
            after in proptest::option::of(any::<u64>()),
            remaining in any::<u32>(),
        ) {
            let remaining = Duration::from_secs(remaining.into());
            let policy = RetryPolicy::alone(u32::MAX);
            if let Decision::Wait(wait) =
                policy.decide(attempt, &throttled(after), random, Some(remaining))
            {
                prop_assert!(wait <= remaining);
            }
        }
    }
}
