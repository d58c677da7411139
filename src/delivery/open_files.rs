//! How many connections there may be at a time: each is an open file, and whoever starts the
//! program limits those.

use crate::diagnostics::report::Reporter;

/// Files that are open whatever happens, and some for what is read now and then: standard streams,
/// the event queue, the signals' pipes, certificates.
#[cfg(unix)]
const BESIDES: u64 = 16;

/// A connection's own file, and one for the resolver while it is looking up its host.
#[cfg(unix)]
const EACH: u64 = 2;

/// As many of the `wanted` connections as the limit of open files allows, at least one. The limit
/// is raised as far as the system lets it be; on macOS it starts at 256.
#[cfg(unix)]
pub(crate) fn connections(wanted: usize, reporter: &Reporter) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let needed = BESIDES + EACH * wanted as u64;
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
    let allowed = (current.saturating_sub(BESIDES) / EACH).max(1);
    let allowed = usize::try_from(allowed).unwrap_or(wanted).min(wanted);
    if allowed < wanted {
        reporter.note(&format!(
            "{allowed} calls at a time, not {wanted}: this process may open {current} files (ulimit -n)"
        ));
    }
    allowed
}

/// Elsewhere there is no such limit to ask for.
#[cfg(not(unix))]
pub(crate) fn connections(wanted: usize, _: &Reporter) -> usize {
    wanted
}
