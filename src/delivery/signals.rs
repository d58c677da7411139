//! Signals that end the program.
//!
//! The first signal ends the command, which still prints the results that it has received. The second signal
//! ends the process at once. On Unix the signal handler does that, because the program's thread may be blocked
//! by a pipe whose reader does not read.

use std::future::pending;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::future::select_all;

use crate::diagnostics::Code;

pub(crate) use platform::ignores_hang_up;

/// Waits for a signal and returns its exit code.
pub(super) type Signal = Pin<Box<dyn Future<Output = Code>>>;

/// Waits for the first signal. If the system does not let the program handle a signal, that signal ends the
/// process at once.
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

    /// Ctrl-C, the default signal of `kill` and of service managers, and the close of the terminal.
    const CODES: [(SignalKind, Code); 3] = [
        (SignalKind::interrupt(), Code::Interrupted),
        (SignalKind::terminate(), Code::Terminated),
        (SignalKind::hangup(), Code::HungUp),
    ];

    pub(super) fn signals() -> Vec<Signal> {
        // With a handler, a file at the size limit (ulimit -f) is an error of write(2) instead of a signal that
        // kills the process.
        let _ = flag::register(SIGXFSZ, Arc::default());
        let ignored = ignored_signals();
        let is_second = Arc::new(AtomicBool::new(false));
        CODES
            .into_iter()
            .filter(|(kind, _)| ignored & bit(*kind) == 0)
            .filter_map(|(kind, code)| {
                let mut stream = signal(kind).ok()?;
                let number = kind.as_raw_value();
                // Handlers run in the order of registration. The other order would exit at the first signal.
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

    /// Whether SIGHUP was ignored when the program started, as `nohup` starts programs.
    pub(crate) fn ignores_hang_up() -> bool {
        ignored_signals() & bit(SignalKind::hangup()) != 0
    }

    fn bit(kind: SignalKind) -> u64 {
        1 << (kind.as_raw_value() - 1)
    }

    /// The signals that were ignored when the program started, which stay ignored: `nohup` ignores SIGHUP, and a
    /// shell ignores SIGINT for background jobs. On systems without `/proc`, SIGHUP counts as ignored.
    fn ignored_signals() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status");
        status
            .ok()
            .and_then(|status| parse_ignored(&status))
            .unwrap_or_else(|| bit(SignalKind::hangup()))
    }

    /// Parses the mask of ignored signals in `/proc/PID/status` (proc(5)).
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
        // In another thread, because the runtime's thread may be blocked by a pipe whose reader does not read.
        // If no thread can be started, the second Ctrl-C does nothing.
        let _ = std::thread::Builder::new().spawn(exit_at_second_interrupt);
        vec![Box::pin(async move {
            interrupts.recv().await;
            Code::Interrupted
        })]
    }

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
