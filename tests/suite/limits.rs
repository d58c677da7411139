//! A process that may open few files or have little memory, a home that cannot be used, and
//! configuration that is no sound file.
#![cfg(target_os = "linux")]

use serde_json::json;

use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, folder, session_reply, wsb};

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
fn a_file_that_cannot_be_opened_for_lack_of_open_files_is_not_blamed() {
    let server = Server::start_tls(|_, _| Act::json(200, "{}"));
    let bundle = server.ca_bundle.as_deref().unwrap();
    let call = || wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"]);
    let mut lacking = 0;
    for limit in 6..16 {
        for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
            let run = call()
                .against(&server.url())
                .env(variable, bundle)
                .after(&format!("ulimit -n {limit}"))
                .run();
            if run.stderr.contains(bundle.to_str().unwrap()) {
                lacking += 1;
                run.says(&[
                    "Too many open files",
                    "hint: allow more open files (ulimit -n)",
                ]);
                assert!(!run.stderr.contains("--ca-bundle"), "{run:?}");
            }
        }
    }
    assert!(lacking > 1);
}

/// The commands that call the service, and how many lines they print.
const FEW_FILES: [(&[&str], usize); 3] = [
    (&["get-session", PORTAL, SESSION, "--field", "sessionId"], 1),
    (&["get-session", PORTAL, "-", "--field", "sessionId"], 20),
    (
        &[
            "list-sessions",
            PORTAL,
            "--with-addresses",
            "--field",
            "sessionId",
        ],
        20,
    ),
];

#[test]
fn with_few_open_files_results_are_printed_or_are_errors_and_nothing_is_called_a_bug() {
    let ids = ids(20);
    let listed: Vec<_> = ids
        .iter()
        .map(|id| json!({"sessionId": id, "status": "Terminated", "startTime": 1_735_689_600}))
        .collect();
    let page = json!({ "sessions": listed }).to_string();
    let server = Server::start(move |request, _| {
        let id = request.target.rsplit('/').next().unwrap();
        if id.starts_with("sessions") {
            return Act::json(200, &page);
        }
        let session = json!({"session": {"sessionId": id, "status": "Terminated"}});
        Act::json(200, &session.to_string())
    });
    for limit in 4..21 {
        for (arguments, count) in FEW_FILES {
            let run = wsb(arguments)
                .args(["--max-attempts", "1"])
                .against(&server.url())
                .input(ids.join("\n"))
                .after(&format!("ulimit -n {limit}"))
                .run();
            let printed = run.stdout.lines().count();
            let errors = run.stderr.matches("error: ").count();
            assert!(!run.stderr.contains("bug"), "{limit} {run:#?}");
            if run.code == Some(0) {
                assert_eq!((printed, errors), (count, 0), "{limit} {run:#?}");
            } else {
                // One error for all before the first call, or one for each session.
                assert!(errors > 0, "{limit} {run:#?}");
                assert!(
                    printed == 0 || printed + errors == count,
                    "{limit} {run:#?}"
                );
            }
        }
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
        has_told |= run.stderr.contains("could not start a thread");
    }
    assert!(has_told);
}

#[test]
fn a_home_that_cannot_be_used_is_in_the_way_of_nothing() {
    let server = Server::always(Act::json(200, &session_reply()));
    let file = folder().join("file");
    std::fs::write(&file, "").unwrap();
    for home in ["/proc/nowhere", "/dev/null", "", file.to_str().unwrap()] {
        let run = wsb(["get-session", PORTAL, SESSION, "--field", "username"])
            .against(&server.url())
            .env("HOME", home)
            .run();
        run.code(0);
        assert_eq!((&*run.stdout, &*run.stderr), ("alice\n", ""));
        // Nor is it taken for malformed where credentials are looked for in it.
        wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"])
            .env("HOME", home)
            .run()
            .code(8)
            .says(&["could not get AWS credentials"]);
    }
}

#[test]
fn a_config_file_of_ten_megabytes_is_read_with_little_memory() {
    let server = Server::always(Act::json(200, &session_reply()));
    let comment = "# what somebody wrote down about the accounts of a large company\n";
    let keys = "[default]\naws_access_key_id = x\naws_secret_access_key = x\n";
    let text = comment.repeat((10 << 20) / comment.len()) + keys;
    let run = wsb(["get-session", PORTAL, SESSION, "--field", "username"])
        .config_file(&text)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .after("ulimit -v 204800")
        .run();
    run.code(0);
    assert_eq!(run.stdout, "alice\n");
}

#[test]
fn a_config_file_that_cannot_be_read_is_2_if_it_is_needed() {
    let server = Server::always(Act::json(200, &session_reply()));
    let directory = folder().join("folder");
    std::fs::create_dir(&directory).unwrap();
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let call = |run: Wsb| run.env(name, &directory);
        call(wsb([
            "get-session",
            PORTAL,
            SESSION,
            "--region",
            "us-east-1",
        ]))
        .run()
        .code(2)
        .says(&[directory.to_str().unwrap(), "is a folder"]);
        call(wsb(["get-session", PORTAL, SESSION]).against(&server.url()))
            .run()
            .code(0);
    }
}

#[test]
fn a_config_file_that_is_a_pipe_is_2_and_not_waited_for() {
    let pipe = folder().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        for run in [
            wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"]),
            wsb(["list-portals"]).with_keys(),
        ] {
            run.env(name, &pipe)
                .run()
                .code(2)
                .says(&[pipe.to_str().unwrap(), "is a pipe"]);
        }
    }
    let home = pipe.parent().unwrap();
    std::fs::create_dir(home.join(".aws")).unwrap();
    std::fs::rename(&pipe, home.join(".aws/config")).unwrap();
    wsb(["list-portals"])
        .with_keys()
        .env("HOME", home)
        .run()
        .code(2)
        .says(&["is a pipe"]);
}
