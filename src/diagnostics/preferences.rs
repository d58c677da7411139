//! The color and the format of messages: from environment variables, overridden by options.

use std::ffi::OsString;

use clap::ValueEnum;

/// The format of messages on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorFormat {
    /// A sentence
    Text,
    /// One JSON object per line
    Json,
}

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
    /// Whether to color a stream.
    pub fn is_wanted(self, is_terminal: bool) -> bool {
        match self {
            // If Windows cannot enable escapes, crossterm prints no colored text at all, not even to a pipe.
            Self::Always => shows_escapes(),
            Self::Never => false,
            Self::Auto => is_terminal && shows_escapes(),
        }
    }
}

/// The color and the format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    pub(super) color: Color,
    /// Whether `TERM` is `dumb`: the terminal cannot erase a line, so no progress is shown.
    pub(super) is_dumb: bool,
    pub errors: ErrorFormat,
}

impl Preferences {
    /// Reads the preferences from environment variables. An empty variable counts as unset.
    ///
    /// `NO_COLOR` (no-color.org) takes precedence over `FORCE_COLOR` and `CLICOLOR_FORCE`
    /// (bixense.com/clicolors), which force color unless they are "0". Without these, `TERM=dumb` has no color.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_forced = ["FORCE_COLOR", "CLICOLOR_FORCE"]
            .iter()
            .any(|name| variable(name).is_some_and(|value| value != "0"));
        let is_dumb = variable("TERM").is_some_and(|terminal| terminal == "dumb");
        let color = match (variable("NO_COLOR"), is_forced, is_dumb) {
            (Some(_), _, _) | (None, false, true) => Color::Never,
            (None, true, _) => Color::Always,
            (None, false, false) => Color::Auto,
        };
        let errors = match variable("WSB_ERRORS").as_deref() {
            Some("json") => ErrorFormat::Json,
            _ => ErrorFormat::Text,
        };
        Self {
            color,
            is_dumb,
            errors,
        }
    }

    #[must_use]
    pub fn with_options(mut self, color: Color, errors: Option<ErrorFormat>) -> Self {
        if color != Color::Auto {
            self.color = color;
        }
        self.errors = errors.unwrap_or(self.errors);
        self
    }

    /// Overrides the preferences with `--color` and `--errors`, for messages before clap has parsed the arguments,
    /// and for its own errors.
    #[must_use]
    pub fn with_arguments(self, arguments: impl Iterator<Item = OsString>) -> Self {
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<String> = arguments.take_while(|argument| argument != "--").collect();
        let color =
            value_of("--color", &arguments).and_then(|when| Color::from_str(when, false).ok());
        let errors = value_of("--errors", &arguments)
            .and_then(|format| ErrorFormat::from_str(format, false).ok());
        self.with_options(color.unwrap_or(Color::Auto), errors)
    }
}

fn value_of<'a>(option: &str, arguments: &'a [String]) -> Option<&'a str> {
    let mut value = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix(option) {
            Some("") => value = arguments.next().map(String::as_str),
            Some(rest) => value = rest.strip_prefix('=').or(value),
            None => {}
        }
    }
    value
}

/// Enables escapes on the console. Returns false if it does not support them (before Windows 10 version 1511, see
/// Microsoft's "Console Virtual Terminal Sequences").
#[cfg(windows)]
pub(super) fn shows_escapes() -> bool {
    crossterm::ansi_support::supports_ansi()
}

/// Unix terminals always interpret escapes.
#[cfg(not(windows))]
pub(super) fn shows_escapes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_outranks_the_variables_that_force_it_and_these_outrank_the_terminal() {
        for (set, color) in [
            (&[][..], Color::Auto),
            (&[("NO_COLOR", "1")], Color::Never),
            (&[("FORCE_COLOR", "1")], Color::Always),
            (&[("CLICOLOR_FORCE", "1")], Color::Always),
            (&[("CLICOLOR_FORCE", "0")], Color::Auto),
            (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], Color::Never),
            (&[("FORCE_COLOR", "1"), ("TERM", "dumb")], Color::Always),
            (&[("TERM", "dumb")], Color::Never),
            (&[("TERM", "xterm")], Color::Auto),
        ] {
            let variable = |name: &str| {
                set.iter()
                    .find(|(set, _)| *set == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(
                Preferences::from_variables(variable).color,
                color,
                "{set:?}"
            );
        }
    }

    #[test]
    fn an_option_outranks_the_environment() {
        let preferences = Preferences {
            color: Color::Never,
            is_dumb: true,
            errors: ErrorFormat::Text,
        };
        let color = |option| preferences.with_options(option, None).color;
        assert_eq!(color(Color::Always), Color::Always);
        assert_eq!(color(Color::Auto), Color::Never);
    }

    #[test]
    fn an_option_holds_wherever_it_stands_but_not_behind_a_double_hyphen() {
        for (line, color) in [
            ("wsb --color never get-session", Color::Never),
            ("wsb get-session --color=always -h", Color::Always),
            (
                "wsb --color never get-session --color always",
                Color::Always,
            ),
            ("wsb local -- ls --color never", Color::Auto),
            ("wsb --colors never", Color::Auto),
            ("wsb --color", Color::Auto),
        ] {
            let preferences = Preferences::from_variables(|_| None);
            let arguments = line.split(' ').map(OsString::from);
            assert_eq!(preferences.with_arguments(arguments).color, color, "{line}");
        }
    }
}
