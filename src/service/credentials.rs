//! Credentials, asked for once and again only when they run out.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_types::error::ErrorMetadata;
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
        let answer = self
            .provider
            .provide_credentials()
            .await
            .map_err(|error| reason(&error))
            .and_then(checked)
            .map_err(|reason| CallError::NoCredentials {
                reason,
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

/// The credentials, if they can be put into a request's headers.
fn checked(credentials: Credentials) -> Result<Credentials, String> {
    for (part, text) in [
        ("access key ID", credentials.access_key_id()),
        ("secret access key", credentials.secret_access_key()),
        (
            "session token",
            credentials.session_token().unwrap_or_default(),
        ),
    ] {
        if let Some(fault) = key_fault(text) {
            return Err(format!("the {part} {fault}"));
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

/// What the providers' errors say of any failure, which tells nothing.
const NOISE: [&str; 5] = [
    "an error occurred while loading credentials: ",
    "unexpected credentials error: ",
    "the credentials provider was not properly configured: ",
    "the credential provider was not enabled: ",
    "service error: ",
];

/// Where aws-config starts to quote what may hold a secret, behind words of its own: what a
/// `credential_process` wrote to standard error, a metadata service's whole reply, and the URI of
/// a container's credentials, whose path is all that it takes to get them.
const QUOTES: [(&str, &str); 3] = [
    ("", ". Stderr: "),
    ("", ". Response {"),
    ("URI for ECS provider", " ("),
];

/// An error's own words, without what it quotes.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for (words, quote) in QUOTES {
        if let Some(start) = text.find(&format!("{words}{quote}")) {
            text.truncate(start + words.len());
        }
    }
    text
}

/// The chain of causes in one line, each cause once. A service's own words stand alone.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    let mut reason = words(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = words(error);
        if let Some(answer) = error.downcast_ref::<ErrorMetadata>()
            && let (Some(code), Some(message)) = (answer.code(), answer.message())
        {
            reason = format!("{code}: {message}");
        } else if !reason.contains(&text) {
            reason.push_str(": ");
            reason.push_str(&text);
        }
        cause = error.source();
    }
    for noise in NOISE {
        reason = reason.replace(noise, "");
    }
    without_idle_providers(one_line(&reason))
}

/// What providers say that were not set up at all.
const IDLE: [&str; 5] = [
    "environment variable not set",
    "the credential provider was not enabled",
    "$AWS_WEB_IDENTITY_TOKEN_FILE was not set",
    "ECS provider not configured",
    "IMDS disabled by",
];

/// The chain of providers tells of each what became of it. What was never set up is not worth a line
/// for every session.
fn without_idle_providers(reason: String) -> String {
    let Some((_, attempted)) = reason.split_once("no credentials found in chain. Attempted: ")
    else {
        return reason;
    };
    let told: Vec<&str> = attempted
        .split("; ")
        .filter(|attempt| !IDLE.iter().any(|idle| attempt.contains(idle)))
        .collect();
    let none = "none are set up in the environment, in a profile or on this machine";
    if told.is_empty() {
        none.to_owned()
    } else {
        format!("{none}; {}", told.join("; "))
    }
}

/// The lines as one, with a semicolon where one of them does not lead to the next.
fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .fold(String::new(), |mut joined: String, line| {
            if !joined.is_empty() {
                joined.push_str(if joined.ends_with(':') { " " } else { "; " });
            }
            joined + line
        })
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::error::CredentialsError;

    use super::*;

    #[test]
    fn a_reason_is_one_line_of_what_matters() {
        let answer = ErrorMetadata::builder()
            .code("AccessDenied")
            .message("no")
            .build();
        for (error, wanted) in [
            (CredentialsError::provider_error(answer), "AccessDenied: no"),
            (
                CredentialsError::provider_error("tried:\n  one\n\n  two\n"),
                "tried: one; two",
            ),
            (
                CredentialsError::not_loaded_no_source(),
                "the credential provider was not enabled",
            ),
            (
                CredentialsError::not_loaded(
                    "no credentials found in chain. Attempted: Environment: environment variable not set; EcsContainer: ECS provider not configured",
                ),
                "none are set up in the environment, in a profile or on this machine",
            ),
            (
                CredentialsError::not_loaded(
                    "no credentials found in chain. Attempted: Environment: environment variable not set; Ec2InstanceMetadata: no answer",
                ),
                "none are set up in the environment, in a profile or on this machine; Ec2InstanceMetadata: no answer",
            ),
        ] {
            assert_eq!(reason(&error), wanted);
        }
    }
}
