//! `csv`: a header and rows (RFC 4180).

use std::borrow::Cow;
use std::io::{self, Write};

use super::untrusted::escape;
use super::{PrintError, Printer, Timestamps, cells};
use crate::service::model::{Document, Shape};

pub(super) struct Csv<W: Write> {
    writer: ::csv::Writer<W>,
    /// Written before the first row, or alone if there is none.
    header: Option<&'static Shape>,
    timestamps: Timestamps,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W, shape: &'static Shape, timestamps: Timestamps) -> Self {
        Self {
            writer: ::csv::Writer::from_writer(out),
            header: Some(shape),
            timestamps,
        }
    }

    fn write_header(&mut self) -> io::Result<()> {
        match self.header.take() {
            None => Ok(()),
            Some(shape) => write_row(
                &mut self.writer,
                shape.members.iter().map(|member| member.name.into()),
            ),
        }
    }
}

impl<W: Write> Printer for Csv<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        self.write_header()?;
        write_row(&mut self.writer, cells::row(document, self.timestamps))?;
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

/// Writes a row, each cell made safe for a spreadsheet.
pub(super) fn write_row<'a, W: Write>(
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
