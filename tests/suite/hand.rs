//! What people paste, mistype and expect from other tools.

use crate::support::{Act, Finished, PORTAL, SESSION, Server, session_reply, wsb};

/// What the tip or the hint of a run says.
#[track_caller]
fn tip(arguments: &[&str]) -> String {
    let run = wsb(arguments).with_keys().run();
    run.code(2);
    let is_tip = |line: &&str| line.trim_start().starts_with("tip:") || line.starts_with("hint:");
    let tips: Vec<&str> = run.stderr.lines().filter(is_tip).collect();
    assert_eq!(tips.len(), 1, "{run:#?}");
    tips[0].to_owned()
}

#[test]
fn words_of_other_tools_are_answered_with_what_is_meant() {
    for (arguments, meant) in [
        (
            &["list-sessions", PORTAL, "--limit", "5"][..],
            "--max-items",
        ),
        (&["list-sessions", PORTAL, "--limit=5"], "--max-items"),
        (&["list-sessions", PORTAL, "--json"], "--output json"),
        (&["list-sessions", PORTAL, "--format", "json"], "--output"),
        (&["--debug", "list-portals"], "-vv"),
        (&["list-portals", "--no-color"], "--color never"),
        (&["list-portals", "--no-color"], "--color never"),
        (&["list-sessions", PORTAL, "--user", "alice"], "--username"),
        (&["terminate-session", PORTAL, SESSION], "expire-session"),
        (&["list-sessions", PORTAL, "-o", "tsv"], "'text'"),
        (
            &["list-sessions", PORTAL, "--status", "running"],
            "'active'",
        ),
        (&["ls"], "wsb list-sessions"),
        (&["sessions"], "wsb list-sessions"),
        (&["portals"], "wsb list-portals"),
        (
            &["get-session", PORTAL, SESSION, "--query", ".session"],
            "write 'session'",
        ),
        (&["list-sessions", PORTAL, "--max-item", "5"], "--max-items"),
    ] {
        let tip = tip(arguments);
        assert!(tip.contains(meant), "{arguments:?}: {tip}");
    }
}

#[test]
fn no_tip_tells_to_pass_an_option_as_a_value() {
    for arguments in [
        &["list-sessions", PORTAL, "--limit", "5"][..],
        &["get-session", PORTAL, "--nothing-like-it"],
        &["get-session", PORTAL, "-Z"],
    ] {
        let run = wsb(arguments).run();
        assert!(!run.code(2).stderr.contains("as a value"), "{run:#?}");
    }
}

#[test]
fn the_tip_is_the_hint_of_a_json_error() {
    let run = wsb(["list-sessions", PORTAL, "--limit", "5", "--errors", "json"]).run();
    let error: serde_json::Value = serde_json::from_str(&run.code(2).stderr).unwrap();
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("--max-items"), "{hint}");
}

/// Portal and session as they are pasted: through an argument, the variable, standard input.
#[test]
fn what_is_pasted_means_the_same_as_argument_variable_and_input() {
    let server = Server::always(Act::json(200, &session_reply()));
    let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}");
    let page = "us-east-1.console.aws.amazon.com/workspaces-web/home?region=us-east-1#";
    let portals = [
        PORTAL.to_owned(),
        format!(" \u{a0}{PORTAL}\r"),
        format!("\u{201c}{}\u{201d}", PORTAL.replace('-', "\u{2013}")),
        format!("'{arn}'"),
        format!("https://{page}/portals/{PORTAL}"),
        format!(
            "https://{page}/portals/{}",
            arn.replace(':', "%3A").replace('/', "%2F")
        ),
    ];
    let session = format!("\u{feff}`{}\u{200b}`,\r", SESSION.replace('-', "\u{2011}"));
    for portal in &portals {
        wsb(["get-session", portal, &session])
            .against(&server.url())
            .run()
            .code(0);
        wsb(["get-session", "-"])
            .env("WSB_PORTAL", portal)
            .input(format!("{session}\n"))
            .against(&server.url())
            .run()
            .code(0);
    }
    let target = format!("/portals/{PORTAL}/sessions/{SESSION}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2 * portals.len());
    for request in requests {
        assert!(request.target.contains(&target), "{}", request.target);
    }
}

#[test]
fn a_wrong_character_inside_is_named() {
    let cyrillic = SESSION.replace('a', "\u{430}");
    wsb(["get-session", PORTAL, &cyrillic])
        .with_keys()
        .run()
        .code(2)
        .says(&["it contains '\u{430}'"]);
}

#[test]
fn upper_case_in_an_id_that_is_not_found_gets_a_hint() {
    let server = Server::always(Act::error(404, "ResourceNotFoundException", "no such"));
    wsb(["get-session", PORTAL, &SESSION.to_uppercase()])
        .against(&server.url())
        .run()
        .code(4)
        .says(&["upper-case letters"]);
}

#[test]
fn a_portals_address_and_a_near_name_find_the_portal_or_name_it() {
    let local = |portal: &str| -> Finished {
        wsb([
            "local",
            "--",
            env!("CARGO_BIN_EXE_wsb"),
            "list-sessions",
            portal,
        ])
        .run()
    };
    local("contractors")
        .code(4)
        .says(&["did you mean \"Contractors\"?"]);
    let server = Server::always(Act::json(
        200,
        &format!(
            r#"{{"portals":[{{"portalArn":"arn:aws:workspaces-web:us-east-1:1:portal/{PORTAL}","portalEndpoint":"p-1.workspaces-web.com"}}],"sessions":[]}}"#
        ),
    ));
    for address in [
        "https://P-1.WorkSpaces-Web.com/",
        "p-1.workspaces-web.com/",
        "P-1.workspaces-web.com",
    ] {
        wsb(["list-sessions", address])
            .against(&server.url())
            .run()
            .code(0);
    }
}

#[test]
fn what_the_arguments_were_taken_for_is_said() {
    let server = Server::always(Act::error(404, "ResourceNotFoundException", "no such"));
    let of_xargs = wsb(["get-session", SESSION, SESSION])
        .env("WSB_PORTAL", PORTAL)
        .against(&server.url())
        .run();
    of_xargs.code(4).says(&[
        &format!("{SESSION} was taken for the portal"),
        "write --session-id before them",
    ]);
    wsb(["get-session", SESSION])
        .with_keys()
        .run()
        .code(2)
        .says(&[
            "needs a session",
            &format!("{SESSION:?} was taken for the portal"),
        ]);
    wsb(["get-session", PORTAL, "Contractors"])
        .with_keys()
        .run()
        .code(2)
        .says(&["the portal comes first"]);
    wsb(["get-session", "Contractors"])
        .env("WSB_PORTAL", PORTAL)
        .with_keys()
        .run()
        .code(2)
        .says(&[
            "WSB_PORTAL names the portal, so every argument is a session",
            "list-sessions",
        ]);
    wsb(["get-session", "--portal-id", PORTAL, "Contractors"])
        .with_keys()
        .run()
        .code(2)
        .says(&["--portal-id names the portal"]);
}

#[test]
fn color_goes_by_one_rule_for_results_help_and_the_parsers_errors() {
    let escape = "\u{1b}[";
    for arguments in [
        &["list-sessions", "-h"][..],
        &["--help"],
        &["list-sessions", PORTAL, "--limit"],
        &["ls"],
    ] {
        let shown = |run: Finished| run.stdout + &run.stderr;
        for options in [&["--color", "always"][..], &["--color=always"]] {
            let before = shown(wsb(options).args(arguments).run());
            let behind = shown(wsb(arguments).args(options).run());
            assert!(before.contains(escape), "{before}");
            // Of the first command line, the parser gives up before the option.
            assert!(behind.contains(escape), "{behind}");
        }
        let plain = |run: Finished| assert!(!shown(run).contains(escape), "{arguments:?}");
        plain(wsb(arguments).run());
        plain(
            wsb(arguments)
                .env("NO_COLOR", "1")
                .env("FORCE_COLOR", "1")
                .run(),
        );
        plain(
            wsb(arguments)
                .env("FORCE_COLOR", "1")
                .args(["--color", "never"])
                .run(),
        );
        let forced = shown(wsb(arguments).env("FORCE_COLOR", "1").run());
        assert!(forced.contains(escape), "{forced}");
    }
}

#[test]
fn times_are_taken_as_people_write_them() {
    let server = Server::always(Act::json(200, r#"{"sessions":[]}"#));
    for time in [
        "yesterday",
        "today",
        "now",
        "3 days ago",
        "2026-11-24 01:30",
        "@1665179084",
    ] {
        wsb(["list-sessions", PORTAL, "--since", time])
            .against(&server.url())
            .run()
            .code(0);
    }
}
