//! The failure of a list that breaks off, and the check whether a sorted list may end early.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::diagnostics::{Call, Failure};
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::operations::SortBy;

/// Converts the error of a list call to a failure. `had_page` is whether earlier pages have been read and perhaps
/// printed. If so, the failure says that the list is incomplete.
pub(super) fn incomplete(call: &Call<'_>, error: &CallError, had_page: bool) -> Failure {
    let failure = call.to_failure(error);
    if !had_page {
        return match call.is_region_unavailable(error) {
            true => failure.in_unavailable_region(),
            false => failure,
        };
    }
    failure
        .append("; the list is incomplete")
        .with_default_hint("run the command again: a list cannot be continued where it broke off")
}

/// A list may end early only after a page on which every session starts at least this far past the bound,
/// in milliseconds.
const MARGIN: i64 = 10 * 60 * 1000;

/// The precision of the order of a list, in milliseconds: the service may sort by whole seconds, rounded up or
/// down, and show milliseconds.
pub(super) const RESOLUTION: i64 = 1000;

/// The number of steps in the requested order that prove that the list is sorted: ten sessions in random
/// order are sorted by chance once in 3.6 million cases.
const PROOF: u32 = 9;

/// Checks, page by page, whether a list of sessions is in the requested order.
#[derive(Debug)]
pub struct OrderCheck {
    order: SortBy,
    /// The highest rank so far.
    furthest: Option<i64>,
    /// The rank of the last step. A step is a session whose rank is more than [`RESOLUTION`] above the previous
    /// step.
    last_step: Option<i64>,
    steps: u32,
    is_sorted: bool,
}

impl OrderCheck {
    pub fn new(order: SortBy) -> Self {
        Self {
            order,
            furthest: None,
            last_step: None,
            steps: 0,
            is_sorted: true,
        }
    }

    /// The session's sort key: its start in milliseconds, negated in descending order, so that ranks
    /// increase along a sorted list.
    pub(super) fn rank(&self, session: &Session) -> Option<i64> {
        session.started_at().map(|start| self.rank_of_start(start))
    }

    fn rank_of_start(&self, start: Timestamp) -> i64 {
        match self.order {
            SortBy::StartTimeAscending => start.as_millisecond(),
            SortBy::StartTimeDescending => -start.as_millisecond(),
        }
    }

    /// Checks a page. Returns `Break` if the list may end after it: the order is proven, and all sessions of the
    /// page are past `last_start` by the margin.
    pub fn check(&mut self, page: &[Session], last_start: Option<Timestamp>) -> ControlFlow<()> {
        let starts = page.iter().filter_map(Session::started_at);
        let ranks: Vec<i64> = starts.map(|start| self.add(start)).collect();
        let last_rank = last_start.map(|start| self.rank_of_start(start));
        match (ranks.iter().min(), last_rank) {
            (Some(nearest), Some(last)) if self.is_proven() && *nearest > last + MARGIN => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Adds the start of the next session and returns its rank.
    pub(super) fn add(&mut self, start: Timestamp) -> i64 {
        let rank = self.rank_of_start(start);
        let furthest = *self.furthest.get_or_insert(rank);
        self.is_sorted &= rank >= furthest - RESOLUTION;
        if rank > *self.last_step.get_or_insert(rank) + RESOLUTION {
            self.last_step = Some(rank);
            self.steps += 1;
        }
        self.furthest = Some(furthest.max(rank));
        rank
    }

    pub(super) fn sort_by(&self) -> SortBy {
        self.order
    }

    /// The rank up to which the list has been read; `None` unless the order is proven.
    pub(super) fn end(&self) -> Option<i64> {
        self.furthest.filter(|_| self.is_proven())
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    /// Whether the sessions so far show that the service sorts the list as requested.
    pub(super) fn is_proven(&self) -> bool {
        self.is_sorted && self.steps >= PROOF
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn session(start: f64) -> Session {
        serde_json::from_value(json!({ "startTime": start })).unwrap()
    }

    /// Returns the number of sessions that are read, page by page.
    fn read(check: &mut OrderCheck, starts: &[f64], page: usize, last_start: i64) -> usize {
        let last_start = Some(Timestamp::from_second(last_start).unwrap());
        let mut count = 0;
        for page in starts.chunks(page) {
            let page: Vec<Session> = page.iter().copied().map(session).collect();
            count += page.len();
            if check.check(&page, last_start).is_break() {
                break;
            }
        }
        count
    }

    #[test]
    fn a_sorted_list_ends_with_the_page_that_is_past_the_bound_by_the_margin() {
        let minutes: Vec<f64> = (0..100).map(|minute| 60.0 * f64::from(minute)).collect();
        let mut ascending = OrderCheck::new(SortBy::StartTimeAscending);
        // The page from minute 50 on is the first that is past minute 35 + 10.
        assert_eq!(read(&mut ascending, &minutes, 10, 35 * 60), 60);
        let newest_first: Vec<f64> = minutes.iter().rev().copied().collect();
        let mut descending = OrderCheck::new(SortBy::StartTimeDescending);
        assert_eq!(read(&mut descending, &newest_first, 10, 64 * 60), 60);
        for (order, starts) in [
            (SortBy::StartTimeAscending, &newest_first),
            (SortBy::StartTimeDescending, &minutes),
        ] {
            let mut check = OrderCheck::new(order);
            assert_eq!(read(&mut check, starts, 10, 35 * 60), 100);
            assert!(!check.is_sorted());
        }
    }

    #[test]
    fn sessions_of_one_second_may_stand_in_any_order() {
        let mut check = OrderCheck::new(SortBy::StartTimeAscending);
        let starts = [5.9, 5.1, 5.5, 6.2, 5.3, 7.0];
        assert_eq!(read(&mut check, &starts, 2, 100), 6);
        assert!(check.is_sorted());
        assert!(!check.is_proven());
    }

    proptest! {
        /// All sessions in the period are read, whatever the order of the list, unless the first ten are
        /// sorted by chance, which this generator almost never produces.
        #[test]
        fn no_session_that_matters_is_after_the_end(
            mut starts in proptest::collection::vec(0_u32..100_000, 0..60),
            page in 1_usize..20,
            last_start in 0_i64..100_000,
            is_sorted in any::<bool>(),
            is_ascending in any::<bool>(),
        ) {
            if is_sorted {
                starts.sort_unstable();
                if !is_ascending {
                    starts.reverse();
                }
            }
            let order = if is_ascending {
                SortBy::StartTimeAscending
            } else {
                SortBy::StartTimeDescending
            };
            let starts: Vec<f64> = starts.into_iter().map(f64::from).collect();
            let mut check = OrderCheck::new(order);
            let count = read(&mut check, &starts, page, last_start);
            let bound = f64::from(u32::try_from(last_start).unwrap());
            let matters = |start: &f64| if is_ascending { *start <= bound } else { *start >= bound };
            prop_assert!(!starts[count..].iter().any(matters));
        }
    }
}
