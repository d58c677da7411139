//! What the test binary does when its process exits: it lists the skipped tests and checks that the
//! tests have ended their threads and closed their files.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, Once};

/// Makes a skipped test a failure; `.ci/run` sets it.
const DENY_SKIPS: &str = "WSB_TESTS_DENY_SKIPS";

/// The most files that may be open at the end of a run.
#[cfg(target_os = "linux")]
const MAX_OPEN_FILES: usize = 100;

/// Each skipped test and what it needs.
static SKIPPED: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// Whether the calling test has to be skipped because `program` is not installed.
#[track_caller]
pub fn skip_without(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    // Joining replaces the folder if the program is an absolute path.
    let is_installed = folders.any(|folder| folder.join(program).is_file());
    if !is_installed {
        skip(&format!("{program} is not installed"));
    }
    !is_installed
}

/// Records that the calling test is skipped.
#[track_caller]
pub fn skip(reason: &str) {
    register();
    let thread = std::thread::current();
    let test = match thread.name() {
        // With `--test-threads=1` the main thread runs the tests.
        None | Some("main") => std::panic::Location::caller().to_string(),
        Some(name) => name.to_owned(),
    };
    assert!(
        std::env::var_os(DENY_SKIPS).is_none(),
        "skipped, which {DENY_SKIPS} forbids: {reason}"
    );
    // The test harness captures `eprintln!`, but not this.
    let _ = writeln!(std::io::stderr(), "skipped {test}: {reason}");
    SKIPPED.lock().unwrap().insert((test, reason.to_owned()));
}

/// Registers what is to be done when the process exits.
pub fn register() {
    static REGISTRATION: Once = Once::new();
    REGISTRATION.call_once(|| assert!(shutdown_hooks::add_shutdown_hook(finish)));
}

extern "C" fn finish() {
    let mut stderr = std::io::stderr();
    if let Ok(skipped) = SKIPPED.lock()
        && !skipped.is_empty()
    {
        let mut text = format!("{} skipped, in whole or in part:\n", skipped.len());
        for (test, reason) in skipped.iter() {
            text.push_str(&format!("    {test}: {reason}\n"));
        }
        let _ = writeln!(stderr, "{text}");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = check_resources() {
        let _ = writeln!(stderr, "error: {error}");
        // An exit code can no longer be set.
        std::process::abort();
    }
}

#[cfg(target_os = "linux")]
fn check_resources() -> Result<(), String> {
    use std::time::{Duration, Instant};
    // A thread that was joined may be listed for a moment.
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let names = threads();
        if names.len() <= 1 {
            break;
        }
        if Instant::now() > end {
            return Err(format!("threads have outlived their tests: {names:?}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    if files >= MAX_OPEN_FILES {
        return Err(format!("{files} files are open at the end of the run"));
    }
    Ok(())
}

/// The names of the process's threads. A thread has the first 15 bytes of its test's name.
#[cfg(target_os = "linux")]
fn threads() -> Vec<String> {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.map(|name| name.trim_end().to_owned()).collect()
}
