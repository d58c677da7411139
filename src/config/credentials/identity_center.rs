//! Credentials of IAM Identity Center: the session that `aws sso login` began is exchanged for those
//! of a role (botocore's `SSOProvider` and `SSOTokenProvider`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::cache::{self, Key, Notation, Parameter, Parameters};
use super::provider_error::{self, Kind, ProviderError};
use super::{Context, expiry, keys, sdk_client, token_cache};
use crate::config::files::paths;
use crate::config::profiles::{Profile, Profiles};
use crate::config::settings::Service;

/// How long before its end a session is renewed (botocore's `SSOTokenProvider._REFRESH_WINDOW`).
const RENEWED_BEFORE_END: Duration = Duration::from_secs(15 * 60);

/// What a profile says of Identity Center.
#[derive(Debug, PartialEq, Eq)]
struct Assignment {
    profile: String,
    session: Option<String>,
    start_url: String,
    region: String,
    account: String,
    role: String,
}

impl Assignment {
    /// What the profile says; nothing if it says neither an account nor a role.
    fn of(profiles: &Profiles, profile: Profile<'_>) -> Result<Option<Self>, ProviderError> {
        if !profile.has("sso_account_id") && !profile.has("sso_role_name") {
            return Ok(None);
        }
        let session = match profile.get("sso_session") {
            None => None,
            Some(name) => Some(profiles.sso_session(name).ok_or_else(|| {
                ProviderError::unusable(format!(
                    "{} is {name:?}, and there is no [sso-session {name}]",
                    profile.place("sso_session")
                ))
            })?),
        };
        if let Some(session) = session {
            for (key, value) in session.texts() {
                if profile.get(key).is_some_and(|own| own != value) {
                    return Err(ProviderError::unusable(format!(
                        "{} contradicts the [sso-session {}]: make them equal or leave one out",
                        profile.place(key),
                        session.name
                    )));
                }
            }
        }
        let needed = |key: &str| {
            let value = profile.filled(key).or_else(|| session?.filled(key));
            value.map(str::to_owned).ok_or_else(|| {
                let present = ["sso_account_id", "sso_role_name"]
                    .into_iter()
                    .find(|key| profile.has(key))
                    .unwrap_or("sso_session");
                ProviderError::unusable(format!("{} stands without {key}", profile.place(present)))
            })
        };
        Ok(Some(Self {
            profile: profile.name.to_owned(),
            session: session.map(|session| session.name.to_owned()),
            start_url: needed("sso_start_url")?,
            region: needed("sso_region")?,
            account: needed("sso_account_id")?,
            role: needed("sso_role_name")?,
        }))
    }

    fn key(&self) -> Key {
        let session = match &self.session {
            Some(name) => ("sessionName", name),
            None => ("startUrl", &self.start_url),
        };
        let parameters: Parameters = [
            ("roleName", &self.role),
            ("accountId", &self.account),
            session,
        ]
        .into_iter()
        .map(|(name, text)| (name, Parameter::Text(text.clone())))
        .collect();
        Key::of(&parameters, Notation::Compact)
    }

    /// The file of the session, which `aws sso login` writes.
    fn token_file(&self) -> Option<PathBuf> {
        let name = self.session.as_ref().unwrap_or(&self.start_url);
        paths::at_home(&format!(".aws/sso/cache/{:x}.json", Sha1::digest(name)))
    }

    fn signed_out(&self, reason: impl Into<String>) -> ProviderError {
        ProviderError::new(Kind::SignInSso(self.profile.clone()), reason)
    }
}

/// The credentials of the profile's role in Identity Center, if it names one.
///
/// # Errors
/// Settings that contradict each other, a session that has ended, or what Identity Center says.
pub(super) async fn credentials(
    context: &Arc<Context>,
    profile: Option<Profile<'_>>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(profile) = profile else {
        return Ok(None);
    };
    let Some(assignment) = Assignment::of(&context.settings.profiles, profile)? else {
        return Ok(None);
    };
    let key = assignment.key();
    if let Some(credentials) = context.cache.load(&key, SystemTime::now()) {
        return Ok(Some(credentials));
    }
    let token = token(context, &assignment).await?;
    let config = sdk_client!(
        aws_sdk_sso,
        context,
        assignment.region.clone(),
        Service::Sso
    );
    let reply = aws_sdk_sso::Client::from_conf(config.build())
        .get_role_credentials()
        .role_name(&assignment.role)
        .account_id(&assignment.account)
        .access_token(token)
        .send()
        .await;
    let reply = reply.map_err(|error| {
        let is_signed_out = error
            .as_service_error()
            .is_some_and(|error| error.is_unauthorized_exception());
        let refusal = provider_error::from_sdk("IAM Identity Center", error);
        if is_signed_out {
            assignment.signed_out(refusal.reason)
        } else {
            refusal
        }
    })?;
    let came = reply
        .role_credentials()
        .ok_or_else(|| ProviderError::unusable("IAM Identity Center gave no credentials"))?;
    let end = u64::try_from(came.expiration())
        .ok()
        .and_then(|end| UNIX_EPOCH.checked_add(Duration::from_millis(end)));
    let (Some(id), Some(secret)) = (came.access_key_id(), came.secret_access_key()) else {
        return Err(ProviderError::unusable(
            "IAM Identity Center gave no credentials",
        ));
    };
    let credentials = keys::made(id, secret, came.session_token(), end, "IdentityCenter");
    let entry = cache::entry(&credentials, "Z", Some(&assignment.account));
    let document = json!({"ProviderType": "sso", "Credentials": entry});
    context.cache.store(&key, &document);
    Ok(Some(credentials))
}

/// The session's access token, renewed if that is due and possible.
async fn token(context: &Arc<Context>, assignment: &Assignment) -> Result<String, ProviderError> {
    let path = assignment.token_file().ok_or_else(|| {
        ProviderError::unusable("there is no home folder to look for a sign-in in")
    })?;
    let mut document = token_cache::read(&path).map_err(|error| {
        let name = assignment.session.as_ref().unwrap_or(&assignment.start_url);
        assignment.signed_out(format!(
            "there is no usable sign-in to {name} in IAM Identity Center ({}: {error})",
            path.display()
        ))
    })?;
    let end = |document: &Value| expiry::parse(document.get("expiresAt")?.as_str()?);
    let now = SystemTime::now();
    let Some(mut ends) = end(&document) else {
        return Err(assignment.signed_out(format!("the sign-in in {} is damaged", path.display())));
    };
    if ends < now + RENEWED_BEFORE_END
        && assignment.session.is_some()
        && let Some(renewed) = renewed(context, assignment, &document, now).await
    {
        // One that cannot be saved is used all the same.
        let _ = token_cache::replace(&path, &renewed);
        ends = end(&renewed).unwrap_or(now + RENEWED_BEFORE_END);
        document = renewed;
    }
    if ends <= now {
        return Err(assignment.signed_out(format!(
            "the sign-in to IAM Identity Center of profile {:?} has expired",
            assignment.profile
        )));
    }
    match document.get("accessToken").and_then(Value::as_str) {
        Some(token) => Ok(token.to_owned()),
        None => Err(assignment.signed_out(format!("the sign-in in {} is damaged", path.display()))),
    }
}

/// The session's document after a renewal; nothing if it cannot be renewed, for whatever reason.
async fn renewed(
    context: &Arc<Context>,
    assignment: &Assignment,
    document: &Value,
    now: SystemTime,
) -> Option<Value> {
    let text = |key: &str| document.get(key)?.as_str();
    if expiry::parse(text("registrationExpiresAt")?)? <= now {
        return None;
    }
    let region = assignment.region.clone();
    let config = sdk_client!(aws_sdk_ssooidc, context, region, Service::SsoOidc);
    let reply = aws_sdk_ssooidc::Client::from_conf(config.build())
        .create_token()
        .client_id(text("clientId")?)
        .client_secret(text("clientSecret")?)
        .refresh_token(text("refreshToken")?)
        .grant_type("refresh_token")
        .send()
        .await
        .ok()?;
    let seconds = u64::try_from(reply.expires_in()).ok()?;
    let end = now.checked_add(Duration::from_secs(seconds))?;
    let mut renewed = document.clone();
    renewed["startUrl"] = json!(assignment.start_url);
    renewed["region"] = json!(assignment.region);
    renewed["accessToken"] = json!(reply.access_token()?);
    renewed["expiresAt"] = json!(expiry::written(end, "Z"));
    if let Some(token) = reply.refresh_token() {
        renewed["refreshToken"] = json!(token);
    }
    Some(renewed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profiles::tests::profiles;

    const ROLE: &str = "sso_account_id = 1\nsso_role_name = R\n";
    const SESSION: &str = "[sso-session s]\nsso_start_url = u\nsso_region = r\n";

    fn of(config: &str) -> Result<Option<Assignment>, ProviderError> {
        let profiles = profiles(config, "");
        Assignment::of(&profiles, profiles.profile("a").unwrap())
    }

    #[test]
    fn a_session_may_repeat_what_the_profile_says_but_not_contradict_it() {
        let equal = format!(
            "[profile a]\n{ROLE}sso_session = s\nsso_start_url = u\nsso_region = r\n{SESSION}"
        );
        assert_eq!(of(&equal).unwrap().unwrap().session.as_deref(), Some("s"));
        let refusal = of(&equal.replacen("= u", "= v", 1)).unwrap_err();
        assert!(
            refusal.reason.contains("line 5) contradicts"),
            "{refusal:?}"
        );
        let legacy = format!("[profile a]\n{ROLE}sso_start_url = u\nsso_region = r\n");
        assert_eq!(of(&legacy).unwrap().unwrap().session, None);
    }

    #[test]
    fn without_an_account_and_a_role_the_session_counts_for_nothing() {
        assert_eq!(
            of(&format!("[profile a]\nsso_session = s\n{SESSION}")).unwrap(),
            None
        );
        for config in [
            format!("[profile a]\n{ROLE}sso_session = gone\n{SESSION}"),
            format!("[profile a]\n{ROLE}"),
            format!("[profile a]\nsso_role_name = R\nsso_session = s\n{SESSION}"),
        ] {
            assert!(of(&config).is_err(), "{config}");
        }
    }
}
