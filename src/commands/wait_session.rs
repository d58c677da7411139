//! `wsb wait-session`: block until sessions have ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::portal::{self, Opened};
use super::progress::Waiting;
use super::{get_session, interrupted, open_files, results, sessions, subject};
use crate::cli;
use crate::config::Calls;
use crate::exit::{Code, Tally};
use crate::input::BadLine;
use crate::report::{Report, Reporter};
use crate::service::client::Client;
use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::ids::{PortalId, SessionId};
use crate::service::model::{self, Document};

/// How long sessions are waited for if nothing says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3600);

/// Sessions asked about at a time.
const CONCURRENCY: usize = 16;

pub(super) async fn run(
    mut arguments: Box<cli::WaitSession>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let selection = results::selection(&arguments.output, arguments.field)?;
    let (reference, wanted) = sessions::parse(&arguments.sessions)?;
    let extent = wanted.extent();
    // Taken from the client: its own time-out would end a call as "could not be reached".
    let timeout = arguments.connection.timeout.take();
    let patience = Patience {
        interval: arguments.interval,
        deadline: Instant::now() + timeout.unwrap_or(DEFAULT_TIMEOUT),
    };
    let opened = portal::open(arguments.connection, reference, Calls::Few, reporter).await?;
    let Opened {
        client,
        portal,
        mut interrupt,
    } = match opened {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };

    let mut tally = Tally::default();
    let Some((ids, bad_lines)) = interrupt.unless(distinct(wanted.ids().0)).await else {
        return Ok(interrupted(reporter, &interrupt, ""));
    };
    for line in bad_lines {
        tally.add(get_session::report_bad_line(&line, reporter));
    }
    let shape = &model::SESSION;
    let mut printer =
        results::stdout_printer(selection, &arguments.output, extent, shape, reporter);
    let waiting = Waiting::new(&ids);
    let permits = Semaphore::new(open_files::connections(
        CONCURRENCY.min(ids.len()),
        reporter,
    ));
    let mut ends: FuturesUnordered<_> = ids
        .iter()
        .map(|id| wait(&client, &portal, id, patience, &permits, &waiting))
        .collect();
    while let Some(end) = interrupt.unless(ends.next()).await {
        let Some((id, end)) = end else {
            waiting.clear();
            let code = tally.code();
            results::end(&mut *printer, code == Code::Ok)?;
            return Ok(code);
        };
        waiting.ended(id);
        match end {
            End::Terminated(session) => waiting.around(|| {
                printer.print(&session)?;
                printer.flush()
            })?,
            End::Failed(error) => {
                let mut subject = subject(&client, get_session::ACTION);
                subject.portal = Some(portal.as_str());
                subject.session = Some(id.as_str());
                tally.add(waiting.around(|| reporter.call_failed(&error, &subject)));
            }
            End::TimedOut(last) => {
                let message = match last {
                    None => "the session has not ended in time".to_owned(),
                    Some(reason) => format!("the session has not ended in time; {reason}"),
                };
                let hint = "wait longer with --timeout".to_owned();
                let report = Report::new(Code::WaitTimedOut, "WaitTimedOut", message, Some(hint))
                    .about(portal.as_str(), id.as_str());
                waiting.around(|| reporter.error(&report));
                tally.add(Code::WaitTimedOut);
            }
        }
    }
    waiting.clear();
    let left = ends.len();
    printer.break_off()?;
    Ok(interrupted(
        reporter,
        &interrupt,
        &format!("; {left} of {} sessions had not ended", ids.len()),
    ))
}

/// The IDs, each once, and the lines that are none.
async fn distinct(
    mut ids: impl Stream<Item = Result<SessionId, BadLine>> + Unpin,
) -> (Vec<SessionId>, Vec<BadLine>) {
    let (mut seen, mut distinct, mut bad) = (HashSet::new(), Vec::new(), Vec::new());
    while let Some(id) = ids.next().await {
        match id {
            Ok(id) if seen.insert(id) => distinct.push(id),
            Ok(_) => {}
            Err(line) => bad.push(line),
        }
    }
    (distinct, bad)
}

/// How often and how long to look.
#[derive(Debug, Clone, Copy)]
struct Patience {
    interval: Duration,
    deadline: Instant,
}

impl Patience {
    /// The time to the next look: the interval, a tenth more or less, so that many waits do not
    /// fall into step.
    fn pause(self, random: f64) -> Duration {
        self.interval.mul_f64(0.9 + 0.2 * random)
    }
}

/// How the wait for a session ended.
enum End {
    Terminated(Document),
    Failed(CallError),
    /// Why the last look told nothing, if it did not.
    TimedOut(Option<String>),
}

/// Looks at a session until it has ended.
async fn wait<'a>(
    client: &Client,
    portal: &PortalId,
    id: &'a SessionId,
    patience: Patience,
    permits: &Semaphore,
    waiting: &Waiting,
) -> (&'a SessionId, End) {
    let mut last = None;
    let looks = async {
        loop {
            let permit = permits.acquire().await;
            let look = client.get_session(portal, id).await;
            drop(permit);
            match look {
                Ok(session) if model::has_ended(&session) => return End::Terminated(session),
                Ok(session) => {
                    waiting.seen(id, &session);
                    last = None;
                }
                Err(error) if may_pass(&error) => last = Some(describe(&error)),
                Err(error) => return End::Failed(error),
            }
            tokio::time::sleep(patience.pause(fastrand::f64())).await;
        }
    };
    match tokio::time::timeout_at(patience.deadline, looks).await {
        Ok(end) => (id, end),
        Err(_) => (id, End::TimedOut(last)),
    }
}

/// Whether a later look may fare better.
fn may_pass(error: &CallError) -> bool {
    match error {
        CallError::Service(error) => matches!(
            error.kind,
            ServiceErrorKind::Throttled | ServiceErrorKind::Fault
        ),
        CallError::Unreachable(..) => true,
        CallError::NotTheService { truncated, .. } => *truncated,
        CallError::NoCredentials { .. } | CallError::Request(_) => false,
    }
}

fn describe(error: &CallError) -> String {
    match error {
        CallError::Service(error) => {
            format!("at the last look the service answered {}", error.status)
        }
        CallError::Unreachable(_, reason) => format!("at the last look: {reason}"),
        _ => "the last look told nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_the_interval_give_or_take_a_tenth() {
        let patience = Patience {
            interval: Duration::from_secs(10),
            deadline: Instant::now(),
        };
        assert_eq!(patience.pause(0.0), Duration::from_secs(9));
        assert_eq!(patience.pause(0.5), Duration::from_secs(10));
        assert!(patience.pause(0.999) <= Duration::from_secs(11));
    }
}
