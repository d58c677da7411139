//! Credentials, asked for once and again only when they run out.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use tokio::sync::Mutex;

use super::error::CallError;

/// How long before their end credentials are replaced, so that none expires in flight.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(60);

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCredentials {
    /// Why, in one line without secrets; it continues "could not get AWS credentials: ".
    pub reason: String,
    /// What went wrong, as far as that decides what to do next.
    pub cause: CredentialsCause,
    /// The profile that they were to come from, if one was named.
    pub profile: Option<String>,
}

/// What went wrong when credentials were asked for. Most causes ask for a step of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialsCause {
    /// No source of credentials is set up.
    NotSetUp,
    /// The sign-in of IAM Identity Center is missing or has expired: `aws sso login`.
    SignInSso,
    /// The sign-in of the console is missing or has expired: `aws login`.
    SignInLogin,
    /// A profile's `credential_process` failed.
    Process,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` names a host that may not be asked.
    ContainerUri,
    /// The certificate of the server that gives credentials is not trusted.
    UntrustedServer,
    /// The server that gives credentials could not be reached.
    Unreachable,
    /// A code of a device is needed, and there is no terminal to ask for it at.
    NoTerminal,
    /// Anything else: the reason says what.
    Other,
}

/// Where credentials come from.
pub trait CredentialSource: Send + Sync + fmt::Debug {
    /// Credentials, asked for anew at each call.
    fn credentials(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, NoCredentials>> + Send + '_>>;
}

/// The credentials that calls are signed with, and where to get them.
#[derive(Debug)]
pub struct CredentialCache {
    source: Arc<dyn CredentialSource>,
    /// A refusal is kept too: many sessions must not ask a metadata service that does not
    /// answer once each.
    held: Mutex<Option<Result<Credentials, CallError>>>,
}

impl CredentialCache {
    /// A cache in front of `source`, which is asked at the first call.
    pub fn new(source: Arc<dyn CredentialSource>) -> Self {
        Self {
            source,
            held: Mutex::new(None),
        }
    }

    /// Credentials that are good at `now`.
    ///
    /// # Errors
    /// [`CallError::NoCredentials`] with the source's reason.
    pub async fn get(&self, now: SystemTime) -> Result<Credentials, CallError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(Ok(credentials)) if !is_running_out(credentials, now) => {
                return Ok(credentials.clone());
            }
            Some(Err(refusal)) => return Err(refusal.clone()),
            Some(Ok(_)) | None => {}
        }
        let answer = self
            .source
            .credentials()
            .await
            .and_then(checked)
            .map_err(|error| CallError::NoCredentials(Box::new(error)));
        *held = Some(answer.clone());
        answer
    }
}

fn is_running_out(credentials: &Credentials, now: SystemTime) -> bool {
    credentials
        .expiry()
        .is_some_and(|end| end < now + RENEWED_BEFORE_END)
}

/// The credentials, if they can be put into a request's headers.
fn checked(credentials: Credentials) -> Result<Credentials, NoCredentials> {
    for (part, text) in [
        ("access key ID", credentials.access_key_id()),
        ("secret access key", credentials.secret_access_key()),
        (
            "session token",
            credentials.session_token().unwrap_or_default(),
        ),
    ] {
        if let Some(fault) = key_fault(text) {
            return Err(NoCredentials {
                reason: format!("the {part} {fault}"),
                cause: CredentialsCause::Other,
                profile: None,
            });
        }
    }
    Ok(credentials)
}

/// What is wrong with a part of credentials, if something is. AWS makes them of visible ASCII; the
/// signer panics over anything that no header may hold. The text itself is not shown.
pub(crate) fn key_fault(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        Some("begins or ends with white space, perhaps a line break that was pasted with it")
    } else if text.contains(char::is_whitespace) {
        Some("has white space in it")
    } else if text.contains(char::is_control) {
        Some("has a control character in it")
    } else if !text.is_ascii() {
        Some("has a character in it that is not ASCII")
    } else {
        None
    }
}
