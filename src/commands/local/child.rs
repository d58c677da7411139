//! A command that runs against the emulator.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;

use tokio::process::{Child, Command};

use super::signals::{EndSignal, EndSignals};
use crate::emulator::Server;

/// A command that could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {}: {source}", program.display())]
pub(super) struct NotStarted {
    program: OsString,
    source: io::Error,
}

impl NotStarted {
    /// The code that a shell ends with in this case: 127 if the command was not found, 126 if it
    /// could not be run.
    pub(super) fn exit_code(&self) -> i32 {
        match self.source.kind() {
            io::ErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

/// Runs `command`, and serves meanwhile. Returns the command's exit code; on Unix, 128 plus the signal's
/// number if a signal ended it.
///
/// Signals that ask this process to end are passed on to the command, except the interrupt, which the
/// terminal sends to both. The command decides what to do about them: this process waits for its end.
///
/// # Errors
/// The command was not found or cannot be run.
pub(super) async fn run_command(
    server: Server,
    mut command: Command,
    signals: EndSignals,
) -> Result<i32, NotStarted> {
    let program = command.as_std().get_program().to_owned();
    let not_started = |source| NotStarted { program, source };
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Err(not_started(error)),
    };
    let status = server.run(wait(child, signals)).await;
    Ok(exit_code(status.map_err(not_started)?))
}

/// Waits for the child's exit status. Meanwhile signals are passed on to it.
async fn wait(mut child: Child, mut signals: EndSignals) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            ended = child.wait() => return ended,
            signal = signals.next() => pass_on(signal, &child),
        }
    }
}

#[cfg(unix)]
fn pass_on(signal: EndSignal, child: &Child) {
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
fn pass_on(_signal: EndSignal, _child: &Child) {}

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
