//! Credentials and region of an EC2 instance, from its metadata service (botocore's
//! `InstanceMetadataFetcher`). Version 2 of the service alone is used: version 1 gives the role's
//! credentials to whatever can make the machine send a GET.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use serde_json::Value;

use super::refusal::{Kind, Refusal, one_line};
use super::{Context, container};
use crate::account::settings::{Name, variable};
use crate::account::transport::Unreached;

const ENDPOINT: Name = Name::new(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2_metadata_service_endpoint",
);
const ENDPOINT_MODE: Name = Name::new(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "ec2_metadata_service_endpoint_mode",
);
const USE_IPV6: Name = Name::new("AWS_IMDS_USE_IPV6", "imds_use_ipv6");
const TIMEOUT: Name = Name::new("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
const ATTEMPTS: Name = Name::new(
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "metadata_service_num_attempts",
);

const TOKEN_PATH: &str = "latest/api/token";
const ROLE_PATH: &str = "latest/meta-data/iam/security-credentials/";
const REGION_PATH: &str = "latest/meta-data/placement/region";
const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";

const NAME: &str = "the instance's metadata service";

/// The instance's credentials.
///
/// # Errors
/// [`Kind::NothingSetUp`] where this machine has no such service or no role, and what is wrong with
/// a service that is there.
pub(super) async fn credentials(context: &Arc<Context>) -> Result<Option<Credentials>, Refusal> {
    let Some(service) = MetadataService::of(context)? else {
        return Ok(None);
    };
    let token = service.token().await?;
    let roles = service.get(ROLE_PATH, &token).await?;
    let Some(role) = roles.as_deref().and_then(|roles| roles.lines().next()) else {
        return Err(Refusal::new(
            Kind::NothingSetUp,
            "this instance has no role",
        ));
    };
    let path = format!("{ROLE_PATH}{}", role.trim());
    let document = service.get(&path, &token).await?.unwrap_or_default();
    if let Some(credentials) = container::read(document.as_bytes()) {
        return Ok(Some(credentials));
    }
    let document: Value = serde_json::from_str(&document).unwrap_or_default();
    let said = document.get("Message").and_then(Value::as_str);
    let said = said.map_or_else(String::new, |text| format!(": {}", one_line(text)));
    Err(Refusal::new(
        Kind::Refused,
        format!("{NAME} gave no credentials of its role{said}"),
    ))
}

/// The instance's region, if this machine is one that tells it.
pub(in crate::account) async fn region(context: &Arc<Context>) -> Option<String> {
    let service = MetadataService::of(context).ok()??;
    let token = service.token().await.ok()?;
    let region = service.get(REGION_PATH, &token).await.ok()??;
    Some(region.trim().to_owned()).filter(|region| !region.is_empty())
}

struct MetadataService<'a> {
    context: &'a Context,
    endpoint: String,
    timeout: Duration,
    attempts: u32,
}

impl<'a> MetadataService<'a> {
    /// The service, unless the environment says not to use it.
    fn of(context: &'a Context) -> Result<Option<Self>, Refusal> {
        let is_true = |text: String| text.eq_ignore_ascii_case("true");
        if variable("AWS_EC2_METADATA_DISABLED").is_some_and(is_true) {
            return Ok(None);
        }
        let settings = &context.settings;
        let number = |name| {
            let number = settings.number(name);
            let number = number.map_err(|error| Refusal::unusable(error.to_string()))?;
            Ok::<u32, Refusal>(number.unwrap_or(1))
        };
        let is_ipv6 = settings
            .text(&ENDPOINT_MODE)
            .is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"))
            || settings.text(&USE_IPV6).is_some_and(is_true);
        let default = if is_ipv6 {
            "http://[fd00:ec2::254]"
        } else {
            "http://169.254.169.254"
        };
        let endpoint = settings.text(&ENDPOINT);
        let endpoint = endpoint.unwrap_or_else(|| default.to_owned());
        if endpoint.parse::<http::Uri>().is_err() {
            return Err(Refusal::unusable(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT, or ec2_metadata_service_endpoint in the profile, is not a valid URI",
            ));
        }
        Ok(Some(Self {
            context,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            timeout: Duration::from_secs(number(&TIMEOUT)?.into()),
            attempts: number(&ATTEMPTS)?,
        }))
    }

    /// The token that further requests need.
    async fn token(&self) -> Result<String, Refusal> {
        let headers = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")];
        let reply = match self.ask("PUT", TOKEN_PATH, &headers).await {
            Ok(reply) => reply,
            Err(unreached) => return Err(no_token(&unreached)),
        };
        match reply.status().as_u16() {
            200 => Ok(String::from_utf8_lossy(reply.body()).trim().to_owned()),
            status @ 403..=405 => Err(Refusal::new(
                Kind::NothingSetUp,
                format!(
                    "{NAME} gives no token (HTTP status {status}): it is turned off, or offers version 1 alone, which is refused by design (turn IMDSv2 on)"
                ),
            )),
            status => Err(Refusal::new(
                Kind::Refused,
                format!("{NAME} answered a request for a token with HTTP status {status}"),
            )),
        }
    }

    /// A document as text; nothing if there is none.
    async fn get(&self, path: &str, token: &str) -> Result<Option<String>, Refusal> {
        let reply = self.ask("GET", path, &[(TOKEN_HEADER, token)]).await?;
        match reply.status().as_u16() {
            200 => Ok(Some(String::from_utf8_lossy(reply.body()).into_owned())),
            404 => Ok(None),
            status => Err(Refusal::new(
                Kind::Refused,
                format!("{NAME} answered with HTTP status {status}"),
            )),
        }
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<http::Response<Vec<u8>>, Unreached> {
        let uri = format!("{}/{path}", self.endpoint);
        let mut attempt = 1;
        loop {
            let reply = self.context.ask(method, &uri, headers, self.timeout).await;
            let is_passing = match &reply {
                Ok(reply) => reply.status().is_server_error(),
                Err(_) => true,
            };
            if attempt == self.attempts || !is_passing {
                return reply;
            }
            attempt += 1;
        }
    }
}

/// A machine that is no instance has no such service; one that hears the request and cannot answer
/// through a container's network is too many hops away.
fn no_token(unreached: &Unreached) -> Refusal {
    let mut reason = format!("{NAME} did not answer: {}", unreached.reason);
    if unreached.reason.starts_with("no reply") {
        reason.push_str(
            "; in a container of an instance, the hop limit of its metadata options has to be 2 or more",
        );
    }
    Refusal::new(Kind::NothingSetUp, reason)
}
