//! Splits an incomplete command line into words, by the quoting rules of a shell.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    Posix,
    PowerShell,
}

impl Rules {
    /// Whether the character ends a word outside quotation marks.
    fn separates(self, c: char) -> bool {
        match self {
            Self::Posix => matches!(c, ' ' | '\t' | '\n'),
            Self::PowerShell => c.is_whitespace(),
        }
    }

    fn escape(self) -> char {
        match self {
            Self::Posix => '\\',
            Self::PowerShell => '`',
        }
    }

    /// Splits a line into words. The last word ends at the end of the line, and is empty after a space. Also
    /// returns the quotation mark that is open at the end.
    pub(super) fn split(self, line: &str) -> (Vec<String>, Option<char>) {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            match quote {
                Some(open) if c == open => {
                    // In PowerShell, a doubled quotation mark in a quoted text is one character of the text.
                    if self == Self::PowerShell && characters.next_if_eq(&open).is_some() {
                        word.get_or_insert_default().push(open);
                    } else {
                        quote = None;
                    }
                }
                None if self.separates(c) => words.extend(word.take()),
                None if matches!(c, '"' | '\'') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                Some('"') | None if c == self.escape() => {
                    word.get_or_insert_default().extend(characters.next());
                }
                _ => word.get_or_insert_default().push(c),
            }
        }
        words.push(word.unwrap_or_default());
        (words, quote)
    }

    /// Removes quotation marks and escapes from a word.
    pub(super) fn unquote(self, word: &str) -> String {
        self.split(word).0.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_split_as_its_shell_splits_it() {
        use Rules::{Posix, PowerShell};
        for (rules, line, words, quote) in [
            (Posix, " list-sessions ", &["list-sessions", ""][..], None),
            (Posix, " a \"Customer su", &["a", "Customer su"], Some('"')),
            (Posix, " a 'Customer su", &["a", "Customer su"], Some('\'')),
            (Posix, " Customer\\ su", &["Customer su"], None),
            (Posix, " --profile=\"my pr", &["--profile=my pr"], Some('"')),
            (Posix, " '' x", &["", "x"], None),
            (Posix, " O\\'Neill \"it's", &["O'Neill", "it's"], Some('"')),
            (Posix, " a\\", &["a"], None),
            // Bash ends a word only at a space, a tab or a line break.
            (Posix, " a\u{b}b\u{a0}c\td", &["a\u{b}b\u{a0}c", "d"], None),
            (Posix, "", &[""], None),
            (
                PowerShell,
                " 'it''s' \"a\"\"b",
                &["it's", "a\"b"],
                Some('"'),
            ),
            (
                PowerShell,
                " C:\\x Customer` su",
                &["C:\\x", "Customer su"],
                None,
            ),
        ] {
            let words = words.iter().map(ToString::to_string).collect();
            assert_eq!(rules.split(line), (words, quote), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_split(line in "\\PC{0,80}") {
            for rules in [Rules::Posix, Rules::PowerShell] {
                prop_assert!(!rules.split(&line).0.is_empty());
                let _ = rules.unquote(&line);
            }
        }
    }
}
