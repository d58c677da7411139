//! `--query` over one session, several, and lists, in every format.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Act, PORTAL, Server, wsb};

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

/// A service with three sessions; the second one is active and nameless.
fn service() -> Server {
    let session = |number: usize| match number {
        2 => json!({"sessionId": id(2), "status": "Active"}),
        _ => json!({"sessionId": id(number), "status": "Terminated",
            "username": format!("user-{number}"), "endTime": 946_684_800}),
    };
    Server::start(move |request, _| {
        let reply = match (1..=3).find(|number| request.target.ends_with(&id(*number))) {
            Some(number) => json!({ "session": session(number) }),
            None => json!({"sessions": (1..=3).map(session).collect::<Vec<_>>()}),
        };
        Act::json(200, &reply.to_string())
    })
}

fn get(query: &str, format: &str) -> String {
    let server = service();
    let run = wsb(["get-session", PORTAL, &id(1), &id(2), &id(3)])
        .args(["--query", query, "-o", format])
        .against(&server.url())
        .run();
    run.code(0);
    run.stdout
}

fn list(query: &str, format: &str) -> String {
    let server = service();
    let run = wsb(["list-sessions", PORTAL, "--query", query, "-o", format])
        .against(&server.url())
        .run();
    run.code(0);
    run.stdout
}

#[test]
fn a_list_that_the_expression_writes_is_one_row_per_session() {
    let query = "session.[sessionId, username]";
    let rows = |separator: &str, absent: &str| {
        format!(
            "{1}{0}user-1\n{2}{0}{absent}\n{3}{0}user-3\n",
            separator,
            id(1),
            id(2),
            id(3)
        )
    };
    assert_eq!(get(query, "csv"), rows(",", ""));
    assert_eq!(get(query, "text"), rows("\t", "None"));
    assert_eq!(get(query, "table"), rows("  ", "-"));
}

#[test]
fn a_hash_keeps_its_order_under_one_header() {
    let query = "session.{user: username, id: sessionId}";
    let csv = get(query, "csv");
    assert_eq!(
        csv,
        format!("user,id\nuser-1,{}\n,{}\nuser-3,{}\n", id(1), id(2), id(3))
    );
    let text = get(query, "text");
    assert_eq!(text.lines().nth(1), Some(&*format!("None\t{}", id(2))));
    let table = get(query, "table");
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.starts_with("user    id\n"), "{table}");
    assert!(table.contains(&format!("-       {}", id(2))), "{table}");
    let json = get(query, "json");
    assert!(json.starts_with(r#"{"user":"#), "{json}");
}

#[test]
fn rows_have_their_header_without_a_match() {
    let matching = "sessions[?status=='None'].{user: username, id: sessionId}";
    for query in [
        matching,
        &format!("{matching} | [?id]"),
        &format!("sort_by({matching}, &id)[:5]"),
        "sessions[?status=='None'].{user: username, id: sessionId}[]",
    ] {
        assert_eq!(list(query, "csv"), "user,id\n", "{query}");
        assert_eq!(list(query, "table"), "user  id\n", "{query}");
        assert_eq!(list(query, "json"), "[]\n", "{query}");
    }
    assert_eq!(list("sessions[?status=='None'].[username]", "csv"), "");
    let flat = list("sessions[].[status, username][]", "csv");
    assert_eq!(flat, "Terminated\nuser-1\nActive\nTerminated\nuser-3\n");
    let rows = list("sessions[].[username, status]", "csv");
    assert_eq!(rows, "user-1,Terminated\n,Active\nuser-3,Terminated\n");
}

#[test]
fn sessions_with_different_members_are_one_table_and_one_csv_file() {
    for format in ["csv", "table"] {
        let printed = get("session", format);
        assert_eq!(printed.lines().count(), 4, "{printed}");
        assert_eq!(printed.matches("endTime").count(), 1, "{printed}");
    }
}

#[test]
fn the_items_of_a_list_are_one_json_line_each() {
    let lines = list("sessions[]", "jsonl");
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["sessionId"], id(2));
    assert_eq!(list("length(sessions)", "jsonl"), "3\n");
    assert_eq!(
        get("session.[status]", "jsonl").lines().next(),
        Some(r#"["Terminated"]"#)
    );
}

/// Three sessions with times, the last one active, as the service gives them.
fn timed_sessions() -> Server {
    let session = |number: usize, start: u64, status: &str| {
        json!({"sessionId": id(number), "status": status, "startTime": start,
            "username": format!("user-{number}")})
    };
    let sessions = json!({"sessions": [
        session(1, 1_795_300_000, "Terminated"),
        session(2, 1_795_400_000, "Terminated"),
        session(3, 1_795_478_400, "Active"),
    ]});
    let portals = json!({"portals": [{"maxConcurrentSessions": 10, "portalArn":
        format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}")}]});
    Server::start(move |request, _| {
        let is_portals =
            request.target.starts_with("/portals") && !request.target.contains("/sessions");
        let reply = if is_portals { &portals } else { &sessions };
        Act::json(200, &reply.to_string())
    })
}

#[test]
fn queries_have_the_results_of_the_aws_cli() {
    let server = timed_sessions();
    for (query, expected) in [
        (
            "sessions[].{u: username, s: status}[?s=='Active']",
            json!([{"u": "user-3", "s": "Active"}]),
        ),
        ("sessions[].{u: username}[0]", json!({"u": "user-1"})),
        ("sessions[].{u: username}[-1].u", json!("user-3")),
        ("sessions[].{u: username}[-1] | u", json!("user-3")),
        ("sessions[].{u: username}[:1]", json!([{"u": "user-1"}])),
        (
            "sessions[].{u: username}[*].u",
            json!(["user-1", "user-2", "user-3"]),
        ),
        ("sessions[].{u: username}.u", Value::Null),
        ("sessions[].[username][0]", json!(["user-1"])),
        ("length(sessions[?startTime>='2026-11-23'])", json!(2)),
        (
            "sessions[?startTime<=`2026-11-23`].[username]",
            json!([["user-1"]]),
        ),
        ("max(sessions[].startTime)", json!("2026-11-24T00:00:00Z")),
        (
            "sort_by(sessions, &startTime)[-1].username",
            json!("user-3"),
        ),
        ("avg(`[]`)", Value::Null),
        ("sum(`[]`)", json!(0)),
        ("sum(sessions[].length(sessionId))", json!(108)),
    ] {
        let run = wsb(["list-sessions", PORTAL, "--query", query])
            .against(&server.url())
            .run();
        run.code(0);
        assert_eq!(run.json().to_string(), expected.to_string(), "{query}");
    }
}

#[test]
fn whole_numbers_stay_whole_in_every_format() {
    let server = timed_sessions();
    for (query, expected) in [
        ("sum(usage[].activeSessions)", "1"),
        ("abs(`-3`)", "3"),
        ("ceil(`2.5`)", "3"),
        ("floor(`2.5`)", "2"),
        ("avg(`[1, 2]`)", "1.5"),
        ("length(usage)", "1"),
    ] {
        for format in ["text", "json", "csv", "table", "jsonl"] {
            let run = wsb(["get-usage", PORTAL, "--query", query, "-o", format])
                .against(&server.url())
                .run();
            run.code(0);
            assert_eq!(run.stdout.trim_end(), expected, "{query} {format}");
        }
    }
}

#[test]
fn an_ordering_of_a_number_and_a_text_is_an_error_as_in_the_aws_cli() {
    let server = timed_sessions();
    for query in [
        "sessions[?startTime > `1795300000`]",
        "sort_by(sessions, &missing)",
    ] {
        let run = wsb(["list-sessions", PORTAL, "--query", query])
            .against(&server.url())
            .run();
        run.code(2).says(&["--query cannot be applied"]);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_query_that_always_fails_is_rejected_before_the_first_request_by_every_command() {
    let server = service();
    let (one, two) = (id(1), id(2));
    for command in [
        vec!["get-session", PORTAL, &one],
        vec!["get-session", PORTAL, &one, &two],
        vec!["get-session", "--all-portals", &one],
        vec!["list-sessions", PORTAL],
        vec!["list-sessions", "--all-portals"],
        vec!["list-portals"],
        vec!["get-usage", PORTAL],
        vec!["wait-session", PORTAL, &one],
        vec!["wait-session", PORTAL, "--all"],
        vec!["watch-sessions", PORTAL],
    ] {
        for (query, message) in [
            ("lenght(session)", "did you mean length()?"),
            ("length(session, session)", "takes 1 argument, not 2"),
            ("starts_with(session.username)", "takes 2 arguments, not 1"),
            ("abs('x')", "takes a number, not a string"),
            ("sum(`[1, \"2\"]`)", "not an array with a string"),
            (
                "sort_by(sessions, startTime)",
                "has to be an expression (&)",
            ),
            ("sessions[", "the expression is incomplete"),
            ("sessions[?status=Active]", "equality is '=='"),
            ("", "--query"),
        ] {
            wsb(&command)
                .args(["--query", query])
                .against(&server.url())
                .run()
                .code(2)
                .says(&[message]);
        }
    }
    assert_eq!(server.requests().len(), 0);
}

/// 700 sessions, of which the later ones have more members.
fn growing_sessions() -> (Server, String) {
    let server = Server::start(|request, _| {
        let id = request.target.rsplit('/').next().unwrap_or_default();
        let number: usize = id[24..].parse().unwrap_or(0);
        let mut session = json!({"sessionId": id, "status": "Active"});
        if number >= 600 {
            session["username"] = json!("late");
            session["clientIpAddresses"] = json!(["192.0.2.1", "192.0.2.2"]);
        }
        if number == 699 {
            session["new"] = json!({"a": 1});
        }
        Act::json(200, &json!({ "session": session }).to_string())
    });
    let ids = (0..700).map(|number| id(number) + "\n").collect();
    (server, ids)
}

#[test]
fn rows_of_many_sessions_have_one_header_and_one_width() {
    let (server, ids) = growing_sessions();
    let run = |query: &str, format: &str| {
        let run = wsb(["get-session", PORTAL, "-", "--query", query, "-o", format])
            .input(ids.clone())
            .against(&server.url())
            .run();
        run.code(0);
        run.stdout
    };
    for query in ["session", "@.session", "[session][0]"] {
        let csv = run(query, "csv");
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        for name in [
            "sessionId",
            "status",
            "username",
            "clientIpAddresses",
            "new",
        ] {
            assert_eq!(
                header.iter().filter(|column| *column == name).count(),
                1,
                "{header:?}"
            );
        }
        // The reader refuses a row of another width.
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 700);
        assert!(rows.iter().all(|row| &row[0] != "sessionId"));
    }
    let text = run("session.{id: sessionId, user: username}", "text");
    assert_eq!(text.lines().next(), Some(&*format!("{}\tNone", id(0))));
    assert!(text.lines().all(|line| line.split('\t').count() == 2));
    let text = run("session", "text");
    let rows = text.lines().filter(|line| line.contains(&id(0)[..24]));
    assert!(
        rows.clone().all(|line| line.split('\t').count() == 3),
        "{text}"
    );
    assert_eq!(rows.count(), 700);
    let table = run("session", "table");
    assert_eq!(table.lines().count(), 701);
    assert_eq!(table.matches("sessionId").count(), 1);
}

#[test]
fn rows_whose_columns_the_expression_names_come_at_once() {
    let server = service();
    let mut run = wsb(["get-session", PORTAL, "-", "-o", "csv"])
        .args(["--query", "session.{user: username, id: sessionId}"])
        .against(&server.url())
        .start_with_open_input();
    writeln!(run.1, "{}", id(1)).unwrap();
    let rows = run.0.output_until("user-1,");
    assert!(rows.starts_with("user,id\n"), "{rows}");
    drop(run.1);
    run.0.finish().code(0);
}

#[test]
fn text_has_pythons_scalars_and_the_aws_clis_order() {
    for (query, expected) in [
        (
            "`[1, 1.0, 1.5, 1e16, 1e-7, -0.0]`",
            "1\t1.0\t1.5\t1e+16\t1e-07\t-0.0\n",
        ),
        ("`[true, false, null]`", "True\tFalse\tNone\n"),
        ("`{\"b\": 1, \"a\": 2}`", "2\t1\n"),
        ("{b: `1`, a: `2`}", "1\t2\n"),
        ("`[]`", ""),
        ("sum(`[1, 2]`)", "3\n"),
        ("sum(`[1, 2.0]`)", "3.0\n"),
    ] {
        assert_eq!(list(query, "text"), expected, "{query}");
    }
}

#[test]
fn yaml_is_that_of_the_aws_cli() {
    assert_eq!(
        list("sessions[0:2]", "yaml"),
        format!(
            "- endTime: '2000-01-01T00:00:00Z'\n  sessionId: {}\n  status: Terminated\n  username: user-1\n\
             - sessionId: {}\n  status: Active\n",
            id(1),
            id(2)
        )
    );
    let server = service();
    let run = wsb(["list-sessions", PORTAL, "-o", "yaml"])
        .against(&server.url())
        .run();
    assert!(run.stdout.starts_with("sessions:\n- endTime: "), "{run:?}");
    let run = wsb(["get-session", PORTAL, &id(2), "-o", "yaml"])
        .against(&server.url())
        .run();
    assert_eq!(
        run.stdout,
        format!("session:\n  sessionId: {}\n  status: Active\n", id(2))
    );
    let empty = Server::always(Act::json(200, r#"{"sessions":[]}"#));
    let run = wsb(["list-sessions", PORTAL, "-o", "yaml"])
        .against(&empty.url())
        .run();
    assert_eq!(run.stdout, "sessions: []\n");
}
