//! What happens where the program itself is at fault, or is killed.

use std::process::Command;

use crate::support::{Act, PORTAL, SESSION, Server, folder, wsb};

/// Tells the test below that it is the child.
const CHILD: &str = "WSB_TEST_PANICS";

const SECRET: &str = "Q0secretInAPanic";

#[test]
#[ignore = "it ends the process: the test below runs it in another one"]
fn a_panic() {
    if std::env::var_os(CHILD).is_some() {
        wsb::diagnostics::report_panics(wsb::cli::Environment::default().preferences());
        panic!("{SECRET}");
    }
}

#[test]
fn a_panic_ends_in_a_sentence_and_1_without_its_message() {
    for backtrace in ["0", "1"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "bugs::a_panic", "--ignored", "--nocapture"])
            .env(CHILD, "1")
            .env("RUST_BACKTRACE", backtrace)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let start = format!("error: this is a bug in wsb {}", env!("CARGO_PKG_VERSION"));
        assert!(stderr.starts_with(&start), "{stderr}");
        assert!(stderr.contains(file!()), "{stderr}");
        assert_eq!(stderr.lines().count(), 2, "{stderr}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(!stderr.contains(SECRET) && !stdout.contains(SECRET));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_is_killed_leaves_no_core_file() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let server = Server::start(move |_, _| {
        sender.lock().unwrap().send(()).unwrap();
        Act::SendAndHang(Vec::new())
    });
    let folder = folder();
    let preparation = format!("ulimit -c \"$(ulimit -Hc)\"; cd '{}'", folder.display());
    let running = wsb(["get-session", PORTAL, SESSION])
        .against(&server.url())
        .after(&preparation)
        .start();
    receiver.recv().unwrap();
    running.signal("QUIT");
    assert_eq!(running.finish().code, None, "the signal ended it");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
