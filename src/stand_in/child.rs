//! A command that runs against the stand-in.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use super::server::Server;

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
/// The terminal's interrupt goes to both processes. The program decides what it does about it: this
/// process waits for the program's end.
///
/// # Errors
/// The command was not found or cannot be run.
pub async fn run_command(
    server: Server,
    program: &OsStr,
    arguments: &[OsString],
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
    // Before the command starts: an interrupt in between would end this process only.
    let interrupts = Interrupts::catch().map_err(not_started)?;
    let mut child = command.spawn().map_err(not_started)?;
    let ended = async {
        tokio::select! {
            ended = child.wait() => ended,
            never = interrupts.ignore() => match never {},
        }
    };
    let status = server.run(ended).await.map_err(not_started)?;
    Ok(exit_code(status))
}

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

/// The terminal's interrupts, which no longer end this process.
struct Interrupts {
    #[cfg(unix)]
    signals: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signals: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    fn catch() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signals: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::interrupt())?
            },
            #[cfg(windows)]
            signals: tokio::signal::windows::ctrl_c()?,
        })
    }

    async fn ignore(mut self) -> std::convert::Infallible {
        loop {
            if self.signals.recv().await.is_none() {
                // No more will come.
                std::future::pending::<()>().await;
            }
        }
    }
}
