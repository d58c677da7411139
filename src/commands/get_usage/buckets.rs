//! The buckets of a usage report: the whole period, or its days or hours in local time.

use std::iter::successors;

use clap::ValueEnum;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, ZonedDateTime};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// A day of local time
    Day,
    /// An hour of local time
    Hour,
}

/// A part of the report's period. Both ends are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// The buckets of the period from `since` to `until`, the earliest first. Each day or hour ends a
/// millisecond before the next one starts.
pub(super) fn buckets(
    since: Timestamp,
    until: Timestamp,
    by: Option<By>,
    zone: &TimeZone,
) -> Vec<Bucket> {
    let next = |start: &Timestamp| {
        let next = next_start(*start, by?, zone)?;
        (next > *start && next <= until).then_some(next)
    };
    let starts: Vec<Timestamp> = successors(Some(since), next).collect();
    let ends = starts.iter().skip(1).map(|next| *next - 1.millisecond());
    let ends = ends.chain([until]);
    let bucket = |(start, end): (&Timestamp, Timestamp)| Bucket { start: *start, end };
    starts.iter().zip(ends).map(bucket).collect()
}

fn next_start(time: Timestamp, by: By, zone: &TimeZone) -> Option<Timestamp> {
    let local: ZonedDateTime = time.to_zoned_datetime(zone.clone());
    match by {
        By::Day => Some(local.tomorrow().ok()?.start_of_day().ok()?.timestamp()),
        // Adds elapsed time, so that a clock change by half an hour is right, too: on Lord Howe Island,
        // 01:30+10:30 follows 01:00+11:00, and 02:00+10:30 comes next.
        By::Hour => {
            let seconds = 60 * i64::from(local.minute()) + i64::from(local.second());
            let elapsed = SignedDuration::new(seconds, local.subsec_nanosecond());
            time.checked_add(SignedDuration::from_hours(1) - elapsed)
                .ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn starts(buckets: &[Bucket]) -> Vec<String> {
        let starts = buckets.iter().map(|bucket| bucket.start.to_string());
        starts.collect()
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
        assert_eq!(
            starts(&buckets),
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
        assert_eq!(
            starts(&buckets),
            [
                "2026-11-24T00:10:00Z",
                "2026-11-24T00:30:00Z",
                "2026-11-24T01:30:00Z"
            ]
        );
    }

    #[test]
    fn an_hour_in_which_the_clock_is_set_by_half_an_hour_is_two_buckets() {
        // Lord Howe Island: from +11:00 to +10:30 in April, at two o'clock.
        let zone = TimeZone::posix("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").unwrap();
        let starts = |since: &str, until: &str| -> Vec<String> {
            buckets(time(since), time(until), Some(By::Hour), &zone)
                .iter()
                .map(|bucket| bucket.start.to_zoned_datetime(zone.clone()))
                .map(|start| start.strftime("%H:%M%:z").to_string())
                .collect()
        };
        assert_eq!(
            starts("2026-04-04T13:00:00Z", "2026-04-04T16:45:00Z"),
            [
                "00:00+11:00",
                "01:00+11:00",
                "01:30+10:30",
                "02:00+10:30",
                "03:00+10:30"
            ]
        );
        assert_eq!(
            starts("2026-10-03T14:30:00Z", "2026-10-03T17:15:00Z"),
            ["01:00+10:30", "02:30+11:00", "03:00+11:00", "04:00+11:00"]
        );
        let year = starts("2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z");
        assert_eq!(year.len(), 365 * 24 + 1);
    }

    proptest! {
        #[test]
        fn the_parts_cover_the_period_without_a_gap(
            since in 1_700_000_000_i64..1_800_000_000,
            length in 0_i64..1_000_000,
            is_day in any::<bool>(),
            zone in prop::sample::select(vec![
                "CET-1CEST,M3.5.0,M10.5.0/3",
                "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01",
                "CST5CDT,M3.2.0/0,M11.1.0/1",
            ]),
        ) {
            let zone = TimeZone::posix(zone).unwrap();
            let by = if is_day { By::Day } else { By::Hour };
            let since = Timestamp::from_second(since).unwrap();
            let until = since + length.seconds();
            let parts = buckets(since, until, Some(by), &zone);
            prop_assert_eq!(parts[0].start, since);
            prop_assert_eq!(parts[parts.len() - 1].end, until);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].end + 1.millisecond(), pair[1].start);
                prop_assert!(pair[0].start <= pair[0].end);
                let length = pair[1].start.duration_since(pair[0].start);
                let most = if is_day { 25 } else { 1 };
                prop_assert!(length <= SignedDuration::from_hours(most));
            }
        }
    }
}
