//! Signals that end the program after what it has received is printed.
//!
//! The first signal ends the command between two results. A second one ends the program at once, on Unix
//! from within the signal handler: the program may be writing to a pipe that nobody reads.

use std::future::pending;
use std::pin::Pin;

use futures_util::future::select_all;

use crate::diagnostics::Code;

/// The first signal. Where the system does not let the program listen, a signal ends it at once.
pub(super) fn first() -> Signal {
    Box::pin(first_of(platform::signals()))
}

/// Whether the program was started to outlive its terminal, as `nohup` does.
pub(crate) fn ignores_hang_up() -> bool {
    platform::ignores_hang_up()
}

/// Waits for a signal and returns its exit code.
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

    use signal_hook::consts::signal::SIGXFSZ;
    use signal_hook::flag;
    use tokio::signal::unix::{SignalKind, signal};

    use super::{Code, Signal};

    /// Ctrl-C, the signal of `kill` and service managers, and the end of the terminal.
    const CODES: [(SignalKind, Code); 3] = [
        (SignalKind::interrupt(), Code::Interrupted),
        (SignalKind::terminate(), Code::Terminated),
        (SignalKind::hangup(), Code::HungUp),
    ];

    pub(super) fn signals() -> Vec<Signal> {
        // A file that reaches the limit of its size (ulimit -f) is then an error of the write.
        let _ = flag::register(SIGXFSZ, Arc::default());
        let ignored = ignored();
        let is_second = Arc::new(AtomicBool::new(false));
        CODES
            .into_iter()
            .filter(|(kind, _)| !ignored.has(kind.as_raw_value()))
            .filter_map(|(kind, code)| {
                let mut stream = signal(kind).ok()?;
                let number = kind.as_raw_value();
                // In this order: otherwise the first signal would count as the second.
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
    struct SignalSet(u64);

    impl SignalSet {
        fn has(self, number: i32) -> bool {
            (self.0 >> (number - 1)) & 1 == 1
        }

        /// The ignored signals in `/proc/PID/status` (proc(5)).
        fn from_status(status: &str) -> Option<Self> {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok().map(Self)
        }
    }

    /// The signals that were ignored when the program started: by `nohup` the hang-up, by a shell the
    /// interrupt of background jobs. They stay ignored. Where the system does not show them, the hang-up
    /// is taken for ignored because of `nohup`.
    fn ignored() -> SignalSet {
        let status = std::fs::read_to_string("/proc/self/status");
        status
            .ok()
            .and_then(|status| SignalSet::from_status(&status))
            .unwrap_or(SignalSet(1 << (SignalKind::hangup().as_raw_value() - 1)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_are_read_from_the_mask() {
            let status = "Name:\twsb\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n";
            let set = SignalSet::from_status(status).unwrap();
            let has = [1, 2, 13, 15].map(|number| set.has(number));
            assert_eq!(has, [true, false, true, false]);
            for status in ["", "SigIgn:\tx\n", "SigBlk:\t1\n"] {
                assert_eq!(SignalSet::from_status(status), None);
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
        // In its own thread, since that of the runtime may be writing to a pipe that nobody reads. If no
        // thread can be started, the second Ctrl-C is like the first.
        let _ = std::thread::Builder::new().spawn(exit_at_second_interrupt);
        vec![Box::pin(async move {
            interrupts.recv().await;
            Code::Interrupted
        })]
    }

    /// Ends the program at the second Ctrl-C.
    fn exit_at_second_interrupt() {
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
