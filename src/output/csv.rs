//! `csv`: a header and rows (RFC 4180).

use std::borrow::Cow;
use std::io::{self, Write};

use super::documents::Document;
use super::printer::{Out, PrintError, Printer, RenderOptions};
use super::query::Columns;
use super::untrusted::escape;

pub(super) struct CsvPrinter<'a> {
    writer: ::csv::Writer<Out<'a>>,
    options: RenderOptions,
    has_header: bool,
}

impl<'a> CsvPrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            writer: ::csv::Writer::from_writer(out),
            has_header: false,
            options,
        }
    }

    fn write_header<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> io::Result<()> {
        if std::mem::replace(&mut self.has_header, true) {
            return Ok(());
        }
        let names: Vec<_> = names.map(Cow::from).collect();
        let mut header = Vec::new();
        write_row(
            &mut ::csv::Writer::from_writer(&mut header),
            names.iter().cloned(),
        )?;
        if self.options.first_line.as_ref() == Some(&header) {
            return Ok(());
        }
        write_row(&mut self.writer, names.into_iter())
    }
}

impl Printer for CsvPrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if let Document::Row(row) = document {
            let cells = row
                .cells
                .iter()
                .map(|cell| cell.as_deref().unwrap_or_default().into());
            return Ok(write_row(&mut self.writer, cells)?);
        }
        let schema = self.options.schema;
        self.write_header(schema.members())?;
        let cells = document.cells(schema, self.options.notation());
        Ok(write_row(&mut self.writer, cells)?)
    }

    fn set_columns(&mut self, columns: &Columns) -> Result<(), PrintError> {
        if !columns.names.is_empty() {
            self.write_header(columns.names.iter().map(String::as_str))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.writer.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if !self.options.has_query {
            self.write_header(self.options.schema.members())?;
        }
        self.flush()
    }
}

/// Writes one row, of which a spreadsheet runs no cell as a formula.
fn write_row<'a, W: Write>(
    writer: &mut ::csv::Writer<W>,
    cells: impl Iterator<Item = Cow<'a, str>>,
) -> io::Result<()> {
    for cell in cells {
        let cell = inert(&cell);
        writer.write_field(cell.as_bytes()).map_err(into_io)?;
    }
    writer.write_record(None::<&[u8]>).map_err(into_io)
}

/// Keeps the kind of the error, because a broken pipe is handled apart from other errors.
fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Makes a spreadsheet read the cell as text. A cell that starts with `=`, `+`, `-`, `@` or a control
/// character would be run as a formula ("CSV Injection", OWASP), so it gets a leading apostrophe, unless it
/// is a number.
fn inert(cell: &str) -> Cow<'_, str> {
    let could_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let escaped = escape(cell);
    // Rust parses "-inf" as a number, but a spreadsheet reads it as a formula with a name.
    let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    if could_run && !is_number {
        Cow::Owned(format!("'{escaped}"))
    } else {
        escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_quoted_and_a_number_is_not() {
        for (cell, written) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1-2", "'+1-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-x", "'-x"),
            ("\t=1", "'\\t=1"),
            ("-12.5", "-12.5"),
            ("+1e5", "+1e5"),
            ("-inf", "'-inf"),
            ("+NaN", "'+NaN"),
            ("alice", "alice"),
            ("", ""),
        ] {
            assert_eq!(inert(cell), written);
        }
    }
}
