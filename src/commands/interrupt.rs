//! Ctrl-C, so that what was fetched is printed whole before the program ends.

use std::pin::Pin;

/// Waits for the interrupt.
pub(super) struct Interrupt(Pin<Box<dyn Future<Output = ()>>>);

impl Interrupt {
    /// Starts to listen. If the platform does not let it, the interrupt ends the program as it
    /// ends any other.
    pub(super) fn listen() -> Self {
        Self(Box::pin(async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }))
    }

    /// The result of `work`, or `None` if the interrupt comes first.
    pub(super) async fn unless<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = &mut self.0 => None,
            result = work => Some(result),
        }
    }
}
