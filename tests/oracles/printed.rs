//! What holds for everything that people are shown.

use wsb::output::untrusted::is_unsafe;

/// Checks that a terminal obeys nothing of the text but its line ends and these characters.
#[track_caller]
pub(super) fn check_safe(text: &str, but: &[char]) {
    let found = text
        .chars()
        .find(|c| is_unsafe(*c) && *c != '\n' && !but.contains(c));
    assert_eq!(found, None, "{text:?}");
}

/// The text without the colours and attributes that this program writes.
pub(super) fn without_styles(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, style)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = style.find(|c: char| !c.is_ascii_digit() && c != ';');
        let end = end.expect("a style ends");
        assert!(style[end..].starts_with('m'), "{text:?}");
        rest = &style[end + 1..];
    }
    plain.push_str(rest);
    plain
}
