//! The rate of calls. It is unlimited until the service throttles; then it is cut, and grows again.
//!
//! As in the SDKs' adaptive retry mode, the rate is cut to 0.7 of the rate of successful calls and grows along a
//! cubic curve (CUBIC, RFC 9438). There are three differences. Successes are counted over one second. There is no
//! limit before the first throttling. A small share of throttled calls does not reduce the rate: if a failing host
//! or other callers cause it, one cut per throttled call would reduce any rate to about ten calls per second. The
//! functions of [`Rate`] are pure: the caller passes times, in seconds.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::{CallError, ServiceErrorKind};

/// The factor by which the rate is cut (CUBIC's beta, with the SDKs' value).
const CUT: f64 = 0.7;

/// The growth (CUBIC's C), as a share of the peak. At 50 calls per second it equals the SDKs' constant of 0.4. At
/// 5 calls per second, that constant would exceed the peak fourfold before the next reply.
const GROWTH: f64 = 0.008;

/// The lowest rate, in calls per second.
const FLOOR: f64 = 0.5;

/// The rate that is assumed to be too high if no call has succeeded yet, in calls per second.
const FIRST_PEAK: f64 = 10.0;

/// The time over which successes are counted, in seconds.
const WINDOW: f64 = 1.0;

/// The share of throttled calls that does not reduce the rate.
const TOLERATED: f64 = 0.1;

/// The rate is cut after this number of throttled calls beyond [`TOLERATED`]. If 3 % of the calls are throttled,
/// this happens by chance about once in ten thousand calls.
const PATIENCE: f64 = 5.0;

/// At low rates, [`PATIENCE`] is reduced to this share of the successful calls per second, because five throttled
/// calls would take too long.
const RELATIVE_PATIENCE: f64 = 0.05;

/// The rate of calls that share a quota.
#[derive(Debug, Default)]
pub struct Rate {
    /// The last cut of the rate; `None` if the rate is unlimited.
    cut: Option<RateCut>,
    /// The earliest start of the next call.
    next_slot: f64,
    window: SuccessWindow,
    /// The number of throttled calls above the tolerated share, at least zero (Page's cumulative sum test).
    excess: f64,
    is_throttled: bool,
}

#[derive(Debug, Clone, Copy)]
struct RateCut {
    at: f64,
    /// The rate that was too high, in calls per second.
    peak: f64,
}

impl RateCut {
    /// The rate at `now`, in calls per second.
    fn rate(self, now: f64) -> f64 {
        let until_peak = ((1.0 - CUT) / GROWTH).cbrt();
        let rate = self.peak * (1.0 + GROWTH * (now - self.at - until_peak).powi(3));
        rate.max(FLOOR)
    }
}

/// Successes in the current window and in the previous one.
#[derive(Debug, Default)]
struct SuccessWindow {
    start: f64,
    count: u32,
    before: u32,
}

impl SuccessWindow {
    fn advance(&mut self, now: f64) {
        let passed = now - self.start;
        if passed >= WINDOW {
            self.before = if passed < 2.0 * WINDOW { self.count } else { 0 };
            self.count = 0;
            self.start = now;
        }
    }

    /// Successes per second, in a sliding window of one second. The previous window's successes are assumed to be
    /// spread evenly: they count by the share of that window that is within the last second.
    fn rate(&mut self, now: f64) -> f64 {
        self.advance(now);
        let share = 1.0 - (now - self.start) / WINDOW;
        (f64::from(self.count) + f64::from(self.before) * share) / WINDOW
    }
}

impl Rate {
    /// Reserves the next slot and returns the wait before it, in seconds. The caller waits before it reserves
    /// another slot, because a cut of the rate changes later slots.
    pub fn admit(&mut self, now: f64) -> f64 {
        let Some(cut) = self.cut else {
            return 0.0;
        };
        let slot = self.next_slot.max(now);
        self.next_slot = slot + 1.0 / cut.rate(slot);
        slot - now
    }

    pub fn is_throttled(&self) -> bool {
        self.is_throttled
    }

    pub fn succeeded(&mut self, now: f64) {
        self.window.advance(now);
        self.window.count += 1;
        self.excess = (self.excess - TOLERATED).max(0.0);
    }

    /// Counts a throttled call. A call that was `sent` before the last cut does not count.
    pub fn throttled(&mut self, now: f64, sent: f64) {
        self.is_throttled = true;
        if self.cut.is_some_and(|cut| sent <= cut.at) {
            return;
        }
        let successes = self.window.rate(now);
        self.excess += 1.0;
        let (limit, patience) = match self.cut {
            None => (f64::INFINITY, PATIENCE),
            Some(cut) => (
                cut.rate(now),
                (RELATIVE_PATIENCE * successes).clamp(1.0, PATIENCE),
            ),
        };
        if self.excess < patience {
            return;
        }
        self.excess = 0.0;
        let peak = match self.cut {
            None if successes == 0.0 => FIRST_PEAK,
            _ => successes.min(limit).max(FLOOR),
        };
        self.cut = Some(RateCut { at: now, peak });
        self.next_slot = self.next_slot.max(now);
    }
}

/// The rate that clients share, and the queue for its slots.
#[derive(Debug)]
pub struct Pacing {
    /// The start of the times that are passed to [`Rate`].
    started: Instant,
    rate: Mutex<Rate>,
    /// Held by the call that waits for the next slot.
    turn: tokio::sync::Mutex<()>,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            rate: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl Pacing {
    /// Waits until the rate allows another call.
    pub(super) async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        let wait = self.with_rate(Rate::admit);
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
        }
    }

    /// Counts the result of an attempt. `sent` is the time at which it was sent.
    pub(super) fn count<T>(&self, result: &Result<T, CallError>, sent: Instant) {
        let sent = (sent - self.started).as_secs_f64();
        match result {
            Ok(_) => self.with_rate(Rate::succeeded),
            Err(error) if error.is_throttling() => {
                self.with_rate(|rate, now| rate.throttled(now, sent));
            }
            // Calls about sessions that do not exist count against the service's quota, too.
            Err(CallError::Service(error)) if error.kind != ServiceErrorKind::ServerFault => {
                self.with_rate(Rate::succeeded);
            }
            Err(_) => {}
        }
    }

    pub fn is_throttled(&self) -> bool {
        self.with_rate(|rate, _| rate.is_throttled())
    }

    /// Calls `work` with the rate and the current time, in seconds.
    fn with_rate<T>(&self, work: impl FnOnce(&mut Rate, f64) -> T) -> T {
        let now = self.started.elapsed().as_secs_f64();
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that allows `rate` calls per second, and at most the calls of one second at once.
    struct Bucket {
        rate: f64,
        tokens: f64,
        at: f64,
    }

    impl Bucket {
        fn full(rate: f64) -> Self {
            Self {
                rate,
                tokens: rate,
                at: 0.0,
            }
        }

        fn take(&mut self, now: f64) -> bool {
            self.tokens = (self.tokens + (now - self.at) * self.rate).min(self.rate);
            self.at = now;
            let fits = self.tokens >= 1.0;
            if fits {
                self.tokens -= 1.0;
            }
            fits
        }
    }

    /// Sends calls until `wanted` of them have succeeded, 16 at a time, 20 ms each. Returns the seconds and the
    /// number of throttled calls.
    fn run(wanted: usize, mut serves: impl FnMut(f64) -> bool) -> (f64, usize) {
        let mut rate = Rate::default();
        let mut under_way = std::collections::VecDeque::new();
        let (mut now, mut done, mut throttled) = (0.0, 0, 0);
        loop {
            now += rate.admit(now);
            while let Some((sent, went_through)) = under_way.front().copied()
                && (under_way.len() == 16 || sent + 0.02 <= now)
            {
                under_way.pop_front();
                now = f64::max(now, sent + 0.02);
                if went_through {
                    rate.succeeded(now);
                    done += 1;
                } else {
                    rate.throttled(now, sent);
                    throttled += 1;
                }
                if done == wanted {
                    return (now, throttled);
                }
            }
            under_way.push_back((now, serves(now)));
        }
    }

    #[test]
    fn nothing_waits_before_the_first_throttling() {
        let mut rate = Rate::default();
        for now in 0..1000 {
            assert_eq!(rate.admit(f64::from(now) / 1000.0), 0.0);
            rate.succeeded(f64::from(now) / 1000.0);
        }
    }

    #[test]
    fn a_limited_service_throttles_few_calls_and_is_used_well() {
        for (allowed, wanted) in [(50.0, 2000), (5.0, 400), (1000.0, 40_000)] {
            let mut bucket = Bucket::full(allowed);
            let (seconds, throttled) = run(wanted, |now| bucket.take(now));
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let (wanted, throttled) = (wanted as f64, throttled as f64);
            assert!(
                throttled < 0.1 * wanted,
                "{allowed}: {throttled} of {wanted} throttled"
            );
            assert!(
                seconds < 1.6 * wanted / allowed,
                "{allowed}: {seconds} s for {wanted}"
            );
        }
    }

    #[test]
    fn calls_that_are_throttled_by_chance_cost_little() {
        let unthrottled = 20_000.0 * 0.02 / 16.0;
        for (share, at_most) in [(0.01, 1.1), (0.03, 1.5), (0.05, 2.0)] {
            for seed in 0..20 {
                let mut random = fastrand::Rng::with_seed(seed);
                let (seconds, _) = run(20_000, |_| random.f64() >= share);
                assert!(
                    seconds < at_most * unthrottled,
                    "{share}, seed {seed}: {seconds} s, {unthrottled} s without throttling"
                );
            }
        }
    }

    /// A rate of 100 calls per second that was cut at 0.6 seconds.
    fn just_cut() -> Rate {
        let mut rate = Rate::default();
        for _ in 0..100 {
            rate.succeeded(0.5);
        }
        while rate.cut.is_none() {
            rate.throttled(0.6, 0.5);
        }
        rate
    }

    #[test]
    fn a_service_that_throttles_the_very_first_calls_is_not_given_up_for_slow() {
        let mut rate = Rate::default();
        for _ in 0..16 {
            rate.throttled(0.01, 0.0);
        }
        assert!((rate.cut.unwrap().rate(0.01) - 7.0).abs() < 0.1);
        assert!(rate.cut.unwrap().rate(10.0) > 30.0);
    }

    #[test]
    fn the_rate_recovers_by_itself() {
        let rate = just_cut();
        let after = |seconds: f64| rate.cut.unwrap().rate(0.6 + seconds);
        assert!((after(0.0) - 70.0).abs() < 0.1);
        assert!((after(3.3) - 100.0).abs() < 1.0);
        assert!(after(20.0) > 1000.0);
    }

    #[test]
    fn calls_under_way_at_a_cut_do_not_cut_again() {
        let mut rate = just_cut();
        let before = rate.cut.unwrap().peak;
        for _ in 0..100 {
            rate.throttled(0.61, 0.55);
        }
        assert_eq!(rate.cut.unwrap().peak, before);
        for _ in 0..100 {
            rate.throttled(0.7, 0.65);
        }
        assert!(rate.cut.unwrap().peak < before);
    }
}
