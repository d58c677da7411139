//! Limits the concurrent calls of all portals and of each, and the time of a call.
//!
//! Slots are given in the order of the requests, and a portal holds few at a time, so no portal waits
//! for the many sessions of another one. A call that hangs gives its slot back soon, and continues without one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::service::error::CallError;
use crate::service::transport_error::Unreachable;

/// The time after which a call gives its slot back.
const SLOW: Duration = Duration::from_secs(2);

/// The time limit for a call with all its attempts.
const LIMIT: Duration = Duration::from_secs(60);

/// The maximum number of concurrent calls per portal.
const CALLS_PER_PORTAL: usize = 4;

/// The slots for calls of one kind.
#[derive(Debug, Clone)]
pub(super) struct CallSlots {
    total: Arc<Semaphore>,
    per_portal: Arc<Semaphore>,
}

impl CallSlots {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            total: Arc::new(Semaphore::new(concurrency)),
            per_portal: Arc::new(Semaphore::new(CALLS_PER_PORTAL)),
        }
    }

    /// Slots for another portal, which shares the total.
    pub(super) fn for_portal(&self) -> Self {
        Self {
            total: Arc::clone(&self.total),
            per_portal: Arc::new(Semaphore::new(CALLS_PER_PORTAL)),
        }
    }

    /// Makes a call when there is a slot for it.
    ///
    /// # Errors
    /// Those of the call, or that it took too long.
    pub(super) async fn run<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        // The semaphores are never closed.
        let slots = (self.per_portal.acquire().await, self.total.acquire().await);
        let mut call = Box::pin(call);
        if let Ok(result) = timeout(SLOW, &mut call).await {
            return result;
        }
        drop(slots);
        timeout(LIMIT - SLOW, call).await.unwrap_or_else(|_| {
            let reason = format!("no complete reply within {} s", LIMIT.as_secs());
            Err(CallError::unreachable(Unreachable::AttemptTimedOut, reason))
        })
    }
}
