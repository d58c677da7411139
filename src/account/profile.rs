//! Whether the shared config files are sound and have the profile that the user named. aws-config
//! passes a malformed file over, and it takes a profile that does not exist for one without settings
//! and goes on to the next source of credentials: a slip of the pen would call with whatever role
//! the machine has.

use std::collections::HashSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use aws_config::profile::{self, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::diagnostics::SettingsError;
use crate::service::credentials::key_fault;

/// Where the shared config files are: the variable that says so, and the place below the home folder.
const FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// Where a profile is named, and credentials that would make the name go unheeded.
const PROFILE: &str = "AWS_PROFILE";
const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The paths of the shared config files, as aws-config finds them.
fn paths() -> impl Iterator<Item = PathBuf> {
    FILES.iter().filter_map(|(name, place)| {
        let Some(given) = std::env::var_os(name).map(PathBuf::from) else {
            return Some(std::env::home_dir()?.join(place));
        };
        match given.strip_prefix("~") {
            Ok(below) => Some(std::env::home_dir()?.join(below)),
            Err(_) => Some(given),
        }
    })
}

/// Refuses files that reading would wait for: a named pipe's reader waits for a writer, and
/// aws-config reads each file several times.
///
/// # Errors
/// [`SettingsError::SharedConfig`].
pub(super) fn refuse_pipes() -> Result<(), SettingsError> {
    for path in paths() {
        if is_pipe(&path) {
            let reason = format!("{} is a pipe, which can be read only once", path.display());
            return Err(SettingsError::SharedConfig(reason));
        }
    }
    Ok(())
}

#[cfg(unix)]
pub(super) fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Elsewhere pipes are no files.
#[cfg(not(unix))]
pub(super) fn is_pipe(_: &Path) -> bool {
    false
}

/// Whether the environment has an access key ID: then its credentials are the ones that are meant.
pub(super) fn has_environment_key_id() -> bool {
    variable(ACCESS_KEY_ID).is_some_and(|id| !id.trim().is_empty())
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
pub(super) async fn check(flag: Option<&str>) -> Result<(), SettingsError> {
    if flag.is_none() && variable(ACCESS_KEY_ID).is_some() {
        return Ok(());
    }
    let profiles = read().await?;
    match name(flag) {
        Some(name) if name != "default" && profiles.get_profile(&name).is_none() => {
            let known = names(&profiles);
            Err(SettingsError::UnknownProfile { name, known })
        }
        Some(name) => check_keys(&profiles, &name),
        None => check_keys(&profiles, "default"),
    }
}

/// Checks the keys of a profile and of those that its role is assumed with. aws-config signs with
/// the latter itself, and panics over one that no header may hold; where a source profile does not
/// exist, it goes on to the machine's credentials.
fn check_keys(profiles: &ProfileSet, name: &str) -> Result<(), SettingsError> {
    let mut seen = HashSet::new();
    let mut next = Some(name);
    while let Some(name) = next
        && seen.insert(name)
        && let Some(profile) = profiles.get_profile(name)
    {
        for key in [
            "aws_access_key_id",
            "aws_secret_access_key",
            "aws_session_token",
        ] {
            check_key(profile.get(key), || format!("{key} of profile {name:?}"))?;
        }
        if profile.get("credential_source") == Some("Environment") {
            for variable in [ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
                check_key(std::env::var(variable).ok().as_deref(), || {
                    variable.to_owned()
                })?;
            }
        }
        next = profile.get("source_profile");
        if let Some(source) = next.filter(|source| profiles.get_profile(source).is_none()) {
            return Err(SettingsError::UnknownSource {
                profile: name.to_owned(),
                source_profile: source.to_owned(),
                known: names(profiles),
            });
        }
    }
    Ok(())
}

fn names(profiles: &ProfileSet) -> Vec<String> {
    let mut names: Vec<String> = profiles.profiles().map(str::to_owned).collect();
    names.sort();
    names
}

fn check_key(value: Option<&str>, place: impl FnOnce() -> String) -> Result<(), SettingsError> {
    match value.and_then(key_fault) {
        Some(fault) => Err(SettingsError::Key {
            place: place(),
            fault,
        }),
        None => Ok(()),
    }
}

/// Reads the shared config files. aws-config passes over a file that cannot be read, as it does over
/// one that does not exist.
///
/// # Errors
/// [`SettingsError::SharedConfig`] for a file that is malformed or cannot be read.
pub(super) async fn read() -> Result<ProfileSet, SettingsError> {
    for path in paths() {
        if let Err(error) = File::open(&path).and_then(|mut file| file.read(&mut [0])) {
            let is_there = !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            if is_there {
                let reason = format!("{}: {error}", path.display());
                return Err(SettingsError::SharedConfig(reason));
            }
        }
    }
    #[allow(
        deprecated,
        reason = "the type's new home is a crate that is needed for nothing else"
    )]
    let files = profile::profile_file::ProfileFiles::default();
    profile::load(&Fs::real(), &Env::real(), &files, None)
        .await
        .map_err(|error| SettingsError::SharedConfig(super::provider_errors::reason(&error)))
}
