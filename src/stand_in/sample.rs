//! The built-in sample: what `wsb local` serves without a data file.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::account::Credentials;
use super::data::Data;
use super::portal::Portal;
use super::session::{Session, epoch_seconds};

/// The sample's first portal, which has all the sessions below.
pub const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
/// The sample's second portal, which has no sessions.
pub const SECOND_PORTAL: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
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
/// A session whose user name attacks: a formula, a terminal escape, a C1 code and a bidirectional
/// override.
pub const HOSTILE: &str = "66666666-6666-4666-8666-666666666666";

const HOSTILE_USERNAME: &str =
    "=cmd|'/C calc'!A0\u{1b}]0;owned\u{7}\u{1b}[31m\u{9b}2J\u{202e}gpj.exe\r\nfake\trow";

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;

impl Data {
    /// The built-in sample with throw-away credentials, its times relative to `now`.
    pub fn sample(now: SystemTime) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = now.as_secs_f64().floor();
        let ago = |seconds: f64| now - seconds;
        let many: Vec<String> = (1..=12).map(|n| format!("203.0.113.{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sessions = vec![
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
                // Both kinds of the service's times are in the sample: whole seconds, and not.
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
        ];
        let mut data = Self::new(Credentials::throw_away());
        data.add(Portal::new(
            PORTAL,
            portal("Contractors", ago(9000.0 * HOUR)),
            sessions,
        ));
        let second = portal("Customer support", ago(400.0 * HOUR));
        data.add(Portal::new(SECOND_PORTAL, second, Vec::new()));
        data
    }
}

fn portal(name: &str, created: f64) -> Map<String, Value> {
    [
        ("rendererType", Value::from("AppStream")),
        ("browserType", "Chrome".into()),
        ("portalStatus", "Active".into()),
        ("displayName", name.into()),
        ("creationDate", epoch_seconds(created)),
        ("authenticationType", "Standard".into()),
        ("instanceType", "standard.regular".into()),
        ("maxConcurrentSessions", 25.into()),
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
) -> Session {
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
    Session::new(id.to_owned(), members)
}
