//! `wsb list-sessions`: lists the sessions of one portal, several or all.

use std::cell::{Cell, OnceCell};
use std::ops::ControlFlow;

use clap::{Args, ValueEnum};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

mod addresses;

use super::both_ends::{FarEnd, SessionPages, session_pages};
use super::context::Context;
use super::pagination::{OrderCheck, incomplete};
use super::targets::{PORTALS_AT_A_TIME, Search, Target};
use super::time_range::{Match, PeriodArguments, RunPeriod};
use crate::cli::{PortalArguments, TextArg, field_help, field_names};
use crate::config::Calls;
use crate::delivery::{Outcome, counted};
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::output::Cardinality;
use crate::output::documents;
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::error::CallError;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    /// Still running
    Active,
    /// Ended
    Terminated,
}

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

    /// Whether the command needs the entire list, so that it may be read from both ends. False for active
    /// sessions: a session that ends leaves their list, which can shift later pages, and reading in one direction
    /// has fewer places where that matters.
    fn needs_entire_list(&self, sort_by: SortBy) -> bool {
        let period = self.period.resolve(CLOCK.now());
        self.max_items.is_none()
            && self.session_id.is_none()
            && self.status != Some(Status::Active)
            && period.last_start(sort_by).is_none()
            && !self.needs_addresses()
    }
}

pub(super) async fn run(options: ListSessions, context: Context) -> Result<Code, Failure> {
    let mut destination = context.destination(options.field.clone())?;
    destination.check(Cardinality::List, &documents::SESSION)?;
    let portals = options.portals.clone().parse(&context.environment)?;
    options.period.check()?;
    context.warn_of_time_zone(options.period.times(), false);
    destination.period = options.period.bounds();
    destination.many_portals = portals.are_many();
    let (calls, schema) = if options.needs_addresses() {
        (Calls::Many, &documents::SESSION)
    } else {
        (Calls::Few, &documents::SESSION_SUMMARY)
    };
    let search = Search::prepare(&context, portals, calls, PORTALS_AT_A_TIME).await?;
    let filter = options.filter();
    let listing = Listing {
        reads_both_ends: destination.needs_entire_list()
            && options.needs_entire_list(filter.sort_by),
        filter,
        options,
        search: &search,
        period: OnceCell::new(),
        reporter: &context.reporter,
        counts: Counts::default(),
    };
    let found = listing.sessions();
    let found = if listing.options.needs_addresses() {
        addresses::look_up(found, &listing).boxed_local()
    } else {
        found.map_ok(|(_, session)| session).boxed_local()
    };
    let outcomes = at_most(found, listing.options.max_items.unwrap_or(u64::MAX));
    let mut delivery = context.delivery_of_list(destination, schema);
    delivery.if_empty = listing.if_empty();
    let code = delivery.deliver(outcomes).await?;
    listing.report_counts();
    Ok(code)
}

/// A session and its portal, or the failure of a search or of a list.
type SessionResult<'a> = Result<(Target<'a>, Session), Failure>;

fn at_most(
    sessions: impl Stream<Item = Result<Session, Failure>>,
    most: u64,
) -> impl Stream<Item = Outcome> {
    // Ends with the last session, so that no later page is requested.
    stream::unfold(Some((Box::pin(sessions), most)), |state| async {
        let (mut sessions, mut left) = state?;
        let session = sessions.next().await?;
        left -= u64::from(session.is_ok());
        Some((session.into(), (left > 0).then_some((sessions, left))))
    })
}

/// The options of a `wsb list-sessions`, and the counts for its warnings.
struct Listing<'a> {
    options: ListSessions,
    filter: SessionFilter,
    reads_both_ends: bool,
    search: &'a Search,
    /// The requested period. Resolved after the first reply, which sets the service's clock.
    period: OnceCell<RunPeriod>,
    reporter: &'a Reporter,
    counts: Counts,
}

/// Numbers of sessions to report at the end.
#[derive(Default)]
struct Counts {
    /// Sessions omitted because they may have started outside the period.
    no_start: Cell<u64>,
    /// Sessions listed although they may have ended before the period.
    no_end: Cell<u64>,
    /// Sessions omitted because it is unknown whether they used one of the addresses.
    no_address: Cell<u64>,
    /// Sessions for which GetSession was called.
    looked_up: Cell<u64>,
}

fn increment(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

impl Listing<'_> {
    /// Streams the sessions of all portals in the order in which their pages arrive. Each page is passed on as a
    /// whole, so that only few of the concurrent lists have a page in memory.
    fn sessions(&self) -> impl Stream<Item = SessionResult<'_>> {
        let pages = self
            .search
            .targets()
            .flat_map_unordered(self.search.concurrency, |target| match target {
                Ok(target) => PortalListing::new(self, target).pages().boxed_local(),
                Err(failure) => stream::iter([vec![Err(failure)]]).boxed_local(),
            });
        pages.flat_map(stream::iter)
    }

    /// The note for an empty list. It repeats the filters.
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

    fn period(&self) -> &RunPeriod {
        self.period.get_or_init(|| {
            let now = CLOCK.now();
            let period = self.options.period.resolve(now);
            period.warn_of_retention(now, self.reporter);
            period
        })
    }

    fn matches(&self, session: &Session) -> bool {
        match self.period().matches(session) {
            Match::Yes => true,
            Match::No => false,
            Match::UnknownEnd => {
                increment(&self.counts.no_end);
                true
            }
            Match::UnknownStart => {
                increment(&self.counts.no_start);
                false
            }
        }
    }

    fn report_counts(&self) {
        let counts = &self.counts;
        let warn = |count: &Cell<u64>, text: &str| {
            if count.get() > 0 {
                let sessions = counted(count.get(), "session");
                self.reporter.warning(&format!("{sessions} {text}"));
            }
        };
        warn(
            &counts.no_start,
            "without a start time omitted: the period cannot be applied",
        );
        warn(
            &counts.no_end,
            "listed although the service does not say when they ended, which may have been before the period",
        );
        warn(
            &counts.no_address,
            "omitted whose addresses are missing or malformed, so that --address cannot be applied",
        );
        if counts.looked_up.get() > 0 {
            let sessions = counted(counts.looked_up.get(), "session");
            self.reporter
                .note(&format!("asked GetSession about {sessions}"));
        }
    }
}

struct PortalListing<'a> {
    listing: &'a Listing<'a>,
    target: Target<'a>,
    pages: SessionPages<'a>,
    order: OrderCheck,
    /// The sessions that are held back until the order of the list is proven; empty without `--max-items`.
    held: Vec<Session>,
    /// The number of sessions that may still be printed, if there is a limit.
    room: Option<usize>,
    had_page: bool,
    has_printed: bool,
}

impl<'a> PortalListing<'a> {
    fn new(listing: &'a Listing<'a>, target: Target<'a>) -> Self {
        let far_end = match listing.reads_both_ends {
            true => FarEnd::InOrder(Box::new(|| *listing.period())),
            false => FarEnd::Unread,
        };
        let most = listing.options.max_items;
        Self {
            pages: session_pages(
                target.client,
                &target.portal,
                &listing.filter,
                listing.options.page_size,
                &listing.search.limits,
                far_end,
            ),
            listing,
            target,
            order: OrderCheck::new(listing.filter.sort_by),
            held: Vec::new(),
            room: most.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            had_page: false,
            has_printed: false,
        }
    }

    /// Streams the sessions that are in the period, page by page.
    fn pages(self) -> impl Stream<Item = Vec<SessionResult<'a>>> {
        stream::unfold(Some(self), |reading| async {
            let mut reading = reading?;
            let mut failure = None;
            let (sessions, flow) = match reading.pages.next().await {
                Some(Ok(page)) => reading.read(page),
                end => {
                    failure = end
                        .and_then(Result::err)
                        .map(|error| reading.failure(&error));
                    (std::mem::take(&mut reading.held), ControlFlow::Break(()))
                }
            };
            let target = &reading.target;
            let items = sessions
                .into_iter()
                .map(|session| Ok((target.clone(), session)));
            let items = items.chain(failure.map(Err)).collect();
            Some((items, flow.is_continue().then_some(reading)))
        })
    }

    fn failure(&self, error: &CallError) -> Failure {
        let Target { client, portal, .. } = self.target;
        let call = Call::new(client, Operation::ListSessions).for_portal(portal);
        let failure = incomplete(&call, error, self.had_page);
        let is_only_portal = (self.listing.search.named.as_ref()).is_some_and(|it| it.len() == 1);
        // A shared failure is reported once for all portals.
        if self.had_page || is_only_portal || failure.is_shared() {
            return failure;
        }
        failure.append("; the list lacks the portal's sessions")
    }

    /// Returns the sessions of a page that can be printed, and whether the next page is needed.
    fn read(&mut self, page: Vec<Session>) -> (Vec<Session>, ControlFlow<()>) {
        self.had_page = true;
        let (listing, Target { client, portal, .. }) = (self.listing, &self.target);
        let recent = &listing.search.recent;
        recent.add_sessions(&client.endpoint, portal, &page);
        let last_start = listing.period().last_start(listing.filter.sort_by);
        let flow = self.order.check(&page, last_start);
        let matching = page.into_iter().filter(|session| listing.matches(session));
        let matching: Vec<Session> = matching.collect();
        let sessions = match self.room {
            None => matching,
            Some(room) => self.hold(matching, room),
        };
        self.has_printed |= !sessions.is_empty();
        // Sessions that are held until the end are sorted before they are printed.
        if !self.order.is_sorted() && self.has_printed {
            listing.reporter.warning_once(
                "the service does not sort the sessions by their start as requested: each list is read to its end, and printed in the service's order",
            );
        }
        match self.room {
            Some(0) => (sessions, ControlFlow::Break(())),
            _ => (sessions, flow),
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
}
