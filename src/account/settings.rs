//! The settings of the environment and of the shared config files. aws-config reads them; where it
//! would panic over a value, or pass a wrong one over as if it were not there, it is read here.

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_types::service_config::ServiceConfigKey;

use super::credentials::NoToken;
use super::profile;
use super::transport::ProviderTransport;
use crate::cli;
use crate::diagnostics::SettingsError;
use crate::service::endpoint::Region;

/// The service's ID, which names its keys in the profile's `services` section and in
/// `AWS_ENDPOINT_URL_WORKSPACES_WEB`: `serviceId` of the service model, `WorkSpaces Web`, with its
/// space as the underscore that the SDKs' reference guide asks for ("Service-specific endpoints").
/// Given the space, aws-config would look for `workspaces-web` in the section.
const SERVICE_ID: &str = "workspaces_web";

/// A setting by its variable and its key in the profile.
struct Name {
    variable: &'static str,
    key: &'static str,
}

impl Name {
    const fn new(variable: &'static str, key: &'static str) -> Self {
        Self { variable, key }
    }
}

const ENDPOINT_URL: Name = Name::new("AWS_ENDPOINT_URL", "endpoint_url");
const CA_BUNDLE: Name = Name::new("AWS_CA_BUNDLE", "ca_bundle");
const MAX_ATTEMPTS: Name = Name::new("AWS_MAX_ATTEMPTS", "max_attempts");
const RETRY_MODE: Name = Name::new("AWS_RETRY_MODE", "retry_mode");
const USE_FIPS: Name = Name::new("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
const USE_DUAL_STACK: Name = Name::new("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
const IGNORE_ENDPOINT_URLS: Name = Name::new(
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "ignore_configured_endpoint_urls",
);

/// What the environment and the profile say, flags that outrank them included.
pub(super) struct Settings {
    sdk: SdkConfig,
    /// Whether the FIPS endpoint is to be called.
    pub(super) fips: bool,
    /// Whether the dual-stack endpoint is to be called.
    pub(super) dual_stack: bool,
    /// Attempts a call, the first included.
    pub(super) max_attempts: Option<u32>,
}

impl Settings {
    /// Reads the settings; `region` outranks theirs.
    ///
    /// # Errors
    /// [`SettingsError::Setting`] for a value that means nothing: another one than the user's must
    /// not be taken for it, a FIPS endpoint least of all.
    pub(super) async fn load(
        flags: &cli::Connection,
        region: Option<Region>,
        transport: &ProviderTransport,
    ) -> Result<Self, SettingsError> {
        let sdk = load_sdk(flags, region, transport).await;
        let mut settings = Self {
            sdk,
            fips: flags.use_fips,
            dual_stack: flags.use_dual_stack,
            max_attempts: flags.max_attempts,
        };
        settings.switch(&IGNORE_ENDPOINT_URLS)?;
        settings.check_retry_mode()?;
        settings.fips = settings.fips || settings.switch(&USE_FIPS)?;
        settings.dual_stack = settings.dual_stack || settings.switch(&USE_DUAL_STACK)?;
        settings.max_attempts = match settings.max_attempts {
            Some(attempts) => Some(attempts),
            None => settings.configured_attempts()?,
        };
        Ok(settings)
    }

    /// The region that is set; one that is empty is as good as none.
    pub(super) fn region(&self) -> Option<&str> {
        let region = self.sdk.region()?.as_ref();
        (!region.is_empty()).then_some(region)
    }

    /// The time that the calls of credential providers may take.
    pub(super) fn timeout_config(&self) -> Option<&TimeoutConfig> {
        self.sdk.timeout_config()
    }

    /// The endpoint in place of the region's, the service's own before the general one.
    pub(super) fn endpoint_url(&self) -> Option<String> {
        self.text(&ENDPOINT_URL)
    }

    /// The file of the certificate authorities to trust.
    pub(super) fn ca_bundle(&self) -> Option<String> {
        self.text(&CA_BUNDLE)
    }

    /// A setting's value, that of the service's own section or variable before the general one.
    fn text(&self, name: &Name) -> Option<String> {
        // aws-config takes an empty variable for a value and does not look at the profile.
        let is_empty = std::env::var_os(name.variable).is_some_and(|value| value.is_empty());
        let variable = if is_empty { "" } else { name.variable };
        let key = ServiceConfigKey::builder()
            .service_id(SERVICE_ID)
            .env(variable)
            .profile(name.key)
            .build()
            .ok()?;
        self.sdk
            .service_config()?
            .load_config(key)
            .filter(|value| !value.is_empty())
    }

    /// A setting that is true or false, false if it is not set.
    fn switch(&self, name: &Name) -> Result<bool, SettingsError> {
        match self.text(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(refuse(name, value, "true or false")),
        }
    }

    /// Whatever the mode, calls are attempted as standard mode does and a rate is kept as adaptive
    /// mode does; `legacy`, which the AWS CLI knows, is a mode too.
    fn check_retry_mode(&self) -> Result<(), SettingsError> {
        match self.text(&RETRY_MODE) {
            Some(mode)
                if !["standard", "adaptive", "legacy"]
                    .iter()
                    .any(|known| mode.eq_ignore_ascii_case(known)) =>
            {
                Err(refuse(&RETRY_MODE, mode, "standard, adaptive or legacy"))
            }
            _ => Ok(()),
        }
    }

    fn configured_attempts(&self) -> Result<Option<u32>, SettingsError> {
        let Some(value) = self.text(&MAX_ATTEMPTS) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(0) | Err(_) => Err(refuse(&MAX_ATTEMPTS, value, "a whole number, 1 or more")),
            Ok(attempts) => Ok(Some(attempts)),
        }
    }
}

/// The error for a value that means nothing, with the place that it came from.
fn refuse(name: &Name, value: String, wanted: &'static str) -> SettingsError {
    let is_set = std::env::var_os(name.variable).is_some_and(|value| !value.is_empty());
    SettingsError::Setting {
        place: if is_set {
            name.variable.to_owned()
        } else {
            format!("{} in the profile", name.key)
        },
        value,
        wanted,
    }
}

async fn load_sdk(
    flags: &cli::Connection,
    region: Option<Region>,
    transport: &ProviderTransport,
) -> SdkConfig {
    let mut loader: ConfigLoader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(transport.clone())
        .identity_cache(IdentityCache::no_cache())
        // Set up in credentials.rs, when they are asked for.
        .no_credentials()
        .token_provider(NoToken)
        // Left to itself, aws-config panics over a mode or a number that it does not know.
        .retry_config(RetryConfig::standard());
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    if let Some(profile) = profile::given_name(flags.profile.as_deref()) {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}
