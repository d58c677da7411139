//! Standard streams that are full or closed, or that nobody reads.
#![cfg(target_os = "linux")]

use serde_json::json;

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, Wsb, session_reply, wsb};

const MISSING: &str = "aaaaaaaa-0002-4000-8000-000000000002";

/// A service that has one session.
fn answer(request: &Request, _: usize) -> Act {
    if request.target.ends_with(SESSION) {
        return Act::json(200, &session_reply());
    }
    if request.target.contains("/sessions/") {
        return Act::error(404, "ResourceNotFoundException", "none");
    }
    let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}");
    let lists = json!({"sessions": [{"sessionId": SESSION}], "portals": [{"portalArn": arn}]});
    Act::json(200, &lists.to_string())
}

const CALLS: [&[&str]; 4] = [
    &["get-session", PORTAL, SESSION],
    &["list-sessions", PORTAL],
    &["list-portals"],
    &["wait-session", PORTAL, SESSION],
];

/// The ways to have the results printed.
const OUTPUTS: [&[&str]; 7] = [
    &["-o", "table"],
    &["-o", "json"],
    &["-o", "jsonl"],
    &["-o", "csv"],
    &["-o", "text"],
    &["--field", "portalArn"],
    &["--query", "@"],
];

/// What prints without a call.
const SCRIPTS: [&[&str]; 6] = [
    &["--help"],
    &["get-session", "--help"],
    &["--version"],
    &["completions", "zsh"],
    &["completions", "zsh", "--dynamic"],
    &["local"],
];

#[test]
fn a_full_disk_is_1_for_every_command_and_format() {
    let server = Server::start(answer);
    let full = |run: Wsb| {
        let run = run.output_to("/dev/full").run();
        run.code(1).says(&[
            "error: ",
            "could not write the results",
            "No space left on device",
        ]);
    };
    for call in CALLS {
        for output in OUTPUTS {
            full(wsb(call).args(output).against(&server.url()));
        }
    }
    for script in SCRIPTS {
        full(wsb(script));
    }
    let run = wsb(["--help", "--errors", "json"])
        .output_to("/dev/full")
        .run();
    run.code(1).says(&["\"code\":\"Other\"", "\"exitCode\":1"]);
}

#[test]
fn a_reader_that_has_gone_is_no_failure_of_any_command() {
    for script in SCRIPTS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = wsb(script).output(writer).run();
        run.code(0);
        assert_eq!(run.stderr, "", "{script:?}");
    }
}

#[test]
fn a_failure_before_the_reader_has_gone_decides_the_code() {
    let server = Server::start(answer);
    for output in OUTPUTS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = wsb(["get-session", PORTAL, MISSING, SESSION])
            .args(output)
            .against(&server.url())
            .output(writer)
            .run();
        run.code(4).says(&["error: "]);
    }
}

#[test]
fn errors_that_cannot_be_written_change_neither_code_nor_results() {
    let server = Server::start(answer);
    for preparation in ["exec 2>/dev/full", "exec 2>&-"] {
        for verbosity in ["-q", "-vv", "--errors=json"] {
            let run = wsb([
                "get-session",
                PORTAL,
                SESSION,
                MISSING,
                "--field",
                "username",
            ])
            .args([verbosity])
            .against(&server.url())
            .after(preparation)
            .run();
            run.code(4);
            assert_eq!(run.stdout, "alice\n");
        }
        wsb(["get-session", "--nonsense"])
            .after(preparation)
            .run()
            .code(2);
    }
}

/// The runtime opens `/dev/null` in the place of a closed stream, so that no connection gets its
/// number and with it what is printed. So a closed output counts as one that is thrown away: the
/// two cannot be told apart.
#[test]
fn what_is_printed_to_a_closed_stream_never_goes_to_the_service() {
    for preparation in ["exec >&-", "exec >&- 2>&-", "exec <&- >&- 2>&-"] {
        let server = Server::start(answer);
        let run = wsb(["get-session", PORTAL, SESSION, MISSING, "-o", "json", "-vv"])
            .against(&server.url())
            .after(preparation)
            .run();
        run.code(4);
        assert_eq!(run.stdout, "");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{requests:#?}");
        assert!(requests.iter().all(|request| request.method == "GET"));
    }
}

#[test]
fn a_closed_input_has_no_sessions() {
    let server = Server::start(answer);
    wsb(["get-session", PORTAL, "-"])
        .against(&server.url())
        .after("exec <&-")
        .run()
        .code(0)
        .says(&["note: standard input had no sessions"]);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_query_that_fails_for_a_session_is_applied_to_the_others() {
    let server = Server::start(|request, _| {
        let id = request.target.rsplit('/').next().unwrap();
        let session = if id == MISSING {
            json!({"sessionId": id})
        } else {
            json!({"sessionId": id, "username": "alice"})
        };
        Act::json(200, &json!({ "session": session }).to_string())
    });
    let run = wsb(["get-session", PORTAL, SESSION, MISSING, MISSING, SESSION])
        .args(["--query", "length(session.username)"])
        .against(&server.url())
        .run();
    run.code(2);
    assert_eq!(run.stdout, "5\n5\n");
    let errors = run.stderr.lines();
    let errors = errors.filter(|line| line.contains("--query cannot be applied"));
    assert!(errors.clone().all(|line| line.contains(MISSING)), "{run:?}");
    assert_eq!(errors.count(), 2);
}

#[test]
fn messages_and_rows_that_share_a_pipe_do_not_mix_in_a_line() {
    let server = Server::start(|request, _| {
        let id = request.target.rsplit('/').next().unwrap();
        if id.ends_with('0') {
            return Act::error(404, "ResourceNotFoundException", "none");
        }
        let session = json!({"session": {"sessionId": id, "username": "x".repeat(200)}});
        Act::json(200, &session.to_string())
    });
    let ids: Vec<String> = (0..500)
        .map(|number| format!("aaaaaaaa-0000-4000-8000-{number:012}"))
        .collect();
    let run = wsb(["get-session", PORTAL, "-", "-o", "csv", "-v"])
        .against(&server.url())
        .input(ids.join("\n"))
        .after("exec 2>&1")
        .run();
    run.code(4);
    for line in run.stdout.lines() {
        let is_row = line.starts_with("aaaaaaaa-") && line.ends_with(",,");
        let starts = ["sessionId,", "GET ", "error: ", "hint: "];
        let is_message = starts.iter().any(|start| line.starts_with(start));
        assert!(is_row != is_message, "{line}");
        assert!(!is_row || !line.contains("error"), "{line}");
    }
    assert_eq!(run.stdout.matches("error: ").count(), 50);
}
