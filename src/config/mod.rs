//! Creates clients of the service. The options, the environment and the shared config files determine the region,
//! the endpoint, the credentials and the HTTP client.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use tokio::time::Instant;

use crate::cli::{self, Environment, private_file};
use crate::diagnostics::{Call, Failure, Subject};
use crate::service::client::{Client, Observer, Pacing};
use crate::service::credentials::CredentialCache;
use crate::service::endpoint::{Endpoint, EndpointError, EndpointParameters, Partition, Region};
use crate::service::error::CallError;
use crate::service::ids::PortalArn;
use crate::service::retry::RetryPolicy;

mod credentials;
mod names;
mod pem;
mod proxies;
mod redaction;
mod settings;
mod shared_config;
mod transport;
mod trust;

use credentials::ProviderChain;
use proxies::Proxies;
use settings::AccountSettings;
use shared_config::{FilePaths, SharedConfig};
use transport::Transport;
use trust::TrustStore;

/// The parsers that the fuzz targets call.
#[doc(hidden)]
pub mod parsers {
    pub use super::credentials::{
        container::parse as metadata_reply, process::parse as process_output,
        shared_cache::parse as cache_entry,
    };
    pub use super::pem::certificates;
    pub use super::proxies::Proxies;
    pub use super::shared_config::{ini, text, words};
}

/// The default number of attempts (the SDKs' standard mode).
const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// The region whose partition is searched if no region is set.
const DEFAULT_SEARCHED_REGION: &str = "us-east-1";

/// The default number of attempts of one of many calls, including throttled attempts.
const MANY_MAX_ATTEMPTS: u32 = 10;

/// The resolved configuration, which creates clients for any region.
pub struct Config {
    options: cli::Connection,
    partition: Option<&'static Partition>,
    settings: Arc<AccountSettings>,
    transport: Transport,
    credentials: Arc<CredentialCache>,
    /// All clients share the rate, because it applies to all regions together.
    pacing: Arc<Pacing>,
    deadline: Option<Instant>,
    observer: Arc<dyn Observer>,
}

impl Config {
    /// Reads the settings. A portal's ARN determines the region and the partition. Calls end at the `deadline`.
    ///
    /// # Errors
    /// Settings that cannot be used. Missing credentials and a missing region are reported later, when they are
    /// needed.
    pub async fn load(
        options: cli::Connection,
        environment: &Environment,
        arn: Option<&PortalArn>,
        deadline: Option<Instant>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, Failure> {
        if options.no_verify_ssl {
            let message = "--no-verify-ssl is not supported: anyone on the network path could read the session token";
            let hint = "trust the certificate authority instead: --ca-bundle FILE or AWS_CA_BUNDLE";
            return Err(Failure::configuration(message).with_hint(hint));
        }
        let proxies = Arc::new(Proxies::from_env(environment)?);
        let region = explicit_region(&options, arn)?;
        let mut settings = AccountSettings::read(&options, environment, region)?;
        let transport = Transport {
            trust: Arc::new(trust_store(&settings, environment)?),
            proxies,
            connect_timeout: options.connect_timeout,
            read_timeout: options.read_timeout,
        };
        if settings.region.is_none() {
            let region = credentials::instance::region(&settings, &transport).await;
            settings.region = region.and_then(|region| region.parse().ok());
        }
        let settings = Arc::new(settings);
        let uses_cache = !options.no_credential_cache;
        let chain = ProviderChain::new(Arc::clone(&settings), transport.clone(), uses_cache);
        Ok(Self {
            options,
            partition: arn.map(|arn| arn.partition),
            settings,
            transport,
            credentials: Arc::new(CredentialCache::new(Arc::new(chain))),
            pacing: Arc::default(),
            deadline,
            observer,
        })
    }

    /// Returns the configured region.
    ///
    /// # Errors
    /// No region is set.
    pub fn region(&self) -> Result<Region, Failure> {
        self.settings.region.clone().ok_or_else(|| {
            Failure::configuration("no region is set").with_hint(
                "set it with --region, with AWS_REGION (or AWS_DEFAULT_REGION), with `region` in the profile (aws configure set region us-east-1), or give the portal as an ARN",
            )
        })
    }

    /// The regions that have the configured kind of endpoint, in the partition of the configured region.
    pub fn service_regions(&self) -> Vec<Region> {
        let default = Region::known(DEFAULT_SEARCHED_REGION);
        let region = self.settings.region.as_ref().unwrap_or(&default);
        Partition::service_regions(region, self.settings.fips).collect()
    }

    /// Creates a client for calls in `region`. A failure names the `subject` of the first call.
    ///
    /// # Errors
    /// An endpoint or a CA bundle that cannot be used.
    pub fn client_in(
        &self,
        region: Region,
        calls: Calls,
        subject: &Subject,
    ) -> Result<Client, Failure> {
        let endpoint = self.endpoint(&region)?;
        let call = Call {
            action: "",
            region: &region,
            endpoint: &endpoint,
            portal: subject.portal,
            session: subject.session,
        };
        let client = self.transport.http_client(endpoint.as_url());
        let (http, route) = client.map_err(|error| self.no_client(call, &error))?;
        Ok(Client {
            http,
            route,
            endpoint,
            region,
            credentials: Arc::clone(&self.credentials),
            retry: self.retry_policy(calls),
            attempt_timeout: self.options.connect_timeout + self.options.read_timeout,
            pacing: Arc::clone(&self.pacing),
            deadline: self.deadline,
            observer: Arc::clone(&self.observer),
        })
    }

    fn endpoint(&self, region: &Region) -> Result<Endpoint, Failure> {
        let option = self.options.endpoint_url.as_deref();
        let option = option.map(|url| ("--endpoint-url", url));
        let set = option.or_else(|| self.settings.endpoint_url(&names::WORKSPACES_WEB));
        Endpoint::resolve(&EndpointParameters {
            region,
            partition: self.partition,
            fips: self.settings.fips,
            dual_stack: self.settings.dual_stack,
            custom: set.map(|(_, url)| url),
        })
        .map_err(|error| {
            let mut message = error.to_string();
            if let (EndpointError::MalformedUrl(fault), Some((place, _))) = (&error, set) {
                message = format!("{place} {fault}");
            }
            let hint = match error {
                EndpointError::FipsWithCustomEndpoint => {
                    "unset AWS_USE_FIPS_ENDPOINT (use_fips_endpoint) to call the endpoint, or the endpoint (AWS_ENDPOINT_URL, endpoint_url) to call the FIPS one"
                }
                EndpointError::DualStackWithCustomEndpoint => {
                    "unset AWS_USE_DUALSTACK_ENDPOINT (use_dualstack_endpoint) to call the endpoint, or the endpoint (AWS_ENDPOINT_URL, endpoint_url) to call the dual-stack one"
                }
                _ => "an endpoint looks like https://workspaces-web.us-east-1.amazonaws.com",
            };
            Failure::configuration(message).with_hint(hint)
        })
    }

    /// The failure for a call whose HTTP client could not be created.
    fn no_client(&self, call: Call<'_>, error: &CallError) -> Failure {
        match (self.transport.trust.bundle(), error) {
            (Some(path), CallError::Unreachable(error)) => unusable_bundle(path, &error.reason),
            _ => call.to_failure(error),
        }
    }

    fn retry_policy(&self, calls: Calls) -> RetryPolicy {
        let max_attempts = self.settings.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS);
        match (calls, self.options.max_attempts) {
            (Calls::Few, _) => RetryPolicy::alone(max_attempts),
            (Calls::Many, Some(option)) => RetryPolicy::among_many(option, option),
            (Calls::Many, None) => {
                RetryPolicy::among_many(max_attempts, max_attempts.max(MANY_MAX_ATTEMPTS))
            }
        }
    }
}

/// The number of calls that a client is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// A throttled call fails after its last attempt.
    Few,
    /// A throttled call waits until the rate allows another attempt.
    Many,
}

/// The region of the option or of the ARN. It outranks all other settings.
fn explicit_region(
    options: &cli::Connection,
    arn: Option<&PortalArn>,
) -> Result<Option<Region>, Failure> {
    match (&options.region, arn) {
        (Some(flag), Some(arn)) if *flag != arn.region => {
            let message = format!(
                "--region {flag} contradicts the portal's ARN, which is in {}",
                arn.region
            );
            let hint = "leave --region out: the region of the ARN is used";
            Err(Failure::configuration(message).with_hint(hint))
        }
        (_, Some(arn)) => Ok(Some(arn.region.clone())),
        (region, None) => Ok(region.clone()),
    }
}

/// The certificate authorities to trust. A configured bundle must exist. The bundle of Python's HTTP clients
/// (`REQUESTS_CA_BUNDLE`) must exist only if a call uses TLS.
fn trust_store(
    settings: &AccountSettings,
    environment: &Environment,
) -> Result<TrustStore, Failure> {
    if let Some(path) = &settings.ca_bundle
        // A FIFO can be opened only once, when its content is read.
        && !private_file::is_fifo(path)
        && let Err(error) = File::open(path)
    {
        return Err(unusable_bundle(path, &error.to_string()));
    }
    let bundle = settings.ca_bundle.clone();
    let bundle = bundle.or_else(|| settings.requests_ca_bundle.clone());
    Ok(TrustStore::new(bundle, environment))
}

fn unusable_bundle(path: &Path, reason: &str) -> Failure {
    let message = format!("could not use the CA bundle {}: {reason}", path.display());
    Failure::configuration(message).with_default_hint(
        "give a file of certificates in PEM with --ca-bundle, AWS_CA_BUNDLE, ca_bundle in the profile or REQUESTS_CA_BUNDLE",
    )
}

/// The names of the profiles in the shared config files; empty if the files cannot be read.
pub fn profile_names(environment: &Environment) -> Vec<String> {
    FilePaths::from_env(environment)
        .and_then(|paths| SharedConfig::read(&paths, false))
        .map_or_else(|_| Vec::new(), |config| config.names())
}
