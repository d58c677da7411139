//! `wsb get-session`: formats, fields, queries, and where the sessions come from.

use serde_json::json;

use crate::support::{Act, PORTAL, SESSION, Server, Wsb, session_reply, wsb};

const SECOND: &str = "aaaaaaaa-0002-4000-8000-000000000002";

/// A service with a session under every ID; the second one is active and has little else.
fn service() -> Server {
    Server::start(|request, _| {
        if request.target.ends_with(SECOND) {
            Act::json(
                200,
                &json!({"session": {"sessionId": SECOND, "status": "Active"}}).to_string(),
            )
        } else {
            Act::json(200, &session_reply())
        }
    })
}

fn get(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["get-session", PORTAL])
        .args(arguments)
        .against(&server.url())
}

#[test]
fn the_request_is_the_one_of_the_api_page() {
    let server = service();
    get(&server, &[SESSION]).run().code(0);
    let request = &server.requests()[0];
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/portals/{PORTAL}/sessions/{SESSION}")
    );
    assert_eq!(request.body, "");
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert!(authorization.contains("/us-east-1/workspaces-web/aws4_request"));
    assert!(request.header("user-agent").unwrap().starts_with("wsb/"));
}

#[test]
fn json_is_the_apis_document_with_times_in_utc() {
    let server = service();
    let run = get(&server, &[SESSION, "-o", "json"]).run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 1);
    assert_eq!(
        run.json(),
        json!({"session": {
            "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
            "sessionId": SESSION,
            "username": "alice",
            "clientIpAddresses": ["192.0.2.1", "2001:db8::1"],
            "status": "Terminated",
            "startTime": "2025-01-01T00:00:00Z",
            "endTime": "2025-01-01T02:14:00.250Z",
        }})
    );
    let epoch = get(&server, &[SESSION, "-o", "json", "--timestamps", "epoch"]).run();
    assert_eq!(epoch.json()["session"]["startTime"], 1_735_689_600);
    assert_eq!(epoch.json()["session"]["endTime"], 1_735_697_640.25);
}

#[test]
fn a_number_keeps_its_last_digit() {
    let numbers = "[0.19844004278856286,0.9868100332987975,1e-7,18446744073709551615]";
    let body = format!(r#"{{"session":{{"sessionId":"{SESSION}","new":{numbers}}}}}"#);
    let server = Server::always(Act::json(200, &body));
    let run = get(&server, &[SESSION, "-o", "json"]).run();
    assert_eq!(run.stdout.trim_end(), body);
}

#[test]
fn several_sessions_are_documents_lines_or_rows_in_the_order_asked_for() {
    let server = service();
    let both = |format| get(&server, &[SECOND, SESSION, "-o", format]).run().stdout;
    let documents: Vec<serde_json::Value> = serde_json::Deserializer::from_str(&both("json"))
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        documents[0],
        json!({"session": {"sessionId": SECOND, "status": "Active"}})
    );
    assert_eq!(documents[1]["session"]["username"], "alice");
    let lines = both("jsonl");
    assert_eq!(
        lines.lines().next(),
        Some(&*format!(r#"{{"sessionId":"{SECOND}","status":"Active"}}"#))
    );
    assert_eq!(
        both("csv"),
        format!(
            "sessionId,status,username,clientIpAddresses,startTime,endTime,portalArn\n\
             {SECOND},Active,,,,,\n\
             {SESSION},Terminated,alice,\"192.0.2.1,2001:db8::1\",2025-01-01T00:00:00Z,2025-01-01T02:14:00.250Z,arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}\n"
        )
    );
    assert_eq!(
        both("text"),
        format!(
            "{SECOND}\tActive\tNone\tNone\tNone\tNone\tNone\n\
             {SESSION}\tTerminated\talice\t192.0.2.1,2001:db8::1\t2025-01-01T00:00:00Z\t2025-01-01T02:14:00.250Z\tarn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}\n"
        )
    );
    let table = both("table");
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("SESSION"), "{table}");
    assert!(rows[1].starts_with(SECOND), "{table}");
    assert!(
        rows[2].contains("alice") && rows[2].contains("2h 14m"),
        "{table}"
    );
}

#[test]
fn one_session_is_a_table_of_fields_in_local_time() {
    let server = service();
    let run = get(&server, &[SESSION]).env("TZ", "Asia/Kolkata").run();
    assert_eq!(
        run.stdout,
        format!(
            "Session    {SESSION}\n\
             Status     Terminated\n\
             User       alice\n\
             Addresses  192.0.2.1\n\
             \x20          2001:db8::1\n\
             Started    2025-01-01 05:30:00 +05:30\n\
             Ended      2025-01-01 07:44:00 +05:30\n\
             Duration   2h 14m\n\
             Portal     {PORTAL}\n\
             Region     us-east-1\n"
        )
    );
}

#[test]
fn a_field_is_its_bare_value_and_an_absent_one_an_empty_line() {
    let server = service();
    for (field, value) in [
        ("status", "Terminated\n"),
        ("username", "alice\n"),
        ("clientIpAddresses", "192.0.2.1\n2001:db8::1\n"),
        ("startTime", "2025-01-01T00:00:00Z\n"),
        ("endTime", "2025-01-01T02:14:00.250Z\n"),
        ("sessionId", &format!("{SESSION}\n")),
        ("duration", "8040\n"),
    ] {
        assert_eq!(
            get(&server, &[SESSION, "--field", field]).run().stdout,
            value
        );
    }
    for field in [
        "username",
        "clientIpAddresses",
        "endTime",
        "portalArn",
        "duration",
    ] {
        assert_eq!(get(&server, &[SECOND, "--field", field]).run().stdout, "\n");
    }
}

#[test]
fn a_query_works_as_in_the_aws_cli() {
    let server = service();
    let query = |expression, format: &[&str]| {
        get(&server, &[SESSION, "--query", expression])
            .args(format)
            .run()
            .stdout
    };
    assert_eq!(query("session.username", &[]), "\"alice\"\n");
    assert_eq!(query("session.username", &["--output", "text"]), "alice\n");
    assert_eq!(query("session.nothing", &["--output", "text"]), "None\n");
    assert_eq!(query("session.status == `Terminated`", &[]), "true\n");
    assert_eq!(
        query("session.clientIpAddresses", &["--output", "text"]),
        "192.0.2.1\t2001:db8::1\n"
    );
    assert_eq!(
        query("session.[username,status]", &["-o", "csv"]),
        "alice,Terminated\n"
    );
    assert_eq!(query("session.{u:username}", &["-o", "csv"]), "u\nalice\n");
    let both = get(&server, &[SESSION, SECOND, "--query", "session.{s:status}"])
        .args(["-o", "csv"])
        .run();
    assert_eq!(both.stdout, "s\nTerminated\nActive\n");
    assert_eq!(
        query("session.{u:username}", &["-o", "table"]),
        "u\nalice\n"
    );
    get(&server, &[SESSION, "--query", "abs(session.username)"])
        .run()
        .code(2)
        .says(&["--query"]);
}

#[test]
fn the_aws_clis_spelling_works() {
    let server = service();
    let run = wsb([
        "get-session",
        "--portal-id",
        PORTAL,
        "--session-id",
        SESSION,
    ])
    .args([
        "--region",
        "us-east-1",
        "--output",
        "json",
        "--query",
        "session.status",
    ])
    .args([
        "--endpoint-url",
        &server.url(),
        "--cli-read-timeout",
        "20",
        "--no-cli-pager",
    ])
    .args(["--color", "off"])
    .with_keys()
    .run();
    assert_eq!(run.stdout, "\"Terminated\"\n");
}

#[test]
fn a_default_portal_and_a_default_format_are_taken_from_the_environment() {
    let server = service();
    let run = wsb(["get-session", SESSION])
        .against(&server.url())
        .env("WSB_PORTAL", PORTAL)
        .env("WSB_OUTPUT", "jsonl")
        .run();
    assert!(run.stdout.starts_with("{\"sessionId\""), "{run:?}");
    // What is given outranks what is set.
    let run = get(&server, &[SESSION, "-o", "text"])
        .env("WSB_PORTAL", "22222222-2222-4222-8222-222222222222")
        .env("WSB_OUTPUT", "jsonl")
        .run();
    run.code(0);
    assert!(run.stdout.starts_with(SESSION));
    assert!(server.requests()[1].target.contains(PORTAL));
}

#[test]
fn sessions_are_read_from_standard_input_and_bad_lines_do_not_stop_the_rest() {
    let server = service();
    let run = get(&server, &["-", "--field", "status"])
        .input(format!(
            "\u{feff}{SESSION}\r\n\n# a comment\nnonsense\n{SECOND}"
        ))
        .run();
    run.code(2)
        .says(&["line 4 of standard input names no session"]);
    assert!(!run.stderr.contains("nonsense"), "{run:?}");
    assert_eq!(run.stdout, "Terminated\nActive\n");
}

#[test]
fn output_keeps_the_order_of_the_input_whatever_the_order_of_the_replies() {
    // The first request is answered only when all the others have been.
    const COUNT: usize = 8;
    let answered = std::sync::Arc::new((std::sync::Mutex::new(0), std::sync::Condvar::new()));
    let server = Server::start(move |request, _| {
        let id = request.target.rsplit('/').next().unwrap().to_owned();
        let (count, changed) = &*answered;
        let mut count = count.lock().unwrap();
        if id.ends_with("000") {
            while *count < COUNT - 1 {
                count = changed.wait(count).unwrap();
            }
        }
        *count += 1;
        changed.notify_all();
        Act::json(200, &json!({"session": {"sessionId": id}}).to_string())
    });
    let ids: Vec<String> = (0..COUNT)
        .map(|number| format!("aaaaaaaa-0002-4000-8000-000000000{number:03}"))
        .collect();
    let run = get(&server, &["-", "--field", "sessionId"])
        .input(ids.join("\n"))
        .run();
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
}

#[test]
fn untrusted_text_is_escaped_everywhere_and_exact_in_json() {
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m\n=x\ty";
    let body = json!({"session": {"sessionId": SESSION, "username": hostile, "status": hostile,
        "clientIpAddresses": [hostile]}})
    .to_string();
    let server = Server::always(Act::json(200, &body));
    let unsafe_left = |text: &str| {
        text.chars()
            .any(|c| c != '\n' && c != '\t' && wsb::output::untrusted::is_unsafe(c))
    };
    for arguments in [
        &["-o", "table"][..],
        &["-o", "text"],
        &["-o", "csv"],
        &["-o", "json"],
        &["-o", "jsonl"],
        &["--field", "username"],
        &["--field", "clientIpAddresses"],
        &["--query", "session.username"],
        &["--query", "session.username", "-o", "text"],
        &["--query", "session", "-o", "table"],
        &["--query", "session", "-o", "csv"],
    ] {
        let run = get(&server, &[SESSION]).args(arguments).run();
        run.code(0);
        assert!(!unsafe_left(&run.stdout), "{run:?}");
    }
    let exact = get(&server, &[SESSION, "-o", "json"]).run();
    assert_eq!(exact.json()["session"]["username"], hostile);
    let one_line = get(&server, &[SESSION, "--field", "username"]).run();
    assert_eq!(one_line.stdout.lines().count(), 1);

    let formula =
        json!({"session": {"sessionId": SESSION, "username": "=cmd|' /C calc'!A0"}}).to_string();
    let server = Server::always(Act::json(200, &formula));
    let csv = get(&server, &[SESSION, "-o", "csv"]).run();
    assert!(csv.stdout.contains(",'=cmd|"), "{csv:?}");
}

#[test]
fn an_error_of_the_service_cannot_write_to_the_terminal() {
    let server = Server::always(Act::error(400, "ValidationException", "\u{1b}[2J\u{202e}x"));
    let run = get(&server, &[SESSION]).run();
    run.code(5).says(&["\\u{1b}[2J\\u{202e}x"]);
    assert!(!run.stderr.contains('\u{1b}'));
}

#[test]
fn color_is_for_terminals_unless_it_is_asked_for() {
    let server = service();
    assert!(!get(&server, &[SESSION]).run().stdout.contains('\u{1b}'));
    let run = get(&server, &[SECOND, "--color", "always"])
        .env("NO_COLOR", "1")
        .run();
    for styled in [
        "\u{1b}[1mSession\u{1b}[0m",
        "\u{1b}[38;5;2mActive\u{1b}[39m",
    ] {
        assert!(run.stdout.contains(styled), "{styled:?} {run:?}");
    }
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let server = service();
    let running = get(&server, &[SESSION, "-o", "json"]).start();
    let finished = running.without_reader().finish();
    finished.code(0);
    assert_eq!(finished.stderr, "");
}
