//! Faults of lists, as configured in the data file.

use serde::Deserialize;

use super::members::or_default;
use crate::service::documents::Session;

/// The faults of all lists; none by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListFaults {
    order: Option<ListOrder>,
    #[serde(default, deserialize_with = "or_default")]
    ignored_filters: Vec<FilterName>,
    #[serde(default, deserialize_with = "or_default")]
    repeated_items: usize,
    #[serde(default, deserialize_with = "or_default")]
    repeat_portals: bool,
    #[serde(default, deserialize_with = "or_default")]
    offset_tokens: bool,
}

/// The order of ListSessions, whatever `sortBy` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListOrder {
    NewestFirst,
    OldestFirst,
    /// The opposite of the requested order.
    Reversed,
    /// The requested order, but sessions that started in the same second are sorted by their IDs.
    WholeSeconds,
    /// Sorted by a part of the session IDs, which is unrelated to the starts.
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

    /// Whether a page cannot be read from the sessions in the order of their starts.
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

    /// The number of times that ListPortals returns each portal.
    pub(super) fn portal_copies(&self) -> usize {
        1 + usize::from(self.repeat_portals)
    }
}
