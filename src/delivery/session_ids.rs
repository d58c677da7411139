//! Session IDs from the arguments or standard input, as they come.

use std::io::{self, BufReader, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::id_lines::{self, BadLine};
use crate::cli::Sessions;
use crate::diagnostics::Failure;
use crate::service::ids::SessionId;

/// IDs that are read ahead of those that are asked for: enough that reading never holds up a call.
const READ_AHEAD: usize = 1000;

/// How much of the input is known so far; shared with the thread that reads it.
#[derive(Debug, Default)]
pub(crate) struct Input {
    count: AtomicU64,
    is_over: AtomicBool,
    is_typed: bool,
}

impl Input {
    /// Sessions and bad lines read so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether all of it is read.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Whether a person types it.
    pub(crate) fn is_typed(&self) -> bool {
        self.is_typed
    }

    /// `number`, or the number of sessions if that is known to be less.
    pub(crate) fn at_most(&self, number: usize) -> usize {
        match usize::try_from(self.count()) {
            Ok(count) if self.is_over() => count.clamp(1, number),
            _ => number,
        }
    }
}

/// The IDs as they come, and how many are known. A line that is not an ID is a failure.
pub(crate) fn session_ids(
    sessions: Sessions,
) -> (
    impl Stream<Item = Result<SessionId, Failure>> + Unpin,
    Arc<Input>,
) {
    let is_typed = matches!(sessions, Sessions::StandardInput) && io::stdin().is_terminal();
    let input = Arc::new(Input {
        is_typed,
        ..Input::default()
    });
    let ids = match sessions {
        Sessions::Given(ids) => {
            input.count.store(ids.len() as u64, Ordering::Relaxed);
            input.is_over.store(true, Ordering::Relaxed);
            stream::iter(ids.into_iter().map(Ok)).left_stream()
        }
        Sessions::StandardInput => Box::pin(standard_input(Arc::clone(&input))).right_stream(),
    };
    (ids, input)
}

/// The IDs of standard input. Reading blocks, so a thread does it; the program does not wait for it at
/// its end, since a terminal or a pipe may never close.
fn standard_input(input: Arc<Input>) -> impl Stream<Item = Result<SessionId, Failure>> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let failed = (sender.clone(), Arc::clone(&input));
    let read = move || {
        for id in id_lines::session_ids(BufReader::new(io::stdin())) {
            input.count.fetch_add(1, Ordering::Relaxed);
            if sender.blocking_send(id.map_err(bad_line)).is_err() {
                return;
            }
        }
        input.is_over.store(true, Ordering::Relaxed);
    };
    let thread = std::thread::Builder::new().name("standard input".to_owned());
    if let Err(error) = thread.spawn(read) {
        let reason = format!("could not start a thread to read it: {error}");
        let (sender, input) = &failed;
        input.count.store(1, Ordering::Relaxed);
        input.is_over.store(true, Ordering::Relaxed);
        // The channel is empty, so there is room.
        let _ = sender.try_send(Err(bad_line(BadLine { number: 1, reason })));
    }
    drop(failed);
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|id| (id, receiver))
    })
}

fn bad_line(line: BadLine) -> Failure {
    Failure::usage(format!(
        "line {} of standard input: {}",
        line.number, line.reason
    ))
}
