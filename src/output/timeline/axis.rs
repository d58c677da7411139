//! The time axis of a timeline: maps timestamps to columns, and draws the labels.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, civil, fmt::strtime};

/// A period, and the number of columns for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    /// Seconds since 1970.
    pub(super) start: i64,
    /// Seconds since 1970, after `start`.
    pub(super) end: i64,
    pub(super) columns: usize,
}

/// The possible distances between two labels, in seconds.
const STEPS: [i64; 17] = [
    1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    2_592_000, 31_536_000,
];

const DAY: i64 = 86_400;

/// The width of a label with an hour or a day, in columns, with its mark and spaces. A longer label, at the
/// change of the day, replaces the next one.
const LABEL: i128 = 8;

/// The width of a label with its year, in columns.
const LABEL_WITH_YEAR: i128 = 13;

/// The distance between labels from which they show the year, in seconds.
const MONTH: i64 = 2_592_000;

impl Axis {
    /// The eighths of a column from the start of the axis to a timestamp, which is clamped to the axis.
    pub(super) fn eighths(&self, moment: i64) -> usize {
        let moment = moment.clamp(self.start, self.end);
        let all = i128::from(self.end) - i128::from(self.start);
        let part = (i128::from(moment) - i128::from(self.start)) * self.columns as i128 * 8;
        usize::try_from((part + all / 2) / all).unwrap_or(0)
    }

    pub(super) fn column(&self, moment: i64) -> usize {
        let all = i128::from(self.end) - i128::from(self.start);
        let part = (i128::from(moment) - i128::from(self.start)) * self.columns as i128;
        usize::try_from(part / all)
            .unwrap_or(0)
            .min(self.columns.saturating_sub(1))
    }

    /// The line of labels: a mark and a time at round times of `zone`, with the day where it changes.
    pub(super) fn labels(&self, zone: &TimeZone, mark: char) -> String {
        let mut line = String::new();
        let mut taken = 0;
        let mut day = None;
        for tick in self.ticks(zone) {
            let at = self.column(tick);
            let Ok(time) = Timestamp::from_second(tick) else {
                continue;
            };
            let zoned = time.to_zoned_datetime(zone.clone());
            let is_new_day = day != Some(zoned.date());
            let format = match self.step() {
                MONTH.. => "%Y-%m-%d",
                DAY.. => "%m-%d",
                _ if is_new_day => "%m-%d %H:%M",
                _ => "%H:%M",
            };
            let label = strtime::format(format, &zoned).unwrap_or_default();
            let is_free = at >= taken && at + 1 + label.len() <= self.columns;
            if !is_free {
                continue;
            }
            day = Some(zoned.date());
            line.extend(std::iter::repeat_n(
                ' ',
                at + usize::from(taken > 0) - taken,
            ));
            line.push(mark);
            line.push_str(&label);
            taken = at + 1 + label.len() + 1;
        }
        line
    }

    /// The smallest distance at which the labels do not overlap.
    fn step(&self) -> i64 {
        let all = i128::from(self.end) - i128::from(self.start);
        let fits = |step: &i64| {
            let label = if *step >= MONTH {
                LABEL_WITH_YEAR
            } else {
                LABEL
            };
            i128::from(*step) * self.columns as i128 >= all * label
        };
        STEPS
            .into_iter()
            .find(fits)
            .unwrap_or(STEPS[STEPS.len() - 1])
    }

    /// Round times of the clock in `zone`, counted from midnight, also on the days of a clock change.
    fn ticks(&self, zone: &TimeZone) -> Vec<i64> {
        let Ok(start) = Timestamp::from_second(self.start) else {
            return Vec::new();
        };
        let date = start.to_zoned_datetime(zone.clone()).date();
        let span = match self.step() {
            step @ DAY.. => (step / DAY).days(),
            step => step.seconds(),
        };
        let times = date.to_datetime(civil::Time::midnight()).series(span);
        let ticks = times.map_while(|time| second(time, zone));
        let ticks = ticks.take_while(|tick| *tick <= self.end);
        let ticks = ticks.filter(|tick| *tick >= self.start);
        ticks.take(self.columns + 1).collect()
    }
}

/// The second since 1970 at which the clock of `zone` shows a time.
fn second(time: civil::DateTime, zone: &TimeZone) -> Option<i64> {
    let zoned = time.to_zoned_datetime(zone.clone()).ok()?;
    Some(zoned.timestamp().as_second())
}

/// A timestamp to the minute, for the header.
pub(super) fn minute(seconds: i64, zone: &TimeZone) -> String {
    let Ok(time) = Timestamp::from_second(seconds) else {
        return seconds.to_string();
    };
    let zoned = time.to_zoned_datetime(zone.clone());
    strtime::format("%Y-%m-%d %H:%M", &zoned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn timestamp(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn axis(start: &str, end: &str, columns: usize) -> Axis {
        Axis {
            start: timestamp(start),
            end: timestamp(end),
            columns,
        }
    }

    #[test]
    fn labels_stand_at_round_times_and_name_the_day_where_it_changes() {
        let day = axis("2026-11-24T18:00:00Z", "2026-11-25T06:00:00Z", 60);
        assert_eq!(
            day.labels(&TimeZone::UTC, '|'),
            "|11-24 18:00        |22:00    |11-25 00:00        |04:00"
        );
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(
            day.labels(&east, '|'),
            "     |11-24 20:00        |11-25 00:00        |04:00"
        );
        let month = axis("2026-10-25T00:00:00Z", "2026-11-25T00:00:00Z", 62);
        assert_eq!(
            month.labels(&TimeZone::UTC, '|'),
            "|10-25        |11-01        |11-08        |11-15        |11-22"
        );
    }

    #[test]
    fn days_begin_at_midnight_by_the_clock_also_when_it_is_put_back() {
        let posix = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let days = axis("2026-10-23T22:00:00Z", "2026-10-26T22:00:00Z", 60);
        assert_eq!(
            days.labels(&posix, '|'),
            "|10-24 00:00        |10-25 00:00        |10-26 00:00"
        );
    }

    proptest! {
        #[test]
        fn nothing_falls_off_the_axis(
            start in -100_000_000_000_i64..100_000_000_000,
            length in 1..10_000_000_000_i64,
            columns in 1..300_usize,
            moment in any::<i64>(),
        ) {
            let axis = Axis { start, end: start + length, columns };
            prop_assert!(axis.eighths(moment) <= columns * 8);
            prop_assert!(axis.column(moment.clamp(axis.start, axis.end)) < columns);
            prop_assert!(axis.labels(&TimeZone::UTC, '|').len() <= columns);
        }
    }
}
