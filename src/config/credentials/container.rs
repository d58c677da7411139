//! Credentials of a container, from a credentials service whose URI is in the environment (botocore's
//! `ContainerProvider`): ECS, EKS, CloudShell, and tools with the same interface.
//!
//! aws-config's `EcsCredentialsProvider` does not retry a status of 400 to 499, rejects an `Expiration` with an
//! offset and a token file that ends with a line break, and shows the URI, whose path is secret.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::Value;

use super::{CredentialRequest, read_token, retry, static_keys, timestamp};
use crate::cli::Environment;
use crate::config::names::{
    CONTAINER_FULL_URI, CONTAINER_RELATIVE_URI, CONTAINER_TOKEN, CONTAINER_TOKEN_FILE,
};
use crate::service::provider_error::{ProviderError, ProviderErrorKind};
use crate::service::transport_error::Unreachable;

/// botocore's `TIMEOUT_SECONDS`, `RETRY_ATTEMPTS` and `SLEEP_TIME`.
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// Hosts that may be called over plain http, besides loopback addresses.
const PLAIN_HOSTS: [&str; 4] = [
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::23",
    "localhost",
];

const NAME: &str = "the container's credentials service";

/// Returns the container's credentials; `None` if the environment has no URI of a service.
///
/// # Errors
/// A host that must not be called, a token that is not valid in a header, or an error of the service.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
) -> Result<Option<Credentials>, ProviderError> {
    let environment = &context.chain.settings.environment;
    let Some(url) = url(environment)? else {
        return Ok(None);
    };
    context.waits_for(NAME.to_owned());
    let found = retry(
        (ATTEMPTS, PAUSE),
        |result| result.as_ref().is_err_and(is_transient),
        || async {
            // The file is read for each request, because EKS replaces it.
            let token = token(environment)?;
            request(context, url.as_str(), token.as_deref()).await
        },
    );
    found.await.map(Some)
}

/// The URL of the service. As in the AWS CLI, an empty variable is an error: the next provider, the instance,
/// would use another identity.
fn url(environment: &Environment) -> Result<Option<reqwest::Url>, ProviderError> {
    let mut names = [CONTAINER_RELATIVE_URI, CONTAINER_FULL_URI].into_iter();
    let Some((name, uri)) = names.find_map(|name| Some((name, environment.var(name)?))) else {
        return Ok(None);
    };
    let uri = match (name, &*uri) {
        (_, "") => return Err(empty(name)),
        (CONTAINER_RELATIVE_URI, path) => format!("http://{}{path}", PLAIN_HOSTS[0]),
        (_, uri) => uri.to_owned(),
    };
    // `Url` would encode a space and so call another path.
    let is_uri = uri.parse::<http::Uri>().is_ok();
    let url = reqwest::Url::parse(&uri).ok().filter(|_| is_uri);
    let url = url.ok_or_else(|| ProviderError::invalid(format!("{name} is not a valid URI")))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    if url.scheme() != "https" && !is_loopback && !PLAIN_HOSTS.contains(&host) {
        return Err(ProviderError::new(
            ProviderErrorKind::ContainerUri,
            format!("{name} names {host}, which must not be called over plain http"),
        ));
    }
    Ok(Some(url))
}

fn empty(name: &str) -> ProviderError {
    ProviderError::invalid(format!("{name} is set but empty"))
}

/// The token for the `Authorization` header; `None` if no token is set.
fn token(environment: &Environment) -> Result<Option<String>, ProviderError> {
    let file = environment.var_os(CONTAINER_TOKEN_FILE);
    let (name, text) = match (file, environment.non_empty(CONTAINER_TOKEN)) {
        (Some(file), _) if file.is_empty() => return Err(empty(CONTAINER_TOKEN_FILE)),
        (Some(file), _) => {
            let text = read_token(Path::new(file)).map_err(|error| {
                ProviderError::invalid(format!(
                    "the file of {CONTAINER_TOKEN_FILE} cannot be read: {error}"
                ))
            })?;
            (CONTAINER_TOKEN_FILE, text)
        }
        (None, Some(text)) => (CONTAINER_TOKEN, text.into_owned()),
        (None, None) => return Ok(None),
    };
    let text = text.trim().to_owned();
    match http::HeaderValue::from_str(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(ProviderError::invalid(format!(
            "the token of {name} has a character that no header can contain"
        ))),
    }
}

/// Whether another attempt can succeed. As in the AWS CLI, a request is repeated after any HTTP status other than
/// 200.
fn is_transient(error: &ProviderError) -> bool {
    match error.kind {
        ProviderErrorKind::Unreachable(cause) => {
            !matches!(cause, Unreachable::Untrusted | Unreachable::Tls)
        }
        ProviderErrorKind::Rejected | ProviderErrorKind::Failed => true,
        _ => false,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "requests credentials of a container's service"
)]
async fn request(
    context: &CredentialRequest<'_>,
    uri: &str,
    token: Option<&str>,
) -> Result<Credentials, ProviderError> {
    let mut request = http::Request::builder()
        .uri(uri)
        .header("accept", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let request = request.body(Vec::new()).map_err(|_| {
        ProviderError::invalid(format!("{NAME} cannot be called: its URI is not valid"))
    })?;
    let transport = context.chain.transport.with_timeout(TIMEOUT);
    let reply = transport.send(request).await?;
    let found = match reply.status().as_u16() {
        200 => parse(reply.body()).map_err(str::to_owned),
        status => Err(format!("HTTP status {status}")),
    };
    found.map_err(|what| ProviderError::rejected(format!("{NAME} returned {what}")))
}

/// Parses a reply with credentials from the metadata service of a container or an instance. As in the AWS CLI,
/// the reply must have an expiration: credentials without one would never be renewed.
///
/// # Errors
/// The description of a reply that cannot be used, which continues "returned".
pub fn parse(body: &[u8]) -> Result<Credentials, &'static str> {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| document.get(key)?.as_str();
    let (Some(id), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
        return Err("a document that is not credentials");
    };
    let end = text("Expiration").and_then(timestamp::parse);
    let end = end.ok_or("credentials without a valid Expiration")?;
    let token = text("Token");
    Ok(static_keys::credentials(id, secret, token, Some(end)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_needs_keys_and_an_expiration_that_is_a_time() {
        let reply = |end: Value| {
            let reply = json!({"AccessKeyId": "i", "SecretAccessKey": "s", "Expiration": end});
            parse(reply.to_string().as_bytes())
        };
        assert!(reply(json!("2099-01-01T00:00:00Z")).is_ok());
        for end in [
            json!(null),
            json!(4_070_912_400_u64),
            json!("soon"),
            json!(""),
        ] {
            let fault = reply(end).unwrap_err();
            assert_eq!(fault, "credentials without a valid Expiration");
        }
        for body in ["", "[]", r#"{"AccessKeyId": "i"}"#] {
            let fault = parse(body.as_bytes()).unwrap_err();
            assert_eq!(fault, "a document that is not credentials");
        }
    }
}
