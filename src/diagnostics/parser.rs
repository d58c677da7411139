//! Errors, help and version of the command-line parser, and failures before the options are parsed.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue};

use super::exit_code::Code;
use super::failure::Failure;
use super::preferences::{Color, ErrorFormat, Preferences};
use super::reporter::{Reporter, Verbosity, json_line};
use super::tips::{meant, with_tip};
use crate::output::untrusted::escape;

/// Prints help and version on standard output, and errors on standard error. The arguments decide on color and
/// JSON as far as they can be read.
pub fn not_parsed(error: clap::Error, preferences: Preferences) -> Code {
    let color = preferences.with_color(color(arguments())).color;
    if !error.use_stderr() {
        let mut stdout = io::stdout();
        let text = rendered(&error, color.is_wanted(stdout.is_terminal()));
        let printed = stdout.write_all(text.as_bytes());
        let printed = printed.and_then(|()| stdout.flush());
        return printed.map_or_else(|error| not_printed(error, preferences), |()| Code::Ok);
    }
    let error = escaped(error);
    if error_format(arguments(), preferences) == ErrorFormat::Json {
        let _ = io::stderr().write_all(json_line(&usage(&error)).as_bytes());
    } else {
        let mut stderr = io::stderr();
        let text = rendered(&error, color.is_wanted(stderr.is_terminal()));
        // If standard error is closed, the error cannot be reported.
        let _ = stderr.write_all(text.as_bytes());
    }
    Code::Usage
}

/// Renders the parser's message.
fn rendered(error: &clap::Error, in_color: bool) -> String {
    let text = error.render();
    if in_color {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

/// Converts the parser's error: its first paragraph is the message, and the tip becomes the hint.
fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let hint = paragraphs.find_map(|paragraph| Some(paragraph.strip_prefix("tip: ")?.to_owned()));
    Failure::usage(message.strip_prefix("error: ").unwrap_or(&message)).with_optional_hint(hint)
}

/// Adds a tip, and escapes the arguments that the error quotes: a script may pass untrusted text.
pub fn escaped(error: clap::Error) -> clap::Error {
    let mut error = with_tip(error);
    let mut is_changed = false;
    let mut shown = |text: &String| {
        let escaped = escape(text).into_owned();
        is_changed |= escaped != *text;
        escaped
    };
    let context: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
            ContextValue::Strings(texts) => {
                let texts = texts.iter().map(&mut shown).collect();
                Some((kind, ContextValue::Strings(texts)))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in context {
        error.insert(kind, value);
    }
    if is_changed && meant(&error).is_none() {
        // A tip quotes the argument between color escapes, so it cannot be escaped separately.
        error.remove(ContextKind::Suggested);
    }
    error
}

/// Reports that help or version could not be printed.
fn not_printed(error: io::Error, preferences: Preferences) -> Code {
    if error.kind() == ErrorKind::BrokenPipe {
        return Code::Ok;
    }
    let failure = Failure::not_written(error);
    early(&failure, preferences);
    failure.code()
}

/// Reports a failure before the options are parsed.
pub(super) fn early(failure: &Failure, preferences: Preferences) {
    let format = error_format(arguments(), preferences);
    let preferences = preferences.with_color(color(arguments()));
    Reporter::new(Verbosity::Logs(0), format, preferences).failure(failure);
}

/// The program's arguments, also those that are not Unicode.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())
}

/// The format of errors, read without parsing the arguments.
fn error_format(arguments: impl Iterator<Item = String>, preferences: Preferences) -> ErrorFormat {
    value_of("--errors", arguments)
        .and_then(|format| ErrorFormat::from_str(&format, false).ok())
        .unwrap_or(preferences.errors)
}

/// The value of `--color`, read without parsing the arguments.
fn color(arguments: impl Iterator<Item = String>) -> Color {
    value_of("--color", arguments)
        .and_then(|when| Color::from_str(&when, false).ok())
        .unwrap_or(Color::Auto)
}

/// The last value of an option. Arguments after `--` belong to another program.
fn value_of(option: &str, arguments: impl Iterator<Item = String>) -> Option<String> {
    let mut value = None;
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix(option) {
            Some("") => value = arguments.next(),
            Some(rest) => value = rest.strip_prefix('=').map(str::to_owned).or(value),
            None => {}
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_holds_wherever_it_stands_but_not_behind_a_double_hyphen() {
        for (line, value) in [
            ("wsb --color never get-session", Some("never")),
            ("wsb get-session --color=always -h", Some("always")),
            (
                "wsb --color never get-session --color always",
                Some("always"),
            ),
            ("wsb local -- ls --color never", None),
            ("wsb --colors never", None),
            ("wsb --color", None),
        ] {
            let arguments = line.split(' ').map(str::to_owned);
            assert_eq!(value_of("--color", arguments).as_deref(), value, "{line}");
        }
    }
}
