//! Standard input: every record is a request, is skipped, or is an error, whatever it contains.

use std::collections::HashSet;

use wsb::delivery::session_input::parse;
use wsb::service::ids::SessionId;

use super::printed::check_safe;

/// A plain line is an ID at most this long, in bytes, with everything that may surround it.
const SHORT: usize = 4096;

pub(super) fn check(input: &[u8]) {
    let found: Vec<_> = parse(input, false).collect();
    for error in found.iter().filter_map(|item| item.as_ref().err()) {
        let (position, error) = error;
        assert!(position.line > 0 && position.element != Some(0));
        for text in [error.message(), error.hint().unwrap_or_default()] {
            check_safe(text, &[]);
            assert!(text.len() < 1000);
        }
    }
    check_unique(input, &found);
    let is_utf_16 = input.starts_with(&[0xff, 0xfe]) || input.starts_with(&[0xfe, 0xff]);
    // Arrays hide the lines in them, and headers change the meaning of those after them.
    let has_state = input.contains(&b'[') || input.to_ascii_lowercase().contains(&b'c');
    if !is_utf_16 && !has_state {
        check_lines(input, &found);
    }
}

/// With `unique`, the same requests come, each session once.
fn check_unique(input: &[u8], found: &[wsb::delivery::session_input::InputItem]) {
    let mut seen = HashSet::new();
    let expected: Vec<SessionId> = found
        .iter()
        .flatten()
        .map(|request| request.session)
        .filter(|session| seen.insert(*session))
        .collect();
    let unique: Vec<SessionId> = parse(input, true)
        .flatten()
        .map(|request| request.session)
        .collect();
    assert_eq!(unique, expected);
}

/// A line that is a session ID is a request for it, and no line is lost.
fn check_lines(input: &[u8], found: &[wsb::delivery::session_input::InputItem]) {
    let mut found = found.iter();
    for (index, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let item = found.next().expect("an item for each line");
        match (item, text.parse::<SessionId>()) {
            (Ok(request), Ok(session)) => assert_eq!(request.session, session),
            (Ok(request), Err(_)) => {
                assert!(text.contains(request.session.as_str()) || !text.is_ascii())
            }
            (Err((position, _)), parsed) => {
                assert!(parsed.is_err() || line.len() > SHORT);
                assert_eq!(position.line, index as u64 + 1);
            }
        }
    }
    assert!(found.next().is_none());
}
