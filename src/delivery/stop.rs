//! What ends a command early: a signal, or the time for the whole command (`--timeout`).

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::signals::{self, Signal};
use crate::diagnostics::{Code, Failure};

/// When the time for the command runs out, if it ever does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    code: Code,
}

impl Deadline {
    /// For a command that asks and answers. It starts now.
    pub(crate) fn from_command(timeout: Option<Duration>) -> Self {
        Self {
            at: timeout.map(|timeout| Instant::now() + timeout),
            code: Code::Unreachable,
        }
    }

    /// For a command that waits until something happens. It starts now.
    pub(crate) fn for_wait(timeout: Duration) -> Self {
        Self {
            at: Some(Instant::now() + timeout),
            code: Code::WaitTimedOut,
        }
    }

    /// The moment, for the client of the service, whose calls end by then.
    pub(crate) fn at(self) -> Option<Instant> {
        self.at
    }

    /// Whether the time has run out.
    pub(crate) fn has_passed(self) -> bool {
        self.at.is_some_and(|at| at <= Instant::now())
    }

    /// What the command is told when the time has run out.
    pub(crate) fn passed(self) -> Stopped {
        Stopped::Deadline(self.code)
    }

    /// Comes when the time runs out.
    pub(crate) async fn reached(self) {
        match self.at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

/// Listens for what ends a command early.
pub(crate) struct Stop {
    signal: Signal,
    /// The signal that has come.
    came: Option<Code>,
    deadline: Deadline,
}

/// What ended a command early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A signal, by the exit code that it stands for.
    Signal(Code),
    /// The time ran out, which ends in this code.
    Deadline(Code),
}

impl Stop {
    /// Starts to listen.
    pub(crate) fn listen(deadline: Deadline) -> Self {
        Self {
            signal: signals::first(),
            came: None,
            deadline,
        }
    }

    /// When the time runs out.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The result of `work`.
    ///
    /// # Errors
    /// A signal or the deadline came first. Work that ends at the deadline comes too late.
    pub(crate) async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        if let Some(code) = self.came {
            return Err(Stopped::Signal(code));
        }
        tokio::select! {
            biased;
            code = &mut self.signal => {
                self.came = Some(code);
                Err(Stopped::Signal(code))
            }
            () = self.deadline.reached() => Err(self.deadline.passed()),
            result = work => Ok(result),
        }
    }
}

impl Stopped {
    /// The failure to report; `standing` says how far the command came, as in `: 2 of 5 sessions done`.
    pub(crate) fn failure(self, standing: &str) -> Failure {
        match self {
            Self::Signal(code) => {
                let by = match code {
                    Code::HungUp => " by SIGHUP",
                    Code::Terminated => " by SIGTERM",
                    _ => "",
                };
                Failure::new(code, format!("interrupted{by}{standing}"))
            }
            Self::Deadline(code) => {
                let message = format!("the time for the command ran out{standing}");
                Failure::new(code, message).with_hint("allow more time with --timeout")
            }
        }
    }
}
