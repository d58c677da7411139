//! `wsb local` under load and under attack: many or slow connections, malformed requests, too few file
//! descriptors, paths to other files, and many generated portals.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use wsb::emulator::Authorization;
use wsb::emulator::generated::{self, Generated};
use wsb::emulator::sample;

use crate::support::program::Running;
use crate::support::{Finished, Wsb, folder, wsb};

/// The emulator in another process, which ends when this value is dropped.
struct RunningEmulator {
    running: Running,
    environment: Vec<(String, String)>,
}

impl RunningEmulator {
    fn start(local: Wsb) -> Self {
        let mut running = local.start();
        let exports = running.output_until("export no_proxy");
        let environment = exports
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        Self {
            running,
            environment,
        }
    }

    fn get(&self, wanted: &str) -> &str {
        let mut variables = self.environment.iter();
        &variables.find(|(name, _)| name == wanted).unwrap().1
    }

    fn address(&self) -> &str {
        let url = self.get("AWS_ENDPOINT_URL_WORKSPACES_WEB");
        url.strip_prefix("http://").unwrap()
    }

    /// A connection on which these bytes have been sent.
    fn connect(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// Another client's call.
    fn get_session(&self, arguments: &[&str]) -> Finished {
        let call = [
            "get-session",
            sample::PORTAL,
            sample::ACTIVE,
            "--field",
            "username",
        ];
        self.wsb(&[&call, arguments].concat())
    }

    /// A run of `wsb` that calls the emulator.
    fn wsb(&self, arguments: &[&str]) -> Finished {
        let variables = self.environment.iter();
        variables
            .fold(wsb(arguments), |run, (name, value)| run.env(name, value))
            .run()
    }

    #[track_caller]
    fn still_answers(&self, arguments: &[&str]) {
        let run = self.get_session(arguments);
        run.code(0);
        assert_eq!(run.stdout, "alice\n");
    }

    /// A request for exactly this target, with a valid signature.
    fn signed(&self, target: &str) -> String {
        let now = jiff::Timestamp::now();
        let date_time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let (day, region) = (&date_time[..8], self.get("AWS_REGION"));
        let headers = [
            ("host", self.address()),
            ("x-amz-date", &date_time),
            ("x-amz-security-token", self.get("AWS_SESSION_TOKEN")),
        ];
        let names = headers.map(|(name, _)| name).to_vec();
        let authorization = Authorization {
            access_key_id: self.get("AWS_ACCESS_KEY_ID"),
            region,
            service: "workspaces-web",
            signed_headers: names.clone(),
            signature: "",
        };
        let request = headers
            .iter()
            .fold(http::Request::get(target), |request, (name, value)| {
                request.header(*name, *value)
            });
        let (request, ()) = request.body(()).unwrap().into_parts();
        let time = SystemTime::try_from(now).unwrap();
        let secret = self.get("AWS_SECRET_ACCESS_KEY");
        let signature = authorization.calculate_signature(&request, time, secret);
        let signature = signature.unwrap();
        let scope = format!("{day}/{region}/workspaces-web/aws4_request");
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "GET {target} HTTP/1.1\r\n{headers}connection: close\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders={}, Signature={signature}\r\n\r\n",
            self.get("AWS_ACCESS_KEY_ID"),
            names.join(";"),
        )
    }

    /// The whole reply to a request.
    fn reply(&self, request: &str) -> String {
        let mut reply = Vec::new();
        // What is not HTTP may be answered with a reset, after what was sent.
        let _ = self.connect(request.as_bytes()).read_to_end(&mut reply);
        String::from_utf8(reply).unwrap()
    }
}

impl Drop for RunningEmulator {
    fn drop(&mut self) {
        self.running.signal("KILL");
    }
}

/// A head that does not end.
const HALF_A_HEAD: &[u8] = b"GET /portals HTTP/1.1\r\nhost: x\r\nx-slow: ";
/// A request without a signature: it is answered with 403, and the connection is kept.
const WHOLE: &[u8] = b"GET /portals HTTP/1.1\r\nhost: x\r\n\r\n";

/// Opens `count` connections and holds them: without a byte, with half a head, or after a reply.
fn hold(emulator: &RunningEmulator, count: usize) -> Vec<TcpStream> {
    let held = (0..count).map(|number| match number % 3 {
        0 => emulator.connect(b""),
        1 => emulator.connect(HALF_A_HEAD),
        _ => {
            let mut stream = emulator.connect(WHOLE);
            stream.read_exact(&mut [0; 12]).unwrap();
            stream
        }
    });
    held.collect()
}

/// Sends a byte more on each connection that is at half a head.
fn trickle(held: &mut [TcpStream]) {
    for stream in held.iter_mut().skip(1).step_by(3) {
        stream.write_all(b"x").unwrap();
    }
}

#[test]
fn held_connections_do_not_delay_other_clients() {
    let emulator = RunningEmulator::start(wsb(["local"]));
    let mut held = hold(&emulator, 300);
    for _ in 0..3 {
        trickle(&mut held);
        emulator.still_answers(&[]);
    }
    let memory = emulator.running.peak_memory();
    assert!(memory < 48 << 10, "{memory} KiB");
}

#[test]
fn malformed_requests_are_refused_and_do_no_harm() {
    let emulator = RunningEmulator::start(wsb(["local"]));
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(20_000));
    for (request, status) in [
        ("\u{0}\u{1}\u{2}\r\n\r\n", "400"),
        ("GET\r\n\r\n", "400"),
        ("GET / HTTP/9.9\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: \u{0}\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", "400"),
        (
            "POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "400",
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "405",
        ),
        (&long, "431"),
        (&many, "431"),
        // The preface of HTTP/2, and a handshake of TLS.
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        ("\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}", "400"),
    ] {
        let mut stream = emulator.connect(b"");
        // The emulator may have answered and closed before all of it is sent.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut reply = String::new();
        let _ = stream.read_to_string(&mut reply);
        let found = reply.split(' ').nth(1).unwrap_or_default();
        assert_eq!(found, status, "{request:.60?}: {reply:.200}");
    }
    emulator.still_answers(&[]);
}

#[test]
fn no_path_leads_to_anything_but_the_three_operations() {
    let folder = folder();
    let file = folder.join("data.json");
    let text = json!({"portals": [], "region": "us-east-1"}).to_string();
    std::fs::write(&file, &text).unwrap();
    std::fs::write(folder.join("secret.txt"), "the secret").unwrap();
    let emulator = RunningEmulator::start(wsb(["local", "--data"]).args([&file]));
    let beside = file.with_file_name("secret.txt");
    let path = |file: &Path| file.display().to_string();
    for target in [
        path(&file),
        path(&beside),
        "/secret.txt".to_owned(),
        "/data.json".to_owned(),
        "/portals/../secret.txt".to_owned(),
        "/../../../../../../etc/passwd".to_owned(),
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        "/..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "//etc/passwd".to_owned(),
        "/".to_owned(),
        format!("http://{}/etc/passwd", emulator.address()),
        format!("http://example.com{}", path(&beside)),
    ] {
        let reply = emulator.reply(&emulator.signed(&target));
        assert!(
            reply.starts_with("HTTP/1.1 404 ")
                && reply.contains("x-amzn-errortype: UnknownOperationException"),
            "{target}: {reply}"
        );
        let unsigned = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let reply = emulator.reply(&unsigned);
        assert!(reply.starts_with("HTTP/1.1 403 "), "{target}: {reply}");
    }
    // So the signatures above were valid.
    let reply = emulator.reply(&emulator.signed("/portals"));
    assert!(reply.ends_with(r#"{"portals":[]}"#), "{reply}");
    let absolute = format!("http://{}/portals", emulator.address());
    let reply = emulator.reply(&emulator.signed(&absolute));
    assert!(reply.ends_with(r#"{"portals":[]}"#), "{reply}");
}

#[test]
fn it_listens_on_loopback_and_warns_about_other_addresses() {
    let address = RunningEmulator::start(wsb(["local"])).address().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let command = ["--", "true"];
    let run = wsb(["local"])
        .args(command)
        .env("PATH", "/usr/bin:/bin")
        .run();
    run.code(0);
    assert_eq!(run.stderr, "");
    wsb(["local", "--listen", "0.0.0.0:0"])
        .args(command)
        .env("PATH", "/usr/bin:/bin")
        .run()
        .code(0)
        .says(&[
            "warning: the emulator listens on 0.0.0.0:",
            "other machines",
        ]);
}

#[test]
fn a_hundred_generated_portals_in_ten_regions_take_little_memory() {
    const REGIONS: [&str; 10] = [
        "us-east-1",
        "us-west-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "ap-south-1",
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
    ];
    let file = folder().join("data.json");
    let text = json!({
        "pageSize": 100,
        "generate": {"portals": 100, "regions": REGIONS, "sessions": 5000, "interval": 600,
                     "start": 1_750_000_000},
    });
    std::fs::write(&file, text.to_string()).unwrap();
    let emulator = RunningEmulator::start(wsb(["local", "--data"]).args([&file]));
    for (number, region) in (0..).zip(REGIONS) {
        let run = emulator.wsb(&["list-portals", "--region", region, "--field", "portalArn"]);
        run.code(0);
        let ids: Vec<&str> = run
            .stdout
            .lines()
            .map(|arn| &arn[arn.len() - 36..])
            .collect();
        let wanted: Vec<String> = (0..10)
            .map(|turn| generated::portal_id(number + 10 * turn))
            .collect();
        assert_eq!(ids, wanted);
    }
    let generated = Generated {
        portal: 37,
        sessions: 5000,
        start: 1_750_000_000,
        interval: 600,
    };
    let portal = generated::portal_id(37);
    let run = emulator.wsb(&[
        "list-sessions",
        &portal,
        "--region",
        REGIONS[7],
        "-o",
        "json",
    ]);
    run.code(0);
    let list = run.json();
    let time = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap().to_string();
    let wanted: Vec<Value> = (0..5000)
        .rev()
        .map(|index| {
            let end = generated.end(index).map(time);
            json!([
                generated.session_id(index),
                generated.username(index),
                time(generated.start(index)),
                end,
            ])
        })
        .collect();
    let found: Vec<Value> = list["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| {
            json!([
                session["sessionId"],
                session["username"],
                session["startTime"],
                session.get("endTime"),
            ])
        })
        .collect();
    assert_eq!(found, wanted);
    let memory = emulator.running.peak_memory();
    assert!(memory < 32 << 10, "{memory} KiB");
}

/// The number of file descriptors that an emulator gets.
const FEW: u32 = 32;

#[test]
fn it_survives_a_lack_of_file_descriptors_without_a_busy_loop() {
    let emulator = RunningEmulator::start(wsb(["local"]).with_open_files(FEW));
    let held: Vec<TcpStream> = (0..FEW).map(|_| emulator.connect(b"")).collect();
    let (started, before) = (Instant::now(), emulator.running.processor_time());
    emulator
        .get_session(&["--timeout", "1s"])
        .code(9)
        .says(&["the time for the command ran out"]);
    let spent = emulator.running.processor_time() - before;
    assert!(spent < started.elapsed() / 4, "{spent:?}");
    drop(held);
    emulator.still_answers(&["--timeout", "20s"]);
}

#[test]
#[ignore = "waits for the time-outs of the emulator"]
fn held_connections_are_closed_after_ten_seconds() {
    let emulator = RunningEmulator::start(wsb(["local"]).with_open_files(FEW));
    let held = hold(&emulator, 21);
    let waiting: Vec<TcpStream> = (0..FEW).map(|_| emulator.connect(HALF_A_HEAD)).collect();
    let started = Instant::now();
    emulator.still_answers(&["--timeout", "40s"]);
    assert!(started.elapsed() >= Duration::from_secs(5));
    drop((held, waiting));
}

#[test]
#[ignore = "needs 12,000 file descriptors: ulimit -n 12000"]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn ten_thousand_held_connections_do_not_delay_other_clients() {
    let emulator = RunningEmulator::start(wsb(["local"]));
    let started = Instant::now();
    let mut held = hold(&emulator, 10_000);
    let opened = started.elapsed();
    trickle(&mut held);
    let started = Instant::now();
    emulator.still_answers(&[]);
    let answered = started.elapsed();
    let memory = emulator.running.peak_memory();
    eprintln!("{opened:.1?} to open, {answered:.1?} for a call meanwhile, {memory} KiB");
    assert!(memory < 512 << 10, "{memory} KiB");
    drop(held);
    emulator.still_answers(&[]);
}
