//! `wsb wait-session`: polls until sessions have ended.

use std::sync::Mutex;

use serde_json::json;

use crate::support::{Act, PORTAL, SESSION, Server, Wsb, run_side_by_side, wsb};

const SECOND: &str = "aaaaaaaa-0002-4000-8000-000000000002";

/// A time-out that leaves time for the first polls even on a busy machine.
const TIME_TO_POLL: [&str; 2] = ["--timeout", "3s"];

/// A service whose sessions end with their n-th poll. Every second poll until then meets `fault`,
/// if there is one.
fn ends_after(polls: usize, fault: Option<Act>) -> Server {
    let counts = Mutex::new(std::collections::HashMap::new());
    Server::start(move |request, _| {
        let id = request.target.rsplit('/').next().unwrap().to_owned();
        let count = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(id.clone()).or_insert(0);
            *count += 1;
            *count
        };
        match &fault {
            Some(fault) if count < polls && count % 2 == 0 => return fault.clone(),
            _ => {}
        }
        let status = if count >= polls {
            "Terminated"
        } else {
            "Active"
        };
        Act::json(
            200,
            &json!({"session": {"sessionId": id, "status": status}}).to_string(),
        )
    })
}

fn wait(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["wait-session", PORTAL, "--max-attempts", "1"])
        .env("WSB_TEST_INTERVAL", "10ms")
        .args(arguments)
        .against(&server.url())
}

#[test]
fn it_ends_when_all_have_ended_and_prints_each() {
    let server = ends_after(3, None);
    let run = wait(&server, &[SESSION, SECOND, "-o", "jsonl"]).run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 2);
    assert_eq!(run.stdout.matches("Terminated").count(), 2);
    assert_eq!(server.requests().len(), 6);
    assert_eq!(run.stderr, "");
}

#[test]
fn every_format_is_written() {
    for (format, lines) in [("table", 3), ("json", 2), ("csv", 3), ("text", 2)] {
        let server = ends_after(1, None);
        let run = wait(&server, &["-", "-o", format])
            .input(format!("{SESSION}\n{SECOND}\n"))
            .run();
        run.code(0);
        assert_eq!(run.stdout.lines().count(), lines, "{run:?}");
    }
}

/// Replies that are not valid answers.
fn invalid_replies() -> Vec<Act> {
    let html = [("content-type", "text/html")];
    let other = json!({"session": {"sessionId": "aaaaaaaa-0009-4000-8000-000000000009"}});
    vec![
        Act::error(429, "ThrottlingException", "slow down"),
        Act::error(500, "InternalServerException", "oops"),
        Act::error(400, "ValidationException", "what?"),
        Act::error(403, "AccessDeniedException", "not now"),
        Act::reply(302, &[("location", "http://127.0.0.1:9/")], ""),
        Act::reply(200, &html, "<html>Sign in to the Wi-Fi</html>"),
        Act::reply(403, &html, "<html>Blocked</html>"),
        Act::json(404, r#"{"message":"Not Found"}"#),
        Act::reply(204, &[], ""),
        Act::reply(408, &[], ""),
        Act::json(200, &other.to_string()),
        Act::Close,
    ]
}

#[test]
fn polls_without_a_valid_answer_are_survived() {
    for act in invalid_replies() {
        let server = ends_after(5, Some(act));
        wait(&server, &[SESSION]).run().code(0);
        assert_eq!(server.requests().len(), 5);
    }
}

#[test]
fn a_failure_of_the_service_is_no_denial_whatever_its_status() {
    let server = Server::start(|_, number| {
        if number < 5 {
            return Act::error(403, "InternalServerException", "oops");
        }
        let session = json!({"session": {"sessionId": SESSION, "status": "Terminated"}});
        Act::json(200, &session.to_string())
    });
    wait(&server, &[SESSION]).run().code(0);
}

#[test]
fn a_session_that_does_not_exist_fails_and_the_others_are_waited_for() {
    let server = Server::start(|request, number| {
        if request.target.ends_with(SECOND) {
            Act::error(404, "ResourceNotFoundException", "none")
        } else {
            let status = if number > 4 { "Terminated" } else { "Active" };
            Act::json(
                200,
                &json!({"session": {"sessionId": SESSION, "status": status}}).to_string(),
            )
        }
    });
    let run = wait(&server, &[SECOND, SESSION, "--field", "status"]).run();
    run.code(4).says(&[SECOND]);
    assert_eq!(run.stdout, "Terminated\n");
}

#[test]
fn when_the_time_runs_out_it_is_11_and_the_sessions_are_named() {
    let server = ends_after(usize::MAX, None);
    let run = wait(&server, &[SESSION, SECOND])
        .env("WSB_TEST_INTERVAL", "100ms")
        .args(TIME_TO_POLL)
        .run();
    run.code(11).says(&[
        SESSION,
        SECOND,
        "was still active when the time ran out",
        "--timeout",
    ]);
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    wait(&hanging, &[SESSION, "--timeout", "300ms"])
        .run()
        .code(11);
}

#[test]
fn a_session_is_only_called_active_if_it_was_seen_to_be() {
    let throttled = Server::always(Act::error(429, "ThrottlingException", "slow down"));
    let run = wait(&throttled, &[SESSION])
        .env("WSB_TEST_INTERVAL", "100ms")
        .args(TIME_TO_POLL)
        .run();
    run.code(11).says(&[
        "no answer about the session before the time ran out; the last poll failed: throttled by the service: slow down",
        "HTTP 429",
        "us-east-1",
        "request ID req-1",
    ]);
    assert!(!run.stderr.contains("still active"), "{run:?}");
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    wait(&hanging, &[SESSION, "--timeout", "300ms"])
        .run()
        .code(11)
        .says(&[
            "no answer about the session before the time ran out (session",
            "us-east-1",
        ]);
}

#[test]
fn a_name_that_is_not_resolved_in_time_is_11() {
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    let run = wsb(["wait-session", "Contractors", SESSION])
        .args(["--timeout", "300ms", "--max-attempts", "1"])
        .against(&hanging.url())
        .run();
    run.code(11)
        .says(&["the time for the command ran out before 127.0.0.1"]);
}

#[test]
fn a_name_that_is_not_resolved_in_time_delays_no_other_session() {
    let server = Server::start(move |request, _| {
        if request.target.contains("/sessions/") {
            let id = request.target.rsplit('/').next().unwrap();
            let session = json!({"session": {"sessionId": id, "status": "Terminated"}});
            return Act::json(200, &session.to_string());
        }
        Act::SendAndHang(Vec::new())
    });
    let run = wsb(["wait-session", "-", "--field", "sessionId"])
        .args(["--max-attempts", "1"])
        .args(TIME_TO_POLL)
        .input(format!("Contractors {SESSION}\n{PORTAL} {SECOND}\n"))
        .against(&server.url())
        .run();
    run.code(11).says(&[
        "line 1 of standard input: the time ran out before its portal was found",
        SESSION,
        "--timeout",
    ]);
    assert_eq!(run.stdout, format!("{SECOND}\n"));
}

#[test]
fn sessions_are_waited_for_while_the_input_is_open_and_the_time_limits_it_too() {
    let server = ends_after(2, None);
    let (running, input) = wait(&server, &["-", "--field", "sessionId"])
        .args(TIME_TO_POLL)
        .input(format!("{SESSION}\nbad\n"))
        .start_with_open_input();
    let run = running.finish();
    drop(input);
    run.code(12)
        .says(&["line 2", "ran out: 1 session ended; input still open"]);
    assert_eq!(run.stdout, format!("{SESSION}\n"));
}

#[test]
fn an_input_without_sessions_is_0_with_a_note() {
    let server = ends_after(1, None);
    wait(&server, &["-"])
        .input("# none\n")
        .run()
        .code(0)
        .says(&["note: standard input had no sessions"]);
}

#[test]
fn a_great_many_sessions_are_polled_in_turn() {
    let server = ends_after(2, None);
    let ids: Vec<String> = (0..2000)
        .map(|number| format!("aaaaaaaa-0000-4000-8000-{number:012}"))
        .collect();
    let run = wait(&server, &["-", "--field", "sessionId"])
        .input(ids.join("\n"))
        .run();
    run.code(0);
    let mut ended: Vec<&str> = run.stdout.lines().collect();
    ended.sort_unstable();
    assert_eq!(ended, ids);
    assert_eq!(server.requests().len(), 4000);
    assert!(server.connections() <= 32, "{}", server.connections());
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_130_and_what_has_ended_is_printed() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = Mutex::new(sender);
    let server = Server::start(move |request, number| {
        if request.target.ends_with(SECOND) {
            if number > 3 {
                // The first session is answered long before: it has ended at its first poll.
                let _ = sender.lock().unwrap().send(());
            }
            Act::json(
                200,
                &json!({"session": {"sessionId": SECOND, "status": "Active"}}).to_string(),
            )
        } else {
            Act::json(
                200,
                &json!({"session": {"sessionId": SESSION, "status": "Terminated"}}).to_string(),
            )
        }
    });
    let running = wait(&server, &[SESSION, SECOND, "--field", "sessionId"]).start();
    receiver.recv().unwrap();
    running.signal("INT");
    let run = running.finish();
    run.code(130).says(&["interrupted: 1 of 2 sessions ended"]);
    assert_eq!(run.stdout, format!("{SESSION}\n"));
}

/// The query of a request for a portal's sessions, if it is one.
fn sessions_query(target: &str) -> Option<&str> {
    target.split_once("/sessions?").map(|(_, query)| query)
}

fn active(number: usize) -> serde_json::Value {
    json!({
        "sessionId": format!("aaaaaaaa-0000-4000-8000-{number:012}"),
        "status": "Active",
        "username": format!("user-{number}"),
        "startTime": 1_735_689_600 + number,
    })
}

/// A service with one portal, whose n-th poll (from 0) finds this many active sessions, and an ended
/// one that a service without filters would give too.
fn drains(polls: &'static [usize]) -> Server {
    Server::start(move |request, number| {
        let query = sessions_query(&request.target).unwrap();
        assert!(query.contains("status=Active"), "{query}");
        let count = polls[number.min(polls.len() - 1)];
        let mut sessions: Vec<_> = (0..count).map(active).collect();
        sessions
            .push(json!({"sessionId": SECOND, "status": "Terminated", "startTime": 1_735_689_600}));
        Act::json(200, &json!({ "sessions": sessions }).to_string())
    })
}

fn drain(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["wait-session", "--max-attempts", "1"])
        .env("WSB_TEST_INTERVAL", "10ms")
        .args(arguments)
        .against(&server.url())
}

const NOT_KEPT_OUT: &str = "note: new sessions are not kept out";

#[test]
fn a_portal_is_empty_after_two_polls_in_a_row_without_an_active_session() {
    for (polls, count) in [(&[0][..], 2), (&[2, 1, 0], 4), (&[1, 0, 3, 0, 1, 0], 7)] {
        let server = drains(polls);
        let run = drain(&server, &[PORTAL, "--all"]).run();
        run.code(0);
        assert_eq!(server.requests().len(), count, "{polls:?}");
        assert_eq!(run.stdout, "");
        assert_eq!(run.stderr.matches(NOT_KEPT_OUT).count(), 1, "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_portals_become_empty_says_how_many_sessions_remain() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = Mutex::new(sender);
    let server = Server::start(move |_, number| {
        if number == 2 {
            // The polls before have been taken.
            let _ = sender.lock().unwrap().send(());
        }
        let sessions: Vec<_> = (0..3).map(active).collect();
        Act::json(200, &json!({ "sessions": sessions }).to_string())
    });
    let running = drain(&server, &[PORTAL, "--all"]).start();
    receiver.recv().unwrap();
    running.signal("INT");
    let run = running.finish();
    run.code(130)
        .says(&["error: interrupted: 3 sessions remain\n"]);
}

#[test]
fn a_poll_that_fails_is_not_an_empty_one() {
    for fault in invalid_replies() {
        let server = Server::start(move |_, number| match number {
            0 | 2 => Act::json(200, r#"{"sessions":[]}"#),
            1 | 3 => fault.clone(),
            _ => Act::json(200, r#"{"sessions":[]}"#),
        });
        drain(&server, &[PORTAL, "--all"]).run().code(0);
        assert_eq!(server.requests().len(), 6);
    }
}

#[test]
fn all_pages_of_the_active_sessions_are_read() {
    let server = Server::start(|request, number| {
        let is_second = request.target.contains("nextToken");
        let body = match (number, is_second) {
            (0, false) => json!({"sessions": [], "nextToken": "t"}),
            (1, true) => json!({"sessions": [active(0)]}),
            _ => json!({"sessions": []}),
        };
        Act::json(200, &body.to_string())
    });
    drain(&server, &[PORTAL, "--all"]).run().code(0);
    assert_eq!(server.requests().len(), 4);
}

/// A wait for a portal that runs out of time after the first polls.
fn drain_in_vain(server: &Server) -> Wsb {
    drain(server, &[PORTAL, "--all"])
        .env("WSB_TEST_INTERVAL", "100ms")
        .args(TIME_TO_POLL)
}

#[test]
fn when_the_time_runs_out_each_session_that_remains_is_a_line_with_its_user_and_start() {
    let server = drains(&[2]);
    let forms: [&[&str]; 2] = [&[], &["--errors", "json"]];
    let runs = run_side_by_side(&forms, |form| drain_in_vain(&server).args(*form).run());
    let lines: Vec<&str> = runs[0]
        .code(11)
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(
        lines,
        [0, 1].map(|number| format!(
            "error: the session of user-{number}, started 2025-01-01T00:00:0{number}Z, was still active when the time ran out (session aaaaaaaa-0000-4000-8000-{number:012}, us-east-1)"
        ))
    );
    runs[1]
        .code(11)
        .says(&[r#""sessionId":"aaaaaaaa-0000-4000-8000-000000000001""#]);
}

#[test]
fn nothing_is_claimed_of_a_portal_that_was_not_seen() {
    let throttled = Server::always(Act::error(429, "ThrottlingException", "slow down"));
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    let once = Server::start(|_, number| match number {
        0 => Act::json(200, r#"{"sessions":[]}"#),
        _ => Act::SendAndHang(Vec::new()),
    });
    let runs = run_side_by_side(&[throttled, hanging, once], |server| {
        drain_in_vain(server).run()
    });
    runs[0].code(11).says(&[
        "no answer about the portal's sessions before the time ran out; the last poll failed: throttled by the service: slow down",
        PORTAL,
        "request ID req-1",
    ]);
    runs[1]
        .code(11)
        .says(&["no answer about the portal's sessions before the time ran out (portal"]);
    runs[2]
        .code(11)
        .says(&["the time ran out before another poll showed the same"]);
}

/// A region with three portals. Of the last one nobody may list sessions; the others have an active
/// session each, at the first poll and at the third.
fn region() -> Server {
    Server::start(|request, _| {
        static POLLS: Mutex<[usize; 2]> = Mutex::new([0; 2]);
        let portal = |number: usize| format!("{number:08}-1111-4111-8111-111111111111");
        if request.target == "/portals" {
            let portals: Vec<_> = (0..3)
                .map(|number| {
                    let arn = format!(
                        "arn:aws:workspaces-web:us-east-1:1:portal/{}",
                        portal(number)
                    );
                    json!({"portalArn": arn, "displayName": "Sales team"})
                })
                .collect();
            return Act::json(200, &json!({ "portals": portals }).to_string());
        }
        let number = (0..3).find(|number| request.target.contains(&portal(*number)));
        let number = number.unwrap();
        if number == 2 {
            return Act::error(403, "AccessDeniedException", "not you");
        }
        let mut polls = POLLS.lock().unwrap();
        polls[number] += 1;
        let sessions = if polls[number] == 1 + 2 * number {
            vec![active(number)]
        } else {
            vec![]
        };
        Act::json(200, &json!({ "sessions": sessions }).to_string())
    })
}

#[test]
fn all_portals_must_be_empty_at_a_time_and_one_that_cannot_be_polled_is_named() {
    let server = region();
    let run = drain(&server, &["--all-portals"]).run();
    run.code(3)
        .says(&["access denied: not you", "00000002-1111", NOT_KEPT_OUT]);
    // Looks 1 and 3 find a session, so 4 and 5 are the first two that find none.
    let requests = server.requests();
    let polls = |portal: &str| {
        requests
            .iter()
            .filter(|request| request.target.contains(portal))
            .count()
    };
    assert_eq!(
        [polls("00000000-"), polls("00000001-"), polls("00000002-")],
        [5, 5, 3]
    );
}

#[test]
fn with_all_a_session_beside_it_or_a_field_is_2() {
    for arguments in [
        &[PORTAL, "-", "--all"][..],
        &[PORTAL, "--all", "--session-id", SESSION],
        &["--all-portals", "--all", PORTAL],
        &["--all"],
        &[PORTAL, "--all", "--field", "status"],
        &[PORTAL, PORTAL, "--all"],
    ] {
        wsb(["wait-session"])
            .args(arguments)
            .with_keys()
            .run()
            .code(2);
    }
}
