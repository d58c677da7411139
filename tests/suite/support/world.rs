//! A service of many regions, portals and sessions, which are made by a formula when they are asked for.
//! The region is the one that a request is signed for.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::server::Request;
use super::{Act, Server};

/// The regions of the partition `aws` where the service exists.
pub const REGIONS: [&str; 10] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-west-2",
];

/// A session; times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    pub id: String,
    pub user: String,
    pub start: i64,
    /// Absent while it runs.
    pub end: Option<i64>,
    pub addresses: Vec<String>,
}

impl Life {
    /// Whether it ran at some moment from `since` to `until`, both included.
    pub fn overlaps(&self, since: i64, until: i64) -> bool {
        self.start <= until && self.end.is_none_or(|end| end >= since)
    }

    fn summary(&self, portal: &Portal) -> Value {
        let mut value = json!({
            "portalArn": portal.arn(),
            "sessionId": self.id,
            "username": self.user,
            "status": if self.end.is_none() { "Active" } else { "Terminated" },
            "startTime": seconds(self.start),
        });
        if let Some(end) = self.end {
            value["endTime"] = seconds(end);
        }
        value
    }
}

/// A time as the service writes it.
fn seconds(milliseconds: i64) -> Value {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    serde_json::from_str(&text).unwrap()
}

/// The n-th session of a portal, by its start.
type Lives = Arc<dyn Fn(usize) -> Life + Send + Sync>;

/// A portal and its sessions.
#[derive(Clone)]
pub struct Portal {
    pub region: &'static str,
    pub id: String,
    pub name: String,
    pub limit: Option<u64>,
    pub count: usize,
    lives: Lives,
}

impl Portal {
    /// The portal of this number in the region of this number, with `count` sessions.
    pub fn new(
        region: usize,
        number: usize,
        count: usize,
        lives: impl Fn(usize) -> Life + Send + Sync + 'static,
    ) -> Self {
        Self {
            region: REGIONS[region],
            id: format!("11111111-{region:02}{number:02}-4111-8111-111111111111"),
            name: format!("Portal {region}.{number}"),
            limit: Some(50),
            count,
            lives: Arc::new(lives),
        }
    }

    /// The same with these sessions.
    pub fn of(region: usize, number: usize, mut lives: Vec<Life>) -> Self {
        lives.sort_by_key(|life| life.start);
        Self::new(region, number, lives.len(), move |index| {
            lives[index].clone()
        })
    }

    pub fn arn(&self) -> String {
        let (region, id) = (self.region, &self.id);
        format!("arn:aws:workspaces-web:{region}:123456789012:portal/{id}")
    }

    /// All sessions, the oldest first.
    pub fn lives(&self) -> impl Iterator<Item = Life> + '_ {
        (0..self.count).map(|index| (self.lives)(index))
    }

    /// The session with this ID, which mostly ends in the session's number.
    fn find(&self, id: &str) -> Option<Life> {
        let number = id.rsplit('-').next().and_then(|number| number.parse().ok());
        number
            .filter(|number| *number < self.count)
            .map(|number| (self.lives)(number))
            .filter(|life| life.id == id)
            .or_else(|| self.lives().find(|life| life.id == id))
    }

    fn summary(&self) -> Value {
        let mut value = json!({
            "portalArn": self.arn(),
            "displayName": self.name,
            "portalStatus": "Active",
            "portalEndpoint": format!("{}.workspaces-web.com", self.id),
        });
        if let Some(limit) = self.limit {
            value["maxConcurrentSessions"] = limit.into();
        }
        value
    }
}

/// What the service does in place of an answer.
type Disturbance = Box<dyn Fn(&Call<'_>) -> Option<Act> + Send + Sync>;

/// The portals, and how they are served.
pub struct World {
    pub portals: Vec<Portal>,
    /// Sessions per page.
    pub page: usize,
    /// Portals per page.
    pub portals_page: usize,
    disturbance: Disturbance,
    gates: BTreeMap<Operation, Gate>,
    delay: Duration,
}

/// The operations, by the depth of their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    ListPortals,
    ListSessions,
    GetSession,
}

/// A request, taken apart.
pub struct Call<'a> {
    pub region: &'a str,
    pub operation: Operation,
    pub portal: Option<&'a str>,
    pub session: Option<&'a str>,
    query: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    pub fn of(request: &'a Request) -> Self {
        let authorization = request.header("authorization").unwrap();
        let region = authorization.split('/').nth(2).unwrap();
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let mut parts = path.split('/').skip(2);
        let portal = parts.next();
        let session = parts.nth(1);
        let operation = match (portal, session) {
            (None, _) => Operation::ListPortals,
            (_, None) => Operation::ListSessions,
            _ => Operation::GetSession,
        };
        let query = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.replace("%40", "@")))
        });
        Self {
            region,
            operation,
            portal,
            session,
            query: query.collect(),
        }
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let pair = pairs.find(|(found, _)| found == name)?;
        Some(&pair.1)
    }

    fn offset(&self) -> usize {
        self.parameter("nextToken")
            .map_or(0, |token| token.parse().unwrap())
    }
}

/// Holds calls of an operation until so many are under way.
struct Gate {
    needed: usize,
    /// Calls under way, and the most of them so far.
    state: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Gate {
    /// Long enough for any machine, and an end for a program that never sends so many.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn enter(&self) {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        state.1 = state.1.max(state.0);
        self.changed.notify_all();
        let waits = |state: &mut (usize, usize)| state.1 < self.needed;
        let waited = self
            .changed
            .wait_timeout_while(state, Self::PATIENCE, waits)
            .unwrap();
        drop(waited);
    }

    fn leave(&self) {
        self.state.lock().unwrap().0 -= 1;
    }
}

impl World {
    pub fn new(portals: Vec<Portal>) -> Self {
        Self {
            portals,
            page: 100,
            portals_page: 100,
            disturbance: Box::new(|_| None),
            gates: BTreeMap::new(),
            delay: Duration::ZERO,
        }
    }

    /// The same with so many sessions per page.
    pub fn paged(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    /// The same, but that some calls get another answer.
    pub fn disturbed(
        mut self,
        disturbance: impl Fn(&Call<'_>) -> Option<Act> + Send + Sync + 'static,
    ) -> Self {
        self.disturbance = Box::new(disturbance);
        self
    }

    /// The same, but that calls of an operation are answered once `needed` of them have been under way at
    /// the same time.
    pub fn gated(mut self, operation: Operation, needed: usize) -> Self {
        let gate = Gate {
            needed,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        self.gates.insert(operation, gate);
        self
    }

    /// The same with each answer so much later.
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The most calls of a gated operation that were under way at the same time.
    pub fn most_at_once(&self, operation: Operation) -> usize {
        self.gates[&operation].state.lock().unwrap().1
    }

    /// Every session with its portal.
    pub fn all(&self) -> impl Iterator<Item = (&Portal, Life)> {
        self.portals
            .iter()
            .flat_map(|portal| portal.lives().map(move |life| (portal, life)))
    }

    /// A service on loopback.
    pub fn serve(self: &Arc<Self>) -> Server {
        let world = Arc::clone(self);
        Server::start(move |request, _| world.answer(request))
    }

    fn answer(&self, request: &Request) -> Act {
        let call = Call::of(request);
        let gate = self.gates.get(&call.operation);
        if let Some(gate) = gate {
            gate.enter();
        }
        std::thread::sleep(self.delay);
        let act = (self.disturbance)(&call).unwrap_or_else(|| self.undisturbed(&call));
        if let Some(gate) = gate {
            gate.leave();
        }
        act
    }

    fn undisturbed(&self, call: &Call<'_>) -> Act {
        let mut portals = self
            .portals
            .iter()
            .filter(|portal| portal.region == call.region);
        if call.operation == Operation::ListPortals {
            let portals: Vec<Value> = portals.map(Portal::summary).collect();
            let start = call.offset();
            let end = (start + self.portals_page).min(portals.len());
            let next = (end < portals.len()).then_some(end);
            return page("portals", &portals[start..end], next);
        }
        let Some(portal) = portals.find(|portal| Some(&*portal.id) == call.portal) else {
            return not_found("portal");
        };
        match call.session {
            None => self.sessions(portal, call),
            Some(id) => portal
                .find(id)
                .map_or_else(|| not_found("session"), |life| session(portal, &life)),
        }
    }

    fn sessions(&self, portal: &Portal, call: &Call<'_>) -> Act {
        let is_descending = call.parameter("sortBy") == Some("StartTimeDescending");
        let size = call
            .parameter("maxResults")
            .map_or(self.page, |size| size.parse().unwrap());
        let fits = |life: &Life| {
            let is =
                |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
            let status = if life.end.is_none() {
                "Active"
            } else {
                "Terminated"
            };
            is("username", &life.user) && is("status", status) && is("sessionId", &life.id)
        };
        let mut items = Vec::new();
        for position in call.offset()..portal.count {
            let index = if is_descending {
                portal.count - 1 - position
            } else {
                position
            };
            let life = (portal.lives)(index);
            if !fits(&life) {
                continue;
            }
            if items.len() == size {
                return page("sessions", &items, Some(position));
            }
            items.push(life.summary(portal));
        }
        page("sessions", &items, None)
    }
}

fn page(key: &str, items: &[Value], next: Option<usize>) -> Act {
    let mut reply = json!({ key: items });
    if let Some(next) = next {
        reply["nextToken"] = next.to_string().into();
    }
    Act::json(200, &reply.to_string())
}

fn session(portal: &Portal, life: &Life) -> Act {
    let mut session = life.summary(portal);
    session["clientIpAddresses"] = life.addresses.clone().into();
    Act::json(200, &json!({ "session": session }).to_string())
}

fn not_found(kind: &str) -> Act {
    let message = format!("the {kind} does not exist");
    Act::error(404, "ResourceNotFoundException", &message)
}
