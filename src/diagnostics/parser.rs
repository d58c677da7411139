//! What the command line's parser has to say, and what is said before the options are known.

use std::io::{self, ErrorKind, Write};

use clap::error::{ContextKind, ContextValue};

use super::color::Color;
use super::exit_code::Code;
use super::failure::Failure;
use super::reporter::{ErrorFormat, Reporter, Verbosity, json_line};
use crate::output::untrusted::escape;

/// Prints help and version as results, the rest as errors, in JSON if the arguments ask for it as far
/// as they could be read.
pub fn not_parsed(error: clap::Error) -> Code {
    if !error.use_stderr() {
        let printed = error.print().and_then(|()| io::stdout().flush());
        return printed.map_or_else(|error| not_printed(&error), |()| Code::Ok);
    }
    let error = escaped(error);
    if wants_json() {
        json_line(&usage(&error));
    } else {
        let _ = error.print();
    }
    Code::Usage
}

/// The parser's error: what is wrong, with the values that are possible, and its tips. What the
/// parser writes for people has these in paragraphs, with the usage after them.
fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let hint = paragraphs.find_map(|paragraph| Some(paragraph.strip_prefix("tip: ")?.to_owned()));
    let failure = Failure::usage(message.strip_prefix("error: ").unwrap_or(&message));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// The error with the arguments that it repeats made safe to show: a script may pass on what it was
/// given.
pub fn escaped(mut error: clap::Error) -> clap::Error {
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
    if is_changed {
        // A tip repeats the argument between colours, where it can no longer be told from them.
        error.remove(ContextKind::Suggested);
    }
    error
}

/// Reports that help or version could not be printed.
fn not_printed(error: &io::Error) -> Code {
    if error.kind() == ErrorKind::BrokenPipe {
        return Code::Ok;
    }
    let failure = Failure::not_written(error);
    early(&failure);
    failure.code()
}

/// Reports a failure while the options are not known.
pub(super) fn early(failure: &Failure) {
    let format = if wants_json() {
        ErrorFormat::Json
    } else {
        ErrorFormat::Text
    };
    Reporter::new(Verbosity::Logs(0), format, Color::Never).failure(failure);
}

/// Whether the arguments ask for errors in JSON, as far as they can be read without parsing them.
fn wants_json() -> bool {
    let arguments: Vec<_> = std::env::args_os().collect();
    arguments.iter().any(|argument| argument == "--errors=json")
        || arguments
            .windows(2)
            .any(|pair| pair[0] == "--errors" && pair[1] == "json")
}
