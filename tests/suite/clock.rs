//! A machine whose clock is off: relative times and durations go by the service's clock.

use serde_json::json;

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, wsb};

/// By how many seconds the service's clock is ahead.
const OFFSETS: [i64; 2] = [600, -600];

/// A service whose clock is ahead, with a session that started a minute ago by that clock.
fn service(offset: i64) -> Server {
    Server::start(script(offset))
}

fn script(offset: i64) -> impl Fn(&Request, usize) -> Act + Send + Sync {
    move |request, _| {
        let now = jiff::Timestamp::now().as_second() + offset;
        let date = jiff::Timestamp::from_second(now).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&date)
            .unwrap();
        let session = json!({
            "sessionId": SESSION,
            "status": "Active",
            "username": "alice",
            "startTime": now - 60,
            "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
        });
        let portal = json!({
            "portalArn": session["portalArn"], "displayName": "P", "maxConcurrentSessions": 10,
        });
        let body = match request.target.split(['/', '?']).nth(3) {
            None => json!({ "portals": [portal] }),
            Some(_) if request.target.contains(SESSION) => json!({ "session": session }),
            Some(_) => json!({ "sessions": [session] }),
        };
        let headers = [
            ("date", date.as_str()),
            ("content-type", "application/json"),
        ];
        Act::reply(200, &headers, &body.to_string())
    }
}

#[test]
fn a_duration_goes_by_the_services_clock() {
    for offset in OFFSETS {
        let server = service(offset);
        for command in ["get-session", "list-sessions"] {
            let session = (command == "get-session").then_some(SESSION);
            let run = wsb([command, PORTAL])
                .args(session)
                .args(["--field", "duration"])
                .against(&server.url())
                .run();
            let duration: i64 = run.code(0).stdout.trim().parse().unwrap();
            assert!((58..=500).contains(&duration), "{run:?}");
        }
    }
}

#[test]
fn relative_times_go_by_the_services_clock() {
    for offset in OFFSETS {
        let server = service(offset);
        for (arguments, count) in [
            (["--active-at", "now"], 1),
            (["--since", "8m"], 1),
            (["--since", "10s"], 0),
            (["--until", "10s"], 1),
            (["--until", "8m"], 0),
            (["--active-until", "8m"], 0),
            (["--active-since", "8m"], 1),
        ] {
            let run = wsb(["list-sessions", PORTAL, "--field", "sessionId"])
                .args(arguments)
                .against(&server.url())
                .run();
            assert_eq!(
                run.code(0).stdout.lines().count(),
                count,
                "{arguments:?} {offset}"
            );
        }
    }
}

#[test]
fn a_period_may_start_in_the_future_of_this_machines_clock_only() {
    let now = jiff::Timestamp::now().as_second();
    let server = Server::start_tls(script(2 * 86_400));
    let usage = |since: i64| {
        wsb(["get-usage", PORTAL, "--field", "sessions"])
            .args(["--since", &format!("@{since}")])
            .env("AWS_CA_BUNDLE", server.ca_bundle.as_ref().unwrap())
            .against(&server.url())
            .run()
    };
    assert_eq!(usage(now + 36 * 3600).code(0).stdout, "1\n");
    usage(now + 72 * 3600).code(2).says(&["in the future"]);
}

#[test]
fn a_usage_report_ends_now_by_the_services_clock() {
    for offset in OFFSETS {
        let run = wsb(["get-usage", PORTAL, "--since", "1h", "-o", "json"])
            .args(["--timestamps", "epoch"])
            .against(&service(offset).url())
            .run();
        let row = &run.code(0).json()["usage"][0];
        for count in ["activeSessions", "peakSessions", "sessions", "users"] {
            assert_eq!(row[count], 1, "{count}");
        }
        let time = |name: &str| row[name].as_f64().unwrap();
        assert!(
            (58.0..500.0).contains(&(time("periodEnd") - time("peakTime"))),
            "{row}"
        );
        assert!(
            (time("periodEnd") - time("periodStart") - 3600.0).abs() < 0.01,
            "{row}"
        );
    }
}

#[test]
fn a_session_whose_times_are_not_possible_has_no_duration_and_one_warning_says_why() {
    const IDS: [&str; 2] = [SESSION, "bbbbbbbb-0001-4000-8000-000000000002"];
    let now = jiff::Timestamp::now().as_second();
    for (status, start, end, reason) in [
        ("Active", now + 3600, None, "a start in the future"),
        (
            "Terminated",
            now - 60,
            Some(now - 61),
            "an end before the start",
        ),
        (
            "Active",
            now - 60,
            Some(now - 3600),
            "an end before the start",
        ),
    ] {
        let server = Server::start(move |request, _| {
            let session = |id: &str| {
                json!({
                    "sessionId": id, "status": status, "username": "alice", "startTime": start,
                    "endTime": end,
                    "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
                })
            };
            let body = match request.target.contains(SESSION) {
                true => json!({ "session": session(SESSION) }),
                false => json!({ "sessions": IDS.map(session) }),
            };
            Act::json(200, &body.to_string())
        });
        let warning = format!(
            "warning: the service gives {reason} for at least one session, whose duration is left out\n"
        );
        for (command, rows) in [("get-session", 1), ("list-sessions", 2)] {
            let call = |arguments: &[&str]| {
                let session = (command == "get-session").then_some(SESSION);
                wsb([command, PORTAL])
                    .args(session)
                    .args(arguments.iter().copied())
                    .against(&server.url())
                    .run()
            };
            let field = call(&["--field", "duration"]);
            assert_eq!(field.code(0).stdout, "\n".repeat(rows), "{field:?}");
            assert_eq!(field.stderr, warning);
            let table = call(&["-o", "table"]);
            assert_eq!(table.code(0).stderr, warning);
            let label = if rows == 1 { "Duration" } else { "alice" };
            let lines = table.stdout.lines();
            let durations: Vec<&str> = lines.filter(|line| line.contains(label)).collect();
            assert_eq!(durations.len(), rows, "{table:?}");
            for line in durations {
                assert!(line.split_whitespace().any(|word| word == "-"), "{table:?}");
            }
            let json = call(&["-o", "json"]);
            assert_eq!(json.code(0).stderr, "", "{json:?}");
        }
    }
}
