//! Decides whether to repeat a failed call, and after which wait.
//!
//! The rules are those of the AWS SDKs' standard retry mode ("Retry behavior", AWS SDKs and Tools Reference Guide)
//! without its retry quota. The quota protects a failing service from a long-lived client, but a command ends
//! after its last attempt. The functions are pure: the caller passes the random number and the remaining time.

use std::time::Duration;

use super::error::CallError;

/// The upper bound of every wait, except for a `Retry-After` (standard mode's `MAX_BACKOFF`).
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// The longest `Retry-After` that is obeyed in a command without a deadline. If the service requests more, the
/// call fails, so that the user knows at once.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The upper bound of the first wait after a transient error. As in the SDKs since 2026, it is shorter than after
/// throttling, because a broken connection does not indicate load.
const TRANSIENT_BASE: Duration = Duration::from_millis(100);

/// The upper bound of the first wait after throttling, as in the SDKs' standard mode.
const THROTTLED_BASE: Duration = Duration::from_secs(1);

/// The number of attempts of a call, and the waits between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts per call, including the first; at least one.
    pub max_attempts: u32,
    /// The maximum number of attempts that fail with a transient error other than throttling; at least one.
    max_transient: u32,
    /// The upper bound of the first wait after throttling. It doubles with each failure.
    throttled_base: Duration,
}

impl RetryPolicy {
    /// The policy for a single call.
    pub const fn alone(max_attempts: u32) -> Self {
        Self {
            max_attempts,
            max_transient: max_attempts,
            throttled_base: THROTTLED_BASE,
        }
    }

    /// The policy for one of many calls that share a rate. Throttling reduces the rate, so the call itself waits
    /// only briefly, and throttled attempts count against `max_attempts` only.
    pub const fn among_many(max_transient: u32, max_attempts: u32) -> Self {
        Self {
            max_attempts,
            max_transient,
            throttled_base: TRANSIENT_BASE,
        }
    }

    /// The wait before the next attempt after a failure with `error`; `None` if the call must not be attempted
    /// again. `failures` includes this failure.
    ///
    /// `random` is uniform in `[0, 1)`: full jitter. `remaining` is the time left for the command, `None` if it
    /// has no deadline.
    pub fn next_wait(
        &self,
        failures: Failures,
        error: &CallError,
        random: f64,
        remaining: Option<Duration>,
    ) -> Option<Duration> {
        let (base, has_attempts) = if error.is_throttling() {
            (self.throttled_base, true)
        } else {
            (TRANSIENT_BASE, failures.others < self.max_transient)
        };
        if !error.is_transient() || !has_attempts || failures.all() >= self.max_attempts {
            return None;
        }
        let retry_after = match error {
            CallError::Service(error) => error.retry_after,
            _ => None,
        };
        let wait = retry_after.unwrap_or_else(|| {
            let factor = 2u32.saturating_pow(failures.all().saturating_sub(1));
            base.saturating_mul(factor).min(MAX_BACKOFF).mul_f64(random)
        });
        (wait <= remaining.unwrap_or(MAX_RETRY_AFTER)).then_some(wait)
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    throttled: u32,
    others: u32,
}

impl Failures {
    pub fn count(&mut self, error: &CallError) {
        let count = if error.is_throttling() {
            &mut self.throttled
        } else {
            &mut self.others
        };
        *count = count.saturating_add(1);
    }

    pub fn all(self) -> u32 {
        self.throttled.saturating_add(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::{ServiceError, ServiceErrorKind};
    use super::super::transport_error::Unreachable;
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

    fn transient() -> CallError {
        service(ServiceErrorKind::ServerFault, 503, None)
    }

    /// Decides after this number of attempts, which all failed with `error`.
    fn after(
        policy: RetryPolicy,
        attempts: u32,
        error: &CallError,
        random: f64,
        remaining: Option<Duration>,
    ) -> Option<Duration> {
        let mut failures = Failures::default();
        for _ in 0..attempts {
            failures.count(error);
        }
        policy.next_wait(failures, error, random, remaining)
    }

    #[test]
    fn waits_double_and_are_jittered_down_to_nothing() {
        let policy = RetryPolicy::alone(99);
        let wait = |attempts, random| after(policy, attempts, &throttled(None), random, None);
        assert_eq!(wait(1, 0.0), Some(Duration::ZERO));
        assert_eq!(wait(1, 0.5), Some(Duration::from_millis(500)));
        assert_eq!(wait(3, 0.5), Some(Duration::from_secs(2)));
        assert_eq!(wait(90, 1.0), Some(MAX_BACKOFF));
    }

    #[test]
    fn the_last_attempts_error_stands() {
        assert_eq!(after(THREE, 3, &throttled(Some(0)), 0.5, None), None);
        assert_ne!(after(THREE, 2, &throttled(Some(0)), 0.5, None), None);
    }

    #[test]
    fn retry_after_is_obeyed_up_to_the_deadline() {
        let decide = |seconds, remaining: Option<u64>| {
            after(
                THREE,
                1,
                &throttled(Some(seconds)),
                0.9,
                remaining.map(Duration::from_secs),
            )
        };
        assert_eq!(decide(7, None), Some(Duration::from_secs(7)));
        assert_eq!(decide(300, Some(301)), Some(Duration::from_secs(300)));
        assert_eq!(decide(300, Some(299)), None);
        assert_eq!(decide(7 * 24 * 3600, None), None);
    }

    #[test]
    fn only_transient_errors_are_attempted_again() {
        use ServiceErrorKind::*;
        let again = |error: CallError| after(THREE, 1, &error, 0.1, None).is_some();
        for status in [500, 502, 503, 504] {
            assert!(again(service(ServerFault, status, None)));
        }
        assert!(!again(service(ServerFault, 501, None)));
        for kind in [AccessDenied, NotFound, Rejected, Credentials] {
            assert!(!again(service(kind, 400, None)));
        }
        for (cause, expected) in [
            (Unreachable::Dns, true),
            (Unreachable::Connection, true),
            (Unreachable::OpenFiles, true),
            (Unreachable::ThroughProxy, true),
            (Unreachable::ConnectTimedOut, true),
            (Unreachable::AttemptTimedOut, true),
            (Unreachable::Untrusted, false),
            (Unreachable::Tls, false),
            (Unreachable::ProxyAuthentication, false),
            (Unreachable::ProxyPassword, false),
            (Unreachable::CommandTimedOut, false),
        ] {
            assert_eq!(again(CallError::unreachable(cause, "")), expected);
        }
        for truncated in [true, false] {
            let error = CallError::UnexpectedResponse {
                reason: String::new(),
                status: Some(200),
                request_id: None,
                truncated,
                source: None,
            };
            assert_eq!(again(error), truncated);
        }
    }

    #[test]
    fn among_many_throttled_attempts_do_not_count_as_transient_errors() {
        let policy = RetryPolicy::among_many(3, 10);
        let gives_up = |errors: &[CallError]| {
            let mut failures = Failures::default();
            errors.iter().for_each(|error| failures.count(error));
            let last = errors.last().unwrap();
            policy.next_wait(failures, last, 0.5, None).is_none()
        };
        let mut errors = vec![throttled(None); 7];
        errors.push(transient());
        assert!(!gives_up(&errors));
        errors.push(transient());
        assert!(!gives_up(&errors));
        errors.push(transient());
        assert!(gives_up(&errors));
        assert!(!gives_up(&vec![throttled(None); 9]));
        assert!(gives_up(&vec![throttled(None); 10]));
        assert!(gives_up(&vec![transient(); 3]));
    }

    proptest! {
        #[test]
        fn a_wait_never_outlasts_the_remaining_time(
            attempts in 1u32..1000,
            random in 0.0..1.0,
            asked in proptest::option::of(any::<u64>()),
            remaining in any::<u32>(),
        ) {
            let remaining = Duration::from_secs(remaining.into());
            let policy = RetryPolicy::alone(u32::MAX);
            if let Some(wait) =
                after(policy, attempts, &throttled(asked), random, Some(remaining))
            {
                prop_assert!(wait <= remaining);
            }
        }
    }
}
