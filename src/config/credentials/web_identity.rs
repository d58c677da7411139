//! Assumes a role with a web identity token, as in EKS and in CI systems (botocore's
//! `AssumeRoleWithWebIdentityProvider`).
//!
//! aws-config's `WebIdentityTokenCredentialsProvider` fails if FIPS and an endpoint for STS are set, and does
//! not share the AWS CLI's cache.

use std::path::Path;

use aws_credential_types::Credentials;

use super::sts::Role;
use super::{CredentialRequest, read_token};
use crate::config::names::{Name, ROLE_ARN, ROLE_SESSION_NAME, WEB_IDENTITY_TOKEN_FILE};
use crate::config::shared_config::Profile;
use crate::service::provider_error::ProviderError;

/// Returns the credentials of a web identity; `None` if no token file is set. The settings are those of the
/// profile and, if `with_environment`, of the environment. The token is read for each request, because Kubernetes
/// replaces it.
///
/// # Errors
/// No role, a token that cannot be read, or an error of STS.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
    profile: Profile<'_>,
    with_environment: bool,
) -> Result<Option<Credentials>, ProviderError> {
    let environment = with_environment.then_some(&context.chain.settings.environment);
    // As in the AWS CLI, a variable that is empty hides the profile's setting.
    let setting = |name: &Name| -> Result<Option<String>, ProviderError> {
        let variable = environment.and_then(|environment| environment.var(name.variable));
        let value = match variable {
            Some(value) => Some(value.into_owned()),
            None => profile.text(name.key)?.map(str::to_owned),
        };
        Ok(value.filter(|value| !value.is_empty()))
    };
    let Some(file) = setting(&WEB_IDENTITY_TOKEN_FILE)? else {
        return Ok(None);
    };
    let role_arn = setting(&ROLE_ARN)?.ok_or_else(|| {
        ProviderError::invalid(format!(
            "a web identity's token file is set, but no role: set {}, or {} in the profile",
            ROLE_ARN.variable, ROLE_ARN.key
        ))
    })?;
    let role = Role {
        role_arn,
        role_session_name: setting(&ROLE_SESSION_NAME)?,
        ..Role::default()
    };
    if let Some(found) = context.cached(&role.key()) {
        return Ok(Some(found));
    }
    let token = read_token(Path::new(&file)).map_err(|error| {
        ProviderError::invalid(format!(
            "the web identity's token file {file} cannot be read: {error}"
        ))
    })?;
    role.assume_with_token(context, &token).await.map(Some)
}
