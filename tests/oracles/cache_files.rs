//! Files and replies with credentials.

use std::time::SystemTime;

use wsb::config::parsers::{cache_entry, metadata_reply, process_output};

pub(super) fn check(input: &[u8]) {
    let _ = metadata_reply(input);
    let _ = process_output(input, SystemTime::UNIX_EPOCH);
    if let Some(cached) = cache_entry(input, SystemTime::UNIX_EPOCH) {
        let id = cached.access_key_id();
        assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_graphic()));
    }
}
