//! The parts of time that usage is told for: the whole period, or its days or hours in local time.

use clap::ValueEnum;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, ToSpan, Unit, ZonedDateTime, ZonedDateTimeRound};

/// What a row tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// A day, from local midnight
    Day,
    /// An hour, from the full hour
    Hour,
}

/// A part of time: from `start` up to and with `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// The parts of the period from `since` to `until`, the earliest first. Each of days or hours ends a
/// millisecond before the next one starts.
pub(super) fn buckets(
    since: Timestamp,
    until: Timestamp,
    by: Option<By>,
    zone: &TimeZone,
) -> Vec<Bucket> {
    let Some(by) = by else {
        return vec![Bucket {
            start: since,
            end: until,
        }];
    };
    let mut buckets = Vec::new();
    let mut start = since;
    while start <= until {
        let next = next_start(start, by, zone).filter(|next| *next > start);
        let end = match next {
            Some(next) if next <= until => next - 1.millisecond(),
            _ => until,
        };
        buckets.push(Bucket { start, end });
        match next {
            Some(next) if next <= until => start = next,
            _ => break,
        }
    }
    buckets
}

/// The start of the day or hour that follows the one that `time` is in.
fn next_start(time: Timestamp, by: By, zone: &TimeZone) -> Option<Timestamp> {
    let local: ZonedDateTime = time.to_zoned_datetime(zone.clone());
    let next = match by {
        By::Day => local.tomorrow().ok()?.start_of_day().ok()?,
        // Time zones change by parts of an hour: the full hour is that of the local clock.
        By::Hour => {
            let start = local.round(
                ZonedDateTimeRound::new()
                    .smallest(Unit::Hour)
                    .mode(RoundMode::Trunc),
            );
            start.ok()?.checked_add(1.hour()).ok()?
        }
    };
    Some(next.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_start_at_local_midnight_whatever_their_length() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let buckets = buckets(
            time("2026-10-24T10:00:00Z"),
            time("2026-10-26T12:00:00Z"),
            Some(By::Day),
            &zone,
        );
        let starts: Vec<String> = buckets
            .iter()
            .map(|bucket| bucket.start.to_string())
            .collect();
        assert_eq!(
            starts,
            [
                "2026-10-24T10:00:00Z",
                "2026-10-24T22:00:00Z",
                "2026-10-25T23:00:00Z"
            ]
        );
        assert_eq!(buckets[2].end, time("2026-10-26T12:00:00Z"));
    }

    #[test]
    fn hours_start_at_the_full_hour_of_the_local_clock() {
        let zone = TimeZone::posix("<+0530>-5:30").unwrap();
        let buckets = buckets(
            time("2026-11-24T00:10:00Z"),
            time("2026-11-24T01:45:00Z"),
            Some(By::Hour),
            &zone,
        );
        let starts: Vec<String> = buckets
            .iter()
            .map(|bucket| bucket.start.to_string())
            .collect();
        assert_eq!(
            starts,
            [
                "2026-11-24T00:10:00Z",
                "2026-11-24T00:30:00Z",
                "2026-11-24T01:30:00Z"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_parts_cover_the_period_without_a_gap(
            since in 1_700_000_000_i64..1_800_000_000,
            length in 0_i64..1_000_000,
            is_day in any::<bool>(),
        ) {
            let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
            let by = if is_day { By::Day } else { By::Hour };
            let since = Timestamp::from_second(since).unwrap();
            let until = since + length.seconds();
            let parts = buckets(since, until, Some(by), &zone);
            prop_assert_eq!(parts[0].start, since);
            prop_assert_eq!(parts[parts.len() - 1].end, until);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].end + 1.millisecond(), pair[1].start);
                prop_assert!(pair[0].start <= pair[0].end);
            }
        }
    }
}
