//! `wsb get-session`: one session, or many.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::answered::Answered;
use super::portal::{self, Opened};
use super::sessions::Known;
use super::{interrupted, results, sessions, subject};
use crate::account::Calls;
use crate::cli;
use crate::delivery::deadline::Deadline;
use crate::delivery::input::BadLine;
use crate::delivery::open_files;
use crate::delivery::progress::Fetching;
use crate::diagnostics::exit_code::{Code, Tally};
use crate::diagnostics::report::{Report, Reporter, Subject};
use crate::output::{Extent, PrintError, Printer};
use crate::service::client::Client;
use crate::service::error::CallError;
use crate::service::ids::{PortalId, SessionId};
use crate::service::model::{self, Document};

/// The most sessions that are asked for ahead of the next one to be printed. One that takes long,
/// as after a time-out, thus holds up no call but its own for a while.
const AHEAD: usize = 1000;

/// The largest answer that waits to be printed beside [`AHEAD`] others, in bytes; one takes some 400.
/// A larger one takes the place of a call.
const SMALL: usize = 8 << 10;

/// How long a printed answer may wait for others to be written with, for a reader who is waiting.
const IDLE: Duration = Duration::from_millis(100);

/// The IAM action that the call needs.
pub(super) const ACTION: &str = "workspaces-web:GetSession";

pub(super) async fn run(
    arguments: Box<cli::GetSession>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let deadline = Deadline::of_command(arguments.connection.timeout);
    let selection = results::selection(&arguments.output, arguments.field)?;
    let (reference, wanted) = sessions::parse(&arguments.sessions)?;
    let extent = wanted.extent();
    let calls = match extent {
        Extent::One => Calls::Few,
        Extent::Many | Extent::List => Calls::Many,
    };
    let opened = portal::open(arguments.connection, reference, calls, deadline, reporter).await?;
    let Opened {
        client,
        portal,
        mut interrupt,
    } = match opened {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };

    let (ids, known) = wanted.ids();
    let mut progress = Fetching::new(&known, &selection);
    let keeps_rows = selection.keeps_rows();
    let mut batch = Batch {
        client: &client,
        portal: &portal,
        reporter,
        printer: results::stdout_printer(
            selection,
            &arguments.output,
            extent,
            &model::SESSION,
            reporter,
        ),
        tally: Tally::default(),
        count: 0,
    };
    let answered = RefCell::new(Answered::new(&model::SESSION, Arc::clone(&known.repeated)));
    let most = known.at_most(arguments.concurrency.into());
    let calls = Semaphore::new(open_files::connections(most, reporter));
    let mut answers = fetch(&client, &portal, ids, &calls, deadline, &answered);
    while let Some(answer) = interrupt.unless(timeout(IDLE, answers.next())).await {
        let Ok(answer) = answer else {
            if !keeps_rows {
                batch.printer.flush()?;
            }
            continue;
        };
        let (id, answer) = match answer {
            None | Some(Answer::Unasked) => {
                progress.clear();
                return batch.end(deadline, &known);
            }
            Some(Answer::BadLine(line)) => {
                progress.around(|| batch.bad_line(&line));
                progress.advance(&known);
                continue;
            }
            Some(Answer::Of(id, answer, _place)) => (id, answer),
        };
        let answer = match answer {
            Some(answer) => answer,
            None => again(&client, &portal, &id, &answered).await,
        };
        progress.around(|| batch.take(&id, answer))?;
        progress.advance(&known);
    }
    progress.clear();
    batch.printer.break_off()?;
    Ok(interrupted(reporter, &interrupt, &batch.standing(&known)))
}

/// What came of one session, or of one line of input.
enum Answer<'a> {
    /// `None` if the session was asked for before. A large answer still has its call's place.
    Of(
        SessionId,
        Option<Result<Document, CallError>>,
        Option<SemaphorePermit<'a>>,
    ),
    BadLine(BadLine),
    /// The time ran out before this session's turn, and so it did for all behind it.
    Unasked,
}

/// Asks for the sessions, as many at a time as `calls` has places, and answers in their order. What
/// is under way at the deadline ends then, and no more is asked for.
fn fetch<'a>(
    client: &'a Client,
    portal: &'a PortalId,
    ids: impl Stream<Item = Result<SessionId, BadLine>> + 'a,
    calls: &'a Semaphore,
    deadline: Deadline,
    answered: &'a RefCell<Answered>,
) -> impl Stream<Item = Answer<'a>> + Unpin + 'a {
    let ask = move |id: Result<SessionId, BadLine>| {
        let is_new = id
            .as_ref()
            .is_ok_and(|id| answered.borrow_mut().is_new(*id));
        async move {
            match id {
                Err(line) => Answer::BadLine(line),
                Ok(id) if !is_new => Answer::Of(id, None, None),
                Ok(id) => {
                    // Places are given in the order of the sessions, so the next one to be printed
                    // always has its own.
                    let Some(Ok(place)) = deadline.unless(calls.acquire()).await else {
                        return Answer::Unasked;
                    };
                    // Boxed, since most of those ahead are not under way, and a call is large.
                    let answer = Box::pin(client.get_session(portal, &id)).await;
                    let size = answered.borrow_mut().keep(id, &answer);
                    Answer::Of(id, Some(answer), (size > SMALL).then_some(place))
                }
            }
        }
    };
    let ids = ids.take_until(deadline.reached());
    Box::pin(ids.map(ask).buffered(AHEAD))
}

/// The answer for a session that was asked for before. Answers come in the order of the input, so
/// it has been answered; only if it was dropped since is it asked for again.
async fn again(
    client: &Client,
    portal: &PortalId,
    id: &SessionId,
    answered: &RefCell<Answered>,
) -> Result<Document, CallError> {
    let kept = answered.borrow().get(*id);
    match kept {
        Some(answer) => answer,
        None => client.get_session(portal, id).await,
    }
}

/// A batch as far as it has been answered.
struct Batch<'a> {
    client: &'a Client,
    portal: &'a PortalId,
    reporter: &'a Reporter,
    printer: Box<dyn Printer>,
    tally: Tally,
    /// Sessions and bad lines answered.
    count: u64,
}

impl Batch<'_> {
    /// Prints a session, or reports why there is none.
    fn take(
        &mut self,
        id: &SessionId,
        answer: Result<Document, CallError>,
    ) -> Result<(), PrintError> {
        self.count += 1;
        match answer {
            Ok(document) => self.printer.print(&document)?,
            Err(error) => {
                let subject = subject_of(self.client, self.portal, id);
                self.tally.add(self.reporter.call_failed(&error, &subject));
            }
        }
        Ok(())
    }

    /// Ends the batch: all of it is answered, or the time ran out.
    fn end(mut self, deadline: Deadline, known: &Known) -> anyhow::Result<Code> {
        let is_late = deadline.has_passed() && (self.left(known) > 0 || !known.is_all());
        let is_whole = self.tally.code() == Code::Ok && !is_late && self.count > 0;
        results::end(&mut *self.printer, is_whole)?;
        if is_late {
            let standing = self.standing(known);
            self.tally.add(deadline.report(self.reporter, &standing));
        } else if self.count == 0 {
            return Ok(sessions::report_none(self.reporter));
        }
        Ok(self.tally.code())
    }

    /// Sessions that are known and not answered.
    fn left(&self, known: &Known) -> u64 {
        known.count().saturating_sub(self.count)
    }

    /// How far the batch has come, for a message about its early end.
    fn standing(&self, known: &Known) -> String {
        let (count, left) = (self.count, self.left(known));
        let more = if known.is_all() { "" } else { " or more" };
        format!(": {count} sessions were answered, {left}{more} remain")
    }

    fn bad_line(&mut self, line: &BadLine) {
        self.count += 1;
        self.tally.add(report_bad_line(line, self.reporter));
    }
}

/// What a call about a session is about, for messages.
pub(super) fn subject_of<'a>(
    client: &'a Client,
    portal: &'a PortalId,
    session: &'a SessionId,
) -> Subject<'a> {
    Subject {
        portal: Some(portal.as_str()),
        session: Some(session.as_str()),
        ..subject(client, ACTION)
    }
}

/// Reports a line of standard input that is no session ID.
pub(super) fn report_bad_line(line: &BadLine, reporter: &Reporter) -> Code {
    let message = format!("line {} of standard input: {}", line.number, line.reason);
    reporter.error(&Report::new(Code::Usage, "Usage", message, None));
    Code::Usage
}
