//! Standard output: what is selected for it, and in which format.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use super::event_output::first_line;
use super::event_writer::{EventStatus, EventWriter};
use crate::cli::{self, Environment};
use crate::diagnostics::{Failure, Reporter};
use crate::output::documents::{self, Schema};
use crate::output::portal_names::PortalNames;
use crate::output::{
    Cardinality, Format, Period, Printer, RenderOptions, Selection, Terminal, printer, time,
};

/// The selection and the format of the results.
pub(crate) struct Destination {
    pub(crate) selection: Selection,
    pub(crate) options: cli::Output,
    pub(crate) environment: Arc<Environment>,
    /// Whether the sessions may belong to several portals.
    pub(crate) many_portals: bool,
    /// The names of the portals that the command has found so far.
    pub(crate) portal_names: Arc<PortalNames>,
    /// The requested time range, which bounds the axis of a timeline.
    pub(crate) period: Period,
}

impl Destination {
    /// # Errors
    /// The format cannot show these documents.
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

    /// Whether a command may read the entire list before it prints the first row: because the format prints
    /// nothing earlier, or because standard output is not a terminal at which a person waits.
    pub(crate) fn needs_entire_list(&self) -> bool {
        let is_collected = matches!(
            self.selection,
            Selection::Query(..) | Selection::Whole(Format::Timeline)
        );
        is_collected || !io::stdout().is_terminal()
    }

    pub(crate) fn printer(
        self,
        cardinality: Cardinality,
        schema: &'static Schema,
        reporter: &Reporter,
    ) -> Box<dyn Printer> {
        const CAPACITY: usize = 16 << 10;
        let out = WholeLineWriter::new(io::stdout(), CAPACITY);
        self.printer_on(cardinality, schema, reporter, out)
    }

    /// Creates the printer for events. Each flush writes one event.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub(crate) fn event_printer(
        self,
        status: &Arc<EventStatus>,
        schema: &'static Schema,
        reporter: &Arc<Reporter>,
    ) -> Result<Box<dyn Printer>, Failure> {
        let out = WholeLineWriter::new(EventWriter::start(status, reporter)?, usize::MAX);
        Ok(self.printer_on(Cardinality::Many, schema, reporter, out))
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
        let options = RenderOptions {
            schema,
            timestamps: self.options.timestamps,
            cardinality,
            terminal,
            color: reporter.wants_color(terminal.is_terminal),
            many_portals: self.many_portals,
            portal_names: self.portal_names,
            period: self.period,
            has_query: self.selection.is_query(),
            first_line: (*schema == documents::EVENT).then(first_line).flatten(),
        };
        printer(self.selection, options, Box::new(out))
    }
}

/// Buffers the output and writes only whole lines, so that a message on standard error does not appear in the
/// middle of a row if both go to one pipe.
struct WholeLineWriter<W: Write> {
    out: W,
    buffer: Vec<u8>,
    /// The buffer size, in bytes, at which complete lines are written without a flush.
    capacity: usize,
}

impl<W: Write> WholeLineWriter<W> {
    fn new(out: W, capacity: usize) -> Self {
        Self {
            out,
            buffer: Vec::new(),
            capacity,
        }
    }

    /// Writes the first bytes of the buffer. Removes them also after an error: a part may have been written, and
    /// must not be written again.
    fn write_first(&mut self, count: usize) -> io::Result<()> {
        let written = self.out.write_all(&self.buffer[..count]);
        self.buffer.drain(..count);
        written
    }
}

impl<W: Write> Write for WholeLineWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= self.capacity
            && let Some(end) = memchr::memrchr(b'\n', bytes)
        {
            self.write_first(self.buffer.len() - bytes.len() + end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_first(self.buffer.len())?;
        self.out.flush()
    }
}

impl<W: Write> Drop for WholeLineWriter<W> {
    fn drop(&mut self) {
        // A command that fails prints the rows that it has. There is nowhere to report an error.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_whole_and_the_rest_at_the_flush() {
        #[derive(Default)]
        struct Calls(Vec<String>);
        impl Write for &mut Calls {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(String::from_utf8_lossy(bytes).into_owned());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut calls = Calls::default();
        let mut writer = WholeLineWriter::new(&mut calls, 8);
        for text in ["a,", "b\n", "c,d\ne", ",f", "\ng"] {
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.flush().unwrap();
        writer.write_all(b"end").unwrap();
        drop(writer);
        assert_eq!(calls.0, ["a,b\nc,d\n", "e,f\ng", "end"]);
    }
}
