//! Ten minutes of `wsb watch-sessions` against a service whose replies fail, with 20 kills:
//! `cargo test --test suite -- --ignored watch_soak`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::server::Request;
use crate::support::{Act, PORTAL, Server, folder, wsb};
use crate::watches::{answer, arn, id};

const KILLS: usize = 20;
const RUN: Duration = Duration::from_secs(30);

/// When the n-th session starts and ends, in milliseconds after the start of the test.
fn life(number: usize) -> (i64, i64) {
    let mut random = fastrand::Rng::with_seed(number as u64);
    let start = number as i64 * 700 - 20_000;
    let length = match random.u8(0..10) {
        0..3 => random.i64(100..1500),
        3..9 => random.i64(1500..60_000),
        _ => random.i64(60_000..400_000),
    };
    (start, start + length)
}

fn sessions(began: i64) -> Vec<Value> {
    let now = Timestamp::now().as_millisecond() - began;
    let started = (0..).take_while(|number| life(*number).0 <= now);
    let documents = started.map(|number| {
        let (start, end) = life(number);
        let seconds = |time: i64| (began + time) as f64 / 1000.0;
        let mut session = json!({
            "sessionId": id(number), "portalArn": arn(PORTAL), "startTime": seconds(start),
            "status": if now < end { "Active" } else { "Terminated" },
        });
        if now >= end {
            session["endTime"] = json!(seconds(end));
        }
        session
    });
    documents.collect()
}

fn fault(random: &mut fastrand::Rng, request: &Request) -> Option<Act> {
    if random.u8(0..100) >= 5 {
        return None;
    }
    let html = [("content-type", "text/html")];
    let other = json!({"session": {"sessionId": id(999_999), "status": "Terminated"}}).to_string();
    let malformed = r#"{"sessions":[{"sessionId":"no-id","status":"Active"}]}"#;
    let is_list = request.target.contains("/sessions?");
    let faults = [
        Act::error(429, "ThrottlingException", "slow down"),
        Act::error(500, "InternalServerException", "oops"),
        Act::error(403, "AccessDeniedException", "not now"),
        Act::error(400, "ValidationException", "what?"),
        Act::reply(302, &[("location", "http://127.0.0.1:9/")], ""),
        Act::reply(200, &html, "<html>"),
        Act::reply(403, &html, "<html>"),
        Act::json(404, r#"{"message":"Not Found"}"#),
        Act::reply(204, &[], ""),
        Act::reply(408, &[], ""),
        Act::json(200, if is_list { malformed } else { &other }),
        Act::SendAndHang(Vec::new()),
        Act::Close,
    ];
    Some(faults[random.usize(0..faults.len())].clone())
}

#[cfg(unix)]
#[test]
#[ignore = "takes ten minutes"]
fn in_ten_minutes_of_faults_and_kills_every_start_and_end_is_reported() {
    let began = Timestamp::now().as_millisecond();
    let random = Mutex::new(fastrand::Rng::with_seed(20));
    let server = Server::start(move |request, _| {
        let now = Timestamp::now().as_millisecond() - began;
        // Two outages.
        let is_outage = (100_000..125_000).contains(&now) || (300_000..310_000).contains(&now);
        if is_outage {
            return Act::error(503, "ServiceUnavailableException", "not now");
        }
        if let Some(act) = fault(&mut random.lock().unwrap(), request) {
            return act;
        }
        answer(request, sessions(began))
    });
    let (state, output) = (folder().join("state"), folder().join("events.jsonl"));
    let watch = || {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&output)
            .unwrap();
        wsb([
            "watch-sessions",
            PORTAL,
            "--interval",
            "1s",
            "-o",
            "jsonl",
            "--read-timeout",
            "3s",
        ])
        .args(["--state", state.to_str().unwrap()])
        .against(&server.url())
        .output(file)
    };
    let mut random = fastrand::Rng::with_seed(21);
    for _ in 0..KILLS {
        let running = watch().start();
        std::thread::sleep(
            RUN.mul_f64(0.3 + 1.4 * random.f64())
                .min(Duration::from_secs(51)),
        );
        running.signal("KILL");
        running.finish();
    }
    let killed = Timestamp::now().as_millisecond() - began;
    watch().args(["--for", "15s"]).run().code(0);
    check(&std::fs::read_to_string(&output).unwrap(), killed);
}

fn check(written: &str, settled: i64) {
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut gaps = 0;
    for line in written.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let name = event["event"]
            .as_str()
            .unwrap()
            .replace("active", "started");
        match event["session"]["sessionId"].as_str() {
            Some(id) => events.entry(id.to_owned()).or_default().push(name),
            None => gaps += 1,
        }
    }
    let mut duplicates = 0;
    for number in (0..).take_while(|number| life(*number).0 < settled) {
        let (_, end) = life(number);
        let found = events.get(&id(number)).cloned().unwrap_or_default();
        let kinds: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        let expected: &[&str] = match end {
            // It ended before the watch began, or about then.
            _ if end < 5000 => continue,
            _ if end < settled => &["ended", "started"],
            _ if kinds.contains("ended") => continue,
            _ => &["started"],
        };
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            expected,
            "{number}: {found:?}"
        );
        assert_eq!(found[0], "started");
        duplicates += found.len() - expected.len();
    }
    assert!(gaps >= 2, "{gaps}");
    // A kill repeats what was written since the state was stored, for a second at most.
    assert!(duplicates <= 4 * KILLS, "{duplicates}");
}
