//! `text`: tab-separated values without a header, for `cut` and `awk`.

use std::io::{self, Write};

use super::untrusted::escape;
use super::{PrintError, Printer, Timestamps, cells};
use crate::service::model::Document;

pub(super) struct Text<W> {
    out: W,
    timestamps: Timestamps,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, timestamps: Timestamps) -> Self {
        Self { out, timestamps }
    }
}

impl<W: Write> Printer for Text<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        write_row(&mut self.out, cells::row(document, self.timestamps))?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

/// Writes a line of tab-separated cells. Escaping keeps a tab or a line end in a user name from
/// making a column or a row.
pub(super) fn write_row(
    out: &mut dyn Write,
    cells: impl Iterator<Item = impl AsRef<str>>,
) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b"\t")?;
        }
        out.write_all(escape(cell.as_ref()).as_bytes())?;
    }
    out.write_all(b"\n")
}
