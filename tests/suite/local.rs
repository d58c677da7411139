//! `wsb local`: the emulator service, a command that runs against it, and what its data file can do
//! to calls.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wsb::emulator::sample;

use crate::support::{Act, Finished, Server, Wsb, folder, skip_without, wsb};

const PORTAL: &str = sample::PORTAL;
const SESSION: &str = sample::ACTIVE;

/// The folders of shells and their tools.
const TOOLS: &str = "/usr/bin:/bin";

/// `wsb local OPTIONS -- COMMAND`.
fn local(options: &[&str], command: &[&str]) -> Wsb {
    wsb(["local"])
        .args(options)
        .args(["--"])
        .args(command)
        .env("PATH", TOOLS)
}

/// `wsb get-session` of the sample's active session against the emulator.
fn get_session(options: &[&str], arguments: &[&str]) -> Wsb {
    local(options, &["wsb", "get-session", PORTAL, SESSION]).args(arguments)
}

fn data_file(text: &str) -> PathBuf {
    let path = folder().join("data.json");
    std::fs::write(&path, text).unwrap();
    path
}

/// `wsb get-session` of a session, with these behaviors.
fn with_behaviors(behaviors: Value, arguments: &[&str]) -> Finished {
    let data = json!({
        "portals": [{"portalId": PORTAL, "sessions": [{
            "sessionId": SESSION, "status": "Active", "username": "alice", "startTime": 1_735_689_600,
        }]}],
        "behaviors": behaviors,
    });
    let data = data_file(&data.to_string());
    get_session(&["--data", data.to_str().unwrap()], arguments).run()
}

#[test]
fn a_session_of_the_sample_is_shown_by_one_command() {
    let run = get_session(&[], &["-o", "json"]).run();
    run.code(0);
    assert_eq!(run.stderr, "");
    let session = &run.json()["session"];
    assert_eq!(session["sessionId"], SESSION);
    assert_eq!(session["status"], "Active");
    assert_eq!(session["username"], "alice");
    assert_eq!(
        session["portalArn"],
        format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}")
    );
}

#[test]
fn every_session_of_the_sample_is_served_and_no_other() {
    let ids = [
        sample::ACTIVE,
        sample::ENDED,
        sample::IPV6,
        sample::MANY_ADDRESSES,
        sample::NAMELESS,
        sample::HOSTILE,
    ];
    let run = local(&[], &["wsb", "get-session", PORTAL])
        .args(ids)
        .args(["--field", "sessionId"])
        .run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    local(&[], &["wsb", "get-session", sample::SECOND_PORTAL, SESSION])
        .run()
        .code(4)
        .says(&["ResourceNotFoundException", "session", SESSION]);
    local(&[], &["wsb", "get-session", SESSION, SESSION])
        .run()
        .code(4)
        .says(&["The portal"]);
}

#[cfg(unix)]
#[test]
fn wsb_ends_with_the_commands_exit_code() {
    for (script, code) in [("exit 7", 7), ("exit 0", 0), ("kill -TERM $$", 128 + 15)] {
        local(&[], &["sh", "-c", script]).run().code(code);
    }
    local(&[], &["/nowhere/nothing"])
        .run()
        .code(127)
        .says(&["cannot run /nowhere/nothing"]);
    local(&[], &["no-such-command"]).run().code(127);
    local(&[], &["/dev/null"]).run().code(126);
    // A path needs no PATH.
    local(&[], &["/bin/sh", "-c", "exit 3"])
        .without("PATH")
        .run()
        .code(3);
}

#[cfg(unix)]
#[test]
fn the_commands_input_and_output_are_its_own() {
    let run = local(&[], &["sh", "-c", "cat; echo problem >&2"])
        .input("text\n")
        .run();
    run.code(0);
    assert_eq!((&*run.stdout, &*run.stderr), ("text\n", "problem\n"));
}

#[cfg(unix)]
#[test]
fn no_other_variable_of_aws_reaches_the_command_or_the_shell() {
    const FOREIGN: [&str; 7] = [
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_CREDENTIAL_FILE",
        "AWS_ENDPOINT_URL_STS",
        "AWS_LOGIN_CACHE_DIRECTORY",
        "AWS_CA_BUNDLE",
    ];
    let with_foreign = |run: Wsb| {
        FOREIGN
            .iter()
            .fold(run, |run, name| run.env(name, "foreign"))
    };
    let run = with_foreign(local(&[], &["env"])).run();
    run.code(0);
    assert!(!run.stdout.contains("foreign"), "{run:?}");
    assert_eq!(run.stdout.matches("AWS_ACCESS_KEY_ID=").count(), 1);
    // The lines for another shell remove what that shell has.
    let mut running = wsb(["local"]).start();
    let lines = running.output_until("# Try: ");
    let foreign: String = FOREIGN
        .iter()
        .map(|name| format!("export {name}=foreign\n"))
        .collect();
    let output = shell(&format!("{foreign}{lines}\nenv"));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("AWS_ACCESS_KEY_ID="), "{output:?}");
    assert!(!printed.contains("foreign"), "{printed}");
}

#[cfg(unix)]
#[test]
fn the_command_gets_the_emulator_and_nothing_of_the_users_account() {
    let script = r#"
        case "$AWS_ENDPOINT_URL_WORKSPACES_WEB" in http://127.0.0.1:*) ;; *) exit 1 ;; esac
        test "$AWS_CONFIG_FILE" = /dev/null && test "$AWS_SHARED_CREDENTIALS_FILE" = /dev/null &&
        test -n "$AWS_SECRET_ACCESS_KEY" && test "$AWS_SECRET_ACCESS_KEY" != mine &&
        test -z "$AWS_PROFILE$AWS_ENDPOINT_URL$AWS_WEB_IDENTITY_TOKEN_FILE$AWS_CA_BUNDLE" &&
        exec wsb get-session "$1" "$2" --field username"#;
    let run = local(&[], &["sh", "-c", script, "sh", PORTAL, SESSION])
        .env("AWS_ACCESS_KEY_ID", "MINE")
        .env("AWS_SECRET_ACCESS_KEY", "mine")
        .env("AWS_PROFILE", "nobody")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")
        .env("AWS_CA_BUNDLE", "/nowhere")
        .env("AWS_USE_FIPS_ENDPOINT", "true")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .run();
    run.code(0);
    assert_eq!(run.stdout, "alice\n");
}

#[cfg(unix)]
#[test]
fn the_credentials_are_new_with_each_start() {
    let secret = || {
        let run = local(&[], &["sh", "-c", "echo $AWS_SECRET_ACCESS_KEY"]).run();
        run.code(0);
        run.stdout
    };
    assert_ne!(secret(), secret());
}

/// A call by a shell that first changes its environment.
fn with_change(change: &str) -> Finished {
    let script = format!(r#"{change} && exec wsb get-session "$@""#);
    local(&[], &["sh", "-c", &script, "sh", PORTAL, SESSION]).run()
}

#[cfg(unix)]
#[test]
fn a_wrong_secret_gets_the_services_answer() {
    with_change("export AWS_SECRET_ACCESS_KEY=wrong")
        .code(8)
        .says(&[
            "InvalidSignatureException",
            "does not match the signature you provided",
        ]);
}

#[cfg(unix)]
#[test]
fn a_wrong_token_or_key_gets_the_services_answer() {
    for change in [
        "export AWS_SESSION_TOKEN=stale",
        "unset AWS_SESSION_TOKEN",
        "export AWS_ACCESS_KEY_ID=ASIAWRONG",
    ] {
        with_change(change)
            .code(8)
            .says(&["UnrecognizedClientException"]);
    }
}

#[test]
fn expired_credentials_and_another_region_are_told_apart() {
    let expired = data_file(
        r#"{"credentials": {"accessKeyId": "A", "secretAccessKey": "s", "expired": true}}"#,
    );
    get_session(&["--data", expired.to_str().unwrap()], &[])
        .run()
        .code(8)
        .says(&["ExpiredTokenException"]);
    let region = data_file(r#"{"region": "eu-west-1"}"#);
    get_session(
        &["--data", region.to_str().unwrap()],
        &["--region", "us-east-1"],
    )
    .run()
    .code(8)
    .says(&["valid region, not 'us-east-1'"]);
    get_session(&["--data", region.to_str().unwrap()], &[])
        .run()
        .code(4)
        .says(&["eu-west-1"]);
}

#[test]
fn a_shifted_clock_is_noticed_and_corrected() {
    let ids: Vec<String> = (0..20).map(wsb::emulator::generated_session_id).collect();
    for (offset, direction) in [(-800, "ahead of"), (-600, "ahead of"), (800, "behind")] {
        let data = json!({
            "clockOffsetSeconds": offset,
            "generate": {"portalId": PORTAL, "sessions": ids.len()},
        });
        let data = data_file(&data.to_string());
        let run = local(
            &["--data", data.to_str().unwrap()],
            &["wsb", "get-session", PORTAL, "-", "--field", "sessionId"],
        );
        let started = Instant::now();
        let run = run.input(ids.join("\n")).run();
        run.code(0);
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
        // Only once, although sixteen calls meet it. The two readings are as far apart as the run is
        // long at most, and each is in whole seconds.
        let distance = i64::abs(offset);
        let apart = 1 + started.elapsed().as_secs().cast_signed();
        let says = (distance - apart..=distance + apart).map(|seconds| {
            format!("warning: this machine's clock is {seconds} s {direction} the service's")
        });
        assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
        assert!(
            says.into_iter().any(|says| run.stderr.starts_with(&says)),
            "{run:#?}"
        );
    }
}

const ANOTHER: &str = "22222222-2222-4222-8222-222222222222";

#[test]
fn throttled_calls_are_repeated_until_the_file_ends_it() {
    let throttle = json!([{"times": 2, "throttle": {"retryAfter": 0}}]);
    let run = with_behaviors(throttle, &["--field", "username", "-v"]);
    run.code(0)
        .says(&["HTTP 429", "attempt 2 of 3", "attempt 3 of 3"]);
    assert_eq!(run.stdout, "alice\n");
    with_behaviors(json!([{"throttle": {"retryAfter": 0}}]), &[])
        .code(6)
        .says(&["ThrottlingException", "Rate exceeded"]);
    with_behaviors(
        json!([{"perSecond": 0.001}]),
        &[ANOTHER, "--concurrency", "1", "--max-attempts", "1"],
    )
    .code(6);
}

#[test]
fn an_error_is_the_one_in_the_file() {
    with_behaviors(
        json!([{"fail": {"status": 403, "code": "AccessDeniedException", "message": "not you"}}]),
        &[],
    )
    .code(3)
    .says(&["AccessDeniedException", "not you"]);
    let other = json!([{"session": sample::ENDED, "fail": {"status": 500, "code": "X"}}]);
    with_behaviors(other, &[]).code(0);
    let none = json!([{"share": 0.0, "fail": {"status": 500, "code": "X"}}]);
    with_behaviors(none, &[]).code(0);
}

#[test]
fn a_delay_holds_the_reply_back() {
    let started = Instant::now();
    with_behaviors(json!([{"delay": 40}]), &[]).code(0);
    assert!(started.elapsed() >= Duration::from_millis(40));
    with_behaviors(json!([{"delay": 60_000}]), &["--timeout", "100ms"])
        .code(9)
        .says(&["the time for the command ran out"]);
    with_behaviors(
        json!([{"delay": 60_000}]),
        &["--read-timeout", "100ms", "--max-attempts", "1"],
    )
    .code(9)
    .says(&["no reply in time"]);
}

#[test]
fn a_cut_connection_is_attempted_again() {
    for (place, code) in [("before", 9), ("middle", 10)] {
        let run = with_behaviors(
            json!([{"times": 1, "cut": place}]),
            &["--field", "username", "-v"],
        );
        run.code(0).says(&["attempt 2 of 3"]);
        assert_eq!(run.stdout, "alice\n");
        with_behaviors(json!([{"cut": place}]), &["--max-attempts", "1"]).code(code);
    }
}

#[test]
fn a_session_ends_when_the_file_says() {
    for (after, status) in [(0, "Terminated"), (3600, "Active")] {
        let run = with_behaviors(
            json!([{"session": SESSION, "endAfter": after}]),
            &["-o", "json"],
        );
        run.code(0);
        let session = &run.json()["session"];
        assert_eq!(session["status"], status);
        assert_eq!(session["endTime"].is_string(), status == "Terminated");
    }
}

#[test]
fn unknown_fields_are_served_and_kept() {
    let data = json!({"portals": [{"portalId": PORTAL, "sessions": [
        {"sessionId": SESSION, "future": {"a": [1, null]}}
    ]}]});
    let data = data_file(&data.to_string());
    let run = get_session(&["--data", data.to_str().unwrap()], &["-o", "json"]).run();
    run.code(0);
    assert_eq!(run.json()["session"]["future"], json!({"a": [1, null]}));
}

#[test]
fn a_malformed_data_file_is_2_and_the_member_is_named() {
    let session = |session: Value| {
        json!({"portals": [{"portalId": PORTAL, "sessions": [session]}]}).to_string()
    };
    for (text, member) in [
        (String::new(), "line 1"),
        ("[]".to_owned(), "a list, not an object"),
        ("{\n\"portal\": []}".to_owned(), "line 2"),
        ("7".to_owned(), "expected an object at line 1"),
        (
            json!({"portals": [{"portalId": "x"}]}).to_string(),
            "portals[0].portalId",
        ),
        (
            session(json!({"sessionId": "x".repeat(37)})),
            "portals[0].sessions[0].sessionId",
        ),
        (
            session(json!({"sessionId": SESSION, "startTime": "now"})),
            "portals[0].sessions[0].startTime",
        ),
        (
            json!({"behaviors": [{"delay": 1}, {"share": 2, "delay": 1}]}).to_string(),
            "behaviors[1].share",
        ),
        (
            json!({"behaviors": [{"session": SESSION, "endAfter": 1}]}).to_string(),
            "behaviors[0]",
        ),
        (
            json!({"behaviors": [{"reply": {"status": 200, "headers": {"Content-Length": "3"}}}]})
                .to_string(),
            "behaviors[0].reply.headers: content-length",
        ),
    ] {
        let path = data_file(&text);
        let name = path.display().to_string();
        let run = local(&["--data", &name], &["sh", "-c", "echo started"]).run();
        run.code(2).says(&[&name, member]);
        assert_eq!(run.stdout, "");
    }
    local(&["--data", "/nowhere/data.json"], &["true"])
        .run()
        .code(2)
        .says(&["/nowhere/data.json"]);
}

#[test]
fn an_address_in_use_ends_with_1_and_is_named() {
    let server = Server::always(Act::Close);
    let address = server.address().to_string();
    local(&["--listen", &address], &["true"])
        .run()
        .code(1)
        .says(&["cannot listen on", &address]);
}

/// Runs a script in a shell that has `wsb`, and an account that does not work.
fn shell(script: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_wsb"));
    let folder = program.parent().unwrap().display();
    Command::new("/bin/sh")
        .args(["-eu", "-c", script])
        .env_clear()
        .env("PATH", format!("{folder}:{TOOLS}"))
        .env("AWS_PROFILE", "nobody")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn without_a_command_it_prints_lines_for_a_shell_and_serves_until_a_signal_comes() {
    let mut running = wsb(["local"]).env("NO_PROXY", "it's.example").start();
    let exports = running.output_until("# Try: ");
    let command = exports.lines().last().unwrap();
    let command = command.strip_prefix("# Try: ").unwrap();
    let output = shell(&format!("{exports}\n{command} --field username"));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "alice\n",
        "{output:?}"
    );
    let output = shell(&format!("{exports}\necho \"$NO_PROXY\""));
    let hosts = String::from_utf8_lossy(&output.stdout);
    assert!(hosts.starts_with("it's.example,127.0.0.1,"), "{hosts}");
    running.signal("INT");
    let run = running.finish();
    run.code(0);
    assert_eq!(run.stderr, "");
}

#[cfg(unix)]
#[test]
fn every_signal_that_asks_for_an_end_ends_the_service_with_0() {
    // Code 0 means that the program handles the signal, as it must where it is process 1 of a container.
    for signal in ["INT", "TERM", "HUP"] {
        let mut running = wsb(["local"]).start();
        running.output_until("# Try: ");
        running.signal(signal);
        running.finish().code(0);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_is_handed_on_to_the_command_and_its_code_is_the_programs() {
    for signal in ["TERM", "HUP"] {
        let script = format!(
            "trap 'echo caught; kill -KILL $!; exit 9' {signal}; sleep 600 >/dev/null & echo ready; wait"
        );
        let mut running = local(&[], &["sh", "-c", &script]).start();
        running.output_until("ready");
        running.signal(signal);
        let run = running.finish();
        run.code(9);
        assert!(run.stdout.ends_with("caught\n"), "{run:?}");
    }
    let mut running = local(&[], &["sh", "-c", "echo ready; exec sleep 600"]).start();
    running.output_until("ready");
    running.signal("TERM");
    running.finish().code(128 + 15);
}

#[cfg(unix)]
#[test]
fn with_nohup_the_end_of_the_terminal_ends_nothing() {
    let mut running = wsb(["local"]).after("trap '' HUP").start();
    running.output_until("# Try: ");
    running.signal("HUP");
    running.signal("TERM");
    let run = running.finish();
    run.code(0);
}

/// What a terminal shows while a person at it runs `wsb local -- COMMAND` and leaves at once.
#[cfg(target_os = "linux")]
fn at_a_terminal(command: &str) -> String {
    let script = format!("{} local -- {command}", env!("CARGO_BIN_EXE_wsb"));
    let mut child = Command::new("script")
        .args(["-qec", &script, "/dev/null"])
        .env_clear()
        .env("PATH", TOOLS)
        .env("HOME", folder())
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"exit\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn the_prompt_of_a_shell_says_that_it_talks_to_the_emulator() {
    if skip_without("script") {
        return;
    }
    for shell in ["/bin/sh", "bash", "dash"] {
        if skip_without(shell) {
            continue;
        }
        let shown = at_a_terminal(shell);
        assert!(shown.contains("(wsb local) "), "{shell}: {shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_shell_at_a_terminal_is_told_that_it_talks_to_the_emulator() {
    if skip_without("script") {
        return;
    }
    let note = "note: this shell talks to the emulator";
    let shown = at_a_terminal("/bin/sh");
    assert!(shown.contains(note), "{shown}");
    for command in ["sh -c true", "true"] {
        let shown = at_a_terminal(command);
        assert!(!shown.contains(note), "{shown}");
    }
    // Nobody is there to read it.
    let run = local(&[], &["sh"]).input("exit\n").run();
    run.code(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_data_file_may_start_with_a_byte_order_mark_and_utf_16_is_named() {
    let text = format!("\u{feff}{}", json!({"portals": [{"portalId": PORTAL}]}));
    let file = data_file(&text);
    let run = local(
        &["--data", file.to_str().unwrap()],
        &["wsb", "list-portals", "-o", "jsonl"],
    );
    let run = run.run();
    run.code(0);
    assert!(run.stdout.contains(PORTAL), "{run:?}");
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, units).unwrap();
    local(&["--data", file.to_str().unwrap()], &["true"])
        .run()
        .code(2)
        .says(&["data.json", "UTF-16", "save it as UTF-8"]);
}

#[test]
fn null_in_a_session_counts_as_left_out() {
    let data = json!({"portals": [{"portalId": PORTAL, "sessions": [{
        "sessionId": SESSION, "status": "Active", "startTime": 1_735_689_600, "endTime": null, "username": null,
        "clientIpAddresses": null,
    }]}]});
    let data = data_file(&data.to_string());
    let run = get_session(&["--data", data.to_str().unwrap()], &["-o", "json"]).run();
    run.code(0);
    let session = run.json()["session"].clone();
    assert!(session.get("endTime").is_none(), "{session}");
    assert_eq!(session["status"], "Active");
}

/// The IDs in the ARNs of the portals that a region lists.
fn portals_of(region: &str, options: &[&str]) -> Vec<String> {
    let run = local(options, &["wsb", "list-portals", "--region", region])
        .args(["-o", "text", "--query", "portals[].portalArn"])
        .run();
    run.code(0);
    let arns = run.stdout.split_whitespace();
    arns.map(|arn| {
        assert!(arn.contains(&format!(":{region}:")), "{arn}");
        arn.rsplit('/').next().unwrap().to_owned()
    })
    .collect()
}

#[test]
fn each_region_has_its_own_portals() {
    assert_eq!(
        portals_of(sample::REGION, &[]),
        [sample::PORTAL, sample::SECOND_PORTAL]
    );
    assert_eq!(
        portals_of(sample::OTHER_REGION, &[]),
        [sample::THIRD_PORTAL]
    );
    assert_eq!(portals_of("ap-south-1", &[]), [""; 0]);
    local(&[], &["wsb", "list-sessions", sample::THIRD_PORTAL])
        .run()
        .code(4)
        .says(&["ResourceNotFoundException"]);
    let run = local(&[], &["wsb", "list-sessions", sample::THIRD_PORTAL])
        .args(["--region", sample::OTHER_REGION, "--status", "active"])
        .args(["--field", "username"])
        .run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
}

#[test]
fn a_behavior_may_be_for_one_region_or_portal() {
    let data = json!({
        "portals": [
            {"portalId": PORTAL},
            {"portalId": sample::SECOND_PORTAL},
            {"portalId": sample::THIRD_PORTAL, "region": sample::OTHER_REGION},
        ],
        "behaviors": [
            {"region": sample::OTHER_REGION, "fail": {"status": 403, "code": "AccessDeniedException"}},
            {"portal": sample::SECOND_PORTAL, "fail": {"status": 404, "code": "ResourceNotFoundException"}},
        ],
    });
    let data = data_file(&data.to_string());
    let call = |arguments: &[&str]| {
        let options = ["--data", data.to_str().unwrap()];
        local(&options, &["wsb"]).args(arguments).run()
    };
    call(&["list-portals"]).code(0);
    call(&["list-portals", "--region", sample::OTHER_REGION]).code(3);
    call(&["list-sessions", PORTAL]).code(0);
    call(&["list-sessions", sample::SECOND_PORTAL]).code(4);
}

#[test]
fn the_sample_has_enough_sessions_for_a_timeline_and_a_usage_table() {
    for (portal, region, active) in [
        (sample::PORTAL, sample::REGION, 3),
        (sample::SECOND_PORTAL, sample::REGION, 19),
        (sample::THIRD_PORTAL, sample::OTHER_REGION, 2),
    ] {
        let run = local(&[], &["wsb", "list-sessions", portal, "--region", region])
            .args(["-o", "json"])
            .run();
        run.code(0);
        let list = run.json();
        let sessions = list["sessions"].as_array().unwrap();
        let of = |name: &str| -> Vec<&str> {
            sessions
                .iter()
                .filter_map(|session| session[name].as_str())
                .collect()
        };
        let is_active = |status: &&str| *status == "Active";
        assert_eq!(of("status").into_iter().filter(is_active).count(), active);
        let users: BTreeSet<&str> = of("username").into_iter().collect();
        let days: BTreeSet<&str> = of("startTime").iter().map(|time| &time[..10]).collect();
        assert!(users.len() >= 5, "{users:?}");
        assert!(days.len() >= 5, "{days:?}");
        // Lives overlap, and none has a negative length.
        let mut starts_and_ends = Vec::new();
        for session in sessions {
            let start = session["startTime"].as_str().unwrap();
            let end = session["endTime"].as_str().unwrap_or("9999");
            assert!(start < end, "{session}");
            starts_and_ends.push((start, end));
        }
        let overlap = |(start, end): &(&str, &str)| {
            let others = starts_and_ends.iter();
            others
                .filter(|(other, until)| other <= end && start <= until)
                .count()
        };
        let most = starts_and_ends.iter().map(overlap).max();
        assert!(most > Some(3), "{most:?}");
    }
}
