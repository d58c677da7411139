//! `--query` over one session, several, and lists, in every format.

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
            "username": format!("user-{number}"), "endTime": 0}),
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
    // JSON's objects have no order: what programs compare stays as it was.
    let json = get(query, "json");
    assert!(json.starts_with(r#"{"id":"#), "{json}");
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
    assert_eq!(get("session.[status]", "jsonl").lines().next(), Some(r#"["Terminated"]"#));
}

#[test]
fn yaml_is_that_of_the_aws_cli() {
    assert_eq!(
        list("sessions[0:2]", "yaml"),
        format!(
            "- endTime: '1970-01-01T00:00:00Z'\n  sessionId: {}\n  status: Terminated\n  username: user-1\n\
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
