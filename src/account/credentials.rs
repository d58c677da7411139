//! Where credentials come from: the SDK's chain of providers, set up when it is first asked.

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_credential_types::provider::future;
use aws_credential_types::provider::token::ProvideToken;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::profile;
use super::settings::Settings;
use super::transport::ProviderTransport;
use crate::cli;

/// The provider that the flags and the settings ask for. `--profile` outranks keys and a web
/// identity in the environment, as in the AWS CLI; the SDK's default chain would ask the
/// environment first.
pub(super) fn provider(
    flags: &cli::Connection,
    settings: &Settings,
    transport: ProviderTransport,
) -> SharedCredentialsProvider {
    let region = settings
        .region()
        .map(|region| Region::new(region.to_owned()));
    let mut config = ProviderConfig::without_region()
        .with_region(region.clone())
        .with_use_fips(Some(settings.fips))
        .with_use_dual_stack(Some(settings.dual_stack))
        .with_http_client(transport);
    if let Some(attempts) = settings.max_attempts {
        config = config.with_retry_config(RetryConfig::standard().with_max_attempts(attempts));
    }
    if let Some(timeout) = settings.timeout_config() {
        config = config.with_timeout_config(timeout.clone());
    }
    match &flags.profile {
        Some(profile) => SharedCredentialsProvider::new(OfProfile {
            config,
            profile: profile.clone(),
        }),
        None => SharedCredentialsProvider::new(OfEnvironment { config, region }),
    }
}

/// The SDK's default chain, which starts with keys in the environment. Where they are, the rest
/// is not set up: its clients of STS, SSO and the metadata services cost a quarter of the
/// instructions of a whole call.
#[derive(Debug)]
struct OfEnvironment {
    config: ProviderConfig,
    region: Option<Region>,
}

impl OfEnvironment {
    async fn credentials(&self) -> aws_credential_types::provider::Result {
        let keys = EnvironmentVariableCredentialsProvider::new();
        match keys.provide_credentials().await {
            Err(CredentialsError::CredentialsNotLoaded(_)) if profile::has_environment_key_id() => {
                return Err(CredentialsError::invalid_configuration(
                    "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not or is empty",
                ));
            }
            Err(CredentialsError::CredentialsNotLoaded(_)) => {}
            answer => return answer,
        }
        let mut chain = DefaultCredentialsChain::builder()
            .configure(self.config.clone())
            // Without it the chain would look for a region of its own.
            .region(self.region.clone());
        if let Some(profile) = profile::given_name(None) {
            chain = chain.profile_name(profile);
        }
        chain.build().await.provide_credentials().await
    }
}

impl ProvideCredentials for OfEnvironment {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// A profile that was named, and what it may leave to the machine.
#[derive(Debug)]
struct OfProfile {
    config: ProviderConfig,
    profile: String,
}

impl OfProfile {
    async fn credentials(&self) -> aws_credential_types::provider::Result {
        let config = &self.config;
        let profile = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_name(&self.profile)
            .build();
        let container = EcsCredentialsProvider::builder().configure(config).build();
        let instance = ImdsCredentialsProvider::builder().configure(config).build();
        CredentialsProviderChain::first_try("Profile", profile)
            .or_else("EcsContainer", container)
            .or_else("Ec2InstanceMetadata", instance)
            .provide_credentials()
            .await
    }
}

impl ProvideCredentials for OfProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Keeps aws-config from setting up bearer tokens, which the service does not take.
#[derive(Debug)]
pub(super) struct NoToken;

impl ProvideToken for NoToken {
    fn provide_token<'a>(&'a self) -> future::ProvideToken<'a>
    where
        Self: 'a,
    {
        future::ProvideToken::ready(Err(TokenError::not_loaded("not used")))
    }
}
