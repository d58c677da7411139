//! How results are written: one file per format, one document at a time.
//!
//! A format is added in a file of its own, which gives a [`Renderer`], and here: a variant of [`Format`] and
//! an arm of [`Format::form`].

use std::io::{self, Write};
use std::sync::Arc;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};

use crate::service::clock::CLOCK;
use documents::{Document, Schema};
use portal_names::PortalNames;

mod cells;
mod csv;
pub mod documents;
pub mod field;
pub mod json;
mod jsonl;
pub mod portal_names;
pub mod query;
mod table;
mod terminal;
mod text;
pub mod time;
mod timeline;
pub mod untrusted;
mod yaml;

pub use terminal::Terminal;

/// The formats of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: fitted to the terminal, times in local time
    Table,
    /// The API's document; several follow one another
    Json,
    /// One object per line
    Jsonl,
    /// A header and rows
    Csv,
    /// Tab-separated values without a header
    Text,
    /// The API's document, as the AWS CLI's YAML
    Yaml,
    /// A picture: each session as a bar on a time axis
    Timeline,
}

impl Format {
    fn form(self) -> &'static dyn Renderer {
        match self {
            Self::Table => &table::Renderer,
            Self::Json => &json::JsonRenderer,
            Self::Jsonl => &jsonl::JsonlRenderer,
            Self::Csv => &csv::CsvRenderer,
            Self::Text => &text::TextRenderer,
            Self::Yaml => &yaml::YamlRenderer,
            Self::Timeline => &timeline::TimelineRenderer,
        }
    }
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
        match self {
            Self::Whole(format) => format.form().holds_documents(),
            Self::Query(_, format) => format.form().holds_results(),
            Self::Field(_) => false,
        }
    }

    /// Whether times are shown in local time.
    pub fn shows_local_times(&self, timestamps: Option<Timestamps>) -> bool {
        match self {
            Self::Whole(format) => timestamps.is_none() && format.form().shows_local_times(),
            Self::Field(_) | Self::Query(..) => false,
        }
    }

    /// Why the selected format cannot show what a command prints, as a sentence for a usage error;
    /// `None` if it can.
    pub fn unsupported_reason(
        &self,
        schema: &Schema,
        cardinality: Cardinality,
    ) -> Option<&'static str> {
        match self {
            Self::Whole(format) => format.form().unsupported_reason(schema, cardinality, false),
            Self::Query(_, format) => format.form().unsupported_reason(schema, cardinality, true),
            Self::Field(_) => None,
        }
    }
}

/// What a command prints: one document is shown in full, several as rows, and a list is one JSON
/// document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    /// Exactly one.
    One,
    /// Any number of replies, of one command.
    Many,
    /// The items of one list.
    List,
}

/// Everything that decides how documents are written.
pub struct Settings {
    /// What is printed.
    pub selection: Selection,
    /// How times are written; `None` is the format's own way.
    pub timestamps: Option<Timestamps>,
    /// How many documents there may be.
    pub cardinality: Cardinality,
    /// Where it is printed.
    pub terminal: Terminal,
    /// Whether color is used.
    pub color: bool,
    /// Whether a list of sessions is over several portals: its table then says which.
    pub many_portals: bool,
    /// The names of the portals that have been found so far.
    pub portal_names: Arc<PortalNames>,
    /// The period that was asked for, to which a timeline is clipped.
    pub period: Period,
}

/// A period that is open where it has no bound.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    /// Its start.
    pub since: Option<PeriodBound>,
    /// Its end.
    pub until: Option<PeriodBound>,
}

/// A bound of a period.
#[derive(Debug, Clone, Copy)]
pub enum PeriodBound {
    /// A point in time.
    At(Timestamp),
    /// So long before the present time, which the first reply of the service may correct.
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

/// Why a document was not written.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The output refused it.
    #[error("the results could not be written: {0}")]
    Output(#[from] io::Error),
    /// The query does not apply to it; why.
    #[error("--query cannot be applied: {0}")]
    Query(String),
}

impl From<serde_json::Error> for PrintError {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

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
    fn end_line_for_message(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Writes what ends the output.
    ///
    /// # Errors
    /// [`PrintError`].
    fn finish(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Ends the output of a command that failed. What was printed stays, and the output is left
    /// visibly incomplete: a list's JSON document stays open, so that its reader fails too, and
    /// where nothing was printed, nothing is written.
    ///
    /// # Errors
    /// [`PrintError`].
    fn abort(&mut self) -> Result<(), PrintError> {
        self.flush()
    }

    /// Whether it shows how long sessions lasted.
    fn shows_durations(&self) -> bool {
        false
    }

    /// The labels of the columns for which the terminal had no room, once the output has ended;
    /// none where nothing was printed.
    fn omitted_columns(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Where a printer writes.
type Out<'a> = Box<dyn Write + 'a>;

/// What a format's printers are made with.
#[derive(Clone)]
struct RenderOptions {
    schema: &'static Schema,
    timestamps: Option<Timestamps>,
    cardinality: Cardinality,
    terminal: Terminal,
    color: bool,
    many_portals: bool,
    portal_names: Arc<PortalNames>,
    period: Period,
}

impl RenderOptions {
    /// How times are written for programs.
    fn notation(&self) -> Timestamps {
        self.timestamps.unwrap_or(Timestamps::Iso)
    }

    /// Whether documents come without an end: events are printed as they happen.
    fn is_endless(&self) -> bool {
        *self.schema == documents::EVENT
    }
}

/// A format: the printers that it has.
trait Renderer {
    /// A printer of documents.
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a>;

    /// A printer of what a query finds.
    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn query::Results + 'a>;

    /// Whether documents are held back until more of them are known.
    fn holds_documents(&self) -> bool {
        false
    }

    /// The same for what a query finds.
    fn holds_results(&self) -> bool {
        false
    }

    /// Whether times are shown in local time unless another notation is chosen.
    fn shows_local_times(&self) -> bool {
        false
    }

    /// Why it cannot show what a command prints; `None` if it can.
    fn unsupported_reason(
        &self,
        _: &Schema,
        _: Cardinality,
        _has_query: bool,
    ) -> Option<&'static str> {
        None
    }
}

/// A printer of documents of `schema`.
pub fn printer<'a>(
    settings: Settings,
    schema: &'static Schema,
    out: Box<dyn Write + 'a>,
) -> Box<dyn Printer + 'a> {
    let page = RenderOptions {
        schema,
        timestamps: settings.timestamps,
        cardinality: settings.cardinality,
        terminal: settings.terminal,
        color: settings.color,
        many_portals: settings.many_portals,
        portal_names: settings.portal_names,
        period: settings.period,
    };
    match settings.selection {
        Selection::Whole(format) => format.form().documents(page, out),
        Selection::Field(name) => Box::new(field::Field::new(out, name, page.notation())),
        Selection::Query(query, format) => {
            let results = format.form().results(page.clone(), out);
            Box::new(query::Queried::new(query, page, results))
        }
    }
}
