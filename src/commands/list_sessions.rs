//! `wsb list-sessions`: find sessions on a portal.

use std::sync::Arc;

use jiff::Timestamp;

use super::portal::{self, Opened};
use super::{interrupted, results, sessions, subject};
use crate::account::Calls;
use crate::cli;
use crate::cli::completion;
use crate::delivery::deadline::Deadline;
use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{NOT_WHOLE, Reporter};
use crate::diagnostics::usage::UsageError;
use crate::output::{Extent, time};
use crate::service::error::CallError;
use crate::service::model::{self, Document};
use crate::service::operations::{SessionFilter, SortBy};

/// The IAM action that the call needs.
const ACTION: &str = "workspaces-web:ListSessions";

pub(super) async fn run(
    arguments: Box<cli::ListSessions>,
    reporter: &Arc<Reporter>,
) -> anyhow::Result<Code> {
    let deadline = Deadline::of_command(arguments.connection.timeout);
    let selection = results::selection(&arguments.output, arguments.field)?;
    let reference = sessions::portal(arguments.portal.or(arguments.portal_id))?;
    let period = Period::new(arguments.since, arguments.until)?;
    let filter = SessionFilter {
        username: arguments.username,
        session: arguments.session_id,
        status: arguments.status.map(|status| match status {
            cli::Status::Active => "Active",
            cli::Status::Terminated => "Terminated",
        }),
        sort_by: match arguments.sort_by {
            cli::SortBy::StartTimeAscending => SortBy::StartTimeAscending,
            cli::SortBy::StartTimeDescending => SortBy::StartTimeDescending,
        },
    };
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

    let shape = &model::SESSION_SUMMARY;
    let mut printer =
        results::stdout_printer(selection, &arguments.output, Extent::List, shape, reporter);
    let mut pages = client.list_sessions(&portal, &filter, arguments.page_size);
    let mut left = arguments.max_items.unwrap_or(u64::MAX);
    let mut has_page = false;
    let end = 'listing: loop {
        let page = match interrupt.unless(pages.next()).await {
            None => break End::Interrupted,
            Some(None) => break End::Whole,
            Some(Some(Ok(page))) => page,
            Some(Some(Err(error))) => break End::Failed(error),
        };
        has_page = true;
        completion::remember_sessions(&portal, page.iter());
        for session in page {
            match period.place(&session, filter.sort_by) {
                Place::Within => {
                    printer.print(&session)?;
                    left -= 1;
                }
                Place::Outside => {}
                Place::Beyond => break 'listing End::Whole,
            }
            if left == 0 {
                break 'listing End::Whole;
            }
        }
        // A person sees the rows of a page when it arrives, whatever the next one takes.
        printer.flush()?;
    };
    // Before an error is said: a document that stays open stands in the middle of a line.
    match end {
        End::Whole => {
            printer.finish()?;
            Ok(Code::Ok)
        }
        End::Interrupted => {
            printer.break_off()?;
            Ok(interrupted(reporter, &interrupt, NOT_WHOLE))
        }
        End::Failed(error) => {
            printer.break_off()?;
            let mut subject = subject(&client, ACTION);
            subject.portal = Some(portal.as_str());
            Ok(if has_page {
                reporter.list_broke_off(&error, &subject)
            } else {
                reporter.call_failed(&error, &subject)
            })
        }
    }
}

/// How a listing ended.
enum End {
    /// With all that was asked for.
    Whole,
    Interrupted,
    Failed(CallError),
}

/// From when to when sessions have started, both ends included.
#[derive(Debug, Clone, Copy)]
struct Period {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Where a session's start is in a sorted list.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Within,
    Outside,
    /// Outside, and so are all that follow.
    Beyond,
}

impl Period {
    fn new(
        since: Option<cli::PointInTime>,
        until: Option<cli::PointInTime>,
    ) -> Result<Self, UsageError> {
        let (since, until) = (since.map(|time| time.0), until.map(|time| time.0));
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(UsageError::new(format!(
                "--since {since:.0} is after --until {until:.0}, so no session can be between"
            )));
        }
        Ok(Self { since, until })
    }

    fn place(self, session: &Document, sort_by: SortBy) -> Place {
        let Some(start) = session.number("startTime").and_then(time::timestamp) else {
            // Without a start it is in no period, but it is there if no period is asked for.
            return match (self.since, self.until) {
                (None, None) => Place::Within,
                _ => Place::Outside,
            };
        };
        let is_early = self.since.is_some_and(|since| start < since);
        let is_late = self.until.is_some_and(|until| start > until);
        match sort_by {
            SortBy::StartTimeDescending if is_early => Place::Beyond,
            SortBy::StartTimeAscending if is_late => Place::Beyond,
            _ if is_early || is_late => Place::Outside,
            _ => Place::Within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listing_ends_where_the_order_makes_the_rest_irrelevant() {
        let time = |second| Some(Timestamp::from_second(second).unwrap());
        let period = Period {
            since: time(10),
            until: time(20),
        };
        let session = |start: i64| {
            let value = serde_json::json!({ "startTime": start });
            Document::parse(&model::SESSION_SUMMARY, value).unwrap()
        };
        let places = |sort_by| [9, 10, 20, 21].map(|start| period.place(&session(start), sort_by));
        use Place::{Beyond, Outside, Within};
        assert_eq!(
            places(SortBy::StartTimeDescending),
            [Beyond, Within, Within, Outside]
        );
        assert_eq!(
            places(SortBy::StartTimeAscending),
            [Outside, Within, Within, Beyond]
        );
        let no_start = Document::parse(&model::SESSION_SUMMARY, serde_json::json!({})).unwrap();
        assert_eq!(period.place(&no_start, SortBy::StartTimeAscending), Outside);
    }
}
