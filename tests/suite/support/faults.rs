//! A service that fails by a seeded schedule.
//!
//! What befalls an attempt follows from the seed, the session and the attempt's number alone, so
//! a run at any concurrency meets the same faults, and what becomes of each session is known
//! before it is asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::PORTAL;
use super::server::{Act, Request, Server, reply};

/// What can befall an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The reply comes, in pieces.
    SlowReply,
    /// The reply comes, and the connection that was to be kept ends behind it.
    ConnectionNotKept,
    /// The connection ends before the reply.
    NoReply,
    /// The connection is reset before the reply.
    ResetBeforeReply,
    /// The connection is reset amid the reply's head.
    ResetInHead,
    /// The connection is reset amid the reply's body.
    ResetInBody,
    /// The connection ends amid the reply's body.
    BodyCut,
    /// `Content-Length` is larger than the body, which ends with the connection.
    LengthTooLarge,
    /// `Content-Length` is smaller than the body.
    LengthTooSmall,
    /// Half a JSON document, the length right.
    JsonCut,
    /// Nothing comes, and the connection stays open.
    Stall,
    /// `Content-Length` is larger than the body, and the connection stays open.
    StallInBody,
    /// An error of the service.
    Status(u16, RetryAfter),
    /// A document of 1 GiB.
    HugeBody,
    /// A head with 100,000 headers.
    ManyHeaders,
    /// The document of another session.
    AnotherSession,
    /// A page in HTML with status 200.
    Html,
    /// A redirect.
    Redirect,
}

/// The `Retry-After` of an error reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RetryAfter {
    None,
    OneSecond,
    PastDate,
    Nonsense,
    Week,
}

impl RetryAfter {
    fn text(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::OneSecond => Some("1"),
            Self::PastDate => Some("Sun, 06 Nov 1994 08:49:37 GMT"),
            Self::Nonsense => Some("in a while"),
            Self::Week => Some("604800"),
        }
    }
}

/// The faults with their shares. Those that cost seconds are rare, so that a run does not.
const SHARES: &[(u32, Fault)] = &[
    (50, Fault::SlowReply),
    (60, Fault::ConnectionNotKept),
    (60, Fault::NoReply),
    (60, Fault::ResetBeforeReply),
    (60, Fault::ResetInHead),
    (60, Fault::ResetInBody),
    (60, Fault::BodyCut),
    (60, Fault::LengthTooLarge),
    (60, Fault::LengthTooSmall),
    (60, Fault::JsonCut),
    (3, Fault::Stall),
    (3, Fault::StallInBody),
    (40, Fault::Status(429, RetryAfter::None)),
    (3, Fault::Status(429, RetryAfter::OneSecond)),
    (30, Fault::Status(429, RetryAfter::PastDate)),
    (20, Fault::Status(429, RetryAfter::Nonsense)),
    (10, Fault::Status(429, RetryAfter::Week)),
    (50, Fault::Status(500, RetryAfter::None)),
    (30, Fault::Status(500, RetryAfter::Nonsense)),
    (50, Fault::Status(502, RetryAfter::None)),
    (40, Fault::Status(503, RetryAfter::None)),
    (3, Fault::Status(503, RetryAfter::OneSecond)),
    (30, Fault::Status(503, RetryAfter::PastDate)),
    (10, Fault::Status(503, RetryAfter::Week)),
    (50, Fault::Status(504, RetryAfter::None)),
    (6, Fault::HugeBody),
    (6, Fault::ManyHeaders),
    (10, Fault::AnotherSession),
    (10, Fault::Html),
    (10, Fault::Redirect),
];

/// What can come in place of a TLS handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandshakeFault {
    /// Bytes that are no TLS.
    Garbage,
    /// Half of the server's first message.
    Cut,
    /// A reset.
    Reset,
    /// The end of the connection.
    NoReply,
    /// The server's alert that it has failed.
    InternalError,
    /// The server's alert that it does not agree.
    Refused,
}

impl HandshakeFault {
    pub const ALL: &[Self] = &[
        Self::Garbage,
        Self::Cut,
        Self::Reset,
        Self::NoReply,
        Self::InternalError,
        Self::Refused,
    ];

    fn act(self) -> Act {
        // RFC 8446, 5.1 and 6: content type, version, length; level and description.
        let alert = |description: u8| vec![21, 3, 3, 0, 2, 2, description];
        match self {
            Self::Garbage => Act::SendAndClose(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
            Self::Cut => Act::SendAndClose(vec![22, 3, 3, 0, 122, 2, 0, 0, 118]),
            Self::Reset => Act::SendAndReset(Vec::new()),
            Self::NoReply => Act::Close,
            Self::InternalError => Act::SendAndClose(alert(80)),
            Self::Refused => Act::SendAndClose(alert(40)),
        }
    }
}

/// Which fault befalls which attempt.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub seed: u64,
    /// The share of attempts that a fault befalls, in percent.
    pub percent: u64,
}

impl Schedule {
    /// What befalls an attempt (from 1) at a session.
    pub fn fault(&self, session: &str, attempt: u32) -> Option<Fault> {
        let mut random = self.random(&format!("{session} {attempt}"));
        if random.u64(..100) >= self.percent {
            return None;
        }
        let total: u32 = SHARES.iter().map(|(share, _)| share).sum();
        let mut place = random.u32(..total);
        let (_, fault) = SHARES.iter().find(|(share, _)| {
            let found = place < *share;
            place = place.saturating_sub(*share);
            found
        })?;
        Some(*fault)
    }

    /// What comes in place of the handshake of a connection (from 0).
    pub fn handshake_fault(&self, connection: usize) -> Option<HandshakeFault> {
        let mut random = self.random(&connection.to_string());
        let is_fault = random.u64(..100) < self.percent;
        is_fault.then(|| HandshakeFault::ALL[random.usize(..HandshakeFault::ALL.len())])
    }

    /// Random numbers that follow from the seed and `subject`.
    fn random(&self, subject: &str) -> fastrand::Rng {
        // FNV-1a: they are the same wherever and with whatever this is compiled.
        let text = format!("{} {subject}", self.seed);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash)
    }
}

/// The ID of a session that the service has: it has them all.
pub fn session_id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

/// The name of a session's user, which no other session has.
pub fn username(session: &str) -> String {
    format!("user-of-{session}")
}

/// Attempts seen at each session.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<String, u32>>);

impl Attempts {
    /// How many there were.
    pub fn at(&self, session: &str) -> u32 {
        self.0.lock().unwrap().get(session).copied().unwrap_or(0)
    }

    fn count(&self, session: &str) -> u32 {
        let mut seen = self.0.lock().unwrap();
        let count = seen.entry(session.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// A service's script that obeys the schedule.
pub fn script(schedule: Schedule) -> (impl Fn(&Request, usize) -> Act, Arc<Attempts>) {
    let attempts = Arc::new(Attempts::default());
    let seen = Arc::clone(&attempts);
    let script = move |request: &Request, _: usize| {
        let session = request.target.rsplit('/').next().unwrap_or_default();
        act(session, schedule.fault(session, seen.count(session)))
    };
    (script, attempts)
}

/// A service over https whose handshakes fail by the schedule. It closes each connection after
/// its reply, so that an attempt is a connection.
pub fn start_with_handshake_faults(schedule: Schedule) -> Server {
    Server::start_tls_greeting(
        move |connection| {
            schedule
                .handshake_fault(connection)
                .map(HandshakeFault::act)
        },
        |request, _| {
            let body = document(request.target.rsplit('/').next().unwrap_or_default());
            let headers = [("connection", "close")];
            Act::SendAndClose(reply(200, &headers, body.len(), &body))
        },
    )
}

fn act(session: &str, fault: Option<Fault>) -> Act {
    let body = document(session);
    let whole = reply(200, &[], body.len(), &body);
    let Some(fault) = fault else {
        return Act::Send(whole);
    };
    let with_length = |length: usize| reply(200, &[], length, &body);
    let half = whole.len() - body.len() / 2;
    match fault {
        Fault::SlowReply => Act::SendSlowly(whole, Duration::from_millis(2)),
        Fault::ConnectionNotKept => Act::SendAndClose(whole),
        Fault::NoReply => Act::Close,
        Fault::ResetBeforeReply => Act::SendAndReset(Vec::new()),
        Fault::ResetInHead => Act::SendAndReset(whole[..30].to_vec()),
        Fault::ResetInBody => Act::SendAndReset(whole[..half].to_vec()),
        Fault::BodyCut => Act::SendAndClose(whole[..half].to_vec()),
        Fault::LengthTooLarge => Act::SendAndClose(with_length(body.len() + 50)),
        Fault::LengthTooSmall => Act::Send(with_length(body.len() - 50)),
        Fault::JsonCut => {
            let body = &body[..body.len() / 2];
            Act::reply(200, &[], body)
        }
        Fault::Stall => Act::SendAndHang(Vec::new()),
        Fault::StallInBody => Act::SendAndHang(with_length(body.len() + 50)),
        Fault::Status(status, after) => {
            let name = match status {
                429 => Some("ThrottlingException"),
                500 => Some("InternalServerException"),
                _ => None,
            };
            // What has no name comes from a gateway that cannot reach the service.
            let body = match name {
                Some(_) => r#"{"message":"not now"}"#,
                None => "<html><body>Bad gateway</body></html>",
            };
            let named = name.map(|name| ("x-amzn-errortype", name));
            let timed = after.text().map(|text| ("retry-after", text));
            let headers: Vec<_> = named.into_iter().chain(timed).collect();
            Act::reply(status, &headers, body)
        }
        Fault::HugeBody => {
            let start = r#"{"session":{"username":""#;
            let length = 1 << 30;
            let more = length - start.len();
            Act::SendAndFlood(reply(200, &[], length, start), more as u64)
        }
        Fault::ManyHeaders => {
            let headers: String = (0..100_000).map(|n| format!("x-{n}: y\r\n")).collect();
            Act::SendAndClose(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}").into())
        }
        Fault::AnotherSession => {
            let body = document(&session.replacen('a', "b", 1));
            Act::reply(200, &[], &body)
        }
        Fault::Html => {
            let body = "<!DOCTYPE html><title>Sign in to the Wi-Fi</title>";
            Act::reply(200, &[("content-type", "text/html")], body)
        }
        Fault::Redirect => Act::reply(302, &[("location", "http://127.0.0.1:9/")], ""),
    }
}

/// The reply's body for a session.
fn document(session: &str) -> String {
    json!({"session": {
        "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
        "sessionId": session,
        "username": username(session),
        "clientIpAddresses": ["192.0.2.1"],
        "status": "Active",
        "startTime": 1_735_689_600,
    }})
    .to_string()
}
