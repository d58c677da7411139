//! Limits the number of concurrent calls, in total and per portal, and the duration of a call.
//!
//! Calls get slots in the order of their requests. A portal has few slots, so that many sessions of one portal do
//! not delay the other portals. A slow call releases its slot and continues without one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::service::error::CallError;
use crate::service::transport_error::Unreachable;

/// The time after which a call releases its slot.
const SLOW: Duration = Duration::from_secs(2);

/// The time limit for a call with all its attempts.
const LIMIT: Duration = Duration::from_secs(60);

const CALLS_PER_PORTAL: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct CallSlots {
    total: Arc<Semaphore>,
    per_portal: Arc<Semaphore>,
}

impl CallSlots {
    /// The slots of one portal. All portals share `total`.
    pub(super) fn new(total: &Arc<Semaphore>) -> Self {
        Self {
            total: Arc::clone(total),
            per_portal: Arc::new(Semaphore::new(CALLS_PER_PORTAL)),
        }
    }

    /// Waits for a slot, and makes a call.
    ///
    /// # Errors
    /// The call failed or took too long.
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
