//! `wsb list-sessions` and `wsb list-portals`: pages, filters, formats, names.

use serde_json::{Value, json};

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, Wsb, wsb};

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

/// A session that started `number` hours after 2025.
fn session(number: usize) -> Value {
    json!({
        "sessionId": id(number),
        "status": if number.is_multiple_of(2) { "Active" } else { "Terminated" },
        "username": format!("user-{number}"),
        "startTime": 1_735_689_600 + 3600 * number,
        "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
    })
}

/// A query's parameter, decoded as far as these tests need it.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    let pair = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    Some(
        pair.replace("%20", " ")
            .replace("%26", "&")
            .replace("%2B", "+"),
    )
}

/// A service with `count` sessions, the newest first, `page` to a page.
fn sessions(count: usize, page: usize) -> Server {
    Server::start(move |request, _| {
        let start = parameter(request, "nextToken").map_or(0, |token| token.parse().unwrap());
        let end = (start + page).min(count);
        let items: Vec<Value> = (start..end)
            .map(|index| session(count - 1 - index))
            .collect();
        let mut reply = json!({ "sessions": items });
        if end < count {
            reply["nextToken"] = end.to_string().into();
        }
        Act::json(200, &reply.to_string())
    })
}

fn list(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["list-sessions", PORTAL])
        .args(arguments)
        .against(&server.url())
}

#[test]
fn all_pages_are_read_into_one_document() {
    let server = sessions(7, 3);
    let run = list(&server, &["-o", "json"]).run();
    run.code(0);
    let document = run.json();
    let ids: Vec<&str> = document["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["sessionId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, (0..7).rev().map(id).collect::<Vec<_>>());
    assert_eq!(document["sessions"][6]["startTime"], "2025-01-01T00:00:00Z");
    assert_eq!(document.as_object().unwrap().len(), 1);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(
        parameter(&server.requests()[0], "sortBy").as_deref(),
        Some("StartTimeDescending")
    );
}

#[test]
fn every_format_has_every_session() {
    let server = sessions(5, 2);
    for (format, lines) in [("jsonl", 5), ("csv", 6), ("text", 5), ("table", 6)] {
        let run = list(&server, &["-o", format]).run();
        run.code(0);
        assert_eq!(run.stdout.lines().count(), lines, "{run:?}");
    }
    let field = list(&server, &["--field", "sessionId"]).run();
    assert_eq!(field.stdout.lines().next_back(), Some(&*id(0)));
    let query = list(&server, &["--query", "length(sessions)"]).run();
    assert_eq!(query.stdout, "5\n");
}

#[test]
fn an_empty_list_is_a_whole_document_a_header_or_nothing() {
    let server = sessions(0, 1);
    assert_eq!(
        list(&server, &["-o", "json"]).run().stdout,
        "{\"sessions\":[]}\n"
    );
    assert!(
        list(&server, &["-o", "csv"])
            .run()
            .stdout
            .starts_with("sessionId,")
    );
    assert_eq!(list(&server, &["-o", "jsonl"]).run().stdout, "");
    assert!(list(&server, &[]).run().stdout.starts_with("SESSION"));
}

#[test]
fn filters_are_sent_as_the_api_spells_them_and_signed() {
    let server = sessions(1, 1);
    list(
        &server,
        &[
            "--status",
            "active",
            "--username",
            "a b&c+d",
            "--session-id",
            &id(1),
        ],
    )
    .args(["--sort-by", "start-time-ascending", "--page-size", "7"])
    .run()
    .code(0);
    let request = &server.requests()[0];
    for (name, value) in [
        ("status", "Active"),
        ("username", "a b&c+d"),
        ("sessionId", &id(1)),
        ("sortBy", "StartTimeAscending"),
        ("maxResults", "7"),
    ] {
        assert_eq!(parameter(request, name).as_deref(), Some(value));
    }
    list(
        &server,
        &["--status", "Terminated", "--sort-by", "StartTimeDescending"],
    )
    .run()
    .code(0);
}

#[test]
fn a_period_is_applied_here_and_ends_the_listing_early() {
    let server = sessions(100, 10);
    let run = list(
        &server,
        &[
            "--since",
            "2025-01-04T10:00:00Z",
            "--until",
            "2025-01-04T12:00:00Z",
        ],
    )
    .args(["--field", "sessionId"])
    .run();
    run.code(0);
    assert_eq!(run.stdout, format!("{}\n{}\n{}\n", id(84), id(83), id(82)));
    // The third page is the first whose sessions all started well before.
    assert_eq!(server.requests().len(), 3);

    let ago = list(&server, &["--since", "2h", "--field", "sessionId"]).run();
    assert_eq!(ago.stdout, "");
    list(&server, &["--since", "1h", "--until", "2h"])
        .run()
        .code(2)
        .says(&["the time range is empty", "--since", "after"]);
    list(&server, &["--since", "soon"])
        .run()
        .code(2)
        .says(&["ISO 8601"]);
}

#[test]
fn max_items_ends_the_listing() {
    let server = sessions(100, 10);
    let run = list(&server, &["--max-items", "15", "--field", "sessionId"]).run();
    assert_eq!(run.stdout.lines().count(), 15);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_token_that_comes_again_is_an_error_and_not_a_loop() {
    let server = Server::start(|request, number| {
        let next = match parameter(request, "nextToken").as_deref() {
            Some("a") => "b",
            _ => "a",
        };
        Act::json(
            200,
            &json!({"sessions": [session(number)], "nextToken": next}).to_string(),
        )
    });
    let run = list(&server, &["-o", "json"]).run();
    run.code(10).says(&["repeats a page's nextToken"]);
    assert_eq!(run.stdout.matches("sessionId").count(), 2);
}

/// A service whose list breaks off after a page of one session.
fn breaks_off_with(act: Act) -> Server {
    Server::start(move |_, number| match number {
        0 => Act::json(
            200,
            &json!({"sessions": [session(1)], "nextToken": "t"}).to_string(),
        ),
        _ => act.clone(),
    })
}

#[test]
fn a_list_that_breaks_off_loses_nothing_and_does_not_pass_for_whole() {
    for (act, code) in [
        (
            Act::error(400, "ValidationException", "the token has expired"),
            5,
        ),
        (
            Act::error(404, "ResourceNotFoundException", "the portal is gone"),
            4,
        ),
        (Act::json(200, "{}"), 10),
        (Act::json(200, r#"{"sessions":[{"status":5}]}"#), 10),
        (Act::json(200, r#"{"sessions":[],"nextToken":5}"#), 10),
    ] {
        let server = breaks_off_with(act);
        let run = list(&server, &["-o", "json"]).run();
        run.code(code)
            .says(&[PORTAL, "the list is incomplete", "hint: "]);
        // Closed, it is the document of the session that was listed.
        let closed = format!("{}]}}", run.stdout);
        let document: Value = serde_json::from_str(&closed).unwrap();
        assert_eq!(document["sessions"][0]["sessionId"], id(1));
        assert!(serde_json::from_str::<Value>(&run.stdout).is_err());
    }
}

#[test]
fn the_rows_of_a_list_that_breaks_off_stay_and_a_query_over_it_has_no_result() {
    let gone = Act::error(404, "ResourceNotFoundException", "the portal is gone");
    for (arguments, lines) in [
        (&["-o", "jsonl"][..], 1),
        (&["-o", "csv"], 2),
        (&["-o", "text"], 1),
        (&["-o", "table"], 2),
        (&["--field", "sessionId"], 1),
        (&["--query", "length(sessions)"], 0),
        (&["--query", "sessions[].sessionId", "-o", "csv"], 0),
    ] {
        let run = list(&breaks_off_with(gone.clone()), arguments).run();
        run.code(4).says(&["the list is incomplete"]);
        assert_eq!(run.stdout.lines().count(), lines, "{run:?}");
    }
}

#[test]
fn a_list_that_fails_at_once_prints_nothing() {
    let server = Server::always(Act::error(404, "ResourceNotFoundException", "no portal"));
    for command in [&["list-sessions", PORTAL][..], &["list-portals"]] {
        for arguments in [
            &["-o", "json"][..],
            &["-o", "csv"],
            &["-o", "table"],
            &["--query", "length(@)"],
        ] {
            let run = wsb(command).args(arguments).against(&server.url()).run();
            run.code(4);
            assert_eq!(run.stdout, "");
            assert!(!run.stderr.contains("incomplete"), "{run:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_list_leaves_its_document_open() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let server = Server::start(move |_, number| {
        if number == 0 {
            let page = json!({"sessions": [session(1)], "nextToken": "t"});
            return Act::json(200, &page.to_string());
        }
        let _ = sender.lock().unwrap().send(());
        Act::SendAndHang(Vec::new())
    });
    let running = list(&server, &["-o", "json"]).start();
    receiver.recv().unwrap();
    running.signal("INT");
    let run = running.finish();
    run.code(130).says(&["interrupted; the list is incomplete"]);
    assert_eq!(run.stdout.matches("sessionId").count(), 1);
    assert!(serde_json::from_str::<Value>(&run.stdout).is_err());
}

/// A service with these portals.
fn portals(names: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |request, _| {
        if request.target.starts_with("/portals?") || request.target == "/portals" {
            let region = request
                .header("authorization")
                .unwrap()
                .split('/')
                .nth(2)
                .unwrap();
            if region == "eu-west-2" {
                return Act::error(403, "AccessDeniedException", "not here");
            }
            let items: Vec<Value> = names
                .iter()
                .map(|(id, name)| {
                    json!({
                        "portalArn": format!("arn:aws:workspaces-web:{region}:123456789012:portal/{id}"),
                        "displayName": name, "portalStatus": "Active",
                        "portalEndpoint": format!("{}.workspaces-web.com", name.len()),
                        "creationDate": 1_735_689_600, "maxConcurrentSessions": 25,
                    })
                })
                .collect();
            Act::json(200, &json!({ "portals": items }).to_string())
        } else {
            Act::json(200, &json!({"sessions": [session(1)]}).to_string())
        }
    })
}

const TWO: &[(&str, &str)] = &[
    (PORTAL, "Contractors"),
    ("22222222-2222-4222-8222-222222222222", "Support"),
];

#[test]
fn portals_are_listed_in_every_format() {
    let server = portals(TWO);
    let run = |arguments: &[&str]| {
        let run = wsb(["list-portals"])
            .args(arguments)
            .against(&server.url())
            .run();
        run.code(0);
        run.stdout
    };
    let table = run(&[]);
    assert!(table.starts_with("PORTAL"), "{table}");
    assert!(
        table.contains("Contractors") && table.contains("25"),
        "{table}"
    );
    let document: Value = serde_json::from_str(&run(&["-o", "json"])).unwrap();
    assert_eq!(document["portals"][1]["displayName"], "Support");
    assert_eq!(
        document["portals"][1]["creationDate"],
        "2025-01-01T00:00:00Z"
    );
    assert_eq!(run(&["--field", "portalId"]).lines().next(), Some(PORTAL));
    assert_eq!(run(&["--field", "maxConcurrentSessions"]), "25\n25\n");
    assert!(run(&["-o", "csv"]).starts_with("portalArn,displayName,"));
}

#[test]
fn all_regions_are_asked_and_one_that_fails_does_not_hide_the_others() {
    let server = portals(TWO);
    let run = wsb(["list-portals", "--all-regions", "--field", "portalArn"])
        .against(&server.url())
        .run();
    run.code(3)
        .says(&["eu-west-2", "access denied", "workspaces-web:ListPortals"]);
    assert_eq!(run.stdout.lines().count(), 2 * 9);
    assert!(run.stdout.contains(":ap-northeast-1:") && run.stdout.contains(":us-west-2:"));
    assert_eq!(server.requests().len(), 10);
    let document = wsb(["list-portals", "--all-regions", "-o", "json"])
        .against(&server.url())
        .run();
    assert_eq!(
        document.code(3).json()["portals"].as_array().unwrap().len(),
        2 * 9
    );
}

#[test]
fn all_regions_are_those_of_aws_where_no_region_is_set() {
    let server = portals(TWO);
    let run = wsb(["list-portals", "--all-regions", "--field", "portalArn"])
        .against(&server.url())
        .without("AWS_REGION")
        .run();
    run.code(3);
    assert!(run.stdout.contains(":us-west-2:"), "{run:?}");
    assert_eq!(server.requests().len(), 10);
    wsb(["list-portals"])
        .against(&server.url())
        .without("AWS_REGION")
        .run()
        .code(2)
        .says(&["no region is set"]);
}

#[test]
fn a_portal_can_be_named_and_only_a_name_costs_a_call() {
    let server = portals(TWO);
    for name in ["Contractors", "11.workspaces-web.com"] {
        let run = wsb(["list-sessions", name, "--field", "username"])
            .against(&server.url())
            .run();
        run.code(0);
        assert_eq!(run.stdout, "user-1\n");
        let requests = server.requests();
        assert_eq!(requests[requests.len() - 2].target, "/portals");
        assert!(
            requests[requests.len() - 1]
                .target
                .starts_with(&format!("/portals/{PORTAL}/"))
        );
    }
    let before = server.requests().len();
    list(&server, &[]).run().code(0);
    assert_eq!(server.requests().len(), before + 1);
}

#[test]
fn any_display_name_names_a_portal() {
    for name in [
        "Facade",
        "2026",
        "production-contractors-eu-central",
        "Team: EU/West",
    ] {
        let server = portals(Vec::leak(vec![(PORTAL, name)]));
        wsb(["list-sessions", name])
            .against(&server.url())
            .run()
            .code(0);
    }
}

#[test]
fn a_name_is_compared_as_it_was_typed_and_then_without_what_surrounds_it() {
    const NAMES: [&str; 6] = ["trail ", "trail", "\"q\"", "\u{200b}zw", " lead", "b"];
    let id = |number: usize| format!("{number}{}", &PORTAL[1..]);
    let server = Server::start(move |request, _| {
        let items = (0..).zip(NAMES).map(|(number, name)| {
            let arn = format!(
                "arn:aws:workspaces-web:us-east-1:123456789012:portal/{}",
                id(number)
            );
            json!({"portalArn": arn, "displayName": name})
        });
        let items: Vec<Value> = items.collect();
        let session = json!({"sessionId": SESSION, "status": "Terminated"});
        let body = if request.target.ends_with(SESSION) {
            json!({ "session": session })
        } else {
            json!({"portals": items, "sessions": [session]})
        };
        Act::json(200, &body.to_string())
    });
    let check = |run: Wsb, expected: usize| {
        let run = run.against(&server.url()).run();
        run.code(0);
        let requests = server.requests();
        let portal = format!("/portals/{}/", id(expected));
        assert!(
            requests.last().unwrap().target.contains(&portal),
            "{expected} {run:?} {requests:?}"
        );
    };
    for (text, expected) in [
        ("trail ", 0),
        ("trail", 1),
        ("'trail '", 0),
        (" trail", 1),
        ("\"q\"", 2),
        ("\u{200b}zw", 3),
        ("\" lead\"", 4),
        ("\"b\"", 5),
    ] {
        for command in ["list-sessions", "watch-sessions"] {
            let once = (command == "watch-sessions").then_some("--once");
            check(wsb([command, text]).args(once), expected);
        }
        for command in ["get-session", "wait-session"] {
            check(wsb([command, text, SESSION]), expected);
            if !text.starts_with(' ') {
                let line = format!("{text} {SESSION}");
                check(wsb([command, "-"]).input(line), expected);
            }
        }
        // A search requests the session at every portal that the name may mean.
        if expected != 0 {
            let line = format!("{text},{SESSION}");
            check(
                wsb(["get-session", "--all-portals", "-"]).input(line),
                expected,
            );
        }
    }
}

#[test]
fn a_list_ends_with_an_empty_token_too() {
    let server = Server::always(Act::json(
        200,
        &json!({"sessions": [session(1)], "nextToken": ""}).to_string(),
    ));
    let run = list(&server, &["--field", "username"]).run();
    run.code(0);
    assert_eq!(run.stdout, "user-1\n");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_name_must_fit_one_portal_exactly() {
    let server = portals(&[
        (PORTAL, "Twin"),
        ("22222222-2222-4222-8222-222222222222", "Twin"),
    ]);
    wsb(["list-sessions", "Twin"])
        .against(&server.url())
        .run()
        .code(2)
        .says(&["2 portals", PORTAL, "22222222-2222-4222-8222-222222222222"]);
    wsb(["list-sessions", "facade"])
        .against(&server.url())
        .run()
        .code(4)
        .says(&["if you meant an ID, it has 36"]);
    for name in ["twin", "Twi", "Other name"] {
        wsb(["list-sessions", name])
            .against(&server.url())
            .run()
            .code(4)
            .says(&["no portal in us-east-1", "list-portals"]);
    }
}

#[test]
fn what_could_be_a_mistyped_id_is_called_that_where_there_are_no_credentials() {
    wsb(["list-sessions", "team-a", "--region", "us-east-1"])
        .run()
        .code(2)
        .says(&["is not a portal ID", "name"]);
    wsb(["list-sessions", "Sales portal", "--region", "us-east-1"])
        .run()
        .code(8);
}

#[test]
fn a_session_whose_status_is_absent_or_unknown_has_not_ended() {
    for status in [json!({}), json!({"status": "Paused"})] {
        let mut session = json!({"sessionId": "aaaaaaaa-0001-4000-8000-000000000001", "startTime": 1_735_689_600});
        session
            .as_object_mut()
            .unwrap()
            .extend(status.as_object().unwrap().clone());
        let server = Server::always(Act::json(200, &json!({"sessions": [session]}).to_string()));
        let run = |arguments: &[&str]| {
            wsb(arguments
                .iter()
                .chain(&["11111111-1111-4111-8111-111111111111"]))
            .against(&server.url())
            .run()
        };
        let listed = run(&[
            "list-sessions",
            "--status",
            "active",
            "--field",
            "sessionId",
        ]);
        assert_eq!(
            listed.code(0).stdout,
            "aaaaaaaa-0001-4000-8000-000000000001\n"
        );
        let ended = run(&[
            "list-sessions",
            "--status",
            "terminated",
            "--field",
            "sessionId",
        ]);
        assert_eq!(ended.code(0).stdout, "");
        run(&[
            "wait-session",
            "--all",
            "--interval",
            "1s",
            "--timeout",
            "100ms",
        ])
        .code(11);
    }
}

#[test]
fn a_session_whose_status_is_active_is_running_whatever_its_end_says() {
    let now = jiff::Timestamp::now().as_second();
    let mut session = session(0);
    let arn = session["portalArn"].clone();
    session["status"] = "Active".into();
    session["startTime"] = (now - 7200).into();
    session["endTime"] = (now - 3600).into();
    let server = Server::start(move |request, _| {
        let document = match request.target.starts_with("/portals/") {
            true => json!({"sessions": [session]}),
            false => json!({"portals": [{"portalArn": arn}]}),
        };
        Act::json(200, &document.to_string())
    });
    for arguments in [["--active-at", "now"], ["--status", "active"]] {
        let run = list(&server, &arguments)
            .args(["--field", "duration"])
            .run();
        let seconds: i64 = run.code(0).stdout.trim().parse().unwrap();
        assert!(seconds >= 7200, "{seconds}");
    }
    let run = wsb(["get-usage", PORTAL, "-o", "json"])
        .against(&server.url())
        .run();
    assert_eq!(run.json()["usage"][0]["activeSessions"], 1);
}
