//! Keys that stand in the environment and in the shared files.

use aws_credential_types::Credentials;

use super::provider_error::ProviderError;
use crate::config::profiles::Profile;
use crate::config::settings::variable;
use crate::service::credentials::key_fault;

const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// Variables of the session token; the first is botocore's old name for it.
const SESSION_TOKENS: [&str; 2] = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"];

/// Keys of a profile, the session token's as above.
const PROFILE_ID: &str = "aws_access_key_id";
const PROFILE_SECRET: &str = "aws_secret_access_key";
const PROFILE_TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];

/// Whether the environment has an access key ID: then its credentials are the ones that are meant.
pub(in crate::config) fn are_in_environment() -> bool {
    variable(ACCESS_KEY_ID).is_some()
}

/// The keys in the environment, if there are any.
///
/// # Errors
/// Half a pair of keys, or text that no key can be.
pub(super) fn from_env() -> Result<Option<Credentials>, ProviderError> {
    let Some(id) = variable(ACCESS_KEY_ID) else {
        return Ok(None);
    };
    let Some(secret) = variable(SECRET_ACCESS_KEY) else {
        return Err(ProviderError::unusable(format!(
            "{ACCESS_KEY_ID} is set, but {SECRET_ACCESS_KEY} is not or is empty"
        )));
    };
    let token = SESSION_TOKENS
        .iter()
        .find_map(|name| Some((*name, variable(name)?.trim().to_owned())));
    let token_text = token.as_ref().map(|(name, text)| (*name, text.as_str()));
    for (name, text) in [(ACCESS_KEY_ID, id.as_str()), (SECRET_ACCESS_KEY, &secret)]
        .into_iter()
        .chain(token_text)
    {
        check(text, || name.to_owned())?;
    }
    Ok(Some(made(
        &id,
        &secret,
        token_text.map(|(_, text)| text),
        None,
        "Environment",
    )))
}

/// The keys of a profile, if it has any.
///
/// # Errors
/// Half a pair of keys, or text that no key can be; file and line are named.
pub(super) fn from_profile(
    profile: Option<Profile<'_>>,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(profile) = profile.filter(|profile| profile.has(PROFILE_ID)) else {
        return Ok(None);
    };
    let id = profile.get(PROFILE_ID).unwrap_or_default();
    let secret = profile.get(PROFILE_SECRET).unwrap_or_default();
    for (key, text) in [(PROFILE_ID, id), (PROFILE_SECRET, secret)] {
        if text.is_empty() {
            let (place, other) = match profile.has(key) {
                true => (profile.place(key), "is empty".to_owned()),
                false => (profile.place(PROFILE_ID), format!("stands without {key}")),
            };
            return Err(ProviderError::unusable(format!("{place} {other}")));
        }
        check(text, || profile.place(key))?;
    }
    let token = PROFILE_TOKENS
        .iter()
        .find_map(|key| Some((*key, profile.filled(key)?)));
    if let Some((key, text)) = token {
        check(text, || profile.place(key))?;
    }
    let token = token.map(|(_, text)| text);
    Ok(Some(made(id, secret, token, None, "Profile")))
}

/// Whether a profile has keys, be they whole or not.
pub(super) fn are_in(profile: Profile<'_>) -> bool {
    profile.has(PROFILE_ID) || profile.has(PROFILE_SECRET)
}

fn check(text: &str, place: impl FnOnce() -> String) -> Result<(), ProviderError> {
    match key_fault(text) {
        Some(fault) => Err(ProviderError::unusable(format!("{} {fault}", place()))),
        None => Ok(()),
    }
}

/// Credentials of these parts. A session token that is empty is as good as absent: AWS refuses the
/// empty header.
pub(super) fn made(
    id: &str,
    secret: &str,
    token: Option<&str>,
    expiry: Option<std::time::SystemTime>,
    source: &'static str,
) -> Credentials {
    let token = token.filter(|token| !token.is_empty());
    Credentials::new(id, secret, token.map(str::to_owned), expiry, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profiles::tests::profiles;

    fn of(section: &str) -> Result<Option<Credentials>, ProviderError> {
        let profiles = profiles(&format!("[profile a]\n{section}"), "");
        from_profile(profiles.profile("a"))
    }

    #[test]
    fn the_session_token_has_two_names_and_an_empty_one_is_absent() {
        let keys = "aws_access_key_id = i\naws_secret_access_key = s\n";
        for (tokens, wanted) in [
            ("", None),
            ("aws_session_token =\n", None),
            ("aws_session_token = t\n", Some("t")),
            ("aws_security_token = u\naws_session_token = t\n", Some("u")),
            ("aws_security_token =\naws_session_token = t\n", Some("t")),
        ] {
            let found = of(&format!("{keys}{tokens}")).unwrap().unwrap();
            assert_eq!(found.session_token(), wanted, "{tokens}");
        }
        assert!(of("region = r\n").unwrap().is_none());
    }

    #[test]
    fn half_a_pair_is_refused_with_its_place() {
        for (section, place) in [
            (
                "aws_access_key_id = i\n",
                "(config, line 2) stands without aws_secret_access_key",
            ),
            (
                "aws_access_key_id =\naws_secret_access_key = s\n",
                "aws_access_key_id of profile \"a\" (config, line 2) is empty",
            ),
            (
                "aws_access_key_id = i\naws_secret_access_key = a b\n",
                "(config, line 3) has white space in it",
            ),
        ] {
            let refusal = of(section).unwrap_err();
            assert!(refusal.reason.contains(place), "{refusal:?}");
            assert!(!refusal.reason.contains("a b"));
        }
    }
}
