//! The state of a watch: whatever fails and whenever the program is restarted or killed, each session's
//! start and end are reported in this order, and no end before it happened.
//!
//! The input is a list of steps, two bytes each: what happens, and how much of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use wsb::commands::PollFailure;
use wsb::commands::watch_sessions::{Poll, PortalState, Report, SessionEvent};
use wsb::service::documents::Session;
use wsb::service::ids::SessionId;

const BEGAN: i64 = 1_795_465_668;

/// The service keeps sessions for 35 days.
const LONGEST: i64 = 30 * 86_400;

/// The steps of one run, and the polls after which nothing may be unreported.
const STEPS: usize = 300;
const LAST_POLLS: usize = 12;

/// The sessions on a page of a list.
const PAGE: usize = 3;

pub(super) fn check(input: &[u8]) {
    let mut watch = Watch::new();
    // The program polls as soon as it has started. The first byte says after how many pages that fails.
    let first = input.first().copied().unwrap_or_default();
    watch.poll(usize::from(first % 4).wrapping_sub(1), true);
    for step in input.chunks_exact(2).take(STEPS) {
        watch.step(step[0], i64::from(step[1]));
    }
    for _ in 0..LAST_POLLS {
        watch.now += 61;
        watch.poll(usize::MAX, true);
    }
    watch.check_all_reported();
}

/// A session as the service has it, in seconds.
struct TrueSession {
    start: i64,
    end: Option<i64>,
    /// When the lists begin to show it.
    listed: i64,
}

struct Watch {
    now: i64,
    sessions: Vec<TrueSession>,
    state: PortalState,
    reported: BTreeMap<usize, Vec<SessionEvent>>,
    was_killed: bool,
}

impl Watch {
    fn new() -> Self {
        let session = |start, end| TrueSession {
            start,
            end,
            listed: start,
        };
        Self {
            now: BEGAN,
            sessions: vec![
                session(BEGAN - 90_000, None),
                session(BEGAN - 7000, Some(BEGAN - 60)),
            ],
            state: PortalState::new(time(BEGAN)),
            reported: BTreeMap::new(),
            was_killed: false,
        }
    }

    fn step(&mut self, kind: u8, amount: i64) {
        match kind % 9 {
            0 if self.now - BEGAN < LONGEST => self.now += amount * amount,
            0 | 1 => self.now += amount,
            2 => self.sessions.push(TrueSession {
                start: self.now,
                end: None,
                // The lists are at most four minutes late.
                listed: self.now + amount,
            }),
            3 => {
                let mut active = self.sessions.iter_mut().filter(|one| one.end.is_none());
                if let Some(session) = active.nth(amount as usize % 8) {
                    session.end = Some(self.now);
                }
            }
            4 => self.poll(usize::MAX, true),
            5 => self.poll(usize::MAX, false),
            6 => self.poll(amount as usize % 4, true),
            7 => self.state = copy(&self.state),
            _ => {
                // A kill: some of the reports were written, and the state is that from before.
                let before = copy(&self.state);
                let reports = self.poll_lists(usize::MAX, true);
                self.write(&reports[..reports.len().min(amount as usize)]);
                self.state = before;
                self.was_killed = true;
            }
        }
    }

    fn poll(&mut self, pages: usize, is_answered: bool) {
        let reports = self.poll_lists(pages, is_answered);
        self.write(&reports);
    }

    /// Polls the lists, which fail after so many pages, and looks sessions up.
    fn poll_lists(&mut self, pages: usize, is_answered: bool) -> Vec<Report> {
        let began = time(self.now);
        let mut poll = self.state.start_poll(began);
        self.now += 1;
        let mut reports = Vec::new();
        if self.read(&mut poll, pages) {
            let gap = self.state.apply_poll(&poll, began, time(self.now));
            reports.extend(gap.map(Report::Gap));
        } else {
            self.state.apply_failed_poll(&poll, PollFailure::Invalid);
        }
        let due: Vec<SessionId> = self.state.lookups().collect();
        for id in due {
            let result = match is_answered {
                true => Ok(Box::new(self.document(number(id)))),
                false => Err(PollFailure::Invalid),
            };
            reports.extend(self.state.apply_lookup(id, result, time(self.now)));
        }
        reports
    }

    /// Reads both lists, and returns whether all pages were read that the poll needs.
    fn read(&self, poll: &mut Poll, pages: usize) -> bool {
        let mut listed: Vec<usize> = (0..self.sessions.len())
            .filter(|at| self.sessions[*at].listed <= self.now)
            .collect();
        listed.sort_by_key(|at| -self.sessions[*at].start);
        let page = |page: &[usize]| page.iter().map(|at| self.document(*at)).collect();
        let mut read = 0;
        let mut is_over = false;
        for chunk in listed.chunks(PAGE) {
            if read == pages {
                return false;
            }
            read += 1;
            is_over = poll.take(page(chunk)).is_break();
            if is_over {
                break;
            }
        }
        if !is_over {
            poll.end_list();
        }
        if poll.begin_active_list() {
            listed.retain(|at| self.sessions[*at].end.is_none());
            for chunk in listed.chunks(PAGE) {
                if read == pages {
                    return false;
                }
                read += 1;
                let _ = poll.take(page(chunk));
            }
        }
        pages > 0
    }

    fn document(&self, at: usize) -> Session {
        let session = &self.sessions[at];
        let mut members = json!({
            "sessionId": id(at),
            "status": if session.end.is_some() { "Terminated" } else { "Active" },
            "startTime": session.start,
        });
        if let Some(end) = session.end {
            members["endTime"] = end.into();
        }
        serde_json::from_value(members).expect("a session")
    }

    fn write(&mut self, reports: &[Report]) {
        for report in reports {
            match report {
                Report::Session(event, document) => {
                    let id = document.session_id.as_deref().expect("an ID");
                    let at = number(id.parse().expect("an ID"));
                    let session = &self.sessions[at];
                    match event {
                        SessionEvent::Ended => assert!(session.end.is_some(), "{at} has not ended"),
                        SessionEvent::Started => assert!(session.start >= BEGAN - 2, "{at}"),
                        SessionEvent::Active => assert!(session.start < BEGAN, "{at}"),
                    }
                    self.reported.entry(at).or_default().push(*event);
                }
                Report::Gap(gap) => assert!(gap.from <= gap.to, "{gap:?}"),
                Report::WithoutAddresses(_) => {}
                Report::Vanished(id) => panic!("{id} is known"),
            }
        }
    }

    fn check_all_reported(&self) {
        for (at, session) in self.sessions.iter().enumerate() {
            let mut events = self.reported.get(&at).cloned().unwrap_or_default();
            let is_old = session.end.is_some_and(|end| end < BEGAN - 2);
            if self.was_killed {
                // What came twice came in the same order.
                let first = events
                    .iter()
                    .position(|event| *event == SessionEvent::Ended);
                let is_first = first.is_none_or(|at| at > 0);
                assert!(is_first, "{at}: {events:?}");
                events.sort_unstable();
                events.dedup();
            }
            let start = if session.start < BEGAN {
                SessionEvent::Active
            } else {
                SessionEvent::Started
            };
            let expected = match (is_old, session.end) {
                (true, _) => vec![],
                (false, None) => vec![start],
                (false, Some(_)) => vec![start, SessionEvent::Ended],
            };
            assert_eq!(events, expected, "session {at} of {}", self.sessions.len());
        }
    }
}

/// The state as the next program reads it from the file.
fn copy(state: &PortalState) -> PortalState {
    let saved = serde_json::to_string(state).expect("a state is JSON");
    let copy: PortalState = serde_json::from_str(&saved).expect("a state is read again");
    assert_eq!(serde_json::to_string(&copy).expect("JSON"), saved);
    copy
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

fn number(id: SessionId) -> usize {
    let id = id.to_string();
    id[24..].parse().expect("a number")
}
