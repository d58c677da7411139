//! When to use color.

use clap::ValueEnum;

/// When to use color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// At a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    #[value(alias = "on")]
    Always,
    /// Never
    #[value(alias = "off")]
    Never,
}

impl Color {
    /// Whether a stream gets color, which is a terminal or not.
    ///
    /// An option outranks the environment. There, `NO_COLOR` (no-color.org) comes first, then
    /// `FORCE_COLOR` and `CLICOLOR_FORCE` (bixense.com/clicolors), each if it is set and not empty;
    /// "0" does not force. A terminal that calls itself `dumb` shows no color.
    pub fn is_wanted(self, is_terminal: bool) -> bool {
        // Whatever is wanted: a console must be asked before it shows any.
        let shows_escapes = is_terminal && shows_escapes();
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => from_env(shows_escapes, |name| {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            }),
        }
    }
}

/// Whether a terminal obeys escapes. A console does once it is asked to, since version 1511 of
/// Windows 10 ("Console Virtual Terminal Sequences" of Microsoft).
#[cfg(windows)]
pub(super) fn shows_escapes() -> bool {
    crossterm::ansi_support::supports_ansi()
}

/// Whether a terminal obeys escapes: those of Unix do.
#[cfg(not(windows))]
pub(super) fn shows_escapes() -> bool {
    true
}

fn from_env(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    if value("NO_COLOR").is_some() {
        return false;
    }
    let is_forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
        .iter()
        .any(|name| value(name).is_some_and(|value| value != "0"));
    is_forced || is_terminal && value("TERM").is_none_or(|terminal| terminal != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_outranks_the_variables_that_force_it_and_these_outrank_the_terminal() {
        for (set, is_terminal, expected) in [
            (&[][..], true, true),
            (&[], false, false),
            (&[("NO_COLOR", "1")], true, false),
            (&[("NO_COLOR", "")], true, true),
            (&[("FORCE_COLOR", "1")], false, true),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], false, false),
            (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], true, false),
            (&[("TERM", "dumb")], true, false),
            (&[("TERM", "xterm")], true, true),
        ] {
            let variable = |name: &str| {
                set.iter()
                    .find(|(set, _)| *set == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(from_env(is_terminal, variable), expected, "{set:?}");
        }
    }
}
