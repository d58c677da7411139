//! The words for a call of the service that failed, and what to do next.

use super::exit_code::Code;
use super::failure::{Failure, Subject};
use crate::service::client::Client;
use crate::service::credentials::{CredentialsCause, NoCredentials};
use crate::service::error::{CallError, ServiceError, ServiceErrorKind, Unreachable};
use crate::service::ids::{PortalId, SessionId};
use crate::service::operations::Operation;

/// What a call was about, for the words about its failure.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The IAM action that the call needs.
    pub action: &'a str,
    /// The region that was called.
    pub region: &'a str,
    /// The host that was called.
    pub host: &'a str,
    /// The portal that was asked about.
    pub portal: Option<PortalId>,
    /// The session that was asked about.
    pub session: Option<SessionId>,
}

impl<'a> Call<'a> {
    /// A call of this operation by `client`.
    pub fn new(client: &'a Client, operation: Operation) -> Self {
        Self {
            action: operation.iam_action(),
            region: client.region().as_str(),
            host: client.endpoint().host(),
            portal: None,
            session: None,
        }
    }

    /// The same about a portal.
    #[must_use]
    pub fn for_portal(self, portal: PortalId) -> Self {
        Self {
            portal: Some(portal),
            ..self
        }
    }

    /// The same about a session of a portal.
    #[must_use]
    pub fn for_session(self, portal: PortalId, session: SessionId) -> Self {
        Self {
            portal: Some(portal),
            session: Some(session),
            ..self
        }
    }

    /// The failure that the call ended in.
    pub fn failed(&self, error: &CallError) -> Failure {
        let mut failure = Failure::new(Code::from_call(error), self.sentence(error))
            .about(self.subject())
            .with_reply(error.request_id(), error.status());
        if let Some(name) = name(error) {
            failure = failure.named(name);
        }
        match self.hint(error) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }

    /// What failures of the call are about.
    pub fn subject(&self) -> Subject {
        Subject {
            portal: self.portal,
            session: self.session,
            region: Some(self.region.to_owned()),
        }
    }

    /// What failed, in a sentence.
    pub fn sentence(&self, error: &CallError) -> String {
        let host = self.host;
        match error {
            CallError::Service(error) => service_sentence(error),
            CallError::NoCredentials(error) => {
                format!("could not get AWS credentials: {}", error.reason)
            }
            CallError::Unreachable(Unreachable::CommandTimedOut, reason) => {
                format!("no answer from {host}: {reason}")
            }
            CallError::Unreachable(Unreachable::Untrusted | Unreachable::Tls, reason) => {
                format!("no trusted connection to {host}: {reason}")
            }
            CallError::Unreachable(_, reason) => format!("could not reach {host}: {reason}"),
            CallError::UnexpectedResponse { reason, .. } => {
                format!("unexpected reply from {host}: it {reason}")
            }
            CallError::Request(reason) => format!("could not make the request: {reason}"),
        }
    }

    fn hint(&self, error: &CallError) -> Option<String> {
        match error {
            CallError::Service(error) => self.service_hint(error),
            CallError::NoCredentials(error) => no_credentials_hint(error),
            CallError::Unreachable(cause, _) => Some(match cause {
                Unreachable::Dns => format!(
                    "check the network and that the service exists in region {}",
                    self.region
                ),
                other => unreachable_hint(*other).to_owned(),
            }),
            CallError::UnexpectedResponse { .. } => {
                Some("check the endpoint and the proxy settings; -v shows each attempt".to_owned())
            }
            CallError::Request(_) => None,
        }
    }

    fn has_upper_case(&self) -> bool {
        self.portal.is_some_and(|portal| portal.has_upper_case())
            || self.session.is_some_and(|session| session.has_upper_case())
    }

    fn service_hint(&self, error: &ServiceError) -> Option<String> {
        let (region, action) = (self.region, self.action);
        let asks_to_wait = error.retry_after.is_some_and(|wait| !wait.is_zero());
        Some(match error.kind {
            ServiceErrorKind::AccessDenied if error.code.as_deref() == Some("OptInRequired") => {
                format!(
                    "the account is not signed up for the service in {region}: sign up for it in the console, or check the region"
                )
            }
            ServiceErrorKind::AccessDenied => format!(
                "the caller needs the IAM permission {action} on the portal; `aws sts get-caller-identity` shows who calls"
            ),
            ServiceErrorKind::NotFound if self.has_upper_case() => format!(
                "the service's IDs are in lower case, and this one has upper-case letters; if it is right, check the region ({region})"
            ),
            ServiceErrorKind::NotFound => format!(
                "check the IDs and the region: a portal is known in its own region only, and this call went to {region}"
            ),
            ServiceErrorKind::Rejected => return None,
            ServiceErrorKind::Throttled if asks_to_wait => {
                "try again after that time, or allow for it with --timeout".to_owned()
            }
            ServiceErrorKind::Throttled => {
                "try again later, with a lower --concurrency or a higher --max-attempts".to_owned()
            }
            ServiceErrorKind::ServerFault => {
                "try again later; AWS support can trace the request ID".to_owned()
            }
            ServiceErrorKind::Credentials => rejected_credentials_hint(error).to_owned(),
        })
    }
}

/// What JSON errors call it, if that is not the name of its exit code.
fn name(error: &CallError) -> Option<String> {
    match error {
        CallError::Service(error) => Some(match &error.code {
            Some(code) => code.clone(),
            None => format!("Http{}", error.status),
        }),
        CallError::Request(_) => Some("Request".to_owned()),
        CallError::NoCredentials(_)
        | CallError::Unreachable(..)
        | CallError::UnexpectedResponse { .. } => None,
    }
}

/// What the service said. What kind of error it is comes first, unless the service's name for it, which
/// follows, and its message say so themselves.
fn service_sentence(error: &ServiceError) -> String {
    let kind = match error.kind {
        ServiceErrorKind::AccessDenied => "access denied",
        ServiceErrorKind::NotFound => "no such portal or session",
        ServiceErrorKind::Rejected => "the service rejected the request",
        ServiceErrorKind::Throttled => "throttled by the service",
        ServiceErrorKind::ServerFault => "the service failed",
        ServiceErrorKind::Credentials => "the service rejected the credentials",
    };
    let mut sentence = match &error.message {
        None => kind.to_owned(),
        Some(message) => {
            let message = message.trim_end_matches('.');
            let says_it_itself = error.kind == ServiceErrorKind::NotFound
                && message.to_ascii_lowercase().contains("not found");
            if says_it_itself {
                message.to_owned()
            } else {
                format!("{kind}: {message}")
            }
        }
    };
    if let Some(reason) = &error.reason {
        sentence.push_str("; reason ");
        sentence.push_str(reason);
    }
    for (name, message) in &error.fields {
        sentence.push_str(&format!("; field {name}: {message}"));
    }
    if let Some(wait) = error.retry_after {
        sentence.push_str(&format!("; it asks to wait {} s", wait.as_secs()));
    }
    sentence
}

const TRUST_HINT: &str = "if a proxy or a private endpoint has its own certificate authority, name its file with --ca-bundle or AWS_CA_BUNDLE; a bundle that is set has to hold it";

fn unreachable_hint(cause: Unreachable) -> &'static str {
    match cause {
        Unreachable::Dns | Unreachable::Connection => {
            "check the network, the proxy settings and the endpoint"
        }
        Unreachable::ThroughProxy => {
            "check the proxy settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY); NO_PROXY names the hosts to reach without a proxy"
        }
        Unreachable::OpenFiles => "allow more open files (ulimit -n), or lower --concurrency",
        Unreachable::Untrusted => TRUST_HINT,
        Unreachable::Tls => {
            "check the endpoint and this machine's clock; docs/sign-in.md says what TLS cannot do"
        }
        Unreachable::AttemptTimedOut => {
            "check the network, or allow more time with --connect-timeout and --read-timeout"
        }
        Unreachable::CommandTimedOut => "allow more time with --timeout",
        Unreachable::Proxy => "give them in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT",
    }
}

fn rejected_credentials_hint(error: &ServiceError) -> &'static str {
    let code = error.code.as_deref().unwrap_or_default();
    if code.starts_with("ExpiredToken") {
        "the session token has expired: get new credentials, with `aws sso login` if they come from IAM Identity Center"
    } else if error.may_be_clock_skew() {
        "check the secret access key, and this machine's clock"
    } else {
        "check the access key ID and the session token; `aws sts get-caller-identity` tries them"
    }
}

fn no_credentials_hint(error: &NoCredentials) -> Option<String> {
    let from_profile = error.profile.as_deref().map_or_else(String::new, option);
    Some(match error.cause {
        CredentialsCause::UntrustedServer => TRUST_HINT.to_owned(),
        CredentialsCause::SignInLogin => format!("sign in again with `aws login{from_profile}`"),
        CredentialsCause::Process => {
            "run the credential_process by hand: what it prints may hold secrets and is not shown here".to_owned()
        }
        CredentialsCause::ContainerUri => {
            "check AWS_CONTAINER_CREDENTIALS_FULL_URI: plain http is allowed to loopback and to the addresses of ECS and EKS only".to_owned()
        }
        CredentialsCause::SignInSso => format!("sign in again with `aws sso login{from_profile}`"),
        CredentialsCause::NotSetUp => format!(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile or AWS_PROFILE, or sign in with `aws configure sso` and `aws sso login{from_profile}`"
        ),
        CredentialsCause::NoTerminal => format!(
            "run `aws sts get-caller-identity{from_profile}` at a terminal: wsb uses the credentials that it leaves in ~/.aws/cli/cache"
        ),
        CredentialsCause::Unreachable => {
            "check the network and the proxy settings; the service that gives credentials has to be reached, too".to_owned()
        }
        CredentialsCause::Other => return None,
    })
}

/// ` --profile NAME`, unless it is the default one, in quotes where a shell would split it.
fn option(profile: &str) -> String {
    if profile == "default" {
        return String::new();
    }
    let is_plain = |c: char| c.is_alphanumeric() || "-_.@/+:".contains(c);
    if !profile.is_empty() && profile.chars().all(is_plain) {
        format!(" --profile {profile}")
    } else {
        format!(" --profile '{}'", profile.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_name_is_quoted_where_a_shell_would_split_it() {
        for (name, wanted) in [
            ("default", ""),
            ("audit", " --profile audit"),
            ("my audit", " --profile 'my audit'"),
            ("it's", r" --profile 'it'\''s'"),
        ] {
            assert_eq!(option(name), wanted);
        }
    }
}
