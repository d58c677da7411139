//! Commands that are split into words.

use wsb::config::parsers::words::split;

pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = split(&text);
    let word = text.replace('\'', "");
    let quoted = format!("a '{word}' b");
    let words = ["a".to_owned(), word, "b".to_owned()];
    assert_eq!(split(&quoted).as_deref(), Ok(&words[..]));
}
