//! The built-in sample, which `wsb local` serves without a data file.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::account::EmulatorCredentials;
use super::data::EmulatorData;
use super::portal::StoredPortal;
use super::session::{StoredSession, epoch_seconds};

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
/// A session whose user name attacks: a formula, a terminal escape and a bidirectional override.
pub const HOSTILE: &str = "66666666-6666-4666-8666-666666666666";

const HOSTILE_USERNAME: &str = "=1\u{1b}[7m\u{202e}";

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;

impl EmulatorData {
    /// The built-in sample with throw-away credentials, its times relative to `now`.
    pub fn sample(now: SystemTime) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = now.as_secs_f64().floor();
        let created = |hours: f64| now - hours * HOUR;

        let mut contractors = notable_sessions(now);
        contractors.extend(CONTRACTORS.sessions(now));
        let mut data = Self::new(EmulatorCredentials::throw_away());
        for (id, region, members, sessions) in [
            (
                PORTAL,
                REGION,
                portal("Contractors", created(9000.0), 25),
                contractors,
            ),
            (
                SECOND_PORTAL,
                REGION,
                portal("Customer support", created(400.0), 25),
                SUPPORT.sessions(now),
            ),
            (
                THIRD_PORTAL,
                OTHER_REGION,
                portal("Research", created(2000.0), 10),
                RESEARCH.sessions(now),
            ),
        ] {
            data.add(StoredPortal::new(id, region, members, sessions));
        }
        data
    }
}

/// The sessions that have names in this file.
fn notable_sessions(now: f64) -> Vec<StoredSession> {
    let ago = |seconds: f64| now - seconds;
    let many: Vec<String> = (1..=12).map(|n| format!("203.0.113.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    vec![
        session(
            ACTIVE,
            Some("alice"),
            &["198.51.100.7"],
            ago(2.0 * HOUR + 14.0 * MINUTE),
            None,
        ),
        session(
            ENDED,
            Some("bob@example.com"),
            &["198.51.100.23", "203.0.113.9"],
            // The service's times may have fractions.
            ago(26.0 * HOUR) + 0.25,
            Some(ago(25.0 * HOUR + 12.0 * MINUTE) + 0.875),
        ),
        session(
            IPV6,
            Some("carol"),
            &["2001:db8::1", "2001:db8:85a3::8a2e:370:7334"],
            ago(41.0 * MINUTE),
            None,
        ),
        session(
            MANY_ADDRESSES,
            Some("dave"),
            &many,
            ago(75.0 * HOUR),
            Some(ago(51.5 * HOUR)),
        ),
        session(NAMELESS, None, &["192.0.2.44"], ago(8.0 * MINUTE), None),
        session(
            HOSTILE,
            Some(HOSTILE_USERNAME),
            &["192.0.2.66"],
            ago(5.0 * HOUR),
            Some(ago(4.5 * HOUR)),
        ),
    ]
}

/// How a portal was used over the past days: on each of them a few sessions that overlap.
struct SampleUsage {
    /// Makes the sessions' IDs differ from those of the other portals.
    id_seed: u32,
    /// The number of sessions on each of the past days, the latest first.
    days: &'static [u32],
    /// Active sessions now.
    active: u32,
    users: &'static [&'static str],
    /// The number of the network that the addresses are in.
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
    fn sessions(&self, now: f64) -> Vec<StoredSession> {
        let mut sessions = Vec::new();
        for (day, count) in (1_u32..).zip(self.days) {
            for number in 0..*count {
                // Within six hours of each other, for 45 minutes to 5 hours: most of a day's overlap.
                let start =
                    f64::from(day * 24 * 60 + 90) - f64::from((number * 53 + day * 31) % 360);
                let length = f64::from(45 + (number * 67 + day * 29) % 255);
                self.push(&mut sessions, now, start, Some(start - length));
            }
        }
        for number in 0..self.active {
            self.push(&mut sessions, now, f64::from(6 + number * 47 % 170), None);
        }
        sessions
    }

    /// Adds a session that started, and perhaps ended, so many minutes ago.
    fn push(&self, sessions: &mut Vec<StoredSession>, now: f64, start: f64, end: Option<f64>) {
        let number = sessions.len();
        let user = self.users.get(number % self.users.len()).copied();
        let host = number % 250 + 1;
        let network = self.network;
        let ipv4 = format!("198.18.{network}.{host}");
        let ipv6 = format!("2001:db8:{network}::{host:x}");
        let addresses: &[&str] = match number % 3 {
            0 => &[&ipv4],
            1 => &[&ipv6],
            _ => &[&ipv4, &ipv6],
        };
        let id = session_id(self.id_seed, number);
        let before = |minutes: f64| now - minutes * MINUTE;
        sessions.push(session(
            &id,
            user,
            addresses,
            before(start),
            end.map(before),
        ));
    }
}

/// An ID whose first eight characters, which timelines show, differ between all sessions.
fn session_id(seed: u32, number: usize) -> String {
    // The multiplication by an odd number is one-to-one.
    let first = seed ^ (number as u32).wrapping_mul(0x9e37_79b1);
    format!("{first:08x}-0000-4000-8000-{number:012}")
}

fn portal(name: &str, created: f64, limit: u32) -> Map<String, Value> {
    [
        ("rendererType", Value::from("AppStream")),
        ("browserType", "Chrome".into()),
        ("portalStatus", "Active".into()),
        ("displayName", name.into()),
        ("creationDate", epoch_seconds(created)),
        ("authenticationType", "Standard".into()),
        ("instanceType", "standard.regular".into()),
        ("maxConcurrentSessions", limit.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn session(
    id: &str,
    username: Option<&str>,
    addresses: &[&str],
    start: f64,
    end: Option<f64>,
) -> StoredSession {
    let status = if end.is_some() {
        "Terminated"
    } else {
        "Active"
    };
    let members = [
        ("username", username.map(Value::from)),
        ("clientIpAddresses", Some(addresses.into())),
        ("status", Some(status.into())),
        ("startTime", Some(epoch_seconds(start))),
        ("endTime", end.map(epoch_seconds)),
    ];
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    StoredSession::new(id.to_owned(), members)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_first_eight_characters_of_the_session_ids_differ() {
        let now = 1_790_000_000.0;
        let mut sessions = notable_sessions(now);
        for usage in [&CONTRACTORS, &SUPPORT, &RESEARCH] {
            sessions.extend(usage.sessions(now));
        }
        let starts: HashSet<&str> = sessions.iter().map(|session| &session.id[..8]).collect();
        assert_eq!(starts.len(), sessions.len());
    }
}
