//! Delivers a command's outcomes: prints documents, reports failures, shows progress, stops at a signal or at
//! the deadline, and determines the exit code.

use std::io::{ErrorKind, IsTerminal};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::task::unconstrained;
use tokio::time::{Instant, timeout, timeout_at};

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

pub(crate) use destination::Destination;
pub(crate) use event_output::{is_output_discarded, sync_output};
pub(crate) use event_writer::EventStatus;
pub(crate) use in_order::in_order;
pub(crate) use open_files::connections;
pub(crate) use progress::{Progress, while_long};
pub(crate) use session_input::{InputProgress, SessionRequest, session_requests};
pub(crate) use signals::ignores_hang_up;
pub(crate) use stop::{Stop, Stopped, finish_by, until};

use crate::diagnostics::{Code, Failure, Reporter, Subject};
use crate::output::documents::Document;
use crate::output::field::impossible_times;
use crate::output::{PrintError, Printer};
use crate::service::clock::CLOCK;
use tally::Tally;

/// Printed documents are flushed if no other outcome follows within this time.
const IDLE: Duration = Duration::from_millis(100);

/// The time that is allowed for writing the last events after the end of the command.
const GRACE: Duration = Duration::from_millis(100);

/// A result of a command.
#[derive(Debug)]
pub(crate) enum Outcome {
    Document(Document),
    Failure(Failure),
    /// A failure that concerns no single item, such as a region that could not be searched. The output is
    /// incomplete.
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

/// The command's workload, used in the message when it is interrupted.
pub(crate) enum Workload {
    /// One call, about this subject.
    Call(Subject),
    /// Sessions to request, each with one outcome.
    Sessions(Arc<InputProgress>),
    /// Sessions to wait for, each with one outcome.
    Waits(Arc<InputProgress>),
    List,
    /// Events, until the command is stopped or this time is reached.
    Events(Arc<EventStatus>, Option<Instant>),
    /// A wait for portals. The function describes the sessions that remain.
    Until(Box<dyn Fn() -> String>),
}

pub(crate) struct Delivery<'a> {
    reporter: &'a Reporter,
    stop: &'a Stop,
    printer: Box<dyn Printer>,
    workload: Workload,
    pub(crate) progress: Progress,
    /// Whether the printer keeps all rows until the end, to determine the widths of the columns.
    pub(crate) holds_rows: bool,
    /// The number of failures up to which the output counts as complete.
    pub(crate) tolerated_failures: usize,
    /// The note for an empty list, shown at a terminal.
    pub(crate) if_empty: String,
    tally: Tally,
    needs_flush: bool,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(
        reporter: &'a Reporter,
        stop: &'a Stop,
        printer: Box<dyn Printer>,
        workload: Workload,
    ) -> Self {
        Self {
            reporter,
            stop,
            printer,
            workload,
            progress: Progress::heartbeat(),
            holds_rows: false,
            tolerated_failures: 0,
            if_empty: "there is nothing to list".to_owned(),
            tally: Tally::default(),
            needs_flush: false,
        }
    }

    /// Delivers the outcomes in their order.
    ///
    /// # Errors
    /// A document could not be written. A closed pipe is not an error: in `wsb ... | head -1` the reader has
    /// read enough. Earlier failures still determine the exit code.
    pub(crate) async fn deliver(
        mut self,
        outcomes: impl Stream<Item = Outcome>,
    ) -> Result<Code, Failure> {
        self.start();
        match self.take_all(outcomes).await {
            Ok(code) => Ok(code),
            Err(PrintError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
                Ok(self.tally.code())
            }
            Err(PrintError::Output(error)) => Err(Failure::not_written(error)),
            Err(error) => Err(Failure::usage(error.to_string())),
        }
    }

    fn start(&mut self) {
        match &self.workload {
            // A progress line would overwrite what the person types.
            Workload::Sessions(input) | Workload::Waits(input) if input.is_typed => {
                self.reporter.note(
                    "reading session IDs from standard input, one per line; Ctrl-D ends them",
                );
            }
            _ => self.progress.start(self.reporter),
        }
    }

    async fn take_all(
        &mut self,
        outcomes: impl Stream<Item = Outcome>,
    ) -> Result<Code, PrintError> {
        let mut outcomes = pin!(outcomes);
        let stopped = loop {
            let idle = if self.needs_flush {
                IDLE
            } else {
                Duration::MAX
            };
            let next = timeout(idle, self.next(&mut outcomes));
            match self.stop.run(next).await {
                Ok(Ok(next)) => match next? {
                    Some(outcome) => self.take(outcome)?,
                    None => break self.stopped_at_end(),
                },
                Ok(Err(_idle)) => self.flush_when_idle()?,
                Err(stopped) => break self.take_ready(&mut outcomes, stopped).await?,
            }
        };
        self.progress.clear();
        self.finish(stopped).await
    }

    /// Waits until all earlier events have been written, and returns the next outcome. `None` if there are no
    /// more outcomes, or if the end of a watch (`--for`) has passed.
    async fn next(
        &self,
        outcomes: &mut (impl Stream<Item = Outcome> + Unpin),
    ) -> Result<Option<Outcome>, PrintError> {
        if let Workload::Events(status, end) = &self.workload {
            tokio::select! {
                biased;
                written = status.all_written() => written?,
                () = until(end.map(|end| end + GRACE)) => return Ok(None),
            }
        }
        Ok(outcomes.next().await)
    }

    /// Takes the outcomes that are available without waiting. At the deadline the client has ended all calls, so
    /// they include the outcomes of these calls.
    async fn take_ready(
        &mut self,
        outcomes: &mut (impl Stream<Item = Outcome> + Unpin),
        stopped: Stopped,
    ) -> Result<Option<Stopped>, PrintError> {
        let end = Instant::now() + GRACE;
        while self.are_events_written_by(end).await?
            && let Some(outcome) = unconstrained(outcomes.next()).now_or_never()
        {
            match (outcome, stopped) {
                (Some(outcome), _) => self.take(outcome)?,
                (None, Stopped::Deadline(_)) => return Ok(self.stopped_at_end()),
                (None, Stopped::Signal(_)) => break,
            }
        }
        Ok(Some(stopped))
    }

    /// Waits until the events have been written. Returns false if the reader has not read them by `end`.
    async fn are_events_written_by(&self, end: Instant) -> Result<bool, PrintError> {
        let Workload::Events(status, _) = &self.workload else {
            return Ok(true);
        };
        let written = timeout_at(end, status.all_written()).await;
        Ok(written.map_or(Ok(false), |written| written.map(|()| true))?)
    }

    fn take(&mut self, outcome: Outcome) -> Result<(), PrintError> {
        self.tally.outcomes += u64::from(!matches!(outcome, Outcome::Incomplete(_)));
        match outcome {
            Outcome::Document(document) => self.print(&document)?,
            Outcome::Failure(failure) | Outcome::Incomplete(failure) => self.report(&failure)?,
        }
        self.progress.advance();
        Ok(())
    }

    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if !self.holds_rows {
            self.progress.hide(self.reporter);
        }
        if let Err(error) = self.printer.print(document) {
            return match (error, &self.workload) {
                // The query may succeed for other sessions. An event that is not printed must not count as
                // reported, so it ends a watch.
                (error @ PrintError::Query(_), Workload::Sessions(_) | Workload::Waits(_)) => {
                    let id = document
                        .session()
                        .and_then(|it| it.session_id.as_deref()?.parse().ok());
                    let mut failure = Failure::usage(error.to_string());
                    if let Some(id) = id {
                        failure = failure.with_session(id);
                    }
                    self.report(&failure)
                }
                (error, _) => Err(error),
            };
        }
        if self.printer.shows_durations()
            && let Some(session) = document.session()
            && let Some(reason) = impossible_times(session, CLOCK.now())
        {
            self.reporter.warning_once(&format!(
                "{reason} for at least one session, whose duration is left out"
            ));
        }
        self.tally.documents += 1;
        if let Workload::Events(..) = self.workload {
            return self.printer.flush();
        }
        self.needs_flush = !self.holds_rows;
        Ok(())
    }

    fn report(&mut self, failure: &Failure) -> Result<(), PrintError> {
        if !self.tally.add_failure(failure) {
            return Ok(());
        }
        self.progress.hide(self.reporter);
        let ended = if self.holds_rows {
            Ok(())
        } else {
            self.printer.end_line_for_message()
        };
        self.reporter.failure(failure);
        ended
    }

    fn flush_when_idle(&mut self) -> Result<(), PrintError> {
        self.needs_flush = false;
        self.progress.hide(self.reporter);
        self.printer.flush()
    }

    /// Checks a stream that has ended: at the deadline, a stream of sessions ends without the rest of its
    /// input.
    fn stopped_at_end(&self) -> Option<Stopped> {
        match &self.workload {
            Workload::Sessions(input) | Workload::Waits(input)
                if !input.is_complete() || input.read() > self.tally.outcomes =>
            {
                Some(self.stop.at_deadline())
            }
            _ => None,
        }
    }

    async fn finish(&mut self, stopped: Option<Stopped>) -> Result<Code, PrintError> {
        if stopped.is_none() && self.tally.failures <= self.tolerated_failures {
            self.printer.finish()?;
        } else {
            self.printer.abort()?;
        }
        let _ = self.are_events_written_by(Instant::now() + GRACE).await?;
        self.report_end();
        Ok(match stopped {
            Some(stopped) => self.report_stopped(stopped),
            None => {
                self.note_empty();
                self.tally.code()
            }
        })
    }

    fn report_end(&self) {
        let omitted_columns = self.printer.omitted_columns();
        if !omitted_columns.is_empty() {
            self.reporter.note(&format!(
                "no room for {}: widen the terminal, or use -o csv",
                omitted_columns.join(", ")
            ));
        }
        if self.tally.repeated > 0 {
            let failures = counted(self.tally.repeated, "more failure");
            self.reporter
                .note(&format!("{failures} for the same reason"));
        }
        if let Workload::Events(status, _) = &self.workload
            && let unwritten @ 1.. = status.unwritten()
        {
            let were = if unwritten == 1 { "was" } else { "were" };
            self.reporter.warning(&format!(
                "{} {were} not written: the reader of standard output has stopped reading",
                counted(unwritten, "event")
            ));
        }
    }

    /// Notes that there was nothing to print: for a list only at a terminal, and only if nothing failed, because
    /// items may be missing otherwise.
    fn note_empty(&self) {
        if self.tally.outcomes > 0 {
            return;
        }
        match &self.workload {
            Workload::List if std::io::stderr().is_terminal() && self.tally.failures == 0 => {
                self.reporter.note(&self.if_empty);
            }
            Workload::Sessions(_) | Workload::Waits(_) => {
                self.reporter
                    .note("standard input had no sessions, so nothing was requested");
            }
            _ => {}
        }
    }

    fn report_stopped(&mut self, stopped: Stopped) -> Code {
        if let (Workload::Events(status, _), Stopped::Signal(code)) = (&self.workload, stopped) {
            let events = counted(status.written(), "event");
            self.reporter.note(&format!("stopped after {events}"));
            return code;
        }
        let mut failure = stopped.failure(&self.status());
        if let Workload::Call(subject) = &self.workload {
            failure = failure.with_subject(subject.clone());
        }
        self.reporter.failure(&failure);
        if let Stopped::Signal(code) = stopped {
            return code;
        }
        self.tally.add_failure(&failure);
        self.tally.code()
    }

    /// Describes the progress, for the message when the command is interrupted.
    fn status(&self) -> String {
        let (done, verb, input) = match &self.workload {
            Workload::List => return "; the list is incomplete".to_owned(),
            Workload::Call(_) | Workload::Events(..) => return String::new(),
            Workload::Until(missing) => return format!(": {}", missing()),
            Workload::Sessions(input) => (self.tally.outcomes, "done", input),
            Workload::Waits(input) => (self.tally.documents, "ended", input),
        };
        match input.total() {
            Some(total) => {
                let remaining = total.saturating_sub(self.tally.outcomes);
                format!(": {done} of {total} sessions {verb}, {remaining} remain")
            }
            None => format!(": {} {verb}; input still open", counted(done, "session")),
        }
    }
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
