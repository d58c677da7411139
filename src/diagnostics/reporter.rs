//! Who says what there is to say on standard error.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use super::color::Preferences;
use super::exit_code::Code;
use super::failure::Failure;
use super::status_line::{Shown, StatusLine};
use crate::output::json;
use crate::output::untrusted::escape;

/// How errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorFormat {
    /// A sentence
    Text,
    /// One JSON object per line
    Json,
}

/// How much is said besides results and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing: no warnings, notes or hints.
    Quiet,
    /// Warnings, notes, hints, and so many levels of logs more.
    Logs(u8),
}

/// What is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Warning,
    Note,
    /// An attempt of a call.
    Attempt,
    /// A signed request.
    Request,
}

/// What stands before a line, and in which color.
type Label = (&'static str, AnsiColor);

const ERROR: Label = ("error: ", AnsiColor::Red);
const HINT: Label = ("hint: ", AnsiColor::Cyan);

impl Level {
    fn label(self) -> Label {
        match self {
            Self::Warning => ("warning: ", AnsiColor::Yellow),
            Self::Note => ("note: ", AnsiColor::Cyan),
            Self::Attempt => ("", AnsiColor::Blue),
            Self::Request => ("> ", AnsiColor::Blue),
        }
    }
}

/// Anything but a failure, as programs are told it.
#[derive(Serialize)]
struct Message<'a> {
    level: Level,
    message: &'a str,
}

/// Says what there is to say on standard error, as the options ask.
#[derive(Debug)]
pub struct Reporter {
    verbosity: Verbosity,
    format: ErrorFormat,
    preferences: Preferences,
    /// Hints and warnings that are reported once, however many sessions they apply to.
    reported: Mutex<HashSet<String>>,
    /// A hint that fits this command line better than the usual one, by the code that it is for.
    likely_cause: Mutex<Option<(Code, String)>>,
    status: Arc<StatusLine>,
}

impl Reporter {
    /// A reporter as the options ask for.
    pub fn new(verbosity: Verbosity, format: ErrorFormat, preferences: Preferences) -> Self {
        Self {
            verbosity,
            format,
            preferences,
            reported: Mutex::default(),
            likely_cause: Mutex::default(),
            status: Arc::default(),
        }
    }

    /// Whether a stream gets color, which is a terminal or not.
    pub fn wants_color(&self, is_terminal: bool) -> bool {
        self.preferences.color.is_wanted(is_terminal)
    }

    /// Levels of logs.
    pub(super) fn verbosity(&self) -> u8 {
        match self.verbosity {
            Verbosity::Quiet => 0,
            Verbosity::Logs(levels) => levels,
        }
    }

    fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// From now on, failures with this code get this hint in place of their own: how the command line
    /// was understood is their likely cause.
    pub fn expect(&self, code: Code, hint: String) {
        if let Ok(mut likely_cause) = self.likely_cause.lock() {
            *likely_cause = Some((code, hint));
        }
    }

    /// Reports a failure.
    pub fn failure(&self, failure: &Failure) {
        let likely_cause = self
            .likely_cause
            .lock()
            .ok()
            .and_then(|cause| cause.clone());
        match likely_cause {
            Some((code, hint)) if code == failure.code() => {
                self.report(&failure.clone().with_hint(hint));
            }
            _ => self.report(failure),
        }
    }

    fn report(&self, failure: &Failure) {
        if self.format == ErrorFormat::Json {
            return json_line(failure);
        }
        self.line(ERROR, &failure.line());
        if let Some(hint) = failure.hint().filter(|_| !self.is_quiet())
            && self.is_first(hint)
        {
            self.line(HINT, &escape(hint));
        }
    }

    /// Shows a text at the foot of the terminal until what is returned is dropped. It is made anew at each
    /// draw, for so many cells. Nothing is shown if nothing but results and errors is wanted.
    pub fn show(
        &self,
        text: impl FnMut(usize) -> Option<String> + Send + 'static,
    ) -> Option<Shown> {
        let is_wanted =
            !self.is_quiet() && self.format == ErrorFormat::Text && !self.preferences.is_dumb;
        is_wanted.then(|| self.status.show(text)).flatten()
    }

    /// Takes that text away, for something else to be written to the terminal.
    pub fn clear_status(&self) {
        self.status.clear();
    }

    /// Says something that is not an error but that a person should know.
    pub fn warning(&self, message: &str) {
        if !self.is_quiet() {
            self.say(Level::Warning, message);
        }
    }

    /// Reports a warning unless the same one has been reported.
    pub fn warning_once(&self, message: &str) {
        if self.is_first(message) {
            self.warning(message);
        }
    }

    fn is_first(&self, message: &str) -> bool {
        let reported = self.reported.lock();
        reported.is_ok_and(|mut reported| reported.insert(message.to_owned()))
    }

    /// Says something that a person may want to know.
    pub fn note(&self, message: &str) {
        if !self.is_quiet() {
            self.say(Level::Note, message);
        }
    }

    /// Says anything but a failure. Readers of JSON errors get one line of JSON for everything.
    pub(super) fn say(&self, level: Level, message: &str) {
        match self.format {
            ErrorFormat::Json => json_line(&Message { level, message }),
            ErrorFormat::Text => self.line(level.label(), &escape(message)),
        }
    }

    /// Writes a line. If standard error is closed, nobody can be told.
    fn line(&self, (label, color): Label, text: &str) {
        self.status.clear();
        let mut stderr = std::io::stderr().lock();
        let _ = if !label.is_empty() && self.wants_color(stderr.is_terminal()) {
            let style = Style::new().bold().fg_color(Some(color.into()));
            writeln!(stderr, "{style}{label}{style:#}{text}")
        } else {
            writeln!(stderr, "{label}{text}")
        };
    }
}

pub(super) fn json_line(said: &impl Serialize) {
    if let Ok(line) = json::one_line(said) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
