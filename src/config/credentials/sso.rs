//! Credentials of a role in IAM Identity Center, with a session of `aws sso login` (botocore's `SSOProvider` and
//! `SSOTokenProvider`).
//!
//! aws-config's `SsoCredentialsProvider` rejects an `expiresAt` that ends in `UTC` or `+00:00`. If a renewal
//! fails, it uses the expired token, which hides the network error. It does not read the file again after another
//! command has renewed the token, and it does not share the AWS CLI's cache.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::sdk::{from_sdk, sdk_config};
use super::shared_cache::{self, COMPACT, CacheKey};
use super::token_cache::TokenSession;
use super::{CredentialRequest, static_keys, timestamp};
use crate::config::names::{
    SSO, SSO_ACCOUNT_ID, SSO_OIDC, SSO_REGION, SSO_ROLE_NAME, SSO_SESSION, SSO_START_URL,
};
use crate::config::shared_config::{Profile, SharedConfig};
use crate::service::credentials::check;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// A token is renewed this long before it expires (botocore's `SSOTokenProvider._REFRESH_WINDOW`).
const REFRESH_WINDOW: Duration = Duration::from_secs(15 * 60);

const NAME: &str = "IAM Identity Center";

/// A role in an account, and the session in Identity Center that has access to it.
#[derive(Debug, PartialEq, Eq)]
struct Assignment<'a> {
    profile: &'a str,
    session: Option<&'a str>,
    start_url: &'a str,
    region: &'a str,
    account: &'a str,
    role: &'a str,
}

impl<'a> Assignment<'a> {
    /// The assignment in a profile; `None` if the profile has neither an account nor a role.
    fn from_profile(
        config: &'a SharedConfig,
        profile: Profile<'a>,
    ) -> Result<Option<Self>, ProviderError> {
        let session = match profile.non_empty(SSO_SESSION)? {
            None => None,
            Some(name) => Some(config.sso_session(name).ok_or_else(|| {
                ProviderError::invalid(format!(
                    "{} is {name:?}, and there is no [sso-session {name}]",
                    profile.place(SSO_SESSION)
                ))
            })?),
        };
        if !profile.has(SSO_ACCOUNT_ID) && !profile.has(SSO_ROLE_NAME) {
            return Ok(None);
        }
        for key in session.iter().flat_map(Profile::keys) {
            let value = session.and_then(|session| session.get(key));
            if value.is_some() && profile.get(key).is_some_and(|own| Some(own) != value) {
                return Err(ProviderError::invalid(format!(
                    "{} contradicts the sso-session: make them equal or leave one out",
                    profile.place(key)
                )));
            }
        }
        let required = |key: &str| {
            let value = profile.non_empty(key)?;
            value.or_else(|| session?.filled(key)).ok_or_else(|| {
                let present = [SSO_ACCOUNT_ID, SSO_ROLE_NAME]
                    .into_iter()
                    .find(|key| profile.has(key))
                    .unwrap_or(SSO_SESSION);
                ProviderError::invalid(format!("{} is set without {key}", profile.place(present)))
            })
        };
        Ok(Some(Self {
            profile: profile.name,
            session: session.map(|session| session.name),
            start_url: required(SSO_START_URL)?,
            region: required(SSO_REGION)?,
            account: required(SSO_ACCOUNT_ID)?,
            role: required(SSO_ROLE_NAME)?,
        }))
    }

    fn key(&self) -> CacheKey {
        let start_url = self.session.is_none().then_some(self.start_url);
        let parameters = json!({
            "roleName": self.role,
            "accountId": self.account,
            "sessionName": self.session,
            "startUrl": start_url,
        });
        CacheKey::new(parameters, COMPACT)
    }

    /// The session of `aws sso login`. The name of its token file is the SHA-1 hash of the session's name, or of
    /// the start URL if the session has no name.
    fn token_session(
        &self,
        context: &CredentialRequest<'_>,
    ) -> Result<TokenSession, ProviderError> {
        let name = self.session.unwrap_or(self.start_url);
        let file = format!("{}.json", hex::encode(Sha1::digest(name)));
        Ok(TokenSession {
            path: context.token_folder(".aws/sso/cache")?.join(file),
            name: format!("the session of profile {:?} in {NAME}", self.profile),
            missing: format!("the {NAME} session {name} has no usable token"),
            kind: self.error_kind(),
            refresh_window: REFRESH_WINDOW,
        })
    }

    fn error_kind(&self) -> ProviderErrorKind {
        ProviderErrorKind::SsoSession {
            profile: self.profile.to_owned(),
        }
    }
}

/// Returns the credentials of the profile's role in Identity Center; `None` if the profile has no such role.
///
/// # Errors
/// Invalid settings, an expired session, or an error of Identity Center.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
    profile: Profile<'_>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(assignment) = Assignment::from_profile(context.config, profile)? else {
        return Ok(None);
    };
    let key = assignment.key();
    if let Some(found) = context.cached(&key) {
        return Ok(Some(found));
    }
    let session = assignment.token_session(context)?;
    let renew = async |document: &Value| renew(context, &assignment, document).await;
    let token = session.token(context.now, None, token_in, renew).await?;
    let found = role_credentials(context, &assignment, token).await?;
    let found = check(found, context.now)?;
    let entry = shared_cache::entry(&found, "Z", Some(assignment.account));
    let document = json!({"ProviderType": "sso", "Credentials": entry});
    context.chain.cache.store(&key, &document);
    Ok(Some(found))
}

async fn role_credentials(
    context: &CredentialRequest<'_>,
    assignment: &Assignment<'_>,
    token: String,
) -> Result<Credentials, ProviderError> {
    let config = sdk_config(context, (NAME, &SSO), assignment.region)?;
    let reply = aws_sdk_sso::Client::new(&config)
        .get_role_credentials()
        .role_name(assignment.role)
        .account_id(assignment.account)
        .access_token(token)
        .send()
        .await;
    let reply = reply.map_err(|error| {
        let has_no_session = error
            .as_service_error()
            .is_some_and(|error| error.is_unauthorized_exception());
        let mut error = from_sdk(NAME, error);
        if has_no_session {
            error.kind = assignment.error_kind();
        }
        error
    })?;
    let found = reply.role_credentials().and_then(|reply| {
        let end = u64::try_from(reply.expiration()).ok()?;
        let end = UNIX_EPOCH.checked_add(Duration::from_millis(end))?;
        let (id, secret) = (reply.access_key_id()?, reply.secret_access_key()?);
        let token = reply.session_token();
        Some(static_keys::credentials(id, secret, token, Some(end)))
    });
    found.ok_or_else(|| ProviderError::invalid(format!("{NAME} returned no credentials")))
}

fn token_in(document: &Value) -> Option<(String, SystemTime)> {
    let text = |key: &str| document.get(key)?.as_str();
    let end = timestamp::parse(text("expiresAt")?)?;
    Some((text("accessToken")?.to_owned(), end))
}

/// The client ID, the client secret and the refresh token; `None` if the session cannot be renewed.
fn registration(document: &Value, now: SystemTime) -> Option<[&str; 3]> {
    let text = |key: &str| document.get(key)?.as_str();
    let end = timestamp::parse(text("registrationExpiresAt")?)?;
    let registration = [
        text("clientId")?,
        text("clientSecret")?,
        text("refreshToken")?,
    ];
    (end > now).then_some(registration)
}

/// Renews the session and returns its new document; `None` if it cannot be renewed.
async fn renew(
    context: &CredentialRequest<'_>,
    assignment: &Assignment<'_>,
    document: &Value,
) -> Result<Option<Value>, ProviderError> {
    let registration = registration(document, context.now);
    let registration = registration.filter(|_| assignment.session.is_some());
    let Some([client_id, client_secret, refresh_token]) = registration else {
        return Ok(None);
    };
    let config = sdk_config(context, (NAME, &SSO_OIDC), assignment.region)?;
    let reply = aws_sdk_ssooidc::Client::new(&config)
        .create_token()
        .client_id(client_id)
        .client_secret(client_secret)
        .refresh_token(refresh_token)
        .grant_type("refresh_token")
        .send()
        .await
        .map_err(|error| from_sdk(NAME, error))?;
    let end = timestamp::after(context.now, reply.expires_in());
    let (Some(end), Some(token)) = (end, reply.access_token()) else {
        return Err(ProviderError::invalid(format!(
            "{NAME} returned no valid token"
        )));
    };
    let mut renewed = document.clone();
    renewed["startUrl"] = json!(assignment.start_url);
    renewed["region"] = json!(assignment.region);
    renewed["accessToken"] = json!(token);
    renewed["expiresAt"] = json!(timestamp::format(end, "Z"));
    if let Some(token) = reply.refresh_token() {
        renewed["refreshToken"] = json!(token);
    }
    Ok(Some(renewed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::shared_config::tests::profiles;

    const ROLE: &str = "sso_account_id = 1\nsso_role_name = R\n";
    const SESSION: &str = "[sso-session s]\nsso_start_url = u\nsso_region = r\n";

    /// The session's name in the assignment of profile `a`; `None` if there is no assignment.
    fn assignment(config: &str) -> Result<Option<Option<String>>, ProviderError> {
        let profiles = profiles(config, "");
        let found = Assignment::from_profile(&profiles, profiles.profile("a"))?;
        Ok(found.map(|found| found.session.map(str::to_owned)))
    }

    #[test]
    fn a_session_may_repeat_what_the_profile_says_but_not_contradict_it() {
        let equal = format!(
            "[profile a]\n{ROLE}sso_session = s\nsso_start_url = u\nsso_region = r\n{SESSION}"
        );
        assert_eq!(assignment(&equal).unwrap().unwrap().as_deref(), Some("s"));
        let error = assignment(&equal.replacen("= u", "= v", 1)).unwrap_err();
        assert!(error.reason.contains("line 5) contradicts"), "{error:?}");
        let legacy = format!("[profile a]\n{ROLE}sso_start_url = u\nsso_region = r\n");
        assert_eq!(assignment(&legacy).unwrap().unwrap(), None);
    }

    #[test]
    fn without_an_account_and_a_role_the_session_is_ignored() {
        assert_eq!(
            assignment(&format!("[profile a]\nsso_session = s\n{SESSION}")).unwrap(),
            None
        );
        for config in [
            format!("[profile a]\n{ROLE}sso_session = gone\n{SESSION}"),
            format!("[profile a]\n{ROLE}"),
            format!("[profile a]\nsso_role_name = R\nsso_session = s\n{SESSION}"),
        ] {
            assert!(assignment(&config).is_err(), "{config}");
        }
        for account in ["sso_account_id =\n", "sso_account_id =\n  nested = 1\n"] {
            let role = "sso_role_name = R\nsso_session = s\n";
            let error = assignment(&format!("[profile a]\n{account}{role}{SESSION}")).unwrap_err();
            let says = "sso_account_id of profile \"a\" (config, line 2) is empty";
            assert_eq!(error.reason, says);
        }
    }
}
