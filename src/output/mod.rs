//! Output formats. Each format has one file with a [`Printer`], which takes one document at a time. To add a
//! format, add such a file, a variant of [`Format`] and an arm of [`Format::printer`].

use std::io::Write;

use clap::ValueEnum;

use documents::Schema;

mod csv;
pub mod documents;
pub mod field;
pub mod json;
mod jsonl;
pub mod portal_names;
mod printer;
pub mod query;
mod query_printer;
mod result_rows;
mod table;
mod terminal;
mod text;
pub mod time;
mod timeline;
pub mod untrusted;
mod width;
mod yaml;

pub use printer::{Cardinality, Period, PeriodBound, PrintError, Printer, RenderOptions};
pub use terminal::Terminal;
pub use time::Timestamps;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: fits the terminal, with local times
    Table,
    /// The API's JSON document; with several, one after another
    Json,
    /// One object per line
    Jsonl,
    /// A header and rows
    Csv,
    /// Tab-separated values without a header
    Text,
    /// The API's document in YAML, as the AWS CLI prints it
    Yaml,
    /// Each session as a bar on a time axis
    Timeline,
}

impl Format {
    fn printer<'a>(
        self,
        options: RenderOptions,
        out: Box<dyn Write + 'a>,
    ) -> Box<dyn Printer + 'a> {
        match self {
            Self::Table => Box::new(table::TablePrinter::new(options, out)),
            Self::Json => Box::new(json::JsonPrinter::new(options, out)),
            Self::Jsonl => Box::new(jsonl::JsonlPrinter { options, out }),
            Self::Csv => Box::new(csv::CsvPrinter::new(options, out)),
            Self::Text => Box::new(text::TextPrinter::new(options, out)),
            Self::Yaml => Box::new(yaml::YamlPrinter::new(options, out)),
            Self::Timeline => Box::new(timeline::TimelinePrinter::new(options, out)),
        }
    }

    /// Whether the format is for people: it shows local times, and its printer holds documents until it knows the
    /// widths of the columns.
    fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Timeline)
    }

    fn has_columns(self) -> bool {
        matches!(self, Self::Table | Self::Csv)
    }
}

pub enum Selection {
    Whole(Format),
    Field(String),
    Query(query::Query, Format),
}

impl Selection {
    pub fn is_query(&self) -> bool {
        matches!(self, Self::Query(..))
    }

    /// Whether rows are kept until the widths of their columns are known.
    pub fn keeps_rows(&self) -> bool {
        match self {
            Self::Whole(format) | Self::Query(_, format) => format.is_for_people(),
            Self::Field(_) => false,
        }
    }

    pub fn shows_local_times(&self, timestamps: Option<Timestamps>) -> bool {
        match self {
            Self::Whole(format) => timestamps.is_none() && format.is_for_people(),
            Self::Field(_) | Self::Query(..) => false,
        }
    }

    /// The reason why the selected format cannot show the command's results, as a sentence for a usage
    /// error; `None` if it can.
    pub fn unsupported_reason(
        &self,
        schema: &Schema,
        cardinality: Cardinality,
    ) -> Option<&'static str> {
        match self {
            Self::Whole(Format::Timeline) => timeline::unsupported_reason(schema, cardinality),
            Self::Query(_, Format::Timeline) => {
                Some("-o timeline draws whole sessions: it does not go with --query")
            }
            _ => None,
        }
    }
}

pub fn printer<'a>(
    selection: Selection,
    options: RenderOptions,
    out: Box<dyn Write + 'a>,
) -> Box<dyn Printer + 'a> {
    match selection {
        Selection::Whole(format) => format.printer(options, out),
        Selection::Field(name) => Box::new(field::FieldPrinter {
            out,
            name,
            timestamps: options.notation(),
        }),
        Selection::Query(query, format) => Box::new(query_printer::QueryPrinter::new(
            query,
            &options,
            format.has_columns(),
            format.printer(options.clone(), out),
        )),
    }
}
