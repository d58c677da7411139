//! When sessions ran: the options that ask for it, and which part of a sorted list they need.
//!
//! Instants are compared, never texts. Intervals are closed: a session that ended at T was active at T.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::cli::TimeArg;
use crate::diagnostics::{Failure, Reporter};
use crate::output::{self, time};
use crate::service::model::Document;
use crate::service::operations::SortBy;

/// How long AWS documents that sessions are kept.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(35 * 24);

/// When sessions ran, as given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Time (TIME is ISO 8601, 2h or 3d ago, now, or @EPOCH)")]
pub(super) struct PeriodArguments {
    /// Only sessions that started then or later
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse)]
    since: Option<TimeArg>,

    /// Only sessions that started then or earlier
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse)]
    until: Option<TimeArg>,

    /// Only sessions that were running at that moment
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse)]
    #[arg(conflicts_with_all = ["active_since", "active_until"])]
    active_at: Option<TimeArg>,

    /// Only sessions that were still running then, or started later
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse)]
    active_since: Option<TimeArg>,

    /// Only sessions that started then or earlier, and so may have been running
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse)]
    active_until: Option<TimeArg>,
}

/// When sessions ran, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Period {
    /// The earliest start.
    started_since: Option<Timestamp>,
    /// The latest start.
    started_until: Option<Timestamp>,
    /// The run overlaps what follows this moment.
    active_since: Option<Timestamp>,
    /// The run overlaps what precedes this moment.
    active_until: Option<Timestamp>,
}

/// Where a session is in a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Keep,
    Skip,
    /// Skip, and so are all that follow.
    Stop,
}

impl PeriodArguments {
    /// The period.
    ///
    /// # Errors
    /// It ends before it starts.
    pub(super) fn parse(&self) -> Result<Period, Failure> {
        let time = |point: Option<TimeArg>| point.map(|point| point.0);
        let period = Period {
            started_since: time(self.since),
            started_until: time(self.until),
            active_since: time(self.active_at.or(self.active_since)),
            active_until: time(self.active_at.or(self.active_until)),
        };
        for (name, since, other, until) in [
            (
                "--since",
                period.started_since,
                "--until",
                period.started_until,
            ),
            (
                "--active-since",
                period.active_since,
                "--active-until",
                period.active_until,
            ),
        ] {
            if let (Some(since), Some(until)) = (since, until)
                && since > until
            {
                return Err(Failure::usage(format!(
                    "{name} {since:.0} is after {other} {until:.0}, so no session can be between"
                )));
            }
        }
        Ok(period)
    }
}

impl Period {
    /// The order in which the fewest pages matter. A session that started long ago may have been
    /// running since, so newest first there is no end before the oldest; oldest first, the list can end
    /// where sessions started too late.
    pub(super) fn best_order(&self) -> SortBy {
        match self.active_until {
            Some(_) => SortBy::StartTimeAscending,
            None => SortBy::StartTimeDescending,
        }
    }

    /// The part of time that the period asks about.
    pub(super) fn bounds(&self) -> output::Period {
        output::Period {
            since: self.active_since.or(self.started_since),
            until: self.active_until.or(self.started_until),
        }
    }

    /// Warns if the period reaches further back than sessions are kept.
    pub(super) fn warn_of_retention(&self, now: Timestamp, reporter: &Reporter) {
        let earliest = [self.started_since, self.active_since]
            .into_iter()
            .flatten();
        if let Some(earliest) = earliest.min() {
            warn_of_retention(earliest, now, reporter);
        }
    }

    /// Where a session is in a list sorted by its start.
    pub(super) fn place(&self, session: &Document, sort_by: SortBy) -> Match {
        let Some(start) = timestamp(session, "startTime") else {
            // Without a start it is in no period, but it is there if no period is asked for.
            return if *self == Self::default() {
                Match::Keep
            } else {
                Match::Skip
            };
        };
        let is_early = self.started_since.is_some_and(|since| start < since);
        let latest = [self.started_until, self.active_until]
            .into_iter()
            .flatten();
        let is_late = latest.min().is_some_and(|until| start > until);
        let had_ended =
            self.active_since
                .is_some_and(|since| match timestamp(session, "endTime") {
                    Some(end) => end < since,
                    // The service did not say when it ended: it may have been later.
                    None => false,
                });
        match sort_by {
            SortBy::StartTimeDescending if is_early => Match::Stop,
            SortBy::StartTimeAscending if is_late => Match::Stop,
            _ if is_early || is_late || had_ended => Match::Skip,
            _ => Match::Keep,
        }
    }
}

/// Warns if `earliest` is longer ago than sessions are kept.
pub(super) fn warn_of_retention(earliest: Timestamp, now: Timestamp, reporter: &Reporter) {
    if earliest < now - RETENTION {
        reporter.warning(
            "the service keeps sessions for 35 days: those that ended before are not in the list",
        );
    }
}

/// A time member as an instant.
pub(super) fn timestamp(session: &Document, name: &str) -> Option<Timestamp> {
    session.number(name).and_then(time::timestamp)
}

/// Seconds since 1970, with milliseconds where there are any.
pub(super) fn seconds(time: Timestamp) -> Value {
    let milliseconds = time.as_millisecond();
    match milliseconds.rem_euclid(1000) {
        0 => (milliseconds / 1000).into(),
        _ => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of any calendar fit"
            )]
            let seconds = milliseconds as f64 / 1000.0;
            seconds.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::service::model;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn session(start: i64, end: Option<i64>) -> Document {
        let status = if end.is_some() {
            "Terminated"
        } else {
            "Active"
        };
        let mut value = serde_json::json!({"startTime": start, "status": status});
        if let Some(end) = end {
            value["endTime"] = end.into();
        }
        Document::parse(&model::SESSION_SUMMARY, value).unwrap()
    }

    #[test]
    fn the_listing_ends_where_the_order_makes_the_rest_irrelevant() {
        use Match::{Keep, Skip, Stop};
        let period = Period {
            started_since: Some(at(10)),
            started_until: Some(at(20)),
            ..Period::default()
        };
        let places =
            |sort_by| [9, 10, 20, 21].map(|start| period.place(&session(start, None), sort_by));
        assert_eq!(
            places(SortBy::StartTimeDescending),
            [Stop, Keep, Keep, Skip]
        );
        assert_eq!(places(SortBy::StartTimeAscending), [Skip, Keep, Keep, Stop]);
        let no_start = Document::parse(&model::SESSION_SUMMARY, serde_json::json!({})).unwrap();
        assert_eq!(period.place(&no_start, SortBy::StartTimeAscending), Skip);
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
            let period = Period {
                active_since: Some(at(since)),
                active_until: Some(at(until)),
                ..Period::default()
            };
            let end = length.map(|length| start + length);
            let overlaps = (since..=until).any(|second| {
                start <= second && end.is_none_or(|end| second <= end)
            });
            for order in [SortBy::StartTimeAscending, SortBy::StartTimeDescending] {
                let place = period.place(&session(start, end), order);
                prop_assert_eq!(place == Match::Keep, overlaps);
            }
        }

        #[test]
        fn nothing_within_follows_what_is_beyond(
            starts in proptest::collection::vec((0_i64..50, 0_i64..50), 0..30),
            bounds in proptest::collection::vec(proptest::option::of(0_i64..60), 4),
        ) {
            let bound = |at_index: usize| bounds[at_index].map(at);
            let period = Period {
                started_since: bound(0),
                started_until: bound(1),
                active_since: bound(2),
                active_until: bound(3),
            };
            let mut starts = starts;
            starts.sort_unstable();
            for order in [SortBy::StartTimeAscending, SortBy::StartTimeDescending] {
                let mut is_beyond = false;
                for (start, length) in &starts {
                    let place = period.place(&session(*start, Some(start + length)), order);
                    prop_assert!(!(is_beyond && place == Match::Keep));
                    is_beyond |= place == Match::Stop;
                }
                starts.reverse();
            }
        }
    }
}
