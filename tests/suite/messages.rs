//! Whole messages, as snapshots: a change of wording shows in a diff.
//!
//! After a change that is meant, write the snapshots again and read what changed:
//!
//! ```text
//! INSTA_UPDATE=always cargo test --test suite messages::
//! git diff tests/suite/snapshots
//! ```

use std::collections::BTreeSet;
use std::sync::{Mutex, mpsc};

use insta::{Settings, assert_snapshot};
use regex_lite::Regex;
use serde_json::json;

use crate::support::proxy::{Manner, Proxy};
use crate::support::{
    Act, Finished, HOME, PORTAL, SESSION, Server, Wsb, folder, run_side_by_side, session_reply, wsb,
};

const OTHER: &str = "aaaaaaaa-0002-4000-8000-000000000002";

/// Runs the program with these further arguments.
type Run = Box<dyn Fn(&[&str]) -> Finished + Send + Sync>;

/// A failure that the program reports.
struct Case {
    /// The snapshot's name.
    name: &'static str,
    run: Run,
}

/// A run that ends by itself.
fn case(name: &'static str, program: impl Fn() -> Wsb + Send + Sync + 'static) -> Case {
    Case {
        name,
        run: Box::new(move |arguments| program().args(arguments).run()),
    }
}

/// `get-session` against a service that always does the same.
fn reply(name: &'static str, act: Act) -> Case {
    case(name, move || {
        let server = Server::always(act.clone());
        get_session().served_by(server)
    })
}

/// `get-session` against a service that always answers with this error.
fn error(name: &'static str, status: u16, code: &'static str) -> Case {
    reply(
        name,
        Act::error(status, code, "The service's words, with a full stop."),
    )
}

#[cfg(unix)]
/// A run that is ended by a signal while it waits for a reply.
fn signal(name: &'static str, signal: &'static str) -> Case {
    Case {
        name,
        run: Box::new(move |arguments| {
            let (sender, receiver) = mpsc::channel();
            let sender = Mutex::new(sender);
            let server = Server::start(move |_, _| {
                let _ = sender.lock().unwrap().send(());
                Act::SendAndHang(Vec::new())
            });
            let running = get_session().against(&server.url()).args(arguments).start();
            receiver.recv().unwrap();
            running.signal(signal);
            running.finish()
        }),
    }
}

fn get_session() -> Wsb {
    wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
}

/// `wait-session` against a service that always does the same, until the time runs out. The time is doubled until the
/// service has the request of a second poll: the program then knows the result of the first one.
fn out_of_time(name: &'static str, act: Act) -> Case {
    let run = move |arguments: &[&str]| {
        let mut timeouts = (0..8).map(|power| format!("{}s", 1 << power));
        let run = timeouts.find_map(|timeout| {
            let server = Server::always(act.clone());
            let command = ["wait-session", PORTAL, SESSION, "--max-attempts", "1"];
            let run = wsb(command)
                .args(["--timeout", &timeout])
                .env("WSB_TEST_INTERVAL", "10ms")
                .against(&server.url())
                .args(arguments)
                .run();
            (server.requests().len() > 1).then_some(run)
        });
        run.unwrap()
    };
    Case {
        name,
        run: Box::new(run),
    }
}

/// `get-session` without keys in the environment.
fn without_keys() -> Wsb {
    get_session().args(["--region", "us-east-1"])
}

/// A service with two portals of one name and a limit of one session; one of them has an active session,
/// and the other one cannot be listed.
fn twins() -> Server {
    let ids = ["11111111", "22222222"].map(|start| format!("{start}-1111-4111-8111-111111111111"));
    let portals = ids.map(|id| {
        let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{id}");
        json!({"portalArn": arn, "displayName": "Twin", "maxConcurrentSessions": 1})
    });
    let active = json!({"sessionId": SESSION, "status": "Active", "startTime": 1735689600});
    Server::start(move |request, _| {
        let target = request.target.as_str();
        if target.contains("22222222") {
            Act::error(403, "AccessDeniedException", "Not this portal.")
        } else if target.contains("sessions/") {
            Act::error(404, "ResourceNotFoundException", "Not here.")
        } else if target.contains("sessions") {
            Act::json(200, &json!({ "sessions": [active] }).to_string())
        } else {
            Act::json(200, &json!({ "portals": portals }).to_string())
        }
    })
}

/// The command line and the settings.
fn usage() -> Vec<Case> {
    let keys = |run: Wsb| run.with_keys();
    vec![
        case("usage_nothing", || wsb([""; 0])),
        case("usage_unknown_command", || wsb(["get-sesion"])),
        case("usage_unknown_option", || wsb(["get-session", "--regoin"])),
        case("usage_invalid_value", || get_session().args(["-o", "jsn"])),
        case("usage_no_portal", || wsb(["list-sessions"])),
        case("usage_no_session", || wsb(["get-session", PORTAL])),
        case("usage_invalid_session", move || {
            keys(wsb(["get-session", PORTAL, "8f6ae9c4"]))
        }),
        case("usage_invalid_line", move || {
            keys(wsb(["get-session", PORTAL, "-"])).input("# one\nx\n")
        }),
        case("usage_stdin_and_session", move || {
            keys(wsb(["get-session", PORTAL, "-", SESSION]))
        }),
        case("usage_query", || {
            get_session().args(["--query", "session.["])
        }),
        case("usage_default_format", || {
            get_session().env("WSB_OUTPUT", "xml")
        }),
        case("usage_no_region", get_session),
        case("usage_region", || {
            get_session().args(["--region", "us east"])
        }),
        case("usage_region_and_arn", move || {
            let arn = format!("arn:aws:workspaces-web:eu-west-1:123456789012:portal/{PORTAL}");
            keys(wsb(["get-session", &arn, SESSION])).args(["--region", "us-east-1"])
        }),
        case("usage_name_or_id", || {
            wsb(["list-sessions", "team-a", "--region", "us-east-1"])
        }),
        case("usage_setting", move || {
            keys(get_session()).env("AWS_USE_FIPS_ENDPOINT", "maybe")
        }),
        case("usage_endpoint", || {
            get_session().against("ftp://127.0.0.1")
        }),
        case("usage_ca_bundle", move || {
            keys(get_session()).args(["--ca-bundle", "/nowhere/ca.pem"])
        }),
        case("usage_no_verify_ssl", move || {
            keys(get_session()).args(["--no-verify-ssl"])
        }),
        case("usage_proxy", move || {
            keys(get_session()).env("HTTPS_PROXY", "ftp://user:secret@proxy")
        }),
        case("usage_config_file", || {
            without_keys().config_file("[profile\nregion = us-east-1\n")
        }),
        case("usage_names_of_two_portals", || {
            wsb(["list-sessions", "Twin"]).served_by(twins())
        }),
        case("usage_portal_named_twice", || {
            wsb(["list-sessions", "Twin", "Twin"]).served_by(twins())
        }),
        case("usage_portal_and_all_portals", || {
            wsb(["list-sessions", "Twin", "--all-portals"]).served_by(twins())
        }),
        case("usage_address", || {
            wsb(["list-sessions", PORTAL, "--address", "192.0.2"])
        }),
        case("usage_time", || {
            wsb(["list-sessions", PORTAL, "--active-at", "noon"])
        }),
        case("usage_period", || {
            let period = [
                "--active-since",
                "2026-11-02",
                "--active-until",
                "2026-11-01",
            ];
            wsb(["list-sessions", PORTAL]).args(period).with_keys()
        }),
        case("usage_share", || {
            wsb(["get-usage", PORTAL, "--fail-above", "lots"])
        }),
        case("usage_data_file", || {
            wsb(["local", "--data", "/nowhere/data.json"])
        }),
    ]
}

/// What the service answers.
fn replies() -> Vec<Case> {
    let throttling = [
        ("x-amzn-errortype", "ThrottlingException"),
        ("retry-after", "120"),
    ];
    let validation = r#"{"message":"Bad.","reason":"fieldValidationFailed","fieldList":[{"name":"sessionId","message":"too odd"}]}"#;
    vec![
        error("access_denied", 403, "AccessDeniedException"),
        error("access_denied_not_signed_up", 403, "OptInRequired"),
        error("not_found", 404, "ResourceNotFoundException"),
        case("not_found_name", || {
            wsb(["list-sessions", "Contractors"]).served_by(twins())
        }),
        case("not_found_name_like_an_id", || {
            wsb(["list-sessions", "facade"]).served_by(twins())
        }),
        case("not_found_in_any_portal", || {
            let server = Server::start(|request, _| {
                match request.target.contains("sessions") {
                true => Act::error(404, "ResourceNotFoundException", "Not here."),
                false => Act::json(
                    200,
                    &json!({"portals": [{"portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}")}]})
                        .to_string(),
                ),
            }
            });
            wsb(["get-session", "--all-portals", SESSION]).served_by(server)
        }),
        case("not_searched_everywhere", || {
            wsb(["get-session", "--all-portals", SESSION]).served_by(twins())
        }),
        case("list_of_all_portals_incomplete", || {
            wsb(["list-sessions", "--all-portals", "-o", "json"]).served_by(twins())
        }),
        case("too_full", || {
            wsb(["get-usage", PORTAL, "--fail-above", "50%", "-o", "json"]).served_by(twins())
        }),
        reply(
            "rejected",
            Act::reply(
                400,
                &[("x-amzn-errortype", "ValidationException")],
                validation,
            ),
        ),
        error("throttled", 429, "ThrottlingException"),
        reply(
            "throttled_with_a_time",
            Act::reply(429, &throttling, r#"{"message":"Slow down."}"#),
        ),
        error("failed", 500, "InternalServerException"),
        reply("failed_without_a_name", Act::reply(503, &[], "")),
        error("rejected_token", 403, "ExpiredTokenException"),
        error("rejected_signature", 403, "InvalidSignatureException"),
        error("rejected_key", 403, "UnrecognizedClientException"),
        reply(
            "unexpected_html",
            Act::reply(200, &[("content-type", "text/html")], "<html>"),
        ),
        reply(
            "unexpected_redirect",
            Act::reply(302, &[("location", "/")], ""),
        ),
        case("list_incomplete", || {
            let session = json!({"sessionId": SESSION, "status": "Active"});
            let server = Server::start(move |_, number| match number {
                0 => Act::json(
                    200,
                    &json!({"sessions": [session], "nextToken": "t"}).to_string(),
                ),
                _ => Act::error(400, "ValidationException", "The token has expired."),
            });
            wsb(["list-sessions", PORTAL, "-o", "json"]).served_by(server)
        }),
        case("several_failures", || {
            let server = Server::start(|request, _| match request.target.contains(OTHER) {
                true => Act::error(403, "AccessDeniedException", "No."),
                false => Act::error(404, "ResourceNotFoundException", "Not here."),
            });
            wsb([
                "get-session",
                PORTAL,
                SESSION,
                OTHER,
                SESSION,
                "--concurrency",
                "1",
            ])
            .served_by(server)
        }),
        out_of_time(
            "wait_timed_out",
            Act::json(200, &session_reply().replace("Terminated", "Active")),
        ),
        out_of_time(
            "wait_timed_out_throttled",
            Act::error(429, "ThrottlingException", "Slow down."),
        ),
        case("note_no_ids", || {
            let server = Server::always(Act::Close);
            wsb(["get-session", PORTAL, "-"])
                .input("# nothing\n")
                .served_by(server)
        }),
        case("attempts", || {
            let server = Server::start(|_, number| match number {
                0 => Act::error(503, "ServiceUnavailable", "Later."),
                1 => Act::Close,
                _ => Act::json(200, &session_reply()),
            });
            wsb(["get-session", PORTAL, SESSION, "-v"]).served_by(server)
        }),
    ]
}

/// Sign-in and the way to the service.
#[cfg(unix)]
fn connections() -> Vec<Case> {
    const SSO: &str = "[profile audit]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Auditor\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n";
    let profile = |name: &'static str, text: &'static str| {
        move || {
            without_keys()
                .args(["--profile", name])
                .config_file(text)
                .env(HOME, folder())
        }
    };
    vec![
        case("no_credentials", without_keys),
        case("no_credentials_half_a_pair", || {
            without_keys().env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        }),
        case(
            "no_credentials_unknown_profile",
            profile("admn", "[profile admin]\n"),
        ),
        case("no_credentials_no_profiles", profile("admin", "# empty\n")),
        case(
            "no_credentials_source_profile",
            profile(
                "role",
                "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = gone\n",
            ),
        ),
        case("no_credentials_malformed_key", || {
            without_keys()
                .env("AWS_ACCESS_KEY_ID", "AKID EXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
        }),
        case("no_credentials_sso", profile("audit", SSO)),
        case(
            "no_credentials_login",
            profile(
                "console",
                "[profile console]\nlogin_session = arn:aws:iam::123456789012:user/Admin\n",
            ),
        ),
        case(
            "no_credentials_process",
            profile("own", "[profile own]\ncredential_process = false\n"),
        ),
        case("no_credentials_container", || {
            without_keys().env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/")
        }),
        case("unreachable_connection", || {
            get_session().against("http://127.0.0.1:9")
        }),
        case("unreachable_host", || {
            get_session().against("http://nowhere.invalid")
        }),
        case("unreachable_read_timeout", || {
            let server = Server::always(Act::SendAndHang(Vec::new()));
            get_session()
                .args(["--read-timeout", "50ms"])
                .served_by(server)
        }),
        case("unreachable_command_timeout", || {
            let server = Server::always(Act::SendAndHang(Vec::new()));
            get_session().args(["--timeout", "500ms"]).served_by(server)
        }),
        case("unreachable_certificate", || {
            let answer = |_: &_, _| Act::json(200, &session_reply());
            let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
            get_session()
                .env("AWS_CA_BUNDLE", other.ca_bundle.as_ref().unwrap())
                .served_by(server)
        }),
        case("unreachable_proxy", || {
            get_session()
                .env("HTTPS_PROXY", "http://127.0.0.1:9")
                .against("https://nowhere.invalid")
        }),
        case("unreachable_proxy_password", || {
            let proxy = Proxy::start(Manner::Refuse(407));
            get_session()
                .env("HTTPS_PROXY", proxy.url(""))
                .against("https://nowhere.invalid")
                .keep(proxy)
        }),
        case("other_disk_full", || {
            let server = Server::always(Act::json(200, &session_reply()));
            get_session().served_by(server).output_to("/dev/full")
        }),
        signal("signal_interrupt", "INT"),
        signal("signal_hang_up", "HUP"),
        signal("signal_terminate", "TERM"),
    ]
}

/// `text` without what differs between two runs.
fn stable(text: &str) -> String {
    let replacements = [
        (r"127\.0\.0\.1:\d{2,}", "127.0.0.1:PORT"),
        (r"localhost:\d+", "localhost:PORT"),
        (r"/\S+/tmp/\d+-\d+/", "FOLDER/"),
        // The system's words for a host without an address.
        (r#"(address information: )[^;("\n]*[^;("\n ]"#, "${1}REASON"),
        (r"\b\d+ ms\b", "N ms"),
    ];
    let mut text = text.to_owned();
    for (pattern, replacement) in replacements {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, replacement).into_owned();
    }
    text
}

/// Compares a text with the snapshot of this name.
fn compare(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(name, text));
}

/// Compares each case's message, as text and as JSON.
fn compare_all(cases: &[Case]) {
    let forms: [&[&str]; 2] = [&[], &["--errors", "json"]];
    let lines = cases.iter().flat_map(|case| forms.map(|form| (case, form)));
    let lines: Vec<_> = lines.collect();
    let runs = run_side_by_side(&lines, |(case, form)| (case.run)(form));
    for (case, runs) in cases.iter().zip(runs.chunks(forms.len())) {
        let [text, json] = runs else {
            unreachable!("two runs per case");
        };
        assert_eq!(text.code, json.code, "{}", case.name);
        let code = text.code.unwrap();
        let whole = format!("exit code {code}\n\n{}\n{}", text.stderr, json.stderr);
        compare(case.name, &stable(&whole));
    }
}

#[cfg(unix)]
#[test]
fn messages_about_usage_are_those_of_the_snapshots() {
    compare_all(&usage());
}

#[test]
fn messages_about_replies_are_those_of_the_snapshots() {
    compare_all(&replies());
}

#[cfg(unix)]
#[test]
fn messages_about_connections_are_those_of_the_snapshots() {
    compare_all(&connections());
}

#[cfg(unix)]
#[test]
fn every_exit_code_but_success_has_a_message() {
    let cases = [usage(), replies(), connections()];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    let codes = run_side_by_side(&cases, |case| (case.run)(&[]).code);
    let codes: BTreeSet<i32> = codes.into_iter().flatten().collect();
    for row in wsb::diagnostics::TABLE {
        assert!(codes.contains(&i32::from(row.code as u8)), "{row:?}");
    }
}

#[test]
fn the_help_of_each_command_is_that_of_the_snapshots() {
    let program = wsb::commands::command();
    let commands = program.get_subcommands().map(|command| command.get_name());
    for command in std::iter::once("").chain(commands) {
        let name = if command.is_empty() { "wsb" } else { command };
        for (option, length) in [("-h", "short"), ("--help", "long")] {
            let arguments = [command, option].into_iter().filter(|one| !one.is_empty());
            let run = wsb(arguments).run();
            run.code(0);
            let name = format!("help_{length}_{}", name.replace('-', "_"));
            compare(&name, &run.stdout);
        }
    }
}
