//! `wsb watch-sessions --state` and `--once`, and what its output holds after a full disk, a limit, a
//! kill, and with a reader that has stopped reading.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Act, Finished, PORTAL, Server, folder};
use crate::watches::{
    LIVES, Life, MANY, answer, arn, denial, events, id, is_list, lives, session, watch,
};

/// A service with these sessions, for which the test sets the time; at some times every call fails.
fn timed(lives: &'static [Life], fails_at: &'static [usize]) -> (Server, Arc<AtomicUsize>) {
    let time = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&time);
    let server = Server::start(move |request, _| {
        let now = now.load(Ordering::SeqCst);
        if fails_at.contains(&now) {
            return Act::error(500, "InternalServerException", "oops");
        }
        let existing = lives
            .iter()
            .enumerate()
            .filter(|(_, life)| life.from <= now);
        let sessions = existing.map(|(number, life)| session(number, *life, now));
        answer(request, sessions.collect())
    });
    (server, time)
}

fn once(server: &Server, state: &Path, arguments: &[&str]) -> Finished {
    once_as("jsonl", server, state, arguments)
}

fn once_as(format: &str, server: &Server, state: &Path, arguments: &[&str]) -> Finished {
    let state = state.to_str().unwrap();
    watch(server, &[PORTAL, "--once", "-o", format, "--state", state])
        .args(arguments)
        .run()
}

#[test]
fn a_run_continues_where_the_last_one_ended() {
    let (server, time) = timed(LIVES, &[]);
    let state = folder().join("state");
    let expected: [&[&str]; 6] = [
        &["active "],
        &[],
        &["started 2"],
        &["ended ", "started 3", "ended 3"],
        &["ended 2"],
        &[],
    ];
    for (now, expected) in expected.iter().enumerate() {
        time.store(now, Ordering::SeqCst);
        let run = once(&server, &state, &[]);
        run.code(0);
        let mut found = events(&run);
        let mut expected = expected.to_vec();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "at {now}");
        assert_eq!(run.stderr, "");
    }
    // Both of two sessions that nobody saw.
    let state = folder().join("state");
    time.store(1, Ordering::SeqCst);
    assert_eq!(events(&once(&server, &state, &[])), ["active "]);
    time.store(9, Ordering::SeqCst);
    let mut found = events(&once(&server, &state, &[]));
    found.sort();
    assert_eq!(
        found,
        ["ended ", "ended 2", "ended 3", "started 2", "started 3"]
    );
}

#[test]
fn a_run_without_an_event_is_stored_in_every_format() {
    for format in ["csv", "table", "text", "json", "csv", "csv", "csv"] {
        let (server, time) = timed(&[Life { from: 1, to: 1 }], &[]);
        let state = folder().join("state");
        let run = |now| {
            time.store(now, Ordering::SeqCst);
            let run = once_as(format, &server, &state, &[]);
            run.code(0);
            assert_eq!(run.stderr, "");
            run
        };
        run(0);
        let run = run(1);
        assert!(run.stdout.contains("started"), "{run:?}");
        assert!(run.stdout.contains("ended"), "{run:?}");
    }
}

#[test]
fn an_event_for_which_the_query_prints_nothing_is_stored_as_reported() {
    let (server, _) = timed(LIVES, &[]);
    let state = folder().join("state");
    let query = ["--query", "session.tags[]||`[]`"];
    let run = once_as("text", &server, &state, &query);
    run.code(0);
    assert_eq!(run.stdout, "");
    let run = once(&server, &state, &[]);
    run.code(0);
    assert_eq!(run.stdout, "");
}

#[test]
fn an_event_to_which_the_query_cannot_be_applied_is_not_recorded_as_reported() {
    let (server, _) = timed(LIVES, &[]);
    let state = folder().join("state");
    let query = ["--query", "length(session.tags)"];
    for _ in 0..2 {
        let run = once(&server, &state, &query);
        run.code(2).says(&["--query cannot be applied"]);
    }
    assert_eq!(events(&once(&server, &state, &[])), ["active "]);
}

#[test]
fn a_run_without_a_reply_is_a_gap_of_the_next_one() {
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    let (server, _) = timed(LIVES, &[]);
    let state = folder().join("state");
    let text = state.to_str().unwrap();
    let run = watch(&hanging, &[PORTAL, "--for", "100ms", "--state", text]).run();
    run.code(0);
    assert_eq!(run.stdout, "");
    assert_eq!(events(&once(&server, &state, &[])), ["gap", "active "]);
}

#[test]
fn the_portals_of_the_state_are_polled_while_the_portals_cannot_be_listed() {
    let time = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&time);
    let server = Server::start(move |request, _| {
        let now = now.load(Ordering::SeqCst);
        if request.target.starts_with("/portals/") {
            let started = (0..=now).map(|number| session(number, MANY[number], now));
            return answer(request, started.collect());
        }
        match now {
            0 => Act::json(
                200,
                &json!({"portals": [{"portalArn": arn(PORTAL)}]}).to_string(),
            ),
            _ => denial(),
        }
    });
    let state = folder().join("state");
    let state = state.to_str().unwrap();
    for (now, code, event) in [(0, 0, "active "), (1, 3, "started 1")] {
        time.store(now, Ordering::SeqCst);
        let arguments = ["--all-portals", "--once", "-o", "jsonl", "--state", state];
        let run = watch(&server, &arguments).run();
        run.code(code);
        assert_eq!(events(&run), [event]);
    }
}

#[cfg(unix)]
#[test]
fn a_umask_of_0777_locks_the_owner_out_of_no_file() {
    use std::os::unix::fs::PermissionsExt;

    let (server, _) = timed(LIVES, &[]);
    let folder = folder();
    let state = folder.join("state");
    let run = || {
        let arguments = [PORTAL, "--once", "--state", state.to_str().unwrap()];
        watch(&server, &arguments).after("umask 0777").run().code(0);
    };
    run();
    let mode = std::fs::metadata(&state).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    run();
}

#[test]
fn what_killed_processes_left_beside_the_state_is_removed() {
    let (server, _) = timed(LIVES, &[]);
    let folder = folder();
    let left = std::fs::File::create(folder.join(".wsb-tmp-abc")).unwrap();
    left.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600))
        .unwrap();
    // A file that is open keeps its name on Windows, also after it was removed.
    drop(left);
    once(&server, &folder.join("state"), &[]).code(0);
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let lock = if cfg!(unix) { &[][..] } else { &["state.lock"] };
    assert_eq!(names, [&["state"], lock].concat());
}

#[test]
fn an_outage_between_runs_is_an_error_and_then_a_gap() {
    let (server, time) = timed(LIVES, &[1, 2]);
    let state = folder().join("state");
    once(&server, &state, &[]).code(0);
    for now in [1, 2] {
        time.store(now, Ordering::SeqCst);
        let run = once(&server, &state, &[]);
        run.code(7).says(&["error: ", "oops"]);
        assert_eq!(run.stdout, "");
    }
    time.store(3, Ordering::SeqCst);
    let run = once(&server, &state, &[]);
    run.code(0);
    assert_eq!(events(&run)[0], "gap");
    assert_eq!(events(&run).len(), 5);
}

#[cfg(unix)]
#[test]
fn the_state_file_is_private_and_holds_no_names() {
    use std::os::unix::fs::PermissionsExt;

    let (server, _) = timed(LIVES, &[]);
    let state = folder().join("state");
    once(&server, &state, &[]).code(0);
    let mode = std::fs::metadata(&state).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&state).unwrap();
    assert!(text.contains(&id(0)) && !text.contains("user-"), "{text}");
    // Nothing is left behind but the lock.
    let mut names: Vec<_> = std::fs::read_dir(state.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    let lock = if cfg!(unix) { &[][..] } else { &["state.lock"] };
    assert_eq!(names, [&["state"], lock].concat());
}

#[test]
fn a_state_file_that_does_not_fit_is_2_and_nothing_is_started() {
    let (server, _) = timed(LIVES, &[]);
    let good = folder().join("state");
    once(&server, &good, &[]).code(0);
    let text = std::fs::read_to_string(&good).unwrap();
    let requests = server.requests().len();
    for (content, says) in [
        (String::new(), "is damaged"),
        ("{}".to_owned(), "is damaged"),
        (text[..text.len() / 2].to_owned(), "is damaged"),
        (
            text.replace("\"version\":1", "\"version\":2"),
            "has version 2",
        ),
        (text.replace("tracked", "trocked"), "is damaged"),
        (text.replace("us-east-1\":", "US EAST\":"), "is damaged"),
    ] {
        let path = folder().join("state");
        std::fs::write(&path, &content).unwrap();
        let run = once(&server, &path, &[]);
        run.code(2).says(&["the state file", says]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    once(&server, &folder().join("missing/state"), &[]).code(2);
    assert_eq!(server.requests().len(), requests);
    let other = text.replace("123456789012", "210987654321");
    std::fs::write(&good, &other).unwrap();
    let run = once(&server, &good, &[]);
    run.code(2)
        .says(&["is of account 210987654321", "123456789012"]);
    assert_eq!(run.stdout, "");
    assert_eq!(std::fs::read_to_string(&good).unwrap(), other);
}

#[test]
fn a_state_with_times_in_the_future_is_2_and_reports_nothing() {
    let (server, time) = timed(LIVES, &[]);
    let path = folder().join("state");
    once(&server, &path, &[]).code(0);
    let text = std::fs::read_to_string(&path).unwrap();
    let run_with = |members: &[&str], value: &str| {
        let mut state: Value = serde_json::from_str(&text).unwrap();
        let portal = &mut state["regions"]["us-east-1"]["portals"][PORTAL];
        for member in members {
            portal[*member] = value.into();
        }
        let state = state.to_string();
        std::fs::write(&path, &state).unwrap();
        (state, once(&server, &path, &[]))
    };
    time.store(2, Ordering::SeqCst);
    for member in [
        "lastPoll",
        "newestStart",
        "lastWindow",
        "began",
        "rememberedSince",
        "outageSince",
        "lookupOutageSince",
    ] {
        let (written, run) = run_with(&[member], "2099-01-01T00:00:00Z");
        run.code(2).says(&["the state file is damaged", "2099"]);
        assert_eq!(run.stdout, "");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
    }
    // The clocks of two machines may differ.
    let soon = (Timestamp::now() + SignedDuration::from_mins(30)).to_string();
    let (_, run) = run_with(&["lastPoll", "lastWindow"], &soon);
    run.code(0);
    assert_eq!(events(&run), ["started 2"]);
    // The clock was ahead when the watch began, and no poll succeeded.
    let mut state: Value = serde_json::from_str(&text).unwrap();
    let portal = &mut state["regions"]["us-east-1"]["portals"][PORTAL];
    for member in ["began", "outageSince"] {
        portal[member] = "2099-01-01T00:00:00Z".into();
    }
    for member in ["lastPoll", "newestStart", "lastWindow", "rememberedSince"] {
        portal[member] = Value::Null;
    }
    std::fs::write(&path, state.to_string()).unwrap();
    let run = once(&server, &path, &[]);
    run.code(0);
    assert_eq!(events(&run)[0], "gap");
    assert!(!run.stdout.contains("2099"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn the_file_that_a_link_names_is_replaced_and_the_link_stays() {
    let (server, time) = timed(LIVES, &[]);
    let folder = folder();
    std::fs::create_dir(folder.join("there")).unwrap();
    let (first, second) = (folder.join("first"), folder.join("second"));
    std::os::unix::fs::symlink("second", &first).unwrap();
    // It does not exist yet.
    std::os::unix::fs::symlink("there/state", &second).unwrap();
    for now in 0..3 {
        time.store(now, Ordering::SeqCst);
        let run = once(&server, &first, &[]);
        run.code(0);
        assert_eq!(events(&run).is_empty(), now == 1);
        assert!(first.is_symlink() && second.is_symlink());
        assert!(folder.join("there/state").is_file());
    }
    let circle = folder.join("circle");
    std::os::unix::fs::symlink("circle", &circle).unwrap();
    once(&server, &circle, &[]).code(2);
}

#[cfg(unix)]
#[test]
fn a_state_without_a_reader_of_the_events_is_a_warning() {
    let (server, _) = timed(LIVES, &[]);
    let state = || folder().join("state").to_str().unwrap().to_owned();
    let warning = "warning: standard output is closed or /dev/null: the events are discarded";
    for with_state in [true, false] {
        let state = state();
        let mut arguments = vec![PORTAL, "--once"];
        if with_state {
            arguments.extend(["--state", &state]);
        }
        let closed = watch(&server, &arguments).after("exec >&-").run();
        let discarded = watch(&server, &arguments).output_to("/dev/null").run();
        for run in [closed, discarded] {
            run.code(0);
            assert_eq!(run.stderr.contains(warning), with_state, "{run:?}");
        }
    }
    let (path, file) = file_with("");
    let run = watch(&server, &[PORTAL, "--once", "--state", &state()])
        .output(file)
        .run();
    assert_eq!(run.stderr, "");
    assert!(!std::fs::read_to_string(path).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn two_runs_do_not_share_a_state_file() {
    let server = Server::always(Act::SendAndHang(Vec::new()));
    let state = folder().join("state");
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let hanging = Server::start(move |_, _| {
        let _ = sender.lock().unwrap().send(());
        Act::SendAndHang(Vec::new())
    });
    let text = state.to_str().unwrap();
    let running = watch(&hanging, &[PORTAL, "--state", text]).start();
    receiver.recv().unwrap();
    once(&server, &state, &[])
        .code(2)
        .says(&["is in use by another wsb"]);
    assert_eq!(server.requests().len(), 0);
    running.signal("KILL");
    running.finish();
    // The lock ends with the process.
    watch(&hanging, &[PORTAL, "--state", text, "--for", "100ms"])
        .run()
        .code(0);
}

#[test]
fn once_reports_the_failure_by_its_exit_code() {
    let html = Act::reply(200, &[("content-type", "text/html")], "<html>");
    for (act, code) in [
        (denial(), 3),
        (Act::error(404, "ResourceNotFoundException", "none"), 4),
        (Act::error(403, "ExpiredTokenException", "old"), 8),
        (html, 10),
    ] {
        let server = Server::always(act);
        watch(&server, &[PORTAL, "--once"]).run().code(code);
        assert_eq!(server.requests().len(), 1);
    }
    let lookup_fails = lives(LIVES, |request, _| {
        (!is_list(request)).then(|| Act::error(500, "InternalServerException", "oops"))
    });
    let run = watch(&lookup_fails, &[PORTAL, "--once"]).run();
    run.code(7);
    assert_eq!(run.stdout, "");
}

#[test]
fn once_warns_of_a_listed_session_that_the_service_does_not_know() {
    let unknown = lives(LIVES, |request, _| {
        (!is_list(request)).then(|| Act::error(404, "ResourceNotFoundException", "none"))
    });
    let run = watch(&unknown, &[PORTAL, "--once"]).run();
    run.code(0)
        .says(&["warning: event missing: GetSession does not know session "]);
    assert_eq!(run.stdout, "");
}

#[test]
fn once_that_runs_out_of_time_is_9() {
    let hanging = Server::always(Act::SendAndHang(Vec::new()));
    let lookup_hangs = lives(LIVES, |request, _| {
        (!is_list(request)).then(|| Act::SendAndHang(Vec::new()))
    });
    for (server, portal) in [
        (&hanging, PORTAL),
        (&hanging, "Sales team"),
        (&hanging, "--all-portals"),
        (&lookup_hangs, PORTAL),
    ] {
        let run = watch(server, &[portal, "--once", "--timeout", "300ms"]).run();
        run.code(9).says(&["the time for the command ran out"]);
    }
}

#[cfg(unix)]
#[test]
fn after_a_kill_at_any_time_every_event_is_there_in_complete_lines() {
    let state = folder().join("state");
    let output = folder().join("events.jsonl");
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let server = lives(MANY, move |_, _| {
        let _ = sender.lock().unwrap().send(());
        None
    });
    let append = || {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&output)
            .unwrap()
    };
    let text = state.to_str().unwrap();
    for run in 0..8 {
        let running = watch(&server, &[PORTAL, "-o", "jsonl", "--state", text])
            .output(append())
            .start();
        for _ in 0..30 + 7 * run {
            receiver.recv().unwrap();
        }
        running.signal("KILL");
        running.finish();
    }
    watch(&server, &[PORTAL, "-o", "jsonl", "--state", text, "--once"])
        .output(append())
        .run()
        .code(0);
    let written = std::fs::read_to_string(&output).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for line in written.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if let Some(id) = event["session"]["sessionId"].as_str() {
            seen.insert(id.to_owned());
        }
    }
    // Each poll finds one more.
    let expected = (0..seen.len()).map(id);
    assert!(seen.len() > 50, "{}", seen.len());
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
}

fn file_with(content: &str) -> (PathBuf, std::fs::File) {
    let path = folder().join("events");
    std::fs::write(&path, content).unwrap();
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    (path, file)
}

#[cfg(target_os = "linux")]
#[test]
fn runs_that_append_csv_to_a_file_share_its_header() {
    // Rows below another first line get a header in each run.
    let other = ["# a log", "event", "active", "event", "active"];
    for (content, rows) in [
        ("", &["event", "active", "active"][..]),
        ("event,sess", &["event", "active", "active"]),
        ("# a log\n", &other),
    ] {
        let (path, file) = file_with(content);
        let server = lives(&LIVES[..1], |_, _| None);
        for _ in 0..2 {
            let output = file.try_clone().unwrap();
            let run = watch(&server, &[PORTAL, "--once", "-o", "csv"]).output(output);
            run.run().code(0);
        }
        let written = std::fs::read_to_string(&path).unwrap();
        let written = written.lines().map(|row| row.split(',').next().unwrap());
        assert_eq!(Vec::from_iter(written), rows);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_incomplete_last_line_is_removed_before_the_next_event() {
    for (content, kept) in [
        ("{\"event\":1}\n{\"event", "{\"event\":1}\n"),
        ("{\"event", ""),
        ("{\"event\":1}\n", "{\"event\":1}\n"),
        ("", ""),
    ] {
        let (path, file) = file_with(content);
        let server = lives(&LIVES[..1], |_, _| None);
        let run = watch(&server, &[PORTAL, "--once", "-o", "jsonl"])
            .output(file)
            .run();
        run.code(0);
        let written = std::fs::read_to_string(&path).unwrap();
        let added = written.strip_prefix(kept).unwrap();
        assert!(added.starts_with("{\"event\":\"active\""), "{written}");
        assert_eq!(added.lines().count(), 1);
        assert_eq!(
            run.stderr.contains("an incomplete line of"),
            content != kept
        );
    }
    // Without an event nothing is changed.
    let (path, file) = file_with("{\"event");
    let empty = Server::always(Act::json(200, r#"{"sessions":[]}"#));
    watch(&empty, &[PORTAL, "--once", "-o", "jsonl"])
        .output(file)
        .run()
        .code(0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "{\"event");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_reaches_its_limit_keeps_complete_lines_and_the_rest_follows_later() {
    let state = folder().join("state");
    let text = state.to_str().unwrap();
    let (path, file) = file_with("");
    let server = lives(MANY, |_, poll| (poll > 90).then(denial));
    let limited = watch(&server, &[PORTAL, "-o", "jsonl", "--state", text])
        // Blocks of 512 bytes.
        .after("ulimit -f 20")
        .output(file)
        .run();
    limited.code(1).says(&["could not write the results"]);
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written.ends_with("}\n") && written.len() <= 10_240,
        "{written}"
    );
    let (_, rest) = (
        path.clone(),
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap(),
    );
    watch(&server, &[PORTAL, "-o", "jsonl", "--state", text])
        .output(rest)
        .run();
    let written = std::fs::read_to_string(&path).unwrap();
    let ids: std::collections::BTreeSet<String> = written
        .lines()
        .filter_map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            Some(event["session"]["sessionId"].as_str()?.to_owned())
        })
        .collect();
    assert!(ids.len() > 60, "{}", ids.len());
    assert_eq!(
        ids.iter().cloned().collect::<Vec<_>>(),
        (0..ids.len()).map(id).collect::<Vec<_>>()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let server = lives(&LIVES[..1], |_, _| None);
    let state = folder().join("state");
    let run = watch(
        &server,
        &[PORTAL, "--once", "--state", state.to_str().unwrap()],
    )
    .output_to("/dev/full")
    .run();
    run.code(1).says(&["could not write the results"]);
    // The next run reports the event.
    let run = once(&server, &state, &[]);
    assert_eq!(events(&run), ["active "]);
}

/// A pipe that is full, and its reader.
#[cfg(target_os = "linux")]
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'x'; 65536]).unwrap();
    (reader, writer)
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_stopped_reading_holds_up_neither_the_time_nor_a_signal() {
    let server = lives(MANY, |_, _| None);
    let (reader, writer) = full_pipe();
    // Time for the first event even on a busy machine; the next poll waits for the reader.
    let run = watch(&server, &[PORTAL, "--for", "3s", "-o", "jsonl"])
        .output(writer)
        .run();
    run.code(0).says(&["warning: 1 event was not written"]);
    drop(reader);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (reader, writer) = full_pipe();
        let (sender, receiver) = channel();
        let sender = Mutex::new(sender);
        let server = lives(MANY, move |request, _| {
            if !is_list(request) {
                let _ = sender.lock().unwrap().send(());
            }
            None
        });
        let running = watch(&server, &[PORTAL, "-o", "jsonl"])
            .output(writer)
            .start();
        receiver.recv().unwrap();
        running.signal(signal);
        let run = running.finish();
        run.code(code).says(&["stopped after 0 events"]);
        drop(reader);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_reads_again_gets_every_event() {
    let server = lives(MANY, |_, poll| (poll > 20).then(denial));
    let (mut reader, writer) = full_pipe();
    let running = watch(&server, &[PORTAL, "-o", "jsonl"])
        .output(writer)
        .start();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    running.finish().code(3);
    let text = text.trim_start_matches('x');
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 22);
    assert_eq!(lines[0]["session"]["portalArn"], json!(arn(PORTAL)));
}

#[test]
fn options_that_do_not_go_together_are_2() {
    let server = Server::always(Act::Close);
    for arguments in [
        &["--once", "--for", "1h"][..],
        &["--interval", "999ms"],
        &["--interval", "0"],
    ] {
        watch(&server, &[PORTAL]).args(arguments).run().code(2);
    }
    assert_eq!(server.requests().len(), 0);
}
