//! Standard input: every line is taken, skipped or reported, whatever it holds.

use std::io::BufReader;

use wsb::delivery::id_lines::session_ids;
use wsb::service::ids::SessionId;

use super::printed::check_safe;

/// A line is looked at up to this length, in bytes.
const LONGEST: usize = 4096;

pub(super) fn check(input: &[u8]) {
    // A small buffer makes lines come in pieces.
    let found: Vec<_> = session_ids(BufReader::with_capacity(7, input)).collect();
    if input.starts_with(&[0xff, 0xfe]) || input.starts_with(&[0xfe, 0xff]) {
        // Lines of UTF-16, which the unit tests compare.
        for bad in found.iter().filter_map(|item| item.as_ref().err()) {
            check_safe(&bad.reason, &[]);
        }
        return;
    }
    let mut expected = found.iter();
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    for (at, line) in lines.into_iter().enumerate() {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_start_matches('\u{feff}').trim();
        let is_long = line.len() >= LONGEST;
        if !is_long && (text.is_empty() || text.starts_with('#')) {
            continue;
        }
        let item = expected.next().expect("an item a line");
        match (item, text.parse::<SessionId>()) {
            (Ok(id), Ok(parsed)) if !is_long => assert_eq!(*id, parsed),
            (Err(bad), parsed) => {
                assert!(is_long || parsed.is_err());
                assert_eq!(bad.number, at as u64 + 1);
                assert!(bad.reason.len() < 1000, "{}", bad.reason.len());
                check_safe(&bad.reason, &[]);
            }
            (Ok(id), parsed) => panic!("{id:?} of {text:?}, which is {parsed:?}"),
        }
    }
    assert_eq!(expected.next(), None);
}
