//! A service that keeps none of the promises that the API's pages make about lists: order, filters, and
//! each item once. What it does is decided by a seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::world::Call;
use super::{Act, Server};

/// How a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// As requested.
    AsRequested,
    /// As requested, by whole seconds: within one, in any order.
    ByWholeSeconds,
    NewestFirst,
    OldestFirst,
    /// Not at all.
    Shuffled,
}

/// A session; times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct Record {
    pub portal: usize,
    pub id: String,
    pub user: &'static str,
    pub is_active: bool,
    pub start: Option<i64>,
    pub end: Option<i64>,
}

/// The service, and what is wrong with it.
#[derive(Debug)]
pub struct Unruly {
    pub portals: usize,
    pub records: Vec<Record>,
    pub sorting: Sorting,
    pub ignores_filters: bool,
    /// Each page begins with the last items of the one before.
    pub repeats: usize,
    /// A session starts at each of the first calls of ListSessions, which moves all positions by one.
    pub shifts: bool,
    pub repeats_portals: bool,
    pub page: usize,
    /// Sessions end while the lists are read: one of eight calls is the first that shows so.
    pub ends_sessions: bool,
    /// One of so many calls of ListSessions is throttled.
    pub throttled_share: Option<u64>,
    /// The end of the name of the order that is refused.
    pub refused: Option<&'static str>,
    started: AtomicU64,
    random: AtomicU64,
}

impl Unruly {
    /// The service of a seed, with its sessions around `now`.
    pub fn new(seed: u64, now: i64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let sorting = [
            Sorting::AsRequested,
            Sorting::ByWholeSeconds,
            Sorting::NewestFirst,
            Sorting::OldestFirst,
            Sorting::Shuffled,
        ][random.usize(..5)];
        let portals = random.usize(1..4);
        let has_gaps = random.bool();
        let records = (0..random.usize(0..60))
            .map(|number| record(&mut random, number, portals, now, has_gaps))
            .collect();
        Self {
            portals,
            records,
            sorting,
            ignores_filters: random.bool(),
            repeats: random.usize(..3),
            shifts: random.bool(),
            repeats_portals: random.bool(),
            page: [1, 2, 3, 7, 25, 100][random.usize(..6)],
            ends_sessions: false,
            throttled_share: None,
            refused: None,
            started: AtomicU64::new(0),
            random: AtomicU64::new(seed),
        }
    }

    /// One portal with lists of many pages, which change while they are read, on a service that throttles.
    pub fn restless(seed: u64, now: i64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let has_gaps = random.u8(..8) == 0;
        let records = (0..random.usize(60..300)).map(|number| {
            let mut record = record(&mut random, number, 1, now, has_gaps);
            record.start = record.start.map(|start| start + random.i64(0..4) * 1_300);
            record
        });
        let records = records.collect();
        let sorting = match random.u8(..6) {
            0 => Sorting::NewestFirst,
            1 => Sorting::OldestFirst,
            2 => Sorting::ByWholeSeconds,
            3 => Sorting::Shuffled,
            _ => Sorting::AsRequested,
        };
        Self {
            portals: 1,
            records,
            sorting,
            page: random.usize(5..30),
            ends_sessions: random.bool(),
            throttled_share: random.bool().then_some(15),
            ..Self::new(seed, now)
        }
    }

    pub fn portal_id(number: usize) -> String {
        format!("11111111-0000-4111-8111-{number:012}")
    }

    fn arn(number: usize) -> String {
        let id = Self::portal_id(number);
        format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{id}")
    }

    pub fn serve(self: &Arc<Self>) -> Server {
        let service = Arc::clone(self);
        Server::start(move |request, _| service.respond(&Call::of(request)))
    }

    fn respond(&self, call: &Call<'_>) -> Act {
        let Some(portal) = call.portal else {
            return self.list_portals();
        };
        let number = (0..self.portals).find(|number| Self::portal_id(*number) == portal);
        let Some(number) = number else {
            return Act::error(404, "ResourceNotFoundException", "no such portal");
        };
        let Some(id) = call.session else {
            return self.list_sessions(number, call);
        };
        let mut records = self.records.iter();
        match records.find(|record| record.portal == number && record.id == id) {
            Some(record) => {
                let mut session = document(record);
                session["clientIpAddresses"] = json!(["203.0.113.7"]);
                Act::json(200, &json!({ "session": session }).to_string())
            }
            None => Act::error(404, "ResourceNotFoundException", "no such session"),
        }
    }

    fn list_portals(&self) -> Act {
        let portal = |number| {
            json!({
                "portalArn": Self::arn(number),
                "displayName": format!("Portal {number}"),
                "maxConcurrentSessions": 50,
            })
        };
        let mut portals: Vec<Value> = (0..self.portals).map(portal).collect();
        if self.repeats_portals {
            portals.push(portal(0));
        }
        Act::json(200, &json!({ "portals": portals }).to_string())
    }

    fn list_sessions(&self, portal: usize, call: &Call<'_>) -> Act {
        let started = self.started.fetch_add(1, Ordering::SeqCst);
        if self
            .throttled_share
            .is_some_and(|share| started % share == share - 1)
        {
            return Act::reply(429, &[("retry-after", "0")], "");
        }
        let sort_by = call.parameter("sortBy").unwrap();
        if self.refused.is_some_and(|order| sort_by.ends_with(order)) {
            return Act::error(400, "ValidationException", "no such order");
        }
        let mut records: Vec<Record> = self
            .records
            .iter()
            .filter(|record| record.portal == portal)
            .cloned()
            .collect();
        if self.ends_sessions {
            let ended = usize::try_from(started / 8).unwrap();
            let active = records.iter_mut().filter(|record| record.is_active);
            for record in active.take(ended) {
                record.is_active = false;
                record.end = Some(jiff::Timestamp::now().as_millisecond());
            }
        }
        records.retain(|record| self.fits(record, call));
        let newcomers = (0..=started.min(MOST_NEWCOMERS)).filter(|_| self.shifts);
        let newcomers = newcomers.map(|number| newcomer(portal, number));
        let newcomers = newcomers.filter(|record| self.fits(record, call)).collect();
        self.sort(&mut records, newcomers, sort_by);
        let offset = call
            .parameter("nextToken")
            .map_or(0, |token| token.split('.').next().unwrap().parse().unwrap());
        let start = records
            .len()
            .min(usize::saturating_sub(offset, self.repeats));
        let end = records.len().min(offset + self.page);
        let items: Vec<Value> = records[start..end].iter().map(document).collect();
        let mut reply = json!({ "sessions": items });
        if end < records.len() {
            // A position may come twice; a token never does.
            reply["nextToken"] = format!("{end}.{started}").into();
        }
        Act::json(200, &reply.to_string())
    }

    fn fits(&self, record: &Record, call: &Call<'_>) -> bool {
        let is = |name: &str, value: &str| call.parameter(name).is_none_or(|given| given == value);
        self.ignores_filters
            || (is("status", status(record))
                && is("username", record.user)
                && is("sessionId", &record.id))
    }

    fn sort(&self, records: &mut Vec<Record>, newcomers: Vec<Record>, sort_by: &str) {
        let seed = self.random.load(Ordering::SeqCst);
        // The same at each call.
        fastrand::Rng::with_seed(seed).shuffle(records);
        records.splice(0..0, newcomers.into_iter().rev());
        let is_descending = match self.sorting {
            Sorting::Shuffled => return,
            Sorting::NewestFirst => true,
            Sorting::OldestFirst => false,
            Sorting::AsRequested | Sorting::ByWholeSeconds => sort_by == "StartTimeDescending",
        };
        let unit = if self.sorting == Sorting::ByWholeSeconds {
            1000
        } else {
            1
        };
        records.sort_by_key(|record| {
            let start = record.start.map_or(i64::MAX / 2, |start| start / unit);
            if is_descending { -start } else { start }
        });
    }
}

fn record(
    random: &mut fastrand::Rng,
    number: usize,
    portals: usize,
    now: i64,
    has_gaps: bool,
) -> Record {
    const HOUR: i64 = 3_600_000;
    // Few hours, so that starts are equal or within a second.
    let mut start = Some(now - HOUR * random.i64(1..300) + random.i64(0..3) * 400);
    let is_active = random.u8(..4) == 0;
    let length = [0, 1, HOUR / 2, HOUR, 30 * HOUR][random.usize(..5)];
    let mut end = start.map(|start| (start + length).min(now - 1000));
    if has_gaps {
        match random.u8(..12) {
            0 => start = None,
            1 => end = None,
            2 => start = Some(now + 10 * HOUR),
            _ => {}
        }
    }
    Record {
        portal: random.usize(..portals),
        id: format!("aaaaaaaa-0000-4000-8000-{number:012}"),
        user: ["alice", "Alice", "bob", "carol"][random.usize(..4)],
        is_active,
        start,
        end: end.filter(|_| !is_active),
    }
}

/// If a session started at each call, a list of pages of one would never end.
const MOST_NEWCOMERS: u64 = 8;

/// The ID of a session that starts while the lists are read.
pub fn is_newcomer(id: &str) -> bool {
    id.starts_with("bbbbbbbb")
}

fn newcomer(portal: usize, number: u64) -> Record {
    Record {
        portal,
        id: format!("bbbbbbbb-0000-4000-{portal:04}-{number:012}"),
        user: "newcomer",
        is_active: true,
        start: Some(jiff::Timestamp::now().as_millisecond()),
        end: None,
    }
}

pub fn status(record: &Record) -> &'static str {
    if record.is_active {
        "Active"
    } else {
        "Terminated"
    }
}

fn document(record: &Record) -> Value {
    let mut value = json!({
        "portalArn": Unruly::arn(record.portal),
        "sessionId": record.id,
        "username": record.user,
        "status": status(record),
    });
    for (name, time) in [("startTime", record.start), ("endTime", record.end)] {
        if let Some(time) = time {
            let text = format!("{}.{:03}", time / 1000, time % 1000);
            value[name] = serde_json::from_str(&text).unwrap();
        }
    }
    value
}
