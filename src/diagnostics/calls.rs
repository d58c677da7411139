//! Creates the failure of a call: its message, its exit code and its hint.

use super::exit_code::Code;
use super::failure::{Failure, Subject, open_files_hint};
use crate::service::client::Client;
use crate::service::endpoint::{Endpoint, Partition, Region};
use crate::service::error::{CallError, ServiceError, ServiceErrorKind};
use crate::service::ids::{PortalId, SessionId};
use crate::service::operations::Operation;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::{TransportError, Unreachable};

/// The parts of a call that its failure shows.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The IAM action that the call requires.
    pub action: &'a str,
    pub region: &'a Region,
    pub endpoint: &'a Endpoint,
    /// The portal in the request; `None` for ListPortals.
    pub portal: Option<PortalId>,
    /// The session in the request; `None` except for GetSession.
    pub session: Option<SessionId>,
}

impl<'a> Call<'a> {
    pub fn new(client: &'a Client, operation: Operation) -> Self {
        Self {
            action: operation.iam_action(),
            region: &client.region,
            endpoint: &client.endpoint,
            portal: None,
            session: None,
        }
    }

    #[must_use]
    pub fn for_portal(self, portal: PortalId) -> Self {
        Self {
            portal: Some(portal),
            ..self
        }
    }

    #[must_use]
    pub fn for_session(self, portal: PortalId, session: SessionId) -> Self {
        Self {
            portal: Some(portal),
            session: Some(session),
            ..self
        }
    }

    /// Creates the failure of the call.
    pub fn to_failure(&self, error: &CallError) -> Failure {
        let mut failure = Failure::new(Code::from_call(error), self.describe(error))
            .with_subject(self.subject())
            .with_reply(error.request_id(), error.status())
            .with_optional_hint(self.hint(error));
        if let Some(name) = error_name(error) {
            failure = failure.with_name(name);
        }
        if let CallError::NoCredentials(_) = error {
            failure = failure.shared();
        }
        match error.source() {
            Some(source) => failure.with_source(source.clone()),
            None => failure,
        }
    }

    /// Whether the error may mean that the service does not exist in the region: DNS does not know the endpoint,
    /// and wsb has no list of the partition's regions that have the service.
    pub fn is_region_unavailable(&self, error: &CallError) -> bool {
        let CallError::Unreachable(error) = error else {
            return false;
        };
        error.kind == Unreachable::Dns
            && is_unknown_name(&error.reason)
            && !Partition::lists_service(self.region)
    }

    pub fn subject(&self) -> Subject {
        Subject {
            portal: self.portal,
            session: self.session,
            region: Some(self.region.to_string()),
        }
    }

    pub fn describe(&self, error: &CallError) -> String {
        let host = self.endpoint.host();
        match error {
            CallError::Service(error) => describe_service_error(error),
            CallError::NoCredentials(error) => {
                format!("could not get AWS credentials: {}", error.reason)
            }
            CallError::Unreachable(TransportError { kind, reason, .. }) => match kind {
                Unreachable::CommandTimedOut => reason.clone(),
                Unreachable::AttemptTimedOut => format!("the call to {host} failed: {reason}"),
                Unreachable::Untrusted | Unreachable::Tls => {
                    format!("no trusted connection to {host}: {reason}")
                }
                _ => format!("could not reach {host}: {reason}"),
            },
            CallError::UnexpectedResponse { reason, .. } => {
                format!("unexpected reply from {host}: it {reason}")
            }
            CallError::Request(reason) => format!("could not create the request: {reason}"),
        }
    }

    fn hint(&self, error: &CallError) -> Option<String> {
        match error {
            CallError::Service(error) => self.service_hint(error),
            CallError::NoCredentials(error) => provider_hint(error),
            CallError::Unreachable(error) => Some(match open_files_hint(&error.reason) {
                Some(hint) if error.kind != Unreachable::OpenFiles => hint.to_owned(),
                _ => self.unreachable_hint(error.kind),
            }),
            CallError::UnexpectedResponse { .. } => {
                Some("check the endpoint and the proxy settings; -v shows each attempt".to_owned())
            }
            CallError::Request(_) => None,
        }
    }

    fn unreachable_hint(&self, kind: Unreachable) -> String {
        let fips_regions: Vec<String> = Partition::service_regions(self.region, true)
            .map(|region| region.to_string())
            .collect();
        let is_missing =
            self.endpoint.is_fips() && !fips_regions.iter().any(|it| it == self.region.as_str());
        match kind {
            Unreachable::Dns
            | Unreachable::Connection
            | Unreachable::ThroughProxy
            | Unreachable::Untrusted
            | Unreachable::Tls
            | Unreachable::ConnectTimedOut
            | Unreachable::AttemptTimedOut
                if is_missing =>
            {
                format!(
                    "the service has FIPS endpoints in {} only: choose one of these regions, or call without FIPS",
                    fips_regions.join(" and ")
                )
            }
            Unreachable::Dns if self.endpoint.host().starts_with("workspaces-web") => format!(
                "check the network and that the service exists in region {}",
                self.region
            ),
            other => unreachable_hint(other).to_owned(),
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
            ServiceErrorKind::AccessDenied => {
                let on_portal = if self.portal.is_some() {
                    " on the portal"
                } else {
                    ""
                };
                format!(
                    "the caller needs the IAM permission {action}{on_portal}; `aws sts get-caller-identity` shows the caller"
                )
            }
            ServiceErrorKind::NotFound if self.has_upper_case() => format!(
                "the service's IDs are in lower case, but this one has upper-case letters; if it is correct, check the region ({region})"
            ),
            ServiceErrorKind::NotFound => format!(
                "check the IDs and the region: a portal exists in one region only, and this call went to {region}"
            ),
            ServiceErrorKind::Rejected => return None,
            ServiceErrorKind::Throttled if asks_to_wait => {
                "try again after that time; wsb waits longer than 60 s only if --timeout allows it"
                    .to_owned()
            }
            ServiceErrorKind::Throttled => {
                "try again later, with a lower --concurrency or a higher --max-attempts".to_owned()
            }
            ServiceErrorKind::ServerFault if error.request_id.is_some() => {
                "try again later; AWS support can trace the request ID".to_owned()
            }
            ServiceErrorKind::ServerFault => "try again later".to_owned(),
            ServiceErrorKind::Credentials => rejected_credentials_hint(error).to_owned(),
        })
    }
}

/// The name in JSON errors; `None` for the exit code's name.
fn error_name(error: &CallError) -> Option<String> {
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

/// Describes an error of the service: its kind and the service's message. Omits the kind if the message says the
/// same.
fn describe_service_error(error: &ServiceError) -> String {
    let kind = match error.kind {
        ServiceErrorKind::AccessDenied => "access denied",
        ServiceErrorKind::NotFound => "no such portal or session",
        ServiceErrorKind::Rejected => "the service rejected the request",
        ServiceErrorKind::Throttled => "throttled by the service",
        ServiceErrorKind::ServerFault => "the service failed",
        ServiceErrorKind::Credentials => "the service rejected the credentials",
    };
    let message = error
        .message
        .as_deref()
        .map(|message| message.trim_end_matches('.'));
    let repeats_kind = |message: &str| {
        error.kind == ServiceErrorKind::NotFound
            && message.to_ascii_lowercase().contains("not found")
    };
    let mut sentence = match message {
        None => kind.to_owned(),
        Some(message) if repeats_kind(message) => message.to_owned(),
        Some(message) => format!("{kind}: {message}"),
    };
    if let Some(reason) = &error.reason {
        sentence += &format!("; reason {reason}");
    }
    for (name, message) in &error.fields {
        sentence += &format!("; field {name}: {message}");
    }
    if let Some(wait) = error.retry_after {
        sentence += &format!("; the service asks to wait {} s", wait.as_secs());
    }
    sentence
}

const TRUST_HINT: &str = "if a proxy or a private endpoint has its own certificate authority, name its file with --ca-bundle or AWS_CA_BUNDLE; if a bundle is set already, add the authority to it";

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
            "check the endpoint and this machine's clock; docs/sign-in.md describes the supported TLS"
        }
        Unreachable::ConnectTimedOut => {
            "check the network and the proxy settings, or allow more time with --connect-timeout"
        }
        Unreachable::AttemptTimedOut => {
            "check the network and the proxy settings, or allow more time with --read-timeout"
        }
        Unreachable::CommandTimedOut => "allow more time with --timeout",
        Unreachable::ProxyAuthentication => {
            "add them to the proxy's URL, as in HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT; a proxy that requires NTLM or Kerberos needs a local proxy that signs in to it, such as px or cntlm"
        }
        Unreachable::ProxyPassword => {
            "check them in the proxy's URL (HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, special characters percent-encoded); a proxy that requires NTLM or Kerberos needs a local proxy that signs in to it, such as px or cntlm"
        }
    }
}

fn rejected_credentials_hint(error: &ServiceError) -> &'static str {
    let code = error.code.as_deref().unwrap_or_default();
    if code.starts_with("ExpiredToken") {
        "the session token has expired: get new credentials, with `aws sso login` if they come from IAM Identity Center"
    } else if error.may_be_clock_skew() {
        "check the secret access key, and this machine's clock"
    } else {
        "check the access key ID and the session token; `aws sts get-caller-identity` checks them"
    }
}

fn provider_hint(error: &ProviderError) -> Option<String> {
    if let Some(hint) = open_files_hint(&error.reason) {
        return Some(hint.to_owned());
    }
    Some(match &error.kind {
        ProviderErrorKind::NotConfigured => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile or AWS_PROFILE, or sign in with `aws configure sso` and `aws sso login`".to_owned()
        }
        ProviderErrorKind::NoSecretKey => {
            "set AWS_SECRET_ACCESS_KEY too, or unset AWS_ACCESS_KEY_ID to use a profile".to_owned()
        }
        ProviderErrorKind::SsoSession { profile } => {
            format!("sign in again with `aws sso login{}`", profile_option(profile))
        }
        ProviderErrorKind::LoginSession { profile } => {
            format!("sign in again with `aws login{}`", profile_option(profile))
        }
        ProviderErrorKind::Process => {
            "run the command by hand to see its output, which is not shown here because it may contain secrets. wsb runs it without a shell and without input, so write full paths, not `~`".to_owned()
        }
        ProviderErrorKind::ContainerUri => {
            "use https: plain http is allowed only to loopback and to the addresses of ECS and EKS".to_owned()
        }
        ProviderErrorKind::NoTerminal { profile } => format!(
            "run `aws sts get-caller-identity{}` at a terminal: wsb uses the credentials that it leaves in ~/.aws/cli/cache",
            profile_option(profile)
        ),
        ProviderErrorKind::Expired => {
            "check where the credentials come from, and this machine's clock".to_owned()
        }
        ProviderErrorKind::Unreachable(Unreachable::Dns | Unreachable::Connection) => {
            "check the network and the proxy settings: the service that gives credentials must be reachable, too".to_owned()
        }
        ProviderErrorKind::Unreachable(cause) => unreachable_hint(*cause).to_owned(),
        ProviderErrorKind::Endpoint => "write it as https://HOST or https://HOST:PORT".to_owned(),
        ProviderErrorKind::Invalid | ProviderErrorKind::Rejected | ProviderErrorKind::Failed => {
            return None;
        }
    })
}

/// Returns ` --profile NAME`, quoted for a POSIX shell, or an empty text for the default profile.
fn profile_option(profile: &str) -> String {
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

/// Whether DNS answered that the name has no address. Otherwise, no name server could be reached. The texts are
/// the messages for `EAI_NONAME` and `EAI_NODATA` in glibc, musl, macOS and Windows.
fn is_unknown_name(reason: &str) -> bool {
    [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided, or not known",
        "No such host is known",
    ]
    .iter()
    .any(|text| reason.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_name_is_quoted_where_a_shell_would_split_it() {
        for (name, expected) in [
            ("default", ""),
            ("audit", " --profile audit"),
            ("my audit", " --profile 'my audit'"),
            ("it's", r" --profile 'it'\''s'"),
        ] {
            assert_eq!(profile_option(name), expected);
        }
    }

    #[test]
    fn only_an_unknown_name_in_a_partition_whose_regions_are_unknown_means_not_available() {
        let unknown = "failed to lookup address information: Name or service not known";
        let temporary =
            "failed to lookup address information: Temporary failure in name resolution";
        for (region, cause, reason, expected) in [
            ("us-gov-east-1", Unreachable::Dns, unknown, true),
            ("us-gov-east-1", Unreachable::Dns, temporary, false),
            ("us-gov-east-1", Unreachable::Connection, unknown, false),
            ("us-gov-east-1", Unreachable::ThroughProxy, unknown, false),
            ("us-east-1", Unreachable::Dns, unknown, false),
        ] {
            let region: Region = region.parse().unwrap();
            let error = CallError::unreachable(cause, reason);
            let call = Call {
                action: "",
                region: &region,
                endpoint: &Endpoint::custom("http://127.0.0.1").unwrap(),
                portal: None,
                session: None,
            };
            let is_unavailable = call.is_region_unavailable(&error);
            assert_eq!(is_unavailable, expected, "{region} {reason}");
        }
    }
}
