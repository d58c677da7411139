//! From the output options to a printer on standard output.

use std::io::{self, BufWriter};

use clap::ValueEnum;

use crate::cli;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::usage::UsageError;
use crate::output::query::Query;
use crate::output::{
    Extent, Format, PrintError, Printer, Selection, Settings, Terminal, left_out, printer,
};
use crate::service::model::Shape;

/// What the options say is to be printed. Checked before any request is sent.
pub(super) fn selection(
    options: &cli::Output,
    field: Option<String>,
) -> Result<Selection, UsageError> {
    if let Some(name) = field {
        return Ok(Selection::Field(name));
    }
    match &options.query {
        None => Ok(Selection::Whole(match options.output {
            Some(format) => format,
            None => default_format()?.unwrap_or(Format::Table),
        })),
        Some(expression) => {
            let query =
                Query::compile(expression).map_err(|error| UsageError::new(error.to_string()))?;
            // What a query gives has no columns that people know, so JSON is its default.
            let format = match options.output {
                Some(format) => format,
                None => default_format()?.unwrap_or(Format::Json),
            };
            Ok(Selection::Query(query, format))
        }
    }
}

/// The format that `WSB_OUTPUT` names, if it is set.
fn default_format() -> Result<Option<Format>, UsageError> {
    let Some(name) = std::env::var_os("WSB_OUTPUT").filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let name = name.to_string_lossy();
    Format::from_str(&name, true).map(Some).map_err(|_| {
        let names: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        UsageError::new(format!("WSB_OUTPUT is {name:?}, which is no format"))
            .with_hint(format!("the formats are {}", names.join(", ")))
    })
}

/// Ends the output of a command that has printed all it was asked for, or has not.
pub(super) fn end(printer: &mut dyn Printer, is_whole: bool) -> Result<(), PrintError> {
    if is_whole {
        printer.finish()
    } else {
        printer.break_off()
    }
}

/// A printer on standard output. A person is told of columns that the terminal has no room for.
pub(super) fn stdout_printer(
    selection: Selection,
    options: &cli::Output,
    extent: Extent,
    shape: &'static Shape,
    reporter: &Reporter,
) -> Box<dyn Printer> {
    let terminal = Terminal::of_stdout();
    let settings = Settings {
        selection,
        timestamps: options.timestamps,
        extent,
        terminal,
        color: reporter.wants_color(terminal.is_terminal),
    };
    let left_out = left_out(&settings, shape);
    if !left_out.is_empty() {
        reporter.note(&format!(
            "this terminal has no room for {}; widen it, or choose another --output",
            left_out.join(", ")
        ));
    }
    printer(settings, shape, Box::new(BufWriter::new(io::stdout())))
}
