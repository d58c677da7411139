//! Signals that ask the emulator to end.

use std::io;

/// Signals that ask a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "Windows knows Ctrl-C alone"))]
pub(super) enum EndSignal {
    /// Ctrl-C: the terminal sends it to the command as well.
    Interrupt,
    /// `SIGTERM`, which service managers and container engines send.
    Terminate,
    /// `SIGHUP`, when the terminal is closed.
    HangUp,
}

/// Receives the signals, which no longer end the process by themselves.
#[derive(Debug)]
pub(super) struct EndSignals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl EndSignals {
    /// Catches the signals; `SIGHUP` only if asked to, since `nohup` has it ignored.
    ///
    /// # Errors
    /// The system does not let the process catch them.
    pub(super) fn catch(with_hang_up: bool) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let hang_up = with_hang_up.then(|| signal(SignalKind::hangup()));
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: hang_up.transpose()?,
            })
        }
        #[cfg(windows)]
        {
            let _ = with_hang_up;
            Ok(Self {
                interrupt: tokio::signal::windows::ctrl_c()?,
            })
        }
    }

    /// The next signal.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> EndSignal {
        let Self {
            interrupt,
            terminate,
            hang_up,
        } = self;
        let hung_up = async {
            match hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => None,
            }
        };
        tokio::select! {
            Some(()) = interrupt.recv() => EndSignal::Interrupt,
            Some(()) = terminate.recv() => EndSignal::Terminate,
            Some(()) = hung_up => EndSignal::HangUp,
            else => std::future::pending().await,
        }
    }

    /// The next signal.
    #[cfg(windows)]
    pub(super) async fn next(&mut self) -> EndSignal {
        match self.interrupt.recv().await {
            Some(()) => EndSignal::Interrupt,
            None => std::future::pending().await,
        }
    }
}
