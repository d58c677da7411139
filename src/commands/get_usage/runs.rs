//! The runs of sessions and their maximum concurrency, computed from starts and ends, not sampled.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use crate::service::clock;
use crate::service::documents::Session;

/// A session's run, in milliseconds since 1970. Both ends are included: a session that ended at T still
/// ran at T.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// [`NEVER`] if the service gives neither a start nor an end.
    start: i64,
    /// [`NEVER`] for an active session.
    end: i64,
    /// A hash of the user's name: two users with one hash would be counted once. 0 without a name.
    pub(super) user: u64,
    id: u64,
    /// Distinguishes the portals of a group.
    pub(super) portal: u32,
    /// Whether the start or the end is missing, or the end is before the start.
    is_incomplete: bool,
}

/// Later than all times.
const NEVER: i64 = i64::MAX;

/// The runs of a portal's sessions, 40 bytes each.
#[derive(Debug, Default)]
pub(super) struct Runs {
    pub(super) runs: Vec<Run>,
    /// The users' names by their hashes, if the report needs them.
    pub(super) names: Option<HashMap<u64, String>>,
}

/// The usage of a group of portals in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// The number of sessions that ran in the period.
    pub(super) sessions: u64,
    /// The number of users who had a session in the period.
    pub(super) users: u64,
    /// The maximum number of concurrent sessions.
    pub(super) peak: u64,
    /// The first time of the peak; `None` if no session ran.
    pub(super) peak_time: Option<Timestamp>,
}

/// The usage of one user in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UserSummary {
    pub(super) sessions: u64,
    /// The number of portals that the user's sessions ran on.
    pub(super) portals: u64,
    /// The total duration of the user's sessions within the period.
    pub(super) duration: SignedDuration,
    pub(super) first_start: Option<Timestamp>,
    /// Absent while a session is active.
    pub(super) last_end: Option<Timestamp>,
}

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
                .map_or_else(|| fastrand::u64(..), hash),
            portal,
            is_incomplete: start.is_none() || (!is_active && (end.is_none() || end < start)),
        }
    }

    pub(super) fn is_active(self) -> bool {
        self.end == NEVER
    }

    /// Whether it ran between `since` and `until`.
    fn overlaps(self, since: i64, until: i64) -> bool {
        self.start <= until && self.end >= since
    }
}

fn hash(text: &String) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Runs {
    /// Creates an empty list. `names` makes it keep the users' names.
    pub(super) fn new(names: bool) -> Self {
        Self {
            runs: Vec::new(),
            names: names.then(HashMap::new),
        }
    }

    pub(super) fn add(&mut self, session: &Session, portal: u32) {
        let run = Run::new(session, portal);
        if let (Some(names), Some(name)) = (&mut self.names, &session.username) {
            names.entry(run.user).or_insert_with(|| name.clone());
        }
        self.runs.push(run);
    }

    /// Removes duplicate sessions after all sessions have been added.
    pub(super) fn deduplicate(&mut self) {
        self.runs.sort_by_key(|run| run.id);
        self.runs.dedup_by_key(|run| run.id);
        self.runs.shrink_to_fit();
    }

    /// Ends the report at `end`. An active session runs at that time, even if its start is unknown or
    /// later. Returns the number of sessions whose times are incomplete or impossible.
    pub(super) fn end_at(&mut self, end: Timestamp) -> u64 {
        let latest = end.saturating_add(clock::PRECISION).unwrap_or(end);
        let (end, latest) = (end.as_millisecond(), latest.as_millisecond());
        let mut doubtful = 0;
        for run in &mut self.runs {
            doubtful += u64::from(run.is_incomplete || run.start > latest);
            if run.is_active() {
                run.start = run.start.min(end);
            }
        }
        doubtful
    }
}

/// Computes the usage from `since` to `until`, both included.
pub(super) fn summarize(runs: &[Run], since: Timestamp, until: Timestamp) -> Summary {
    let (since, until) = (since.as_millisecond(), until.as_millisecond());
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    let mut users = HashSet::new();
    for run in runs.iter().filter(|run| run.overlaps(since, until)) {
        starts.push(run.start.max(since));
        ends.push(run.end);
        users.insert(run.user);
    }
    users.remove(&0);
    starts.sort_unstable();
    ends.sort_unstable();
    let (peak, peak_time) = peak(&starts, &ends);
    Summary {
        sessions: starts.len() as u64,
        users: users.len() as u64,
        peak,
        peak_time: peak_time.and_then(|time| Timestamp::from_millisecond(time).ok()),
    }
}

/// Computes the usage of one user from `since` to `until`; `None` without runs.
pub(super) fn summarize_user(
    runs: &[Run],
    since: Timestamp,
    until: Timestamp,
) -> Option<UserSummary> {
    let (since, until) = (since.as_millisecond(), until.as_millisecond());
    let within = || runs.iter().filter(|run| run.overlaps(since, until));
    let first_start = within().map(|run| run.start).min()?;
    let last_end = within()
        .map(|run| run.end)
        .max()
        .filter(|end| *end != NEVER);
    let portals: HashSet<u32> = within().map(|run| run.portal).collect();
    let time = |run: &Run| run.end.min(until) - run.start.max(since);
    let time_of = |time: i64| Timestamp::from_millisecond(time).ok();
    Some(UserSummary {
        sessions: within().count() as u64,
        portals: portals.len() as u64,
        duration: SignedDuration::from_millis(within().map(time).sum()),
        first_start: time_of(first_start),
        last_end: last_end.and_then(time_of),
    })
}

/// The maximum number of concurrent runs and the first time when it was reached, from sorted starts and
/// sorted ends. The number can increase only at a start. A run that ends at that time still counts.
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

    fn runs(sessions: impl IntoIterator<Item = Value>) -> Runs {
        let mut runs = Runs::new(false);
        for session in sessions {
            runs.add(&serde_json::from_value(session).unwrap(), 0);
        }
        runs.deduplicate();
        runs
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
        let summary = summarize(&runs.runs, at(0), at(100));
        assert_eq!((summary.peak, summary.peak_time), (2, Some(at(10))));
        assert_eq!((summary.sessions, summary.users), (3, 1));
        assert_eq!(summarize(&[], at(0), at(1)).peak_time, None);
    }

    #[test]
    fn a_session_that_comes_twice_counts_once() {
        let twice = [
            session(0, 5, None, 0),
            session(1, 5, None, 1),
            session(0, 5, None, 0),
        ];
        assert_eq!(runs(twice).runs.len(), 2);
        let without_id = json!({"startTime": 5, "status": "Active"});
        assert_eq!(runs([without_id.clone(), without_id]).runs.len(), 2);
    }

    #[test]
    fn an_active_session_runs_at_the_end_of_the_report_whenever_it_started() {
        let no_start = json!({"sessionId": "x", "status": "Active"});
        let mut runs = runs([
            session(0, 5, None, 0),
            session(1, 60_000, None, 1),
            no_start,
        ]);
        assert_eq!(runs.end_at(at(10_000)), 2);
        let summary = summarize(&runs.runs, at(9_000), at(10_000));
        assert_eq!((summary.peak, summary.sessions), (3, 3));
        let before = summarize(&runs.runs, at(0), at(9_999));
        assert_eq!((before.peak, before.sessions), (1, 1));
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
        assert_eq!(runs.end_at(at(10_000)), 4);
        let summary = summarize(&runs.runs, at(0), at(10_000));
        assert_eq!((summary.peak, summary.peak_time), (4, Some(at(5_000))));
    }

    #[test]
    fn the_time_of_a_user_is_that_within_the_period() {
        let runs = runs([session(0, 0, Some(4_000), 0), session(1, 3_000, None, 0)]);
        let user = summarize_user(&runs.runs, at(1_000), at(10_000)).unwrap();
        assert_eq!(user.duration, SignedDuration::from_secs(10));
        assert_eq!((user.sessions, user.portals), (2, 1));
        assert_eq!((user.first_start, user.last_end), (Some(at(0)), None));
        let user = summarize_user(&runs.runs, at(0), at(2_000)).unwrap();
        assert_eq!(user.last_end, Some(at(4_000)));
        assert_eq!(summarize_user(&runs.runs[..0], at(0), at(9)), None);
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
            let summary = summarize(&runs.runs, at(since), at(until));
            prop_assert_eq!(summary.peak, peak);
            prop_assert_eq!(summary.peak_time, first.map(at));
            prop_assert_eq!(summary.sessions, within.len() as u64);
            prop_assert_eq!(summary.users, users.len() as u64);
        }
    }
}
