//! Writes events to standard output: each as a whole, and from a thread of its own, so that a reader that
//! has stopped reading does not stop the program.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::event_output::EventOutput;

/// Collects what is written until it is flushed, and hands it to the thread.
pub(super) struct EventWriter {
    held: Vec<u8>,
    thread: Option<Sender<Vec<u8>>>,
    status: Arc<EventStatus>,
}

/// How far the thread has come.
#[derive(Debug)]
pub(crate) struct EventStatus {
    submitted: AtomicU64,
    written: watch::Sender<u64>,
    error: Mutex<Option<io::Error>>,
    removed: AtomicU64,
}

impl Default for EventStatus {
    fn default() -> Self {
        Self {
            submitted: AtomicU64::new(0),
            written: watch::Sender::new(0),
            error: Mutex::new(None),
            removed: AtomicU64::new(0),
        }
    }
}

impl EventStatus {
    /// The number of events that have been written.
    pub(crate) fn written(&self) -> u64 {
        *self.written.borrow()
    }

    /// The number of events that the reader of standard output has not taken.
    pub(super) fn unwritten(&self) -> u64 {
        self.submitted
            .load(Ordering::Relaxed)
            .saturating_sub(self.written())
    }

    /// Waits until every event has been written.
    ///
    /// # Errors
    /// Standard output refused one.
    pub(super) async fn all_written(&self) -> io::Result<()> {
        let mut written = self.written.subscribe();
        let submitted = self.submitted.load(Ordering::Relaxed);
        let has_ended = |count: &u64| *count >= submitted || self.error().is_some();
        // The sender is part of the status.
        let _ = written.wait_for(has_ended).await;
        match self.error().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The bytes of an incomplete last line that were removed, once.
    pub(super) fn take_removed(&self) -> Option<u64> {
        Some(self.removed.swap(0, Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    fn error(&self) -> std::sync::MutexGuard<'_, Option<io::Error>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all_of(&self, events: &Receiver<Vec<u8>>) {
        let mut output = EventOutput::from_stdout();
        for event in events {
            match output.write(&event) {
                Ok(removed) => {
                    self.removed.fetch_add(removed, Ordering::Relaxed);
                    self.written.send_modify(|count| *count += 1);
                }
                Err(error) => {
                    *self.error() = Some(error);
                    self.written.send_modify(|_| {});
                    return;
                }
            }
        }
    }
}

impl EventWriter {
    pub(super) fn new(status: &Arc<EventStatus>) -> Self {
        Self {
            held: Vec::new(),
            thread: None,
            status: Arc::clone(status),
        }
    }

    fn start_thread(&self) -> io::Result<Sender<Vec<u8>>> {
        let (sender, receiver) = channel();
        let status = Arc::clone(&self.status);
        std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || status.write_all_of(&receiver))?;
        Ok(sender)
    }
}

impl Write for EventWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => self.start_thread()?,
        };
        self.status.submitted.fetch_add(1, Ordering::Relaxed);
        let sent = thread.send(std::mem::take(&mut self.held));
        self.thread = Some(thread);
        sent.map_err(|_| io::Error::from(ErrorKind::BrokenPipe))
    }
}
