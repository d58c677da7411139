//! Where results go: standard output, as the options ask for it.

use std::borrow::Cow;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::Arc;

use crate::cli::{self, Environment};
use crate::diagnostics::{Failure, Reporter};
use crate::output::documents::Schema;
use crate::output::{Cardinality, Period, Printer, Selection, Settings, Terminal, printer, time};

/// What is printed, and how.
pub(crate) struct Destination {
    pub(crate) selection: Selection,
    pub(crate) options: cli::Output,
    pub(crate) environment: Arc<Environment>,
    /// Whether sessions may be of several portals.
    pub(crate) many_portals: bool,
    /// The period that the command asks about.
    pub(crate) period: Period,
}

impl Destination {
    /// Checks that the format can show what the command prints.
    ///
    /// # Errors
    /// It cannot.
    pub(crate) fn check(&self, cardinality: Cardinality, schema: &Schema) -> Result<(), Failure> {
        let Some(reason) = self.selection.unsupported_reason(schema, cardinality) else {
            return Ok(());
        };
        match (self.options.output, self.environment.var("WSB_OUTPUT")) {
            (None, Some(format)) => {
                Err(Failure::usage(format!("WSB_OUTPUT is {format}: {reason}"))
                    .with_hint("name another format with -o"))
            }
            _ => Err(Failure::usage(reason)),
        }
    }

    /// A printer of documents of `schema` on standard output.
    pub(crate) fn printer(
        self,
        cardinality: Cardinality,
        schema: &'static Schema,
        reporter: &Reporter,
    ) -> Box<dyn Printer> {
        self.printer_on(cardinality, schema, reporter, BufWriter::new(io::stdout()))
    }

    /// The same for documents that are each flushed when they come: none is ever written in part.
    pub(crate) fn printer_of_events(
        self,
        schema: &'static Schema,
        reporter: &Reporter,
    ) -> Box<dyn Printer> {
        let out = InOnePiece {
            out: io::stdout(),
            held: Vec::new(),
        };
        self.printer_on(Cardinality::Many, schema, reporter, out)
    }

    fn printer_on(
        self,
        cardinality: Cardinality,
        schema: &'static Schema,
        reporter: &Reporter,
        out: impl Write + 'static,
    ) -> Box<dyn Printer> {
        if self.selection.shows_local_times(self.options.timestamps)
            && let Some(warning) = time::zone_warning(self.environment.var("TZ").as_deref())
        {
            reporter.warning_once(&warning);
        }
        let terminal =
            Terminal::from_stdout(|name| self.environment.var(name).map(Cow::into_owned));
        let settings = Settings {
            selection: self.selection,
            timestamps: self.options.timestamps,
            cardinality,
            terminal,
            color: reporter.wants_color(terminal.is_terminal),
            many_portals: self.many_portals,
            period: self.period,
        };
        printer(settings, schema, Box::new(out))
    }
}

/// Holds back what is written until it is flushed, and hands it on with one call: a document that is
/// flushed by itself is written whole or not at all, as far as the system writes in one piece.
struct InOnePiece<W> {
    out: W,
    held: Vec<u8>,
}

impl<W: Write> Write for InOnePiece<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.held);
        self.held.clear();
        written?;
        self.out.flush()
    }
}

/// Whether anybody reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Present,
    Gone,
}

/// Prints a text that is the whole result. A reader that has gone is not an error.
///
/// # Errors
/// Standard output refused it.
pub(crate) fn print_text(text: &[u8]) -> Result<Reader, Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Reader::Present),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::not_written(&error)),
    }
}
