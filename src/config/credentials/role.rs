//! Roles that profiles name, each assumed with the credentials of the one below it (botocore's
//! `AssumeRoleProvider`).

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;

use super::provider_error::{Kind, ProviderError};
use super::sts::Role;
use super::{Context, container, from_profile, instance, keys, mfa};
use crate::config::profiles::{Profile, Profiles};

/// One role of a chain, and the profile that names it.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    profile: String,
    role: Role,
}

/// What the innermost role is assumed with.
#[derive(Debug, PartialEq, Eq)]
enum Base {
    Profile(String),
    Environment,
    Container,
    Instance,
}

#[derive(Debug, PartialEq, Eq)]
struct Chain {
    /// From the profile that was named inwards.
    links: Vec<Link>,
    base: Base,
}

/// Whether the profile names a role to assume with keys, not with the token of a web identity.
fn names_a_role(profile: Profile<'_>) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}

/// The credentials of the profile's role, if it names one.
///
/// # Errors
/// Settings that make no sense, or what STS and the sources below it say.
pub(super) async fn credentials(
    context: &Arc<Context>,
    name: &str,
) -> Result<Option<Credentials>, ProviderError> {
    let profiles = &context.settings.profiles;
    let Some(chain) = chain(profiles, name)? else {
        return Ok(None);
    };
    // What is in the cache needs nothing below it.
    let now = SystemTime::now();
    let cached = chain.links.iter().enumerate().find_map(|(depth, link)| {
        let credentials = context.cache.load(&link.role.key(), now)?;
        Some((depth, credentials))
    });
    let (depth, mut credentials) = match cached {
        Some(found) => found,
        None => (chain.links.len(), base(context, &chain).await?),
    };
    for link in chain.links[..depth].iter().rev() {
        let code = match &link.role.mfa_serial {
            Some(serial) => Some(mfa::code(context, &link.profile, serial).await?),
            None => None,
        };
        credentials = link.role.assume(context, credentials, code).await?;
    }
    Ok(Some(credentials))
}

async fn base(context: &Arc<Context>, chain: &Chain) -> Result<Credentials, ProviderError> {
    let (found, source) = match &chain.base {
        Base::Profile(name) => {
            let found = from_profile(context, name, false).await?;
            return found.ok_or_else(|| {
                ProviderError::unusable(format!("the source profile {name:?} has no credentials"))
            });
        }
        Base::Environment => (keys::from_env()?, "Environment"),
        Base::Container => (container::credentials(context).await?, "EcsContainer"),
        Base::Instance => (instance::credentials(context).await?, "Ec2InstanceMetadata"),
    };
    found.ok_or_else(|| {
        let profile = chain.links.last().map_or("", |link| &link.profile);
        ProviderError::new(
            Kind::NothingSetUp,
            format!("profile {profile:?} takes its credentials from {source}, which has none"),
        )
    })
}

/// The roles from this profile inwards; nothing if it names none.
fn chain(profiles: &Profiles, name: &str) -> Result<Option<Chain>, ProviderError> {
    let mut links = Vec::new();
    let mut visited = vec![name];
    let mut next = profiles
        .profile(name)
        .filter(|profile| names_a_role(*profile));
    while let Some(profile) = next {
        links.push(Link {
            profile: profile.name.to_owned(),
            role: role(profile),
        });
        let sources = (
            profile.get("source_profile"),
            profile.get("credential_source"),
        );
        let source = match sources {
            (Some(_), Some(_)) => {
                return Err(ProviderError::unusable(format!(
                    "{} contradicts credential_source: a role has one source",
                    profile.place("source_profile")
                )));
            }
            (None, None) => {
                return Err(ProviderError::unusable(format!(
                    "{} stands without source_profile or credential_source",
                    profile.place("role_arn")
                )));
            }
            (None, Some(source)) => {
                let base = named_source(profile, source)?;
                return Ok(Some(Chain { links, base }));
            }
            (Some(source), None) => source,
        };
        let Some(below) = profiles.profile(source) else {
            return Err(ProviderError::unusable(format!(
                "{} is {source:?}, which does not exist; the profiles are {}",
                profile.place("source_profile"),
                profiles.names().join(", ")
            )));
        };
        let refers_to_itself = below.name == profile.name;
        let is_loop = visited.contains(&below.name) && !(refers_to_itself && keys::are_in(below));
        if is_loop {
            return Err(ProviderError::unusable(format!(
                "{} leads back to profile {source:?}",
                profile.place("source_profile")
            )));
        }
        if keys::are_in(below) || !names_a_role(below) {
            let base = Base::Profile(below.name.to_owned());
            return Ok(Some(Chain { links, base }));
        }
        visited.push(below.name);
        next = Some(below);
    }
    Ok(None)
}

fn role(profile: Profile<'_>) -> Role {
    let owned = |key| profile.filled(key).map(str::to_owned);
    Role {
        arn: profile.get("role_arn").unwrap_or_default().to_owned(),
        session_name: owned("role_session_name"),
        external_id: owned("external_id"),
        mfa_serial: owned("mfa_serial"),
        // One that is not a number is passed over, as by the AWS CLI.
        duration: profile
            .get("duration_seconds")
            .and_then(|seconds| seconds.trim().parse().ok()),
    }
}

fn named_source(profile: Profile<'_>, source: &str) -> Result<Base, ProviderError> {
    match source {
        "Environment" => Ok(Base::Environment),
        "EcsContainer" => Ok(Base::Container),
        "Ec2InstanceMetadata" => Ok(Base::Instance),
        _ => Err(ProviderError::unusable(format!(
            "{} is {source:?}: it must be Environment, Ec2InstanceMetadata or EcsContainer",
            profile.place("credential_source")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profiles::tests::profiles;

    const ARN: &str = "role_arn = arn:aws:iam::123456789012:role/R\n";

    fn of(config: &str) -> Result<Option<Chain>, ProviderError> {
        chain(&profiles(&config.replace("ROLE\n", ARN), ""), "a")
    }

    fn shape(config: &str) -> (Vec<String>, Base) {
        let chain = of(config).unwrap().unwrap();
        let names = chain.links.into_iter().map(|link| link.profile).collect();
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
            ("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\ncredential_source = EcsContainer\n".into(), &["a", "b"], Base::Container),
            ("[profile a]\nROLE\nsource_profile = b\n[profile b]\nROLE\nweb_identity_token_file = t\n".into(), &["a"], Base::Profile("b".into())),
        ] {
            let (found, at) = shape(&config);
            assert_eq!((found.as_slice(), at), (&names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>()[..], base), "{config}");
        }
        assert!(of("[profile a]\nregion = r\n").unwrap().is_none());
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused_with_their_place() {
        for (config, says) in [
            (
                "[profile a]\nROLE\n",
                "(config, line 2) stands without source_profile",
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
                "\"b\", which does not exist",
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
            let refusal = of(config).unwrap_err();
            assert!(refusal.reason.contains(says), "{refusal:?}");
        }
    }
}
