//! The credential providers, one per file, in the AWS CLI's order (botocore's `create_credential_resolver`).
//! A provider that is not configured returns `None`, and the next one is tried. If a configured provider
//! fails, the command fails: another identity must not sign.
//!
//! aws-config's providers were tried with the cases of `tests/sign_in`. The header of each file says which
//! case fails. Only aws-config's client of the instance metadata service is used.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use super::names::{LOGIN_SESSION, ROLE_ARN, SOURCE_PROFILE, SSO_ACCOUNT_ID, SSO_ROLE_NAME};
use super::settings::AccountSettings;
use super::shared_config::{SharedConfig, SharedFile};
use super::transport::Transport;
use crate::cli::private_file;
use crate::diagnostics::Failure;
use crate::service::credentials::CredentialProvider;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

mod assume_role;
pub(super) mod container;
pub(super) mod instance;
mod login;
mod mfa;
pub(super) mod process;
mod sdk;
pub(super) mod shared_cache;
mod sso;
mod static_keys;
mod sts;
mod terminal;
mod timestamp;
mod token_cache;
mod web_identity;

use shared_cache::SharedCache;

/// The settings of a profile that name an identity. Access keys are not among them, because tools replace them.
const IDENTITY_KEYS: [&str; 5] = [
    ROLE_ARN.key,
    SOURCE_PROFILE,
    SSO_ACCOUNT_ID,
    SSO_ROLE_NAME,
    LOGIN_SESSION,
];

/// The largest file with a token or credentials that is read, in bytes.
const MAX_FILE_SIZE: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct ProviderChain {
    settings: Arc<AccountSettings>,
    transport: Transport,
    cache: SharedCache,
    state: Mutex<ChainState>,
}

#[derive(Debug, Default)]
struct ChainState {
    /// The profiles whose MFA code was requested.
    prompted: HashSet<String>,
    /// The current step, for the message about the command's time limit.
    activity: Option<String>,
    has_read_files: bool,
    /// The provider of the first credentials; `None` until there are any.
    origin: Option<Origin>,
}

struct CredentialRequest<'a> {
    chain: &'a ProviderChain,
    config: &'a SharedConfig,
    now: SystemTime,
    /// Credentials that the service has rejected. They must not come from a cache again.
    rejected: Option<Credentials>,
}

impl ProviderChain {
    pub(super) fn new(
        settings: Arc<AccountSettings>,
        transport: Transport,
        uses_cache: bool,
    ) -> Self {
        let folder = uses_cache.then(|| settings.at_home(".aws/cli/cache"));
        Self {
            transport,
            cache: SharedCache::new(folder.flatten()),
            settings,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, ChainState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the shared config files again; `None` at the first request, or if the files are not needed.
    ///
    /// # Errors
    /// The files cannot be used, or the profile names another identity than when the command started.
    fn read_files_again(&self) -> Result<Option<SharedConfig>, ProviderError> {
        let settings = &self.settings;
        let has_read_files = std::mem::replace(&mut self.state().has_read_files, true);
        if !has_read_files || !settings.are_files_needed {
            return Ok(None);
        }
        let current = SharedConfig::read(&settings.files, true)?;
        let name = &settings.profile.name;
        let (before, now) = (settings.config.profile(name), current.profile(name));
        if before.exists() && !now.exists() {
            return Err(ProviderError::invalid(format!(
                "the profile {name:?} is no longer in the shared config files"
            )));
        }
        match IDENTITY_KEYS
            .into_iter()
            .find(|key| before.get(key) != now.get(key))
        {
            None => Ok(Some(current)),
            Some(key) => Err(ProviderError::invalid(format!(
                "{} has changed: start the command again to use it",
                now.place(key)
            ))),
        }
    }

    /// Checks that the provider is the same as at the first request. A file that has changed must not let another
    /// identity sign.
    fn check_origin(&self, origin: Origin) -> Result<(), ProviderError> {
        let first = *self.state().origin.get_or_insert(origin);
        if first == origin {
            return Ok(());
        }
        Err(ProviderError::invalid(format!(
            "the credentials came from {first} and now come from {origin}: start the command again to use them"
        )))
    }
}

/// The name of a provider in messages.
type Origin = &'static str;

/// Converts the failure for an invalid setting, if the setting is read only when credentials are requested.
impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        Self::invalid(failure.message())
    }
}

/// Repeats a request while its result `is_transient`, with a pause before each further attempt.
async fn retry<T, E, F: Future<Output = Result<T, E>>>(
    (attempts, pause): (u32, Duration),
    is_transient: impl Fn(&Result<T, E>) -> bool,
    request: impl Fn() -> F,
) -> Result<T, E> {
    for _ in 1..attempts {
        let result = request().await;
        if !is_transient(&result) {
            return result;
        }
        tokio::time::sleep(pause).await;
    }
    request().await
}

/// Reads a file with a token, which may end with a line break.
fn read_token(path: &Path) -> std::io::Result<String> {
    let content = private_file::read_regular(path, MAX_FILE_SIZE)?;
    Ok(String::from_utf8_lossy(&content).trim().to_owned())
}

impl CredentialProvider for ProviderChain {
    fn credentials(
        &self,
        now: SystemTime,
        rejected: Option<Credentials>,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProviderError>> + Send + '_>> {
        Box::pin(async move {
            self.state().activity = None;
            let read_again = self.read_files_again()?;
            let context = CredentialRequest {
                chain: self,
                config: read_again.as_ref().unwrap_or(&self.settings.config),
                now,
                rejected,
            };
            let (origin, credentials) = context.credentials().await?;
            self.check_origin(origin)?;
            Ok(credentials)
        })
    }

    fn activity(&self) -> Option<String> {
        self.state().activity.clone()
    }
}

impl CredentialRequest<'_> {
    /// Returns the credentials of the first provider that is configured.
    async fn credentials(&self) -> Result<(Origin, Credentials), ProviderError> {
        let settings = &*self.chain.settings;
        let (name, is_from_option) = (&settings.profile.name, settings.profile.is_from_option());
        // `--profile` outranks the environment.
        if !is_from_option && let Some(found) = static_keys::from_env(&settings.environment)? {
            return Ok(("the environment", found));
        }
        if let Some(found) = assume_role::credentials(self, name).await? {
            return Ok(("a role", found));
        }
        if let Some(found) = self.profile_credentials(name, !is_from_option).await? {
            return Ok(found);
        }
        if let Some(found) = container::credentials(self).await? {
            return Ok(("the container", found));
        }
        self.waits_for("the instance's metadata service".to_owned());
        let none = "none are configured in the environment, in a profile or on this machine";
        match instance::credentials(settings, &self.chain.transport).await {
            Ok(Some(found)) => Ok(("the instance", found)),
            Ok(None) => Err(ProviderError::new(ProviderErrorKind::NotConfigured, none)),
            Err(error) if error.kind == ProviderErrorKind::NotConfigured => {
                let reason = format!("{none}; {}", error.reason);
                Err(ProviderError { reason, ..error })
            }
            Err(error) => Err(error),
        }
    }

    /// Tries the providers of a profile, except for a role with a credential source; `None` if none of them is
    /// configured.
    async fn profile_credentials(
        &self,
        name: &str,
        with_environment: bool,
    ) -> Result<Option<(Origin, Credentials)>, ProviderError> {
        let profile = self.config.profile(name);
        if let Some(found) = web_identity::credentials(self, profile, with_environment).await? {
            return Ok(Some(("a web identity", found)));
        }
        if let Some(found) = sso::credentials(self, profile).await? {
            return Ok(Some(("IAM Identity Center", found)));
        }
        let in_file = |file| static_keys::from_profile(profile.in_file(file));
        if let Some(found) = in_file(SharedFile::Credentials)? {
            return Ok(Some(("the credentials file", found)));
        }
        if let Some(found) = login::credentials(self, profile).await? {
            return Ok(Some(("aws login", found)));
        }
        if let Some(found) = process::credentials(self, profile).await? {
            return Ok(Some(("a credential_process", found)));
        }
        let found = in_file(SharedFile::Config)?;
        Ok(found.map(|found| ("the config file", found)))
    }

    fn waits_for(&self, activity: String) {
        self.chain.state().activity = Some(activity);
    }

    /// The path of a folder with token files, below the home folder.
    fn token_folder(&self, below: &str) -> Result<PathBuf, ProviderError> {
        let folder = self.chain.settings.at_home(below);
        folder.ok_or_else(|| ProviderError::invalid("there is no home folder with the token cache"))
    }

    /// Returns credentials from the shared cache, unless the service has rejected them.
    fn cached(&self, key: &shared_cache::CacheKey) -> Option<Credentials> {
        let found = self.chain.cache.load(key, self.now)?;
        let rejected = self.rejected.as_ref().map(Credentials::access_key_id);
        (rejected != Some(found.access_key_id())).then_some(found)
    }
}
