//! `wsb watch-sessions`: an event for each session that starts or ends.

use std::process::Command;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::server::Request;
use crate::support::{Act, Finished, PORTAL, Server, Wsb, folder, skip_without, wsb};

fn is_list(request: &Request) -> bool {
    request.target.contains("/sessions?")
}

/// Each look of the program starts with the list of all sessions, so a service that counts these knows
/// the look.
fn look_of(request: &Request, lists: &Mutex<usize>) -> usize {
    let mut lists = lists.lock().unwrap();
    if is_list(request) && !request.target.contains("status=") {
        *lists += 1;
    }
    *lists - 1
}

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

fn arn(portal: &str) -> String {
    format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{portal}")
}

/// A session that lives from one look up to another one.
#[derive(Debug, Clone, Copy)]
struct Life {
    from: usize,
    to: usize,
}

/// The document of the n-th session at a look.
fn session(number: usize, life: Life, look: usize) -> Value {
    let mut session = json!({
        "sessionId": id(number),
        "portalArn": arn(PORTAL),
        "username": format!("user-{number}"),
        "status": if look < life.to { "Active" } else { "Terminated" },
        "startTime": 1_735_689_600 + life.from,
    });
    if look >= life.to {
        session["endTime"] = json!(1_735_689_600.5 + life.to as f64);
    }
    session
}

/// A service with these sessions, for which time goes on with each look of the program.
fn lives(
    lives: &'static [Life],
    fault: impl Fn(&Request, usize) -> Option<Act> + Send + Sync + 'static,
) -> Server {
    let lists = Mutex::new(0);
    Server::start(move |request, _| {
        let look = look_of(request, &lists);
        if let Some(act) = fault(request, look) {
            return act;
        }
        let documents = lives
            .iter()
            .enumerate()
            .filter(|(_, life)| life.from <= look)
            .map(|(number, life)| session(number, *life, look));
        let path = request.target.split('?').next().unwrap();
        if let Some(asked) = path.strip_prefix(&format!("/portals/{PORTAL}/sessions/")) {
            let mut found = documents
                .into_iter()
                .find(|session| session["sessionId"] == asked)
                .unwrap();
            found["clientIpAddresses"] = json!(["192.0.2.1", "2001:db8::1"]);
            return Act::json(200, &json!({ "session": found }).to_string());
        }
        let wants_active = request.target.contains("status=Active");
        let mut listed: Vec<Value> = documents
            .filter(|session| !wants_active || session["status"] == "Active")
            .collect();
        listed.sort_by_key(|session| std::cmp::Reverse(session["startTime"].as_u64()));
        Act::json(200, &json!({ "sessions": listed }).to_string())
    })
}

fn watch(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["watch-sessions", "--max-attempts", "1"])
        .env("WSB_TEST_INTERVAL", "1ms")
        .args(arguments)
        .against(&server.url())
}

/// Ends the program with access denied, at this look.
fn denied_at(last: usize) -> impl Fn(&Request, usize) -> Option<Act> + Send + Sync {
    move |_, look| (look >= last).then(|| Act::error(403, "AccessDeniedException", "enough"))
}

/// Each event's name with the number of its session.
fn events(run: &Finished) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        let name = event["event"].as_str().unwrap().to_owned();
        match event["session"]["sessionId"].as_str() {
            Some(id) => format!("{name} {}", id[35..].to_owned()),
            None => name,
        }
    });
    lines.collect()
}

const LIVES: &[Life] = &[
    Life { from: 0, to: 3 },
    Life { from: 0, to: 0 },
    Life { from: 2, to: 4 },
    // It is over when the look finds it.
    Life { from: 3, to: 3 },
];

#[test]
fn each_start_and_end_is_an_event_with_the_session_and_its_addresses() {
    let server = lives(LIVES, denied_at(6));
    let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
    run.code(3)
        .says(&["access denied: enough", PORTAL, "AccessDeniedException"]);
    let mut found = events(&run);
    found.sort();
    let expected = [
        "active 0",
        "ended 0",
        "ended 2",
        "ended 3",
        "started 2",
        "started 3",
    ];
    assert_eq!(found, expected);
    let is_end_of_first = |line: &&str| line.contains("ended") && line.contains(&id(0));
    let ended = run.stdout.lines().find(is_end_of_first).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(ended).unwrap(),
        json!({"event": "ended", "session": {
            "sessionId": id(0),
            "portalArn": arn(PORTAL),
            "username": "user-0",
            "status": "Terminated",
            "startTime": "2025-01-01T00:00:00Z",
            "endTime": "2025-01-01T00:00:03.500Z",
            "clientIpAddresses": ["192.0.2.1", "2001:db8::1"],
        }})
    );
}

#[test]
fn a_look_costs_a_list_and_each_event_a_question() {
    let server = lives(LIVES, denied_at(6));
    watch(&server, &[PORTAL, "-o", "jsonl"]).run().code(3);
    let requests = server.requests();
    let lists = requests.iter().filter(|request| is_list(request)).count();
    // Six looks, of which the first one reads the active sessions too, and the list that was denied.
    assert_eq!(lists, 8);
    // A session that lived between two looks gives both events for one question.
    assert_eq!(requests.len() - lists, 5);
}

#[test]
fn every_format_is_written() {
    let header = "event,sessionId,status,username,clientIpAddresses,startTime,endTime,portalArn,from,to,portalId,region";
    let row = format!(
        "active,{},Active,user-0,\"192.0.2.1,2001:db8::1\",2025-01-01T00:00:00Z,,{},,,,",
        id(0),
        arn(PORTAL)
    );
    for (format, lines) in [
        ("csv", vec![header.to_owned(), row.clone()]),
        (
            "text",
            vec![row.replace('"', "").replacen("active,", "active\t", 1)],
        ),
        ("json", vec![]),
        ("table", vec![]),
    ] {
        let server = lives(&LIVES[..1], denied_at(1));
        let run = watch(&server, &[PORTAL, "-o", format]).run();
        run.code(3);
        let found: Vec<&str> = run.stdout.lines().collect();
        match format {
            "csv" => assert_eq!(found, lines),
            "text" => assert!(
                found[0].starts_with(&format!(
                    "active\t{}\tActive\tuser-0\t192.0.2.1,2001:db8::1\t",
                    id(0)
                )),
                "{run:?}"
            ),
            "json" => assert_eq!(run.json()["session"]["username"], "user-0"),
            _ => {
                assert_eq!(found.len(), 2 + 1, "{run:?}");
                assert!(found[0].starts_with("EVENT"), "{run:?}");
                for text in [
                    "active",
                    "user-0",
                    "2001:db8::1",
                    "2025-01-01 00:00:00 +00:00",
                ] {
                    assert!(run.stdout.contains(text), "{run:?}");
                }
            }
        }
    }
}

#[test]
fn an_old_session_that_recent_ones_hide_is_looked_for_among_the_active_ones() {
    // So long after the first one that the list of recent sessions does not reach back to it.
    const LATER: &[Life] = &[Life { from: 0, to: 3 }, Life { from: 1, to: 9 }];
    let lists = Mutex::new(0);
    let server = Server::start(move |request, _| {
        let look = look_of(request, &lists);
        if look > 4 {
            return Act::error(403, "AccessDeniedException", "enough");
        }
        let document = |number: usize| {
            let mut document = session(number, LATER[number], look);
            document["startTime"] = json!(1_735_689_600 + 3600 * number);
            document
        };
        let path = request.target.split('?').next().unwrap();
        let body = match path.rsplit('/').next().unwrap() {
            "sessions" if request.target.contains("status=Active") => {
                let active =
                    (0..2).filter(|number| LATER[*number].from <= look && look < LATER[*number].to);
                json!({"sessions": active.map(document).collect::<Vec<_>>()})
            }
            "sessions" if look == 0 => json!({"sessions": [document(0)]}),
            "sessions" => json!({"sessions": [document(1), document(0)]}),
            asked => json!({"session": document(usize::from(asked == id(1)))}),
        };
        Act::json(200, &body.to_string())
    });
    let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
    run.code(3);
    assert_eq!(events(&run), ["active 0", "started 1", "ended 0"]);
    let requests = server.requests();
    let active = requests
        .iter()
        .filter(|request| request.target.contains("status=Active"));
    // Until the old one has ended; look 1 reaches back to it all the same.
    assert_eq!(active.count(), 3);
}

#[test]
fn a_query_and_a_field_see_the_event() {
    for (arguments, printed) in [
        (
            &["--query", "[event, session.username]", "-o", "text"][..],
            "active\tuser-0\n",
        ),
        (&["--field", "event"], "active\n"),
    ] {
        let server = lives(&LIVES[..1], denied_at(1));
        let run = watch(&server, &[PORTAL]).args(arguments).run();
        run.code(3);
        assert_eq!(run.stdout, printed);
    }
}

#[test]
fn a_look_that_fails_ends_no_session_and_is_a_gap_with_a_warning() {
    for fault in [
        Act::error(429, "ThrottlingException", "slow down"),
        Act::error(500, "InternalServerException", "oops"),
        Act::Close,
    ] {
        let fault = move |request: &Request, look: usize| match look {
            1 | 2 if is_list(request) => Some(fault.clone()),
            4.. => Some(Act::error(403, "AccessDeniedException", "enough")),
            _ => None,
        };
        let server = lives(&MANY[..1], fault);
        let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
        run.code(3)
            .says(&["warning: a look failed, which is not taken for the end of any session"]);
        assert_eq!(events(&run), ["active 0", "gap"]);
        let gap: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(gap["portalId"], PORTAL);
        assert_eq!(gap["region"], "us-east-1");
        let time = |name: &str| {
            gap[name]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .unwrap()
        };
        assert!(time("from") <= time("to"), "{gap}");
        // The same warning comes once.
        assert_eq!(run.stderr.matches("warning: ").count(), 1, "{run:?}");
    }
}

#[test]
fn a_question_that_fails_is_asked_again_at_the_next_look() {
    let fault = |request: &Request, look: usize| {
        let is_question = !is_list(request);
        match look {
            0 if is_question => Some(Act::error(429, "ThrottlingException", "slow down")),
            3.. => Some(Act::error(403, "AccessDeniedException", "enough")),
            _ => None,
        }
    };
    let server = lives(&LIVES[..1], fault);
    let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
    run.code(3)
        .says(&["warning: an event comes late, since GetSession failed: throttled"]);
    assert_eq!(events(&run), ["active 0"]);
}

#[test]
fn expired_credentials_end_it_with_8_and_a_gap_that_is_open_is_closed() {
    let fault = |_: &Request, look: usize| match look {
        0 => None,
        1 => Some(Act::error(500, "InternalServerException", "oops")),
        _ => Some(Act::error(403, "ExpiredTokenException", "expired")),
    };
    let server = lives(&LIVES[..1], fault);
    let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
    run.code(8).says(&["expired"]);
    assert_eq!(events(&run), ["active 0", "gap"]);
}

#[test]
fn access_denied_to_get_session_alone_ends_it_with_3() {
    let fault = |request: &Request, _| {
        let is_question = !is_list(request);
        is_question.then(|| Act::error(403, "AccessDeniedException", "no"))
    };
    let server = lives(&LIVES[..1], fault);
    let run = watch(&server, &[PORTAL]).run();
    run.code(3).says(&["workspaces-web:GetSession", &id(0)]);
    assert_eq!(run.stdout, "");
}

#[test]
fn after_the_time_it_ends_with_0() {
    let server = lives(&LIVES[..1], |_, _| None);
    let run = watch(&server, &[PORTAL, "--for", "300ms", "-o", "jsonl"]).run();
    run.code(0);
    assert_eq!(events(&run)[0], "active 0");
    assert_eq!(run.stderr, "");
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    let run = watch(&hanging, &[PORTAL, "--for", "100ms"]).run();
    run.code(0);
    // A name that is not looked up in time, too.
    let run = watch(&hanging, &["Sales team", "--for", "100ms"]).run();
    run.code(0);
}

#[test]
fn a_portal_that_is_lost_is_named_and_the_others_are_watched() {
    let lists = Mutex::new(0);
    let second = PORTAL.replace('1', "2");
    let gone = second.clone();
    let server = Server::start(move |request, _| {
        if request.target == "/portals" {
            let portals = [PORTAL, &gone].map(|portal| json!({"portalArn": arn(portal)}));
            return Act::json(200, &json!({ "portals": portals }).to_string());
        }
        if request.target.contains(&gone) {
            return Act::error(404, "ResourceNotFoundException", "gone");
        }
        let look = look_of(request, &lists);
        if look > 3 {
            return Act::error(404, "ResourceNotFoundException", "gone");
        }
        Act::json(200, r#"{"sessions":[]}"#)
    });
    let run = watch(&server, &["--all-portals"]).run();
    run.code(4).says(&[PORTAL, &second]);
    let lists = server
        .requests()
        .iter()
        .filter(|request| request.target.contains(PORTAL))
        .count();
    // Four looks, of which the first one reads two lists, and the one that found nothing.
    assert_eq!(lists, 6);
}

#[test]
fn a_region_without_portals_is_0_with_a_note() {
    let server = Server::always(Act::json(200, r#"{"portals":[]}"#));
    watch(&server, &["--all-portals"])
        .run()
        .code(0)
        .says(&["note: there are no portals to watch"]);
}

#[test]
fn a_session_that_is_gone_for_get_session_has_ended() {
    let fault = |request: &Request, look: usize| {
        let is_question = !is_list(request);
        match look {
            4.. => Some(Act::error(403, "AccessDeniedException", "enough")),
            3 if is_question => Some(Act::error(404, "ResourceNotFoundException", "gone")),
            _ => None,
        }
    };
    let server = lives(&LIVES[..1], fault);
    let run = watch(&server, &[PORTAL, "-o", "jsonl"]).run();
    assert_eq!(events(&run), ["active 0", "ended 0"]);
    let ended: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        ended,
        json!({"event": "ended", "session": {"sessionId": id(0), "startTime": "2025-01-01T00:00:00Z"}})
    );
}

/// Each look finds one session more.
const MANY: &[Life] = &{
    let mut lives = [Life {
        from: 0,
        to: usize::MAX,
    }; 400];
    let mut number = 0;
    while number < lives.len() {
        lives[number].from = number;
        number += 1;
    }
    lives
};

#[cfg(unix)]
#[test]
fn whenever_it_is_ended_only_whole_events_are_written() {
    for (signal, code) in [("INT", Some(130)), ("TERM", Some(143)), ("KILL", None)] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let sender = Mutex::new(sender);
        let server = lives(MANY, move |_, look| {
            if look > 60 {
                let _ = sender.lock().unwrap().send(());
            }
            None
        });
        let running = watch(&server, &[PORTAL, "-o", "jsonl"]).start();
        receiver.recv().unwrap();
        running.signal(signal);
        let run = running.finish();
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stdout.ends_with('\n'));
        assert!(events(&run).len() >= 60, "{run:?}");
        if code.is_some() {
            assert!(run.stderr.contains("note: stopped after "), "{run:?}");
            assert!(!run.stderr.contains("error"), "{run:?}");
        }
    }
}

#[test]
fn each_event_is_there_at_once() {
    // The service holds back every look behind the first until the event has been read.
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let receiver = Mutex::new(receiver);
    let server = lives(&LIVES[..1], move |request, look| {
        if look == 0 {
            return None;
        }
        if !request.target.contains("status=Active") {
            receiver.lock().unwrap().recv().unwrap();
        }
        Some(Act::error(403, "AccessDeniedException", "enough"))
    });
    let mut running = watch(&server, &[PORTAL, "-o", "jsonl"]).start();
    let read = running.output_until("{\"event\":\"active\"");
    assert_eq!(read.lines().count(), 1);
    sender.send(()).unwrap();
    running.finish().code(3);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let server = lives(MANY, |_, _| None);
    let running = watch(&server, &[PORTAL, "-o", "jsonl"]).start();
    let run = running.without_reader().finish();
    run.code(0);
    assert_eq!(run.stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_days_worth_of_looks_takes_no_more_memory_than_the_first_hundreds() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = Mutex::new(sender);
    let looks = Mutex::new(0);
    // Ten sessions are active at a time, and each tenth look finds a new one and one that has ended.
    let server = Server::start(move |request, _| {
        let look = look_of(request, &looks);
        let newest = look / 10;
        let document = |number: usize| {
            let life = Life {
                from: number,
                to: number + 10,
            };
            let mut document = session(number, life, newest);
            document["startTime"] = json!(1_735_689_600 + 150 * number);
            document
        };
        if !is_list(request) {
            let path = request.target.split('?').next().unwrap();
            let number = path.rsplit('-').next().unwrap().parse().unwrap();
            return Act::json(200, &json!({ "session": document(number) }).to_string());
        }
        if [500, 5760].contains(&look) {
            let _ = sender.lock().unwrap().send(());
        }
        let listed = (0..=newest).rev().take(12).map(document);
        Act::json(
            200,
            &json!({ "sessions": listed.collect::<Vec<_>>() }).to_string(),
        )
    });
    let running = watch(&server, &[PORTAL, "-o", "jsonl"])
        .output_to("/dev/null")
        .start();
    receiver.recv().unwrap();
    let before = running.peak_memory();
    receiver.recv().unwrap();
    let after = running.peak_memory();
    running.signal("TERM");
    running.finish().code(143);
    assert!(after - before < 1024, "{before} KiB, then {after} KiB");
}

/// The blocks of docs/watching.md in this language.
fn blocks(language: &str) -> Vec<String> {
    let text = include_str!("../../docs/watching.md");
    let opening = format!("```{language}\n");
    let blocks = text.split(&opening).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// What a shell makes of the events in `sessions.jsonl`.
fn shell(script: &str, files: &[(&str, &str)]) -> String {
    let folder = folder();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A watch that sees a session that comes and goes, a gap, and a user with a hostile name.
fn eventful(arguments: &[&str]) -> String {
    const LIVES: &[Life] = &[Life { from: 0, to: 3 }];
    let lists = Mutex::new(0);
    let server = Server::start(move |request, _| {
        let look = look_of(request, &lists);
        match look {
            1 => return Act::error(500, "InternalServerException", "oops"),
            4.. => return Act::error(403, "AccessDeniedException", "enough"),
            _ => {}
        }
        let mut found = session(0, LIVES[0], look);
        found["username"] = json!("CORP\\a=b\u{1b}[31m");
        found["clientIpAddresses"] = json!(["192.0.2.1", "2001:db8::1"]);
        let body = if is_list(request) {
            json!({ "sessions": [found] })
        } else {
            json!({ "session": found })
        };
        Act::json(200, &body.to_string())
    });
    watch(&server, &[PORTAL, "-o", "jsonl"])
        .args(arguments)
        .run()
        .stdout
}

#[cfg(unix)]
#[test]
fn the_filter_of_the_docs_makes_fields_of_the_elastic_common_schema() {
    if skip_without("jq") {
        return;
    }
    let events = eventful(&[]);
    let printed = shell(
        "jq -c -f ecs.jq sessions.jsonl",
        &[("ecs.jq", &blocks("jq")[0]), ("sessions.jsonl", &events)],
    );
    let printed: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(printed.len(), 3);
    let mut expected = json!({
        "@timestamp": "2025-01-01T00:00:00Z",
        "event": {
            "kind": "event", "category": ["session"], "dataset": "wsb.sessions", "action": "active",
            "type": ["info"], "id": format!("{}-active", id(0)), "start": "2025-01-01T00:00:00Z",
        },
        "user": {"name": "CORP\\a=b\u{1b}[31m"},
        "source": {"ip": "192.0.2.1"},
        "related": {"ip": ["192.0.2.1", "2001:db8::1"], "user": ["CORP\\a=b\u{1b}[31m"]},
        "cloud": {"provider": "aws", "region": "us-east-1", "account": {"id": "123456789012"}},
        "labels": {"session_id": id(0), "portal_id": PORTAL},
    });
    assert_eq!(printed[0], expected);
    let gap: Value = serde_json::from_str(events.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        printed[1],
        json!({
            "@timestamp": gap["to"],
            "event": {"kind": "pipeline_error", "action": "gap", "dataset": "wsb.sessions", "start": gap["from"], "end": gap["to"]},
            "cloud": {"provider": "aws", "region": "us-east-1"},
            "labels": {"portal_id": PORTAL},
        })
    );
    let end = json!("2025-01-01T00:00:03.500Z");
    expected["@timestamp"] = end.clone();
    expected["event"]["action"] = json!("ended");
    expected["event"]["type"] = json!(["end"]);
    expected["event"]["id"] = json!(format!("{}-ended", id(0)));
    expected["event"]["end"] = end;
    assert_eq!(printed[2], expected);
}

#[cfg(unix)]
#[test]
fn the_filter_of_the_docs_makes_lines_of_the_common_event_format() {
    if skip_without("jq") {
        return;
    }
    let events = eventful(&["--timestamps", "epoch"]);
    let printed = shell(
        "jq -r -f cef.jq sessions.jsonl",
        &[("cef.jq", &blocks("jq")[1]), ("sessions.jsonl", &events)],
    );
    let lines: Vec<&str> = printed.lines().collect();
    let known = format!(
        "externalId={} suser=CORP\\\\a\\=b [31m src=192.0.2.1 start=1735689600000",
        id(0)
    );
    let portal = format!("cs1Label=portal cs1={PORTAL}");
    assert_eq!(
        lines[0],
        format!("CEF:0|wsb|watch-sessions|1|active|Session active|3|{known} {portal}")
    );
    assert!(
        lines[1].starts_with("CEF:0|wsb|watch-sessions|1|gap|No look at sessions|5|start=1"),
        "{printed}"
    );
    assert_eq!(
        lines[2],
        format!(
            "CEF:0|wsb|watch-sessions|1|ended|Session ended|3|{known} end=1735689603500 {portal}"
        )
    );
    assert_eq!(lines.len(), 3);
}

#[cfg(unix)]
#[test]
fn the_filter_of_the_docs_keeps_each_event_once() {
    if skip_without("jq") {
        return;
    }
    let events = eventful(&[]);
    // A second run saw the session too, and took a "started" for what the first one called "active".
    let again = events.replace(r#""event":"active""#, r#""event":"started""#);
    let text = include_str!("../../docs/watching.md");
    let script = text
        .split("```sh\n")
        .find(|block| block.contains("unique_by"))
        .unwrap();
    let script = script.split("```").next().unwrap();
    let printed = shell(script, &[("sessions.jsonl", &format!("{events}{again}"))]);
    let names: Vec<String> = printed
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(names, ["ended", "active"]);
}

#[test]
fn the_unit_and_the_cron_line_of_the_docs_are_command_lines_of_the_program() {
    let text = include_str!("../../docs/watching.md");
    let mut checked = 0;
    for line in text.lines() {
        let Some((_, command)) = line.split_once("wsb watch-sessions ") else {
            continue;
        };
        let words = command
            .split(['|', '>', '`'])
            .next()
            .unwrap()
            .split_whitespace()
            .map(|word| word.replace("\"$PORTAL\"", PORTAL));
        if line.starts_with('`') {
            continue;
        }
        let run = wsb(["watch-sessions"])
            .args(words)
            .args(["--max-attempts", "0"])
            .run();
        // The last option is wrong, and nothing else.
        run.code(2).says(&["--max-attempts"]);
        checked += 1;
    }
    assert!(checked >= 4, "{checked}");
}
