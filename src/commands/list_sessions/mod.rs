//! `wsb list-sessions`: find sessions, on one portal, several or all.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use clap::{Args, ValueEnum};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};

mod addresses;

use super::both_ends::{FarEnd, ListLimits, session_pages};
use super::context::Context;
use super::pagination::{OrderCheck, PageItems, items_of, pages_of};
use super::targets::{PORTALS_AT_A_TIME, Search, Target};
use super::time_range::{Match, PeriodArguments, RunPeriod};
use crate::cli::completion::RecentLists;
use crate::cli::{PortalArguments, TextArg, field_help, field_names};
use crate::config::Calls;
use crate::delivery::{Outcome, counted};
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::output::Cardinality;
use crate::output::documents;
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::ids::SessionId;
use crate::service::operations::{Operation, SessionFilter, SortBy};
use addresses::Network;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb list-sessions $PORTAL --status active
  wsb list-sessions $PORTAL --username alice --since 3d -o csv
  wsb list-sessions --all-regions --username carol --status active
  wsb list-sessions $PORTAL --active-at 2026-11-24T01:30Z
  wsb list-sessions --all-portals --address 203.0.113.0/28 --active-at @1665179084578
  wsb list-sessions $PORTAL --status active --field sessionId | wsb get-session $PORTAL -";

/// `wsb list-sessions`.
#[derive(Debug, Args)]
pub(super) struct ListSessions {
    #[command(flatten)]
    portals: PortalArguments,

    /// Only active, or only terminated sessions
    #[arg(
        long,
        value_name = "STATUS",
        ignore_case = true,
        hide_possible_values = true
    )]
    status: Option<Status>,

    /// Only sessions of this user
    #[arg(long, value_name = "NAME", value_parser = TextArg, allow_hyphen_values = true)]
    username: Option<String>,

    /// Only this session
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "SESSION")]
    session_id: Option<SessionId>,

    /// Order within each portal
    ///
    /// [default: newest first; oldest first with --active-at or --active-until, which reads fewer pages]
    #[arg(long, value_name = "ORDER", hide_short_help = true)]
    sort_by: Option<SortByArg>,

    /// Only sessions that used this address or network
    ///
    /// May be repeated. Calls GetSession for each session that matches the other options.
    #[arg(long, value_name = "IP-or-CIDR", value_parser = Network::parse)]
    address: Vec<Network>,

    /// Add the addresses that each session used
    ///
    /// Calls GetSession for each session.
    #[arg(long, hide_short_help = true)]
    with_addresses: bool,

    /// Print at most N sessions
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_items: Option<u64>,

    /// Sessions per request [default: the service's page size]
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,

    /// Print only the value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::SESSION), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::SESSION))]
    field: Option<String>,

    #[command(flatten)]
    period: PeriodArguments,
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
enum SortByArg {
    /// Oldest first
    #[value(alias = "StartTimeAscending")]
    StartTimeAscending,
    /// Newest first
    #[value(alias = "StartTimeDescending")]
    StartTimeDescending,
}

impl ListSessions {
    fn filter(&self) -> SessionFilter {
        let status = |status: Status| match status {
            Status::Active => "Active",
            Status::Terminated => "Terminated",
        };
        SessionFilter {
            username: self.username.clone(),
            session: self.session_id,
            status: self.status.map(status),
            sort_by: match self.sort_by {
                Some(SortByArg::StartTimeAscending) => SortBy::StartTimeAscending,
                Some(SortByArg::StartTimeDescending) => SortBy::StartTimeDescending,
                None => self.period.best_order(),
            },
        }
    }

    fn needs_addresses(&self) -> bool {
        self.with_addresses
            || !self.address.is_empty()
            || self.field.as_deref() == Some("clientIpAddresses")
    }

    /// Whether the command needs the list to its end. Active sessions may leave their list while it is read,
    /// which can shift the pages after them: one chain of pages has fewer places where that matters.
    fn needs_entire_list(&self, sort_by: SortBy) -> bool {
        let period = self.period.resolve(CLOCK.now());
        self.max_items.is_none()
            && self.session_id.is_none()
            && self.status != Some(Status::Active)
            && period.last_start(sort_by).is_none()
            && !self.needs_addresses()
    }
}

pub(super) async fn run(options: ListSessions, mut context: Context) -> Result<Code, Failure> {
    let needs_addresses = options.needs_addresses();
    let mut destination = context.destination(options.field.clone())?;
    destination.check(Cardinality::List, &documents::SESSION)?;
    let portals = options.portals.clone().parse(&context.environment)?;
    options.period.check()?;
    context.warn_of_time_zone(options.period.times());
    destination.period = options.period.bounds();
    destination.many_portals = portals.are_many();
    let filter = options.filter();
    let listing = Listing {
        reads_both_ends: destination.needs_entire_list()
            && options.needs_entire_list(filter.sort_by),
        filter,
        options,
        period: OnceLock::new(),
        recent: RecentLists::new(&context.environment),
        reporter: Arc::clone(&context.reporter),
        doubts: Doubts::default(),
    };
    let calls = if needs_addresses {
        Calls::Many
    } else {
        Calls::Few
    };
    let search = Search::prepare(&mut context, portals, calls, PORTALS_AT_A_TIME).await?;
    let found = found(&listing, &search);
    let looked_up = Cell::new(0);
    let (shape, found) = if needs_addresses {
        let concurrency = search.concurrency;
        let found = addresses::look_up(
            found,
            &listing.options.address,
            concurrency,
            &looked_up,
            &listing.doubts.no_address,
        );
        let found = found.boxed_local();
        (&documents::SESSION, found)
    } else {
        let found = found.map(|found| found.map(|(_, session)| session));
        (&documents::SESSION_SUMMARY, found.boxed_local())
    };
    let outcomes = at_most(found, listing.options.max_items.unwrap_or(u64::MAX));
    let mut delivery = context.delivery_of_list(destination, shape);
    delivery.if_empty = listing.if_empty();
    let code = delivery.deliver(outcomes).await?;
    listing.doubts.warn(&context.reporter);
    if looked_up.get() > 0 {
        let sessions = counted(looked_up.get(), "session");
        let note = format!("asked GetSession about {sessions}");
        context.reporter.note(&note);
    }
    Ok(code)
}

/// A session and its portal, or the failure of a search or of a list.
type SessionResult<'a> = Result<(Target<'a>, Session), Failure>;

/// Streams the sessions of all portals in the order in which their pages arrive.
fn found<'a>(listing: &'a Listing, search: &'a Search) -> BoxStream<'a, SessionResult<'a>> {
    let pages = search
        .targets()
        .flat_map_unordered(search.concurrency, |target| match target {
            Ok(target) => listing.pages(target, &search.limits),
            Err(failure) => stream::iter([Err(failure)]).boxed(),
        });
    items_of(pages)
}

/// Ends the stream after `most` sessions.
fn at_most(
    sessions: impl Stream<Item = Result<Session, Failure>>,
    most: u64,
) -> impl Stream<Item = Outcome> {
    // The last one ends the stream with it: what would follow is not asked for.
    stream::unfold(Some((Box::pin(sessions), most)), |state| async {
        let (mut sessions, mut left) = state?;
        let session = sessions.next().await?;
        left -= u64::from(session.is_ok());
        Some((session.into(), (left > 0).then_some((sessions, left))))
    })
}

/// The filters of a list.
struct Listing {
    options: ListSessions,
    filter: SessionFilter,
    reads_both_ends: bool,
    /// The period by the service's clock, which the first reply sets.
    period: OnceLock<RunPeriod>,
    recent: RecentLists,
    reporter: Arc<Reporter>,
    doubts: Doubts,
}

impl Listing {
    /// The note for an empty list, which repeats the filters.
    fn if_empty(&self) -> String {
        let options = &self.options;
        let asked = [
            self.filter
                .username
                .as_ref()
                .map(|name| format!("username {name:?}")),
            self.filter.session.map(|id| format!("session {id}")),
            self.filter.status.map(str::to_lowercase),
            (!options.period.is_unbounded()).then(|| "in the period".to_owned()),
            (!options.address.is_empty()).then(|| "at the address".to_owned()),
        ];
        let asked: Vec<String> = asked.into_iter().flatten().collect();
        if asked.is_empty() {
            "no sessions: the service keeps them for 35 days".to_owned()
        } else {
            format!("no sessions match ({})", asked.join(", "))
        }
    }

    /// The sessions of a portal that are in the period, a page at a time.
    fn pages<'a>(
        &'a self,
        target: Target<'a>,
        limits: &'a ListLimits,
    ) -> BoxStream<'a, Result<Vec<(Target<'a>, Session)>, Failure>> {
        let far_end = match self.reads_both_ends {
            true => FarEnd::InOrder(Box::new(|| *self.period())),
            false => FarEnd::Unread,
        };
        let pages = session_pages(
            target.client,
            &target.portal,
            &self.filter,
            self.options.page_size,
            limits,
            far_end,
        );
        let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
        let mut reading = PortalListing {
            listing: self,
            target,
            order: OrderCheck::new(self.filter.sort_by),
            held: Vec::new(),
            room: self
                .options
                .max_items
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            has_printed: false,
        };
        pages_of(pages, call, move |page| reading.read(page))
    }

    fn period(&self) -> &RunPeriod {
        self.period.get_or_init(|| {
            let now = CLOCK.now();
            let period = self.options.period.resolve(now);
            period.warn_of_retention(now, &self.reporter);
            period
        })
    }
}

/// Counts the sessions without a reported start or end, which may be outside of the period, and remembers
/// whether the list was unsorted.
#[derive(Default)]
struct Doubts {
    no_start: AtomicU64,
    no_end: AtomicU64,
    no_address: AtomicU64,
    is_unsorted: AtomicBool,
}

impl Doubts {
    fn warn(&self, reporter: &Reporter) {
        let warn = |count: &AtomicU64, text: &str| match count.load(Ordering::Relaxed) {
            0 => {}
            count => reporter.warning(&format!("{} {text}", counted(count, "session"))),
        };
        warn(
            &self.no_start,
            "without a start time omitted: the period cannot be applied",
        );
        warn(
            &self.no_end,
            "listed although the service does not say when they ended, which may have been before the period",
        );
        warn(
            &self.no_address,
            "omitted whose addresses are missing or malformed, so that --address cannot be applied",
        );
    }

    /// Warns once that sessions are not printed in the requested order.
    fn warn_of_order(&self, reporter: &Reporter) {
        if !self.is_unsorted.swap(true, Ordering::Relaxed) {
            reporter.warning(
                "the service does not sort the sessions by their start as requested: each list is read to its end, and printed in the service's order",
            );
        }
    }
}

/// The state of reading the list of a portal.
struct PortalListing<'a> {
    listing: &'a Listing,
    target: Target<'a>,
    order: OrderCheck,
    /// The sessions that are held back until the order of the list is proven; empty without `--max-items`.
    held: Vec<Session>,
    /// The number of sessions that may still be printed, if there is a limit.
    room: Option<usize>,
    has_printed: bool,
}

impl<'a> PortalListing<'a> {
    fn read(&mut self, page: Option<Vec<Session>>) -> PageItems<(Target<'a>, Session)> {
        let Some(page) = page else {
            let rest = std::mem::take(&mut self.held);
            return ControlFlow::Break(self.items(rest));
        };
        let endpoint = self.target.client.endpoint();
        self.listing
            .recent
            .add_sessions(endpoint, &self.target.portal, &page);
        let period = self.listing.period();
        let last_start = period.last_start(self.listing.filter.sort_by);
        let flow = self.order.check(&page, last_start);
        let matching = page.into_iter().filter(|session| self.matches(session));
        let matching: Vec<Session> = matching.collect();
        let sessions = match self.room {
            None => matching,
            Some(room) => self.hold(matching, room),
        };
        let is_printed = match self.room {
            None => !sessions.is_empty(),
            // What is held until the end is printed in order.
            Some(_) => self.has_printed,
        };
        if !self.order.is_sorted() && is_printed {
            self.listing.doubts.warn_of_order(&self.listing.reporter);
        }
        self.has_printed |= !sessions.is_empty();
        let items = self.items(sessions);
        if flow.is_break() || self.room == Some(0) {
            ControlFlow::Break(items)
        } else {
            ControlFlow::Continue(items)
        }
    }

    fn matches(&self, session: &Session) -> bool {
        let doubts = &self.listing.doubts;
        match self.listing.period().matches(session) {
            Match::Yes => true,
            Match::No => false,
            Match::UnknownEnd => {
                doubts.no_end.fetch_add(1, Ordering::Relaxed);
                true
            }
            Match::UnknownStart => {
                doubts.no_start.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }

    /// Holds sessions back until the order of the list is proven, and then returns the first `room`
    /// sessions.
    fn hold(&mut self, sessions: Vec<Session>, room: usize) -> Vec<Session> {
        self.held.extend(sessions);
        if !self.order.is_sorted() {
            let rank = |session: &Session| self.order.rank(session).unwrap_or(i64::MAX);
            self.held.sort_by_key(rank);
        }
        self.held.truncate(room);
        if !self.order.is_proven() {
            return Vec::new();
        }
        self.room = Some(room - self.held.len());
        std::mem::take(&mut self.held)
    }

    fn items(&self, sessions: Vec<Session>) -> Vec<(Target<'a>, Session)> {
        let item = |session| (self.target.clone(), session);
        sessions.into_iter().map(item).collect()
    }
}
