//! The IDs that a list has shown lately: pages shift while they are read, and then repeat items.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// At least so many of the last IDs are remembered.
const WINDOW: usize = 10_000;

/// The last IDs of a list, as hashes: memory stays flat however long it is.
#[derive(Debug, Default)]
pub(super) struct RecentIds {
    hasher: RandomState,
    /// The last ones, up to [`WINDOW`].
    newer: HashSet<u64>,
    /// The previous generation, full or empty.
    older: HashSet<u64>,
}

impl RecentIds {
    /// Adds an ID, whose case does not count. Whether it was not there.
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
