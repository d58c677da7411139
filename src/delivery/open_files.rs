//! Limits the number of connections to the open files that the system allows.

use crate::diagnostics::Reporter;

/// Open files besides connections: standard streams, epoll, the signal handler's pipes, and a reserve for files
/// that are read briefly, such as certificates.
#[cfg(unix)]
const OTHER_FILES: u64 = 16;

/// One for the connection, and one for the DNS lookup of its host.
#[cfg(unix)]
const FILES_PER_CONNECTION: u64 = 2;

/// Returns the number of connections that the limit of open files allows, from 1 to `wanted`. Raises the limit
/// first if it is too low (macOS starts processes with 256), as far as the system permits.
#[cfg(unix)]
pub(crate) fn connections(wanted: usize, reporter: &Reporter) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let needed = OTHER_FILES + FILES_PER_CONNECTION * wanted as u64;
    let Some(mut current) = limit.current.filter(|current| *current < needed) else {
        return wanted;
    };
    let raised = limit.maximum.map_or(needed, |maximum| needed.min(maximum));
    let new = Rlimit {
        current: Some(raised),
        ..limit
    };
    if setrlimit(Resource::Nofile, new).is_ok() {
        current = raised;
    }
    let allowed = (current.saturating_sub(OTHER_FILES) / FILES_PER_CONNECTION).max(1);
    let allowed = usize::try_from(allowed).unwrap_or(wanted).min(wanted);
    if allowed < wanted {
        reporter.note(&format!(
            "{allowed} calls at a time, not {wanted}: this process may open {current} files (ulimit -n)"
        ));
    }
    allowed
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(crate) fn connections(wanted: usize, _: &Reporter) -> usize {
    wanted
}
