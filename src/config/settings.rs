//! The settings of the environment and of the profile, the environment's first. A value that means
//! nothing is refused: another one than the user's must not be taken for it.

use std::path::PathBuf;

use super::files::paths;
use super::profiles::{DEFAULT, Profile, Profiles};
use crate::cli;
use crate::diagnostics::SettingsError;
use crate::service::endpoint::Region;

/// A service that may have an endpoint of its own, by its ID: the end of `AWS_ENDPOINT_URL_...`, in
/// lower case the key in a `services` section ("Service-specific endpoints" in the AWS SDKs and
/// Tools Reference Guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    WorkSpacesWeb,
    Sts,
    Sso,
    SsoOidc,
    SignIn,
}

impl Service {
    fn id(self) -> &'static str {
        match self {
            Self::WorkSpacesWeb => "WORKSPACES_WEB",
            Self::Sts => "STS",
            Self::Sso => "SSO",
            Self::SsoOidc => "SSO_OIDC",
            Self::SignIn => "SIGNIN",
        }
    }
}

/// A setting by its variable and its key in the profile.
pub(super) struct Name {
    variable: &'static str,
    key: &'static str,
}

impl Name {
    pub(super) const fn new(variable: &'static str, key: &'static str) -> Self {
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

/// Where `requests` and botocore look for a bundle that nothing else names.
const REQUESTS_CA_BUNDLE: &str = "REQUESTS_CA_BUNDLE";

/// The variables that name a profile, in botocore's order.
const PROFILE_VARIABLES: [&str; 2] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"];

/// A variable's text, unless it is empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Which profile holds.
#[derive(Debug, Clone)]
pub(super) struct ChosenProfile {
    pub(super) name: String,
    /// Whether `--profile` names it, which outranks what the environment says of credentials.
    pub(super) by_flag: bool,
    /// Whether the flag or a variable names it.
    pub(super) by_name: bool,
}

impl ChosenProfile {
    /// The flag's profile, that of the environment, or the default one.
    pub(super) fn of(flag: Option<&str>) -> Self {
        let named = flag.map(str::to_owned);
        // One that is set but empty names a profile that does not exist, as in the AWS CLI: the
        // default profile is another identity.
        let set = |name: &&str| std::env::var(name).ok();
        let named = named.or_else(|| PROFILE_VARIABLES.iter().find_map(set));
        Self {
            by_flag: flag.is_some(),
            by_name: named.is_some(),
            name: named.unwrap_or_else(|| DEFAULT.to_owned()),
        }
    }
}

/// What the environment and the profile say, flags that outrank them included.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) profiles: Profiles,
    pub(super) chosen: ChosenProfile,
    /// The region that is set, malformed or not.
    pub(super) region: Option<String>,
    /// Whether the FIPS endpoint is to be called.
    pub(super) fips: bool,
    /// Whether the dual-stack endpoint is to be called.
    pub(super) dual_stack: bool,
    /// Attempts per call, including the first.
    pub(super) max_attempts: Option<u32>,
    ignores_endpoint_urls: bool,
}

impl Settings {
    /// The settings; `region` outranks the profile's.
    ///
    /// # Errors
    /// [`SettingsError::Setting`] for a value that means nothing: a FIPS endpoint least of all must be
    /// missed for a slip of the pen.
    pub(super) fn of(
        flags: &cli::Connection,
        profiles: Profiles,
        region: Option<&Region>,
    ) -> Result<Self, SettingsError> {
        let mut settings = Self {
            chosen: ChosenProfile::of(flags.profile.as_deref()),
            profiles,
            region: region.map(|region| region.as_str().to_owned()),
            fips: flags.use_fips,
            dual_stack: flags.use_dual_stack,
            max_attempts: flags.max_attempts,
            ignores_endpoint_urls: false,
        };
        if settings.region.is_none() {
            let region = settings
                .profile()
                .and_then(|profile| profile.filled("region"));
            settings.region = region.map(str::to_owned);
        }
        settings.ignores_endpoint_urls = settings.switch(&IGNORE_ENDPOINT_URLS)?;
        settings.check_retry_mode()?;
        settings.fips = settings.fips || settings.switch(&USE_FIPS)?;
        settings.dual_stack = settings.dual_stack || settings.switch(&USE_DUAL_STACK)?;
        settings.max_attempts = match settings.max_attempts {
            Some(attempts) => Some(attempts),
            None => settings.configured_attempts()?,
        };
        Ok(settings)
    }

    /// The profile that holds, if it exists.
    pub(super) fn profile(&self) -> Option<Profile<'_>> {
        self.profiles.profile(&self.chosen.name)
    }

    /// The endpoint of the service in place of the region's: its own before the general one, the
    /// environment's before the profile's.
    pub(super) fn endpoint_url(&self, service: Service) -> Option<String> {
        if self.ignores_endpoint_urls {
            return None;
        }
        let id = service.id();
        let service_setting = || {
            let profile = self.profile()?;
            let key = ENDPOINT_URL.key;
            self.profiles
                .service_setting(profile, &id.to_ascii_lowercase(), key)
        };
        variable(&format!("{}_{id}", ENDPOINT_URL.variable))
            .or_else(|| variable(ENDPOINT_URL.variable))
            .or_else(|| service_setting().map(str::to_owned))
            .or_else(|| self.text(&ENDPOINT_URL))
    }

    /// The file of the certificate authorities to trust.
    pub(super) fn ca_bundle(&self) -> Option<PathBuf> {
        let path = self.text(&CA_BUNDLE)?;
        Some(paths::expanded(path.as_ref()))
    }

    /// The same, as Python's HTTP clients are told it: it counts where nothing else is set.
    pub(super) fn bundle_of_requests(&self) -> Option<PathBuf> {
        paths::in_variable(REQUESTS_CA_BUNDLE)
    }

    /// A setting's value.
    pub(super) fn text(&self, name: &Name) -> Option<String> {
        variable(name.variable).or_else(|| {
            let value = self.profile()?.filled(name.key)?;
            Some(value.to_owned())
        })
    }

    /// A setting that is a whole number, 1 or more.
    pub(super) fn number(&self, name: &Name) -> Result<Option<u32>, SettingsError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(0) | Err(_) => Err(self.refuse(name, value, "a whole number, 1 or more")),
            Ok(number) => Ok(Some(number)),
        }
    }

    /// A setting that is true or false, false if it is not set.
    fn switch(&self, name: &Name) -> Result<bool, SettingsError> {
        match self.text(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(self.refuse(name, value, "true or false")),
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
                Err(self.refuse(&RETRY_MODE, mode, "standard, adaptive or legacy"))
            }
            _ => Ok(()),
        }
    }

    fn configured_attempts(&self) -> Result<Option<u32>, SettingsError> {
        self.number(&MAX_ATTEMPTS)
    }

    /// The error for a value that means nothing, with the place that it came from.
    fn refuse(&self, name: &Name, value: String, wanted: &'static str) -> SettingsError {
        let place = match (variable(name.variable), self.profile()) {
            (None, Some(profile)) => profile.place(name.key),
            _ => name.variable.to_owned(),
        };
        SettingsError::Setting {
            place,
            value,
            wanted,
        }
    }
}
