//! Counts the sessions that ran at the same time.

use super::axis::Axis;

/// The run of a session in seconds since 1970, without an end if the session still runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSpan {
    pub(super) start: i64,
    pub(super) end: Option<i64>,
}

/// The maximum number of concurrent sessions in each column of the axis. A run includes its last second.
pub(super) fn most_per_column(runs: &[RunSpan], axis: Axis) -> Vec<usize> {
    // In the same second, starts are sorted before ends.
    let mut changes: Vec<(i64, bool)> = Vec::with_capacity(2 * runs.len());
    for run in runs {
        let end = run.end.unwrap_or(axis.end).min(axis.end);
        if run.start <= axis.end && end >= axis.start.max(run.start) {
            changes.extend([(run.start.max(axis.start), false), (end, true)]);
        }
    }
    changes.sort_unstable();
    let mut most = vec![0; axis.columns];
    let (mut running, mut reached) = (0, 0);
    for (time, is_end) in changes {
        let column = axis.column(time);
        for most in &mut most[reached..=column] {
            *most = running.max(*most);
        }
        reached = column;
        running = if is_end { running - 1 } else { running + 1 };
        most[column] = running.max(most[column]);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_end_and_a_start_at_the_same_moment_are_two_sessions_at_a_time() {
        let axis = Axis {
            start: 0,
            end: 40,
            columns: 4,
        };
        let run = |start, end| RunSpan { start, end };
        let most = |runs: &[RunSpan]| most_per_column(runs, axis);
        assert_eq!(most(&[]), [0, 0, 0, 0]);
        assert_eq!(most(&[run(0, Some(15)), run(15, None)]), [1, 2, 1, 1]);
        assert_eq!(most(&[run(-50, Some(-1)), run(41, None)]), [0, 0, 0, 0]);
        assert_eq!(most(&[run(-50, Some(90))]), [1, 1, 1, 1]);
        assert_eq!(most(&[run(25, Some(25))]), [0, 0, 1, 0]);
        assert_eq!(most(&[run(30, Some(20))]), [0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn the_count_is_the_one_of_each_second(
            runs in proptest::collection::vec((-10..70_i64, proptest::option::of(0..40_i64)), 0..20),
        ) {
            let axis = Axis { start: 0, end: 59, columns: 12 };
            let runs: Vec<RunSpan> = runs
                .into_iter()
                .map(|(start, length)| RunSpan { start, end: length.map(|length| start + length) })
                .collect();
            let mut expected = vec![0; 12];
            for second in 0..=59_i64 {
                let ran = |run: &&RunSpan| run.start <= second && run.end.is_none_or(|end| end >= second);
                let count = runs.iter().filter(ran).count();
                let column = axis.column(second);
                expected[column] = count.max(expected[column]);
            }
            prop_assert_eq!(most_per_column(&runs, axis), expected);
        }
    }
}
