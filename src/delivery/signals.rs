//! Signals that ask the program to end, so that what was fetched is printed whole before it does.
//!
//! The first one is for the commands to act on, between two results. A second one ends the program
//! at once, on Unix from within the signal's handler: the program may be writing to a pipe that nobody
//! reads.

use std::future::pending;
use std::pin::Pin;

use futures_util::future::select_all;

use crate::diagnostics::Code;

/// The first signal that comes. If the platform does not let the program listen, a signal ends it as it
/// ends any other.
pub(super) fn first() -> Signal {
    Box::pin(first_of(platform::signals()))
}

/// Whether the starter of the program, such as `nohup`, wants it to outlive its terminal.
pub(crate) fn ignores_hang_up() -> bool {
    platform::ignores_hang_up()
}

/// A signal, which becomes the exit code that it stands for.
pub(super) type Signal = Pin<Box<dyn Future<Output = Code>>>;

async fn first_of(signals: Vec<Signal>) -> Code {
    if signals.is_empty() {
        return pending().await;
    }
    select_all(signals).await.0
}

#[cfg(unix)]
mod platform {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::flag;
    use tokio::signal::unix::{SignalKind, signal};

    use super::{Code, Signal};

    /// Ctrl-C, what `kill` and service managers send, and the end of the terminal.
    const CODES: [(SignalKind, Code); 3] = [
        (SignalKind::interrupt(), Code::Interrupted),
        (SignalKind::terminate(), Code::Terminated),
        (SignalKind::hangup(), Code::HungUp),
    ];

    pub(super) fn signals() -> Vec<Signal> {
        let ignored = ignored();
        let is_second = Arc::new(AtomicBool::new(false));
        CODES
            .into_iter()
            .filter(|(kind, _)| !ignored.has(kind.as_raw_value()))
            .filter_map(|(kind, code)| {
                let mut stream = signal(kind).ok()?;
                let number = kind.as_raw_value();
                // In this order, or the first one would count as the second.
                let condition = Arc::clone(&is_second);
                flag::register_conditional_shutdown(number, code as i32, condition).ok()?;
                flag::register(number, Arc::clone(&is_second)).ok()?;
                Some(Box::pin(async move {
                    stream.recv().await;
                    code
                }) as _)
            })
            .collect()
    }

    pub(super) fn ignores_hang_up() -> bool {
        ignored().has(SignalKind::hangup().as_raw_value())
    }

    /// Signals by number, as a bit mask.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Set(u64);

    impl Set {
        fn has(self, number: i32) -> bool {
            (self.0 >> (number - 1)) & 1 == 1
        }

        /// That of a line of `/proc/PID/status` (proc(5)).
        fn from_status(status: &str) -> Option<Self> {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok().map(Self)
        }
    }

    /// The signals that the starter of the program wants ignored: `nohup` the hang-up, a shell the
    /// interrupt of its background jobs. Where the system does not tell, the hang-up is left as it is,
    /// for `nohup`'s sake.
    fn ignored() -> Set {
        let told = std::fs::read_to_string("/proc/self/status");
        told.ok()
            .and_then(|status| Set::from_status(&status))
            .unwrap_or(Set(1 << (SignalKind::hangup().as_raw_value() - 1)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_are_read_from_the_mask() {
            let status = "Name:\twsb\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n";
            let set = Set::from_status(status).unwrap();
            let has = [1, 2, 13, 15].map(|number| set.has(number));
            assert_eq!(has, [true, false, true, false]);
            for status in ["", "SigIgn:\tx\n", "SigBlk:\t1\n"] {
                assert_eq!(Set::from_status(status), None);
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use tokio::runtime::Builder;
    use tokio::signal::windows::ctrl_c;

    use super::{Code, Signal};

    pub(super) fn ignores_hang_up() -> bool {
        false
    }

    pub(super) fn signals() -> Vec<Signal> {
        let Ok(mut interrupts) = ctrl_c() else {
            return Vec::new();
        };
        // In a thread of its own: that of the runtime may be writing to a pipe that nobody reads. If
        // the system gives none, the second Ctrl-C is like the first.
        let _ = std::thread::Builder::new().spawn(end_at_the_second);
        vec![Box::pin(async move {
            interrupts.recv().await;
            Code::Interrupted
        })]
    }

    /// Ends the program at the second Ctrl-C.
    fn end_at_the_second() {
        let (Ok(runtime), Ok(mut interrupts)) = (Builder::new_current_thread().build(), ctrl_c())
        else {
            return;
        };
        runtime.block_on(async {
            interrupts.recv().await;
            interrupts.recv().await;
        });
        std::process::exit(Code::Interrupted as i32);
    }
}
