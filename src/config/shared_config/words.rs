//! Splits section names and the command of a `credential_process` into words, as Python's `shlex.split` and
//! botocore do.
//!
//! Three crates were tried. Unlike Python, shlex 2 and shell-words 1 treat `#` as a comment, join lines at
//! `\` and read `"\$"` as `$`. Unlike botocore, winsplit 0.1 drops an empty word and accepts an unclosed quotation
//! mark.

/// Splits a command by the rules of this operating system (botocore's `compat_shell_split`).
///
/// # Errors
/// The text ends inside quotation marks or after a backslash.
pub fn command(text: &str) -> Result<Vec<String>, &'static str> {
    if cfg!(windows) {
        split_for_windows(text)
    } else {
        split(text)
    }
}

/// Splits `text` by the rules of a POSIX shell: Python's `shlex.split`.
///
/// # Errors
/// The text ends inside quotation marks or after a backslash.
pub fn split(text: &str) -> Result<Vec<String>, &'static str> {
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

/// Splits `text` by the rules of Windows programs (Microsoft, "Parsing C command-line arguments"). Only double
/// quotation marks quote, and a backslash escapes only a double quotation mark.
///
/// # Errors
/// A closing quotation mark is missing.
fn split_for_windows(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' => {
                let mut count = 1;
                while characters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                if characters.peek() != Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', count));
                    continue;
                }
                word.extend(std::iter::repeat_n('\\', count / 2));
                if count % 2 == 1 {
                    word.extend(characters.next());
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    if is_quoted {
        return Err(NO_QUOTE);
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

    /// The cases are from botocore's own tests.
    #[test]
    fn a_command_for_windows_keeps_the_backslashes_of_its_paths() {
        for (text, words) in [
            ("", &[][..]),
            ("spam \\", &["spam", "\\"]),
            ("spam ", &["spam"]),
            (" spam", &["spam"]),
            ("spam eggs", &["spam", "eggs"]),
            ("spam\teggs", &["spam", "eggs"]),
            ("spam\neggs", &["spam\neggs"]),
            ("\"\"", &[""]),
            ("\" \"", &[" "]),
            ("\"\t\"", &["\t"]),
            (r"\\", &[r"\\"]),
            (r#"\""#, &["\""]),
            (r#"\\\""#, &[r#"\""#]),
            ("\"spam eggs\"", &["spam eggs"]),
            (r#""spam" "eggs""#, &["spam", "eggs"]),
            (r#"sp"am eg"gs"#, &["spam eggs"]),
            (r#""'spam' eggs""#, &["'spam' eggs"]),
            (
                r"C:\tools\keys.exe --for audit",
                &[r"C:\tools\keys.exe", "--for", "audit"],
            ),
            (
                r#""C:\Program Files\keys.exe" "a b""#,
                &[r"C:\Program Files\keys.exe", "a b"],
            ),
        ] {
            assert_eq!(split_for_windows(text).unwrap(), words, "{text}");
        }
        for text in ["\"spam", r#"\\""#] {
            assert_eq!(split_for_windows(text), Err(NO_QUOTE), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_path_of_windows_in_double_quotes_is_itself(path in "C:(\\\\[^\"\\\\]{1,9}){0,4}") {
            prop_assert_eq!(split_for_windows(&format!("\"{path}\"")).unwrap(), [path]);
        }

        #[test]
        fn a_word_in_single_quotes_is_itself(word in "[^']{0,40}") {
            prop_assert_eq!(split(&format!("'{word}'")).unwrap(), [word]);
        }

        #[test]
        fn any_text_is_split_or_refused(text in "\\PC{0,80}") {
            let _ = split(&text);
            let _ = split_for_windows(&text);
        }
    }
}
