//! Access keys in the environment and in the shared config files.
//!
//! aws-config's provider for the environment ignores `AWS_SECURITY_TOKEN`, and accepts a key that ends in a line
//! break, at which the signer panics. Its provider for profiles parses the files by other rules.

use std::time::SystemTime;

use aws_credential_types::Credentials;

use super::timestamp;
use crate::cli::Environment;
use crate::config::names::{
    ACCESS_KEY_ID, CREDENTIAL_EXPIRATION, SECRET_ACCESS_KEY, SESSION_TOKEN,
};
use crate::config::shared_config::Profile;
use crate::service::credentials::key_fault;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// Returns the keys in the environment; `None` if there is no key ID.
///
/// # Errors
/// A key ID without a secret key, a key with invalid characters, or an expiration that is not a time.
pub(super) fn from_env(environment: &Environment) -> Result<Option<Credentials>, ProviderError> {
    let Some(id) = environment.non_empty(ACCESS_KEY_ID.variable) else {
        return Ok(None);
    };
    let Some(secret) = environment.non_empty(SECRET_ACCESS_KEY.variable) else {
        let reason = format!(
            "{} is set, but {} is not set or is empty",
            ACCESS_KEY_ID.variable, SECRET_ACCESS_KEY.variable
        );
        return Err(ProviderError::new(ProviderErrorKind::NoSecretKey, reason));
    };
    let mut tokens = SESSION_TOKEN.iter().map(|name| name.variable);
    let token = tokens.find_map(|name| Some((name, environment.non_empty(name)?)));
    let (token_name, token) = token.unwrap_or_default();
    let end = environment.non_empty(CREDENTIAL_EXPIRATION);
    let end = end.map(|text| {
        let end = timestamp::parse(&text);
        end.ok_or_else(|| ProviderError::invalid(format!("{CREDENTIAL_EXPIRATION} is not a time")))
    });
    let end = end.transpose()?;
    let id = check(&id, ACCESS_KEY_ID.variable)?;
    let secret = check(&secret, SECRET_ACCESS_KEY.variable)?;
    let token = check(token.trim(), token_name)?;
    Ok(Some(credentials(id, secret, Some(token), end)))
}

/// Returns the keys of a profile; `None` if it has no key ID.
///
/// # Errors
/// One key without the other, or a key with invalid characters. The message names the file and line.
pub(super) fn from_profile(profile: Profile<'_>) -> Result<Option<Credentials>, ProviderError> {
    if !profile.has(ACCESS_KEY_ID.key) {
        return Ok(None);
    }
    let required = |key: &'static str| match profile.non_empty(key)? {
        Some(text) => check(text, &profile.place(key)),
        None => Err(ProviderError::invalid(format!(
            "{} is set without {key}",
            profile.place(ACCESS_KEY_ID.key)
        ))),
    };
    let id = required(ACCESS_KEY_ID.key)?;
    let secret = required(SECRET_ACCESS_KEY.key)?;
    let mut tokens = SESSION_TOKEN.iter().map(|name| name.key);
    let token = tokens.find_map(|key| Some(check(profile.filled(key)?, &profile.place(key))));
    let token = token.transpose()?;
    Ok(Some(credentials(id, secret, token, None)))
}

/// Whether a profile has a key ID or a secret key.
pub(super) fn are_in(profile: Profile<'_>) -> bool {
    profile.has(ACCESS_KEY_ID.key) || profile.has(SECRET_ACCESS_KEY.key)
}

/// Returns the text of a key or a session token, unless AWS cannot have issued it. `place` is the location of the
/// setting, for messages.
fn check<'a>(text: &'a str, place: &str) -> Result<&'a str, ProviderError> {
    match key_fault(text) {
        None => Ok(text),
        Some(fault) => Err(ProviderError::invalid(format!("{place} {fault}"))),
    }
}

/// Creates credentials. An empty session token is omitted, because AWS rejects an empty header.
pub(super) fn credentials(
    id: &str,
    secret: &str,
    token: Option<&str>,
    end: Option<SystemTime>,
) -> Credentials {
    let token = token.filter(|token| !token.is_empty());
    Credentials::new(id, secret, token.map(str::to_owned), end, "wsb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::shared_config::tests::profiles;

    fn keys_of(section: &str) -> Result<Option<Credentials>, ProviderError> {
        let profiles = profiles(&format!("[profile a]\n{section}"), "");
        from_profile(profiles.profile("a"))
    }

    #[test]
    fn the_session_token_has_two_names_and_an_empty_one_is_absent() {
        let keys = "aws_access_key_id = i\naws_secret_access_key = s\n";
        for (tokens, expected) in [
            ("", None),
            ("aws_session_token =\n", None),
            ("aws_session_token = t\n", Some("t")),
            ("aws_security_token = u\naws_session_token = t\n", Some("u")),
            ("aws_security_token =\naws_session_token = t\n", Some("t")),
        ] {
            let found = keys_of(&format!("{keys}{tokens}")).unwrap().unwrap();
            assert_eq!(found.session_token(), expected, "{tokens}");
        }
        assert!(keys_of("region = r\n").unwrap().is_none());
    }

    #[test]
    fn one_key_without_the_other_is_an_error_with_its_place() {
        for (section, place) in [
            (
                "aws_access_key_id = i\n",
                "(config, line 2) is set without aws_secret_access_key",
            ),
            (
                "aws_access_key_id =\naws_secret_access_key = s\n",
                "aws_access_key_id of profile \"a\" (config, line 2) is empty",
            ),
            (
                "aws_access_key_id =\n  nested = a\n",
                "aws_access_key_id of profile \"a\" (config, line 2) is empty",
            ),
            (
                "aws_access_key_id = i\naws_secret_access_key =\n  nested = a\n",
                "aws_secret_access_key of profile \"a\" (config, line 3) is empty",
            ),
            (
                "aws_access_key_id = i\n  aws_secret_access_key = a\n",
                "aws_access_key_id of profile \"a\" (config, line 2) contains white space",
            ),
            (
                "aws_access_key_id = i\naws_secret_access_key = a b\n",
                "(config, line 3) contains white space",
            ),
        ] {
            let error = keys_of(section).unwrap_err();
            assert!(error.reason.contains(place), "{error:?}");
            assert!(!error.reason.contains("a b"));
        }
    }
}
