//! Where credentials come from: one file per source, asked in the AWS CLI's order (botocore's
//! `create_credential_resolver`). Nothing is set up for a source before it is asked.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;

use super::profiles::SharedFile;
use super::settings::Settings;
use super::transport::{ProviderTransport, Unreached};
use crate::service::credentials::{CredentialSource, NoCredentials};

mod cache;
mod container;
mod expiry;
mod identity_center;
pub(super) mod instance;
pub(super) mod keys;
mod login;
mod mfa;
mod process;
mod provider_error;
mod role;
mod sts;
mod terminal;
mod token_cache;
mod web_identity;

use cache::Cache;
use provider_error::{Kind, ProviderError};

/// What the sources work with.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) settings: Arc<Settings>,
    pub(super) transport: ProviderTransport,
    /// Time to connect to a service that gives credentials, and to wait for its reply.
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Duration,
    cache: Cache,
    /// Profiles whose code was asked for.
    asked: Mutex<HashSet<String>>,
}

impl Context {
    pub(super) fn new(
        settings: Arc<Settings>,
        transport: ProviderTransport,
        timeouts: (Duration, Duration),
        uses_cache: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            settings,
            transport,
            connect_timeout: timeouts.0,
            read_timeout: timeouts.1,
            cache: Cache::new(uses_cache),
            asked: Mutex::default(),
        })
    }

    /// Whether this is the first time that the profile's code is asked for.
    fn ask_once(&self, profile: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(profile.to_owned())
    }

    /// Sends a request without a body to a metadata service.
    #[expect(
        clippy::disallowed_methods,
        reason = "asks a metadata service for credentials"
    )]
    async fn ask(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, Unreached> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Vec::new()).map_err(|_| Unreached {
            host: "the metadata service".to_owned(),
            proxy: None,
            reason: "its address is not one".to_owned(),
            tls_refusal: None,
        })?;
        self.transport.send(request, timeout, timeout).await
    }
}

/// The configuration of an SDK's client over our HTTP client.
macro_rules! sdk_client {
    ($sdk:ident, $context:expr, $region:expr, $service:expr) => {{
        use $sdk::config::retry::RetryConfig;
        use $sdk::config::timeout::TimeoutConfig;
        let settings = &$context.settings;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout($context.connect_timeout)
            .read_timeout($context.read_timeout);
        let mut retries = RetryConfig::standard();
        if let Some(attempts) = settings.max_attempts {
            retries = retries.with_max_attempts(attempts);
        }
        let mut config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new($region))
            .http_client($context.transport.clone())
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .retry_config(retries)
            .timeout_config(timeouts.build())
            .use_fips(settings.fips)
            .use_dual_stack(settings.dual_stack);
        config.set_endpoint_url(settings.endpoint_url($service));
        config
    }};
}
use sdk_client;

/// Credentials of the first source that has some.
async fn credentials(context: &Arc<Context>) -> Result<Credentials, ProviderError> {
    let chosen = &context.settings.chosen;
    // `--profile` outranks the environment.
    if !chosen.by_flag
        && let Some(credentials) = keys::from_env()?
    {
        return Ok(credentials);
    }
    if let Some(credentials) = role::credentials(context, &chosen.name).await? {
        return Ok(credentials);
    }
    if let Some(credentials) = from_profile(context, &chosen.name, !chosen.by_flag).await? {
        return Ok(credentials);
    }
    if let Some(credentials) = container::credentials(context).await? {
        return Ok(credentials);
    }
    let none = "none are set up in the environment, in a profile or on this machine";
    match instance::credentials(context).await {
        Ok(Some(credentials)) => Ok(credentials),
        Ok(None) => Err(ProviderError::new(Kind::NothingSetUp, none)),
        Err(refusal) if refusal.kind == Kind::NothingSetUp => Err(ProviderError::new(
            Kind::NothingSetUp,
            format!("{none}; {}", refusal.reason),
        )),
        Err(refusal) => Err(refusal),
    }
}

/// Credentials that a profile has by itself, a role to be assumed with keys left aside.
async fn from_profile(
    context: &Arc<Context>,
    name: &str,
    with_environment: bool,
) -> Result<Option<Credentials>, ProviderError> {
    let profiles = &context.settings.profiles;
    let profile = profiles.profile(name);
    if let Some(found) = web_identity::credentials(context, profile, with_environment).await? {
        return Ok(Some(found));
    }
    if let Some(found) = identity_center::credentials(context, profile).await? {
        return Ok(Some(found));
    }
    if let Some(found) = keys::from_profile(profiles.profile_in(SharedFile::Credentials, name))? {
        return Ok(Some(found));
    }
    if let Some(found) = login::credentials(context, profile).await? {
        return Ok(Some(found));
    }
    if let Some(profile) = profile
        && let Some(found) = process::credentials(profile).await?
    {
        return Ok(Some(found));
    }
    keys::from_profile(profiles.profile_in(SharedFile::Config, name))
}

/// The chain of sources as the service's client takes it.
#[derive(Debug)]
pub(super) struct Sources(pub(super) Arc<Context>);

impl CredentialSource for Sources {
    fn credentials(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, NoCredentials>> + Send + '_>> {
        Box::pin(async { credentials(&self.0).await.map_err(NoCredentials::from) })
    }
}
