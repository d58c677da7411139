//! Text that a user can choose, in the outputs that people and CI systems read.

use serde_json::json;

use crate::support::{Act, PORTAL, SESSION, Server, wsb};

#[test]
fn log_commands_in_names_are_escaped_in_tables_and_timelines_and_exact_in_text() {
    for (username, is_command) in [
        ("::error::stop", r"\u{3a}:error::stop"),
        ("##[error]stop", r"#\u{23}[error]stop"),
        ("##vso[task.x]", r"#\u{23}vso[task.x]"),
        ("\"##[error]stop", r"#\u{23}[error]stop"),
    ] {
        let session = json!({"sessionId": SESSION, "username": username, "status": "Active",
            "startTime": 1_735_689_600});
        let server = Server::always(Act::json(
            200,
            &json!({ "sessions": [session] }).to_string(),
        ));
        let run = |format: &[&str]| {
            wsb(["list-sessions", PORTAL])
                .args(format)
                .env("COLUMNS", "200")
                .against(&server.url())
                .run()
                .code(0)
                .stdout
                .clone()
        };
        for format in ["table", "timeline"] {
            let shown = run(&["-o", format]);
            assert!(shown.contains(is_command), "{shown}");
            assert!(!shown.contains(username), "{shown}");
        }
        assert!(run(&["-o", "text"]).contains(username));
        assert_eq!(run(&["--field", "username"]), format!("{username}\n"));
    }
}
