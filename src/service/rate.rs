//! The rate of calls: unlimited until the service throttles, then lower, then growing again.
//!
//! As in the SDKs' adaptive retry mode the rate is cut to 0.7 of what went through and grows back
//! along a cubic curve (CUBIC, RFC 9438): soon near the rate that was too much, slowly past it,
//! then faster. Unlike there, what went through is counted over a second of successes, and there
//! is no limit before the first throttling. Pure: times are passed in, in seconds.

/// What the rate is cut to (CUBIC's beta, with the SDKs' value).
const CUT: f64 = 0.7;

/// How fast the rate grows (CUBIC's C), in parts of the peak. The SDKs' 0.4 calls a second is this
/// at 50 calls a second; at 5 it would overshoot fourfold before the service's answer comes.
const GROWTH: f64 = 0.008;

/// The lowest rate, in calls a second.
const FLOOR: f64 = 0.5;

/// Over how long successes are counted, in seconds.
const WINDOW: f64 = 1.0;

/// The rate of calls that share a quota.
#[derive(Debug, Default)]
pub struct Rate {
    /// The last throttling, if there was one.
    cut: Option<Cut>,
    /// When the next call may start.
    next_slot: f64,
    window: Window,
}

#[derive(Debug, Clone, Copy)]
struct Cut {
    at: f64,
    /// The rate that was too much, in calls a second.
    peak: f64,
}

impl Cut {
    /// Calls a second at `now`.
    fn rate(self, now: f64) -> f64 {
        let until_peak = ((1.0 - CUT) / GROWTH).cbrt();
        let rate = self.peak * (1.0 + GROWTH * (now - self.at - until_peak).powi(3));
        rate.max(FLOOR)
    }
}

/// Successes in the present window and in the one before.
#[derive(Debug, Default)]
struct Window {
    start: f64,
    count: u32,
    before: u32,
}

impl Window {
    fn advance(&mut self, now: f64) {
        let passed = now - self.start;
        if passed >= WINDOW {
            self.before = if passed < 2.0 * WINDOW { self.count } else { 0 };
            self.count = 0;
            self.start = now;
        }
    }

    /// Successes a second, the window before counting for the part of it that is still in sight.
    fn rate(&mut self, now: f64) -> f64 {
        self.advance(now);
        let in_sight = 1.0 - (now - self.start) / WINDOW;
        (f64::from(self.count) + f64::from(self.before) * in_sight) / WINDOW
    }
}

impl Rate {
    /// Takes the next slot: how long to wait before a call, in seconds. Slots are to be taken one
    /// after the other, each when the one before has come: a slot that is taken long ahead is of
    /// a rate that may have been cut since.
    pub fn admit(&mut self, now: f64) -> f64 {
        let Some(cut) = self.cut else {
            return 0.0;
        };
        let slot = self.next_slot.max(now);
        self.next_slot = slot + 1.0 / cut.rate(slot);
        slot - now
    }

    /// A call went through.
    pub fn succeeded(&mut self, now: f64) {
        self.window.advance(now);
        self.window.count += 1;
    }

    /// A call that was sent at `sent` was throttled. Calls that were under way at the last cut
    /// tell nothing new.
    pub fn throttled(&mut self, now: f64, sent: f64) {
        if self.cut.is_some_and(|cut| sent <= cut.at) {
            return;
        }
        let limit = self.cut.map_or(f64::INFINITY, |cut| cut.rate(now));
        let peak = self.window.rate(now).min(limit).max(FLOOR);
        self.cut = Some(Cut { at: now, peak });
        self.next_slot = self.next_slot.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that allows `rate` calls a second, with a second's worth at once.
    struct Bucket {
        rate: f64,
        tokens: f64,
        at: f64,
    }

    impl Bucket {
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

    /// Calls until `wanted` went through, 16 at a time, 20 ms each: (seconds, throttled).
    fn run(allowed: f64, wanted: usize) -> (f64, usize) {
        let mut rate = Rate::default();
        let mut bucket = Bucket {
            rate: allowed,
            tokens: allowed,
            at: 0.0,
        };
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
            under_way.push_back((now, bucket.take(now)));
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
            let (seconds, throttled) = run(allowed, wanted);
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
    fn the_rate_recovers_by_itself() {
        let mut rate = Rate::default();
        for _ in 0..100 {
            rate.succeeded(0.5);
        }
        rate.throttled(0.6, 0.5);
        let after = |seconds: f64| rate.cut.unwrap().rate(0.6 + seconds);
        assert!((after(0.0) - 70.0).abs() < 0.1);
        assert!((after(3.3) - 100.0).abs() < 1.0);
        assert!(after(20.0) > 1000.0);
    }

    #[test]
    fn calls_under_way_at_a_cut_do_not_cut_again() {
        let mut rate = Rate::default();
        for _ in 0..100 {
            rate.succeeded(0.5);
        }
        rate.throttled(0.6, 0.5);
        let before = rate.cut.unwrap().peak;
        rate.throttled(0.61, 0.55);
        assert_eq!(rate.cut.unwrap().peak, before);
    }
}
