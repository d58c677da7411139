//! The clock of this machine, corrected by the `Date` header of the service's replies.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use super::error::CallError;

/// The clock of this process. Signatures, relative times, durations and the expiry of credentials use it.
pub static CLOCK: Clock = Clock::new();

/// The error that remains after the correction. A `Date` header has whole seconds.
pub const PRECISION: SignedDuration = SignedDuration::from_secs(2);

/// The skew above which the service may reject signatures (the SDKs' threshold), in seconds.
const TOLERANCE: i64 = 4 * 60;

/// The largest correction over plain http, in milliseconds. An attacker on the network path can change such a
/// reply. Without this limit, the attacker could obtain signatures that become valid at any time in the future.
const MAX_UNPROTECTED_MS: i64 = 15 * 60 * 1000;

/// This machine's clock with a correction from the service's replies.
#[derive(Debug)]
pub struct Clock {
    /// Milliseconds to add to this machine's clock.
    offset_ms: AtomicI64,
    has_warned: AtomicBool,
}

/// The skew of this machine's clock, in seconds. It is positive if the clock is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSkew {
    pub seconds: i64,
    /// The part of the skew that is corrected, in seconds.
    pub corrected: i64,
}

impl Clock {
    const fn new() -> Self {
        Self {
            offset_ms: AtomicI64::new(0),
            has_warned: AtomicBool::new(false),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.correct(Timestamp::now())
    }

    /// The corrected time, for signatures and the expiry of credentials.
    pub fn system_time(&self) -> SystemTime {
        SystemTime::try_from(self.now()).unwrap_or_else(|_| SystemTime::now())
    }

    fn correct(&self, time: Timestamp) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        // An error is possible only for units of a calendar, such as months.
        time.saturating_add(offset).unwrap_or(time)
    }

    /// Applies the smallest correction that is consistent with the `Date` of a reply. The service set it, in whole
    /// seconds, at some time during the round trip. Returns the skew the first time that it is large enough to
    /// invalidate signatures.
    pub(super) fn observe(
        &self,
        date: i64,
        received: Timestamp,
        round_trip: Duration,
        is_protected: bool,
    ) -> Option<ClockSkew> {
        let date_ms = date.saturating_mul(1000);
        let smallest = date_ms.saturating_sub(received.as_millisecond());
        let round_trip = i64::try_from(round_trip.as_millis()).unwrap_or(i64::MAX);
        let largest = smallest.saturating_add(round_trip).saturating_add(999);
        let before = self.offset_ms.load(Ordering::Relaxed);
        let skew = before.clamp(smallest, largest);
        let offset = if is_protected {
            skew
        } else {
            skew.clamp(-MAX_UNPROTECTED_MS, MAX_UNPROTECTED_MS)
        };
        self.offset_ms.store(offset, Ordering::Relaxed);
        let is_off = skew.abs() > TOLERANCE * 1000;
        (is_off && !self.has_warned.swap(true, Ordering::Relaxed)).then_some(ClockSkew {
            seconds: skew / 1000,
            corrected: offset / 1000,
        })
    }
}

/// Whether the service rejected a request because of clock skew: the reply's `Date` and the signing time
/// differ by more than [`TOLERANCE`].
pub(super) fn is_refused_for_skew(error: &CallError, signed_at: SystemTime) -> bool {
    let CallError::Service(error) = error else {
        return false;
    };
    let signed_at = Timestamp::try_from(signed_at).map(Timestamp::as_second);
    match (error.date, signed_at) {
        (Some(date), Ok(signed_at)) if error.may_be_clock_skew() => {
            date.saturating_sub(signed_at).saturating_abs() > TOLERANCE
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3600;

    fn offset(clock: &Clock) -> i64 {
        clock.offset_ms.load(Ordering::Relaxed)
    }

    fn observe(
        clock: &Clock,
        date: i64,
        received_ms: i64,
        round_trip_ms: u64,
        is_protected: bool,
    ) -> Option<ClockSkew> {
        let received = Timestamp::from_millisecond(received_ms).unwrap();
        let round_trip = Duration::from_millis(round_trip_ms);
        clock.observe(date, received, round_trip, is_protected)
    }

    #[test]
    fn over_plain_http_the_clock_is_corrected_by_15_minutes_at_most() {
        for (is_protected, corrected) in [(true, HOUR), (false, 900)] {
            for sign in [1, -1] {
                let clock = Clock::new();
                let date = 1_800_000_000 + sign * HOUR;
                let skew = observe(&clock, date, 1_800_000_000_000, 0, is_protected);
                let skew = skew.unwrap();
                assert!((skew.seconds - sign * HOUR).abs() <= 1, "{skew:?}");
                assert!((skew.corrected - sign * corrected).abs() <= 1, "{skew:?}");
                let again = observe(&clock, date, 1_800_000_000_000, 0, is_protected);
                assert_eq!(again, None);
            }
        }
    }

    #[test]
    fn a_clock_that_agrees_with_the_reply_is_left_alone() {
        let clock = Clock::new();
        for received in [5000, 5999, 6399] {
            assert_eq!(observe(&clock, 5, received, 400, true), None);
            assert_eq!(offset(&clock), 0);
        }
        assert_eq!(observe(&clock, 5, 6500, 400, true), None);
        assert_eq!(offset(&clock), -101);
    }

    #[test]
    fn no_date_makes_it_fail() {
        for date in [i64::MIN, i64::MAX, 0] {
            let clock = Clock::new();
            let _ = observe(&clock, date, 0, u64::MAX, true);
            let _ = clock.now();
        }
    }

    proptest! {
        #[test]
        fn each_reply_brings_it_nearer_to_the_services_clock(
            true_offset in -100_000_000_i64..100_000_000,
            replies in proptest::collection::vec((0_i64..100_000, 0_i64..500, 0_i64..500), 1..20),
        ) {
            let clock = Clock::new();
            let mut distance = i64::MAX;
            for (sent, there, back) in replies {
                let sent = 1_800_000_000_000 + sent;
                let date = (sent + there + true_offset).div_euclid(1000);
                let round_trip = u64::try_from(there + back).unwrap();
                observe(&clock, date, sent + there + back, round_trip, true);
                let now = (offset(&clock) - true_offset).abs();
                prop_assert!(now <= distance);
                prop_assert!(now <= 1000 + there + back);
                distance = now;
            }
        }
    }
}
