//! Many sessions in one command.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::server::Request;
use crate::support::{Act, PORTAL, Server, Wsb, folder, wsb};

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

/// The reply for the session that a request asks for, whose user has this name.
fn reply(request: &Request, username: &str) -> Act {
    let id = request.target.rsplit('/').next().unwrap();
    let session = json!({"session": {"sessionId": id, "username": username}});
    Act::json(200, &session.to_string())
}

/// A service that has every session.
fn every_session() -> Server {
    Server::start(|request, _| reply(request, "alice"))
}

fn batch(server: &Server, ids: &[String]) -> Wsb {
    wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
        .against(&server.url())
        .input(ids.join("\n"))
}

#[test]
fn an_id_that_is_given_twice_is_asked_for_twice() {
    let server = every_session();
    let ids: Vec<String> = [1, 2, 1, 3, 1, 2].map(id).into();
    let run = batch(&server, &ids).run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    assert_eq!(server.requests().len(), ids.len());
}

#[test]
fn each_failure_is_reported_and_its_hint_said_once() {
    let server = Server::always(Act::error(404, "ResourceNotFoundException", "none"));
    let run = batch(&server, &[id(1), id(1)]).run();
    run.code(4);
    assert_eq!(run.stderr.matches("error:").count(), 2);
    assert_eq!(run.stderr.matches("hint:").count(), 1);
    let csv = wsb(["get-session", PORTAL, &id(1), "-o", "csv"])
        .against(&server.url())
        .run();
    assert_eq!(csv.code(4).stdout, "");
}

#[test]
fn connections_are_kept() {
    let server = every_session();
    let ids: Vec<String> = (0..300).map(id).collect();
    let run = batch(&server, &ids).args(["--concurrency", "4"]).run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 300);
    assert!(server.connections() <= 8, "{}", server.connections());
}

#[test]
fn no_more_than_the_concurrency_are_asked_at_a_time() {
    let now_and_most = std::sync::Arc::new(Mutex::new((0, 0)));
    let counted = std::sync::Arc::clone(&now_and_most);
    let server = Server::start(move |request, _| {
        {
            let mut counts = counted.lock().unwrap();
            counts.0 += 1;
            counts.1 = counts.1.max(counts.0);
        }
        std::thread::yield_now();
        let act = reply(request, "alice");
        counted.lock().unwrap().0 -= 1;
        act
    });
    let ids: Vec<String> = (0..200).map(id).collect();
    batch(&server, &ids)
        .args(["--concurrency", "3"])
        .run()
        .code(0);
    assert!(now_and_most.lock().unwrap().1 <= 3);
}

#[test]
fn a_session_that_takes_long_holds_up_no_other() {
    let (sender, all_others) = std::sync::mpsc::channel();
    let (sender, all_others) = (Mutex::new(sender), Mutex::new(all_others));
    let server = Server::start(move |request, number| {
        if request.target.ends_with(&id(0)) {
            all_others.lock().unwrap().recv().unwrap();
        } else if number == 199 {
            sender.lock().unwrap().send(()).unwrap();
        }
        reply(request, "alice")
    });
    let ids: Vec<String> = (0..200).map(id).collect();
    let run = batch(&server, &ids).args(["--concurrency", "2"]).run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    assert_eq!(server.requests().len(), 200);
}

#[test]
fn large_answers_that_wait_for_one_before_them_are_no_more_than_the_concurrency() {
    let others = Arc::new(AtomicUsize::new(usize::MAX));
    let seen = Arc::clone(&others);
    let large = "x".repeat(20_000);
    let server = Server::start(move |request, number| {
        if !request.target.ends_with(&id(0)) {
            return reply(request, &large);
        }
        if number < 4 {
            return Act::reply(503, &[("retry-after", "1")], "");
        }
        seen.store(number - 1, Ordering::SeqCst);
        reply(request, &large)
    });
    let ids: Vec<String> = (0..50).map(id).collect();
    let run = batch(&server, &ids).args(["--concurrency", "4"]).run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    assert_eq!(others.load(Ordering::SeqCst), 3);
}

/// Requests so many sessions from a service that allows `rate` calls a second, and counts the calls
/// that it throttled.
fn count_throttled(rate: u32, sessions: u32) -> usize {
    let data = folder().join("data.json");
    let portal = json!({
        "portals": [{"portalId": PORTAL}],
        "generate": {"portalId": PORTAL, "sessions": sessions},
        "behaviors": [{"operation": "GetSession", "perSecond": rate}],
    });
    std::fs::write(&data, portal.to_string()).unwrap();
    let ids: Vec<String> = (0..sessions)
        .map(wsb::emulator::generated_session_id)
        .collect();
    let run = wsb(["local", "--data"])
        .args([data.as_os_str()])
        .args(["--", "wsb", "get-session", PORTAL, "-"])
        .args(["--field", "sessionId", "-v"])
        .input(ids.join("\n"))
        .run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    run.stderr.matches("HTTP 429").count()
}

#[test]
fn a_service_that_allows_so_many_a_second_gives_them_all_and_throttles_few() {
    // A busy machine may be too slow to be throttled at the higher rate. At the lower one the calls
    // that are under way when the rate is first exceeded are a larger share.
    let (throttled, few) = [(100, 600, 60), (10, 100, 40)]
        .into_iter()
        .map(|(rate, sessions, few)| (count_throttled(rate, sessions), few))
        .find(|(throttled, _)| *throttled > 0)
        .expect("a rate that the machine exceeds");
    assert!(throttled < few, "{throttled}");
}

#[test]
fn the_commands_time_out_limits_an_input_that_does_not_end() {
    let server = every_session();
    let (running, input) = batch(&server, &[id(1), id(2), String::new()])
        .args(["--timeout", "2s"])
        .start_with_open_input();
    let run = running.finish();
    drop(input);
    run.code(9).says(&[
        "the time for the command ran out: 2 sessions done; input still open",
        "--timeout",
    ]);
    assert_eq!(run.stdout, format!("{}\n{}\n", id(1), id(2)));
}

#[test]
fn at_the_time_out_what_was_fetched_is_printed_and_the_rest_is_counted() {
    let server = Server::start(|request, number| {
        if number < 10 {
            reply(request, "alice")
        } else {
            Act::SendAndHang(Vec::new())
        }
    });
    let ids: Vec<String> = (0..100).map(id).collect();
    let run = batch(&server, &ids)
        .args(["--timeout", "2s", "--concurrency", "1"])
        .run();
    run.code(9)
        .says(&["ran out: 11 of 100 sessions done", &ids[10]]);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), &ids[..10]);
    assert_eq!(run.stderr.matches("error:").count(), 2);
}

#[test]
fn an_input_without_sessions_is_0_with_a_note_and_a_header() {
    let server = every_session();
    let run = wsb(["get-session", PORTAL, "-", "-o", "csv"])
        .against(&server.url())
        .input("# none\n\n")
        .run();
    run.code(0).says(&["note: standard input had no sessions"]);
    assert_eq!(
        run.stdout,
        "sessionId,status,username,clientIpAddresses,startTime,endTime,portalArn\n"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn an_answer_is_written_while_the_input_has_not_ended() {
    let server = every_session();
    let (mut running, input) = batch(&server, &[id(1), String::new()]).start_with_open_input();
    assert_eq!(running.output_until(&id(1)), format!("{}\n", id(1)));
    drop(input);
    running.finish().code(0);
}

#[test]
fn sessions_that_do_not_exist_are_asked_for_as_fast_as_the_service_allows() {
    let data = folder().join("data.json");
    let portal = json!({
        "portals": [{"portalId": PORTAL}],
        "behaviors": [{"operation": "GetSession", "perSecond": 50}],
    });
    std::fs::write(&data, portal.to_string()).unwrap();
    let ids: Vec<String> = (0..200).map(id).collect();
    // Three seconds at the rate that is allowed.
    let run = wsb(["local", "--data"])
        .args([data.as_os_str()])
        .args(["--", "wsb", "get-session", PORTAL, "-", "--timeout", "8s"])
        .input(ids.join("\n"))
        .run();
    run.code(4);
    assert_eq!(run.stderr.matches("error:").count(), ids.len());
}

const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

fn portal_id(number: usize) -> String {
    format!("11111111-0000-4000-8000-{number:012}")
}

fn portal_arn(number: usize) -> String {
    let region = REGIONS[number % REGIONS.len()];
    format!(
        "arn:aws:workspaces-web:{region}:123456789012:portal/{}",
        portal_id(number)
    )
}

/// The region that a request is signed for, its portal and its session.
fn signed_target(request: &Request) -> (String, String, String) {
    let authorization = request.header("authorization").unwrap();
    let region = authorization.split('/').nth(2).unwrap().to_owned();
    let mut parts = request
        .target
        .trim_start_matches('/')
        .split('/')
        .skip(1)
        .step_by(2);
    let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
    (region, part(parts.next()), part(parts.next()))
}

/// Sessions of many portals in every notation, some named twice.
fn log_lines() -> (String, Vec<(String, String, String)>) {
    let mut lines = String::new();
    let mut expected = Vec::new();
    for number in 0..60 {
        let (id, arn, portal) = (id(number), portal_arn(number), portal_id(number));
        let region = REGIONS[number % REGIONS.len()];
        let line = match number % 6 {
            0 => format!("{arn} {id}"),
            1 => json!({"url": "https://example.com/?[{", "sessionId": id, "portalArn": arn}).to_string(),
            2 => json!({"awsRegion": region, "requestParameters": {"portalId": portal, "sessionId": id}})
                .to_string(),
            3 => format!("[{{\"session_id\": \"{id}\",\n \"PortalARN\": \"{arn}\"}}]"),
            4 => json!({"session": {"sessionId": id, "portalArn": arn}}).to_string(),
            _ => format!("{id}\tActive\tbob\tNone\tNone\t{arn}"),
        };
        lines.push_str(&format!("{line}\n{line}\n"));
        expected.push((region.to_owned(), portal, id));
    }
    (lines, expected)
}

#[test]
fn each_session_is_requested_once_from_the_portal_and_the_region_of_its_line() {
    let (lines, expected) = log_lines();
    for arguments in [&["get-session", "-"][..], &["wait-session", "-"]] {
        let server = Server::start(|request, _| {
            let id = request.target.rsplit('/').next().unwrap();
            let session = json!({"session": {"sessionId": id, "status": "Terminated"}});
            Act::json(200, &session.to_string())
        });
        let run = wsb(arguments)
            .args(["--unique", "--field", "sessionId"])
            .against(&server.url())
            .input(lines.as_str())
            .run();
        run.code(0);
        let ids: Vec<&str> = expected.iter().map(|(_, _, id)| id.as_str()).collect();
        let printed: Vec<&str> = run.stdout.lines().collect();
        if arguments[0] == "get-session" {
            assert_eq!(printed, ids);
        } else {
            assert_eq!(BTreeSet::from_iter(printed), BTreeSet::from_iter(ids));
        }
        let requests = server.requests();
        assert_eq!(requests.len(), expected.len());
        let requested: HashSet<_> = requests.iter().map(signed_target).collect();
        assert_eq!(requested, expected.iter().cloned().collect());
    }
}

#[test]
fn a_line_without_a_portal_uses_the_argument_and_one_with_a_portal_its_own() {
    let server = every_session();
    let (first, second) = (id(1), id(2));
    let lines = format!("{first}\n{} {second}\n", portal_arn(1));
    let run = wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
        .against(&server.url())
        .input(lines.as_str())
        .run();
    run.code(0);
    let requested: HashSet<_> = server.requests().iter().map(signed_target).collect();
    assert_eq!(
        requested,
        HashSet::from([
            ("us-east-1".to_owned(), PORTAL.to_owned(), first.clone()),
            ("eu-west-1".to_owned(), portal_id(1), second),
        ])
    );
    wsb(["get-session", "-"])
        .against(&server.url())
        .input(lines.as_str())
        .run()
        .code(2)
        .says(&[
            "line 1 of standard input names no portal",
            &first,
            "--all-portals",
        ]);
}

/// Portals and the sessions of each, in one region.
fn portals(server: &Request) -> Act {
    let target = server.target.as_str();
    if !target.contains("/sessions/") {
        let portals: Vec<_> = [1, 3]
            .map(|number| json!({"portalArn": portal_arn(number), "displayName": format!("Portal {number}")}))
            .into();
        return Act::json(200, &json!({ "portals": portals }).to_string());
    }
    let (_, portal, id) = signed_target(server);
    if portal == portal_id(3) {
        Act::json(200, &json!({"session": {"sessionId": id}}).to_string())
    } else {
        Act::error(404, "ResourceNotFoundException", "none")
    }
}

#[test]
fn portals_are_searched_only_for_the_lines_that_name_none() {
    let search = |lines: String| {
        let server = Server::start(|request, _| portals(request));
        let run = wsb(["get-session", "--all-portals", "-", "--field", "sessionId"])
            .against(&server.url())
            .env("AWS_REGION", "eu-west-1")
            .input(lines)
            .run();
        (run, server.requests().len())
    };
    let (run, requests) = search(format!(
        "{} {}\n{} {}\n",
        portal_arn(3),
        id(1),
        portal_id(3),
        id(2)
    ));
    assert_eq!(run.code(0).stdout, format!("{}\n{}\n", id(1), id(2)));
    assert_eq!(requests, 2);
    let (run, requests) = search(format!("Portal 3 {}\n", id(1)));
    assert_eq!(run.code(0).stdout, format!("{}\n", id(1)));
    assert_eq!(requests, 2);
    let (run, _) = search(id(1));
    assert_eq!(run.code(0).stdout, format!("{}\n", id(1)));
    let (run, _) = search(format!("secret text {}\n", id(1)));
    run.code(4)
        .says(&["line 1 of standard input names a portal that does not exist: searched 2 portals"]);
    assert!(!run.stderr.contains("secret"), "{run:?}");
}

#[test]
fn hostile_lines_are_errors_with_their_numbers_and_hide_no_session() {
    let server = every_session();
    let long = "x".repeat(1 << 20);
    let deep = "[".repeat(100_000);
    let good = json!({"sessionId": id(1)}).to_string();
    let bad = [
        format!("{{\"secret\": \"{long}\", \"sessionId\": \"{}\"}}", id(2)),
        format!("{{\"secret\": {deep}"),
        format!(
            "{{\"sessionId\": \"{}\", \"sessionId\": \"{}\"}}",
            id(2),
            id(3)
        ),
        "{\"sessionId\": {\"secret\": 1}}".to_owned(),
        "{\"secret\": \"secret\"}".to_owned(),
        "2026-11-24 secret https://example.com/secret".to_owned(),
    ];
    let lines: Vec<String> = bad
        .iter()
        .flat_map(|bad| [bad.clone(), good.clone()])
        .collect();
    let run = batch(&server, &lines).run();
    run.code(2);
    assert_eq!(run.stdout.lines().count(), bad.len());
    assert_eq!(run.stderr.matches("error: ").count(), bad.len());
    for number in 0..bad.len() {
        let error = format!("error: line {} of standard input ", 2 * number + 1);
        assert!(run.stderr.contains(&error), "{error}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("secret"), "{}", run.stderr);
}

#[test]
fn a_name_that_is_no_portal_is_reported_without_the_line() {
    let server = Server::start(|request, _| portals(request));
    let run = wsb(["get-session", "-"])
        .against(&server.url())
        .input(format!("secret text {}\nsecret text {}\n", id(1), id(2)))
        .run();
    run.code(4).says(&[
        "line 1 of standard input: no portal in us-east-1 has the name or endpoint that it gives",
        "line 2 of standard input",
    ]);
    assert!(!run.stderr.contains("secret"), "{run:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn missing_credentials_are_reported_once_for_many_sessions() {
    let server = every_session();
    let ids: Vec<String> = (0..50).map(id).collect();
    let run = wsb(["get-session", PORTAL, "-", "--region", "us-east-1"])
        .args(["--endpoint-url", &server.url()])
        .input(ids.join("\n"))
        .run();
    run.code(8)
        .says(&["note: 49 more failures for the same reason"]);
    assert_eq!(run.stderr.matches("error: ").count(), 1);
}
