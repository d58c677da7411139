//! Bad input costs no request and no credentials, and its message says what a right one is.

use crate::support::{Act, PORTAL, SESSION, Server, session_reply, wsb};

#[test]
fn a_malformed_id_is_2_and_named_without_a_request_or_credentials() {
    let server = Server::always(Act::json(200, &session_reply()));
    for (arguments, says) in [
        (
            vec!["get-session", "abc", SESSION],
            "\"abc\" is not a portal ID: it has 3 characters",
        ),
        (
            vec!["get-session", PORTAL, "abc"],
            "\"abc\" is not a session ID",
        ),
        (
            vec!["get-session", PORTAL, SESSION, "a/b"],
            "\"a/b\" is not a session ID: it contains '/'",
        ),
        (
            vec!["get-session", &PORTAL[1..], SESSION],
            "it has 35 characters, and an ID is 36 letters, digits and hyphens, like 8f6ae9c4-6a2e-4b1d-9f3e-0123456789ab; a portal's ARN, display name",
        ),
        (
            vec!["get-session", "https://localhost/", SESSION],
            "not the address of a portal",
        ),
        (vec!["get-session", PORTAL, ""], "SESSION is empty"),
        (
            vec!["get-session", "--portal-id", "x", "--session-id", SESSION],
            "\"x\" is not a portal ID",
        ),
        (
            vec!["get-session", "--portal-id", PORTAL, "--session-id", "x"],
            "\"x\" is not a session ID",
        ),
        (
            vec!["get-session", "arn:aws:s3:::bucket", SESSION],
            "its service is \"s3\"",
        ),
        (vec!["get-session", PORTAL, "\u{1b}[31m"], "\\u{1b}"),
    ] {
        let run = wsb(&arguments)
            .env("AWS_ENDPOINT_URL", server.url())
            .env("AWS_REGION", "us-east-1")
            .run();
        run.code(2).says(&[says]);
        assert!(!run.stderr.contains('\u{1b}'));
        assert_eq!(run.stdout, "");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn no_region_is_2_and_the_places_to_set_it_are_named() {
    wsb(["get-session", PORTAL, SESSION])
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .run()
        .code(2)
        .says(&[
            "--region",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "profile",
            "ARN",
        ]);
}

#[test]
fn an_option_that_does_not_exist_is_2_with_a_suggestion() {
    wsb(["get-session", "--regoin", "x"])
        .run()
        .code(2)
        .says(&["--region"]);
    wsb(["get-sesion"]).run().code(2).says(&["get-session"]);
    wsb(["get-session", PORTAL, SESSION, "-o", "jsn"])
        .run()
        .code(2)
        .says(&["json"]);
    wsb(["get-session", PORTAL, SESSION, "--field", "user"])
        .run()
        .code(2)
        .says(&["username", "clientIpAddresses", "duration"]);
}

#[test]
fn too_little_is_2_with_what_is_missing() {
    wsb(["get-session"]).run().code(2).says(&["needs a portal"]);
    wsb(["get-session", PORTAL])
        .run()
        .code(2)
        .says(&["needs a session"]);
    let nothing: [&str; 0] = [];
    wsb(nothing).run().code(2).says(&["Usage"]);
}

#[test]
fn help_is_there_as_a_command_too_and_tells_what_goes_where() {
    let run = wsb(["help", "get-session"]).run();
    run.code(0);
    for text in [
        "get-session [OPTIONS] [PORTAL] [SESSION]...",
        "ID, ARN, name or endpoint host",
    ] {
        assert!(run.stdout.contains(text), "{run:?}");
    }
}

#[test]
fn no_verify_ssl_is_refused_with_what_to_do_instead() {
    wsb(["get-session", PORTAL, SESSION, "--no-verify-ssl"])
        .with_keys()
        .run()
        .code(2)
        .says(&["--ca-bundle"]);
}

#[test]
fn a_query_that_is_none_is_2_before_any_request() {
    let server = Server::always(Act::json(200, &session_reply()));
    wsb(["get-session", PORTAL, SESSION, "--query", "session.["])
        .against(&server.url())
        .run()
        .code(2)
        .says(&["JMESPath"]);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_query_that_would_bring_the_program_down_is_2_before_any_request() {
    let server = Server::always(Act::json(200, &session_reply()));
    for query in [
        "[".repeat(100_000),
        "!".repeat(100_000),
        format!("a{}", ".a".repeat(50_000)),
        format!("a{}", "[?a]".repeat(30_000)),
        "{f: &map(f, [@])} | map(f, [@])".to_owned(),
    ] {
        wsb(["get-session", PORTAL, SESSION, "--query", &query])
            .against(&server.url())
            .run()
            .code(2)
            .says(&["--query"]);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_slice_may_step_past_any_end() {
    let server = Server::always(Act::json(200, &session_reply()));
    let query = "session.clientIpAddresses[1::2147483647]";
    let run = wsb(["get-session", PORTAL, SESSION, "--query", query])
        .against(&server.url())
        .run();
    run.code(0);
    assert_eq!(run.json(), serde_json::json!(["2001:db8::1"]));
}

#[test]
fn a_query_whose_rows_would_be_holes_is_2_and_json_shows_it() {
    let items: Vec<String> = (0..50_000)
        .map(|number| format!(r#"{{"x{number}":1}}"#))
        .collect();
    let items = items.join(",");
    let body = format!(r#"{{"session":{{"sessionId":"{SESSION}","new":[{items}]}}}}"#);
    let server = Server::always(Act::json(200, &body));
    for format in ["table", "csv", "text"] {
        wsb(["get-session", PORTAL, SESSION, "-o", format])
            .args(["--query", "session.new"])
            .against(&server.url())
            .run()
            .code(2)
            .says(&["--output json"]);
    }
    let run = wsb(["get-session", PORTAL, SESSION, "-o", "json"])
        .args(["--query", "session.new"])
        .against(&server.url())
        .run();
    run.code(0);
    assert_eq!(run.json().as_array().map(Vec::len), Some(50_000));
}

#[test]
fn a_duration_of_any_length_is_waited_for_or_refused() {
    let server = Server::always(Act::json(200, &session_reply()));
    for duration in ["1e19", "18446744073709551615", "1e300", "175307616h"] {
        wsb(["get-session", PORTAL, SESSION, "--timeout", duration])
            .args(["--connect-timeout", duration, "--read-timeout", duration])
            .against(&server.url())
            .run()
            .code(0);
        wsb(["wait-session", PORTAL, SESSION, "--timeout", duration])
            .args(["--interval", duration])
            .against(&server.url())
            .run()
            .code(0);
    }
    for wrong in ["1e400", "NaN", "-1"] {
        wsb(["get-session", PORTAL, SESSION])
            .args([format!("--timeout={wrong}")])
            .run()
            .code(2)
            .says(&["not a duration"]);
    }
}

#[test]
fn an_argument_is_repeated_in_an_error_without_what_a_terminal_would_obey() {
    let hostile = "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}x";
    let hostile_option = format!("--{hostile}");
    let is_unsafe = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    for arguments in [
        vec![hostile],
        vec!["get-session", hostile_option.as_str()],
        vec!["get-session", "--session-id", hostile],
        vec!["get-session", "--region", hostile],
        vec!["get-session", "-o", hostile],
        vec!["get-session", "--field", hostile],
        vec!["get-session", "--timeout", hostile],
        vec!["list-sessions", "--since", hostile],
        vec!["local", "--listen", hostile],
        vec!["completions", hostile],
    ] {
        let run = wsb(&arguments).run();
        run.code(2).says(&["title"]);
        assert!(!run.stderr.contains(is_unsafe), "{run:#?}");
        let run = wsb(&arguments).args(["--errors", "json"]).run();
        let error: serde_json::Value = serde_json::from_str(&run.code(2).stderr).unwrap();
        assert_eq!(error["exitCode"], 2);
        assert!(!run.stderr.contains(is_unsafe), "{run:#?}");
    }
}

#[test]
fn a_default_format_that_does_not_exist_is_2_and_the_formats_are_named() {
    wsb(["get-session", PORTAL, SESSION])
        .with_keys()
        .env("WSB_OUTPUT", "xml")
        .run()
        .code(2)
        .says(&[
            "WSB_OUTPUT",
            "table, json, jsonl, csv, text, yaml, timeline",
        ]);
}

#[test]
fn standard_input_goes_with_no_other_session() {
    wsb(["get-session", PORTAL, "-", SESSION])
        .with_keys()
        .run()
        .code(2)
        .says(&["standard input"]);
}

#[test]
fn quiet_leaves_only_the_error() {
    let run = wsb(["get-session", PORTAL, SESSION, "-q"])
        .with_keys()
        .env("AWS_REGION", "")
        .run();
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
}
