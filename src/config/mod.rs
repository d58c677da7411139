//! From the flags and the account's settings to a client of the service: region, endpoint,
//! credentials, HTTP client.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli;
use crate::diagnostics::SettingsError;
use crate::service::client::{Client, ClientParts, Observer, Pacing};
use crate::service::credentials::CredentialCache;
use crate::service::endpoint::{Endpoint, EndpointParameters, Partition, Region};
use crate::service::ids::PortalArn;
use crate::service::retry::RetryPolicy;

mod credentials;
mod files;
mod pem;
mod profiles;
mod proxies;
mod redaction;
mod settings;
mod transport;
mod trust;

use credentials::{Context, Sources};
use profiles::Profiles;
use proxies::Proxies;
use settings::{ChosenProfile, Settings};
use transport::{ProviderTransport, http_client};
use trust::LazyVerifier;

/// Attempts where nothing says otherwise (the SDKs' standard mode).
const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// Attempts of a call among many, those included that are throttled.
const MANY_MAX_ATTEMPTS: u32 = 10;

/// What the flags, the environment and the profile say, in this order: enough to make clients for
/// any region.
pub struct Config {
    flags: cli::Connection,
    partition: Option<&'static Partition>,
    settings: Arc<Settings>,
    verifier: Arc<LazyVerifier>,
    http: reqwest::Client,
    credentials: Arc<CredentialCache>,
    /// One for all clients: the calls to all regions keep one rate.
    pacing: Arc<Pacing>,
    deadline: Option<Instant>,
    observer: Arc<dyn Observer>,
}

impl Config {
    /// Reads the settings. A portal's ARN decides over region and partition. Calls end at the
    /// `deadline`.
    ///
    /// # Errors
    /// [`SettingsError`]. Missing credentials and a missing region are no error yet: they are asked
    /// for when they are needed.
    pub async fn load(
        flags: cli::Connection,
        arn: Option<&PortalArn>,
        deadline: Option<Instant>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, SettingsError> {
        if flags.no_verify_ssl {
            return Err(SettingsError::NoVerifySsl);
        }
        let proxies = Arc::new(Proxies::from_env()?);
        let chosen = ChosenProfile::of(flags.profile.as_deref());
        let are_files_needed = chosen.by_flag || !credentials::keys::are_in_environment();
        let profiles = Profiles::read(are_files_needed)?;
        if are_files_needed {
            check_profile(&profiles, &chosen)?;
        }
        let verifier = LazyVerifier::new();
        let region = match explicit_region(&flags, arn)? {
            Some(region) => Some(region),
            None => environment_region()?,
        };
        let settings = Settings::of(&flags, profiles, region.as_ref())?;
        trust(&flags, &settings, &verifier)?;
        let http = http_client(
            &verifier,
            flags.connect_timeout,
            flags.read_timeout,
            Some(&proxies),
        )
        .map_err(SettingsError::Http)?;
        let transport = ProviderTransport {
            verifier: Arc::clone(&verifier),
            proxies,
        };
        let timeouts = (flags.connect_timeout, flags.read_timeout);
        let settings = with_region(settings, &transport, timeouts).await;
        let sources = Sources(Context::new(
            Arc::clone(&settings),
            transport,
            timeouts,
            !flags.no_credential_cache,
        ));
        let credentials = CredentialCache::new(Arc::new(sources));
        Ok(Self {
            flags,
            partition: arn.map(|arn| arn.partition),
            settings,
            verifier,
            http,
            credentials: Arc::new(credentials),
            pacing: Arc::default(),
            deadline,
            observer,
        })
    }

    /// The region that is set.
    ///
    /// # Errors
    /// [`SettingsError::NoRegion`], or one that is malformed.
    pub fn region(&self) -> Result<Region, SettingsError> {
        let region = self
            .settings
            .region
            .as_deref()
            .ok_or(SettingsError::NoRegion)?;
        region.parse().map_err(SettingsError::Region)
    }

    /// The regions of the region's partition where the configured kind of endpoint exists.
    pub fn service_regions(&self, region: &Region) -> impl Iterator<Item = Region> {
        Partition::service_regions(region, self.settings.fips)
    }

    /// A client for calls in `region`.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn client_in(&self, region: Region, calls: Calls) -> Result<Client, SettingsError> {
        let endpoint = self.endpoint(&region)?;
        if endpoint.is_https() {
            self.verifier.prepare_bundle()?;
        }
        Ok(Client::new(ClientParts {
            http: self.http.clone(),
            endpoint,
            proxy: proxies::on_the_way_to,
            region,
            credentials: Arc::clone(&self.credentials),
            retry: self.retry_policy(calls),
            attempt_timeout: self.flags.connect_timeout + self.flags.read_timeout,
            pacing: Arc::clone(&self.pacing),
            deadline: self.deadline,
            observer: Arc::clone(&self.observer),
        }))
    }

    fn own_endpoint(&self) -> Option<String> {
        match &self.flags.endpoint_url {
            Some(url) => Some(url.clone()),
            None => self.settings.endpoint_url(settings::Service::WorkSpacesWeb),
        }
    }

    fn endpoint(&self, region: &Region) -> Result<Endpoint, SettingsError> {
        let custom = self.own_endpoint();
        Endpoint::resolve(&EndpointParameters {
            region,
            partition: self.partition,
            fips: self.settings.fips,
            dual_stack: self.settings.dual_stack,
            custom: custom.as_deref(),
        })
        .map_err(SettingsError::Endpoint)
    }

    /// The flag's attempts, those of `AWS_MAX_ATTEMPTS` or the profile, or the default.
    fn retry_policy(&self, calls: Calls) -> RetryPolicy {
        let max_attempts = self.settings.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS);
        match calls {
            Calls::Few => RetryPolicy::alone(max_attempts),
            Calls::Many if self.flags.max_attempts.is_some() => {
                RetryPolicy::among_many(max_attempts, max_attempts)
            }
            Calls::Many => {
                RetryPolicy::among_many(max_attempts, max_attempts.max(MANY_MAX_ATTEMPTS))
            }
        }
    }
}

/// How many calls a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// A few: one that is throttled is given up after its attempts.
    Few,
    /// Many: one that is throttled waits for the rate to fall.
    Many,
}

/// The region that is given with the command, which outranks all settings.
fn explicit_region(
    flags: &cli::Connection,
    arn: Option<&PortalArn>,
) -> Result<Option<Region>, SettingsError> {
    match (&flags.region, arn) {
        (Some(flag), Some(arn)) if *flag != arn.region => {
            Err(SettingsError::RegionContradictsArn {
                flag: flag.clone(),
                arn: arn.region.clone(),
            })
        }
        (_, Some(arn)) => Ok(Some(arn.region.clone())),
        (flag, None) => Ok(flag.clone()),
    }
}

/// The environment's region. A variable that is empty is as good as none: workflows write
/// `AWS_REGION=$REGION` whether or not there is one.
fn environment_region() -> Result<Option<Region>, SettingsError> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|region| !region.is_empty())
        .map(|region| region.parse().map_err(SettingsError::Region))
        .transpose()
}

/// Checks that the profile that was named exists: with a slip of the pen in its name, the call would
/// be made with whatever credentials the machine has.
fn check_profile(profiles: &Profiles, chosen: &ChosenProfile) -> Result<(), SettingsError> {
    if !chosen.by_name || profiles.profile(&chosen.name).is_some() {
        return Ok(());
    }
    Err(SettingsError::UnknownProfile {
        name: chosen.name.clone(),
        known: profiles.names(),
    })
}

/// The settings with the instance's region where nothing else names one.
async fn with_region(
    mut settings: Settings,
    transport: &ProviderTransport,
    timeouts: (Duration, Duration),
) -> Arc<Settings> {
    if settings.region.is_some() {
        return Arc::new(settings);
    }
    let context = Context::new(Arc::new(settings), transport.clone(), timeouts, false);
    let region = credentials::instance::region(&context).await;
    match Arc::try_unwrap(context).map(|context| Arc::try_unwrap(context.settings)) {
        Ok(Ok(own)) => settings = own,
        Ok(Err(shared)) => return shared,
        Err(context) => return Arc::clone(&context.settings),
    }
    settings.region = region;
    Arc::new(settings)
}

/// Tells the verifier whom to trust. A bundle that is not there is an error before the call; one that is
/// set for every program, only if the call needs it.
fn trust(
    flags: &cli::Connection,
    settings: &Settings,
    verifier: &LazyVerifier,
) -> Result<(), SettingsError> {
    if let Some(path) = flags.ca_bundle.clone().or_else(|| settings.ca_bundle()) {
        // A pipe can be opened only once: by its reader.
        if !profiles::is_pipe(&path) {
            File::open(&path).map_err(|error| SettingsError::CaBundle {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        }
        verifier.trust_bundle(path);
    } else if let Some(path) = settings.bundle_of_requests() {
        verifier.trust_bundle(path);
    }
    Ok(())
}
