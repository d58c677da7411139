//! Runs a command against the emulator, and passes termination signals on to it.

use std::io;

use tokio::process::Command;

pub(super) use self::platform::{SignalStreams, catch_signals, next_signal};
use crate::emulator::Server;

/// Runs `command` while `server` serves. Returns the command's exit code; on Unix, 128 plus the signal's number if
/// a signal ended it.
///
/// Termination signals to this process are passed on to the command, except the interrupt, which the terminal
/// sends to both. The command may ignore them, so this process waits for its end.
///
/// # Errors
/// The command was not found or cannot be run.
pub(super) async fn run_command(
    server: Server,
    mut command: Command,
    mut signals: SignalStreams,
) -> io::Result<i32> {
    let mut child = command.spawn()?;
    let status = server.run(async {
        loop {
            tokio::select! {
                ended = child.wait() => return ended,
                signal = next_signal(&mut signals) => platform::pass_on(signal, &child),
            }
        }
    });
    Ok(platform::exit_code(status.await?))
}

#[cfg(unix)]
mod platform {
    use std::future::poll_fn;
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;
    use std::task::Poll;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::process::Child;
    use tokio::signal::unix::{self, SignalKind};

    /// The caught termination signals. They no longer end the process.
    pub(in super::super) type SignalStreams = Vec<(Signal, unix::Signal)>;

    /// Catches `SIGINT` and `SIGTERM`. Catches `SIGHUP` only if `with_hang_up` is set: under `nohup` it stays
    /// ignored.
    pub(in super::super) fn catch_signals(with_hang_up: bool) -> io::Result<SignalStreams> {
        let mut signals = vec![
            (Signal::INT, unix::signal(SignalKind::interrupt())?),
            (Signal::TERM, unix::signal(SignalKind::terminate())?),
        ];
        if with_hang_up {
            signals.push((Signal::HUP, unix::signal(SignalKind::hangup())?));
        }
        Ok(signals)
    }

    pub(in super::super) async fn next_signal(signals: &mut SignalStreams) -> Signal {
        poll_fn(|context| {
            for (signal, stream) in &mut *signals {
                if stream.poll_recv(context).is_ready() {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }

    pub(super) fn pass_on(signal: Signal, child: &Child) {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(Pid::from_raw)
            && signal != Signal::INT
        {
            // Fails if the command has just ended.
            let _ = kill_process(id, signal);
        }
    }

    pub(super) fn exit_code(status: ExitStatus) -> i32 {
        let signal = status.signal().map(|signal| 128 + signal);
        status.code().or(signal).unwrap_or(1)
    }
}

#[cfg(windows)]
mod platform {
    use std::io;
    use std::process::ExitStatus;

    use tokio::process::Child;
    use tokio::signal::windows::ctrl_c;

    pub(in super::super) use tokio::signal::windows::CtrlC as SignalStreams;

    /// Catches Ctrl-C, so that it no longer ends the process.
    pub(in super::super) fn catch_signals(_: bool) -> io::Result<SignalStreams> {
        ctrl_c()
    }

    pub(in super::super) async fn next_signal(signals: &mut SignalStreams) {
        if signals.recv().await.is_none() {
            std::future::pending().await
        }
    }

    /// Does nothing, because Ctrl-C goes to all processes of the console.
    pub(super) fn pass_on((): (), _: &Child) {}

    pub(super) fn exit_code(status: ExitStatus) -> i32 {
        status.code().unwrap_or(1)
    }
}
