//! From the flags and the account's settings to a client of the service: region, endpoint,
//! credentials, HTTP client.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::time::Instant;

use crate::cli;
use crate::service::client::{Client, ClientParts, Observer};
use crate::service::credentials::CredentialCache;
use crate::service::endpoint::{Endpoint, EndpointError, EndpointParameters, Partition, Region};
use crate::service::ids::PortalArn;
use crate::service::retry::RetryPolicy;

mod credentials;
mod pem;
mod profile;
mod proxies;
mod redaction;
mod settings;
mod transport;
mod trust;

use settings::Settings;
use transport::{Proxies, http_client};
use trust::LazyVerifier;

/// Attempts where nothing says otherwise (the SDKs' standard mode).
const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// Attempts of a call among many, those included that are throttled.
const MANY_MAX_ATTEMPTS: u32 = 10;

/// Why there is no client to make calls with.
#[derive(Debug)]
pub enum ConfigError {
    /// No region is set anywhere.
    NoRegion,
    /// The configured region is malformed.
    Region(EndpointError),
    /// `--region` names another region than the portal's ARN.
    RegionContradictsArn {
        /// The flag's.
        flag: Region,
        /// The ARN's.
        arn: Region,
    },
    /// There is no profile with the name that was given.
    UnknownProfile {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A profile's `source_profile` does not exist.
    UnknownSource {
        /// The profile.
        profile: String,
        /// Its source.
        source: String,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// The shared config files cannot be read; why.
    SharedConfig(String),
    /// A setting has a value that means nothing.
    Setting {
        /// The variable, or the key in the profile.
        place: String,
        /// The value.
        value: String,
        /// What it can be.
        wanted: &'static str,
    },
    /// A key in a profile, or one that a profile takes from the environment, cannot be one.
    Key {
        /// Where it is.
        place: String,
        /// What is wrong with it, continuing the place.
        fault: &'static str,
    },
    /// There is no endpoint.
    Endpoint(EndpointError),
    /// The CA bundle cannot be used; why.
    CaBundle {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What the environment names as a proxy is none.
    Proxy {
        /// The variable. Its value may hold a password.
        name: &'static str,
    },
    /// `--no-verify-ssl` was given.
    NoVerifySsl,
    /// The HTTP client cannot be made; why.
    Http(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegion => f.write_str("no region is set"),
            Self::Region(error) | Self::Endpoint(error) => error.fmt(f),
            Self::RegionContradictsArn { flag, arn } => {
                write!(
                    f,
                    "--region {flag} contradicts the portal's ARN, which is in {arn}"
                )
            }
            Self::UnknownProfile { name, .. } => {
                write!(
                    f,
                    "there is no profile {name:?} in the shared AWS config files"
                )
            }
            Self::UnknownSource {
                profile, source, ..
            } => write!(
                f,
                "profile {profile:?} takes its credentials from the source_profile {source:?}, which does not exist"
            ),
            Self::SharedConfig(reason) => {
                write!(f, "the shared AWS config files cannot be used: {reason}")
            }
            Self::Setting {
                place,
                value,
                wanted,
            } => write!(f, "{place} is {value:?}: it must be {wanted}"),
            Self::Key { place, fault } => write!(f, "{place} {fault}"),
            Self::CaBundle { path, reason } => {
                write!(
                    f,
                    "the CA bundle {} cannot be used: {reason}",
                    path.display()
                )
            }
            Self::Proxy { name } => write!(f, "{name} is not the URL of a proxy"),
            Self::NoVerifySsl => f.write_str(
                "--no-verify-ssl is refused: anyone on the way could read the session token",
            ),
            Self::Http(reason) => write!(f, "no HTTP client could be set up: {reason}"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRegion => {
                "set it with --region, with AWS_REGION (or AWS_DEFAULT_REGION), with `region` in the profile (aws configure set region us-east-1), or give the portal as an ARN"
            }
            Self::UnknownProfile { known, .. } if known.is_empty() => {
                "there are no profiles at all: make one with `aws configure --profile NAME`"
            }
            Self::UnknownProfile { known, .. } | Self::UnknownSource { known, .. } => {
                return Some(format!("the profiles are {}", known.join(", ")));
            }
            Self::RegionContradictsArn { .. } => "leave --region out: the ARN's region holds",
            Self::CaBundle { .. } => {
                "give a file of certificates in PEM with --ca-bundle, AWS_CA_BUNDLE or ca_bundle in the profile"
            }
            Self::Proxy { .. } => {
                "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters percent-encoded (a space is %20), or unset it"
            }
            Self::NoVerifySsl => {
                "trust the certificate authority instead: --ca-bundle FILE or AWS_CA_BUNDLE"
            }
            Self::Region(_)
            | Self::Endpoint(_)
            | Self::SharedConfig(_)
            | Self::Setting { .. }
            | Self::Key { .. }
            | Self::Http(_) => return None,
        };
        Some(hint.to_owned())
    }
}

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
    /// [`ConfigError`]. Missing credentials and a missing region are no error yet: they are asked
    /// for when they are needed.
    pub async fn load(
        flags: cli::Connection,
        arn: Option<&PortalArn>,
        deadline: Option<Instant>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, ConfigError> {
        if flags.no_verify_ssl {
            return Err(ConfigError::NoVerifySsl);
        }
        proxies::check()?;
        profile::refuse_pipes()?;
        profile::check(flags.profile.as_deref()).await?;
        let verifier = LazyVerifier::new();
        let region = match explicit_region(&flags, arn)? {
            Some(region) => Some(region),
            None => environment_region()?,
        };
        let settings = Settings::load(&flags, region, &verifier).await?;
        if settings.region().is_none() {
            // aws-config passes a malformed file over, and the region may be in it.
            profile::read().await?;
        }
        trust(&flags, &settings, &verifier)?;
        let http = http_client(
            &verifier,
            flags.connect_timeout,
            flags.read_timeout,
            Proxies::OfTheEnvironment,
        )
        .map_err(ConfigError::Http)?;
        let credentials = CredentialCache::new(
            credentials::provider(&flags, &settings, &verifier),
            profile::name(flags.profile.as_deref()),
        );
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
    /// [`ConfigError::NoRegion`], or one that is malformed.
    pub fn region(&self) -> Result<Region, ConfigError> {
        let region = self.settings.region().ok_or(ConfigError::NoRegion)?;
        region.parse().map_err(ConfigError::Region)
    }

    /// A client for calls in `region`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn client_in(&self, region: Region, calls: Calls) -> Result<Client, ConfigError> {
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

    fn endpoint(&self, region: &Region) -> Result<Endpoint, ConfigError> {
        let custom = self.own_endpoint();
        Endpoint::resolve(&EndpointParameters {
            region,
            partition: self.partition,
            fips: self.settings.fips,
            dual_stack: self.settings.dual_stack,
            custom: custom.as_deref(),
        })
        .map_err(ConfigError::Endpoint)
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
) -> Result<Option<Region>, ConfigError> {
    match (&flags.region, arn) {
        (Some(flag), Some(arn)) if *flag != arn.region => Err(ConfigError::RegionContradictsArn {
            flag: flag.clone(),
            arn: arn.region.clone(),
        }),
        (_, Some(arn)) => Ok(Some(arn.region.clone())),
        (flag, None) => Ok(flag.clone()),
    }
}

/// The environment's region. A variable that is empty is as good as none: workflows write
/// `AWS_REGION=$REGION` whether or not there is one. aws-config would take it for a region.
fn environment_region() -> Result<Option<Region>, ConfigError> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|region| !region.is_empty())
        .map(|region| region.parse().map_err(ConfigError::Region))
        .transpose()
}

/// Tells the verifier whom to trust. A bundle that is not there is an error before the call.
fn trust(
    flags: &cli::Connection,
    settings: &Settings,
    verifier: &LazyVerifier,
) -> Result<(), ConfigError> {
    let bundle = match &flags.ca_bundle {
        Some(path) => Some(path.clone()),
        None => settings.ca_bundle().map(PathBuf::from),
    };
    if let Some(path) = bundle {
        // A pipe can be opened only once, by whoever reads it.
        if !profile::is_pipe(&path) {
            File::open(&path).map_err(|error| ConfigError::CaBundle {
                path: path.clone(),
                reason: error.to_string(),
            })?;
        }
        verifier.trust_bundle(path);
    }
    Ok(())
}
