//! The most recent IDs of a list. The pages of a list shift while they are read, so that two pages can have the
//! same item.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The minimum number of IDs that are remembered.
const WINDOW: usize = 10_000;

/// The last IDs of a list. It keeps their hashes in two sets and drops the older set, so that its memory is
/// bounded.
#[derive(Debug, Default)]
pub(super) struct RecentIds {
    hasher: RandomState,
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl RecentIds {
    /// Adds an ID and ignores its case. Returns whether the ID is new.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id.to_ascii_lowercase());
        if self.newer.len() == WINDOW {
            self.older = std::mem::take(&mut self.newer);
        }
        !self.older.contains(&hash) && self.newer.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_within_the_window() {
        let mut recent = RecentIds::default();
        for id in 0..3 * WINDOW {
            assert!(recent.insert(&format!("id-{id}")));
            if let Some(before) = id.checked_sub(WINDOW - 1) {
                assert!(!recent.insert(&format!("ID-{before}")), "{before}");
            }
        }
        assert!(recent.newer.len() + recent.older.len() <= 2 * WINDOW);
        assert!(recent.insert("id-0"));
    }
}
