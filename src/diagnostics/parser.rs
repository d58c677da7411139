//! Prints the errors, the help and the version that clap returns.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::error::{ContextKind, ContextValue};

use super::exit_code::Code;
use super::failure::Failure;
use super::preferences::{ErrorFormat, Preferences};
use super::reporter::Reporter;
use super::tips::{tip_for, with_tip};
use crate::output::untrusted::escape;

/// Prints help and version on standard output, and errors on standard error.
pub fn not_parsed(error: clap::Error, preferences: Preferences) -> Code {
    let reporter = Reporter::new(false, 0, preferences);
    if !error.use_stderr() {
        let text = rendered(&error, reporter.wants_color(io::stdout().is_terminal()));
        return match print_text(text.as_bytes()) {
            Ok(_) => Code::Ok,
            Err(failure) => {
                reporter.failure(&failure);
                failure.code()
            }
        };
    }
    let error = escaped(error);
    if preferences.errors == ErrorFormat::Json {
        reporter.failure(&usage(&error));
    } else {
        let mut stderr = io::stderr();
        let text = rendered(&error, reporter.wants_color(stderr.is_terminal()));
        // If standard error is closed, the error cannot be reported.
        let _ = stderr.write_all(text.as_bytes());
    }
    Code::Usage
}

/// Prints a text that is the entire result. Returns false if the reader has closed the pipe, which is not an
/// error.
///
/// # Errors
/// The text could not be written.
pub fn print_text(text: &[u8]) -> Result<bool, Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::not_written(error)),
    }
}

fn rendered(error: &clap::Error, in_color: bool) -> String {
    let text = error.render();
    if in_color {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

/// Converts clap's error to a failure: its first paragraph becomes the message, and its tip the hint.
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

/// Adds a tip to clap's error, and escapes the arguments that the error quotes, because a script may pass
/// untrusted text.
pub fn escaped(error: clap::Error) -> clap::Error {
    let mut error = with_tip(error);
    let context: Vec<_> = error
        .context()
        .map(|(kind, it)| (kind, it.clone()))
        .collect();
    let mut is_changed = false;
    for (kind, value) in context {
        let escaped = match &value {
            ContextValue::String(text) => ContextValue::String(escape(text).into_owned()),
            ContextValue::Strings(texts) => {
                let texts = texts.iter().map(|text| escape(text).into_owned());
                ContextValue::Strings(texts.collect())
            }
            _ => continue,
        };
        is_changed |= escaped != value;
        error.insert(kind, escaped);
    }
    if is_changed && tip_for(&error).is_none() {
        // clap's tip contains the argument and color escapes, so the argument in it cannot be escaped alone.
        error.remove(ContextKind::Suggested);
    }
    error
}
