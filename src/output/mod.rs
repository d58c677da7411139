//! How results are written: one file a format, one document at a time.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use jiff::tz::TimeZone;

use crate::service::model::{Document, Shape};

mod cells;
mod csv;
mod expression;
pub mod field;
pub mod json;
pub mod query;
mod table;
mod text;
pub mod time;
pub mod untrusted;

/// The formats of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: fitted to the terminal, times in local time
    Table,
    /// The API's document; several follow one another
    Json,
    /// One object a line
    Jsonl,
    /// A header and rows
    Csv,
    /// Tab-separated values without a header
    Text,
}

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Timestamps {
    /// ISO 8601 in UTC
    Iso,
    /// The service's own number of seconds since 1970
    Epoch,
}

/// What of a document is printed.
pub enum Selection {
    /// All of it, in a format.
    Whole(Format),
    /// One field's bare value.
    Field(String),
    /// The result of a JMESPath expression, in a format.
    Query(query::Query, Format),
}

impl Selection {
    /// Whether rows are held back until it is known how wide their columns are.
    pub fn keeps_rows(&self) -> bool {
        matches!(self, Self::Whole(Format::Table))
    }
}

/// What a command prints: one document is shown in full, several as rows, and a list is one JSON
/// document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Exactly one.
    One,
    /// Any number of replies, of one command.
    Many,
    /// The items of one list.
    List,
}

/// What standard output is.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Whether a person sees it.
    pub is_terminal: bool,
    /// Its columns; `None` is without limit.
    pub width: Option<u16>,
}

impl Terminal {
    /// Looks at standard output.
    pub fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            is_terminal,
            width: is_terminal
                .then(terminal_size::terminal_size)
                .flatten()
                .map(|(width, _)| width.0),
        }
    }
}

/// Everything that decides over how documents are written.
pub struct Settings {
    /// What is printed.
    pub selection: Selection,
    /// How times are written; `None` is the format's own way.
    pub timestamps: Option<Timestamps>,
    /// How many documents there may be.
    pub extent: Extent,
    /// Where it is printed.
    pub terminal: Terminal,
    /// Whether colour is used.
    pub color: bool,
}

/// Why a document was not written.
#[derive(Debug)]
pub enum PrintError {
    /// The output refused it.
    Output(io::Error),
    /// The query cannot be applied to it; why.
    Query(String),
}

impl From<io::Error> for PrintError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for PrintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => write!(f, "the results could not be written: {error}"),
            Self::Query(reason) => write!(f, "--query cannot be applied: {reason}"),
        }
    }
}

impl std::error::Error for PrintError {}

/// Writes documents, one at a time.
pub trait Printer {
    /// Writes a document, or keeps it until a table's widths are known.
    ///
    /// # Errors
    /// [`PrintError`].
    fn print(&mut self, document: &Document) -> Result<(), PrintError>;

    /// Writes what was printed so far, for a reader who is waiting.
    ///
    /// # Errors
    /// [`PrintError`].
    fn flush(&mut self) -> Result<(), PrintError>;

    /// Ends the line that the output stands in, so that a message can follow at a terminal that both
    /// share.
    ///
    /// # Errors
    /// [`PrintError`].
    fn yield_line(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Writes what ends the output.
    ///
    /// # Errors
    /// [`PrintError`].
    fn finish(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Ends the output of a command that failed. What was printed is written and kept, but nothing
    /// that would let a part pass for the whole: a list's JSON document stays open, so that its
    /// reader fails too, and where nothing was printed, nothing is written.
    ///
    /// # Errors
    /// [`PrintError`].
    fn break_off(&mut self) -> Result<(), PrintError> {
        self.flush()
    }
}

/// A printer of documents of `shape`.
pub fn printer<'a>(
    settings: Settings,
    shape: &'static Shape,
    out: Box<dyn Write + 'a>,
) -> Box<dyn Printer + 'a> {
    let timestamps = settings.timestamps.unwrap_or(Timestamps::Iso);
    let layout = json::Layout::of(settings.terminal);
    let style = table::Style {
        timestamps: settings.timestamps,
        width: settings.terminal.width,
        color: settings.color,
    };
    match settings.selection {
        Selection::Field(name) => Box::new(field::Field::new(out, name, timestamps)),
        Selection::Query(query, format) => Box::new(query::Queried {
            query,
            timestamps,
            format,
            layout,
            style,
            out,
            list: (settings.extent == Extent::List).then(|| (shape, Vec::new())),
            header: Vec::new(),
        }),
        Selection::Whole(format) => match format {
            Format::Table => Box::new(table::Table::new(out, style, settings.extent, shape)),
            Format::Json if settings.extent == Extent::List => {
                Box::new(json::List::new(out, shape, timestamps, layout))
            }
            Format::Json => Box::new(json::Documents::new(out, timestamps, layout)),
            Format::Jsonl => Box::new(json::Lines::new(out, timestamps)),
            Format::Csv => Box::new(csv::Csv::new(out, shape, timestamps)),
            Format::Text => Box::new(text::Text::new(out, timestamps)),
        },
    }
}

/// The columns that a table on this terminal has no room for, by their labels.
pub fn left_out(settings: &Settings, shape: &'static Shape) -> Vec<&'static str> {
    match settings.selection {
        Selection::Whole(Format::Table) => {
            table::left_out(shape, settings.extent, settings.terminal.width)
        }
        Selection::Whole(_) | Selection::Field(_) | Selection::Query(..) => Vec::new(),
    }
}

/// The zone that people read times in: that of `TZ` or of the system.
fn time_zone() -> TimeZone {
    TimeZone::system()
}
