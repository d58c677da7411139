//! Signals: what was fetched is printed in whole lines, and what is missing is told.

use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use serde_json::json;

use crate::support::program::Running;
use crate::support::server::Request;
use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, session_reply, wait_until, wsb};

/// The signals with the codes that a shell gives to a program which they end.
const SIGNALS: [(&str, i32, &str); 3] = [
    ("HUP", 129, "interrupted by SIGHUP"),
    ("INT", 130, "interrupted"),
    ("TERM", 143, "interrupted by SIGTERM"),
];

const SECOND: &str = "aaaaaaaa-0002-4000-8000-000000000002";

/// A service that no longer answers from request `number` on (from 0) and tells when that came.
fn hanging_at(
    number: usize,
    answer: impl Fn(&Request) -> Act + Send + Sync + 'static,
) -> (Server, Receiver<()>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let server = Server::start(move |request, n| {
        if n < number {
            return answer(request);
        }
        let _ = sender.lock().unwrap().send(());
        Act::SendAndHang(Vec::new())
    });
    (server, receiver)
}

/// The session that is asked for.
fn answer(request: &Request) -> Act {
    let id = request.target.rsplit('/').next().unwrap();
    Act::json(200, &json!({"session": {"sessionId": id}}).to_string())
}

#[cfg(unix)]
/// Sends the signal when the service has stopped to answer.
fn stopped(run: Wsb, signal: &str, has_stopped: &Receiver<()>) -> Finished {
    let running = run.start();
    has_stopped.recv().unwrap();
    running.signal(signal);
    running.finish()
}

#[cfg(unix)]
fn session_ids() -> Vec<String> {
    (0..50)
        .map(|number| format!("aaaaaaaa-0000-4000-8000-{number:012}"))
        .collect()
}

/// Waits until the program has read its standard input to the end.
#[cfg(target_os = "linux")]
fn has_read_input(running: &Running) {
    let tasks = format!("/proc/{}/task", running.id());
    let is_reading = || {
        let tasks = std::fs::read_dir(&tasks).unwrap().flatten();
        let names = tasks.flat_map(|task| std::fs::read_to_string(task.path().join("comm")));
        names.into_iter().any(|name| name == "standard input\n")
    };
    wait_until("the end of the input", || !is_reading());
}

#[cfg(target_os = "linux")]
#[test]
fn a_batch_that_is_stopped_leaves_whole_lines_and_says_how_many_remain() {
    for (signal, code, says) in SIGNALS {
        let (server, has_stopped) = hanging_at(20, answer);
        let running = wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
            .args(["--concurrency", "1"])
            .against(&server.url())
            .input(session_ids().join("\n"))
            .start();
        has_stopped.recv().unwrap();
        has_read_input(&running);
        running.signal(signal);
        let run = running.finish();
        run.code(code)
            .says(&[&format!("{says}: 20 of 50 sessions done")]);
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), &session_ids()[..20]);
    }
}

#[cfg(unix)]
#[test]
fn a_batch_whose_input_is_open_does_not_say_how_many_remain() {
    let (server, has_stopped) = hanging_at(20, answer);
    let (running, input) = wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
        .args(["--concurrency", "1"])
        .against(&server.url())
        .input(session_ids().join("\n") + "\n")
        .start_with_open_input();
    has_stopped.recv().unwrap();
    running.signal("TERM");
    let run = running.finish();
    run.code(143).says(&["20 sessions done; input still open"]);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), &session_ids()[..20]);
    drop(input);
}

#[cfg(unix)]
#[test]
fn a_list_that_is_stopped_keeps_the_pages_that_came() {
    for (signal, code, says) in SIGNALS {
        let page = json!({
            "sessions": [{"sessionId": SESSION}, {"sessionId": SECOND}], "nextToken": "2",
        });
        let (server, has_stopped) = hanging_at(1, move |_| Act::json(200, &page.to_string()));
        let run = wsb(["list-sessions", PORTAL, "-o", "jsonl"]).against(&server.url());
        let run = stopped(run, signal, &has_stopped);
        run.code(code)
            .says(&[&format!("{says}; the list is incomplete")]);
        assert_eq!(
            run.stdout,
            format!("{{\"sessionId\":\"{SESSION}\"}}\n{{\"sessionId\":\"{SECOND}\"}}\n")
        );
        let (server, has_stopped) = hanging_at(0, |_| Act::Close);
        let run = wsb(["list-portals"]).against(&server.url());
        stopped(run, signal, &has_stopped)
            .code(code)
            .says(&[&format!("{says}; the list is incomplete")]);
        // Nor is a portal's name looked up any longer.
        let (server, has_stopped) = hanging_at(0, |_| Act::Close);
        let run = wsb(["list-sessions", "Contractors"]).against(&server.url());
        stopped(run, signal, &has_stopped).code(code).says(&[says]);
    }
}

#[cfg(unix)]
#[test]
fn a_wait_that_is_stopped_says_how_many_have_ended() {
    for (signal, code, says) in SIGNALS {
        let server = Server::start(|request, _| {
            if request.target.ends_with(SESSION) {
                Act::json(200, &session_reply())
            } else {
                Act::SendAndHang(Vec::new())
            }
        });
        let mut running = wsb(["wait-session", PORTAL, SESSION, SECOND])
            .args(["--field", "sessionId"])
            .against(&server.url())
            .start();
        running.output_until(SESSION);
        running.signal(signal);
        running
            .finish()
            .code(code)
            .says(&[&format!("{says}: 1 of 2 sessions ended")]);
    }
}

#[cfg(unix)]
#[test]
fn the_report_of_a_signal_can_be_json() {
    let (server, has_stopped) = hanging_at(0, |_| Act::Close);
    let run = wsb(["get-session", PORTAL, SESSION, "--errors", "json"]).against(&server.url());
    let run = stopped(run, "TERM", &has_stopped);
    let report: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(report["code"], "Interrupted");
    assert_eq!(report["exitCode"], 143);
}

/// Waits until no signal is on its way to the process any more.
#[cfg(target_os = "linux")]
fn has_taken_signals(running: &Running) {
    let path = format!("/proc/{}/status", running.id());
    let is_pending = || {
        let status = std::fs::read_to_string(&path).unwrap();
        status
            .lines()
            .filter_map(|line| line.split_once("Pnd:\t"))
            .any(|(_, mask)| mask.contains(|digit| digit != '0'))
    };
    wait_until("the signals' handling", || !is_pending());
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_signal_ends_the_program_even_while_it_writes_to_a_pipe_that_nobody_reads() {
    for (signal, code, _) in SIGNALS {
        let (reader, mut writer) = std::io::pipe().unwrap();
        // All that fits in, so that the first byte of the results is one too many.
        writer.write_all(&[b'x'; 65536]).unwrap();
        // The second one is asked for when the first one has been answered.
        let (server, has_stopped) = hanging_at(1, answer);
        let running = wsb(["get-session", PORTAL, SESSION, SECOND, "-o", "jsonl"])
            .args(["--concurrency", "1"])
            .against(&server.url())
            .output(writer)
            .start();
        has_stopped.recv().unwrap();
        running.signal("INT");
        has_taken_signals(&running);
        running.signal(signal);
        let run = running.finish();
        run.code(code);
        assert_eq!(run.stderr, "");
        drop(reader);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    for signal in ["HUP", "INT"] {
        let (sender, receiver) = channel();
        let (sender, release) = (Mutex::new(sender), channel::<()>());
        let (released, release) = (release.0, Mutex::new(release.1));
        let server = Server::start(move |_, _| {
            let _ = sender.lock().unwrap().send(());
            release.lock().unwrap().recv().unwrap();
            Act::json(200, &session_reply())
        });
        let running = wsb(["wait-session", PORTAL, SESSION, "--field", "username"])
            .against(&server.url())
            // As nohup does, and a shell with what it runs in the background.
            .after(&format!("trap '' {signal}"))
            .start();
        receiver.recv().unwrap();
        running.signal(signal);
        released.send(()).unwrap();
        let run = running.finish();
        run.code(0);
        assert_eq!(run.stdout, "alice\n");
    }
}
