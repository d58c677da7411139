//! Faults of lists, as configured in the data file.

use serde::Deserialize;

/// The faults of all lists; none by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListFaults {
    order: Option<ListOrder>,
    ignored_filters: Option<Vec<FilterName>>,
    repeated_items: Option<usize>,
    repeat_portals: Option<bool>,
    offset_tokens: Option<bool>,
}

/// The order of ListSessions, whatever `sortBy` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListOrder {
    NewestFirst,
    OldestFirst,
    /// The opposite of the requested order.
    Reversed,
    /// As requested, but sessions that started in the same second are sorted by their IDs.
    WholeSeconds,
    /// By a part of the sessions' IDs, so without a relation to their starts.
    Unrelated,
}

/// A filter of ListSessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FilterName {
    SessionId,
    Username,
    Status,
}

impl ListFaults {
    pub(super) fn is_ignored(&self, filter: FilterName) -> bool {
        let ignored = self.ignored_filters.as_deref().unwrap_or_default();
        ignored.contains(&filter)
    }

    /// Whether the oldest session comes first.
    pub(super) fn is_ascending(&self, is_requested: bool) -> bool {
        match self.order {
            Some(ListOrder::NewestFirst) => false,
            Some(ListOrder::OldestFirst) => true,
            Some(ListOrder::Reversed) => !is_requested,
            _ => is_requested,
        }
    }

    /// Whether a page cannot be read from the sessions in the order of their starts.
    pub(super) fn needs_entire_list(&self) -> bool {
        let is_sorted = !matches!(
            self.order,
            Some(ListOrder::WholeSeconds | ListOrder::Unrelated)
        );
        !is_sorted || self.offset_tokens == Some(true) || self.repeated_items.unwrap_or(0) > 0
    }

    /// Sorts sessions that are in the order of their starts, the oldest first.
    pub(super) fn sort<T>(
        &self,
        sessions: &mut [T],
        is_ascending: bool,
        key: impl Fn(&T) -> (f64, &str),
    ) {
        match self.order {
            Some(ListOrder::Unrelated) => {
                sessions.sort_by(|one, other| {
                    let (id, other_id) = (key(one).1, key(other).1);
                    id.bytes().rev().cmp(other_id.bytes().rev())
                });
                return;
            }
            Some(ListOrder::WholeSeconds) => sessions.sort_by(|one, other| {
                let ((start, id), (other_start, other_id)) = (key(one), key(other));
                let seconds = start.floor().total_cmp(&other_start.floor());
                seconds.then_with(|| id.cmp(other_id))
            }),
            _ => {}
        }
        if !is_ascending {
            sessions.reverse();
        }
    }

    /// Where the page after one of the items `first..end` starts.
    pub(super) fn next_position(&self, first: usize, end: usize) -> usize {
        let repeated = self.repeated_items.unwrap_or(0);
        end.saturating_sub(repeated).max(first + 1)
    }

    /// How often ListPortals returns each portal.
    pub(super) fn portal_copies(&self) -> usize {
        1 + usize::from(self.repeat_portals == Some(true))
    }
}
