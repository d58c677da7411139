//! What is said where the program itself is at fault.

use std::process::Command;

/// Tells the test below that it is the child.
const CHILD: &str = "WSB_TEST_PANICS";

const SECRET: &str = "Q0secretInAPanic";

#[test]
#[ignore = "it ends the process: the test below runs it in another one"]
fn a_panic() {
    if std::env::var_os(CHILD).is_some() {
        wsb::bug::report_panics();
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
