//! The time axis of a timeline: maps timestamps to columns, and draws the labels.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime, civil, fmt::strtime};

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
const LABEL: i64 = 8;

/// The width of a label with its year, in columns.
const LABEL_WITH_YEAR: i64 = 13;

/// The distance between labels, in seconds, from which labels show the year.
const MONTH: i64 = 2_592_000;

impl Axis {
    /// The eighths of a column from the start of the axis to a timestamp, which is clamped to the axis.
    pub(super) fn eighths(&self, timestamp: i64) -> usize {
        let half = (self.end - self.start) / 2;
        let eighths = self.columns as i64 * 8;
        self.scale(timestamp.clamp(self.start, self.end), eighths, half)
    }

    pub(super) fn column(&self, timestamp: i64) -> usize {
        let column = self.scale(timestamp, self.columns as i64, 0);
        column.min(self.columns.saturating_sub(1))
    }

    /// The position of a timestamp if the axis is `units` long.
    fn scale(&self, timestamp: i64, units: i64, rounding: i64) -> usize {
        let product = (timestamp - self.start) * units;
        usize::try_from((product + rounding) / (self.end - self.start)).unwrap_or(0)
    }

    /// The line of labels: a mark and a time at round times of `zone`, with the day where it changes.
    pub(super) fn labels(&self, zone: &TimeZone, mark: char) -> String {
        let mut line = String::new();
        let mut taken = 0;
        let mut day = None;
        for tick in self.ticks(zone) {
            let at = self.column(tick.timestamp().as_second());
            let format = match self.step() {
                MONTH.. => "%Y-%m-%d",
                DAY.. => "%m-%d",
                _ if day != Some(tick.date()) => "%m-%d %H:%M",
                _ => "%H:%M",
            };
            let label = strtime::format(format, &tick).unwrap_or_default();
            let is_free = at >= taken && at + 1 + label.len() <= self.columns;
            if is_free {
                day = Some(tick.date());
                let gap = at + usize::from(taken > 0) - taken;
                line.push_str(&format!("{:gap$}{mark}{label}", ""));
                taken = at + 1 + label.len() + 1;
            }
        }
        line
    }

    /// The smallest distance at which the labels do not overlap.
    fn step(&self) -> i64 {
        let fits = |step: &i64| {
            let label = if *step >= MONTH {
                LABEL_WITH_YEAR
            } else {
                LABEL
            };
            *step * self.columns as i64 >= (self.end - self.start) * label
        };
        let step = STEPS.into_iter().find(fits);
        step.unwrap_or(STEPS[STEPS.len() - 1])
    }

    /// Round times of the clock in `zone`, counted from midnight, also on the days of a clock change.
    fn ticks(&self, zone: &TimeZone) -> Vec<ZonedDateTime> {
        let Ok(start) = Timestamp::from_second(self.start) else {
            return Vec::new();
        };
        let date = start.to_zoned_datetime(zone.clone()).date();
        let span = match self.step() {
            step @ DAY.. => (step / DAY).days(),
            step => step.seconds(),
        };
        let times = date.to_datetime(civil::Time::midnight()).series(span);
        let ticks = times.map_while(|time| time.to_zoned_datetime(zone.clone()).ok());
        let ticks = ticks.take_while(|tick| tick.timestamp().as_second() <= self.end);
        let ticks = ticks.filter(|tick| tick.timestamp().as_second() >= self.start);
        ticks.take(self.columns + 1).collect()
    }
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
