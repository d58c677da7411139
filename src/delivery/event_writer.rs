//! Writes events to standard output in a thread, so that the program goes on polling if the reader of a pipe
//! stops reading.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::Context as _;
use tokio::sync::watch;

use super::event_output::EventOutput;
use crate::diagnostics::Reporter;

/// Sends events to the thread that writes them. Each call of `write` must contain one complete event.
pub(super) struct EventWriter {
    thread: Sender<Vec<u8>>,
    status: Arc<EventStatus>,
}

/// The numbers of submitted and written events, and the error that ended the thread.
#[derive(Debug, Default)]
pub(crate) struct EventStatus(watch::Sender<EventCounts>);

#[derive(Debug, Default)]
struct EventCounts {
    submitted: u64,
    written: u64,
    error: Option<io::Error>,
}

impl EventStatus {
    pub(crate) fn written(&self) -> u64 {
        self.0.borrow().written
    }

    /// The number of events that have not been written yet.
    pub(crate) fn unwritten(&self) -> u64 {
        let counts = self.0.borrow();
        counts.submitted - counts.written
    }

    /// Waits until every event has been written.
    ///
    /// # Errors
    /// An event could not be written.
    pub(super) async fn all_written(&self) -> io::Result<()> {
        let is_over =
            |counts: &EventCounts| counts.written == counts.submitted || counts.error.is_some();
        // This fails only if the sender is dropped, which `self` owns.
        let _ = self.0.subscribe().wait_for(is_over).await;
        let mut error = None;
        self.0.send_modify(|counts| error = counts.error.take());
        error.map_or(Ok(()), Err)
    }

    fn write_events(&self, events: &Receiver<Vec<u8>>, reporter: &Reporter) {
        let mut output = EventOutput::from_stdout();
        for event in events {
            match output.write(&event) {
                Ok(removed) => {
                    if removed > 0 {
                        reporter.warning(&format!(
                            "the output ended with an incomplete line of {removed} bytes, which was removed"
                        ));
                    }
                    self.0.send_modify(|counts| counts.written += 1);
                }
                Err(error) => return self.0.send_modify(|counts| counts.error = Some(error)),
            }
        }
    }
}

impl EventWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system cannot start it.
    pub(super) fn start(
        status: &Arc<EventStatus>,
        reporter: &Arc<Reporter>,
    ) -> Result<Self, anyhow::Error> {
        let (thread, events) = channel();
        let (of_thread, reporter) = (Arc::clone(status), Arc::clone(reporter));
        std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || of_thread.write_events(&events, &reporter))
            .context("could not start a thread")?;
        Ok(Self {
            thread,
            status: Arc::clone(status),
        })
    }
}

impl Write for EventWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.status.0.send_modify(|counts| counts.submitted += 1);
        let sent = self.thread.send(event.to_vec());
        sent.map_err(|_| ErrorKind::BrokenPipe)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
