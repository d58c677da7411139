//! A command that runs against the emulator.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process::ExitStatus;

use tokio::process::{Child, Command};

use super::server::Server;
use super::signals::{EndSignal, EndSignals};

/// A command that could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {}: {source}", program.display())]
pub struct NotStarted {
    program: OsString,
    source: io::Error,
}

impl NotStarted {
    /// The code that a shell ends with in this case: 127 if the command was not found, 126 if it
    /// could not be run.
    pub fn exit_code(&self) -> i32 {
        match self.source.kind() {
            io::ErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

/// Runs `program` with the environment that makes it call `server`, and serves meanwhile. Returns the
/// program's exit code; on Unix, 128 plus the signal's number if a signal ended it.
///
/// Signals that ask this process to end are handed on to the program, except the interrupt, which the
/// terminal sends to both. The program decides what it does about them: this process waits for the
/// program's end.
///
/// # Errors
/// The command was not found or cannot be run.
pub async fn run_command(
    server: Server,
    program: &OsStr,
    arguments: &[OsString],
    signals: EndSignals,
) -> Result<i32, NotStarted> {
    let not_started = |source| NotStarted {
        program: program.to_owned(),
        source,
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let environment = server.environment();
    for name in environment.removed {
        command.env_remove(name);
    }
    command.envs(environment.set);
    if let Some(path) = search_path() {
        command.env("PATH", path);
    }
    let child = command.spawn().map_err(not_started)?;
    let status = server.run(end_of(child, signals)).await;
    Ok(exit_code(status.map_err(not_started)?))
}

/// The child's exit status. Meanwhile signals are handed on to it.
async fn end_of(mut child: Child, mut signals: EndSignals) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            ended = child.wait() => return ended,
            signal = signals.next() => hand_on(signal, &child),
        }
    }
}

#[cfg(unix)]
fn hand_on(signal: EndSignal, child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match signal {
        EndSignal::Interrupt => return,
        EndSignal::Terminate => Signal::TERM,
        EndSignal::HangUp => Signal::HUP,
    };
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(Pid::from_raw) {
        // It may have ended just now.
        let _ = kill_process(id, signal);
    }
}

/// The interrupt goes to all processes of the console.
#[cfg(not(unix))]
fn hand_on(_signal: EndSignal, _child: &Child) {}

/// This program's own folder, then the user's `PATH`, so that `wsb` is this `wsb`.
fn search_path() -> Option<OsString> {
    let program = env::current_exe().ok()?;
    // An empty path would mean the working folder.
    let given = env::var_os("PATH").filter(|path| !path.is_empty());
    let folders = [program.parent()?.to_owned()]
        .into_iter()
        .chain(given.iter().flat_map(env::split_paths));
    env::join_paths(folders).ok()
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).unwrap_or(1)
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}
