//! Shared config files.

use wsb::config::parsers::config_file;

pub(super) fn check(input: &[u8]) {
    if let Ok(names) = config_file(input) {
        let heads = input.iter().filter(|byte| **byte == b'[').count();
        assert!(names.len() <= heads);
        assert!(names.iter().all(|name| !name.is_empty()));
    }
}
