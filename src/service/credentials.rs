//! The credentials that calls are signed with. They are requested at the first call, and renewed before they
//! expire.
//!
//! Valid credentials stay in use during a renewal and after one that failed. A failure is remembered for a while,
//! so that a batch of sessions does not repeat the request for each session.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use tokio::time::Instant;

use super::error::CallError;
use super::provider_error::{ProviderError, ProviderErrorKind};

/// Credentials are renewed this long before they expire. EC2 and ECS provide new ones five minutes before
/// the old ones expire.
const RENEWAL_WINDOW: Duration = Duration::from_secs(5 * 60);

/// Credentials that expire this soon are not used, because they could expire before the request arrives.
const LATENCY: Duration = Duration::from_secs(5);

/// The delay before the next request to the provider after a success, and the longest delay after failures.
const MAX_DELAY: Duration = Duration::from_secs(60);

pub trait CredentialProvider: Send + Sync + fmt::Debug {
    /// Requests credentials. Credentials that the service has `rejected` must not come from a cache again.
    fn credentials(
        &self,
        now: SystemTime,
        rejected: Option<Credentials>,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProviderError>> + Send + '_>>;

    /// The step that the provider waits for, for the message about a time limit; `None` if it does not wait.
    fn activity(&self) -> Option<String> {
        None
    }
}

/// The current credentials, and the provider that renews them.
#[derive(Debug)]
pub struct CredentialCache {
    provider: Arc<dyn CredentialProvider>,
    state: Mutex<CredentialState>,
    /// Held during a request to the provider, so that only one runs at a time.
    request: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct CredentialState {
    current: Option<Credentials>,
    /// Whether a request to the provider has succeeded.
    was_obtained: bool,
    /// Credentials that the service has rejected as expired.
    rejected: Option<Credentials>,
    /// The error of the last request; `None` if it succeeded.
    failure: Option<ProviderError>,
    /// The number of consecutive failed requests.
    failures: u32,
    /// The earliest time of the next request to the provider; `None` before the first request.
    next_request: Option<Instant>,
}

#[derive(Debug)]
enum Step {
    Use(Credentials),
    UseAndRenew(Credentials),
    Fail(ProviderError),
    Request,
}

impl CredentialState {
    fn next_step(&self, now: SystemTime, at: Instant) -> Step {
        let is_due = self.next_request.is_none_or(|next| next <= at);
        let current = self.current.as_ref();
        let lasts = |time| current.is_some_and(|it| !expires_within(it, now, time));
        match (current, &self.failure) {
            (Some(current), _) if lasts(RENEWAL_WINDOW) || !is_due && lasts(LATENCY) => {
                Step::Use(current.clone())
            }
            (Some(current), _) if lasts(LATENCY) => Step::UseAndRenew(current.clone()),
            // The provider has no credentials that last longer.
            (Some(current), None) if !is_due && lasts(Duration::ZERO) => Step::Use(current.clone()),
            (_, Some(failure)) if !is_due => Step::Fail(failure.clone()),
            _ => Step::Request,
        }
    }

    /// A provider that was configured and is no longer may be configured again, for example if its file is being
    /// rewritten. This is a failure of the provider, which a command that polls survives.
    fn classify(&self, mut error: ProviderError) -> ProviderError {
        if self.was_obtained && error.kind == ProviderErrorKind::NotConfigured {
            error.kind = ProviderErrorKind::Failed;
        }
        error
    }

    fn record(&mut self, result: Result<Credentials, ProviderError>, at: Instant) {
        let delay = match result {
            Ok(credentials) => {
                self.current = Some(credentials);
                self.was_obtained = true;
                self.failure = None;
                self.failures = 0;
                MAX_DELAY
            }
            Err(error) => {
                self.failure = Some(error);
                self.failures = self.failures.saturating_add(1);
                let delay = Duration::from_secs(2_u64.saturating_pow(self.failures));
                delay.min(MAX_DELAY)
            }
        };
        self.next_request = Some(at + delay);
    }

    /// Discards credentials that the service has rejected. Returns whether to retry the call.
    fn reject(&mut self, used: &Credentials, at: Instant) -> bool {
        if self.current.as_ref().is_some_and(|current| current != used) {
            return true;
        }
        let is_known = self.rejected.as_ref() == Some(used);
        if is_known && self.next_request.is_some_and(|next| next > at) {
            // The provider has returned the same credentials again, or a request to it is running.
            return self.current.is_none();
        }
        self.rejected = Some(used.clone());
        self.current = None;
        self.failure = None;
        true
    }
}

impl CredentialCache {
    pub fn new(provider: Arc<dyn CredentialProvider>) -> Self {
        Self {
            provider,
            state: Mutex::default(),
            request: tokio::sync::Mutex::default(),
        }
    }

    /// Returns credentials that are valid at `now`.
    ///
    /// # Errors
    /// [`CallError::NoCredentials`].
    pub async fn get(self: &Arc<Self>, now: SystemTime) -> Result<Credentials, CallError> {
        let step = self.state().next_step(now, Instant::now());
        let result = match step {
            Step::Use(credentials) => Ok(credentials),
            Step::UseAndRenew(credentials) => {
                // Only one renewal runs at a time. Its error is reported only after the current credentials have
                // expired.
                if self.request.try_lock().is_ok() {
                    let cache = Arc::clone(self);
                    tokio::spawn(async move { cache.request(now).await });
                }
                Ok(credentials)
            }
            Step::Fail(error) => Err(error),
            Step::Request => self.request(now).await,
        };
        result.map_err(|error| CallError::NoCredentials(Box::new(error)))
    }

    /// Discards credentials that the service has rejected as expired. Returns whether to retry the call. The
    /// provider is called once, even if several concurrent calls were rejected.
    pub fn reject(&self, used: &Credentials) -> bool {
        self.state().reject(used, Instant::now())
    }

    /// The step that calls wait for; `None` if there are valid credentials at `now`.
    pub fn activity(&self, now: SystemTime) -> Option<String> {
        match self.state().next_step(now, Instant::now()) {
            Step::Request => self.provider.activity(),
            _ => None,
        }
    }

    /// Requests credentials, unless another call has done so in the meantime.
    async fn request(&self, now: SystemTime) -> Result<Credentials, ProviderError> {
        let _permit = self.request.lock().await;
        let step = self.state().next_step(now, Instant::now());
        match step {
            Step::Use(credentials) => return Ok(credentials),
            Step::Fail(error) => return Err(error),
            Step::UseAndRenew(_) | Step::Request => {}
        }
        let rejected = self.state().rejected.clone();
        let result = self.provider.credentials(now, rejected).await;
        let result = result.and_then(|credentials| check(credentials, now));
        let mut state = self.state();
        let result = result.map_err(|error| state.classify(error));
        state.record(result.clone(), Instant::now());
        result
    }

    fn state(&self) -> MutexGuard<'_, CredentialState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn expires_within(credentials: &Credentials, now: SystemTime, time: Duration) -> bool {
    let end = credentials.expiry();
    end.is_some_and(|end| now.checked_add(time).is_none_or(|limit| end <= limit))
}

/// Returns the credentials if they have not expired and can be put into the headers of a request.
///
/// # Errors
/// A part that AWS cannot have issued, or credentials that have expired.
pub(crate) fn check(
    credentials: Credentials,
    now: SystemTime,
) -> Result<Credentials, ProviderError> {
    let token = credentials.session_token().unwrap_or_default();
    for (part, text) in [
        ("access key ID", credentials.access_key_id()),
        ("secret access key", credentials.secret_access_key()),
        ("session token", token),
    ] {
        if let Some(fault) = key_fault(text) {
            return Err(ProviderError::invalid(format!("the {part} {fault}")));
        }
    }
    if expires_within(&credentials, now, Duration::ZERO) {
        let reason = "the provider gave credentials that have expired";
        return Err(ProviderError::new(ProviderErrorKind::Expired, reason));
    }
    Ok(credentials)
}

/// Describes why AWS cannot have issued this key or session token, without the text itself. AWS uses visible ASCII
/// only, and the signer panics at text that a header cannot contain.
pub(crate) fn key_fault(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        Some("begins or ends with white space, perhaps a line break that was pasted with it")
    } else if text.contains(char::is_whitespace) {
        Some("contains white space")
    } else if text.contains(char::is_control) {
        Some("has a control character in it")
    } else if !text.is_ascii() {
        Some("has a character in it that is not ASCII")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn credentials(id: &str, seconds: u64) -> Credentials {
        let end = START + Duration::from_secs(seconds);
        Credentials::new(id, "s", None, Some(end), "test")
    }

    fn failure() -> ProviderError {
        ProviderError::invalid("cut")
    }

    fn after(seconds: u64) -> SystemTime {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn valid_credentials_are_used_while_their_renewal_fails() {
        let (mut state, at) = (CredentialState::default(), Instant::now());
        let held = credentials("held", 3600);
        state.record(Ok(held.clone()), at);
        let due = at + MAX_DELAY;
        let step = |state: &CredentialState, now, at| format!("{:?}", state.next_step(now, at));
        let uses = format!("{:?}", Step::Use(held.clone()));
        assert_eq!(step(&state, after(0), due), uses);
        let in_window = after(3600 - 60);
        let renews = format!("{:?}", Step::UseAndRenew(held));
        assert_eq!(step(&state, in_window, due), renews);
        state.record(Err(failure()), due);
        assert_eq!(step(&state, in_window, due), uses);
        assert_eq!(step(&state, in_window, due + MAX_DELAY), renews);
        let expired = after(3600);
        let fails = format!("{:?}", Step::Fail(failure()));
        assert_eq!(step(&state, expired, due), fails);
        assert_eq!(step(&state, expired, due + MAX_DELAY), "Request");
    }

    #[test]
    fn the_delay_between_requests_grows_with_each_failure_and_has_a_limit() {
        let (mut state, at) = (CredentialState::default(), Instant::now());
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            state.record(Err(failure()), at);
            let next = at + Duration::from_secs(seconds);
            assert_eq!(state.next_request, Some(next));
        }
    }

    #[test]
    fn rejected_credentials_are_requested_again_once() {
        let (mut state, at) = (CredentialState::default(), Instant::now());
        let held = credentials("held", 3600);
        state.record(Ok(held.clone()), at);
        assert!(state.reject(&held, at));
        assert!(matches!(state.next_step(after(0), at), Step::Request));
        // The other calls with these credentials wait for the same request.
        assert!(state.reject(&held, at));
        state.record(Ok(held.clone()), at);
        assert!(!state.reject(&held, at), "the provider gave the same ones");
        assert!(
            state.reject(&held, at + MAX_DELAY),
            "a file may have changed"
        );
        state.record(Ok(credentials("new", 7200)), at);
        assert!(state.reject(&held, at), "the new ones have not been tried");
    }

    /// A provider whose credentials are valid for one hour from `now`, and whose every second request fails.
    #[derive(Debug, Default)]
    struct Flaky(AtomicUsize);

    impl CredentialProvider for Flaky {
        fn credentials(
            &self,
            now: SystemTime,
            _: Option<Credentials>,
        ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProviderError>> + Send + '_>> {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            let seconds = now.duration_since(START).unwrap_or_default().as_secs() + 3600;
            let result = if number.is_multiple_of(2) {
                Ok(credentials(&number.to_string(), seconds))
            } else {
                Err(ProviderError::new(ProviderErrorKind::NotConfigured, "none"))
            };
            Box::pin(std::future::ready(result))
        }
    }

    #[tokio::test]
    async fn calls_do_not_wait_for_a_renewal_and_share_a_request() {
        let provider = Arc::new(Flaky::default());
        let cache = Arc::new(CredentialCache::new(Arc::clone(&provider) as _));
        let many = (0..600).map(|_| cache.get(START));
        let all = futures_util::future::join_all(many).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(provider.0.load(Ordering::Relaxed), 1);
        let expired = after(3600);
        let many = (0..600).map(|_| cache.get(expired));
        let all = futures_util::future::join_all(many).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(provider.0.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_provider_that_is_no_longer_configured_has_failed() {
        let cache = Arc::new(CredentialCache::new(Arc::new(Flaky::default())));
        cache.get(START).await.unwrap();
        let error = cache.get(after(3600)).await.unwrap_err();
        let is_failure = |error: &ProviderError| error.kind == ProviderErrorKind::Failed;
        assert!(matches!(error, CallError::NoCredentials(error) if is_failure(&error)));
    }

    #[tokio::test]
    async fn credentials_that_have_expired_are_an_error() {
        let error = check(credentials("i", 60), after(60)).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Expired);
        assert!(check(credentials("i", 60), after(59)).is_ok());
    }
}
