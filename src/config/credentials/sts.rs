//! Roles assumed at STS, with keys or with the token of a web identity, through the cache.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as StsCredentials};
use serde_json::{Value, json};

use super::cache::{self, Key, Notation, Parameter, Parameters};
use super::provider_error::{self, ProviderError};
use super::{Context, keys, sdk_client};
use crate::config::settings::Service;

const NAME: &str = "STS";

/// A role and what is sent along with it, as the profile gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) mfa_serial: Option<String>,
    /// Seconds.
    pub(super) duration: Option<i32>,
}

impl Role {
    /// The role's entry in the cache. A session name that is made up is no part of it.
    pub(super) fn key(&self) -> Key {
        let texts = [
            ("RoleArn", Some(&self.arn)),
            ("RoleSessionName", self.session_name.as_ref()),
            ("ExternalId", self.external_id.as_ref()),
            ("SerialNumber", self.mfa_serial.as_ref()),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, Parameter::Text(text?.clone()))));
        let duration = self
            .duration
            .map(|seconds| ("DurationSeconds", Parameter::Number(seconds.into())));
        let parameters: Parameters = texts.chain(duration).collect();
        Key::of(&parameters, Notation::Blanks)
    }

    fn session_name(&self) -> String {
        self.session_name.clone().unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            format!("wsb-session-{}", now.map_or(0, |now| now.as_secs()))
        })
    }

    /// Assumes the role with keys and, if it asks for one, with a code.
    pub(super) async fn assume(
        &self,
        context: &Arc<Context>,
        source: Credentials,
        code: Option<String>,
    ) -> Result<Credentials, ProviderError> {
        let client = client(context, Some(source))?;
        let reply = client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(self.session_name())
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.duration)
            .set_serial_number(self.mfa_serial.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| provider_error::from_sdk(NAME, error))?;
        self.keep(context, reply.credentials(), reply.assumed_role_user())
    }

    /// Assumes the role with the token of a web identity.
    pub(super) async fn assume_with_token(
        &self,
        context: &Arc<Context>,
        token: &str,
    ) -> Result<Credentials, ProviderError> {
        let reply = client(context, None)?
            .assume_role_with_web_identity()
            .role_arn(&self.arn)
            .role_session_name(self.session_name())
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| provider_error::from_sdk(NAME, error))?;
        self.keep(context, reply.credentials(), reply.assumed_role_user())
    }

    /// Puts what came into the cache, as botocore writes it.
    fn keep(
        &self,
        context: &Context,
        credentials: Option<&StsCredentials>,
        user: Option<&AssumedRoleUser>,
    ) -> Result<Credentials, ProviderError> {
        let came = credentials.ok_or_else(|| ProviderError::unusable("STS gave no credentials"))?;
        let end = SystemTime::try_from(*came.expiration())
            .map_err(|_| ProviderError::unusable("STS gave credentials whose end is not a time"))?;
        let credentials = keys::made(
            came.access_key_id(),
            came.secret_access_key(),
            Some(came.session_token()),
            Some(end),
            "AssumeRole",
        );
        let account = user.and_then(|user| user.arn().split(':').nth(4));
        let mut document = json!({"Credentials": cache::entry(&credentials, "UTC", account)});
        if let Some(user) = user {
            document["AssumedRoleUser"] = assumed(user);
        }
        context.cache.store(&self.key(), &document);
        Ok(credentials)
    }
}

fn assumed(user: &AssumedRoleUser) -> Value {
    json!({"AssumedRoleId": user.assumed_role_id(), "Arn": user.arn()})
}

fn client(
    context: &Arc<Context>,
    credentials: Option<Credentials>,
) -> Result<aws_sdk_sts::Client, ProviderError> {
    let region = context.settings.region.clone();
    let region = region.ok_or_else(|| {
        ProviderError::unusable("no region is set, and STS is called in the region that is set")
    })?;
    let config = sdk_client!(aws_sdk_sts, context, region, Service::Sts);
    let config = match credentials {
        Some(credentials) => config.credentials_provider(credentials),
        None => config.allow_no_auth(),
    };
    Ok(aws_sdk_sts::Client::from_conf(config.build()))
}
