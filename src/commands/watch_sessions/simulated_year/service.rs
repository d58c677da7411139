//! A simulated service: sessions come and go, lists lag behind, replies fail, and the test moves the
//! clock.

use std::collections::HashMap;

use jiff::Timestamp;

use super::super::poll::Poll;
use crate::commands::polling::PollFailure;
use crate::service::documents::{EpochSeconds, Session};
use crate::service::ids::{PortalId, SessionId};

/// Milliseconds since 1970.
pub(super) type Time = i64;

pub(super) const SECOND: Time = 1000;
pub(super) const MINUTE: Time = 60 * SECOND;
pub(super) const HOUR: Time = 60 * MINUTE;
pub(super) const DAY: Time = 24 * HOUR;

/// The maximum duration of a session.
const LONGEST: Time = 3 * DAY;
/// The maximum difference between a session's start and the time at which it appears in the lists, in
/// either direction.
const MAX_LAG: Time = 3 * HOUR;
const PAGE_SIZE: usize = 10;

pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap()
}

#[derive(Debug)]
pub(super) struct SimulatedSession {
    pub(super) id: SessionId,
    /// The `startTime` in documents. Lists may show the session only later.
    pub(super) start: Time,
    pub(super) end: Time,
    /// The time at which the session appears in the lists.
    pub(super) listed: Time,
    /// The time after its end during which lists still show the session as active.
    list_lag: Time,
    /// The time from which GetSession returns the session.
    found: Time,
}

impl SimulatedSession {
    fn document(&self, is_active: bool) -> Session {
        Session {
            session_id: Some(self.id.to_string()),
            status: Some(if is_active { "Active" } else { "Terminated" }.to_owned()),
            start_time: Some(EpochSeconds::from(timestamp(self.start))),
            end_time: (!is_active).then(|| EpochSeconds::from(timestamp(self.end))),
            ..Session::default()
        }
    }

    fn is_listed_as_active(&self, now: Time) -> bool {
        now < self.end + self.list_lag
    }
}

/// A portal with all its sessions of the simulated year, sorted by start.
pub(super) struct SimulatedPortal {
    pub(super) id: PortalId,
    pub(super) created: Time,
    pub(super) deleted: Time,
    pub(super) sessions: Vec<SimulatedSession>,
    places: HashMap<SessionId, usize>,
}

impl SimulatedPortal {
    pub(super) fn new(
        number: u64,
        exists: std::ops::Range<Time>,
        count: usize,
        random: &mut fastrand::Rng,
    ) -> Self {
        let mut sessions: Vec<SimulatedSession> = (0..count)
            .map(|index| simulated_session(number, index, &exists, random))
            .collect();
        sessions.sort_by_key(|session| session.start);
        let places = sessions.iter().enumerate();
        Self {
            id: format!("{number:08}-1111-4111-8111-111111111111")
                .parse()
                .unwrap(),
            created: exists.start,
            deleted: exists.end,
            places: places.map(|(place, session)| (session.id, place)).collect(),
            sessions,
        }
    }

    pub(super) fn exists(&self, now: Time) -> bool {
        (self.created..self.deleted).contains(&now)
    }

    pub(super) fn find(&self, id: SessionId) -> Option<&SimulatedSession> {
        self.places.get(&id).map(|place| &self.sessions[*place])
    }

    /// The sessions that lists show, newest first.
    fn listed(&self, now: Time) -> impl Iterator<Item = &SimulatedSession> {
        let after = self
            .sessions
            .partition_point(|session| session.start <= now + MAX_LAG);
        let sessions = self.sessions[..after].iter().rev();
        sessions.filter(move |session| session.listed <= now)
    }

    /// The maximum number of sessions that a state has to hold: the active ones and those of the window.
    pub(super) fn relevant(&self, now: Time, window: Time) -> usize {
        let newest = self
            .listed(now)
            .next()
            .map_or(now, |session| session.start.min(now));
        let bound = newest - window - LONGEST - MAX_LAG;
        self.listed(now)
            .take_while(|session| session.start >= bound)
            .count()
    }
}

fn simulated_session(
    portal: u64,
    index: usize,
    exists: &std::ops::Range<Time>,
    random: &mut fastrand::Rng,
) -> SimulatedSession {
    let start = random.i64(exists.start..exists.end) / SECOND * SECOND;
    let length = match random.u8(0..20) {
        0..3 => random.i64(SECOND..30 * SECOND),
        3..16 => random.i64(MINUTE..2 * HOUR),
        16..19 => random.i64(HOUR..12 * HOUR),
        _ => random.i64(DAY..LONGEST),
    };
    let listed = match random.u16(0..1000) {
        0..10 => start + random.i64(0..20 * MINUTE),
        10..12 => start + random.i64(0..MAX_LAG),
        // The service's own clocks differ.
        12..14 => start - 6 * MINUTE,
        _ => start + random.i64(0..30 * SECOND),
    };
    SimulatedSession {
        id: format!("{portal:08x}-0000-4000-8000-{index:012}")
            .parse()
            .unwrap(),
        start,
        end: start + length,
        listed,
        list_lag: random.i64(0..20 * SECOND),
        found: listed
            + if random.u8(0..50) == 0 {
                random.i64(0..10 * MINUTE)
            } else {
                0
            },
    }
}

/// The simulated service, with its faults and its outages.
pub(super) struct SimulatedService {
    pub(super) portals: Vec<SimulatedPortal>,
    pub(super) now: Time,
    /// Periods in which every call fails.
    pub(super) outages: Vec<std::ops::Range<Time>>,
    /// The share of the calls that fail.
    pub(super) failing: f64,
    pub(super) random: fastrand::Rng,
}

impl SimulatedService {
    /// A call takes its time, and may fail.
    fn call(&mut self) -> Result<(), ()> {
        self.now += self.random.i64(1..300);
        let is_outage = self.outages.iter().any(|outage| outage.contains(&self.now));
        if is_outage || self.random.f64() < self.failing {
            return Err(());
        }
        Ok(())
    }

    fn failure(&mut self) -> PollFailure {
        match self.random.u8(0..50) {
            0 => PollFailure::Denied,
            _ => PollFailure::Invalid,
        }
    }

    /// Reads the lists of a poll.
    pub(super) fn poll(&mut self, portal: usize, poll: &mut Poll) -> Result<(), PollFailure> {
        self.read(portal, false, poll)?;
        if poll.begin_active_list() {
            self.read(portal, true, poll)?;
        }
        Ok(())
    }

    fn read(&mut self, portal: usize, is_active: bool, poll: &mut Poll) -> Result<(), PollFailure> {
        let mut offset = 0;
        loop {
            if self.call().is_err() {
                // An expired page token, and everything else.
                if offset > 0 && self.random.bool() {
                    poll.restart_list();
                    offset = 0;
                    continue;
                }
                return Err(self.failure());
            }
            let (simulated, now) = (&self.portals[portal], self.now);
            if !simulated.exists(now) {
                return Err(PollFailure::NotFound);
            }
            let oldest = now - LONGEST - MAX_LAG - MINUTE;
            let listed = simulated
                .listed(now)
                .take_while(|session| !is_active || session.start >= oldest)
                .filter(|session| !is_active || session.is_listed_as_active(now));
            let mut page: Vec<Session> = listed
                .skip(offset)
                .take(PAGE_SIZE)
                .map(|session| session.document(session.is_listed_as_active(now)))
                .collect();
            offset += page.len();
            let is_last = page.len() < PAGE_SIZE;
            // A list of active sessions may lack one once.
            if is_active && !page.is_empty() && self.random.u16(0..500) == 0 {
                page.swap_remove(self.random.usize(0..page.len()));
            }
            if poll.take(page).is_break() {
                return Ok(());
            }
            if is_last {
                poll.end_list();
                return Ok(());
            }
        }
    }

    pub(super) fn look_up(
        &mut self,
        portal: usize,
        id: SessionId,
    ) -> Result<Box<Session>, PollFailure> {
        if self.call().is_err() {
            return Err(self.failure());
        }
        match self.portals[portal].find(id) {
            Some(session) if session.found <= self.now => {
                Ok(Box::new(session.document(self.now < session.end)))
            }
            _ => Err(PollFailure::NotFound),
        }
    }

    pub(super) fn list_portals(&mut self) -> Option<Vec<PortalId>> {
        self.call().ok()?;
        let portals = self.portals.iter().filter(|portal| portal.exists(self.now));
        Some(portals.map(|portal| portal.id).collect())
    }
}
