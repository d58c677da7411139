//! `csv`: a header and rows (RFC 4180).

use std::borrow::Cow;
use std::io::{self, Write};

use super::documents::{Document, Schema};
use super::query::grid::{Grid, Held};
use super::query::{Found, Results};
use super::untrusted::escape;
use super::{Out, PrintError, Printer, RenderOptions, Timestamps, cells};

pub(super) struct CsvRenderer;

impl super::Renderer for CsvRenderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        Box::new(Csv {
            writer: ::csv::Writer::from_writer(out),
            schema: page.schema,
            has_header: false,
            timestamps: page.notation(),
        })
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(CsvRows {
            writer: ::csv::Writer::from_writer(out),
            held: Held::new(page.is_endless()),
        })
    }
}

struct Csv<'a> {
    writer: ::csv::Writer<Out<'a>>,
    schema: &'static Schema,
    has_header: bool,
    timestamps: Timestamps,
}

impl Csv<'_> {
    fn write_header(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.has_header, true) {
            return Ok(());
        }
        let names = self.schema.members().map(|member| member.name.into());
        write_row(&mut self.writer, names)
    }
}

impl Printer for Csv<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        self.write_header()?;
        let members = document.to_row(self.timestamps)?;
        write_row(&mut self.writer, cells::row(self.schema, &members))?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.writer.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.write_header()?;
        Ok(self.writer.flush()?)
    }
}

/// The rows that a query finds, under one header if there is one for all.
struct CsvRows<'a> {
    writer: ::csv::Writer<Out<'a>>,
    held: Held,
}

impl CsvRows<'_> {
    fn write(&mut self, grid: &Grid) -> io::Result<()> {
        if let Some(names) = &grid.header {
            write_row(
                &mut self.writer,
                names.iter().map(|name| Cow::from(&**name)),
            )?;
        }
        for row in &grid.rows {
            let cells = row.iter().map(|cell| cell.as_deref().unwrap_or_default());
            write_row(&mut self.writer, cells.map(Cow::from))?;
        }
        Ok(())
    }
}

impl Results for CsvRows<'_> {
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        self.held.add(found)?;
        let grid = self.held.take_known();
        Ok(self.write(&grid)?)
    }

    /// What is held stays so: how long a reply takes must not decide over the header.
    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.writer.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        let grid = self.held.take_all()?;
        self.write(&grid)?;
        self.flush()
    }
}

/// Writes one row, each cell made safe for a spreadsheet.
fn write_row<'a, W: Write>(
    writer: &mut ::csv::Writer<W>,
    cells: impl Iterator<Item = Cow<'a, str>>,
) -> io::Result<()> {
    for cell in cells {
        writer
            .write_field(inert(&cell).as_bytes())
            .map_err(into_io)?;
    }
    writer.write_record(None::<&[u8]>).map_err(into_io)
}

fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell that a spreadsheet takes for text. One that starts with `=`, `+`, `-`, `@` or a control
/// character would be run as a formula ("CSV Injection", OWASP): it gets a leading apostrophe,
/// unless it is a number.
fn inert(cell: &str) -> Cow<'_, str> {
    let could_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let escaped = escape(cell);
    // Rust takes "-inf" for a number, too; a spreadsheet takes it for a name to look up.
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
