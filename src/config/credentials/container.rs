//! Credentials of a container, from the service that the environment names (botocore's
//! `ContainerProvider`): ECS, EKS, CloudShell and tools that play one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::Value;

use super::provider_error::{Kind, ProviderError};
use super::{Context, expiry, keys};
use crate::config::settings::variable;

/// Time for one attempt (botocore's `TIMEOUT_SECONDS`).
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Hosts that may be asked over plain http, besides loopback addresses.
const PLAIN_HOSTS: [&str; 4] = [
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::23",
    "localhost",
];

const NAME: &str = "the container's credentials service";

/// The container's credentials, if the environment names its service. The URI, whose path may be
/// secret, is not told.
///
/// # Errors
/// A host that may not be asked, a token that no header can hold, or what the service says.
pub(super) async fn credentials(
    context: &Arc<Context>,
) -> Result<Option<Credentials>, ProviderError> {
    // One that is set but empty is an error, as in the AWS CLI: the instance is another identity.
    let set = |name| std::env::var(name).ok();
    let (name, uri) = match (set(RELATIVE_URI), set(FULL_URI)) {
        (Some(path), _) if path.is_empty() => return Err(empty(RELATIVE_URI)),
        (None, Some(uri)) if uri.is_empty() => return Err(empty(FULL_URI)),
        (Some(path), _) => (RELATIVE_URI, format!("http://{}{path}", PLAIN_HOSTS[0])),
        (None, Some(uri)) => (FULL_URI, uri),
        (None, None) => return Ok(None),
    };
    let is_sound = uri.parse::<http::Uri>().is_ok();
    let url = reqwest::Url::parse(&uri).ok().filter(|_| is_sound);
    let url = url.ok_or_else(|| ProviderError::unusable(format!("{name} is not a valid URI")))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    if url.scheme() != "https" && !is_loopback && !PLAIN_HOSTS.contains(&host) {
        return Err(ProviderError::new(
            Kind::ContainerUri,
            format!("{name} names {host}, which may not be asked over plain http"),
        ));
    }
    let token = token()?;
    let mut attempt = 1;
    loop {
        match ask(context, &uri, token.as_deref()).await {
            Err(refusal) if attempt < ATTEMPTS && is_passing(&refusal) => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer.map(Some),
        }
    }
}

fn empty(name: &str) -> ProviderError {
    ProviderError::unusable(format!("{name} is set but empty"))
}

/// Whether another attempt may do better: no reply came, or the service failed.
fn is_passing(refusal: &ProviderError) -> bool {
    matches!(&refusal.kind, Kind::Unreached(unreached) if unreached.tls_refusal.is_none())
}

fn token() -> Result<Option<String>, ProviderError> {
    let (name, text) = match std::env::var(TOKEN_FILE).ok() {
        Some(file) if file.is_empty() => return Err(empty(TOKEN_FILE)),
        Some(file) => {
            let text = std::fs::read_to_string(&file).map_err(|error| {
                ProviderError::unusable(format!("the file of {TOKEN_FILE} cannot be read: {error}"))
            })?;
            (TOKEN_FILE, text)
        }
        None => match variable(TOKEN) {
            Some(text) => (TOKEN, text),
            None => return Ok(None),
        },
    };
    let text = text.trim().to_owned();
    match http::HeaderValue::from_str(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(ProviderError::unusable(format!(
            "the token of {name} holds what no header can"
        ))),
    }
}

async fn ask(
    context: &Context,
    uri: &str,
    token: Option<&str>,
) -> Result<Credentials, ProviderError> {
    let mut headers = vec![("accept", "application/json")];
    headers.extend(token.map(|token| ("authorization", token)));
    let reply = context.ask("GET", uri, &headers, TIMEOUT).await?;
    let status = reply.status();
    if !status.is_success() {
        return Err(ProviderError::new(
            Kind::Refused,
            format!("{NAME} answered with HTTP status {}", status.as_u16()),
        ));
    }
    read(reply.body()).ok_or_else(|| {
        ProviderError::unusable(format!("{NAME} gave a document that is not credentials"))
    })
}

/// The credentials in the reply of a container's or an instance's service.
pub(super) fn read(body: &[u8]) -> Option<Credentials> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let text = |key: &str| document.get(key)?.as_str();
    let end = text("Expiration").and_then(expiry::parse);
    Some(keys::made(
        text("AccessKeyId")?,
        text("SecretAccessKey")?,
        text("Token"),
        end,
        "Metadata",
    ))
}
