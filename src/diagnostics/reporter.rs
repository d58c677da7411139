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

/// The level of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    Hint,
    Warning,
    Note,
    /// A cause of a failure.
    Cause,
    /// An attempt of a call.
    Attempt,
    /// A signed request.
    Request,
}

impl Level {
    /// The text before a message, and its color.
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

/// Reports messages on standard error according to the options.
#[derive(Debug)]
pub struct Reporter {
    /// Whether warnings, notes and hints are left out.
    is_quiet: bool,
    /// The number of levels of logs.
    pub(super) verbosity: u8,
    preferences: Preferences,
    /// Hints and warnings that are reported once, however many sessions they apply to.
    reported: Mutex<HashSet<String>>,
    /// A hint that fits the command line better than the usual one, and the code that it is for.
    likely_cause: OnceLock<(Code, String)>,
    progress: ProgressDisplay,
}

impl Reporter {
    /// A reporter for these options.
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

    /// Whether to color a stream.
    pub fn wants_color(&self, is_terminal: bool) -> bool {
        self.preferences.color.is_wanted(is_terminal)
    }

    /// Replaces the hint of failures with this code, whose likely cause is that the user meant the command
    /// line differently.
    pub fn expect(&self, code: Code, hint: String) {
        self.likely_cause.get_or_init(|| (code, hint));
    }

    /// Reports a failure.
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

    /// Whether a hint or a warning has not been reported yet.
    fn is_first(&self, message: &str) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.insert(message.to_owned())
    }

    /// Shows progress at the bottom of the terminal until the result is dropped. See
    /// [`ProgressHandle`].
    pub fn show_progress(
        &self,
        update: impl FnMut(&ProgressBar) -> Option<String> + Send + 'static,
    ) -> Option<ProgressHandle> {
        let is_wanted = !self.is_quiet
            && self.preferences.errors == ErrorFormat::Text
            && !self.preferences.is_dumb;
        is_wanted.then(|| self.progress.show(update)).flatten()
    }

    /// Erases the progress, so that something else can be written to the terminal.
    pub fn hide_progress(&self) {
        self.progress.hide();
    }

    /// Reports something that is not an error but should be known.
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

    /// Reports something that may be of interest.
    pub fn note(&self, message: &str) {
        if !self.is_quiet {
            self.message(Level::Note, message);
        }
    }

    /// Reports anything but a failure.
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

    /// Writes messages with one call, so that they do not mix with the output of other programs. A failure
    /// is ignored, because there is nowhere to report it.
    fn write(&self, text: &str) {
        self.progress.hide();
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn json_line(message: &impl Serialize) -> String {
    json::one_line(message).map_or_else(|_| String::new(), |line| line + "\n")
}
