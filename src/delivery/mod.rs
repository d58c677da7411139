//! From a command's outcomes to an exit code: the one place that prints, reports, counts, shows
//! progress, stops at a signal or the deadline, and ends the output as whole or as broken off.

use std::io::{ErrorKind, IsTerminal};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

mod destination;
pub mod id_lines;
mod open_files;
mod progress;
mod session_ids;
mod signals;
mod stop;
mod tally;

pub(crate) use destination::{Destination, Reader, print_text};
pub(crate) use open_files::connections;
pub(crate) use progress::{Board, Progress, while_long};
pub(crate) use session_ids::{Input, session_ids};
pub(crate) use signals::ignores_hang_up;
pub(crate) use stop::{Deadline, Stop, Stopped};

use crate::diagnostics::{Code, Failure, Reporter};
use crate::output::documents::Document;
use crate::output::{PrintError, Printer};
use tally::Tally;

/// How long a printed document may wait for others to be written with, for a reader who is waiting.
const IDLE: Duration = Duration::from_millis(100);

/// How long after the deadline outcomes are still taken: calls end at the deadline by themselves, and
/// what they fetched before is printed.
const GRACE: Duration = Duration::from_millis(100);

/// Something that a command has come to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A document to print.
    Document(Document),
    /// A failure to report.
    Failure(Failure),
    /// A failure to report that is not the outcome of anything asked for: a region, say, that could not
    /// be searched.
    Incomplete(Failure),
}

impl<T: Into<Document>> From<Result<T, Failure>> for Outcome {
    fn from(result: Result<T, Failure>) -> Self {
        match result {
            Ok(document) => Self::Document(document.into()),
            Err(failure) => Self::Failure(failure),
        }
    }
}

/// When printed documents are written to a reader who is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// When nothing more has come for a moment.
    WhenIdle,
    /// After each, in one piece: a reader never sees a part of one.
    EachOutcome,
    /// At the end: a table's rows are held back until it is known how wide its columns are.
    AtEnd,
}

impl Flush {
    /// How long no outcome must come until the output is flushed. Where that changes nothing, the
    /// program is not woken for it.
    fn idle(self) -> Duration {
        match self {
            Self::WhenIdle => IDLE,
            Self::EachOutcome | Self::AtEnd => Duration::MAX,
        }
    }
}

/// What all of a command's work is, for a message about its early end.
pub(crate) enum Workload {
    /// Sessions to ask for, each with one outcome.
    Sessions(Arc<Input>),
    /// Sessions to wait for, each with one outcome: a document if it has ended.
    Waits(Arc<Input>),
    /// A list.
    List,
    /// Whatever happens at portals that are looked at again and again.
    Looks,
    /// Portals that are looked at until something holds; the text tells what they still lack.
    Until(Box<dyn Fn() -> String>),
}

/// Takes a command's outcomes to the exit code.
pub(crate) struct Delivery<'a> {
    pub(crate) reporter: &'a Reporter,
    pub(crate) stop: &'a mut Stop,
    pub(crate) printer: Box<dyn Printer>,
    pub(crate) progress: Progress,
    pub(crate) flush: Flush,
    pub(crate) workload: Workload,
    /// Failures in spite of which the output is whole.
    pub(crate) tolerated_failures: usize,
    /// What a person is told of a list without items.
    pub(crate) if_empty: String,
}

/// How the outcomes ended.
enum End {
    /// There are no more.
    All,
    /// More would have come.
    Early(Stopped),
}

/// A delivery on its way.
struct Run<'a> {
    delivery: Delivery<'a>,
    tally: Tally,
    /// Outcomes so far.
    count: u64,
    /// Whether a document was printed since the last flush.
    is_unwritten: bool,
}

impl<'a> Delivery<'a> {
    /// Delivers the outcomes in their order.
    ///
    /// # Errors
    /// The output refused a document. A reader that has gone is not an error: `wsb ... | head -1` has
    /// seen enough.
    pub(crate) async fn deliver(
        self,
        outcomes: impl Stream<Item = Outcome>,
    ) -> Result<Code, Failure> {
        let mut run = Run {
            delivery: self,
            tally: Tally::default(),
            count: 0,
            is_unwritten: false,
        };
        run.start();
        match run.take_all(outcomes).await {
            Ok(code) => Ok(code),
            Err(PrintError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Code::Ok),
            Err(error) => Err(not_printed(error)),
        }
    }
}

impl Run<'_> {
    fn start(&mut self) {
        let Delivery {
            reporter,
            progress,
            workload,
            ..
        } = &mut self.delivery;
        match workload {
            // What is typed is on the screen: a line below it would be in the way.
            Workload::Sessions(input) | Workload::Waits(input) if input.is_typed() => reporter
                .note("reading session IDs from standard input, one per line; Ctrl-D ends them"),
            _ => progress.start(reporter),
        }
    }

    async fn take_all(
        &mut self,
        outcomes: impl Stream<Item = Outcome>,
    ) -> Result<Code, PrintError> {
        let mut outcomes = pin!(outcomes);
        let end = loop {
            let next = timeout(self.delivery.flush.idle(), outcomes.next());
            match self.delivery.stop.run(next).await {
                Ok(Ok(Some(outcome))) => self.take(outcome)?,
                Ok(Ok(None)) => break self.end_of_stream(),
                Ok(Err(_idle)) => self.flush_if_idle()?,
                Err(stopped @ Stopped::Signal(_)) => break End::Early(stopped),
                Err(stopped @ Stopped::Deadline(_)) => {
                    break self.take_remaining(&mut outcomes, stopped).await?;
                }
            }
        };
        self.delivery.progress.clear();
        self.finish(end)
    }

    /// Takes what had been fetched when the time ran out.
    async fn take_remaining(
        &mut self,
        outcomes: &mut (impl Stream<Item = Outcome> + Unpin),
        stopped: Stopped,
    ) -> Result<End, PrintError> {
        while let Ok(next) = timeout(GRACE, outcomes.next()).await {
            match next {
                Some(outcome) => self.take(outcome)?,
                None => return Ok(self.end_of_stream()),
            }
        }
        Ok(End::Early(stopped))
    }

    fn take(&mut self, outcome: Outcome) -> Result<(), PrintError> {
        let Self {
            delivery,
            tally,
            count,
            is_unwritten,
        } = self;
        *count += u64::from(!matches!(outcome, Outcome::Incomplete(_)));
        match outcome {
            Outcome::Document(document) => {
                if delivery.flush != Flush::AtEnd {
                    delivery.progress.hide(delivery.reporter);
                }
                delivery.printer.print(&document)?;
                match delivery.flush {
                    Flush::EachOutcome => delivery.printer.flush()?,
                    Flush::WhenIdle | Flush::AtEnd => *is_unwritten = true,
                }
            }
            Outcome::Failure(failure) | Outcome::Incomplete(failure) => {
                delivery.progress.hide(delivery.reporter);
                if delivery.flush != Flush::AtEnd {
                    delivery.printer.end_line_for_message()?;
                }
                tally.add(failure.code());
                delivery.reporter.failure(&failure);
            }
        }
        delivery.progress.advance();
        Ok(())
    }

    fn flush_if_idle(&mut self) -> Result<(), PrintError> {
        if self.delivery.flush != Flush::WhenIdle || !self.is_unwritten {
            return Ok(());
        }
        self.is_unwritten = false;
        self.delivery.progress.hide(self.delivery.reporter);
        self.delivery.printer.flush()
    }

    /// Ends the output and tells the code.
    fn finish(&mut self, end: End) -> Result<Code, PrintError> {
        let printer = &mut self.delivery.printer;
        let is_whole =
            matches!(end, End::All) && self.tally.count() <= self.delivery.tolerated_failures;
        if is_whole {
            printer.finish()?;
        } else {
            printer.abort()?;
        }
        let omitted_columns = printer.omitted_columns();
        if !omitted_columns.is_empty() {
            self.delivery.reporter.note(&format!(
                "no room for {}: widen the terminal, or use -o csv",
                omitted_columns.join(", ")
            ));
        }
        match end {
            End::All => Ok(self.end_of_all()),
            End::Early(stopped) => {
                let failure = stopped.failure(&self.standing());
                self.delivery.reporter.failure(&failure);
                match stopped {
                    Stopped::Signal(code) => return Ok(code),
                    Stopped::Deadline(code) => self.tally.add(code),
                }
                Ok(self.tally.code())
            }
        }
    }

    fn end_of_all(&self) -> Code {
        let Delivery {
            reporter,
            workload,
            if_empty,
            ..
        } = &self.delivery;
        // What is said of an empty list would be in the way of a script, and absence is claimed only
        // where nothing failed.
        let is_seen = std::io::stderr().is_terminal() && self.tally.count() == 0;
        match workload {
            _ if self.count > 0 => {}
            Workload::List if is_seen => reporter.note(if_empty),
            Workload::List | Workload::Looks | Workload::Until(_) => {}
            Workload::Sessions(_) | Workload::Waits(_) => {
                reporter.note("standard input had no session IDs, so nothing was asked for");
            }
        }
        self.tally.code()
    }

    /// A stream over sessions ends early at the deadline only.
    fn end_of_stream(&self) -> End {
        let is_done = match &self.delivery.workload {
            Workload::Sessions(input) | Workload::Waits(input) => {
                input.is_over() && input.count() <= self.count
            }
            Workload::List | Workload::Looks | Workload::Until(_) => true,
        };
        if is_done {
            End::All
        } else {
            End::Early(self.delivery.stop.deadline().passed())
        }
    }

    /// How far the command has come, for a message about its early end.
    fn standing(&self) -> String {
        let (count, done, input) = match &self.delivery.workload {
            Workload::List => return "; the list is incomplete".to_owned(),
            Workload::Looks => return String::new(),
            Workload::Until(lacking) => return format!(": {}", lacking()),
            Workload::Sessions(input) => (self.count, "done", input),
            Workload::Waits(input) => (self.count - self.tally.count() as u64, "ended", input),
        };
        if input.is_over() {
            format!(": {count} of {} sessions {done}", input.count())
        } else {
            let plural = if count == 1 { "" } else { "s" };
            format!(": {count} session{plural} {done}; input still open")
        }
    }
}

/// The failure for a document that could not be printed.
fn not_printed(error: PrintError) -> Failure {
    match error {
        PrintError::Output(error) => Failure::not_written(&error),
        PrintError::Query(_) => Failure::usage(error.to_string()),
    }
}
