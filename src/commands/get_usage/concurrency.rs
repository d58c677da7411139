//! How many sessions ran at once: computed from starts and ends, not sampled.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

/// A session's run, in milliseconds since 1970. Both ends are included: a session that ended at T still
/// ran at T.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: i64,
    /// The largest number for a session that still runs.
    end: i64,
    /// A hash of the user's name: two users with one hash would be counted once.
    user: Option<u64>,
}

/// The runs of a portal's sessions, 32 bytes each.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<Run>);

/// How full a portal was in a part of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// Sessions that ran in it.
    pub(super) sessions: usize,
    /// Users who had one.
    pub(super) users: usize,
    /// The most sessions that ran at once.
    pub(super) peak: usize,
    /// When they first did; absent where no session ran.
    pub(super) peak_time: Option<Timestamp>,
}

impl Runs {
    /// Adds a session that started at `start`; `end` is absent for one that still runs.
    pub(super) fn add(&mut self, start: Timestamp, end: Option<Timestamp>, user: Option<&str>) {
        let hash = |user: &str| {
            let mut hasher = DefaultHasher::new();
            user.hash(&mut hasher);
            hasher.finish()
        };
        self.0.push(Run {
            start: start.as_millisecond(),
            end: end.map_or(i64::MAX, Timestamp::as_millisecond),
            user: user.map(hash),
        });
    }

    /// Gives back the memory that no run takes, once all are added.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// How full the portal was from `since` to `until`, both included.
    pub(super) fn summary(&self, since: Timestamp, until: Timestamp) -> Summary {
        let (since, until) = (since.as_millisecond(), until.as_millisecond());
        let mut starts = Vec::new();
        let mut ends = Vec::new();
        let mut users = HashSet::new();
        for run in &self.0 {
            if run.start <= until && run.end >= since {
                starts.push(run.start.max(since));
                ends.push(run.end);
                users.extend(run.user);
            }
        }
        starts.sort_unstable();
        ends.sort_unstable();
        let (peak, peak_time) = peak(&starts, &ends);
        Summary {
            sessions: starts.len(),
            users: users.len(),
            peak,
            peak_time: peak_time.and_then(|time| Timestamp::from_millisecond(time).ok()),
        }
    }
}

/// The most runs at once and when that was first, of sorted starts and sorted ends. Only at a start can
/// there be more than before. Runs that ended before that moment are over; those that end at it are not.
fn peak(starts: &[i64], ends: &[i64]) -> (usize, Option<i64>) {
    let mut over = 0;
    let mut peak = (0, None);
    for (begun, start) in starts.iter().enumerate() {
        while ends.get(over).is_some_and(|end| end < start) {
            over += 1;
        }
        let running = begun + 1 - over;
        if running > peak.0 {
            peak = (running, Some(*start));
        }
    }
    peak
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn a_session_that_ends_when_another_starts_counts_with_it() {
        let mut runs = Runs::default();
        runs.add(at(0), Some(at(10)), Some("a"));
        runs.add(at(10), None, Some("a"));
        runs.add(at(11), None, None);
        let summary = runs.summary(at(0), at(100));
        assert_eq!((summary.peak, summary.peak_time), (2, Some(at(10))));
        assert_eq!((summary.sessions, summary.users), (3, 1));
        assert_eq!(Runs::default().summary(at(0), at(1)).peak_time, None);
    }

    proptest! {
        #[test]
        fn the_peak_is_that_of_counting_at_every_instant(
            lives in proptest::collection::vec(
                (0_i64..60, proptest::option::of(0_i64..40), 0_u8..5), 0..25),
            since in 0_i64..80,
            width in 0_i64..60,
        ) {
            let until = since + width;
            let mut runs = Runs::default();
            for (start, length, user) in &lives {
                let end = length.map(|length| at(start + length));
                runs.add(at(*start), end, Some(&user.to_string()));
            }
            let runs_at = |instant: i64| {
                let is_running = |(start, length, _): &&(i64, Option<i64>, u8)| {
                    *start <= instant && length.is_none_or(|length| start + length >= instant)
                };
                lives.iter().filter(is_running).count()
            };
            let peak = (since..=until).map(runs_at).max().unwrap();
            let first = (since..=until).find(|instant| runs_at(*instant) == peak && peak > 0);
            let within: Vec<_> = lives
                .iter()
                .filter(|(start, length, _)| {
                    *start <= until && length.is_none_or(|length| start + length >= since)
                })
                .collect();
            let users: HashSet<u8> = within.iter().map(|(_, _, user)| *user).collect();
            let summary = runs.summary(at(since), at(until));
            prop_assert_eq!(summary.peak, peak);
            prop_assert_eq!(summary.peak_time, first.map(at));
            prop_assert_eq!(summary.sessions, within.len());
            prop_assert_eq!(summary.users, users.len());
        }
    }
}
