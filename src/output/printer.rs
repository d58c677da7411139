//! The interface of the formats: a printer takes one document at a time.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::documents::{self, Document, Schema};
use super::portal_names::PortalNames;
use super::terminal::Terminal;
use super::time::Timestamps;
use crate::service::clock::CLOCK;

/// The number of documents of a command: one is shown in full, several as rows, and a list is one JSON
/// document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    One,
    /// Any number of separate documents.
    Many,
    /// The items of one list.
    List,
}

#[derive(Clone)]
pub struct RenderOptions {
    pub schema: &'static Schema,
    /// The format of times; `None` is the default of the output format.
    pub timestamps: Option<Timestamps>,
    pub cardinality: Cardinality,
    pub terminal: Terminal,
    pub color: bool,
    /// Whether the sessions of a list may belong to several portals: its table then names them.
    pub many_portals: bool,
    /// The names of the portals that have been found so far.
    pub portal_names: Arc<PortalNames>,
    /// The period of the command, which a timeline shows.
    pub period: Period,
    /// Whether the results of a query are printed instead of the documents.
    pub has_query: bool,
}

impl RenderOptions {
    /// The format of times in output for programs.
    pub(super) fn notation(&self) -> Timestamps {
        self.timestamps.unwrap_or(Timestamps::Iso)
    }

    /// Whether the stream of documents is endless: events are printed as they happen.
    pub(super) fn is_endless(&self) -> bool {
        *self.schema == documents::EVENT
    }

    /// Whether all documents are the items of one JSON document.
    pub(super) fn is_list(&self) -> bool {
        self.cardinality == Cardinality::List && !self.has_query
    }
}

/// A period with optional bounds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    pub since: Option<PeriodBound>,
    pub until: Option<PeriodBound>,
}

/// A bound of a period.
#[derive(Debug, Clone, Copy)]
pub enum PeriodBound {
    At(Timestamp),
    /// A time before the present, which the first reply of the service may correct.
    Ago(SignedDuration),
}

impl PeriodBound {
    /// The point in time, by the clock as it is now.
    pub fn timestamp(self) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(duration) => {
                let now = CLOCK.now();
                now.saturating_sub(duration).unwrap_or(now)
            }
        }
    }
}

/// The error if a document was not written.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The output could not be written.
    #[error("the results could not be written: {0}")]
    Output(#[from] io::Error),
    /// The query cannot be applied to the document, for this reason.
    #[error("--query cannot be applied: {0}")]
    Query(String),
}

impl From<serde_json::Error> for PrintError {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

pub(super) type Out<'a> = Box<dyn Write + 'a>;

/// Writes documents, one at a time. Each format has one printer, also for the results of queries.
pub trait Printer {
    /// Writes a document, or keeps it until a table's widths are known.
    fn print(&mut self, document: &Document) -> Result<(), PrintError>;

    /// Writes what was printed so far, for a reader who is waiting.
    fn flush(&mut self) -> Result<(), PrintError>;

    /// Ends the current line of the output, so that a message can follow at a terminal that both
    /// share.
    fn end_line_for_message(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Writes the end of the output.
    fn finish(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Ends the output of a command that failed. What was printed stays, and the output is left
    /// visibly incomplete: a list's JSON document stays open, so that its reader fails too, and
    /// where nothing was printed, nothing is written.
    fn abort(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Whether the output shows how long sessions lasted.
    fn shows_durations(&self) -> bool {
        false
    }

    /// The labels of the columns for which the terminal had no room, once the output has ended.
    fn omitted_columns(&self) -> &[String] {
        &[]
    }
}
