//! Generated portals and sessions. Each is computed from its number on request, so that a
//! million sessions take no memory, and a test can compute the expected list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

use crate::service::documents::Session;

/// The start of the oldest session in epoch seconds, unless the data file gives another. It is fixed,
/// so that two runs of a load test give the same output.
pub const DEFAULT_START: i64 = 1_750_000_000;

/// The seconds between the starts of two sessions, unless the data file gives another number.
pub const DEFAULT_INTERVAL: u32 = 1;

/// The sessions of a generated portal, from the oldest (index 0) to the newest.
///
/// | member | value |
/// |---|---|
/// | `startTime` | `start + index * interval` |
/// | `endTime` | start + 300 + (7,919 index + 104,729 portal) mod 28,500, so each lasts from 5 minutes to 8 hours; a session whose index ends in 9 does not end |
/// | `username` | `user` and (index + 37 portal) mod 1,000 |
/// | `clientIpAddresses` | 198.51.100.N, where N is (index + portal) mod 256, unless index mod 8 is 7; and 2001:db8:0:PORTAL::INDEX if index mod 4 is 3 |
///
/// Sessions that start in the future do not exist yet, and those that end in the future are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generated {
    /// The portal's number: generated portals are counted from 0, in the data file's order.
    pub portal: u16,
    pub sessions: u32,
    /// The start of the oldest session, in epoch seconds.
    pub start: i64,
    /// The seconds between the starts of two sessions.
    pub interval: u32,
}

/// The ID of the generated portal with this number, unless the data file gives it another.
pub fn portal_id(portal: u16) -> String {
    format!("9e4e7a7e-{portal:04x}-4000-9000-000000000000")
}

/// The ID of the session with this index in the first generated portal.
pub fn generated_session_id(index: u32) -> String {
    session_id(0, index)
}

fn session_id(portal: u16, index: u32) -> String {
    format!("9e4e7a7e-{portal:04x}-4000-8000-{index:012x}")
}

impl Generated {
    pub fn session_id(&self, index: u32) -> String {
        session_id(self.portal, index)
    }

    pub fn username(&self, index: u32) -> String {
        let number = (u64::from(index) + 37 * u64::from(self.portal)) % 1000;
        format!("user{number}")
    }

    pub fn addresses(&self, index: u32) -> Vec<IpAddr> {
        let mut addresses = Vec::with_capacity(2);
        if index % 8 != 7 {
            let host = (u64::from(index) + u64::from(self.portal)) % 256;
            addresses.push(Ipv4Addr::new(198, 51, 100, host as u8).into());
        }
        if index % 4 == 3 {
            let [high, low] = [(index >> 16) as u16, index as u16];
            let address = Ipv6Addr::new(0x2001, 0xdb8, 0, self.portal, 0, 0, high, low);
            addresses.push(address.into());
        }
        addresses
    }

    /// The start of a session in epoch seconds.
    pub fn start(&self, index: u32) -> i64 {
        let later = i64::from(index).saturating_mul(self.interval.into());
        self.start.saturating_add(later)
    }

    /// The end of a session in epoch seconds, which may be in the future; `None` if the session does not end.
    pub fn end(&self, index: u32) -> Option<i64> {
        let life = 300 + (i64::from(index) * 7_919 + i64::from(self.portal) * 104_729) % 28_500;
        (index % 10 != 9).then(|| self.start(index).saturating_add(life))
    }

    /// The number of sessions that have started at `now` (epoch seconds).
    pub fn started(&self, now: i64) -> u32 {
        let elapsed = now.saturating_sub(self.start);
        // With an interval of 0, all sessions start at once.
        let intervals = elapsed.checked_div(self.interval.into());
        let intervals = intervals.unwrap_or(i64::MAX);
        let started = if elapsed < 0 {
            0
        } else {
            intervals.saturating_add(1)
        };
        u32::try_from(started).map_or(self.sessions, |started| started.min(self.sessions))
    }

    /// The index of the session with this ID, if it has started at `now`.
    pub(super) fn index_of(&self, id: &str, now: i64) -> Option<u32> {
        let index = u32::from_str_radix(id.rsplit_once('-')?.1, 16).ok()?;
        (index < self.started(now) && self.session_id(index) == id).then_some(index)
    }

    /// Returns the session with this index as it is at `now` (epoch seconds).
    pub(super) fn session(&self, index: u32, now: i64) -> Session {
        let time = |seconds| Timestamp::from_second(seconds).ok();
        let addresses = self.addresses(index);
        new_session(
            self.session_id(index),
            Some(self.username(index)),
            addresses.iter().map(IpAddr::to_string).collect(),
            time(self.start(index)),
            self.end(index).filter(|end| *end <= now).and_then(time),
        )
    }
}

/// Creates a session, which is active if it has no end.
pub(super) fn new_session(
    id: String,
    username: Option<String>,
    addresses: Vec<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> Session {
    let status = if end.is_some() {
        "Terminated"
    } else {
        "Active"
    };
    Session {
        session_id: Some(id),
        status: Some(status.to_owned()),
        username,
        client_ip_addresses: Some(addresses),
        start_time: start.map(Into::into),
        end_time: end.map(Into::into),
        ..Session::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GENERATED: Generated = Generated {
        portal: 3,
        sessions: 1_000_000,
        start: 1_000,
        interval: 10,
    };
    const LATE: i64 = 1_000_000_000_000;

    #[test]
    fn sessions_start_one_after_the_other() {
        assert_eq!(GENERATED.started(999), 0);
        assert_eq!(GENERATED.started(1_000), 1);
        assert_eq!(GENERATED.started(1_009), 1);
        assert_eq!(GENERATED.started(1_010), 2);
        assert_eq!(GENERATED.started(LATE), 1_000_000);
        let at_once = Generated {
            interval: 0,
            ..GENERATED
        };
        assert_eq!(at_once.started(1_000), 1_000_000);
    }

    #[test]
    fn a_session_is_active_until_its_end() {
        let end = GENERATED.end(4).unwrap();
        let text = |now| serde_json::to_string(&GENERATED.session(4, now)).unwrap();
        assert!(text(end - 1).contains(r#""status":"Active""#));
        assert!(!text(end - 1).contains("endTime"));
        assert!(text(end).contains(r#""status":"Terminated""#));
        assert!(text(end).contains(&format!(r#""endTime":{end}"#)));
        assert_eq!(GENERATED.end(9), None);
        assert_eq!(GENERATED.session(9, LATE).status.as_deref(), Some("Active"));
    }

    #[test]
    fn addresses_are_of_both_versions() {
        let text = |index| {
            let addresses = GENERATED.addresses(index);
            addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(text(0), ["198.51.100.3"]);
        assert_eq!(text(3), ["198.51.100.6", "2001:db8:0:3::3"]);
        assert_eq!(text(0x1_0007), ["2001:db8:0:3::1:7"]);
    }

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_index(portal: u16, index: u32, other: u16) {
            let sessions = u32::MAX;
            let generated = Generated { portal, sessions, start: 0, interval: 0 };
            let id = generated.session_id(index);
            let found = generated.index_of(&id, 0);
            prop_assert_eq!(found, (index < sessions).then_some(index));
            let elsewhere = Generated { portal: other, ..generated };
            prop_assert_eq!(elsewhere.index_of(&id, 0).is_some(), found.is_some() && other == portal);
        }

        #[test]
        fn a_life_takes_from_five_minutes_to_eight_hours(portal: u16, index: u32) {
            let generated = Generated { portal, sessions: u32::MAX, start: 0, interval: 1 };
            if let Some(end) = generated.end(index) {
                prop_assert!((300..28_800).contains(&(end - generated.start(index))));
            }
        }
    }
}
