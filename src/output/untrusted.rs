//! Escapes text from the service, which is untrusted: a user name may contain escape codes that a terminal
//! interprets, or characters that change the order in which a text is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal interprets a character as a control, or does not show it.
///
/// These are control characters (C0, DEL, C1), line and paragraph separators, bidirectional marks, embeddings,
/// overrides and isolates (UAX #9), zero-width space, word joiner and other invisible operators, soft hyphen,
/// fillers, blank Braille pattern, byte order mark, interlinear annotations, and tags. Zero-width joiners are
/// safe: emoji and several scripts need them.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{2800}'
            | '\u{3164}' | '\u{ffa0}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Replaces every unsafe character by an escape: `\n`, `\r`, `\t` or `\u{1b}`.
///
/// A backslash is not escaped: user names of a Windows domain contain one. JSON has the exact text.
pub fn escape(text: &str) -> Cow<'_, str> {
    replace_characters(text, is_unsafe, |escaped, character| match character {
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        other => {
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(other));
        }
    })
}

/// Replaces characters in the strings of a JSON document by `\u` escapes. A parser reads the same values.
pub fn escape_json(json: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    replace_characters(json, is_escaped, |escaped, character| {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

/// Replaces each character for which `is_replaced` is true with the text that `replace` writes.
pub(super) fn replace_characters(
    text: &str,
    is_replaced: impl Fn(char) -> bool,
    replace: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if !text.contains(&is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut replaced = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_replaced(character) {
            replace(&mut replaced, character);
        } else {
            replaced.push(character);
        }
    }
    Cow::Owned(replaced)
}

/// Escapes text in a line that CI systems interpret as a log command: GitHub's `::error::` at the start of a line,
/// and `##[` and `##vso[` anywhere in it.
pub fn escape_commands(line: &str) -> Cow<'_, str> {
    let is_command = line.trim_start().starts_with("::");
    if !is_command && !line.contains("##[") && !line.contains("##vso[") {
        return line.into();
    }
    let mut line = line
        .replace("##[", "#\\u{23}[")
        .replace("##vso[", "#\\u{23}vso[");
    if is_command {
        line = line.replacen(':', "\\u{3a}", 1);
    }
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_escaped() {
        assert_eq!(escape("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(escape("a\tb\r\nc"), "a\\tb\\r\\nc");
        assert_eq!(escape("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(
            escape("\u{202e}txt.exe\u{2066}"),
            "\\u{202e}txt.exe\\u{2066}"
        );
    }

    #[test]
    fn what_people_are_called_stays_as_it_is() {
        for name in [
            "alice",
            "CORP\\alice",
            "Zoë",
            "山田",
            "نور",
            "👩‍💻",
            "o'neill@example.com",
        ] {
            assert_eq!(escape(name), name);
        }
    }

    #[test]
    fn what_a_ci_system_would_obey_is_shown_escaped() {
        for (line, shown) in [
            ("::error::x", "\\u{3a}:error::x"),
            ("  ::add-mask::x", "  \\u{3a}:add-mask::x"),
            ("##[error]x", "#\\u{23}[error]x"),
            ("a ##vso[task.complete]", "a #\\u{23}vso[task.complete]"),
            ("a::b", "a::b"),
            ("##", "##"),
        ] {
            assert_eq!(escape_commands(line), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!escape(&text).contains(is_unsafe));
        }
    }
}
