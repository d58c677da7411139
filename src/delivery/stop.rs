//! Ends a command early: at a signal, or at the deadline of `--timeout`.

use std::future::pending;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::time::{Instant, sleep_until};

use super::signals::{self, Signal};
use crate::diagnostics::{Code, Failure};

/// The deadline of the command, if it has one, and its exit code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Option<Instant>,
    code: Code,
}

impl Deadline {
    /// The time starts now. `code` is the exit code if it runs out.
    pub(crate) fn new(timeout: Option<Duration>, code: Code) -> Self {
        Self {
            at: timeout.map(|timeout| Instant::now() + timeout),
            code,
        }
    }

    pub(super) fn has_passed(self) -> bool {
        self.at.is_some_and(|at| at <= Instant::now())
    }

    /// The reason why the command ends at the deadline.
    pub(super) fn passed(self) -> Stopped {
        Stopped::Deadline(self.code)
    }

    /// Waits for the deadline.
    pub(crate) async fn reached(self) {
        until(self.at).await;
    }
}

/// Sleeps until `time`, or forever without one.
pub(crate) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Waits for a signal and for the deadline.
pub(crate) struct Stop {
    signal: Shared<Signal>,
    pub(crate) deadline: Deadline,
}

/// The reason why a command ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A signal, which has this exit code.
    Signal(Code),
    /// The time ran out, which has this exit code.
    Deadline(Code),
}

impl Stop {
    /// Starts to listen for signals.
    pub(crate) fn listen(deadline: Deadline) -> Self {
        Self {
            signal: signals::first().shared(),
            deadline,
        }
    }

    /// The result of `work`.
    ///
    /// # Errors
    /// A signal or the deadline came first. Work that ends at the deadline is too late.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            code = self.signal.clone() => Err(Stopped::Signal(code)),
            () = self.deadline.reached() => Err(self.deadline.passed()),
            result = work => Ok(result),
        }
    }
}

impl Stopped {
    /// The failure to report. `status` continues the message, as in `: 2 of 5 sessions done`.
    pub(crate) fn failure(self, status: &str) -> Failure {
        match self {
            Self::Signal(code) => {
                let by = match code {
                    Code::HungUp => " by SIGHUP",
                    Code::Terminated => " by SIGTERM",
                    _ => "",
                };
                Failure::new(code, format!("interrupted{by}{status}"))
            }
            Self::Deadline(code) => {
                let message = format!("the time for the command ran out{status}");
                Failure::new(code, message).with_hint("allow more time with --timeout")
            }
        }
    }
}
