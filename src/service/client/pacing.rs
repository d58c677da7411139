//! Paces calls: the calls of all clients with one pacing share one rate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::error::{CallError, ServiceErrorKind};
use super::super::rate::Rate;

/// The rate of calls, and the queue for its slots.
#[derive(Debug)]
pub struct Pacing {
    /// The instant from which the times passed to [`Rate`] count.
    started: Instant,
    rate: Mutex<Rate>,
    /// Held by the call whose slot comes next.
    turn: tokio::sync::Mutex<()>,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            rate: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl Pacing {
    /// Waits until the rate allows another call.
    pub(super) async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        let wait = self.with_rate(Rate::admit);
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
        }
    }

    /// Counts the result of an attempt that was sent at `sent`.
    pub(super) fn count<T>(&self, result: &Result<T, CallError>, sent: Instant) {
        let sent = (sent - self.started).as_secs_f64();
        match result {
            Ok(_) => self.with_rate(Rate::succeeded),
            Err(error) if error.is_throttling() => {
                self.with_rate(|rate, now| rate.throttled(now, sent));
            }
            // The service's quota counts calls about sessions that do not exist, too.
            Err(CallError::Service(error)) if error.kind != ServiceErrorKind::ServerFault => {
                self.with_rate(Rate::succeeded);
            }
            Err(_) => {}
        }
    }

    /// Whether the service has throttled a call.
    pub fn is_throttled(&self) -> bool {
        self.with_rate(|rate, _| rate.is_throttled())
    }

    /// Passes the rate and the present time, in seconds, to `work`.
    fn with_rate<T>(&self, work: impl FnOnce(&mut Rate, f64) -> T) -> T {
        let now = self.started.elapsed().as_secs_f64();
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut rate, now)
    }
}
