//! Reads a sorted list of sessions from both ends at once, which halves the time for a long list: a page token
//! leads only to the next page, so the pages in one direction cannot be requested concurrently.
//!
//! The near chain reads the list in the requested order, and the far chain reads it in the opposite order. In the
//! range of starts that both chains have read, they must have the same sessions. If they differ, a chain is out of
//! order, or a session has no ID or start, the far chain is dropped, and the near chain reads the entire list.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::ControlFlow;

use futures_util::stream::{self, LocalBoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::pagination::{OrderCheck, RESOLUTION};
use super::time_range::{Match, RunPeriod, retention_start};
use crate::service::client::{Client, Pacing};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::error::CallError;
use crate::service::ids::PortalId;
use crate::service::operations::{Pages, SessionFilter, SortBy};

/// The far chain starts after the near chain has read this many pages, so shorter lists need no additional call.
/// The far chain is dropped if its own first pages, the same number, do not prove that it is sorted: both chains
/// might have to read the entire list.
const FIRST_PAGES: usize = 2;

/// The number of last sessions of which each chain keeps the rank and the hashed ID, for the comparison with the
/// other chain. One session takes 16 bytes.
const COMPARED: usize = 2_000;

/// Sessions whose retention ends within this time count as about to leave the list.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// The maximum size in bytes of the sessions that all far chains of a command hold back.
const MOST_HELD: usize = 16 << 20;

pub(super) struct ListLimits {
    /// [`EXPIRY_MARGIN`], except in tests.
    expiry_margin: SignedDuration,
    /// One permit for each chain that is being read.
    chains: Semaphore,
    bytes: Semaphore,
}

impl ListLimits {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            expiry_margin: EXPIRY_MARGIN,
            chains: Semaphore::new(concurrency),
            bytes: Semaphore::new(MOST_HELD),
        }
    }
}

/// Whether a list is also read from its far end, and in which order its pages are yielded.
pub(super) enum FarEnd<'a> {
    Unread,
    /// Pages are yielded as they arrive, and a session may be yielded twice.
    AnyOrder,
    /// Pages are yielded in list order. The function returns the requested period, which decides where the
    /// list may end.
    InOrder(Box<dyn Fn() -> RunPeriod + 'a>),
}

pub(super) fn session_pages<'a>(
    client: &'a Client,
    portal: &PortalId,
    filter: &SessionFilter,
    page_size: Option<u32>,
    limits: &'a ListLimits,
    far_end: FarEnd<'a>,
) -> SessionPages<'a> {
    let (portal, filter) = (*portal, filter.clone());
    let sort_by = filter.sort_by;
    let open = move |sort_by| {
        let filter = SessionFilter {
            sort_by,
            ..filter.clone()
        };
        client.list_sessions(&portal, &filter, page_size)
    };
    BothEnds::new(open, sort_by, far_end, limits, Some(&client.pacing)).pages()
}

pub(super) type SessionPages<'a> = LocalBoxStream<'a, Result<Vec<Session>, CallError>>;

/// The progress of reading a list in one order.
struct Chain<'a> {
    /// The following pages; `None` while the chain is not read. Opened late, because a stream takes memory, and a
    /// command may read the lists of many portals.
    pages: Option<(SemaphorePermit<'a>, SessionPages<'a>)>,
    /// The start of the first session, and the hashed IDs of the first page.
    first: Option<(Timestamp, Vec<u64>)>,
    count: usize,
    order: OrderCheck,
    /// The ranks and the hashed IDs of the last sessions.
    last: VecDeque<(i64, u64)>,
    /// The sessions that are held back until the near chain has been yielded.
    held: Vec<Session>,
    /// The permits for the size of the held sessions.
    bytes: Vec<SemaphorePermit<'a>>,
}

impl<'a> Chain<'a> {
    fn new(sort_by: SortBy) -> Self {
        Self {
            pages: None,
            first: None,
            count: 0,
            order: OrderCheck::new(sort_by),
            last: VecDeque::new(),
            held: Vec::new(),
            bytes: Vec::new(),
        }
    }

    async fn next(&mut self) -> Option<Result<Vec<Session>, CallError>> {
        let (_, pages) = self.pages.as_mut()?;
        pages.next().await
    }

    /// Adds a page. Returns `Break` if no later page can contain sessions up to `last_start`, or `None` if
    /// the chain cannot be compared with the other one.
    fn add(&mut self, page: &[Session], last_start: Option<Timestamp>) -> Option<ControlFlow<()>> {
        self.count += 1;
        let ids: Vec<u64> = page.iter().map(hash).collect::<Option<_>>()?;
        for (session, id) in page.iter().zip(&ids) {
            self.last.push_back((self.order.rank(session)?, *id));
        }
        if self.first.is_none() {
            let start = page.first().and_then(Session::started_at);
            self.first = start.map(|start| (start, ids));
        }
        let surplus = self.last.len().saturating_sub(COMPARED);
        self.last.drain(..surplus);
        let flow = self.order.check(page, last_start);
        self.order.is_sorted().then_some(flow)
    }

    fn ids(&self) -> HashSet<u64> {
        self.last.iter().map(|(_, id)| *id).collect()
    }

    /// Whether this chain, which has been read up to the rank `end`, has every session that the opposite chain has
    /// up to there. Sessions within [`RESOLUTION`] of `end` are not required, because their order is uncertain.
    fn covers(&self, end: i64, opposite: &Self) -> bool {
        let ids = self.ids();
        let mut sessions = opposite.last.iter();
        sessions.all(|(rank, id)| -rank >= end - RESOLUTION || ids.contains(id))
    }

    /// Holds back the sessions of a page that may be in the period. If that exceeds the memory limit, the
    /// chain is not read further.
    fn hold(&mut self, page: Vec<Session>, period: &RunPeriod, limits: &'a ListLimits) {
        let matters = |session: &Session| period.matches(session) != Match::No;
        let page: Vec<Session> = page.into_iter().filter(matters).collect();
        let weight: usize = page.iter().map(Session::weight).sum();
        self.held.extend(page);
        let weight = u32::try_from(weight).unwrap_or(u32::MAX);
        match limits.bytes.try_acquire_many(weight) {
            Ok(bytes) => self.bytes.push(bytes),
            Err(_) => self.pages = None,
        }
    }
}

/// The hash of a session's ID, ignoring case; `None` without an ID.
fn hash(session: &Session) -> Option<u64> {
    let id = session.session_id.as_ref()?.to_ascii_lowercase();
    Some(BuildHasherDefault::<DefaultHasher>::new().hash_one(id))
}

struct BothEnds<'a> {
    open: Box<dyn Fn(SortBy) -> Pages<'a, Session> + 'a>,
    near: Chain<'a>,
    /// `None` if only the near chain is read.
    far: Option<Chain<'a>>,
    /// Whether both chains together contain the entire list.
    is_complete: bool,
    /// Returns the requested period; `None` if the pages are yielded in any order.
    period: Option<Box<dyn Fn() -> RunPeriod + 'a>>,
    limits: &'a ListLimits,
    pacing: Option<&'a Pacing>,
}

impl<'a> BothEnds<'a> {
    fn new(
        open: impl Fn(SortBy) -> Pages<'a, Session> + 'a,
        sort_by: SortBy,
        far_end: FarEnd<'a>,
        limits: &'a ListLimits,
        pacing: Option<&'a Pacing>,
    ) -> Self {
        let far = Chain::new(sort_by.reversed());
        let (far, period) = match far_end {
            FarEnd::Unread => (None, None),
            FarEnd::AnyOrder => (Some(far), None),
            FarEnd::InOrder(period) => (Some(far), Some(period)),
        };
        Self {
            open: Box::new(open),
            near: Chain::new(sort_by),
            far,
            is_complete: false,
            period,
            limits,
            pacing,
        }
    }

    fn pages(self) -> SessionPages<'a> {
        let pages = stream::unfold(self, |mut list| async {
            let page = list.next().await?;
            Some((page, list))
        });
        pages.boxed_local()
    }

    async fn next(&mut self) -> Option<Result<Vec<Session>, CallError>> {
        if self.near.pages.is_none() {
            // The semaphore is never closed.
            let permit = self.limits.chains.acquire().await.ok()?;
            self.near.pages = Some((permit, (self.open)(self.near.order.sort_by()).boxed_local()));
        }
        loop {
            // The far chain makes additional calls, which a throttling service would reject.
            if self.pacing.is_some_and(Pacing::is_throttled) {
                self.far = None;
            }
            if self.is_complete
                && let Some(far) = self.far.take()
                && self.is_unshifted(&far).await
            {
                self.end_with(far.held);
            }
            let far = async { self.far.as_mut()?.next().await };
            // The near chain first: after its last page no call is made.
            tokio::select! {
                biased;
                page = self.near.next() => {
                    match &page {
                        Some(Ok(page)) => self.add_near(page),
                        _ => self.far = None,
                    }
                    return page;
                }
                Some(page) = far => match page {
                    Ok(page) => if let Some(page) = self.add_far(page) {
                        return Some(Ok(page));
                    },
                    Err(_) => self.far = None,
                },
            }
        }
    }

    /// Compares a page of the near chain with the far chain, and starts to read the far chain if the list
    /// is long and its order is proven.
    fn add_near(&mut self, page: &[Session]) {
        let near = &mut self.near;
        let Some(far) = self.far.as_mut().filter(|_| near.add(page, None).is_some()) else {
            self.far = None;
            return;
        };
        if near.count >= FIRST_PAGES
            && near.order.is_proven()
            && far.count == 0
            && far.pages.is_none()
            && let Ok(permit) = self.limits.chains.try_acquire()
        {
            let pages = (self.open)(far.order.sort_by());
            far.pages = Some((permit, pages.fuse().boxed_local()));
        }
        self.compare();
    }

    /// Adds a page of the far chain, or drops the chain if it cannot be used. Returns the page if it can be
    /// yielded now.
    fn add_far(&mut self, page: Vec<Session>) -> Option<Vec<Session>> {
        let period = self.period.as_ref().map(|period| period());
        let mut far = self.far.take()?;
        let last_start = period.and_then(|period| period.last_start(far.order.sort_by()));
        let flow = far.add(&page, last_start)?;
        if far.count >= FIRST_PAGES && !far.order.is_proven() {
            return None;
        }
        let page = match period {
            None => Some(page),
            Some(period) => {
                far.hold(page, &period, self.limits);
                None
            }
        };
        self.far = Some(far);
        match flow {
            // The far chain alone has all sessions that matter.
            ControlFlow::Break(()) => self.is_complete = true,
            ControlFlow::Continue(()) => self.compare(),
        }
        page
    }

    /// Checks whether the chains overlap, and if so, whether they agree.
    fn compare(&mut self) {
        let near = &self.near;
        let Some(far) = &mut self.far else { return };
        let (Some(near_end), Some(far_end)) = (near.order.end(), far.order.end()) else {
            return;
        };
        // The ranks of one chain are the negative ranks of the other.
        let overlap = near_end + far_end;
        if overlap >= 0 {
            // The chains have met. The near chain is read until they overlap enough to be compared.
            far.pages = None;
        }
        if overlap > 2 * RESOLUTION {
            self.is_complete = near.covers(near_end, far) && far.covers(far_end, near);
            if !self.is_complete {
                self.far = None;
            }
        }
    }

    /// Whether the first page of the far chain is still the same. If page tokens are positions in the list, each
    /// session that leaves the beginning of the list makes a later page skip a session.
    async fn is_unshifted(&self, far: &Chain<'_>) -> bool {
        // By the service's clock, which the replies have set.
        let expiring = retention_start(CLOCK.now()).saturating_add(self.limits.expiry_margin);
        let expiring = expiring.unwrap_or(Timestamp::MAX);
        match &far.first {
            Some((start, first)) if *start < expiring => {
                let page = (self.open)(far.order.sort_by()).next().await;
                let ids = |page: Vec<Session>| page.iter().map(hash).collect();
                page.and_then(Result::ok).and_then(ids).as_ref() == Some(first)
            }
            _ => true,
        }
    }

    /// Ends the list with the held sessions that the near chain does not have.
    fn end_with(&mut self, held: Vec<Session>) {
        let near = self.near.ids();
        let is_new = |session: &Session| hash(session).is_some_and(|id| !near.contains(&id));
        let rest = held.into_iter().rev().filter(is_new).collect();
        if let Some((_, pages)) = &mut self.near.pages {
            *pages = stream::iter([Ok(rest)]).boxed_local();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ASCENDING: SortBy = SortBy::StartTimeAscending;
    const DESCENDING: SortBy = SortBy::StartTimeDescending;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Order {
        AsRequested,
        /// As requested; equal starts have the same order in both directions.
        StableTies,
        WholeSeconds,
        NewestFirst,
        OldestFirst,
        Unsorted,
    }

    /// The sessions of a list by their starts in milliseconds. The index of a start is the ID of the session.
    #[derive(Debug, Clone)]
    struct List {
        starts: Vec<i64>,
        order: Order,
        page: usize,
        /// The number of items that a page repeats from the previous page.
        repeated: usize,
        /// Sessions that start while the list is read, one with each page.
        newcomers: usize,
        /// The oldest sessions, which leave the list while it is read, one with each page.
        leaving: usize,
    }

    struct Service {
        list: List,
        calls: AtomicUsize,
    }

    impl Service {
        fn sorted(&self, sort_by: SortBy, calls: usize) -> Vec<(i64, usize)> {
            let (newcomers, gone) = (calls.min(self.list.newcomers), calls.min(self.list.leaving));
            let known = self.list.starts.iter().copied();
            let new = (0..newcomers).map(|number| 10_000_000 + 2_000 * number as i64);
            let mut sessions: Vec<_> = known.chain(new).zip(0..).skip(gone).collect();
            let is_ascending = match self.list.order {
                Order::NewestFirst => false,
                Order::OldestFirst => true,
                _ => sort_by == ASCENDING,
            };
            match self.list.order {
                Order::Unsorted => return sessions,
                Order::WholeSeconds => {
                    sessions.sort_by_key(|(start, id)| (start / 1000, *id));
                }
                _ => sessions.sort_unstable(),
            }
            if !is_ascending {
                sessions.reverse();
            }
            if self.list.order == Order::StableTies {
                let sign = if is_ascending { 1 } else { -1 };
                sessions.sort_by_key(|(start, id)| (sign * start, *id));
            }
            sessions
        }

        /// The page at an offset, and the offset of the next page. With the newest session first, each session
        /// that starts shifts the offsets.
        fn page(&self, sort_by: SortBy, offset: usize) -> (Vec<Session>, Option<usize>) {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            let sessions = self.sorted(sort_by, call);
            let end = sessions.len().min(offset + self.list.page);
            let first = offset.saturating_sub(self.list.repeated).min(end);
            let documents = sessions[first..end].iter().map(|(start, id)| {
                let seconds = *start as f64 / 1000.0;
                let value = json!({"sessionId": format!("id-{id}"), "startTime": seconds});
                serde_json::from_value(value).unwrap()
            });
            (documents.collect(), (end < sessions.len()).then_some(end))
        }
    }

    /// The list of a service. `delays` has the delays of the replies in the requested order, then of those in the
    /// opposite order.
    fn both_ends<'a>(
        service: &Arc<Service>,
        sort_by: SortBy,
        delays: &'a [Vec<u8>],
        far_end: FarEnd<'a>,
        limits: &'a ListLimits,
    ) -> BothEnds<'a> {
        let service = Arc::clone(service);
        let open = move |order| pages(&service, order, &delays[usize::from(order != sort_by)]);
        BothEnds::new(open, sort_by, far_end, limits, None)
    }

    fn pages(service: &Arc<Service>, sort_by: SortBy, delays: &[u8]) -> Pages<'static, Session> {
        let state = (Arc::clone(service), Some(0), HashSet::new());
        let mut delays = Vec::from(delays).into_iter().cycle();
        let pages = stream::unfold(state, move |(service, offset, mut seen)| {
            let delay = delays.next().unwrap();
            async move {
                let (mut page, next) = service.page(sort_by, offset?);
                for _ in 0..delay {
                    tokio::task::yield_now().await;
                }
                // `Client::list_sessions` removes duplicates, too.
                page.retain(|session| seen.insert(session.session_id.clone()));
                Some((Ok(page), (service, next, seen)))
            }
        });
        pages.boxed()
    }

    /// The sessions as they are printed, and the number of calls.
    fn list(
        list: &List,
        sort_by: SortBy,
        delays: &[Vec<u8>],
        far_end: FarEnd<'static>,
        limits: &ListLimits,
    ) -> (Vec<(i64, String)>, usize) {
        let service = Arc::new(Service {
            list: list.clone(),
            calls: AtomicUsize::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let pages = both_ends(&service, sort_by, delays, far_end, limits);
        let pages = pages.pages().collect();
        let pages: Vec<Result<Vec<Session>, CallError>> = runtime.block_on(pages);
        let sessions = pages.into_iter().flat_map(Result::unwrap).map(|session| {
            let start = session.started_at().unwrap().as_millisecond();
            (start, session.session_id.unwrap())
        });
        (sessions.collect(), service.calls.load(Ordering::Relaxed))
    }

    /// The limits for a list whose sessions do not expire.
    fn limits(concurrency: usize) -> ListLimits {
        ListLimits {
            expiry_margin: SignedDuration::MIN,
            ..ListLimits::new(concurrency)
        }
    }

    fn in_order() -> FarEnd<'static> {
        FarEnd::InOrder(Box::new(RunPeriod::default))
    }

    fn lists() -> impl Strategy<Value = List> {
        let orders = prop::sample::select(vec![
            Order::AsRequested,
            Order::StableTies,
            Order::WholeSeconds,
            Order::NewestFirst,
            Order::OldestFirst,
            Order::Unsorted,
        ]);
        // In the smaller range, many starts are equal or within the resolution.
        let starts = prop_oneof![
            proptest::collection::vec(0_i64..100_000, 0..120),
            proptest::collection::vec(0_i64..9_000_000, 20..120),
        ];
        (starts, orders, 1_usize..12, 0_usize..3, 0_usize..5).prop_map(
            |(starts, order, page, repeated, newcomers)| List {
                starts,
                order,
                page,
                repeated: repeated.min(page - 1),
                newcomers,
                leaving: 0,
            },
        )
    }

    proptest! {
        #[test]
        fn a_list_that_is_read_from_both_ends_is_that_of_the_plain_way(
            content in lists(),
            delays in proptest::collection::vec(proptest::collection::vec(0_u8..5, 1..20), 2),
            is_ascending in any::<bool>(),
            bytes in prop_oneof![Just(MOST_HELD), 1_usize..5_000],
        ) {
            let sort_by = if is_ascending { ASCENDING } else { DESCENDING };
            let limits = ListLimits { bytes: Semaphore::new(bytes), ..limits(2) };
            let (plain, plain_calls) = list(&content, sort_by, &delays, FarEnd::Unread, &limits);
            let (both, calls) = list(&content, sort_by, &delays, in_order(), &limits);
            prop_assert_eq!(limits.chains.available_permits(), 2);
            prop_assert_eq!(limits.bytes.available_permits(), bytes);
            // The number of calls decides which of the sessions that start during the reading are listed.
            let is_known = |(start, _): &&(i64, String)| *start < 10_000_000;
            let sorted = |list: &[(i64, String)]| {
                let mut list: Vec<_> = list.iter().filter(is_known).cloned().collect();
                list.sort();
                list
            };
            prop_assert_eq!(sorted(&both), sorted(&plain));
            let starts = |list: &[(i64, String)]| -> Vec<i64> {
                list.iter().filter(is_known).map(|(start, _)| *start).collect()
            };
            if content.order == Order::WholeSeconds {
                let seconds = |list| starts(list).into_iter().map(|start| start / 1000);
                prop_assert!(seconds(&both).eq(seconds(&plain)));
            } else {
                prop_assert_eq!(starts(&both), starts(&plain));
            }
            if plain_calls <= FIRST_PAGES {
                prop_assert_eq!(calls, plain_calls);
            }
            let (any, _) = list(&content, sort_by, &delays, FarEnd::AnyOrder, &limits);
            let any: HashSet<_> = any.iter().filter(is_known).collect();
            prop_assert_eq!(any, both.iter().filter(is_known).collect::<HashSet<_>>());
        }

        #[test]
        fn a_list_takes_at_most_two_calls_more(
            count in 0_i64..400,
            page in 1_usize..12,
            delays in proptest::collection::vec(proptest::collection::vec(0_u8..5, 1..20), 2),
        ) {
            let content = List {
                starts: (0..count).map(|number| 60_000 * number).collect(),
                order: Order::AsRequested,
                page,
                repeated: 0,
                newcomers: 0,
                leaving: 0,
            };
            let limits = limits(2);
            let (plain, plain_calls) = list(&content, DESCENDING, &delays, FarEnd::Unread, &limits);
            let (both, calls) = list(&content, DESCENDING, &delays, in_order(), &limits);
            prop_assert_eq!(both, plain);
            prop_assert!(calls <= plain_calls + 2, "{} instead of {}", calls, plain_calls);
        }
    }

    fn minutes(count: i64) -> List {
        List {
            starts: (0..count).map(|number| 60_000 * number).collect(),
            order: Order::AsRequested,
            page: 10,
            repeated: 0,
            newcomers: 0,
            leaving: 0,
        }
    }

    const EQUAL: [[u8; 1]; 2] = [[3], [3]];

    #[test]
    fn the_far_chain_ends_the_list_where_it_alone_has_all_that_matters() {
        let period = RunPeriod::started_until(Timestamp::from_second(60 * 95).unwrap());
        let end = FarEnd::InOrder(Box::new(move || period));
        let delays = EQUAL.map(Vec::from);
        let (sessions, calls) = list(&minutes(1000), DESCENDING, &delays, end, &limits(2));
        let old = sessions.iter().filter(|(start, _)| *start <= 95 * 60_000);
        assert_eq!(old.count(), 96);
        assert!(calls < 40, "{calls}");
    }

    #[test]
    fn sessions_that_leave_the_list_while_it_is_read_hide_no_others() {
        let content = List {
            leaving: 50,
            ..minutes(1000)
        };
        let limits = ListLimits {
            expiry_margin: SignedDuration::MAX,
            ..limits(2)
        };
        let (sessions, _) = list(
            &content,
            DESCENDING,
            &EQUAL.map(Vec::from),
            in_order(),
            &limits,
        );
        let kept = sessions.iter().filter(|(start, _)| *start >= 50 * 60_000);
        assert_eq!(kept.count(), 950);
    }

    #[test]
    fn the_far_chain_is_read_only_if_a_call_is_free() {
        let delays = EQUAL.map(Vec::from);
        let end = in_order();
        let (sessions, calls) = list(&minutes(1000), DESCENDING, &delays, end, &limits(1));
        assert_eq!((sessions.len(), calls), (1000, 100));
    }

    #[test]
    fn the_far_chain_waits_when_it_holds_enough() {
        let weight =
            serde_json::from_value::<Session>(json!({"sessionId": "id-1", "startTime": 1.0}));
        let bytes = 95 * weight.unwrap().weight();
        let limits = ListLimits {
            bytes: Semaphore::new(bytes),
            ..limits(2)
        };
        let delays = EQUAL.map(Vec::from);
        let service = Arc::new(Service {
            list: minutes(1000),
            calls: AtomicUsize::new(0),
        });
        let mut pages = both_ends(&service, DESCENDING, &delays, in_order(), &limits);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut most = 0;
        let mut count = 0;
        while let Some(page) = runtime.block_on(pages.next()) {
            count += page.unwrap().len();
            most = most.max(pages.far.as_ref().map_or(0, |far| far.held.len()));
        }
        assert_eq!((count, most), (1000, 100));
    }
}
