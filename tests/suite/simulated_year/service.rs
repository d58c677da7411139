//! A simulated service: sessions come and go, lists lag behind, replies fail, and the test moves the
//! clock.

use std::ops::Range;

use jiff::Timestamp;
use wsb::commands::PollFailure;
use wsb::commands::watch_sessions::Poll;
use wsb::service::documents::{EpochSeconds, Session};
use wsb::service::ids::{PortalId, SessionId};

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
const PAGE_SIZE: usize = 4;

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
    fn new(portal: usize, index: usize, start: Time, random: &mut fastrand::Rng) -> Self {
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
        let found = match random.u8(0..50) {
            0 => listed + random.i64(0..10 * MINUTE),
            _ => listed,
        };
        Self {
            id: format!("{portal:08x}-0000-4000-8000-{index:012}")
                .parse()
                .unwrap(),
            start,
            end: start + length,
            listed,
            list_lag: random.i64(0..20 * SECOND),
            found,
        }
    }

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
    pub(super) exists: Range<Time>,
    pub(super) sessions: Vec<SimulatedSession>,
}

impl SimulatedPortal {
    /// Creates `count` sessions that start while the portal exists, before `end`.
    pub(super) fn new(
        number: usize,
        exists: Range<Time>,
        end: Time,
        count: usize,
        random: &mut fastrand::Rng,
    ) -> Self {
        let starts = exists.start..exists.end.min(end);
        let mut starts: Vec<Time> = (0..count)
            .map(|_| random.i64(starts.clone()) / SECOND * SECOND)
            .collect();
        starts.sort_unstable();
        let sessions = starts.into_iter().enumerate();
        Self {
            id: format!("{number:08}-1111-4111-8111-111111111111")
                .parse()
                .unwrap(),
            exists,
            sessions: sessions
                .map(|(index, start)| SimulatedSession::new(number, index, start, random))
                .collect(),
        }
    }

    fn find(&self, id: SessionId) -> &SimulatedSession {
        let index: usize = id.as_str()[24..].parse().unwrap();
        &self.sessions[index]
    }

    /// The sessions that lists show, newest first.
    pub(super) fn listed(&self, now: Time) -> impl Iterator<Item = &SimulatedSession> {
        let after = self
            .sessions
            .partition_point(|session| session.start <= now + MAX_LAG);
        let sessions = self.sessions[..after].iter().rev();
        sessions.filter(move |session| session.listed <= now)
    }
}

/// The simulated service, with its faults and its outages.
pub(super) struct SimulatedService {
    pub(super) portals: Vec<SimulatedPortal>,
    pub(super) now: Time,
    /// Periods in which every call fails.
    pub(super) outages: Vec<Range<Time>>,
    /// The share of the calls that fail.
    pub(super) failing: f64,
    pub(super) random: fastrand::Rng,
}

impl SimulatedService {
    /// A call takes its time, and may fail.
    fn call(&mut self) -> Result<(), PollFailure> {
        self.now += self.random.i64(1..300);
        let is_outage = self.outages.iter().any(|outage| outage.contains(&self.now));
        if !is_outage && self.random.f64() >= self.failing {
            return Ok(());
        }
        Err(match self.random.u8(0..50) {
            0 => PollFailure::Denied,
            _ => PollFailure::Invalid,
        })
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
            match self.call() {
                // An expired page token, and everything else.
                Err(_) if offset > 0 && self.random.bool() => {
                    poll.restart_list();
                    offset = 0;
                    continue;
                }
                result => result?,
            }
            let (simulated, now) = (&self.portals[portal], self.now);
            if !simulated.exists.contains(&now) {
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
        self.call()?;
        let session = self.portals[portal].find(id);
        if self.now < session.found {
            return Err(PollFailure::NotFound);
        }
        Ok(Box::new(session.document(self.now < session.end)))
    }

    pub(super) fn list_portals(&mut self) -> Option<Vec<PortalId>> {
        self.call().ok()?;
        let portals = self.portals.iter();
        let existing = portals.filter(|portal| portal.exists.contains(&self.now));
        Some(existing.map(|portal| portal.id).collect())
    }
}
