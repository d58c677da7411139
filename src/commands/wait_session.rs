//! `wsb wait-session`: block until sessions have ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;

use super::portal::{self, Opened};
use super::watch::{Watch, Watched};
use super::{get_session, interrupted, results, sessions};
use crate::account::Calls;
use crate::cli;
use crate::delivery::deadline::Deadline;
use crate::delivery::input::BadLine;
use crate::delivery::open_files;
use crate::delivery::progress::Waiting;
use crate::diagnostics::exit_code::{Code, Tally};
use crate::diagnostics::report::{self, Report, Reporter, Subject};
use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::model::{self, Document};

/// How long sessions are waited for if nothing says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3600);

/// Sessions asked about at a time.
const CONCURRENCY: usize = 16;

pub(super) async fn run(
    arguments: Box<cli::WaitSession>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let timeout = arguments.connection.timeout.unwrap_or(DEFAULT_TIMEOUT);
    let deadline = Deadline::of_wait(timeout);
    let selection = results::selection(&arguments.output, arguments.field)?;
    let (reference, wanted) = sessions::parse(&arguments.sessions)?;
    let extent = wanted.extent();
    let opened = portal::open(
        arguments.connection,
        reference,
        Calls::Few,
        deadline,
        reporter,
    )
    .await?;
    let Opened {
        client,
        portal,
        mut interrupt,
    } = match opened {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };

    let shape = &model::SESSION;
    let mut printer =
        results::stdout_printer(selection, &arguments.output, extent, shape, reporter);
    let mut tally = Tally::default();
    let waiting = Waiting::new();
    let (mut ids, known) = wanted.ids();
    let concurrency = open_files::connections(known.at_most(CONCURRENCY), reporter);
    let interval = arguments.interval;
    let mut watch = Watch::new(&client, &portal, interval, concurrency, &waiting);
    let mut given = HashSet::new();
    let mut is_input_over = false;
    while !is_input_over || watch.left().len() > 0 {
        let event = async {
            tokio::select! {
                line = ids.next(), if !is_input_over => Event::Input(line),
                (id, end) = watch.next_end() => Event::End(id, end),
            }
        };
        match interrupt.unless(deadline.unless(event)).await {
            Some(Some(Event::Input(None))) => is_input_over = true,
            Some(Some(Event::Input(Some(Ok(id))))) => {
                if given.insert(id) {
                    watch.add(id);
                }
            }
            Some(Some(Event::Input(Some(Err(line))))) => {
                tally.add(waiting.around(|| get_session::report_bad_line(&line, reporter)));
            }
            Some(Some(Event::End(_, Ok(session)))) => waiting.around(|| {
                printer.print(&session)?;
                printer.flush()
            })?,
            Some(Some(Event::End(id, Err(error)))) => {
                let subject = get_session::subject_of(&client, &portal, &id);
                tally.add(waiting.around(|| reporter.call_failed(&error, &subject)));
            }
            Some(None) => {
                waiting.clear();
                printer.break_off()?;
                for watched in watch.left() {
                    let subject = get_session::subject_of(&client, &portal, &watched.id);
                    tally.add(not_ended(watched, &subject, reporter));
                }
                if !is_input_over {
                    tally.add(deadline.report(reporter, " before standard input ended"));
                }
                return Ok(tally.code());
            }
            None => {
                waiting.clear();
                printer.break_off()?;
                let (left, count) = (watch.left().len(), watch.count());
                return Ok(interrupted(
                    reporter,
                    &interrupt,
                    &format!("; {left} of {count} sessions had not ended"),
                ));
            }
        }
    }
    waiting.clear();
    let code = tally.code();
    let is_empty = known.count() == 0;
    results::end(&mut *printer, code == Code::Ok && !is_empty)?;
    if is_empty {
        return Ok(sessions::report_none(reporter));
    }
    Ok(code)
}

/// What the command waits for.
enum Event {
    /// A line of the input, or its end.
    Input(Option<Result<SessionId, BadLine>>),
    /// A session has ended, or cannot be waited for.
    End(SessionId, Result<Document, CallError>),
}

/// Reports a session that was not seen to end before the time ran out, with what is known of it.
fn not_ended(watched: &Watched, subject: &Subject<'_>, reporter: &Reporter) -> Code {
    let message = if watched.was_active {
        "the session has not ended in time"
    } else {
        "the session was not seen in time"
    };
    let mut report = Report::new(
        Code::WaitTimedOut,
        "WaitTimedOut",
        message,
        Some("wait longer with --timeout".to_owned()),
    )
    .about(subject);
    if let Some(error) = &watched.failure {
        let reason = report::sentence(error, subject);
        report = report.after(error, &format!("; at the last look: {reason}"));
    }
    reporter.error(&report);
    Code::WaitTimedOut
}
