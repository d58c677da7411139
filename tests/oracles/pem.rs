//! Certificates in PEM.

use wsb::config::parsers::certificates;

pub(super) fn check(input: &[u8]) {
    if let Ok(found) = certificates(input) {
        let begins = input.windows(11).filter(|text| text == b"-----BEGIN ");
        assert!(found.len() <= begins.count());
    }
}
