//! Limits connections to the number of open files that the system allows.

use crate::diagnostics::Reporter;

/// Open files besides connections, with a reserve for files that are read briefly: standard streams,
/// the event queue, the signals' pipes, certificates.
#[cfg(unix)]
const OTHER_FILES: u64 = 16;

/// A connection's own file, and one for the resolver while it is looking up its host.
#[cfg(unix)]
const FILES_PER_CONNECTION: u64 = 2;

/// Returns the number of connections that the limit of open files allows, at most `wanted` and at least
/// one. Raises the limit as far as the system permits; on macOS it starts at 256.
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

/// Other systems have no such limit.
#[cfg(not(unix))]
pub(crate) fn connections(wanted: usize, _: &Reporter) -> usize {
    wanted
}
