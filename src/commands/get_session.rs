//! `wsb get-session`: one session, or many.

use std::cell::RefCell;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answered::Answered;
use super::portal::{self, Opened};
use super::progress::Fetching;
use super::{interrupted, open_files, results, sessions, subject};
use crate::cli;
use crate::config::Calls;
use crate::exit::{Code, Tally};
use crate::input::BadLine;
use crate::output::{Extent, PrintError, Printer};
use crate::report::{Report, Reporter};
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

/// The IAM action that the call needs.
pub(super) const ACTION: &str = "workspaces-web:GetSession";

pub(super) async fn run(
    arguments: Box<cli::GetSession>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let selection = results::selection(&arguments.output, arguments.field)?;
    let (reference, wanted) = sessions::parse(&arguments.sessions)?;
    let extent = wanted.extent();
    let calls = match extent {
        Extent::One => Calls::Few,
        Extent::Many | Extent::List => Calls::Many,
    };
    let opened = portal::open(arguments.connection, reference, calls, reporter).await?;
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
    let mut answers = fetch(&client, &portal, ids, &calls, &answered);
    while let Some(answer) = interrupt.unless(answers.next()).await {
        let Some(answer) = answer else {
            progress.clear();
            let code = batch.tally.code();
            results::end(&mut *batch.printer, code == Code::Ok)?;
            if batch.count == 0 {
                reporter.warning("standard input had no session IDs");
            }
            return Ok(code);
        };
        let (id, answer) = match answer {
            Answer::Of(id, answer, _place) => (id, answer),
            Answer::BadLine(line) => {
                progress.around(|| batch.bad_line(&line));
                progress.advance(&known);
                continue;
            }
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
    let left = known.count().saturating_sub(batch.count);
    let more = if known.is_all() { "" } else { " or more" };
    Ok(interrupted(
        reporter,
        &interrupt,
        &format!(
            ": {} sessions were answered, {left}{more} remain",
            batch.count
        ),
    ))
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
}

/// Asks for the sessions, as many at a time as `calls` has places, and answers in their order.
fn fetch<'a>(
    client: &'a Client,
    portal: &'a PortalId,
    ids: impl Stream<Item = Result<SessionId, BadLine>> + 'a,
    calls: &'a Semaphore,
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
                    // always has its own. None is given up for lost: the semaphore is not closed.
                    let place = calls.acquire().await.ok();
                    // Boxed, since most of those ahead are not under way, and a call is large.
                    let answer = Box::pin(client.get_session(portal, &id)).await;
                    let size = answered.borrow_mut().keep(id, &answer);
                    Answer::Of(id, Some(answer), place.filter(|_| size > SMALL))
                }
            }
        }
    };
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
                let mut subject = subject(self.client, ACTION);
                subject.portal = Some(self.portal.as_str());
                subject.session = Some(id.as_str());
                self.tally.add(self.reporter.call_failed(&error, &subject));
            }
        }
        Ok(())
    }

    fn bad_line(&mut self, line: &BadLine) {
        self.count += 1;
        self.tally.add(report_bad_line(line, self.reporter));
    }
}

/// Reports a line of standard input that is no session ID.
pub(super) fn report_bad_line(line: &BadLine, reporter: &Reporter) -> Code {
    let message = format!("line {} of standard input: {}", line.number, line.reason);
    reporter.error(&Report::new(Code::Usage, "Usage", message, None));
    Code::Usage
}
