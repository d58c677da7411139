//! `wsb list-sessions`: find sessions on a portal.

use clap::{Args, ValueEnum};
use futures_util::Stream;
use jiff::Timestamp;

use super::context::Context;
use super::paging::{Visit, outcomes_of_pages};
use super::portal;
use crate::account::Calls;
use crate::cli::{self, PointInTime, completion, field_names};
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure};
use crate::output::time;
use crate::service::client::Client;
use crate::service::ids::{PortalId, PortalReference, SessionId};
use crate::service::model::{self, Document};
use crate::service::operations::{self, SessionFilter};

/// The IAM action that the call needs.
const ACTION: &str = "workspaces-web:ListSessions";

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb list-sessions $PORTAL --status active
  wsb list-sessions $PORTAL --username alice --since 3d -o csv
  wsb list-sessions $PORTAL --status active --field sessionId | wsb get-session $PORTAL -";

/// `wsb list-sessions`.
#[derive(Debug, Args)]
pub(super) struct ListSessions {
    /// The portal's ID, ARN, name or endpoint host [default: WSB_PORTAL]
    #[arg(value_name = "PORTAL", conflicts_with = "portal_id", add = completion::portal())]
    portal: Option<PortalReference>,

    /// The portal, as the AWS CLI spells it
    #[arg(long, value_name = "PORTAL", add = completion::portal())]
    portal_id: Option<PortalReference>,

    /// Only sessions with this status
    #[arg(long, value_name = "STATUS", ignore_case = true)]
    status: Option<Status>,

    /// Only sessions of this user
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Only this session
    #[arg(long, value_name = "SESSION", add = completion::session())]
    session_id: Option<SessionId>,

    /// The order
    #[arg(long, value_name = "ORDER", default_value = "start-time-descending")]
    sort_by: SortBy,

    /// Only sessions that started then or later: 2h, 3d (ago), or ISO 8601 (local without offset)
    #[arg(long, value_name = "TIME", value_parser = PointInTime::parse)]
    pub since: Option<PointInTime>,

    /// Only sessions that started then or earlier
    #[arg(long, value_name = "TIME", value_parser = PointInTime::parse)]
    until: Option<PointInTime>,

    /// End after so many sessions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_items: Option<u64>,

    /// Sessions asked for at a time [default: the service's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::SESSION_SUMMARY), help_heading = "Output")]
    field: Option<String>,
}

/// A session's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    /// Still running
    Active,
    /// Ended
    Terminated,
}

/// The order of a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SortBy {
    /// Oldest first
    #[value(alias = "StartTimeAscending")]
    StartTimeAscending,
    /// Newest first
    #[value(alias = "StartTimeDescending")]
    StartTimeDescending,
}

pub(super) async fn run(options: ListSessions, mut context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    let reference = cli::portal(options.portal.or(options.portal_id))?;
    let listing = Listing {
        period: Period::new(options.since, options.until)?,
        filter: SessionFilter {
            username: options.username,
            session: options.session_id,
            status: options.status.map(|status| match status {
                Status::Active => "Active",
                Status::Terminated => "Terminated",
            }),
            sort_by: match options.sort_by {
                SortBy::StartTimeAscending => operations::SortBy::StartTimeAscending,
                SortBy::StartTimeDescending => operations::SortBy::StartTimeDescending,
            },
        },
        page_size: options.page_size,
        max_items: options.max_items.unwrap_or(u64::MAX),
    };
    let (client, portal) = portal::open(&mut context, reference, Calls::Few).await?;
    context
        .delivery_of_list(destination, &model::SESSION_SUMMARY)
        .deliver(listing.outcomes(&client, portal))
        .await
}

/// Which sessions are listed.
struct Listing {
    period: Period,
    filter: SessionFilter,
    page_size: Option<u32>,
    max_items: u64,
}

impl Listing {
    fn outcomes<'a>(
        &'a self,
        client: &'a Client,
        portal: PortalId,
    ) -> impl Stream<Item = Outcome> + 'a {
        let pages = client.list_sessions(&portal, &self.filter, self.page_size);
        let call = Call::new(client, ACTION).of_portal(portal);
        let mut left = self.max_items;
        let look = move |page: Vec<Document>| {
            completion::remember_sessions(&portal, page.iter());
            let mut wanted = Vec::new();
            for session in page {
                match self.period.place(&session, self.filter.sort_by) {
                    Place::Within => {
                        wanted.push(session);
                        left -= 1;
                    }
                    Place::Outside => {}
                    Place::Beyond => return (wanted, Visit::Done),
                }
                if left == 0 {
                    return (wanted, Visit::Done);
                }
            }
            (wanted, Visit::NextPage)
        };
        outcomes_of_pages(pages, call, look)
    }
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
    fn new(since: Option<PointInTime>, until: Option<PointInTime>) -> Result<Self, Failure> {
        let (since, until) = (since.map(|time| time.0), until.map(|time| time.0));
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(Failure::usage(format!(
                "--since {since:.0} is after --until {until:.0}, so no session can be between"
            )));
        }
        Ok(Self { since, until })
    }

    fn place(self, session: &Document, sort_by: operations::SortBy) -> Place {
        use operations::SortBy::{StartTimeAscending, StartTimeDescending};
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
            StartTimeDescending if is_early => Place::Beyond,
            StartTimeAscending if is_late => Place::Beyond,
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
            places(operations::SortBy::StartTimeDescending),
            [Beyond, Within, Within, Outside]
        );
        assert_eq!(
            places(operations::SortBy::StartTimeAscending),
            [Outside, Within, Within, Beyond]
        );
        let no_start = Document::parse(&model::SESSION_SUMMARY, serde_json::json!({})).unwrap();
        assert_eq!(
            period.place(&no_start, operations::SortBy::StartTimeAscending),
            Outside
        );
    }
}
