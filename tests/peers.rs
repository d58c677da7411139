//! `wsb` and its emulator against clients and servers that are not ours: the AWS CLI, boto3,
//! botocore's signer, moto, curl and readers of YAML.
//!
//! They come from the registries (`tests/peers/requirements.txt`), so these tests run when asked
//! for: `.ci/run` does. `WSB_PEERS` names the virtual environment, `target/peers` is the default.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

#[path = "peers/sign_in.rs"]
mod beside_aws;
#[path = "peers/queries.rs"]
mod queries;
#[allow(dead_code, reason = "the tests of wsb alone need more of it")]
#[path = "sign_in/mod.rs"]
mod sign_in;
#[allow(
    dead_code,
    unused_imports,
    reason = "the tests of wsb alone need more of it"
)]
#[path = "suite/support/mod.rs"]
mod support;
#[path = "peers/yaml.rs"]
mod yaml;

const PORTAL: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const ENDED: &str = "22222222-2222-4222-8222-222222222222";
const ABSENT: &str = "00000000-0000-4000-8000-000000000000";

/// A virtual environment's program; the message says how to get one.
fn peer(name: &str) -> PathBuf {
    let venv = std::env::var_os("WSB_PEERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers"),
        PathBuf::from,
    );
    let program = venv.join("bin").join(name);
    assert!(
        program.exists(),
        "{} is not there. Install the peers: python3 -m venv {venv} && {venv}/bin/pip install -r tests/peers/requirements.txt",
        program.display(),
        venv = venv.display(),
    );
    program
}

/// A new, empty folder.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "peers-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A command in an empty world.
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_PAGER", "");
    command
}

/// Runs a command that has to succeed, and gives its standard output.
#[track_caller]
fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:#?}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(command: &mut Command) -> Value {
    let text = stdout(command);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A server in a process of its own, which ends with this value.
struct Server {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.lines.read_line(&mut line).unwrap();
        assert!(length > 0, "the server ended");
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `wsb local` with this data, and the environment that it says to set.
struct RunningEmulator {
    environment: BTreeMap<String, String>,
    _server: Server,
}

impl RunningEmulator {
    fn start(data: &Value) -> Self {
        let file = folder().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        let mut server = Server::start(
            command(env!("CARGO_BIN_EXE_wsb"))
                .arg("local")
                .arg("--data")
                .arg(file),
        );
        let mut environment = BTreeMap::new();
        // The last variable is the end of what it prints.
        while !environment.contains_key("no_proxy") {
            let line = server.line();
            if let Some((name, value)) = line
                .strip_prefix("export ")
                .and_then(|rest| rest.split_once('='))
            {
                environment.insert(name.to_owned(), value.trim_matches('\'').to_owned());
            }
        }
        Self {
            environment,
            _server: server,
        }
    }

    fn run(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = command(program);
        command.envs(&self.environment);
        command
    }

    /// `aws`, its times in ISO 8601 as those of version 2 are by default.
    fn aws(&self) -> Command {
        let config = folder().join("config");
        std::fs::write(&config, "[default]\ncli_timestamp_format = iso8601\n").unwrap();
        let mut aws = self.run(peer("aws"));
        // An offset that is not nought shows whether times are compared as points in time.
        aws.env("AWS_CONFIG_FILE", config).env("TZ", "Asia/Kolkata");
        aws
    }

    fn wsb(&self) -> Command {
        self.run(env!("CARGO_BIN_EXE_wsb"))
    }

    fn get(&self, name: &str) -> &str {
        &self.environment[name]
    }
}

/// The arguments of one `get-session`, which both programs take.
fn get_session<'a>(session: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec![
        "get-session",
        "--portal-id",
        PORTAL,
        "--session-id",
        session,
    ];
    arguments.extend(more);
    arguments
}

/// A document with the AWS CLI's times in `wsb`'s notation, wherever they stand.
fn normalised(mut document: Value) -> Value {
    fn rewrite(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(rewrite),
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        ("startTime" | "endTime" | "creationDate", Value::String(time)) => {
                            let point: Timestamp = time.parse().unwrap();
                            *time = match point.subsec_nanosecond() {
                                0 => format!("{point:.0}"),
                                _ => format!("{point:.3}"),
                            };
                        }
                        (_, value) => rewrite(value),
                    }
                }
            }
            _ => {}
        }
    }
    rewrite(&mut document);
    document
}

/// Sessions of every kind that the service's model allows, under IDs that count up.
fn sessions() -> Value {
    let many: Vec<String> = (1..=45).map(|n| format!("203.0.113.{n}")).collect();
    let kinds = [
        json!({"status": "Active", "username": "alice", "clientIpAddresses": ["198.51.100.7"], "startTime": 1_763_906_531}),
        json!({"status": "Terminated", "username": "bob@example.com", "clientIpAddresses": ["198.51.100.23", "203.0.113.9"], "startTime": 1_763_906_531.25, "endTime": 1_763_914_571.875}),
        json!({"status": "Active", "username": "carol", "clientIpAddresses": ["2001:db8::1", "2001:db8:85a3::8a2e:370:7334", "fe80::1%eth0"], "startTime": 1_763_906_531.5}),
        json!({"status": "Terminated", "username": "dave", "clientIpAddresses": many, "startTime": 946_684_800, "endTime": 4_102_444_799_u64}),
        json!({"status": "Active", "clientIpAddresses": ["192.0.2.44"], "startTime": 1_763_906_531}),
        json!({"status": "Terminated", "username": "=cmd|'/C calc'!A0\u{1b}]0;owned\u{7}\u{1b}[31m\u{9b}2J\u{202e}gpj.exe\r\nfake\trow\"\\\u{2028}", "clientIpAddresses": ["192.0.2.66"], "startTime": 1_763_906_531}),
        json!({"status": "Terminated", "username": "", "clientIpAddresses": [], "startTime": 1_763_906_531.001, "endTime": 1_763_906_531.999}),
        json!({"status": "Active", "username": "Zoë 山田 نور 👩‍💻", "startTime": 1_763_906_531}),
        json!({"status": "Active"}),
    ];
    let with_ids = kinds.into_iter().enumerate().map(|(number, mut session)| {
        session["sessionId"] = json!(session_id(number));
        session
    });
    with_ids.collect()
}

fn session_id(number: usize) -> String {
    format!("99999999-0000-4000-8000-{number:012}")
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn the_same_arguments_give_the_aws_clis_document() {
    let sessions = sessions();
    let count = sessions.as_array().unwrap().len();
    let service = RunningEmulator::start(&json!({
        "region": "eu-west-1",
        "portals": [{"portalId": PORTAL, "sessions": sessions}],
    }));
    for number in 0..count {
        let id = session_id(number);
        let arguments = get_session(&id, &["--output", "json"]);
        let theirs = json(service.aws().arg("workspaces-web").args(&arguments));
        let ours = json(service.wsb().args(&arguments));
        assert_eq!(ours, normalised(theirs), "session {number}");
        assert_eq!(ours["session"]["sessionId"], *id);
    }
    // Version 1 gives the service's own numbers by default, which is what --timestamps epoch does.
    for number in [1, 3] {
        let id = session_id(number);
        let arguments = get_session(&id, &["--output", "json"]);
        let theirs = json(
            service
                .run(peer("aws"))
                .arg("workspaces-web")
                .args(&arguments),
        );
        let ours = json(
            service
                .wsb()
                .args(&arguments)
                .args(["--timestamps", "epoch"]),
        );
        assert_eq!(ours, theirs, "session {number}");
    }
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn the_same_query_gives_the_aws_clis_answer() {
    let service = RunningEmulator::start(&json!({"portals": [{"portalId": PORTAL, "sessions": [{
        "sessionId": ENDED, "status": "Terminated", "username": "bob@example.com",
        "clientIpAddresses": ["198.51.100.23", "203.0.113.9"],
        "startTime": 1_763_906_531.25, "endTime": 1_763_914_571,
    }]}]}));
    for (query, format) in [
        ("session.username", "text"),
        ("session.username", "json"),
        ("session.nothing", "text"),
        ("session.nothing", "json"),
        ("session.clientIpAddresses", "text"),
        ("session.clientIpAddresses[-1]", "text"),
        ("session.clientIpAddresses[?starts_with(@, '203.')]", "json"),
        ("session.[status, username]", "text"),
        ("[`1`, `1.0`, `1.5`, `1e16`, `true`, `null`]", "text"),
        ("sum([session.startTime, `1`])", "text"),
        ("session.{u: username, n: nothing}", "json"),
        // In the order in which the AWS CLI sorts the keys; here they keep the expression's.
        (
            "session.{ips: clientIpAddresses, status: status, user: username}",
            "text",
        ),
        (
            "session.{user: username, from: clientIpAddresses[0]}",
            "json",
        ),
        ("session", "text"),
        ("@", "text"),
        ("session.status == 'Terminated'", "text"),
        ("length(session.clientIpAddresses)", "text"),
        ("join(',', session.clientIpAddresses)", "text"),
    ] {
        let arguments = get_session(ENDED, &["--query", query, "--output", format]);
        // The default timestamps of version 1 are numbers, which leave no notation to compare.
        let theirs = service
            .run(peer("aws"))
            .arg("workspaces-web")
            .args(&arguments)
            .output()
            .unwrap();
        let ours = service
            .wsb()
            .args(&arguments)
            .args(["--timestamps", "epoch"])
            .output()
            .unwrap();
        let text = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
        assert!(theirs.status.success(), "{query}: {theirs:#?}");
        assert!(ours.status.success(), "{query}: {ours:#?}");
        if format == "json" {
            let parsed = |output| serde_json::from_str::<Value>(&text(output)).unwrap();
            assert_eq!(parsed(&ours), parsed(&theirs), "{query}");
        } else {
            assert_eq!(text(&ours), text(&theirs), "{query}");
        }
    }
}

/// Credentials for the verifier and for the program that calls it.
fn credentials(token: Option<&str>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        ),
    ];
    variables.extend(token.map(|token| ("AWS_SESSION_TOKEN", token.to_owned())));
    variables
}

/// botocore's signer as a service, and its address.
fn verifier(token: Option<&str>) -> (Server, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/verifier.py");
    let mut server = Server::start(command(peer("python")).arg(script).envs(credentials(token)));
    let address = server.line();
    (server, address)
}

/// A request as the verifier saw it.
fn seen(verifier: &mut Server) -> Value {
    serde_json::from_str(&verifier.line()).unwrap()
}

/// Sends a request that the verifier saw once more, and gives the reply's status.
fn send_again(address: &str, request: &Value, change: impl FnOnce(String) -> String) -> u16 {
    let mut text = format!("GET {} HTTP/1.1\r\n", request["path"].as_str().unwrap());
    for header in request["headers"].as_array().unwrap() {
        let [name, value] = [0, 1].map(|place| header[place].as_str().unwrap());
        text += &format!("{name}: {value}\r\n");
    }
    text += "connection: close\r\n\r\n";
    let changed = change(text);
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(changed.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn botocores_signer_signs_every_request_the_same_way() {
    for token in [
        None,
        Some("IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+/="),
    ] {
        let (mut server, address) = verifier(token);
        for (region, base) in [
            ("us-east-1", ""),
            ("eu-central-2", ""),
            ("us-gov-west-1", "/behind/a%20proxy"),
            ("cn-north-1", "/twice//slashed/"),
        ] {
            let document = json(
                command(env!("CARGO_BIN_EXE_wsb"))
                    .envs(credentials(token))
                    .args([
                        "get-session",
                        PORTAL,
                        ENDED,
                        "-o",
                        "json",
                        "--region",
                        region,
                    ])
                    .args(["--endpoint-url", &format!("{address}{base}")]),
            );
            let request = seen(&mut server);
            assert_eq!(request["refused"], Value::Null, "{request:#}");
            assert_eq!(document["session"]["sessionId"], ENDED);
        }
    }
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn the_verifier_refuses_what_was_tampered_with() {
    let token = "IQoJb3JpZ2luX2VjEXAMPLE";
    let (mut server, address) = verifier(Some(token));
    let wsb = |secret: &str| {
        command(env!("CARGO_BIN_EXE_wsb"))
            .envs(credentials(Some(token)))
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .args(["get-session", PORTAL, ENDED, "--region", "us-east-1"])
            .args(["--endpoint-url", &address])
            .output()
            .unwrap()
    };
    let output = wsb(&credentials(None)[1].1);
    assert!(output.status.success(), "{output:#?}");
    let request = seen(&mut server);
    assert_eq!(send_again(&address, &request, |same| same), 200);
    for (what, from, to) in [
        ("the path", "/22222222", "/22222223"),
        ("the query", " HTTP", "?a=b HTTP"),
        ("the token", "VjEXAMPLE", "VjEXAMPLF"),
        ("the region", "/us-east-1/", "/us-east-2/"),
    ] {
        let status = send_again(&address, &request, |text| text.replacen(from, to, 1));
        assert_eq!(status, 403, "{what}");
    }

    let output = wsb("another secret");
    assert_eq!(output.status.code(), Some(8), "{output:#?}");
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn curl_gets_the_same_document_from_the_emulator() {
    let data = |token: Option<&str>| {
        let mut data = json!({
            "credentials": {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "s3cret/+"},
            "portals": [{"portalId": PORTAL, "sessions": sessions()}],
        });
        if let Some(token) = token {
            data["credentials"]["sessionToken"] = json!(token);
        }
        data
    };
    for token in [None, Some("IQoJb3JpZ2luX2VjEXAMPLE//wEa")] {
        let service = RunningEmulator::start(&data(token));
        let url = format!(
            "{}/portals/{PORTAL}/sessions/{}",
            service.get("AWS_ENDPOINT_URL_WORKSPACES_WEB"),
            session_id(5)
        );
        let curl = |secret: &str| {
            let mut curl = service.run("curl");
            curl.args(["--silent", "--show-error", "--fail"])
                .args(["--aws-sigv4", "aws:amz:us-east-1:workspaces-web"])
                .args(["--user", &format!("AKIDEXAMPLE:{secret}")]);
            if let Some(token) = token {
                curl.args(["--header", &format!("x-amz-security-token: {token}")]);
            }
            curl.arg(&url);
            curl
        };
        let theirs = json(&mut curl("s3cret/+"));
        let ours = json(service.wsb().args(get_session(
            &session_id(5),
            &["--output", "json", "--timestamps", "epoch"],
        )));
        assert_eq!(ours, theirs);
        // The emulator's check is one that can fail, too.
        assert!(!curl("wrong").output().unwrap().status.success());
    }
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn boto3_reads_the_emulators_pages_and_errors() {
    const THROTTLED: &str = "77777777-7777-4777-8777-777777777777";
    let sessions: Vec<Value> = (0..60)
        .map(|n| {
            json!({"sessionId": session_id(n), "status": "Terminated",
                "username": format!("user+{}@example.com", n % 10), "startTime": 1_763_900_000 + n})
        })
        .collect();
    let portals: Vec<Value> = (0..60)
        .map(|n| match n {
            0 => json!({"portalId": PORTAL, "displayName": "0", "sessions": sessions, "creationDate": 1_763_900_000.5}),
            _ => json!({"portalId": session_id(n), "displayName": n.to_string()}),
        })
        .collect();
    let service = RunningEmulator::start(&json!({
        "pageSize": 25,
        "portals": portals,
        "behaviors": [{"session": THROTTLED, "throttle": {"retryAfter": 7}}],
    }));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/boto3_client.py");
    let read = json(
        service
            .run(peer("python"))
            .arg(script)
            .args([PORTAL, ABSENT, THROTTLED]),
    );

    let newest_first: Vec<String> = (0..60).rev().map(session_id).collect();
    let pages: Vec<&[String]> = newest_first.chunks(25).collect();
    assert_eq!(read["sessionPages"], json!(pages));
    let oldest_first: Vec<String> = (0..60).map(session_id).collect();
    assert_eq!(read["ascending"], json!(oldest_first));
    let from_user: Vec<&String> = newest_first.iter().filter(|id| id.ends_with('3')).collect();
    assert_eq!(read["byUser"], json!(from_user));
    let names: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    assert_eq!(
        read["portalPages"],
        json!(names.chunks(25).collect::<Vec<_>>())
    );
    assert_eq!(read["created"], 1_763_900_000.5);
    assert_eq!(read["status"], "Terminated");
    assert_eq!(read["started"], 1_763_900_059.0);
    assert_eq!(read["absent"]["class"], "ResourceNotFoundException");
    assert_eq!(read["absent"]["status"], 404);
    assert_eq!(read["throttled"]["class"], "ThrottlingException");
    assert_eq!(read["throttled"]["retryAfter"], 7);
}

/// A moto server and its address.
fn moto() -> (Server, String) {
    // moto prints its address on standard error, behind a warning.
    let mut server = Server::start(
        command("sh")
            .args(["-c", "exec \"$0\" --host 127.0.0.1 --port 0 2>&1"])
            .arg(peer("moto_server")),
    );
    loop {
        let line = server.line();
        if let Some((_, address)) = line.split_once("Running on ") {
            let address = address.trim().to_owned();
            return (server, address);
        }
    }
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn the_same_lists_are_those_of_the_aws_cli() {
    let service = RunningEmulator::start(&json!({
        "region": "eu-west-1",
        "pageSize": 3,
        "portals": [
            {"portalId": PORTAL, "displayName": "One", "creationDate": 1735689600, "sessions": sessions()},
            {"portalId": "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "displayName": "Two"},
        ],
    }));
    let both = |arguments: &[&str]| {
        let theirs = json(service.aws().arg("workspaces-web").args(arguments));
        let ours = json(service.wsb().args(arguments));
        assert_eq!(ours, normalised(theirs), "{arguments:?}");
        ours
    };
    let list = ["list-sessions", "--portal-id", PORTAL, "--output", "json"];
    let all = both(&list);
    assert!(all["sessions"].as_array().unwrap().len() > 3);
    let more = |more: &[&'static str]| [&list[..], more].concat();
    both(&more(&["--status", "Active"]));
    both(&more(&["--sort-by", "StartTimeAscending"]));
    both(&more(&["--username", "no such user"]));
    both(&more(&["--query", "sessions[].sessionId"]));
    both(&["list-portals", "--output", "json"]);
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn motos_portals_are_listed_as_by_the_aws_cli() {
    let (_moto, moto) = moto();
    let call = |program: &Path| {
        let mut command = command(program);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL", &moto);
        command
    };
    for name in ["Contractors", "Support"] {
        stdout(call(&peer("aws")).args([
            "workspaces-web",
            "create-portal",
            "--display-name",
            name,
        ]));
    }
    let arguments = [
        "list-portals",
        "--output",
        "json",
        "--query",
        "portals[].[displayName,portalArn,portalStatus]",
    ];
    let theirs = json(call(&peer("aws")).arg("workspaces-web").args(arguments));
    let ours = json(call(Path::new(env!("CARGO_BIN_EXE_wsb"))).args(arguments));
    assert_eq!(ours.as_array().unwrap().len(), 2);
    assert_eq!(ours, theirs);
}

#[test]
#[ignore = "needs the AWS CLI and botocore: .ci/run installs them"]
fn a_role_is_assumed_at_motos_sts() {
    let (_moto, moto) = moto();
    let (mut server, address) = verifier(None);
    let config = folder().join("config");
    let text = "[profile base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n\n\
         [profile auditor]\nrole_arn = arn:aws:iam::123456789012:role/auditor\n\
         source_profile = base\nregion = eu-west-1\n";
    std::fs::write(&config, text).unwrap();
    let output = command(env!("CARGO_BIN_EXE_wsb"))
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_ENDPOINT_URL_STS", &moto)
        .args(["get-session", PORTAL, ENDED, "--profile", "auditor"])
        .args(["--endpoint-url", &address])
        .output()
        .unwrap();
    // The verifier does not know the role's keys: what counts is that the call was signed with some.
    assert_eq!(output.status.code(), Some(8), "{output:#?}");
    let request = seen(&mut server);
    let header = |wanted: &str| {
        let headers = request["headers"].as_array().unwrap().iter();
        let found = headers
            .filter(|header| header[0].as_str().unwrap().eq_ignore_ascii_case(wanted))
            .map(|header| header[1].as_str().unwrap().to_owned());
        found.collect::<String>()
    };
    assert!(
        header("authorization").contains("Credential=ASIA"),
        "{request:#}"
    );
    assert!(!header("x-amz-security-token").is_empty(), "{request:#}");
}
