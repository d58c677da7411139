//! Draws the run of a session as a bar, and the number of sessions at a time as a sparkline.

use super::axis::Axis;
use super::concurrent::RunSpan;
use crate::output::table::EIGHTHS;

/// The lower eighths, from one to eight.
const LOWER_EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// ASCII characters in place of the lower eighths.
const INK: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];

/// The bar of a session between two characters, which show whether it started before the axis and whether it
/// continues after it. The bar is empty if the session did not run within the axis.
pub(super) fn draw(run: RunSpan, axis: Axis, is_utf8: bool) -> String {
    let end = run.end.unwrap_or(i64::MAX);
    if run.start > axis.end || end < axis.start {
        return String::new();
    }
    let (before, after) = if is_utf8 { ('░', '░') } else { ('<', '>') };
    let mut bar = String::new();
    bar.push(if run.start < axis.start { before } else { ' ' });
    let (from, to) = (axis.eighths(run.start), axis.eighths(end));
    let character = if is_utf8 { block } else { ascii };
    bar.extend((0..axis.columns).map(|column| character(column, from, to, axis.columns)));
    let continues = run.end.is_none_or(|end| end > axis.end);
    bar.push(if continues { after } else { ' ' });
    bar
}

/// The character of a column of a bar from one eighth to another. A bar has at least one eighth. Unicode has
/// only one block for the right part of a column, the right half.
fn block(column: usize, from: usize, to: usize, columns: usize) -> char {
    let left = column * 8;
    let (from, to) = visible(from, to, 1, columns);
    let (start, end) = (from.max(left) - left, to.min(left + 8).saturating_sub(left));
    match (start, end) {
        (start, end) if start >= 8 || end == 0 => ' ',
        (4.., 8) => '▐',
        (_, 8) => '█',
        // A bar within one column shows its length, not its position.
        (start, end) => EIGHTHS[end.saturating_sub(start).max(1) - 1],
    }
}

fn ascii(column: usize, from: usize, to: usize, columns: usize) -> char {
    let (from, to) = visible(from, to, 8, columns);
    let is_within = (from + 4) / 8 <= column && column < ((to + 4) / 8).max((from + 4) / 8 + 1);
    if is_within { '=' } else { ' ' }
}

/// Extends the range in eighths to at least `least`, and keeps its start within the columns.
fn visible(from: usize, to: usize, least: usize, columns: usize) -> (usize, usize) {
    let from = from.min((columns * 8).saturating_sub(least));
    (from, to.max(from + least))
}

/// A line of blocks, each as high as its share of the peak, rounded up so that one session is visible.
pub(super) fn sparkline(most: &[usize], peak: usize, is_utf8: bool) -> String {
    let levels = if is_utf8 { LOWER_EIGHTHS } else { INK };
    let level = |count: &usize| match (count * levels.len()).div_ceil(peak.max(1)) {
        0 => ' ',
        level => levels[level - 1],
    };
    most.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AXIS: Axis = Axis {
        start: 0,
        end: 80,
        columns: 10,
    };

    fn bar(start: i64, end: Option<i64>, is_utf8: bool) -> String {
        draw(RunSpan { start, end }, AXIS, is_utf8)
            .trim_end()
            .to_owned()
    }

    #[test]
    fn a_bar_stands_where_the_session_ran_to_an_eighth_of_a_column() {
        for (start, end, blocks, ascii) in [
            (0, Some(80), " ██████████", " =========="),
            (8, Some(16), "  █", "  ="),
            (12, Some(27), "  ▐█▍", "   ="),
            (20, Some(20), "   ▏", "    ="),
            (80, Some(80), "          ▐", "          ="),
            (72, None, "          █░", "          =>"),
            (-8, Some(9), "░█▏", "<="),
            (-8, None, "░██████████░", "<==========>"),
            (0, Some(81), " ██████████░", " ==========>"),
            (-9, Some(-1), "", ""),
            (81, None, "", ""),
        ] {
            assert_eq!(bar(start, end, true), blocks, "{start} {end:?}");
            assert_eq!(bar(start, end, false), ascii, "{start} {end:?}");
        }
    }

    #[test]
    fn a_sparkline_shows_each_count_as_its_share_of_the_peak() {
        assert_eq!(sparkline(&[0, 1, 4, 8], 8, true), " ▁▄█");
        assert_eq!(sparkline(&[0, 1, 4, 8], 8, false), " .=@");
        assert_eq!(sparkline(&[0, 1, 1000], 1000, true), " ▁█");
        assert_eq!(sparkline(&[0, 0], 0, true), "  ");
    }

    proptest! {
        #[test]
        fn every_bar_on_the_axis_is_seen_and_fits(
            start in -100..=80_i64,
            length in proptest::option::of(0..200_i64),
            columns in 1..40_usize,
        ) {
            let axis = Axis { columns, ..AXIS };
            let end = length.map(|length| start + length);
            for is_utf8 in [true, false] {
                let bar = draw(RunSpan { start, end }, axis, is_utf8);
                prop_assert!(bar.chars().count() <= columns + 2);
                let is_on = end.is_none_or(|end| end >= 0);
                prop_assert_eq!(!bar.trim().is_empty(), is_on, "{}", bar);
            }
        }
    }
}
