//! The command line as a whole: defaults from the environment, tips, and arguments of any kind.

use crate::support::{Act, PORTAL, SESSION, Server, session_reply, wsb};

#[test]
fn wsb_errors_chooses_the_format_of_errors_and_an_option_outranks_it() {
    for (format, arguments, is_json) in [
        ("json", &[][..], true),
        ("text", &[], false),
        ("", &[], false),
        ("json", &["--errors", "text"], false),
        ("text", &["--errors", "json"], true),
    ] {
        for line in [
            &["list-sessions"][..],
            &["lsit-sessions"],
            &["list-sessions", "--regoin"],
        ] {
            let run = wsb(line).args(arguments).env("WSB_ERRORS", format).run();
            run.code(2);
            assert_eq!(
                run.stderr.starts_with('{'),
                is_json,
                "{format} {line:?} {run:?}"
            );
        }
    }
    let run = wsb(["list-sessions", PORTAL])
        .env("WSB_ERRORS", "xml")
        .run();
    run.code(2).says(&["WSB_ERRORS is \"xml\"", "text, json"]);
}

#[test]
fn a_default_format_that_a_command_cannot_print_is_named_with_its_variable() {
    let server = Server::always(Act::json(200, &session_reply()));
    for command in [
        &["get-usage", PORTAL][..],
        &["list-portals"],
        &["watch-sessions", PORTAL],
        &["get-session", PORTAL, SESSION],
    ] {
        let run = wsb(command)
            .env("WSB_OUTPUT", "timeline")
            .against(&server.url())
            .run();
        run.code(2).says(&[
            "WSB_OUTPUT is timeline: ",
            "hint: name another format with -o",
        ]);
    }
    wsb(["get-session", PORTAL, SESSION, "-o", "json"])
        .env("WSB_OUTPUT", "timeline")
        .against(&server.url())
        .run()
        .code(0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn words_of_other_tools_and_frequent_mistakes_have_one_tip() {
    let two = format!("{SESSION},{SESSION}");
    for (line, tip) in [
        (
            &["list-sessions", PORTAL, "--watch"][..],
            "watch-sessions prints",
        ),
        (
            &["list-sessions", "--cli-error-format", "json"],
            "'--errors FORMAT'",
        ),
        (
            &["get-session", PORTAL, SESSION, "--field", "status,username"],
            "'--query' selects several",
        ),
        (
            &[
                "get-session",
                PORTAL,
                SESSION,
                "--field",
                "status",
                "-o",
                "json",
            ],
            "'--query' selects values",
        ),
        (
            &["get-session", PORTAL, &two],
            "separate session IDs with spaces",
        ),
        (
            &["get-session", PORTAL, "--session-id", &two],
            "separate session IDs with spaces",
        ),
        (&["list-session"], "write 'wsb list-sessions PORTAL'"),
        (
            &["get-sesion"],
            "a similar subcommand exists: 'get-session'",
        ),
        (
            &["wait-sesion"],
            "a similar subcommand exists: 'wait-session'",
        ),
        (&["show-session"], "write 'wsb get-session PORTAL SESSION'"),
        (&["kill-session"], "wsb only reads"),
        (&["local", "wsb", "list-portals"], "'wsb local -- COMMAND'"),
        (&["-v"], "'wsb --version'"),
        (
            &["completions"],
            "name a shell: bash, zsh, fish, powershell or elvish",
        ),
        (
            &["list-sessions", PORTAL, "--since", "2d", "ago"],
            "in quotation marks",
        ),
        (
            &["list-sessions", PORTAL, "--since", "2026-11-24", "01:30"],
            "in quotation marks",
        ),
        (
            &["list-sessions", PORTAL, "--since", "3", "days", "ago"],
            "\"3 days ago\"",
        ),
        (&["get-usage", "--since", "2d", "ago"], "in quotation marks"),
    ] {
        let run = wsb(line).run();
        run.code(2).says(&[tip]);
        let tips = run.stderr.matches("tip: ").count() + run.stderr.matches("hint: ").count();
        assert!(tips <= 1, "{run:?}");
        let run = wsb(line).args(["--errors", "json"]).run();
        let is_local = line[0] == "local" || line[0] == "-v";
        assert!(is_local || run.stderr.starts_with('{'), "{run:?}");
    }
}
