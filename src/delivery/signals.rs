//! Signals that end the program after it has printed the results that it has received.
//!
//! The first signal ends the command between two results. A second one ends the program at once, on Unix
//! from within the signal handler: the program may be writing to a pipe that nobody reads.

use std::future::pending;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::future::select_all;

use crate::diagnostics::Code;

pub(crate) use platform::ignores_hang_up;

/// Waits for a signal and returns its exit code.
pub(super) type Signal = Pin<Box<dyn Future<Output = Code>>>;

/// The first signal. Where the system does not let the program listen, a signal ends it at once.
pub(super) fn first() -> Signal {
    let mut signals = platform::signals();
    signals.push(Box::pin(pending()));
    Box::pin(select_all(signals).map(|(code, ..)| code))
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
        let ignored = ignored_signals();
        let is_second = Arc::new(AtomicBool::new(false));
        CODES
            .into_iter()
            .filter(|(kind, _)| ignored & bit(*kind) == 0)
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

    /// Whether the program was started to outlive its terminal, as `nohup` does.
    pub(crate) fn ignores_hang_up() -> bool {
        ignored_signals() & bit(SignalKind::hangup()) != 0
    }

    /// The bit of a signal in the masks of `/proc/PID/status`.
    fn bit(kind: SignalKind) -> u64 {
        1 << (kind.as_raw_value() - 1)
    }

    /// The signals that were ignored when the program started: by `nohup` the hang-up, by a shell the
    /// interrupt of background jobs. They stay ignored. Where the system does not show them, `nohup` is
    /// assumed.
    fn ignored_signals() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status");
        status
            .ok()
            .and_then(|status| parse_ignored(&status))
            .unwrap_or_else(|| bit(SignalKind::hangup()))
    }

    /// The ignored signals in `/proc/PID/status` (proc(5)).
    fn parse_ignored(status: &str) -> Option<u64> {
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_are_read_from_the_mask() {
            let status = "Name:\twsb\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n";
            assert_eq!(parse_ignored(status), Some(0x1001));
            assert_eq!(bit(SignalKind::hangup()), 1);
            assert_eq!(bit(SignalKind::terminate()), 1 << 14);
            for status in ["", "SigIgn:\tx\n", "SigBlk:\t1\n"] {
                assert_eq!(parse_ignored(status), None);
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use tokio::runtime::Builder;
    use tokio::signal::windows::ctrl_c;

    use super::{Code, Signal};

    pub(crate) fn ignores_hang_up() -> bool {
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
