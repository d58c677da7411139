//! Writes events to standard output: each as a whole, and in a thread, so that a reader that has stopped
//! reading does not stop the program.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::watch;

use super::event_output::EventOutput;

/// Buffers an event until it is flushed, and sends it to the thread.
pub(super) struct EventWriter {
    buffer: Vec<u8>,
    thread: Option<Sender<Vec<u8>>>,
    status: Arc<EventStatus>,
}

/// The state of the thread.
#[derive(Debug, Default)]
pub(crate) struct EventStatus(watch::Sender<EventCounts>);

#[derive(Debug, Default)]
struct EventCounts {
    submitted: u64,
    written: u64,
    /// The size of an incomplete last line that was removed, in bytes.
    removed: u64,
    error: Option<io::Error>,
}

impl EventStatus {
    /// The number of events that have been written.
    pub(crate) fn written(&self) -> u64 {
        self.0.borrow().written
    }

    /// The number of events that the reader of standard output has not taken.
    pub(super) fn unwritten(&self) -> u64 {
        let counts = self.0.borrow();
        counts.submitted - counts.written
    }

    /// Waits until every event has been written.
    ///
    /// # Errors
    /// Standard output refused one.
    pub(super) async fn all_written(&self) -> io::Result<()> {
        let is_over =
            |counts: &EventCounts| counts.written == counts.submitted || counts.error.is_some();
        // The sender is part of the status.
        let _ = self.0.subscribe().wait_for(is_over).await;
        let mut error = None;
        self.0.send_modify(|counts| error = counts.error.take());
        error.map_or(Ok(()), Err)
    }

    /// Returns the size of the incomplete last line that was removed; `None` on later calls.
    pub(super) fn take_removed(&self) -> Option<u64> {
        let mut removed = 0;
        self.0
            .send_modify(|counts| removed = std::mem::take(&mut counts.removed));
        (removed > 0).then_some(removed)
    }

    fn write_events(&self, events: &Receiver<Vec<u8>>) {
        let mut output = EventOutput::from_stdout();
        for event in events {
            let written = output.write(&event);
            let has_failed = written.is_err();
            self.0.send_modify(|counts| match written {
                Ok(removed) => {
                    counts.removed += removed;
                    counts.written += 1;
                }
                Err(error) => counts.error = Some(error),
            });
            if has_failed {
                return;
            }
        }
    }
}

impl EventWriter {
    pub(super) fn new(status: &Arc<EventStatus>) -> Self {
        Self {
            buffer: Vec::new(),
            thread: None,
            status: Arc::clone(status),
        }
    }

    fn start_thread(&self) -> io::Result<Sender<Vec<u8>>> {
        let (sender, receiver) = channel();
        let status = Arc::clone(&self.status);
        std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || status.write_events(&receiver))?;
        Ok(sender)
    }
}

impl Write for EventWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.thread.is_none() {
            self.thread = Some(self.start_thread()?);
        }
        self.status.0.send_modify(|counts| counts.submitted += 1);
        let event = std::mem::take(&mut self.buffer);
        let sent = self
            .thread
            .as_ref()
            .is_some_and(|it| it.send(event).is_ok());
        if sent {
            Ok(())
        } else {
            Err(ErrorKind::BrokenPipe.into())
        }
    }
}
