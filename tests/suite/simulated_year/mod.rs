//! A year of polls against a simulated service, with faults, outages, restarts, kills, and a clock that
//! jumps. The reported events are compared with the simulated ones.

mod check;
mod service;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use wsb::commands::PollFailure;
use wsb::commands::watch_sessions::{Gap, PortalState, RegionState, Report, SessionEvent};
use wsb::service::documents::Session;
use wsb::service::ids::{PortalId, SessionId};

use service::{
    DAY, HOUR, MINUTE, SECOND, SimulatedPortal, SimulatedService, SimulatedSession, Time, timestamp,
};

const YEAR: Time = 365 * DAY;
const START: Time = 1_800_000_000_000;

/// The parameters of a simulation.
struct Setting {
    seed: u64,
    polls: usize,
    sessions: usize,
    failing: f64,
    outages: usize,
    restarts: usize,
}

/// The written events.
#[derive(Default)]
struct WatchOutput {
    sessions: HashMap<SessionId, Vec<(SessionEvent, Time)>>,
    /// Gaps of polls whose lists could not be read.
    list_gaps: BTreeMap<PortalId, Vec<Gap>>,
    lookup_gaps: usize,
    lost: Vec<PortalId>,
    events: usize,
}

/// The data of the simulated program that is not in the state file: a restart loses it.
#[derive(Default)]
struct Program {
    next_polls: BTreeMap<PortalId, Time>,
    next_discovery: Time,
    /// Lookups that end only after the next poll.
    slow: Vec<(PortalId, SessionId, Result<Box<Session>, PollFailure>)>,
    /// The error of this machine's clock until a reply corrects it; positive if it is ahead of the
    /// service's.
    clock_error: Time,
}

/// The program, the service, and the expected results.
struct Simulation {
    service: SimulatedService,
    interval: Time,
    began: Time,
    state: RegionState,
    program: Program,
    output: WatchOutput,
    polls: usize,
    /// The times at which the program was killed.
    kills: Vec<Time>,
    /// The polls at which the program is restarted, and whether it is killed there.
    restarts: BTreeMap<usize, bool>,
    /// The expected gaps.
    true_gaps: BTreeMap<PortalId, Vec<Gap>>,
    last_success: BTreeMap<PortalId, Time>,
    outage: BTreeMap<PortalId, Time>,
    largest_file: usize,
}

impl Simulation {
    fn new(setting: &Setting) -> Self {
        let mut random = fastrand::Rng::with_seed(setting.seed);
        let later = START + 2 * YEAR;
        let ranges = [
            START - DAY..later,
            START - DAY..later,
            START - DAY..START + 300 * DAY,
            START + 100 * DAY..later,
            START + 200 * DAY..later,
        ];
        let end = START + YEAR;
        let length = |range: &Range<Time>| range.end.min(end) - range.start;
        let total: Time = ranges.iter().map(length).sum();
        let portals = ranges.into_iter().enumerate().map(|(index, range)| {
            let count = setting.sessions as i64 * length(&range) / total;
            let count = usize::try_from(count).unwrap();
            SimulatedPortal::new(index + 1, range, end, count, &mut random)
        });
        let portals = portals.collect();
        let outages = (0..setting.outages).map(|_| {
            let from = START + random.i64(0..YEAR);
            let longest = if random.u8(0..10) == 0 {
                2 * DAY
            } else {
                2 * HOUR
            };
            from..from + random.i64(2 * MINUTE..longest)
        });
        let outages = outages.collect();
        let restarts = (0..setting.restarts)
            .map(|number| (random.usize(1..setting.polls), number % 2 == 0))
            .collect();
        Self {
            service: SimulatedService {
                portals,
                now: START,
                outages,
                failing: setting.failing,
                random,
            },
            // Some of the year passes between two runs.
            interval: total * 86 / 100 / i64::try_from(setting.polls).unwrap(),
            began: START,
            state: RegionState::default(),
            program: Program::default(),
            output: WatchOutput::default(),
            polls: 0,
            kills: Vec::new(),
            restarts,
            true_gaps: BTreeMap::new(),
            last_success: BTreeMap::new(),
            outage: BTreeMap::new(),
            largest_file: 0,
        }
    }

    /// The time as the program knows it.
    fn clock(&self) -> jiff::Timestamp {
        timestamp(self.service.now + self.program.clock_error)
    }

    fn run(&mut self) {
        while self.service.now < START + YEAR {
            self.step();
        }
        // Until nothing is open, without a failure.
        self.service.failing = 0.0;
        self.service.outages.clear();
        for _ in 0..8 {
            self.step();
            let due = self.program.next_polls.values().copied().min();
            self.service.now = self.service.now.max(due.unwrap_or(0));
        }
        for _ in 0..self.program.next_polls.len() * 15 {
            self.step();
        }
    }

    /// Runs the next due action.
    fn step(&mut self) {
        let poll = self.program.next_polls.iter().min_by_key(|(_, due)| **due);
        match poll.map(|(portal, due)| (*portal, *due)) {
            Some((portal, due)) if due < self.program.next_discovery => {
                self.service.now = self.service.now.max(due);
                self.poll(portal);
            }
            _ => {
                self.service.now = self.service.now.max(self.program.next_discovery);
                self.discover();
            }
        }
    }

    fn discover(&mut self) {
        let Some(found) = self.service.list_portals() else {
            self.state
                .apply_failed_discovery(false, timestamp(self.began));
            self.program.next_discovery = self.service.now + self.interval;
            return;
        };
        self.program.clock_error = 0;
        let (began, now) = (timestamp(self.began), self.clock());
        let lost = self.state.apply_discovery(&found, began, now);
        self.state.end_outage(now);
        for portal in self.state.portals.keys() {
            let next_polls = &mut self.program.next_polls;
            next_polls.entry(*portal).or_insert(self.service.now);
        }
        for (portal, _) in lost {
            self.program.next_polls.remove(&portal);
            self.output.lost.push(portal);
        }
        self.program.next_discovery = self.service.now + 15 * MINUTE;
    }

    fn poll(&mut self, id: PortalId) {
        self.polls += 1;
        let restart = self.restarts.get(&self.polls).copied();
        let before = restart.map(|_| {
            let saved = serde_json::to_string(&self.state).unwrap();
            (saved, self.last_success.clone(), self.outage.clone())
        });
        let gap = self.poll_lists(id).map(Report::Gap);
        let list_gaps = usize::from(gap.is_some());
        let mut reports: Vec<Report> = gap.into_iter().chain(self.look_up(id)).collect();
        if let (Some(true), Some((saved, last_success, outage))) = (restart, before) {
            let count = self.service.random.usize(0..=reports.len());
            reports.truncate(count);
            self.write(id, reports, list_gaps);
            (self.last_success, self.outage) = (last_success, outage);
            return self.restart(&saved, true);
        }
        self.write(id, reports, list_gaps);
        if restart == Some(false) {
            let saved = serde_json::to_string(&self.state).unwrap();
            self.restart(&saved, false);
        }
        if self.polls.is_multiple_of(5000) {
            self.check_size(id);
        }
        if self.polls.is_multiple_of(20_000) {
            // Somebody sets the clock.
            self.program.clock_error = self.service.random.i64(-400 * DAY..400 * DAY);
        }
    }

    fn poll_lists(&mut self, id: PortalId) -> Option<Gap> {
        let due = self.service.now + self.interval * self.service.random.i64(90..110) / 100;
        self.program.next_polls.insert(id, due);
        let place = self.place(id);
        let now = self.clock();
        let mut poll = self.state.portals.get_mut(&id).unwrap().start_poll(now);
        let began = self.service.now;
        let result = self.service.poll(place, &mut poll);
        let now = self.service.now;
        let state = self.state.portals.get_mut(&id).unwrap();
        match result {
            Ok(()) => {
                self.program.clock_error = 0;
                if let Some(from) = self.outage.remove(&id) {
                    let (from, to) = (timestamp(from), timestamp(began));
                    let gaps = self.true_gaps.entry(id).or_default();
                    gaps.push(Gap { from, to });
                }
                self.last_success.insert(id, began);
                state.apply_poll(&poll, timestamp(began), timestamp(now))
            }
            Err(failure) => {
                let from = state.unobserved_until(timestamp(now)).from.as_millisecond();
                self.outage.entry(id).or_insert(from);
                state.apply_failed_poll(&poll, failure);
                if failure == PollFailure::NotFound {
                    self.program.next_discovery = now;
                }
                None
            }
        }
    }

    fn look_up(&mut self, id: PortalId) -> Vec<Report> {
        let place = self.place(id);
        let slow = std::mem::take(&mut self.program.slow);
        for (portal, session, result) in slow {
            let now = self.clock();
            if let Some(state) = self.state.portals.get_mut(&portal) {
                let late = state.apply_lookup(session, result, now);
                self.write(portal, late, 0);
            }
        }
        let mut reports = Vec::new();
        let due: Vec<SessionId> = self.state.portals[&id].lookups().collect();
        for session in due {
            let result = self.service.look_up(place, session);
            if self.service.random.u8(0..100) == 0 {
                self.program.slow.push((id, session, result));
                continue;
            }
            let now = self.clock();
            let state = self.state.portals.get_mut(&id).unwrap();
            reports.extend(state.apply_lookup(session, result, now));
            assert!(!state.is_denied());
        }
        reports
    }

    fn place(&self, id: PortalId) -> usize {
        let mut portals = self.service.portals.iter();
        portals.position(|portal| portal.id == id).unwrap()
    }

    /// Writes reports, of which the first ones are gaps of lists.
    fn write(&mut self, portal: PortalId, reports: Vec<Report>, list_gaps: usize) {
        for (index, report) in reports.into_iter().enumerate() {
            match report {
                Report::Session(event, session) => {
                    let id = session.session_id.as_deref().unwrap().parse().unwrap();
                    let events = self.output.sessions.entry(id).or_default();
                    events.push((event, self.service.now));
                    self.output.events += 1;
                }
                Report::Gap(gap) if index < list_gaps => {
                    self.output.list_gaps.entry(portal).or_default().push(gap);
                }
                Report::Gap(gap) => {
                    assert!(gap.from <= gap.to);
                    self.output.lookup_gaps += 1;
                }
                Report::WithoutAddresses(_) => {}
                Report::Vanished(id) => panic!("{id}"),
            }
        }
    }

    /// A new program continues from the file, minutes or days later.
    fn restart(&mut self, saved: &str, is_kill: bool) {
        if is_kill {
            self.kills.push(self.service.now);
        }
        let longest = if self.service.random.bool() {
            HOUR
        } else {
            3 * DAY
        };
        self.service.now += self.service.random.i64(SECOND..longest);
        self.state = serde_json::from_str(saved).unwrap();
        self.program = Program::default();
        self.began = self.service.now;
    }

    /// A state holds the sessions whose end is not reported, or was reported since 24 hours before the newest
    /// start that the last successful poll has found.
    fn check_size(&mut self, id: PortalId) {
        let portal = &self.service.portals[self.place(id)];
        let polled = self.last_success[&id];
        let newest = portal.listed(polled).next();
        let since = newest.map_or(polled, |session| session.start.min(polled)) - DAY;
        let is_relevant = |session: &&SimulatedSession| {
            let events = self.output.sessions.get(&session.id);
            match events.and_then(|events| events.last()) {
                Some((SessionEvent::Ended, time)) => *time >= since,
                Some(_) => true,
                None => session.end >= since,
            }
        };
        let listed = portal.listed(self.service.now);
        let most = listed.filter(is_relevant).count();
        let state = &self.state.portals[&id];
        let size = size(state);
        assert!(size <= most + 1, "{size} of {most}");
        let file = serde_json::to_string(state).unwrap();
        assert!(file.len() <= 1000 + 300 * most, "{} for {most}", file.len());
        self.largest_file = self.largest_file.max(file.len());
    }
}

/// The number of sessions in a state.
fn size(state: &PortalState) -> usize {
    let state = serde_json::to_value(state).unwrap();
    let sessions = ["tracked", "reported"].map(|map| state[map].as_object().unwrap().len());
    sessions.iter().sum()
}

#[test]
fn in_a_year_of_faults_outages_and_kills_every_start_and_end_is_reported() {
    let setting = Setting {
        seed: 20,
        polls: 525_600,
        sessions: 40_000,
        failing: 0.05,
        outages: 30,
        restarts: 50,
    };
    let mut simulation = Simulation::new(&setting);
    simulation.run();
    simulation.check();
    let both = simulation
        .output
        .sessions
        .values()
        .filter(|events| events.len() > 1);
    assert!(both.count() > 39_000);
    assert!(simulation.polls >= 525_600, "{}", simulation.polls);
    assert!(simulation.kills.len() > 20);
    assert!(simulation.output.lookup_gaps > 100);
    assert_eq!(simulation.output.lost.len(), 1);
    assert!(
        simulation.largest_file < 100_000,
        "{}",
        simulation.largest_file
    );
}

#[test]
fn whatever_fails_every_start_and_end_is_reported() {
    for seed in 0..20 {
        let setting = Setting {
            seed,
            polls: 4000,
            sessions: 300,
            failing: 0.3,
            outages: 20,
            restarts: 20,
        };
        let mut simulation = Simulation::new(&setting);
        simulation.run();
        simulation.check();
    }
}
