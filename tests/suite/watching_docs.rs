//! The units, the cron line and the filters of docs/watching.md, run as they are written there.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::{Act, PORTAL, Server, folder, skip_without, wait_until};
use crate::watches::{LIVES, Life, denial, id, is_list, lives, poll_of, session, watch};

const DOCUMENT: &str = include_str!("../../docs/watching.md");

/// The blocks of the document in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = Box::leak(format!("```{language}\n").into_boxed_str());
    let blocks = DOCUMENT.split(&*opening).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

/// What a shell prints.
fn shell(script: &str, files: &[(&str, &str)]) -> String {
    let folder = folder();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lines of a home folder for a service on loopback.
fn write_config(home: &Path, server: &Server) {
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    let url = server.url();
    let settings = format!(
        "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\nendpoint_url = {url}\n"
    );
    let config = format!("[default]\n{settings}[profile audit]\n{settings}");
    std::fs::write(home.join(".aws/config"), config).unwrap();
}

fn with_built_program(command: &str) -> String {
    assert!(command.contains("/usr/bin/wsb "), "{command}");
    command.replace("/usr/bin/wsb", env!("CARGO_BIN_EXE_wsb"))
}

fn portals_and_sessions() -> Server {
    lives(LIVES, |request, _| {
        let arn = crate::watches::arn(PORTAL);
        let portals = json!({"portals": [{"portalArn": arn}]}).to_string();
        (!request.target.starts_with("/portals/")).then(|| Act::json(200, &portals))
    })
}

/// A unit's `ExecStart`, with the variables and folders that systemd gives it.
fn exec_start(unit: &str, server: &Server) -> (Command, std::path::PathBuf) {
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    // What systemd makes of it: one argument between the quotes, `$$` a dollar.
    let script = line
        .strip_prefix("/bin/sh -c '")
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    let script = with_built_program(&script.replace("$$", "$"));
    let home = folder();
    write_config(&home, server);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).env_clear().env("HOME", &home);
    command
        .env("STATE_DIRECTORY", &home)
        .env("LOGS_DIRECTORY", &home);
    for line in unit.lines() {
        if let Some((name, value)) = line
            .strip_prefix("Environment=")
            .and_then(|v| v.split_once('='))
        {
            command.env(name, value);
        }
    }
    (command, home)
}

/// A process that does not outlive the test, even if that fails.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_unit_of_the_service_starts_and_is_not_failed_after_a_stop() {
    let unit = blocks("ini")[0];
    let server = portals_and_sessions();
    let (mut command, home) = exec_start(unit, &server);
    let mut service = Service(command.spawn().unwrap());
    let output = home.join("sessions.jsonl");
    wait_until("the first event", || {
        assert!(service.0.try_wait().unwrap().is_none());
        std::fs::read_to_string(&output).is_ok_and(|text| text.ends_with('\n'))
    });
    // What `systemctl stop` sends.
    let pid = service.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let code = service.0.wait().unwrap().code().unwrap();
    assert!(
        unit.contains(&format!("\nSuccessExitStatus={code}\n")),
        "{code}"
    );
    let event = &json_lines(&std::fs::read_to_string(&output).unwrap())[0];
    assert_eq!(event["event"], "active");
    assert!(home.join("sessions.state").exists());
}

#[test]
fn the_unit_of_the_timer_polls_once_and_continues() {
    let server = portals_and_sessions();
    let (mut command, home) = exec_start(blocks("ini")[1], &server);
    for _ in 0..2 {
        assert!(command.status().unwrap().success());
    }
    let events = json_lines(&std::fs::read_to_string(home.join("sessions.jsonl")).unwrap());
    assert_eq!(events.len(), 1);
}

#[test]
fn systemd_accepts_the_units() {
    if skip_without("systemd-analyze") {
        return;
    }
    let folder = folder();
    let units = blocks("ini");
    let names = ["wsb-watch.service", "wsb-poll.service", "wsb-poll.timer"];
    assert_eq!(units.len(), names.len());
    for (name, unit) in names.iter().zip(&units) {
        assert!(DOCUMENT.contains(&format!("/etc/systemd/system/{name}`")));
        std::fs::write(folder.join(name), unit).unwrap();
    }
    let output = Command::new("systemd-analyze")
        .arg("verify")
        .args(names.map(|name| folder.join(name)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("wsb-"), "{said}");
}

#[test]
fn the_line_for_cron_works_with_the_variables_that_cron_sets() {
    let line = blocks("text")[0].trim();
    let command: Vec<&str> = line.splitn(6, ' ').collect();
    // cron takes a percent sign for a line feed.
    assert!(!line.contains('%'), "{line}");
    let server = lives(LIVES, |_, _| None);
    let home = folder();
    write_config(&home, &server);
    for _ in 0..2 {
        let status = Command::new("/bin/sh")
            .args(["-c", &with_built_program(command[5])])
            .current_dir(&home)
            .env_clear()
            .env("HOME", &home)
            .env("LOGNAME", "audit")
            .env("SHELL", "/bin/sh")
            .env("PATH", "/usr/bin:/bin")
            .status()
            .unwrap();
        let said = std::fs::read_to_string(home.join("wsb.log")).unwrap();
        assert!(status.success() && said.is_empty(), "{said}");
    }
    let events = json_lines(&std::fs::read_to_string(home.join("sessions.jsonl")).unwrap());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["event"], "active");
}

/// A watch that sees a session come and go, a gap, and a user with a hostile name.
fn watch_with_gap(addresses: &'static [&'static str], arguments: &[&str]) -> String {
    const LIFE: Life = Life { from: 0, to: 3 };
    let lists = Mutex::new(0);
    let server = Server::start(move |request, _| {
        let poll = poll_of(request, &lists);
        match poll {
            1 => return Act::error(500, "InternalServerException", "oops"),
            4.. => return denial(),
            _ => {}
        }
        let mut found = session(0, LIFE, poll);
        found["username"] = json!("CORP\\a=b\u{1b}[31m");
        found["clientIpAddresses"] = json!(addresses);
        let body = if is_list(request) {
            json!({ "sessions": [found] })
        } else {
            json!({ "session": found })
        };
        Act::json(200, &body.to_string())
    });
    let run = watch(&server, &[PORTAL, "-o", "jsonl"])
        .args(arguments)
        .run();
    // The denials that end it are a gap, too.
    let lines: Vec<&str> = run.stdout.lines().collect();
    lines[..3].join("\n") + "\n"
}

#[test]
fn the_filter_for_ecs_gives_one_id_per_start_and_always_a_time() {
    if skip_without("jq") {
        return;
    }
    let events = watch_with_gap(&["192.0.2.1", "2001:db8::1"], &[]);
    let without_times = r#"{"event":"started","session":{"sessionId":"x"}}"#;
    let lost = r#"{"event":"portal-lost","from":"a","to":"b","portalId":"p","region":"r"}"#;
    let started = events
        .lines()
        .next()
        .unwrap()
        .replacen("active", "started", 1);
    let input = format!("{events}{started}\n{without_times}\n{lost}\n");
    let printed = json_lines(&shell(
        "jq -c -f ecs.jq sessions.jsonl",
        &[("ecs.jq", blocks("jq")[0]), ("sessions.jsonl", &input)],
    ));
    let mut expected = json!({
        "@timestamp": "2025-01-01T00:00:00Z",
        "event": {
            "kind": "event", "category": ["session"], "dataset": "wsb.sessions", "action": "active",
            "type": ["info"], "id": format!("{}-started", id(0)), "start": "2025-01-01T00:00:00Z",
        },
        "user": {"name": "CORP\\a=b\u{1b}[31m"},
        "source": {"ip": "192.0.2.1"},
        "related": {"ip": ["192.0.2.1", "2001:db8::1"], "user": ["CORP\\a=b\u{1b}[31m"]},
        "cloud": {"provider": "aws", "region": "us-east-1", "account": {"id": "123456789012"}},
        "labels": {"session_id": id(0), "portal_id": PORTAL},
    });
    assert_eq!(printed[0], expected);
    assert_eq!(printed[3]["event"]["id"], printed[0]["event"]["id"]);
    let gap: Value = serde_json::from_str(events.lines().nth(1).unwrap()).unwrap();
    assert_eq!(printed[1]["@timestamp"], gap["to"]);
    assert_eq!(printed[1]["event"]["kind"], "pipeline_error");
    assert_eq!(printed[1]["event"]["start"], gap["from"]);
    assert_eq!(printed[1]["labels"]["portal_id"], PORTAL);
    let end = json!("2025-01-01T00:00:03.500Z");
    expected["@timestamp"] = end.clone();
    expected["event"]["action"] = json!("ended");
    expected["event"]["type"] = json!(["end"]);
    expected["event"]["id"] = json!(format!("{}-ended", id(0)));
    expected["event"]["end"] = end;
    assert_eq!(printed[2], expected);
    assert!(printed[4]["@timestamp"].is_string());
    assert_eq!(printed[5]["event"]["action"], "portal-lost");
    assert_eq!(printed[5]["@timestamp"], "b");
}

#[test]
fn the_filter_for_cef_puts_each_address_into_its_field() {
    if skip_without("jq") {
        return;
    }
    for (addresses, field) in [
        (&["192.0.2.1"][..], " src=192.0.2.1"),
        (
            &["2001:db8::1"],
            " c6a2Label=Source IPv6 Address c6a2=2001:db8::1",
        ),
        (
            &["::ffff:192.0.2.1"],
            " c6a2Label=Source IPv6 Address c6a2=::ffff:192.0.2.1",
        ),
        (&[], ""),
    ] {
        let events = watch_with_gap(addresses, &["--timestamps", "epoch"]);
        let printed = shell(
            "jq -r -f cef.jq sessions.jsonl",
            &[("cef.jq", blocks("jq")[1]), ("sessions.jsonl", &events)],
        );
        let lines: Vec<&str> = printed.lines().collect();
        let known = format!(
            "externalId={} suser=CORP\\\\a\\=b [31m{field} start=1735689600000",
            id(0)
        );
        let portal = format!("cs1Label=portal cs1={PORTAL}");
        let prefix = "CEF:0|wsb|watch-sessions|1|";
        assert_eq!(
            lines[0],
            format!("{prefix}active|Session active|3|{known} {portal}")
        );
        assert!(
            lines[1].starts_with(&format!("{prefix}gap|Portal not observed|5|start=1")),
            "{printed}"
        );
        let end = "end=1735689603500";
        assert_eq!(
            lines[2],
            format!("{prefix}ended|Session ended|3|{known} {end} {portal}")
        );
        assert_eq!(lines.len(), 3);
    }
}

#[test]
fn the_filter_for_duplicates_keeps_the_first_of_each_in_order_and_the_gaps() {
    if skip_without("jq") {
        return;
    }
    let events = watch_with_gap(&[], &[]);
    // A second run calls the start by its other name, and has a gap of its own.
    let again = events
        .replace(r#""event":"active""#, r#""event":"started""#)
        .replace(r#""from":"2"#, r#""from":"1"#);
    let script = blocks("sh")
        .into_iter()
        .find(|block| block.contains("foreach"))
        .unwrap();
    let printed = shell(
        script,
        &[("sessions.jsonl", &format!("{events}{again}{events}"))],
    );
    let names: Vec<Value> = json_lines(&printed)
        .iter()
        .map(|event| event["event"].clone())
        .collect();
    assert_eq!(names, ["active", "gap", "ended", "gap"]);
}
