//! The interface of the formats: a printer takes one document at a time.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::documents::{self, Document, Schema};
use super::portal_names::PortalNames;
use super::query::Columns;
use super::terminal::Terminal;
use super::time::Timestamps;
use crate::service::clock::CLOCK;

/// The number of documents that a command prints. One document is shown in full, and several as rows; a list is a
/// single JSON document.
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
    /// Whether the sessions of a list may belong to several portals. If so, the table has a column for the portal.
    pub many_portals: bool,
    /// The names of the portals that have been found so far.
    pub portal_names: Arc<PortalNames>,
    /// The period of the command, which a timeline shows.
    pub period: Period,
    /// Whether the results of a query are printed instead of the documents.
    pub has_query: bool,
    /// The first line of the file to which the output is appended, with its line feed. If it is the header, no
    /// second one is needed.
    pub first_line: Option<Vec<u8>>,
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

#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    pub since: Option<PeriodBound>,
    pub until: Option<PeriodBound>,
}

#[derive(Debug, Clone, Copy)]
pub enum PeriodBound {
    At(Timestamp),
    /// This long before now. The first reply of the service may correct the clock, and with it this bound.
    Ago(SignedDuration),
}

impl PeriodBound {
    /// The bound as a timestamp, by the present state of the clock.
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

/// The reason why a document was not written.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    #[error("the results could not be written: {0}")]
    Output(#[from] io::Error),
    /// The query fails for this document, or for the whole list.
    #[error("--query cannot be applied: {0}")]
    Query(String),
    /// The format cannot print the results of this query for any document.
    #[error("--query cannot be applied: {0}")]
    Columns(String),
}

impl From<serde_json::Error> for PrintError {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

pub(super) type Out<'a> = Box<dyn Write + 'a>;

/// Writes documents, one at a time. Each format has one printer, also for the results of queries.
pub trait Printer {
    /// Writes a document, or holds it until the layout of the output is known.
    fn print(&mut self, document: &Document) -> Result<(), PrintError>;

    /// Sets the columns of a query's rows before the rows are printed. The header is written even without a row.
    fn set_columns(&mut self, _: &Columns) -> Result<(), PrintError> {
        Ok(())
    }

    /// Writes the held and the buffered output as far as possible, because the next document may take a while.
    fn flush(&mut self) -> Result<(), PrintError>;

    /// Ends the current line of the output if a message on standard error may follow it at the same terminal.
    fn end_line_for_message(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Ends the output of a command that failed, so that a reader can see that it is incomplete: the JSON document
    /// of a list is not closed, so a parser of it fails. Writes nothing if nothing was printed.
    fn abort(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Whether the output shows how long sessions lasted.
    fn shows_durations(&self) -> bool {
        false
    }

    /// The labels of the columns for which the terminal had no room. Call it after [`Printer::finish`].
    fn omitted_columns(&self) -> &[String] {
        &[]
    }
}
