//! Assumes roles at STS, with keys or a web identity token, and stores the credentials in the shared cache.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as StsCredentials};
use serde::Serialize;
use serde_json::json;

use super::sdk::{from_sdk, sdk_config};
use super::shared_cache::{self, CacheKey, SPACED};
use super::{CredentialRequest, static_keys};
use crate::config::names;
use crate::service::credentials::check;
use crate::service::provider_error::ProviderError;

const NAME: &str = "STS";

/// A role, and the parameters of the request to assume it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    pub(super) role_arn: String,
    pub(super) role_session_name: Option<String>,
    pub(super) external_id: Option<String>,
    /// The MFA device.
    pub(super) serial_number: Option<String>,
    pub(super) duration_seconds: Option<i32>,
}

impl Role {
    /// The key of the role in the shared cache. A generated session name is not part of it.
    pub(super) fn key(&self) -> CacheKey {
        CacheKey::new(self, SPACED)
    }

    fn session_name(&self, now: SystemTime) -> String {
        self.role_session_name.clone().unwrap_or_else(|| {
            let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            format!("wsb-session-{seconds}")
        })
    }

    /// Assumes the role with keys, and with an MFA code if the role requires one.
    pub(super) async fn assume(
        &self,
        context: &CredentialRequest<'_>,
        source: Credentials,
        code: Option<String>,
    ) -> Result<Credentials, ProviderError> {
        let client = client(context, Some(source.clone()))?;
        let reply = client
            .assume_role()
            .role_arn(&self.role_arn)
            .role_session_name(self.session_name(context.now))
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.duration_seconds)
            .set_serial_number(self.serial_number.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| from_sdk(NAME, error).without_secrets_of(&source))?;
        self.store(context, reply.credentials(), reply.assumed_role_user())
    }

    pub(super) async fn assume_with_token(
        &self,
        context: &CredentialRequest<'_>,
        token: &str,
    ) -> Result<Credentials, ProviderError> {
        let reply = client(context, None)?
            .assume_role_with_web_identity()
            .role_arn(&self.role_arn)
            .role_session_name(self.session_name(context.now))
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| from_sdk(NAME, error))?;
        self.store(context, reply.credentials(), reply.assumed_role_user())
    }

    /// Stores the credentials in the shared cache, as botocore does, and returns them.
    fn store(
        &self,
        context: &CredentialRequest<'_>,
        credentials: Option<&StsCredentials>,
        user: Option<&AssumedRoleUser>,
    ) -> Result<Credentials, ProviderError> {
        let invalid = |what| ProviderError::invalid(format!("{NAME} returned {what}"));
        let reply = credentials.ok_or_else(|| invalid("no credentials"))?;
        let end = SystemTime::try_from(*reply.expiration());
        let end = end.map_err(|_| invalid("credentials whose expiration is not a time"))?;
        let credentials = static_keys::credentials(
            reply.access_key_id(),
            reply.secret_access_key(),
            Some(reply.session_token()),
            Some(end),
        );
        let credentials = check(credentials, context.now)?;
        let account = user.and_then(|user| user.arn().split(':').nth(4));
        let entry = shared_cache::entry(&credentials, "UTC", account);
        let mut document = json!({ "Credentials": entry });
        if let Some(user) = user {
            document["AssumedRoleUser"] =
                json!({"AssumedRoleId": user.assumed_role_id(), "Arn": user.arn()});
        }
        context.chain.cache.store(&self.key(), &document);
        Ok(credentials)
    }
}

fn client(
    context: &CredentialRequest<'_>,
    credentials: Option<Credentials>,
) -> Result<aws_sdk_sts::Client, ProviderError> {
    let Some(region) = &context.chain.settings.region else {
        let reason = "no region is set, and STS is called in the region that is set";
        return Err(ProviderError::invalid(reason));
    };
    let config = sdk_config(context, (NAME, &names::STS), region.as_str())?;
    let config = aws_sdk_sts::config::Builder::from(&config);
    let config = match credentials {
        Some(credentials) => config.credentials_provider(credentials),
        None => config.allow_no_auth(),
    };
    Ok(aws_sdk_sts::Client::from_conf(config.build()))
}
