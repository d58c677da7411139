//! A command that runs against the stand-in.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use super::server::Server;

/// A command that could not be started.
#[derive(Debug)]
pub struct NotStarted {
    program: OsString,
    source: io::Error,
}

impl NotStarted {
    /// The code that a shell ends with in this case: 127 for a command that was not found, 126 for
    /// one that could not be run.
    pub fn exit_code(&self) -> i32 {
        match self.source.kind() {
            io::ErrorKind::NotFound => 127,
            _ => 126,
        }
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program.display();
        write!(formatter, "cannot run {program}: {}", self.source)
    }
}

impl std::error::Error for NotStarted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Runs `program` with the environment that leads it to `server`, which serves meanwhile, and gives
/// its exit code; on Unix, 128 and the signal's number for one that a signal ended.
///
/// The terminal's interrupt goes to both processes. It is for the command to act on it: this one
/// waits for the command's end.
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
    for name in server.removed_variables() {
        command.env_remove(name);
    }
    command.envs(server.environment());
    if let Some(path) = search_path() {
        command.env("PATH", path);
    }
    // Before the command starts: an interrupt in between would leave it alone.
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

/// The user's `PATH` behind this program's own folder, so that `wsb` is this `wsb`.
fn search_path() -> Option<OsString> {
    let program = env::current_exe().ok()?;
    // An empty path would stand for the working folder.
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
                // No more will come; nothing is left to ignore.
                std::future::pending::<()>().await;
            }
        }
    }
}
