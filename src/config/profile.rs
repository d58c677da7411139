//! Whether the shared config files are sound and have the profile that the user named. aws-config
//! passes a malformed file over, and it takes a profile that does not exist for one without settings
//! and goes on to the next source of credentials: a slip of the pen would call with whatever role
//! the machine has.

use aws_config::profile::{self, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::ConfigError;

/// Where a profile is named, and credentials that would make the name go unheeded.
const PROFILE: &str = "AWS_PROFILE";
const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The name of the profile that holds: that of `--profile`, else that of `AWS_PROFILE`.
pub(super) fn name(flag: Option<&str>) -> Option<String> {
    flag.map(str::to_owned).or_else(|| variable(PROFILE))
}

/// The name to give to aws-config, which reads `AWS_PROFILE` itself but takes an empty value of it
/// for a name.
pub(super) fn given_name(flag: Option<&str>) -> Option<&str> {
    let is_empty = || std::env::var_os(PROFILE).is_some_and(|value| value.is_empty());
    flag.or_else(|| is_empty().then_some("default"))
}

/// Checks that the shared config files can be read and have the profile that was named, if the
/// credentials are to come from there: unless `--profile` says so, keys in the environment come
/// first.
pub(super) async fn check(flag: Option<&str>) -> Result<(), ConfigError> {
    if flag.is_none() && variable(ACCESS_KEY_ID).is_some() {
        return Ok(());
    }
    let profiles = read().await?;
    match name(flag) {
        Some(name) if name != "default" && profiles.get_profile(&name).is_none() => {
            let mut known: Vec<String> = profiles.profiles().map(str::to_owned).collect();
            known.sort();
            Err(ConfigError::UnknownProfile { name, known })
        }
        _ => Ok(()),
    }
}

/// Reads the shared config files.
///
/// # Errors
/// [`ConfigError::SharedConfig`] for a file that is malformed.
pub(super) async fn read() -> Result<ProfileSet, ConfigError> {
    #[allow(
        deprecated,
        reason = "the type's new home is a crate that is needed for nothing else"
    )]
    let files = profile::profile_file::ProfileFiles::default();
    profile::load(&Fs::real(), &Env::real(), &files, None)
        .await
        .map_err(|error| ConfigError::SharedConfig(crate::service::credentials::reason(&error)))
}
