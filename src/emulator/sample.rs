//! The built-in sample, which `wsb local` serves without a data file.

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::data::EmulatorData;
use super::generated::new_session;
use super::portal::StoredPortal;
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::Region;

/// The sample's first portal, "Contractors", which has all the sessions below and some more that have
/// ended.
pub const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
/// The sample's second portal, "Customer support", which is nearly full.
pub const SECOND_PORTAL: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
/// The sample's third portal, "Research", in [`OTHER_REGION`].
pub const THIRD_PORTAL: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
/// The region of the first two portals.
pub const REGION: &str = "us-east-1";
/// The region of the third portal.
pub const OTHER_REGION: &str = "eu-west-1";
/// A session that has been active for 2 hours and 14 minutes.
pub const ACTIVE: &str = "11111111-1111-4111-8111-111111111111";
/// A session that ended yesterday.
pub const ENDED: &str = "22222222-2222-4222-8222-222222222222";
/// An active session with IPv6 addresses.
pub const IPV6: &str = "33333333-3333-4333-8333-333333333333";
/// An ended session with twelve addresses.
pub const MANY_ADDRESSES: &str = "44444444-4444-4444-8444-444444444444";
/// An active session without a user name.
pub const NAMELESS: &str = "55555555-5555-4555-8555-555555555555";
/// A session with a hostile user name: a formula, a terminal escape and a bidirectional override.
pub const HOSTILE: &str = "66666666-6666-4666-8666-666666666666";

const HOSTILE_USERNAME: &str = "=1\u{1b}[7m\u{202e}";

const HOUR: u32 = 60;

impl EmulatorData {
    /// Creates the built-in sample with new credentials. Its times are relative to `now`.
    pub fn sample(now: SystemTime) -> Self {
        let now = Timestamp::try_from(now).unwrap_or_default();
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let mut contractors = notable_sessions(now);
        contractors.extend(CONTRACTORS.sessions(now));
        let (support, research) = (SUPPORT.sessions(now), RESEARCH.sessions(now));
        let mut data = Self::default();
        for (id, region, name, created, limit, sessions) in [
            (PORTAL, REGION, "Contractors", 9000, 25, contractors),
            (SECOND_PORTAL, REGION, "Customer support", 400, 25, support),
            (THIRD_PORTAL, OTHER_REGION, "Research", 2000, 10, research),
        ] {
            let text = |text: &str| Some(text.to_owned());
            let summary = Portal {
                display_name: text(name),
                portal_status: text("Active"),
                max_concurrent_sessions: Some(limit.into()),
                creation_date: Some(before(now, created * HOUR).into()),
                authentication_type: text("Standard"),
                instance_type: text("standard.regular"),
                browser_type: text("Chrome"),
                renderer_type: text("AppStream"),
                ..Portal::default()
            };
            let region = Region::known(region);
            data.add(StoredPortal::new(id, region, summary, sessions));
        }
        data
    }
}

/// The sessions whose IDs are constants of this module.
fn notable_sessions(now: Timestamp) -> Vec<Session> {
    let many: Vec<String> = (1..=12).map(|n| format!("203.0.113.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let bobs: &[&str] = &["198.51.100.23", "203.0.113.9"];
    let hostile: &[&str] = &["192.0.2.66"];
    let carols: &[&str] = &["2001:db8::1", "2001:db8:85a3::8a2e:370:7334"];
    // The minutes since the start, and since the end: 0 while the session is active.
    let mut sessions = [
        (ACTIVE, "alice", &["198.51.100.7"][..], 2 * HOUR + 14, 0),
        (ENDED, "bob@example.com", bobs, 26 * HOUR, 25 * HOUR + 12),
        (IPV6, "carol", carols, 41, 0),
        (MANY_ADDRESSES, "dave", &many, 75 * HOUR, 51 * HOUR + 30),
        (NAMELESS, "", &["192.0.2.44"], 8, 0),
        (HOSTILE, HOSTILE_USERNAME, hostile, 5 * HOUR, 4 * HOUR + 30),
    ]
    .map(|(id, user, addresses, start, end)| {
        let end = (end > 0).then(|| before(now, end));
        let user = Some(user.to_owned()).filter(|user| !user.is_empty());
        let addresses = addresses.iter().map(ToString::to_string).collect();
        let start = Some(before(now, start));
        new_session(id.to_owned(), user, addresses, start, end)
    });
    // The service's times may have fractions.
    let [_, ended, ..] = &mut sessions;
    let later = |time: Option<Timestamp>, milliseconds| {
        Some((time? + SignedDuration::from_millis(milliseconds)).into())
    };
    ended.start_time = later(ended.started_at(), 250);
    ended.end_time = later(ended.ended_at(), 875);
    sessions.into()
}

fn before(now: Timestamp, minutes: u32) -> Timestamp {
    now - SignedDuration::from_mins(minutes.into())
}

/// The sample's sessions of a portal: on each of the past days, a few sessions that overlap.
struct SampleUsage {
    /// A number that differs between portals, so that their session IDs differ.
    id_seed: u32,
    /// The number of sessions on each of the past days, the latest first.
    days: &'static [u32],
    active: u32,
    users: &'static [&'static str],
    /// The third byte of each IPv4 address, and the third group of each IPv6 address.
    network: u16,
}

const CONTRACTORS: SampleUsage = SampleUsage {
    id_seed: 0xc0a1_e5ce,
    days: &[3, 2, 5, 0, 4, 1],
    active: 0,
    users: &["carol", "erin", "frank", "grace", "heidi"],
    network: 1,
};

const SUPPORT: SampleUsage = SampleUsage {
    id_seed: 0x5a99_047e,
    days: &[14, 19, 16, 23, 6, 4],
    active: 19,
    users: &[
        "ivan", "judy", "kim", "leo", "mallory", "nia", "olivia", "peggy", "quentin", "rupert",
        "sybil", "trent", "uma", "victor", "walter", "xenia", "yves", "zoe", "anna", "boris",
        "chloe", "dimitri", "elena", "farid", "gina",
    ],
    network: 2,
};

const RESEARCH: SampleUsage = SampleUsage {
    id_seed: 0x7e5e_a7c4,
    days: &[4, 6, 3, 8, 0, 2],
    active: 2,
    users: &["carol", "hannah", "igor", "jana", "kofi", "lena", "malik"],
    network: 3,
};

impl SampleUsage {
    fn sessions(&self, now: Timestamp) -> Vec<Session> {
        let mut sessions = Vec::new();
        for (day, count) in (1..).zip(self.days) {
            for number in 0..*count {
                // The sessions of a day start within six hours and last from 45 minutes to 5 hours, so most of
                // them overlap.
                let start = day * 24 * HOUR + 90 - (number * 53 + day * 31) % 360;
                let length = 45 + (number * 67 + day * 29) % 255;
                let end = Some(before(now, start - length));
                sessions.push(self.session(sessions.len(), before(now, start), end));
            }
        }
        for number in 0..self.active {
            let start = before(now, 6 + number * 47 % 170);
            sessions.push(self.session(sessions.len(), start, None));
        }
        sessions
    }

    fn session(&self, number: usize, start: Timestamp, end: Option<Timestamp>) -> Session {
        let user = self.users[number % self.users.len()];
        let host = number % 250 + 1;
        let network = self.network;
        let ipv4 = format!("198.18.{network}.{host}");
        let ipv6 = format!("2001:db8:{network}::{host:x}");
        let addresses = match number % 3 {
            0 => vec![ipv4],
            1 => vec![ipv6],
            _ => vec![ipv4, ipv6],
        };
        let id = session_id(self.id_seed, number);
        new_session(id, Some(user.to_owned()), addresses, Some(start), end)
    }
}

/// Returns an ID whose first eight characters differ between all sessions, because timelines show only these.
fn session_id(seed: u32, number: usize) -> String {
    // Multiplication by an odd number is one-to-one modulo 2^32.
    let first = seed ^ (number as u32).wrapping_mul(0x9e37_79b1);
    format!("{first:08x}-0000-4000-8000-{number:012}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_first_eight_characters_of_the_session_ids_differ() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut sessions = notable_sessions(now);
        for usage in [&CONTRACTORS, &SUPPORT, &RESEARCH] {
            sessions.extend(usage.sessions(now));
        }
        let starts: HashSet<&str> = sessions
            .iter()
            .filter_map(|session| session.session_id.as_deref()?.get(..8))
            .collect();
        assert_eq!(starts.len(), sessions.len());
    }
}
