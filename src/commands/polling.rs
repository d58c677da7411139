//! Looks at the service, one after another: the pause between two of them, and which failures a later
//! look may mend.

use std::time::Duration;

use super::pagination::Visit;
use crate::service::documents::Session;
use crate::service::error::{CallError, ServiceErrorKind, Unreachable};
use crate::service::operations::Pages;

/// The time to the next look: the interval ±10 %, so that many programs do not fall into step.
/// `random` is uniform in `[0, 1)`.
pub(super) fn pause(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * random)
}

/// Whether a later look may fare better.
pub(super) fn is_transient(error: &CallError) -> bool {
    match error {
        CallError::Service(error) => matches!(
            error.kind,
            ServiceErrorKind::Throttled | ServiceErrorKind::ServerFault
        ),
        CallError::Unreachable(cause, _) => *cause != Unreachable::CommandTimedOut,
        CallError::UnexpectedResponse { truncated, .. } => *truncated,
        CallError::NoCredentials(_) | CallError::Request(_) => false,
    }
}

/// Whether the call ended with the time for the command. A call that begins then may say so before the
/// command knows of it.
pub(super) fn is_out_of_time(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Unreachable(Unreachable::CommandTimedOut, _)
    )
}

/// Reads a list page by page, as far as `look` wants it.
///
/// # Errors
/// Any [`CallError`]; what was read before does not count then.
pub(super) async fn read(
    mut pages: Pages<'_, Session>,
    mut look: impl FnMut(Vec<Session>) -> Visit,
) -> Result<(), CallError> {
    while let Some(page) = pages.next().await {
        if look(page?) == Visit::Done {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_the_interval_plus_or_minus_a_tenth() {
        let interval = Duration::from_secs(10);
        assert_eq!(pause(interval, 0.0), Duration::from_secs(9));
        assert_eq!(pause(interval, 0.5), Duration::from_secs(10));
        assert!(pause(interval, 0.999) <= Duration::from_secs(11));
    }
}
