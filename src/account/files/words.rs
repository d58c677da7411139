//! Text split into words as a POSIX shell does it, without anything else that a shell does: Python's
//! `shlex.split`, by which the AWS CLI reads the names of sections and a `credential_process`.

/// The words of `text`.
///
/// # Errors
/// What is missing at the end: a closing quote, or the character behind a backslash.
pub(in crate::account) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => loop {
                let word = word.get_or_insert_default();
                match characters.next().ok_or(NO_QUOTE)? {
                    '\'' => break,
                    inner => word.push(inner),
                }
            },
            '"' => loop {
                let word = word.get_or_insert_default();
                match characters.next().ok_or(NO_QUOTE)? {
                    '"' => break,
                    '\\' => match characters.next().ok_or(NO_CHARACTER)? {
                        escaped @ ('"' | '\\') => word.push(escaped),
                        other => word.extend(['\\', other]),
                    },
                    inner => word.push(inner),
                }
            },
            '\\' => word
                .get_or_insert_default()
                .push(characters.next().ok_or(NO_CHARACTER)?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

const NO_QUOTE: &str = "a quotation mark has no counterpart";
const NO_CHARACTER: &str = "it ends with a backslash";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_split_as_by_pythons_shlex() {
        for (text, words) in [
            ("profile audit", &["profile", "audit"][..]),
            ("profile \"my audit\"", &["profile", "my audit"]),
            ("profile 'it''s'", &["profile", "its"]),
            ("profile it\\'s", &["profile", "it's"]),
            ("profile [x] café", &["profile", "[x]", "café"]),
            (r#"a "b\"c\\d\e" '\f'"#, &["a", "b\"c\\d\\e", "\\f"]),
            ("a&b $HOME (c); #d", &["a&b", "$HOME", "(c);", "#d"]),
            ("a \"\" ''b", &["a", "", "b"]),
            ("  ", &[]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        assert_eq!(split("it's"), Err(NO_QUOTE));
        assert_eq!(split("a \"b"), Err(NO_QUOTE));
        assert_eq!(split("a\\"), Err(NO_CHARACTER));
    }

    proptest! {
        #[test]
        fn a_word_in_single_quotes_is_itself(word in "[^']{0,40}") {
            prop_assert_eq!(split(&format!("'{word}'")).unwrap(), [word]);
        }

        #[test]
        fn any_text_is_split_or_refused(text in "\\PC{0,80}") {
            let _ = split(&text);
        }
    }
}
