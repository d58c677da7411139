//! The time that requests are signed with: this machine's clock, corrected by the service's.
//!
//! A signature is refused where its time is minutes off. The reply's `Date` tells by how much.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::error::CallError;
use super::observer::Observer;

/// How far the clock may be off before a signature error is put down to it (the SDKs' threshold), in
/// seconds.
const TOLERANCE: i64 = 4 * 60;

/// This machine's clock, corrected.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// What to add to this machine's clock, in seconds.
    offset: AtomicI64,
}

impl Clock {
    pub(super) fn now(&self) -> SystemTime {
        let offset = self.offset.load(Ordering::Relaxed);
        let now = SystemTime::now();
        let distance = Duration::from_secs(offset.unsigned_abs());
        let shifted = if offset < 0 {
            now.checked_sub(distance)
        } else {
            now.checked_add(distance)
        };
        shifted.unwrap_or(now)
    }

    /// Takes over the service's clock if the error may come from ours being off, and says whether
    /// another attempt makes sense. Only the first of many concurrent calls tells the observer.
    pub(super) fn correct(
        &self,
        error: &CallError,
        signed_at: SystemTime,
        observer: &dyn Observer,
    ) -> bool {
        let CallError::Service(error) = error else {
            return false;
        };
        let Some(date) = error.date.filter(|_| error.may_be_clock_skew()) else {
            return false;
        };
        if (date - seconds(signed_at)).abs() <= TOLERANCE {
            return false;
        }
        let offset = date - seconds(SystemTime::now());
        let before = self.offset.swap(offset, Ordering::Relaxed);
        if (offset - before).abs() > TOLERANCE {
            observer.clock_corrected(offset);
        }
        true
    }
}

/// Seconds since 1970, negative before.
pub(super) fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}
