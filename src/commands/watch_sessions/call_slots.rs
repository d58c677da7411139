//! Which calls may be under way at the same time, and for how long.
//!
//! Slots are given in the order of the requests, and a portal holds few at a time, so no portal waits
//! for the many sessions of another one. A call that hangs gives its slot back soon and goes on without.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::service::error::{CallError, Unreachable};

/// The time after which a call no longer counts as one under way.
const SLOW: Duration = Duration::from_secs(2);

/// The most time that a call may take with all its attempts.
const LIMIT: Duration = Duration::from_secs(60);

/// Lookups of one portal under way at a time.
const LOOKUPS_OF_PORTAL: usize = 4;

/// The slots for calls, of one kind and of all portals.
#[derive(Debug, Clone)]
pub(super) struct CallSlots {
    all: Arc<Semaphore>,
    of_portal: Arc<Semaphore>,
}

impl CallSlots {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(concurrency)),
            of_portal: Arc::new(Semaphore::new(LOOKUPS_OF_PORTAL)),
        }
    }

    /// Slots for another portal, which shares the total.
    pub(super) fn for_portal(&self) -> Self {
        Self {
            all: Arc::clone(&self.all),
            of_portal: Arc::new(Semaphore::new(LOOKUPS_OF_PORTAL)),
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
        let slots = (self.of_portal.acquire().await, self.all.acquire().await);
        let mut call = Box::pin(call);
        if let Ok(result) = timeout(SLOW, &mut call).await {
            return result;
        }
        drop(slots);
        timeout(LIMIT - SLOW, call).await.unwrap_or_else(|_| {
            Err(CallError::Unreachable(
                Unreachable::AttemptTimedOut,
                format!("no complete reply within {} s", LIMIT.as_secs()),
            ))
        })
    }
}
