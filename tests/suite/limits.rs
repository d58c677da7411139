//! A process that may open few files or have little memory.
#![cfg(target_os = "linux")]

use serde_json::json;

use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, wsb};

/// A service that has every session.
fn every_session() -> Server {
    Server::start(|request, _| {
        let id = request.target.rsplit('/').next().unwrap();
        Act::json(200, &json!({"session": {"sessionId": id}}).to_string())
    })
}

fn ids(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("aaaaaaaa-0000-4000-8000-{number:012}"))
        .collect()
}

fn batch(server: &Server, ids: &[String]) -> Wsb {
    wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
        .args(["--concurrency", "64"])
        .against(&server.url())
        .input(ids.join("\n"))
}

#[test]
fn few_open_files_make_a_batch_slower_but_lose_no_session() {
    let server = every_session();
    let ids = ids(500);
    let run = batch(&server, &ids).after("ulimit -n 32").run();
    run.code(0).says(&["calls at a time", "ulimit -n"]);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    assert_eq!(run.stderr.lines().count(), 1);
    assert!(server.connections() <= 16, "{}", server.connections());
}

#[test]
fn a_limit_of_open_files_that_may_be_raised_is_raised() {
    let server = every_session();
    let ids = ids(200);
    let run = batch(&server, &ids).after("ulimit -Sn 32").run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
    assert_eq!(run.stderr, "");
}

#[test]
fn no_file_left_for_a_connection_is_9_with_the_limit_to_raise() {
    let server = every_session();
    let command =
        || wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"]).against(&server.url());
    // What the program itself opens differs by a few between versions.
    let runs = (4..16).map(|limit| command().after(&format!("ulimit -n {limit}")).run());
    let lacking: Vec<Finished> = runs
        .filter(|run| run.stderr.contains("Too many open files"))
        .filter(|run| run.code == Some(9))
        .collect();
    assert!(!lacking.is_empty());
    for run in lacking {
        run.says(&[
            "could not reach 127.0.0.1",
            "hint: allow more open files (ulimit -n)",
        ]);
    }
}

#[test]
fn two_hundred_megabytes_of_address_space_are_enough() {
    let server = every_session();
    let ids = ids(300);
    let run = batch(&server, &ids).after("ulimit -v 204800").run();
    run.code(0);
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ids);
}

#[test]
fn too_little_memory_for_a_thread_is_told() {
    let server = every_session();
    // From too little to load the program to enough; a thread's stack has 2 MiB.
    let runs = (10..400).map(|megabytes| {
        let limit = format!("ulimit -c 0; ulimit -v {}", 1024 * megabytes);
        batch(&server, &ids(1)).after(&limit).run()
    });
    let mut has_told = false;
    for run in runs {
        assert!(!run.stderr.contains("this is a bug"), "{run:#?}");
        if run.code == Some(0) {
            break;
        }
        has_told |= run.stderr.contains("no thread can be started");
    }
    assert!(has_told);
}
