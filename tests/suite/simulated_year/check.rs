//! Compares the reported events with the simulated ones.

use std::collections::HashMap;

use wsb::commands::watch_sessions::{Gap, SessionEvent};

use super::service::{DAY, HOUR, SECOND, SimulatedPortal, SimulatedSession, Time};
use super::{START, Simulation};

/// The union of gaps, as intervals that do not touch.
fn union(gaps: &[Gap]) -> Vec<(jiff::Timestamp, jiff::Timestamp)> {
    let mut gaps: Vec<_> = gaps.iter().map(|gap| (gap.from, gap.to)).collect();
    gaps.sort();
    let mut union: Vec<(jiff::Timestamp, jiff::Timestamp)> = Vec::new();
    for (from, to) in gaps {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => union.push((from, to)),
        }
    }
    union
}

impl Simulation {
    pub(super) fn check(&self) {
        let mut duplicates = 0;
        for portal in &self.service.portals {
            assert_eq!(
                union(&self.output.list_gaps[&portal.id]),
                union(&self.true_gaps[&portal.id]),
            );
            for session in &portal.sessions {
                duplicates += self.check_session(portal, session);
            }
        }
        assert!(duplicates <= self.output.events / 1000, "{duplicates}");
    }

    /// Checks a session's events. Returns their number.
    fn check_session(&self, portal: &SimulatedPortal, session: &SimulatedSession) -> usize {
        let none = Vec::new();
        let events = self.output.sessions.get(&session.id).unwrap_or(&none);
        let mut firsts: Vec<SessionEvent> = Vec::new();
        let mut last_times: HashMap<SessionEvent, Time> = HashMap::new();
        let mut duplicates = 0;
        for (event, time) in events {
            if *event == SessionEvent::Active {
                assert!(session.start < START, "{session:?}");
            }
            let event = (*event).max(SessionEvent::Started);
            match last_times.insert(event, *time) {
                None => firsts.push(event),
                Some(before) => {
                    let is_explained = self
                        .kills
                        .iter()
                        .any(|kill| (before..=*time).contains(kill));
                    duplicates += usize::from(!is_explained);
                }
            }
            if event == SessionEvent::Ended {
                assert!(session.end <= *time, "{session:?} at {time}");
            }
        }
        let settled = self.last_success[&portal.id] - 2 * HOUR - 12 * self.interval;
        let is_of_watch = session.end > START + 5 * SECOND && session.end > portal.exists.start;
        let owes_start = is_of_watch && session.listed < settled;
        let owes_end = owes_start && session.end < settled;
        match firsts[..] {
            [] => assert!(!owes_start, "{session:?}"),
            [SessionEvent::Started] => assert!(!owes_end, "{session:?}"),
            [SessionEvent::Started, SessionEvent::Ended] => assert!(session.end > START - DAY),
            _ => panic!("{firsts:?} of {session:?}"),
        }
        duplicates
    }
}
