//! Reports panics, and keeps secrets out of core files.

use std::panic::{self, PanicHookInfo};
use std::process;

use super::exit_code::Code;
use super::failure::Failure;
use super::preferences::Preferences;
use super::reporter::Reporter;

/// Makes a panic end the program with a message and [`Code::Other`]. Without this, a panic prints its own message,
/// and aborts the process, which may leave a core file with the credentials.
///
/// The message contains the source location, but not the panic's own message, which may quote a secret or text of
/// the service.
pub fn report_panics(preferences: Preferences) {
    panic::set_hook(Box::new(move |panic| {
        Reporter::new(false, 0, preferences).failure(&failure(panic));
        process::exit(Code::Other as i32);
    }));
}

/// Prevents core files of this process and access to its memory by the user's other processes, because its memory
/// contains the credentials. Unlike a limit of 0 for core files, this does not affect child processes.
///
/// Only Linux supports this (`PR_SET_DUMPABLE`, prctl(2)).
pub fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // An error is ignored, because this is only a precaution.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

fn failure(panic: &PanicHookInfo<'_>) -> Failure {
    if let Some(failure) = panic.payload_as_str().and_then(resource_failure) {
        return failure;
    }
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let message = format!("this is a bug in wsb {}, at {place}", env!("WSB_VERSION"));
    let hint = "please report this line and the command, without session IDs if they are sensitive";
    Failure::new(Code::Other, message)
        .with_name("Bug")
        .with_hint(hint)
}

/// The failure for a panic that is not a bug: libraries panic if the system allows no more open files or threads.
/// The panic's message is searched only for the number of the system's error.
#[cfg(unix)]
fn resource_failure(message: &str) -> Option<Failure> {
    use rustix::io::Errno;

    let (_, number) = ["os error ", "Os { code: "]
        .iter()
        .find_map(|label| message.split_once(label))?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    let error = Errno::from_raw_os_error(digits.parse().ok()?);
    let (message, hint) = match error {
        Errno::MFILE | Errno::NFILE => (
            "too few open files are allowed",
            "allow more open files (ulimit -n)",
        ),
        Errno::AGAIN | Errno::NOMEM => (
            "too few threads or too little memory is allowed",
            "allow more processes (ulimit -u) and memory (ulimit -v)",
        ),
        _ => return None,
    };
    Some(Failure::new(Code::Other, message).with_hint(hint))
}

/// Windows has no such limits.
#[cfg(not(unix))]
fn resource_failure(_: &str) -> Option<Failure> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_system_is_no_bug() {
        let files = std::io::Error::from_raw_os_error(24);
        for message in [
            format!("failed to create UnixStream: {files:?}"),
            format!("failed to create UnixStream: {files}"),
        ] {
            let failure = resource_failure(&message).unwrap();
            assert_eq!(failure.message(), "too few open files are allowed");
        }
        for message in [
            "",
            "os error",
            "os error x",
            "os error 2",
            "Os { code: 99999999999 }",
        ] {
            assert!(resource_failure(message).is_none(), "{message}");
        }
    }
}
