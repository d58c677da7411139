//! A role assumed with the token of a web identity, as in EKS and in build systems (botocore's
//! `AssumeRoleWithWebIdentityProvider`).

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;

use super::Context;
use super::provider_error::ProviderError;
use super::sts::Role;
use crate::config::profiles::Profile;

const TOKEN_FILE: (&str, &str) = ("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
const ROLE_ARN: (&str, &str) = ("AWS_ROLE_ARN", "role_arn");
const SESSION_NAME: (&str, &str) = ("AWS_ROLE_SESSION_NAME", "role_session_name");

/// The credentials of a web identity, if the profile or, where it counts, the environment has one.
///
/// # Errors
/// No role, a token that cannot be read, or what STS says.
pub(super) async fn credentials(
    context: &Arc<Context>,
    profile: Option<Profile<'_>>,
    with_environment: bool,
) -> Result<Option<Credentials>, ProviderError> {
    let setting = |(name, key): (&str, &str)| {
        // A variable that is set but empty hides the profile's setting, as in the AWS CLI.
        let from_env = with_environment.then(|| std::env::var(name).ok()).flatten();
        from_env
            .or_else(|| Some(profile?.get(key)?.to_owned()))
            .filter(|value| !value.is_empty())
    };
    let Some(file) = setting(TOKEN_FILE) else {
        return Ok(None);
    };
    let arn = setting(ROLE_ARN).ok_or_else(|| {
        ProviderError::unusable(
            "a web identity's token file is set, but no role: set AWS_ROLE_ARN, or role_arn in the profile",
        )
    })?;
    let role = Role {
        arn,
        session_name: setting(SESSION_NAME),
        ..Role::default()
    };
    if let Some(credentials) = context.cache.load(&role.key(), SystemTime::now()) {
        return Ok(Some(credentials));
    }
    let token = std::fs::read_to_string(&file).map_err(|error| {
        ProviderError::unusable(format!(
            "the web identity's token file {file} cannot be read: {error}"
        ))
    })?;
    let credentials = role.assume_with_token(context, token.trim()).await?;
    Ok(Some(credentials))
}
