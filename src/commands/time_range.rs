//! The options that filter sessions by the time at which they ran.
//!
//! Instants are compared, not texts. Intervals are closed: a session that ended at T was active at T.

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::cli::TimeArg;
use crate::diagnostics::{Failure, Reporter};
use crate::output::{self, PeriodBound};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::operations::SortBy;

/// The documented retention of sessions.
const RETENTION: SignedDuration = SignedDuration::from_hours(35 * 24);

#[derive(Debug, Args)]
pub struct PeriodArguments {
    /// Only sessions started since this time, like 3d
    ///
    /// TIME is a date, with or without a time, in ISO 8601; how long ago, like 2h or "3 days ago"; now, today
    /// 9:30 or yesterday; or @EPOCH, in seconds or milliseconds since 1970. A time without an offset or a time
    /// zone in brackets is local time.
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    since: Option<TimeArg>,

    /// Only sessions started until this time
    ///
    /// A date without a time means the start of that day.
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    #[arg(hide_short_help = true)]
    until: Option<TimeArg>,

    /// Only sessions that were running at this time
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["active_since", "active_until"])]
    active_at: Option<TimeArg>,

    /// Only sessions that were running at this time, or started later
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    active_since: Option<TimeArg>,

    /// Only sessions that were running at this time, or started earlier
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    active_until: Option<TimeArg>,
}

/// A filter for the time at which sessions ran. Its bounds are inclusive, and `None` is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunPeriod {
    started_since: Option<Timestamp>,
    started_until: Option<Timestamp>,
    /// The session ran at this time or later.
    active_since: Option<Timestamp>,
    /// The session ran at this time or earlier.
    active_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// The session ended at an unknown time, which may be before the period.
    UnknownEnd,
    /// The service does not say when it started.
    UnknownStart,
}

impl PeriodArguments {
    /// Rejects a period that ends before it starts. Compares a bound only with a bound of the same kind, relative
    /// or absolute, because the service's clock is not known yet.
    ///
    /// # Errors
    /// The time range is empty.
    pub fn check(&self) -> Result<(), Failure> {
        let now = CLOCK.now();
        for (name, since, other, until) in [
            ("--since", &self.since, "--until", &self.until),
            (
                "--active-since",
                &self.active_since,
                "--active-until",
                &self.active_until,
            ),
        ] {
            if let (Some(since), Some(until)) = (since, until)
                && since.is_relative() == until.is_relative()
                && since.resolve(now) > until.resolve(now)
            {
                let (since, until) = (since.resolve(now), until.resolve(now));
                return Err(Failure::usage(format!(
                    "the time range is empty: {name} {since:.0} is after {other} {until:.0}"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn times(&self) -> impl Iterator<Item = &TimeArg> {
        let active = [&self.active_at, &self.active_since, &self.active_until];
        [&self.since, &self.until]
            .into_iter()
            .chain(active)
            .flatten()
    }

    /// The period, with relative times resolved against `now`.
    pub fn resolve(&self, now: Timestamp) -> RunPeriod {
        let time = |time: &Option<TimeArg>| time.as_ref().map(|time| time.resolve(now));
        RunPeriod {
            started_since: time(&self.since),
            started_until: time(&self.until),
            active_since: time(&self.active_at).or(time(&self.active_since)),
            active_until: (self.active_at.as_ref())
                .map(|time| time.resolve_end(now))
                .or(time(&self.active_until)),
        }
    }

    /// Whether no option is given.
    pub(super) fn is_unbounded(&self) -> bool {
        self.resolve(Timestamp::UNIX_EPOCH) == RunPeriod::default()
    }

    /// The order that requires the fewest pages. With the newest session first, a list must be read to its end,
    /// because a session that started long ago may have run until the period. With the oldest first, it can end at
    /// the first session that started too late.
    pub fn best_order(&self) -> SortBy {
        if self.active_at.is_some() || self.active_until.is_some() {
            SortBy::StartTimeAscending
        } else {
            SortBy::StartTimeDescending
        }
    }

    /// The bounds of the period, for the axis of a timeline.
    pub(super) fn bounds(&self) -> output::Period {
        let now = CLOCK.now();
        let bound = |time: &TimeArg| {
            if time.is_relative() {
                PeriodBound::Ago(now.duration_since(time.resolve(now)))
            } else {
                PeriodBound::At(time.resolve(now))
            }
        };
        let since = [&self.active_at, &self.active_since, &self.since];
        let until = [&self.active_at, &self.active_until, &self.until];
        output::Period {
            since: since.into_iter().flatten().next().map(bound),
            until: until.into_iter().flatten().next().map(bound),
        }
    }
}

impl RunPeriod {
    #[cfg(test)]
    pub(super) fn started_until(until: Timestamp) -> Self {
        Self {
            started_until: Some(until),
            ..Self::default()
        }
    }

    /// Warns if a bound of the period is before the start of the retention.
    pub(super) fn warn_of_retention(&self, now: Timestamp, reporter: &Reporter) {
        let starts = [self.started_since, self.active_since];
        let ends = [self.started_until, self.active_until];
        let bounds = starts.into_iter().chain(ends);
        if let Some(earliest) = bounds.flatten().min() {
            warn_of_retention(earliest, now, reporter);
        }
    }

    /// The last start in a list of this order that can be in the period; `None` without such a bound.
    pub fn last_start(&self, order: SortBy) -> Option<Timestamp> {
        match order {
            SortBy::StartTimeDescending => self.started_since,
            SortBy::StartTimeAscending => {
                let bounds = [self.started_until, self.active_until];
                bounds.into_iter().flatten().min()
            }
        }
    }

    pub fn matches(&self, session: &Session) -> Match {
        if *self == Self::default() {
            return Match::Yes;
        }
        let Some(start) = session.started_at() else {
            return Match::UnknownStart;
        };
        let is_early = self.started_since.is_some_and(|since| start < since);
        let is_late = [self.started_until, self.active_until]
            .into_iter()
            .flatten()
            .any(|until| start > until);
        if is_early || is_late {
            return Match::No;
        }
        match (self.active_since, session.ended_at()) {
            (Some(since), Some(end)) if end < since => Match::No,
            (Some(since), None) if start < since && session.has_ended() => Match::UnknownEnd,
            _ => Match::Yes,
        }
    }
}

/// Warns if `earliest` is before the start of the retention, counted as 35 times 24 hours and as 35 calendar days.
/// The two differ after a clock change.
pub(super) fn warn_of_retention(earliest: Timestamp, now: Timestamp, reporter: &Reporter) {
    let days = now.to_zoned_datetime(TimeZone::system());
    let days = days.saturating_sub(35.days()).timestamp();
    if earliest < days.min(retention_start(now)) {
        reporter.warning(
            "the service keeps sessions for 35 days: those that ended before are not in the list",
        );
    }
}

/// The start of the retention: sessions that ended earlier are no longer listed.
pub(super) fn retention_start(now: Timestamp) -> Timestamp {
    now.saturating_sub(RETENTION).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn session(start: i64, end: Option<i64>) -> Session {
        let status = if end.is_some() {
            "Terminated"
        } else {
            "Active"
        };
        let mut value = serde_json::json!({"startTime": start, "status": status});
        if let Some(end) = end {
            value["endTime"] = end.into();
        }
        serde_json::from_value::<Session>(value).unwrap()
    }

    #[test]
    fn a_session_without_a_start_is_in_no_period_for_certain() {
        let period = RunPeriod {
            started_since: Some(at(10)),
            ..RunPeriod::default()
        };
        let no_start = Session::default();
        assert_eq!(period.matches(&no_start), Match::UnknownStart);
        assert_eq!(RunPeriod::default().matches(&no_start), Match::Yes);
    }

    #[test]
    fn an_end_that_the_service_left_out_may_have_been_before_the_period() {
        let period = RunPeriod {
            active_since: Some(at(10)),
            ..RunPeriod::default()
        };
        let ended = |start: i64| {
            let value = serde_json::json!({"startTime": start, "status": "Terminated"});
            serde_json::from_value::<Session>(value).unwrap()
        };
        assert_eq!(period.matches(&ended(9)), Match::UnknownEnd);
        assert_eq!(period.matches(&ended(10)), Match::Yes);
    }

    #[test]
    fn a_time_at_which_sessions_ran_stands_for_its_second_if_it_has_no_fraction() {
        let arguments = |name: &str, time: &str| {
            #[derive(clap::Parser)]
            struct Arguments {
                #[command(flatten)]
                period: PeriodArguments,
            }
            let Arguments { period } = clap::Parser::parse_from(["wsb", name, time]);
            period.resolve(at(0))
        };
        let value = serde_json::json!({"startTime": 20.6, "endTime": 40.6, "status": "Terminated"});
        let session: Session = serde_json::from_value(value).unwrap();
        for (name, time, is_in) in [
            ("--active-at", "@0000000020.5", Match::No),
            ("--active-at", "@0000000020.0", Match::No),
            ("--active-at", "@0000000020000", Match::No),
            ("--active-at", "1970-01-01T00:00:20.000Z", Match::No),
            ("--active-at", "1970-01-01T00:00:20Z", Match::Yes),
            ("--until", "@0000000020", Match::No),
            ("--until", "@0000000020.6", Match::Yes),
            ("--active-at", "@0000000020", Match::Yes),
            ("--active-at", "@0000000040", Match::Yes),
            ("--active-at", "@0000000041", Match::No),
            ("--active-at", "@0000000019", Match::No),
            ("--active-until", "@0000000020", Match::No),
            ("--active-since", "@0000000040", Match::Yes),
            ("--since", "@0000000020", Match::Yes),
            ("--since", "@0000000021", Match::No),
        ] {
            assert_eq!(
                arguments(name, time).matches(&session),
                is_in,
                "{name} {time}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_session_was_active_if_its_run_overlaps_the_period_both_ends_included(
            start in 0_i64..50,
            length in proptest::option::of(0_i64..50),
            since in 0_i64..100,
            width in 0_i64..50,
        ) {
            let until = since + width;
            let period = RunPeriod {
                active_since: Some(at(since)),
                active_until: Some(at(until)),
                ..RunPeriod::default()
            };
            let end = length.map(|length| start + length);
            let overlaps = (since..=until).any(|second| {
                start <= second && end.is_none_or(|end| second <= end)
            });
            let found = period.matches(&session(start, end)) == Match::Yes;
            prop_assert_eq!(found, overlaps);
        }

        #[test]
        fn no_session_past_the_last_start_is_in_the_period(
            start in 0_i64..60,
            bounds in proptest::collection::vec(proptest::option::of(0_i64..60), 4),
        ) {
            let bound = |at_index: usize| bounds[at_index].map(at);
            let period = RunPeriod {
                started_since: bound(0),
                started_until: bound(1),
                active_since: bound(2),
                active_until: bound(3),
            };
            let oldest = period.last_start(SortBy::StartTimeDescending);
            let newest = period.last_start(SortBy::StartTimeAscending);
            if oldest.is_some_and(|oldest| at(start) < oldest)
                || newest.is_some_and(|newest| at(start) > newest)
            {
                prop_assert_eq!(period.matches(&session(start, None)), Match::No);
            }
        }
    }
}
