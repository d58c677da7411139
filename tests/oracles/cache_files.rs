//! Files and replies with credentials.

use wsb::config::parsers::credentials;

pub(super) fn check(input: &[u8]) {
    let [cached, _, _] = credentials(input);
    if let Some(id) = cached {
        assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_graphic()));
    }
}
