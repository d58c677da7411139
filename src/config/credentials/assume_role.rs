//! Assumes the roles of profiles, each with the credentials of its source profile (botocore's
//! `AssumeRoleProvider`).
//!
//! aws-config assumes such roles only with its own parser of the files, without MFA and without the AWS
//! CLI's cache.

use aws_credential_types::Credentials;

use super::sts::Role;
use super::{CredentialRequest, container, instance, mfa, static_keys};
use crate::config::names::{
    CREDENTIAL_SOURCE, DURATION_SECONDS, EXTERNAL_ID, MFA_SERIAL, ROLE_ARN, ROLE_SESSION_NAME,
    SOURCE_PROFILE, WEB_IDENTITY_TOKEN_FILE,
};
use crate::config::shared_config::{Profile, SharedConfig};
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// The session durations that STS accepts, in seconds.
const DURATIONS: std::ops::RangeInclusive<i32> = 900..=43_200;

/// The values of `credential_source`.
const ENVIRONMENT: &str = "Environment";
const CONTAINER: &str = "EcsContainer";
const INSTANCE: &str = "Ec2InstanceMetadata";

/// The credential source of the last role in a chain.
#[derive(Debug, PartialEq, Eq)]
enum Base {
    Profile(String),
    /// A value of `credential_source`.
    Named(&'static str),
}

#[derive(Debug, PartialEq, Eq)]
struct RoleChain {
    /// The names of the profiles with their roles. The first profile is the one in use.
    roles: Vec<(String, Role)>,
    base: Base,
}

/// Whether the profile has a role that is assumed with keys, not with a web identity token.
fn names_a_role(profile: Profile<'_>) -> bool {
    profile.has(ROLE_ARN.key) && !profile.has(WEB_IDENTITY_TOKEN_FILE.key)
}

/// Returns the credentials of the profile's role; `None` if it has no role.
///
/// # Errors
/// Invalid settings, or an error of STS or of the credential source.
pub(super) async fn credentials(
    context: &CredentialRequest<'_>,
    name: &str,
) -> Result<Option<Credentials>, ProviderError> {
    let Some(chain) = role_chain(context.config, name)? else {
        return Ok(None);
    };
    // If the credentials of a role are cached, the roles below it are not needed.
    let mut roles = chain.roles.iter().enumerate();
    let cached = roles.find_map(|(depth, (_, role))| Some((depth, context.cached(&role.key())?)));
    let (depth, mut credentials) = match cached {
        Some(found) => found,
        None => (chain.roles.len(), base(context, &chain).await?),
    };
    for (profile, role) in chain.roles[..depth].iter().rev() {
        let code = match &role.serial_number {
            Some(serial) => Some(mfa::code(context, profile, serial).await?),
            None => None,
        };
        credentials = role.assume(context, credentials, code).await?;
    }
    Ok(Some(credentials))
}

async fn base(
    context: &CredentialRequest<'_>,
    chain: &RoleChain,
) -> Result<Credentials, ProviderError> {
    let settings = &context.chain.settings;
    let source = match &chain.base {
        Base::Profile(name) => {
            let found = context.profile_credentials(name, false).await?;
            return found.map(|(_, found)| found).ok_or_else(|| {
                ProviderError::invalid(format!("the source profile {name:?} has no credentials"))
            });
        }
        Base::Named(source) => *source,
    };
    let found = match source {
        ENVIRONMENT => static_keys::from_env(&settings.environment)?,
        CONTAINER => container::credentials(context).await?,
        _ => instance::credentials(settings, &context.chain.transport).await?,
    };
    found.ok_or_else(|| {
        let profile = chain.roles.last().map_or("", |(profile, _)| profile);
        ProviderError::new(
            ProviderErrorKind::NotConfigured,
            format!("profile {profile:?} takes its credentials from {source}, which has none"),
        )
    })
}

/// The chain of roles that begins with this profile; `None` if the profile has no role.
fn role_chain(config: &SharedConfig, name: &str) -> Result<Option<RoleChain>, ProviderError> {
    let mut roles = Vec::new();
    let mut visited = vec![name];
    let mut profile = config.profile(name);
    if !names_a_role(profile) {
        return Ok(None);
    }
    loop {
        roles.push((profile.name.to_owned(), role(profile)?));
        let sources = (
            profile.non_empty(SOURCE_PROFILE)?,
            profile.non_empty(CREDENTIAL_SOURCE)?,
        );
        let source = match sources {
            (Some(source), None) => source,
            (None, Some(source)) => {
                let mut sources = [ENVIRONMENT, INSTANCE, CONTAINER].into_iter();
                let base = sources.find(|known| *known == source).map(Base::Named);
                let base = base.ok_or_else(|| {
                    ProviderError::invalid(format!(
                        "{} is {source:?}: it must be {ENVIRONMENT}, {INSTANCE} or {CONTAINER}",
                        profile.place(CREDENTIAL_SOURCE)
                    ))
                })?;
                return Ok(Some(RoleChain { roles, base }));
            }
            (Some(_), Some(_)) => {
                let place = profile.place(SOURCE_PROFILE);
                return Err(ProviderError::invalid(format!(
                    "{place} contradicts {CREDENTIAL_SOURCE}: a role has one source"
                )));
            }
            (None, None) => {
                let place = profile.place(ROLE_ARN.key);
                return Err(ProviderError::invalid(format!(
                    "{place} is set without {SOURCE_PROFILE} or {CREDENTIAL_SOURCE}"
                )));
            }
        };
        let below = source_profile(config, profile, source, &visited)?;
        if static_keys::are_in(below) || !names_a_role(below) {
            let base = Base::Profile(below.name.to_owned());
            return Ok(Some(RoleChain { roles, base }));
        }
        visited.push(below.name);
        profile = below;
    }
}

/// Finds the source profile. A profile with keys can be its own source.
fn source_profile<'a>(
    config: &'a SharedConfig,
    profile: Profile<'_>,
    source: &'a str,
    visited: &[&str],
) -> Result<Profile<'a>, ProviderError> {
    let below = config.profile(source);
    if !below.exists() {
        return Err(ProviderError::invalid(format!(
            "{} is {source:?}, but there is no such profile; existing profiles: {}",
            profile.place(SOURCE_PROFILE),
            config.names().join(", ")
        )));
    }
    let refers_to_itself = below.name == profile.name && static_keys::are_in(below);
    if visited.contains(&below.name) && !refers_to_itself {
        return Err(ProviderError::invalid(format!(
            "{} leads back to profile {source:?}",
            profile.place(SOURCE_PROFILE)
        )));
    }
    Ok(below)
}

fn role(profile: Profile<'_>) -> Result<Role, ProviderError> {
    // As in the AWS CLI, an empty name counts as missing.
    let session_name = profile.text(ROLE_SESSION_NAME.key)?;
    let session_name = session_name.filter(|name| !name.is_empty());
    let text = |key| profile.non_empty(key).map(|text| text.map(str::to_owned));
    Ok(Role {
        role_arn: text(ROLE_ARN.key)?.unwrap_or_default(),
        role_session_name: session_name.map(str::to_owned),
        external_id: text(EXTERNAL_ID)?,
        serial_number: text(MFA_SERIAL)?,
        duration_seconds: duration(profile)?,
    })
}

/// The duration of the role's session, in seconds. As in the AWS CLI, text that is not a number is ignored. A
/// number that STS would reject is an error.
fn duration(profile: Profile<'_>) -> Result<Option<i32>, ProviderError> {
    let Some(text) = profile.text(DURATION_SECONDS)?.map(str::trim) else {
        return Ok(None);
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match text.parse() {
        Ok(seconds) if DURATIONS.contains(&seconds) => Ok(Some(seconds)),
        _ => Err(ProviderError::invalid(format!(
            "{} is {text}: it must be {} to {} seconds",
            profile.place(DURATION_SECONDS),
            DURATIONS.start(),
            DURATIONS.end()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::shared_config::tests::profiles;

    const ARN: &str = "role_arn = arn:aws:iam::123456789012:role/R\n";

    fn chain_of(config: &str) -> Result<Option<RoleChain>, ProviderError> {
        role_chain(&profiles(&config.replace("ROLE\n", ARN), ""), "a")
    }

    fn shape(config: &str) -> (Vec<String>, Base) {
        let chain = chain_of(config).unwrap().unwrap();
        let names = chain
            .roles
            .into_iter()
            .map(|(profile, _)| profile)
            .collect();
        (names, chain.base)
    }

    #[test]
    fn a_chain_ends_at_keys_at_a_named_source_or_at_another_kind_of_profile() {
        let keys = "aws_access_key_id = i\naws_secret_access_key = s\n";
        for (config, names, base) in [
            (format!("[profile a]\nROLE\nsource_profile = b\n[profile b]\n{keys}"), &["a"][..], Base::Profile("b".into())),
            (format!("[profile a]\nROLE\nsource_profile = a\n{keys}"), &["a"], Base::Profile("a".into())),
            (format!("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\nsource_profile = c\n[profile c]\n{keys}"), &["a", "b"], Base::Profile("c".into())),
            (format!("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\nsource_profile = c\n{keys}"), &["a"], Base::Profile("b".into())),
            ("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\ncredential_source = EcsContainer\n".into(), &["a", "b"], Base::Named(CONTAINER)),
            ("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\nweb_identity_token_file = t\n".into(), &["a"], Base::Profile("b".into())),
        ] {
            let (found, at) = shape(&config);
            assert_eq!((found.as_slice(), at), (&names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>()[..], base), "{config}");
        }
        assert!(chain_of("[profile a]\nregion = r\n").unwrap().is_none());
    }

    #[test]
    fn settings_that_contradict_each_other_are_an_error_with_their_place() {
        for (config, says) in [
            (
                "[profile a]\nROLE\n",
                "(config, line 2) is set without source_profile",
            ),
            (
                "[profile a]\nROLE\nsource_profile = b\ncredential_source = Environment\n",
                "contradicts credential_source",
            ),
            (
                "[profile a]\nROLE\ncredential_source = environment\n",
                "must be Environment",
            ),
            (
                "[profile a]\nROLE\nsource_profile = b\n",
                "\"b\", but there is no such profile",
            ),
            (
                "[profile a]\nROLE\nsource_profile = a\n",
                "leads back to profile \"a\"",
            ),
            (
                "[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\nsource_profile = a\n",
                "leads back to profile \"a\"",
            ),
        ] {
            let error = chain_of(config).unwrap_err();
            assert!(error.reason.contains(says), "{error:?}");
        }
    }

    #[test]
    fn an_empty_setting_of_a_role_is_an_error_with_its_place() {
        for key in [ROLE_ARN.key, EXTERNAL_ID, MFA_SERIAL, SOURCE_PROFILE] {
            for empty in ["", "  nested = a\n"] {
                let mut config = "[profile a]\n".to_owned();
                for (known, value) in [(ROLE_ARN.key, "arn"), (SOURCE_PROFILE, "b")] {
                    if known != key {
                        config += &format!("{known} = {value}\n");
                    }
                }
                let line = config.lines().count() + 1;
                let config = format!("{config}{key} =\n{empty}[profile b]\n");
                let error = chain_of(&config).unwrap_err();
                let says = format!("{key} of profile \"a\" (config, line {line}) is empty");
                assert_eq!(error.reason, says);
            }
        }
        let nested = "[profile a]\nROLE\nsource_profile = b\nduration_seconds =\n  a = b\n";
        let error = chain_of(&format!("{nested}[profile b]\n")).unwrap_err();
        assert!(error.reason.ends_with("(config, line 4) is empty"));
    }

    #[test]
    fn a_duration_is_a_number_that_sts_accepts_or_no_number() {
        let duration = |text: &str| {
            let config =
                "[profile a]\nROLE\nsource_profile = b\n[profile b]\naws_access_key_id = i\n";
            let config = config.replacen(
                "source_profile",
                &format!("duration_seconds = {text}\nsource_profile"),
                1,
            );
            chain_of(&config).map(|chain| chain.unwrap().roles[0].1.duration_seconds)
        };
        for (text, seconds) in [
            ("900", Some(900)),
            ("43200 ", Some(43_200)),
            ("+3600", Some(3600)),
            ("1h", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(duration(text).unwrap(), seconds, "{text}");
        }
        for text in [
            "0",
            "-1",
            "899",
            "43201",
            "4294967297",
            "99999999999999999999999999",
        ] {
            let error = duration(text).unwrap_err();
            assert!(error.reason.contains("(config, line 3) is"), "{error:?}");
        }
    }
}
