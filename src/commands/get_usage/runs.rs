//! The runs of sessions and their maximum concurrency, computed from starts and ends, not sampled.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use jiff::Timestamp;

use super::buckets::Bucket;
use crate::output::documents::Usage;
use crate::service::clock;
use crate::service::documents::{EpochSeconds, Session};

/// A session's run, in milliseconds since 1970. Both ends are included: a session that ended at T still
/// ran at T. It takes 40 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// [`NEVER`] if the service gives neither a start nor an end.
    start: i64,
    /// [`NEVER`] for an active session.
    end: i64,
    /// The hash of the user name; 0 without a name. Two users with the same hash count as one.
    pub(super) user: u64,
    id: u64,
    portal: u32,
    /// Whether the start or the end is missing, or the end is before the start.
    is_incomplete: bool,
}

const NEVER: i64 = i64::MAX;

impl Run {
    /// Creates the run of a session. The start replaces a missing end and the end a missing start, because
    /// the session certainly ran at that time.
    pub(super) fn new(session: &Session, portal: u32) -> Self {
        let milliseconds = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
        let start = milliseconds(session.started_at());
        let end = milliseconds(session.ended_at());
        let is_active = !session.has_ended();
        Self {
            start: start.or(end.filter(|_| !is_active)).unwrap_or(NEVER),
            end: match (is_active, start, end) {
                (true, ..) => NEVER,
                (false, Some(start), Some(end)) => end.max(start),
                (false, start, end) => start.or(end).unwrap_or(0),
            },
            user: session.username.as_ref().map_or(0, hash),
            id: session
                .session_id
                .as_ref()
                .map_or_else(|| fastrand::u64(..), |id| hash(&id.to_ascii_lowercase())),
            portal,
            is_incomplete: start.is_none() || (!is_active && (end.is_none() || end < start)),
        }
    }

    pub(super) fn is_active(self) -> bool {
        self.end == NEVER
    }

    pub(super) fn overlaps(self, period: Bucket) -> bool {
        self.start <= period.end.as_millisecond() && self.end >= period.start.as_millisecond()
    }
}

fn hash(text: &String) -> u64 {
    BuildHasherDefault::<DefaultHasher>::new().hash_one(text)
}

/// Keeps one run of each session.
pub(super) fn deduplicate(runs: &mut Vec<Run>) {
    runs.sort_by_key(|run| run.id);
    runs.dedup_by_key(|run| run.id);
    runs.shrink_to_fit();
}

/// Moves the start of each active run that starts after `end` to `end`, because the session is active now.
/// Returns the number of sessions whose times are incomplete or impossible.
pub(super) fn correct_starts<'a>(end: Timestamp, runs: impl Iterator<Item = &'a mut Run>) -> u64 {
    let latest = end.saturating_add(clock::PRECISION).unwrap_or(end);
    let (end, latest) = (end.as_millisecond(), latest.as_millisecond());
    let mut doubtful = 0;
    for run in runs {
        doubtful += u64::from(run.is_incomplete || run.start > latest);
        if run.is_active() {
            run.start = run.start.min(end);
        }
    }
    doubtful
}

/// Adds the counts of the runs in the period to a row.
pub(super) fn summarize<'a>(
    runs: impl IntoIterator<Item = &'a Run>,
    period: Bucket,
    row: Usage,
) -> Usage {
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    let mut users = HashSet::new();
    for run in runs.into_iter().filter(|run| run.overlaps(period)) {
        starts.push(run.start.max(period.start.as_millisecond()));
        ends.push(run.end);
        users.insert(run.user);
    }
    users.remove(&0);
    starts.sort_unstable();
    ends.sort_unstable();
    let (peak, peak_time) = peak(&starts, &ends);
    Usage {
        sessions: Some(starts.len() as u64),
        users: Some(users.len() as u64),
        peak_sessions: Some(peak),
        peak_time: peak_time.and_then(time),
        ..row
    }
}

/// Adds the counts and the duration of a user's runs in the period to a row; `None` without runs.
pub(super) fn summarize_user(runs: &[Run], period: Bucket, row: Usage) -> Option<Usage> {
    let (since, until) = (period.start.as_millisecond(), period.end.as_millisecond());
    let runs: Vec<&Run> = runs.iter().filter(|run| run.overlaps(period)).collect();
    let first_start = runs.iter().map(|run| run.start).min()?;
    let last_end = runs.iter().map(|run| run.end).max()?;
    let portals: HashSet<u32> = runs.iter().map(|run| run.portal).collect();
    let durations = runs
        .iter()
        .map(|run| run.end.min(until) - run.start.max(since));
    Some(Usage {
        sessions: Some(runs.len() as u64),
        portals: Some(portals.len() as u64),
        total_duration: u64::try_from(durations.sum::<i64>() / 1000).ok(),
        first_start: time(first_start),
        last_end: time(last_end),
        ..row
    })
}

/// The time, unless it is [`NEVER`].
fn time(milliseconds: i64) -> Option<EpochSeconds> {
    let time = Timestamp::from_millisecond(milliseconds).ok();
    time.map(Into::into)
}

/// The maximum number of concurrent runs and the first time when it was reached, from sorted starts and sorted
/// ends. The number can increase only at a start. A run still counts at the time of its end.
fn peak(starts: &[i64], ends: &[i64]) -> (u64, Option<i64>) {
    let mut over = 0;
    let mut peak = (0, None);
    for (begun, start) in starts.iter().enumerate() {
        while ends.get(over).is_some_and(|end| end < start) {
            over += 1;
        }
        let running = (begun + 1 - over) as u64;
        if running > peak.0 {
            peak = (running, Some(*start));
        }
    }
    peak
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn runs(sessions: impl IntoIterator<Item = Value>) -> Vec<Run> {
        let run = |session| Run::new(&serde_json::from_value(session).unwrap(), 0);
        let mut runs = sessions.into_iter().map(run).collect();
        deduplicate(&mut runs);
        runs
    }

    fn summary(runs: &[Run], since: i64, until: i64) -> Usage {
        let (start, end) = (at(since), at(until));
        summarize(runs, Bucket { start, end }, Usage::default())
    }

    fn summarize_between(runs: &[Run], since: i64, until: i64) -> Option<Usage> {
        let (start, end) = (at(since), at(until));
        summarize_user(runs, Bucket { start, end }, Usage::default())
    }

    fn session(id: usize, start: i64, end: Option<i64>, user: u8) -> Value {
        let seconds = |milliseconds: i64| milliseconds as f64 / 1000.0;
        let mut session = json!({
            "sessionId": id.to_string(),
            "startTime": seconds(start),
            "username": user.to_string(),
            "status": if end.is_some() { "Terminated" } else { "Active" },
        });
        if let Some(end) = end {
            session["endTime"] = json!(seconds(end));
        }
        session
    }

    #[test]
    fn a_session_that_ends_when_another_starts_counts_with_it() {
        let anonymous = json!({"sessionId": "x", "status": "Active", "startTime": 0.011});
        let runs = runs([
            session(0, 0, Some(10), 0),
            session(1, 10, None, 0),
            anonymous,
        ]);
        let usage = summary(&runs, 0, 100);
        assert_eq!(
            (usage.peak_sessions, usage.peak_time),
            (Some(2), Some(at(10).into()))
        );
        assert_eq!((usage.sessions, usage.users), (Some(3), Some(1)));
        assert_eq!(summary(&[], 0, 1).peak_time, None);
    }

    #[test]
    fn a_session_that_comes_twice_counts_once() {
        let twice = [
            session(0, 5, None, 0),
            session(1, 5, None, 1),
            session(0, 5, None, 0),
        ];
        assert_eq!(runs(twice).len(), 2);
        let without_id = json!({"startTime": 5, "status": "Active"});
        assert_eq!(runs([without_id.clone(), without_id]).len(), 2);
    }

    #[test]
    fn an_active_session_runs_at_the_end_of_the_report_whenever_it_started() {
        let no_start = json!({"sessionId": "x", "status": "Active"});
        let mut runs = runs([
            session(0, 5, None, 0),
            session(1, 60_000, None, 1),
            no_start,
        ]);
        assert_eq!(correct_starts(at(10_000), runs.iter_mut()), 2);
        let usage = summary(&runs, 9_000, 10_000);
        assert_eq!((usage.peak_sessions, usage.sessions), (Some(3), Some(3)));
        let before = summary(&runs, 0, 9_999);
        assert_eq!((before.peak_sessions, before.sessions), (Some(1), Some(1)));
    }

    #[test]
    fn a_session_counts_where_it_certainly_ran() {
        let ended = |times: Value| {
            let mut session = times;
            session["status"] = json!("Terminated");
            session
        };
        let sessions = [
            ended(json!({"sessionId": "a", "startTime": 5})),
            ended(json!({"sessionId": "b", "endTime": 5})),
            ended(json!({"sessionId": "c"})),
            // It ends before it starts.
            ended(json!({"sessionId": "d", "startTime": 5, "endTime": 4})),
            ended(json!({"sessionId": "e", "startTime": 5, "endTime": 5})),
        ];
        let mut runs = runs(sessions);
        assert_eq!(correct_starts(at(10_000), runs.iter_mut()), 4);
        let usage = summary(&runs, 0, 10_000);
        assert_eq!(
            (usage.peak_sessions, usage.peak_time),
            (Some(4), Some(at(5_000).into()))
        );
    }

    #[test]
    fn the_time_of_a_user_is_that_within_the_period() {
        let runs = runs([session(0, 0, Some(4_000), 0), session(1, 3_000, None, 0)]);
        let user = summarize_between(&runs, 1_000, 10_000).unwrap();
        assert_eq!(user.total_duration, Some(10));
        assert_eq!((user.sessions, user.portals), (Some(2), Some(1)));
        assert_eq!(
            (user.first_start, user.last_end),
            (Some(at(0).into()), None)
        );
        let user = summarize_between(&runs, 0, 2_000).unwrap();
        assert_eq!(user.last_end, Some(at(4_000).into()));
        assert_eq!(summarize_between(&[], 0, 9), None);
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
            let sessions = lives.iter().enumerate().map(|(id, (start, length, user))| {
                session(id, *start, length.map(|length| start + length), *user)
            });
            let runs = runs(sessions);
            let runs_at = |instant: i64| {
                let is_running = |(start, length, _): &&(i64, Option<i64>, u8)| {
                    *start <= instant && length.is_none_or(|length| start + length >= instant)
                };
                lives.iter().filter(is_running).count() as u64
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
            let usage = summary(&runs, since, until);
            prop_assert_eq!(usage.peak_sessions, Some(peak));
            prop_assert_eq!(usage.peak_time, first.map(|first| at(first).into()));
            prop_assert_eq!(usage.sessions, Some(within.len() as u64));
            prop_assert_eq!(usage.users, Some(users.len() as u64));
        }
    }
}
