//! The properties of standard output, which may be a terminal or a pipe.

use std::io::{self, IsTerminal};

#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    pub is_terminal: bool,
    /// The maximum width of tables, in columns; `None` if unlimited.
    pub width: Option<u16>,
    /// Whether non-ASCII characters may be printed.
    pub is_utf8: bool,
}

impl Terminal {
    pub fn from_stdout(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        Self {
            is_terminal,
            width: columns(&variable).or(size.map(|(width, _)| width.0)),
            is_utf8: cfg!(windows) || is_utf8(&variable),
        }
    }
}

/// The value of `COLUMNS`, which has precedence over the terminal's width: `watch` sets it for a program whose
/// output is a pipe, and users can set it for a table of another width.
fn columns(variable: impl Fn(&str) -> Option<String>) -> Option<u16> {
    let columns = variable("COLUMNS")?.trim().parse().ok()?;
    (columns > 0).then_some(columns)
}

/// Whether the character set of the locale is UTF-8. The first of these variables that is set and
/// not empty names the locale (POSIX, "Environment Variables"), `language_TERRITORY.charset@modifier`.
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let mut locales = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable);
    let locale = locales
        .find(|locale| !locale.is_empty())
        .unwrap_or_default();
    let charset = locale.split(['.', '@']).nth(1).unwrap_or_default();
    matches!(&*charset.to_ascii_lowercase(), "utf-8" | "utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(set: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn columns_counts_if_it_is_a_number() {
        for (value, expected) in [
            ("80", Some(80)),
            (" 200 ", Some(200)),
            ("0", None),
            ("", None),
            ("wide", None),
            ("-1", None),
        ] {
            assert_eq!(
                columns(environment(&[("COLUMNS", value)])),
                expected,
                "{value}"
            );
        }
        assert_eq!(columns(environment(&[])), None);
    }

    #[test]
    fn the_first_locale_that_is_set_names_the_characters() {
        for (set, expected) in [
            (&[("LANG", "en_US.UTF-8")][..], true),
            (&[("LANG", "de_DE.utf8@euro")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "")], true),
            (&[("LANG", "de_DE.ISO-8859-1")], false),
            (&[("LANG", "de_DE")], false),
            (&[], false),
        ] {
            assert_eq!(is_utf8(environment(set)), expected, "{set:?}");
        }
    }
}
