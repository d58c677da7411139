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
