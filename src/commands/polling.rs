//! The pause between two polls, and the consequences of failed polls.

use std::time::Duration;

use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::provider_error::ProviderErrorKind;

/// The number of consecutive denied polls after which polling ends.
pub(super) const DENIED_POLLS: u32 = 3;

/// The time to the next poll: the interval ±10 %, so that programs do not poll in step. `random` is
/// uniform in `[0, 1)`.
pub(super) fn pause(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * random)
}

/// The consequence of a failed call for a command that polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollFailure {
    /// The call got no valid reply. The next poll may succeed.
    Invalid,
    /// The service itself denied the call.
    Denied,
    /// The service itself does not know the portal or the session.
    NotFound,
    /// The service rejected the credentials, or their provider failed. The next poll may succeed.
    Credentials,
    /// There are no credentials, and no later poll will have any.
    NoCredentials,
}

impl From<&CallError> for PollFailure {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::NoCredentials(error) => match error.kind {
                ProviderErrorKind::Process
                | ProviderErrorKind::Unreachable(_)
                | ProviderErrorKind::Rejected
                | ProviderErrorKind::Failed
                | ProviderErrorKind::Expired
                | ProviderErrorKind::Invalid => Self::Credentials,
                _ => Self::NoCredentials,
            },
            CallError::Service(error) if error.is_from_service() => match error.kind {
                ServiceErrorKind::AccessDenied => Self::Denied,
                ServiceErrorKind::NotFound => Self::NotFound,
                ServiceErrorKind::Credentials => Self::Credentials,
                _ => Self::Invalid,
            },
            _ => Self::Invalid,
        }
    }
}

/// Counts consecutive polls that failed for the same reason.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Persistence {
    count: u32,
    last: Option<PollFailure>,
}

impl Persistence {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Resets the count if the last poll failed for this reason.
    pub(super) fn end(&mut self, failure: PollFailure) {
        if self.last == Some(failure) {
            self.reset();
        }
    }

    /// The number of polls in a row, up to the last one, that failed for this reason.
    pub(super) fn consecutive(&self, failure: PollFailure) -> u32 {
        match self.last {
            Some(last) if last == failure => self.count,
            _ => 0,
        }
    }

    /// Counts a failed poll. Returns whether polling must end.
    pub(super) fn count(&mut self, failure: PollFailure) -> bool {
        self.count = self.consecutive(failure) + 1;
        self.last = Some(failure);
        match failure {
            PollFailure::NoCredentials => true,
            PollFailure::Denied | PollFailure::NotFound | PollFailure::Credentials => {
                self.count >= DENIED_POLLS
            }
            PollFailure::Invalid => false,
        }
    }
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

    #[test]
    fn a_command_gives_up_after_three_polls_in_a_row_that_failed_for_one_reason() {
        let mut polls = Persistence::default();
        for failure in [
            PollFailure::Denied,
            PollFailure::Denied,
            PollFailure::Invalid,
            PollFailure::Denied,
            PollFailure::NotFound,
            PollFailure::NotFound,
        ] {
            assert!(!polls.count(failure), "{failure:?}");
        }
        assert!(polls.count(PollFailure::NotFound));
        polls.reset();
        assert!(!polls.count(PollFailure::Credentials));
        assert!(polls.count(PollFailure::NoCredentials));
    }
}
