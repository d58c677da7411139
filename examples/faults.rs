//! Runs a command against the service of the fault tests and counts the sessions that it lost. The
//! comparison of clients in `docs/faults.md` was made with it.
//!
//! ```text
//! cargo run --example faults -- SEED SESSIONS COMMAND...
//! ```
//!
//! The command finds endpoint, region, credentials and portal (`WSB_PORTAL`) in its environment and
//! session IDs on its standard input, one per line. For each session it prints a line: the ID, a tab, and the
//! user's name.
#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a tool of the developers, which shares its service with the tests"
)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

#[path = "../tests/suite/support/faults.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod faults;
#[path = "../tests/suite/support/listener.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod listener;
#[path = "../tests/suite/support/server.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod server;

use faults::{Schedule, script, session_id, username};
use server::Server;

/// A portal's ID.
const PORTAL: &str = "11111111-1111-4111-8111-111111111111";

/// The folder for a TLS certificate, which this service does not use.
fn folder() -> std::path::PathBuf {
    std::env::temp_dir()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, sessions, program, rest @ ..] = &arguments[..] else {
        eprintln!("usage: faults SEED SESSIONS COMMAND...");
        return ExitCode::from(2);
    };
    let seed = seed.parse().expect("SEED is a number");
    let sessions = sessions.parse().expect("SESSIONS is a number");
    let schedule = Schedule { seed, percent: 30 };
    let (script, attempts) = script(schedule);
    let server = Server::start(script);
    let ids: Vec<String> = (0..sessions).map(session_id).collect();

    let mut command = Command::new(program);
    command.args(rest);
    let started = Instant::now();
    let (printed, memory) = run(&mut command, &server.url(), &ids);
    let elapsed = started.elapsed();

    let mut right = 0;
    let mut wrong = 0;
    let mut faults: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for id in &ids {
        let names = printed.get(id).map_or(&[][..], Vec::as_slice);
        let is_right = names == [username(id)];
        right += u32::from(is_right);
        wrong += u32::from(!is_right && !names.is_empty());
        for attempt in 1..=attempts.at(id) {
            if let Some(fault) = schedule.fault(id, attempt) {
                let (met, survived) = faults.entry(format!("{fault:?}")).or_default();
                *met += 1;
                *survived += u32::from(is_right);
            }
        }
    }
    println!("sessions       {sessions}");
    println!("right          {right}");
    println!("wrong          {wrong}");
    println!("missing           {}", sessions as u32 - right - wrong);
    println!("attempts       {}", server.requests().len());
    println!("seconds        {:.1}", elapsed.as_secs_f64());
    println!("peak memory    {} MiB", memory >> 10);
    println!("\nfaults met and survived, by kind");
    for (fault, (met, survived)) in faults {
        println!("{fault:<26} {met:>5} {survived:>5}");
    }
    ExitCode::SUCCESS
}

/// Runs the command. Returns the names that it printed for each session, and its peak memory in
/// KiB.
fn run(
    command: &mut Command,
    endpoint: &str,
    ids: &[String],
) -> (HashMap<String, Vec<String>>, u64) {
    let mut child = command
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", endpoint)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("WSB_PORTAL", PORTAL)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = ids.join("\n") + "\n";
    std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut printed: HashMap<String, Vec<String>> = HashMap::new();
        for line in stdout.lines().map(Result::unwrap) {
            let (id, name) = line.split_once('\t').unwrap_or((&line, ""));
            printed
                .entry(id.to_owned())
                .or_default()
                .push(name.to_owned());
        }
        printed
    });
    let mut memory = 0;
    while child.try_wait().unwrap().is_none() {
        memory = memory.max(peak_memory(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    (reader.join().unwrap(), memory)
}

/// The peak memory of a process so far, in KiB, on systems that have /proc.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
