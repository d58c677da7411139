//! Faults of lists, as configured in the data file.

use serde::Deserialize;

use crate::service::documents::Session;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[serde(expecting = "an object")]
pub(super) struct ListFaults {
    order: Option<ListOrder>,
    ignored_filters: Vec<FilterName>,
    repeated_items: usize,
    pub(super) repeat_portals: bool,
    offset_tokens: bool,
}

/// An order of ListSessions that replaces the requested one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListOrder {
    NewestFirst,
    OldestFirst,
    /// The opposite of the requested order.
    Reversed,
    /// The requested order, but sessions that started in the same second are sorted by their IDs.
    WholeSeconds,
    /// Sorted by the reversed session IDs, which are unrelated to the starts.
    Unrelated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FilterName {
    SessionId,
    Username,
    Status,
}

impl ListFaults {
    pub(super) fn ignores(&self, filter: FilterName) -> bool {
        self.ignored_filters.contains(&filter)
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

    /// Whether the list must be filtered and sorted as a whole before a page is cut from it.
    pub(super) fn needs_entire_list(&self) -> bool {
        let is_shuffled = matches!(
            self.order,
            Some(ListOrder::WholeSeconds | ListOrder::Unrelated)
        );
        is_shuffled || self.offset_tokens || self.repeated_items > 0
    }

    /// Puts sessions into the configured order, or else into the requested one. The input is sorted by
    /// start, oldest first.
    pub(super) fn sort(&self, sessions: &mut [Session], is_ascending: bool) {
        match self.order {
            Some(ListOrder::Unrelated) => {
                sessions.sort_by_cached_key(|session| {
                    let id = session.session_id.as_deref().unwrap_or_default();
                    id.bytes().rev().collect::<Vec<u8>>()
                });
                return;
            }
            Some(ListOrder::WholeSeconds) => sessions.sort_by_cached_key(|session| {
                let start = session.started_at().map(|start| start.as_second());
                (start, session.session_id.clone())
            }),
            _ => {}
        }
        if !is_ascending {
            sessions.reverse();
        }
    }

    /// The position of the next page after a page with the items `first..end`. With `repeatedItems`, the
    /// pages overlap.
    pub(super) fn next_position(&self, first: usize, end: usize) -> usize {
        end.saturating_sub(self.repeated_items).max(first + 1)
    }
}
