//! Ends a command early: at a signal, or at the deadline of `--timeout`.

use std::future::pending;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::time::{Instant, sleep_until};

use super::signals::{self, Signal};
use crate::diagnostics::{Code, Failure};

/// Sleeps until `time`, or forever without one.
pub(crate) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// The result of `work`, or `None` if it is not available by `deadline`.
pub(crate) async fn finish_by<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = until(deadline) => None,
        result = work => Some(result),
    }
}

/// The events that end a command early: a signal, and the deadline.
pub(crate) struct Stop {
    signal: Shared<Signal>,
    pub(crate) deadline: Option<Instant>,
    /// The exit code for the deadline: 11 for `wait-session`, 9 for the other commands.
    timeout_code: Code,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A signal, with its exit code.
    Signal(Code),
    /// The deadline of `--timeout`, with its exit code.
    Deadline(Code),
}

impl Stop {
    /// Starts to listen for signals. The deadline is `timeout` from now.
    pub(crate) fn listen(timeout: Option<Duration>, timeout_code: Code) -> Self {
        Self {
            signal: signals::first().shared(),
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            timeout_code,
        }
    }

    pub(super) fn at_deadline(&self) -> Stopped {
        Stopped::Deadline(self.timeout_code)
    }

    /// The result of `work`.
    ///
    /// # Errors
    /// A signal or the deadline came first.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            code = self.signal.clone() => Err(Stopped::Signal(code)),
            result = finish_by(self.deadline, work) => result.ok_or(self.at_deadline()),
        }
    }
}

impl Stopped {
    /// The failure to report. `status` is appended to its message, as in `: 2 of 5 sessions done`.
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
