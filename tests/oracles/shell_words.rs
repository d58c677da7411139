//! Commands that are split into words.

use wsb::config::parsers::shell_words;

pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = shell_words(&text);
    let word = text.replace('\'', "");
    let quoted = format!("a '{word}' b");
    let words = ["a".to_owned(), word, "b".to_owned()];
    assert_eq!(shell_words(&quoted).as_deref(), Ok(&words[..]));
}
