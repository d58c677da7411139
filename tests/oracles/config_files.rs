//! Shared config files.

use wsb::config::parsers::{ini, text};

pub(super) fn check(input: &[u8]) {
    let text = text::decode(input.to_vec());
    if let Ok(sections) = text.and_then(|text| ini::parse(&text).map_err(|error| error.what)) {
        let heads = input.iter().filter(|byte| **byte == b'[').count();
        assert!(sections.len() <= heads);
        assert!(sections.iter().all(|(name, _)| !name.is_empty()));
    }
}
