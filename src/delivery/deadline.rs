//! The time for the whole command (`--timeout`): one deadline, whatever the command waits for.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{Report, Reporter};

/// When the time for the command runs out, if it ever does, and the exit code that says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    code: Code,
}

impl Deadline {
    /// For a command that asks and answers. It starts now.
    pub(crate) fn of_command(timeout: Option<Duration>) -> Self {
        Self {
            at: timeout.map(|timeout| Instant::now() + timeout),
            code: Code::Unreachable,
        }
    }

    /// For a command that waits until something happens. It starts now.
    pub(crate) fn of_wait(timeout: Duration) -> Self {
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

    /// Comes when the time runs out.
    pub(crate) async fn reached(self) {
        match self.at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// The result of `work`, or `None` if the time runs out first. A call that ends at the deadline
    /// comes too late.
    pub(crate) async fn unless<T>(self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.reached() => None,
            result = work => Some(result),
        }
    }

    /// Reports that the time has run out; `what` tells what is missing.
    pub(crate) fn report(self, reporter: &Reporter, what: &str) -> Code {
        let name = match self.code {
            Code::WaitTimedOut => "WaitTimedOut",
            _ => "Unreachable",
        };
        reporter.error(&Report::new(
            self.code,
            name,
            format!("the time for the command ran out{what}"),
            Some("allow more time with --timeout".to_owned()),
        ));
        self.code
    }
}
