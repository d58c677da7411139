//! Credentials, asked for once and again only when they run out.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;

use super::error::CallError;

/// How long before their end credentials are replaced, so that none expires in flight.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(60);

/// The credentials that calls are signed with, and where to get them.
#[derive(Debug)]
pub struct CredentialCache {
    provider: SharedCredentialsProvider,
    /// For messages.
    profile: Option<String>,
    /// A refusal is kept too: many sessions must not ask a metadata service that does not
    /// answer once each.
    held: Mutex<Option<Result<Credentials, CallError>>>,
}

impl CredentialCache {
    /// A cache in front of `provider`, which is asked at the first call, for credentials of the
    /// `profile` that was named, if one was.
    pub fn new(provider: SharedCredentialsProvider, profile: Option<String>) -> Self {
        Self {
            provider,
            profile,
            held: Mutex::new(None),
        }
    }

    /// Credentials that are good at `now`.
    ///
    /// # Errors
    /// [`CallError::NoCredentials`] with the provider's reason.
    pub async fn get(&self, now: SystemTime) -> Result<Credentials, CallError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(Ok(credentials)) if !is_running_out(credentials, now) => {
                return Ok(credentials.clone());
            }
            Some(Err(refusal)) => return Err(refusal.clone()),
            Some(Ok(_)) | None => {}
        }
        let answer =
            self.provider
                .provide_credentials()
                .await
                .map_err(|error| CallError::NoCredentials {
                    reason: reason(&error),
                    profile: self.profile.clone(),
                });
        *held = Some(answer.clone());
        answer
    }
}

fn is_running_out(credentials: &Credentials, now: SystemTime) -> bool {
    credentials
        .expiry()
        .is_some_and(|end| end < now + RENEWED_BEFORE_END)
}

/// The chain of causes in one line, each cause once.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !reason.contains(&text) {
            reason.push_str(": ");
            reason.push_str(&text);
        }
        cause = error.source();
    }
    reason
}
