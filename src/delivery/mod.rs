//! From a command's outcomes to an exit code: the only place that prints, reports, counts, shows progress,
//! stops at a signal or at the deadline, and ends the output as complete or incomplete.

use std::future::pending;
use std::io::{ErrorKind, IsTerminal};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until, timeout};

mod destination;
mod event_output;
mod event_writer;
mod in_order;
mod open_files;
mod progress;
pub mod session_input;
mod signals;
mod stop;
mod tally;

pub(crate) use destination::{Destination, Reader, print_text};
pub(crate) use event_output::sync_output;
pub(crate) use event_writer::EventStatus;
pub(crate) use in_order::in_order;
pub(crate) use open_files::connections;
pub(crate) use progress::{Progress, while_long};
pub(crate) use session_input::{InputProgress, SessionRequest, session_requests};
pub(crate) use signals::ignores_hang_up;
pub(crate) use stop::{Deadline, Stop, Stopped};

use crate::diagnostics::{Code, Failure, Reporter, Subject};
use crate::output::documents::Document;
use crate::output::field::impossible_times;
use crate::output::{PrintError, Printer};
use crate::service::clock::CLOCK;
use tally::Tally;

/// How long a printed document waits for others before it is written to a reader who is waiting.
const IDLE: Duration = Duration::from_millis(100);

/// How much later than the end of the command an event may be written.
const GRACE: Duration = Duration::from_millis(100);

/// A result of a command.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A document to print.
    Document(Document),
    /// A failure to report.
    Failure(Failure),
    /// A failure to report that concerns no single item: a region, for example, that could not be
    /// searched. The output is incomplete.
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

/// When printed documents are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// When no other outcome arrives for a moment.
    WhenIdle,
    /// After each outcome.
    EachOutcome,
    /// At the end: a table's rows are held until the widths of its columns are known.
    AtEnd,
}

impl Flush {
    /// How long to wait for the next outcome before the output is flushed.
    fn idle(self) -> Duration {
        match self {
            Self::WhenIdle => IDLE,
            Self::EachOutcome | Self::AtEnd => Duration::MAX,
        }
    }
}

/// The command's workload, used in the message when it is interrupted.
pub(crate) enum Workload {
    /// One call.
    Call(Subject),
    /// Sessions to get, each with one outcome.
    Sessions(Arc<InputProgress>),
    /// Sessions to wait for, each with one outcome: a document if it has ended.
    Waits(Arc<InputProgress>),
    /// A list.
    List,
    /// Events of portals that are polled until the command is stopped, or until a time.
    Events(Arc<EventStatus>, Option<Instant>),
    /// Portals that are polled until a condition holds. The function describes what is missing.
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
    /// The number of failures with which the output still counts as complete.
    pub(crate) tolerated_failures: usize,
    /// The note for a person if a list has no items.
    pub(crate) if_empty: String,
}

/// How the stream of outcomes ended.
enum End {
    Complete,
    Early(Stopped),
}

/// A delivery in progress.
struct ActiveDelivery<'a> {
    delivery: Delivery<'a>,
    tally: Tally,
    /// Outcomes so far, without those that concern no single item.
    count: u64,
    /// Documents so far.
    printed: u64,
    /// Failures that every call has, after the first one.
    repeated: u64,
    /// Whether a document was printed since the last flush.
    needs_flush: bool,
}

impl Delivery<'_> {
    /// Delivers the outcomes in their order.
    ///
    /// # Errors
    /// A document could not be written. A reader that is gone is not an error: `wsb ... | head -1` has
    /// read enough.
    pub(crate) async fn deliver(
        self,
        outcomes: impl Stream<Item = Outcome>,
    ) -> Result<Code, Failure> {
        let mut run = ActiveDelivery {
            delivery: self,
            tally: Tally::default(),
            count: 0,
            printed: 0,
            repeated: 0,
            needs_flush: false,
        };
        run.start();
        match run.take_all(outcomes).await {
            Ok(code) => Ok(code),
            Err(PrintError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Code::Ok),
            Err(PrintError::Output(error)) => Err(Failure::not_written(error)),
            Err(error @ PrintError::Query(_)) => Err(Failure::usage(error.to_string())),
        }
    }
}

impl ActiveDelivery<'_> {
    fn start(&mut self) {
        let Delivery {
            reporter,
            progress,
            workload,
            ..
        } = &mut self.delivery;
        match workload {
            // A progress line would overwrite what the person types.
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
                Ok(Ok(Some(outcome))) => {
                    self.take(outcome)?;
                    if let Some(end) = self.await_written().await? {
                        break end;
                    }
                }
                Ok(Ok(None)) => break self.end_of_stream(),
                Ok(Err(_idle)) => self.flush_when_idle()?,
                Err(stopped) => {
                    break self.take_ready(&mut outcomes, stopped)?;
                }
            }
        };
        self.delivery.progress.clear();
        self.finish(end)
    }

    /// Waits until the events have been written. A signal and the end of the time end this, too: the
    /// reader of a pipe may have stopped reading.
    async fn await_written(&mut self) -> Result<Option<End>, PrintError> {
        let Workload::Events(status, end) = &self.delivery.workload else {
            return Ok(None);
        };
        let over = async {
            match end {
                Some(end) => sleep_until(*end + GRACE).await,
                None => pending().await,
            }
        };
        let written = async {
            tokio::select! {
                biased;
                written = status.all_written() => Some(written),
                () = over => None,
            }
        };
        let end = match self.delivery.stop.run(written).await {
            Ok(Some(written)) => {
                written?;
                None
            }
            Ok(None) => Some(End::Complete),
            Err(stopped) => {
                if let Ok(written) = timeout(GRACE, status.all_written()).await {
                    written?;
                }
                Some(End::Early(stopped))
            }
        };
        if let Some(bytes) = status.take_removed() {
            self.delivery.reporter.warning(&format!(
                "the output ended with an incomplete line of {bytes} bytes, which was removed"
            ));
        }
        Ok(end)
    }

    /// Takes the outcomes that are known already. At the deadline these include what the calls that it
    /// ended have returned.
    fn take_ready(
        &mut self,
        outcomes: &mut (impl Stream<Item = Outcome> + Unpin),
        stopped: Stopped,
    ) -> Result<End, PrintError> {
        while let Some(outcome) = unconstrained(outcomes.next()).now_or_never() {
            match (outcome, stopped) {
                (Some(outcome), _) => self.take(outcome)?,
                (None, Stopped::Deadline(_)) => return Ok(self.end_of_stream()),
                (None, Stopped::Signal(_)) => break,
            }
        }
        Ok(End::Early(stopped))
    }

    fn take(&mut self, outcome: Outcome) -> Result<(), PrintError> {
        self.count += u64::from(!matches!(outcome, Outcome::Incomplete(_)));
        match outcome {
            Outcome::Document(document) => self.print(&document)?,
            Outcome::Failure(failure) | Outcome::Incomplete(failure) => self.report(&failure)?,
        }
        self.delivery.progress.advance();
        Ok(())
    }

    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let delivery = &mut self.delivery;
        if delivery.flush != Flush::AtEnd {
            delivery.progress.hide(delivery.reporter);
        }
        delivery.printer.print(document)?;
        if delivery.printer.shows_durations()
            && let Some(session) = document.session()
            && let Some(reason) = impossible_times(session, CLOCK.now())
        {
            delivery.reporter.warning_once(&format!(
                "{reason} for at least one session, whose duration is left out"
            ));
        }
        self.printed += 1;
        match delivery.flush {
            Flush::EachOutcome => delivery.printer.flush()?,
            Flush::WhenIdle | Flush::AtEnd => self.needs_flush = true,
        }
        Ok(())
    }

    fn report(&mut self, failure: &Failure) -> Result<(), PrintError> {
        let is_known = failure.is_shared() && self.tally.has_shared(failure);
        self.tally.add(failure);
        if is_known {
            self.repeated += 1;
            return Ok(());
        }
        let delivery = &mut self.delivery;
        delivery.progress.hide(delivery.reporter);
        if delivery.flush != Flush::AtEnd {
            delivery.printer.end_line_for_message()?;
        }
        delivery.reporter.failure(failure);
        Ok(())
    }

    fn flush_when_idle(&mut self) -> Result<(), PrintError> {
        if !std::mem::take(&mut self.needs_flush) {
            return Ok(());
        }
        self.delivery.progress.hide(self.delivery.reporter);
        self.delivery.printer.flush()
    }

    /// Ends the output, and returns the exit code.
    fn finish(&mut self, end: End) -> Result<Code, PrintError> {
        let printer = &mut self.delivery.printer;
        let is_complete =
            matches!(end, End::Complete) && self.tally.count() <= self.delivery.tolerated_failures;
        if is_complete {
            printer.finish()?;
        } else {
            printer.abort()?;
        }
        self.note_omitted_columns();
        self.note_repeated_failures();
        self.warn_of_unwritten();
        Ok(match end {
            End::Complete => {
                self.note_empty();
                self.tally.code()
            }
            End::Early(stopped) => self.report_early_end(stopped),
        })
    }

    fn note_omitted_columns(&self) {
        let omitted_columns = self.delivery.printer.omitted_columns();
        if !omitted_columns.is_empty() {
            self.delivery.reporter.note(&format!(
                "no room for {}: widen the terminal, or use -o csv",
                omitted_columns.join(", ")
            ));
        }
    }

    fn note_repeated_failures(&self) {
        if self.repeated > 0 {
            let (count, plural) = (self.repeated, if self.repeated == 1 { "" } else { "s" });
            self.delivery.reporter.note(&format!(
                "{count} more call{plural} failed for the same reason"
            ));
        }
    }

    fn warn_of_unwritten(&self) {
        let unwritten = match &self.delivery.workload {
            Workload::Events(status, _) => status.unwritten(),
            _ => 0,
        };
        if unwritten > 0 {
            let subject = if unwritten == 1 {
                "event was"
            } else {
                "events were"
            };
            self.delivery.reporter.warning(&format!(
                "{unwritten} {subject} not written: the reader of standard output has stopped reading"
            ));
        }
    }

    /// Tells a person that there was nothing to print. For a script the note would be noise, and it
    /// would be wrong if something failed.
    fn note_empty(&self) {
        let Delivery {
            reporter,
            workload,
            if_empty,
            ..
        } = &self.delivery;
        if self.count > 0 {
            return;
        }
        match workload {
            Workload::List if std::io::stderr().is_terminal() && self.tally.count() == 0 => {
                reporter.note(if_empty);
            }
            Workload::List | Workload::Call(_) | Workload::Events(..) | Workload::Until(_) => {}
            Workload::Sessions(_) | Workload::Waits(_) => {
                reporter.note("standard input had no sessions, so nothing was requested");
            }
        }
    }

    /// The end of a stream. One over sessions ends early only at the deadline.
    fn end_of_stream(&self) -> End {
        let is_complete = match &self.delivery.workload {
            Workload::Sessions(input) | Workload::Waits(input) => {
                input.is_complete() && input.read() <= self.count
            }
            Workload::Call(_) | Workload::List | Workload::Events(..) | Workload::Until(_) => true,
        };
        if is_complete {
            End::Complete
        } else {
            End::Early(self.delivery.stop.deadline().passed())
        }
    }

    fn report_early_end(&mut self, stopped: Stopped) -> Code {
        let reporter = self.delivery.reporter;
        if let (Workload::Events(status, _), Stopped::Signal(code)) =
            (&self.delivery.workload, stopped)
        {
            let count = status.written();
            let plural = if count == 1 { "" } else { "s" };
            reporter.note(&format!("stopped after {count} event{plural}"));
            return code;
        }
        let mut failure = stopped.failure(&self.status());
        if let Workload::Call(subject) = &self.delivery.workload {
            failure = failure.with_subject(subject.clone());
        }
        reporter.failure(&failure);
        if let Stopped::Signal(code) = stopped {
            return code;
        }
        self.tally.add(&failure);
        self.tally.code()
    }

    /// How far the command has come, for a message about its early end.
    fn status(&self) -> String {
        let (done, verb, input) = match &self.delivery.workload {
            Workload::List => return "; the list is incomplete".to_owned(),
            Workload::Call(_) | Workload::Events(..) => return String::new(),
            Workload::Until(missing) => return format!(": {}", missing()),
            Workload::Sessions(input) => (self.count, "done", input),
            Workload::Waits(input) => (self.printed, "ended", input),
        };
        match input.total() {
            Some(total) => {
                let remaining = total.saturating_sub(self.count);
                format!(": {done} of {total} sessions {verb}, {remaining} remain")
            }
            None => {
                let plural = if done == 1 { "" } else { "s" };
                format!(": {done} session{plural} {verb}; input still open")
            }
        }
    }
}
