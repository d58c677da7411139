//! Reports failures, warnings, notes and logs on standard error.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde::Serialize;

use super::exit_code::Code;
use super::failure::Failure;
use super::preferences::{ErrorFormat, Preferences};
use super::progress_display::{ProgressDisplay, ProgressHandle};
use crate::output::json;
use crate::output::untrusted::escape;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    Hint,
    Warning,
    Note,
    Cause,
    Attempt,
    Request,
}

impl Level {
    /// The label before a message, and its color.
    fn label(self) -> (&'static str, AnsiColor) {
        match self {
            Self::Error => ("error: ", AnsiColor::Red),
            Self::Hint => ("hint: ", AnsiColor::Cyan),
            Self::Warning => ("warning: ", AnsiColor::Yellow),
            Self::Note => ("note: ", AnsiColor::Cyan),
            Self::Cause => ("caused by: ", AnsiColor::Blue),
            Self::Attempt => ("", AnsiColor::Blue),
            Self::Request => ("> ", AnsiColor::Blue),
        }
    }
}

/// The JSON of a message that is not a failure.
#[derive(Serialize)]
struct Message<'a> {
    level: Level,
    message: &'a str,
}

/// Writes messages to standard error, in the format and with the verbosity that the options select.
#[derive(Debug)]
pub struct Reporter {
    /// Whether to omit warnings, notes and hints.
    is_quiet: bool,
    /// 1 logs each attempt, 2 also logs the requests.
    pub(super) verbosity: u8,
    preferences: Preferences,
    /// The hints and warnings that have been reported and are not repeated.
    reported: Mutex<HashSet<String>>,
    /// A hint for this command line, which replaces the hint of failures with the code.
    likely_cause: OnceLock<(Code, String)>,
    progress: ProgressDisplay,
}

impl Reporter {
    pub fn new(is_quiet: bool, verbosity: u8, preferences: Preferences) -> Self {
        Self {
            is_quiet,
            verbosity,
            preferences,
            reported: Mutex::default(),
            likely_cause: OnceLock::new(),
            progress: ProgressDisplay::default(),
        }
    }

    pub fn wants_color(&self, is_terminal: bool) -> bool {
        self.preferences.color.is_wanted(is_terminal)
    }

    /// Replaces the hint of failures with this code, because their likely cause is in the command line.
    pub fn expect(&self, code: Code, hint: String) {
        self.likely_cause.get_or_init(|| (code, hint));
    }

    pub fn failure(&self, failure: &Failure) {
        let mut failure = failure.clone();
        if let Some((code, hint)) = self.likely_cause.get()
            && *code == failure.code()
        {
            failure = failure.with_hint(hint);
        }
        let mut text = match self.preferences.errors {
            ErrorFormat::Json => json_line(&failure),
            ErrorFormat::Text => self.line(Level::Error, &failure.to_line()),
        };
        if let Some(hint) = failure.hint()
            && self.preferences.errors == ErrorFormat::Text
            && !self.is_quiet
            && self.is_first(hint)
        {
            text += &self.line(Level::Hint, &escape(hint));
        }
        if self.verbosity > 0 {
            for cause in failure.causes() {
                text += &self.message_text(Level::Cause, &cause);
            }
        }
        self.write(&text);
    }

    /// Marks a hint or a warning as reported. Returns whether it was not reported before.
    fn is_first(&self, message: &str) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.insert(message.to_owned())
    }

    /// Shows progress at the bottom of the terminal until the handle is dropped. `None` if no progress is wanted.
    pub fn show_progress(
        &self,
        update: impl FnMut(&ProgressBar) -> Option<String> + Send + 'static,
    ) -> Option<ProgressHandle> {
        let is_wanted = !self.is_quiet
            && self.preferences.errors == ErrorFormat::Text
            && !self.preferences.is_dumb;
        is_wanted.then(|| self.progress.show(update)).flatten()
    }

    pub fn hide_progress(&self) {
        self.progress.hide();
    }

    /// Reports that the result may differ from the user's expectation.
    pub fn warning(&self, message: &str) {
        if !self.is_quiet {
            self.message(Level::Warning, message);
        }
    }

    /// Reports a warning unless the same one has been reported.
    pub fn warning_once(&self, message: &str) {
        if self.is_first(message) {
            self.warning(message);
        }
    }

    /// Reports a fact that does not affect the correctness of the result.
    pub fn note(&self, message: &str) {
        if !self.is_quiet {
            self.message(Level::Note, message);
        }
    }

    /// Reports a message that is not a failure.
    pub(super) fn message(&self, level: Level, message: &str) {
        self.write(&self.message_text(level, message));
    }

    fn message_text(&self, level: Level, message: &str) -> String {
        match self.preferences.errors {
            ErrorFormat::Json => json_line(&Message { level, message }),
            ErrorFormat::Text => self.line(level, &escape(message)),
        }
    }

    fn line(&self, level: Level, text: &str) -> String {
        let (label, color) = level.label();
        if !label.is_empty() && self.wants_color(io::stderr().is_terminal()) {
            let style = Style::new().bold().fg_color(Some(color.into()));
            format!("{style}{label}{style:#}{text}\n")
        } else {
            format!("{label}{text}\n")
        }
    }

    /// Writes the text with one call, so that it does not mix with the output of other processes. Ignores an
    /// error, because there is nowhere to report it.
    fn write(&self, text: &str) {
        self.progress.hide();
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn json_line(message: &impl Serialize) -> String {
    json::one_line(message).map_or_else(|_| String::new(), |line| line + "\n")
}
