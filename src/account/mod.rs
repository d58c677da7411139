//! From the flags and the account's settings to a client of the service: region, endpoint,
//! credentials, HTTP client.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::time::Instant;

use crate::cli;
use crate::diagnostics::SettingsError;
use crate::service::client::{Client, ClientParts, Observer};
use crate::service::credentials::CredentialCache;
use crate::service::endpoint::{Endpoint, EndpointParameters, Partition, Region};
use crate::service::ids::PortalArn;
use crate::service::retry::RetryPolicy;

mod credentials;
mod pem;
mod profile;
mod provider_errors;
mod proxies;
mod redaction;
mod settings;
mod transport;
mod trust;

use provider_errors::ProviderSource;
use proxies::Proxies;
use settings::Settings;
use transport::{ProviderTransport, http_client};
use trust::LazyVerifier;

/// Attempts where nothing says otherwise (the SDKs' standard mode).
const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// Attempts of a call among many, those included that are throttled.
const MANY_MAX_ATTEMPTS: u32 = 10;

/// What the flags, the environment and the profile say, in this order: enough to make clients for
/// any region.
pub struct Account {
    flags: cli::Connection,
    partition: Option<&'static Partition>,
    settings: Settings,
    verifier: Arc<LazyVerifier>,
    http: reqwest::Client,
    credentials: Arc<CredentialCache>,
    deadline: Option<Instant>,
    observer: Arc<dyn Observer>,
}

impl Account {
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
        let proxies = Arc::new(Proxies::of_environment()?);
        profile::refuse_pipes()?;
        profile::check(flags.profile.as_deref()).await?;
        let verifier = LazyVerifier::new();
        let region = match explicit_region(&flags, arn)? {
            Some(region) => Some(region),
            None => environment_region()?,
        };
        let transport = ProviderTransport {
            verifier: Arc::clone(&verifier),
            proxies: Arc::clone(&proxies),
        };
        let settings = Settings::load(&flags, region, &transport).await?;
        if settings.region().is_none() {
            // aws-config passes a malformed file over, and the region may be in it.
            profile::read().await?;
        }
        trust(&flags, &settings, &verifier)?;
        let http = http_client(
            &verifier,
            flags.connect_timeout,
            flags.read_timeout,
            Some(&proxies),
        )
        .map_err(SettingsError::Http)?;
        let credentials = CredentialCache::new(Arc::new(ProviderSource::new(
            credentials::provider(&flags, &settings, transport),
            profile::name(flags.profile.as_deref()),
        )));
        Ok(Self {
            flags,
            partition: arn.map(|arn| arn.partition),
            settings,
            verifier,
            http,
            credentials: Arc::new(credentials),
            deadline,
            observer,
        })
    }

    /// The region that is set.
    ///
    /// # Errors
    /// [`SettingsError::NoRegion`], or one that is malformed.
    pub fn region(&self) -> Result<Region, SettingsError> {
        let region = self.settings.region().ok_or(SettingsError::NoRegion)?;
        region.parse().map_err(SettingsError::Region)
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
            deadline: self.deadline,
            observer: Arc::clone(&self.observer),
        }))
    }

    /// Whether the endpoint is one that was configured, whatever the region.
    pub fn has_own_endpoint(&self) -> bool {
        self.own_endpoint().is_some()
    }

    fn own_endpoint(&self) -> Option<String> {
        match &self.flags.endpoint_url {
            Some(url) => Some(url.clone()),
            None => self.settings.endpoint_url(),
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
/// `AWS_REGION=$REGION` whether or not there is one. aws-config would take it for a region.
fn environment_region() -> Result<Option<Region>, SettingsError> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|region| !region.is_empty())
        .map(|region| region.parse().map_err(SettingsError::Region))
        .transpose()
}

/// Tells the verifier whom to trust. A bundle that is not there is an error before the call.
fn trust(
    flags: &cli::Connection,
    settings: &Settings,
    verifier: &LazyVerifier,
) -> Result<(), SettingsError> {
    let bundle = match &flags.ca_bundle {
        Some(path) => Some(path.clone()),
        None => settings.ca_bundle().map(PathBuf::from),
    };
    if let Some(path) = bundle {
        // A pipe can be opened only once, by whoever reads it.
        if !profile::is_pipe(&path) {
            File::open(&path).map_err(|error| SettingsError::CaBundle {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        }
        verifier.trust_bundle(path);
    }
    Ok(())
}
