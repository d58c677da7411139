//! What the options, the environment and the profile say, in this order: read once, in this place. Only
//! the shared config files are read again, when credentials are renewed.
//!
//! A value that is invalid is an error, so that no other value is used in its place. An empty value
//! leaves the setting to the next source, except where another identity would sign then.

use std::path::PathBuf;

use super::names::{self, Name, Service};
use super::shared_config::{DEFAULT, FilePaths, Profile, SharedConfig, paths};
use crate::cli::{self, Environment};
use crate::diagnostics::SettingsError;
use crate::service::endpoint::Region;

/// The resolved settings.
#[derive(Debug)]
pub(super) struct AccountSettings {
    pub(super) files: FilePaths,
    pub(super) config: SharedConfig,
    pub(super) profile: ProfileChoice,
    pub(super) region: Option<Region>,
    pub(super) fips: bool,
    pub(super) dual_stack: bool,
    /// Attempts per call, including the first.
    pub(super) max_attempts: Option<u32>,
    /// A PEM file with the certificate authorities to trust.
    pub(super) ca_bundle: Option<PathBuf>,
    /// The same, read only if a call uses TLS.
    pub(super) requests_ca_bundle: Option<PathBuf>,
    endpoint_urls: Vec<(Service, String)>,
    pub(super) keys: KeyVariables,
    pub(super) web_identity: WebIdentityVariables,
    pub(super) container: ContainerVariables,
    pub(super) metadata: MetadataSettings,
    pub(super) home: Option<PathBuf>,
    /// The folder of the sessions of `aws login`.
    pub(super) login_cache: Option<PathBuf>,
}

/// Which profile is used.
#[derive(Debug, Clone)]
pub(super) struct ProfileChoice {
    pub(super) name: String,
    /// Whether `--profile` names it, which outranks what the environment says of credentials.
    pub(super) is_from_option: bool,
    /// Where the name comes from; nothing for the default.
    source: Option<&'static str>,
}

/// The keys in the environment.
#[derive(Default)]
pub(super) struct KeyVariables {
    pub(super) id: Option<String>,
    pub(super) secret: Option<String>,
    /// The session token and its variable.
    pub(super) token: Option<(&'static str, String)>,
    pub(super) expiration: Option<String>,
}

/// Shows nothing, because the keys are secret.
impl std::fmt::Debug for KeyVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyVariables").finish_non_exhaustive()
    }
}

/// The web identity of the environment. A variable that is set but empty hides the profile's setting.
#[derive(Debug, Default)]
pub(super) struct WebIdentityVariables {
    pub(super) token_file: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) session_name: Option<String>,
}

/// The container's credentials service. A variable that is set but empty is an error there.
#[derive(Default)]
pub(super) struct ContainerVariables {
    pub(super) relative_uri: Option<String>,
    pub(super) full_uri: Option<String>,
    pub(super) token_file: Option<String>,
    pub(super) token: Option<String>,
}

/// Shows nothing, because the token and the path of the URI are secret.
impl std::fmt::Debug for ContainerVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContainerVariables").finish_non_exhaustive()
    }
}

/// The instance's metadata service. The numbers are checked when it is called.
#[derive(Debug, Default)]
pub(super) struct MetadataSettings {
    pub(super) is_disabled: bool,
    pub(super) endpoint: Option<String>,
    pub(super) is_ipv6: bool,
    pub(super) timeout: Option<PlacedText>,
    pub(super) attempts: Option<PlacedText>,
}

/// A setting's text, and the variable or the key that it comes from.
#[derive(Debug, Clone)]
pub(super) struct PlacedText {
    text: String,
    place: String,
}

impl PlacedText {
    /// The text as a whole number, 1 or more.
    pub(super) fn number(&self) -> Result<u32, SettingsError> {
        match self.text.trim().parse() {
            Ok(0) | Err(_) => Err(self.invalid("a whole number, 1 or more")),
            Ok(number) => Ok(number),
        }
    }

    fn switch(&self) -> Result<bool, SettingsError> {
        match self.text.trim() {
            text if text.eq_ignore_ascii_case("true") => Ok(true),
            text if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.invalid("true or false")),
        }
    }

    fn region(&self) -> Result<Region, SettingsError> {
        self.text
            .parse()
            .map_err(|error| SettingsError::ConfiguredRegion {
                place: self.place.clone(),
                error,
            })
    }

    fn invalid(&self, wanted: &'static str) -> SettingsError {
        SettingsError::Setting {
            place: self.place.clone(),
            value: self.text.clone(),
            wanted,
        }
    }
}

impl ProfileChoice {
    /// The profile of the option, of the environment, or the default one. A variable that is set but
    /// empty names a profile that does not exist, as in the AWS CLI: the default profile is another
    /// identity.
    fn new(option: Option<&str>, environment: &Environment) -> Self {
        if let Some(name) = option {
            return Self {
                name: name.to_owned(),
                is_from_option: true,
                source: Some("--profile"),
            };
        }
        let named = names::PROFILE
            .into_iter()
            .find_map(|variable| Some((variable, environment.var(variable)?)));
        match named {
            Some((variable, name)) => Self {
                name: name.into_owned(),
                is_from_option: false,
                source: Some(variable),
            },
            None => Self {
                name: DEFAULT.to_owned(),
                is_from_option: false,
                source: None,
            },
        }
    }

    /// Checks that a profile that was named exists: with a typo in its name, the call would be made with
    /// whatever credentials the machine has.
    fn check(&self, config: &SharedConfig) -> Result<(), SettingsError> {
        match self.source {
            Some(source) if config.profile(&self.name).is_none() => {
                Err(SettingsError::UnknownProfile {
                    named_by: source,
                    name: self.name.clone(),
                    known: config.names(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Looks settings up in the environment and then in the profile.
struct Lookup<'a> {
    environment: &'a Environment,
    profile: Option<Profile<'a>>,
}

impl Lookup<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        Some(self.environment.non_empty(name)?.into_owned())
    }

    fn text(&self, name: &Name) -> Option<PlacedText> {
        if let Some(text) = self.variable(name.variable) {
            let place = name.variable.to_owned();
            return Some(PlacedText { text, place });
        }
        let profile = self.profile?;
        Some(PlacedText {
            text: profile.filled(name.key)?.to_owned(),
            place: profile.place(name.key),
        })
    }

    fn is_true(&self, name: &Name) -> Result<bool, SettingsError> {
        self.text(name).map_or(Ok(false), |text| text.switch())
    }

    fn path(&self, name: &Name) -> Result<Option<PathBuf>, SettingsError> {
        let Some(PlacedText { text, place }) = self.text(name) else {
            return Ok(None);
        };
        match paths::expand(text.as_ref(), self.environment) {
            Ok(path) => Ok(Some(path)),
            Err(error) => Err(SettingsError::SharedConfig(format!("{place}: {error}"))),
        }
    }

    /// The path in a variable.
    fn path_in(&self, variable: &'static str) -> Result<Option<PathBuf>, SettingsError> {
        let Some(path) = self.environment.path(variable) else {
            return Ok(None);
        };
        match paths::expand(path.as_os_str(), self.environment) {
            Ok(path) => Ok(Some(path)),
            Err(error) => Err(SettingsError::SharedConfig(format!("{variable}: {error}"))),
        }
    }

    /// The region of the environment or the profile. An empty variable does not count: workflows write
    /// `AWS_REGION=$REGION` whether or not there is one.
    fn region(&self) -> Result<Option<Region>, SettingsError> {
        let default = self.variable(names::DEFAULT_REGION);
        let default = default.map(|text| PlacedText {
            text,
            place: names::DEFAULT_REGION.to_owned(),
        });
        let text = match self.variable(names::REGION.variable) {
            None if default.is_some() => default,
            _ => self.text(&names::REGION),
        };
        text.map(|text| text.region()).transpose()
    }

    /// The endpoints in place of the regions': a service's own before the general one, the environment's
    /// before the profile's.
    fn endpoint_urls(
        &self,
        config: &SharedConfig,
    ) -> Result<Vec<(Service, String)>, SettingsError> {
        if self.is_true(&names::IGNORE_ENDPOINT_URLS)? {
            return Ok(Vec::new());
        }
        let services = [
            Service::WorkSpacesWeb,
            Service::Sts,
            Service::Sso,
            Service::SsoOidc,
            Service::SignIn,
        ];
        let general = self.variable(names::ENDPOINT_URL.variable);
        let in_profile = |service: Service| {
            let Some(profile) = self.profile else {
                return Ok(None);
            };
            let url =
                config.service_setting(profile, service.name().key, names::ENDPOINT_URL.key)?;
            let url = url.or_else(|| profile.filled(names::ENDPOINT_URL.key));
            Ok::<_, SettingsError>(url.map(str::to_owned))
        };
        let mut urls = Vec::new();
        for service in services {
            let url = match self.variable(service.name().variable).or(general.clone()) {
                Some(url) => Some(url),
                None => in_profile(service)?,
            };
            urls.extend(url.map(|url| (service, url)));
        }
        Ok(urls)
    }

    /// Checks the retry mode. Whatever it is, calls are repeated as standard mode does and a rate is kept
    /// as adaptive mode does; `legacy` is a mode of the AWS CLI.
    fn check_retry_mode(&self) -> Result<(), SettingsError> {
        let Some(mode) = self.text(&names::RETRY_MODE) else {
            return Ok(());
        };
        let is_known = ["standard", "adaptive", "legacy"]
            .iter()
            .any(|known| mode.text.trim().eq_ignore_ascii_case(known));
        if is_known {
            Ok(())
        } else {
            Err(mode.invalid("standard, adaptive or legacy"))
        }
    }

    fn keys(&self) -> KeyVariables {
        let token = names::SESSION_TOKEN
            .iter()
            .find_map(|name| Some((name.variable, self.variable(name.variable)?)));
        KeyVariables {
            id: self.variable(names::ACCESS_KEY_ID.variable),
            secret: self.variable(names::SECRET_ACCESS_KEY.variable),
            token: token.map(|(variable, token)| (variable, token.trim().to_owned())),
            expiration: self.variable(names::CREDENTIAL_EXPIRATION),
        }
    }

    /// The metadata service's URL. A variable that is set but empty hides the profile's.
    fn metadata_endpoint(&self) -> Option<String> {
        let Name { variable, key } = names::METADATA_ENDPOINT;
        match self.environment.var(variable) {
            Some(url) => Some(url.into_owned()).filter(|url| !url.is_empty()),
            None => Some(self.profile?.filled(key)?.to_owned()),
        }
    }

    fn web_identity(&self) -> WebIdentityVariables {
        let set = |variable: &str| Some(self.environment.var(variable)?.into_owned());
        WebIdentityVariables {
            token_file: set(names::WEB_IDENTITY_TOKEN_FILE.variable),
            role_arn: set(names::ROLE_ARN.variable),
            session_name: set(names::ROLE_SESSION_NAME.variable),
        }
    }

    fn container(&self) -> ContainerVariables {
        let set = |variable: &str| Some(self.environment.var(variable)?.into_owned());
        ContainerVariables {
            relative_uri: set(names::CONTAINER_RELATIVE_URI),
            full_uri: set(names::CONTAINER_FULL_URI),
            token_file: set(names::CONTAINER_TOKEN_FILE),
            token: self.variable(names::CONTAINER_TOKEN),
        }
    }

    fn metadata(&self) -> MetadataSettings {
        let is = |text: &PlacedText, value: &str| text.text.trim().eq_ignore_ascii_case(value);
        let has = |name: &Name, value: &str| self.text(name).is_some_and(|text| is(&text, value));
        let disabled = self.variable(names::METADATA_DISABLED);
        MetadataSettings {
            is_disabled: disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            endpoint: self.metadata_endpoint(),
            is_ipv6: has(&names::METADATA_ENDPOINT_MODE, "ipv6")
                || has(&names::METADATA_IPV6, "true"),
            timeout: self.text(&names::METADATA_TIMEOUT),
            attempts: self.text(&names::METADATA_ATTEMPTS),
        }
    }
}

impl AccountSettings {
    /// Reads the settings. `region` is that of the command, which outranks the others.
    ///
    /// # Errors
    /// [`SettingsError`] for files and values that cannot be used, and for a profile that does not exist.
    pub(super) fn read(
        options: &cli::Connection,
        environment: &Environment,
        region: Option<Region>,
    ) -> Result<Self, SettingsError> {
        let profile = ProfileChoice::new(options.profile.as_deref(), environment);
        let has_keys = environment
            .non_empty(names::ACCESS_KEY_ID.variable)
            .is_some();
        let are_files_needed = profile.is_from_option || !has_keys;
        let files = FilePaths::from_env(environment)?;
        let config = SharedConfig::read(&files, are_files_needed)?;
        if are_files_needed {
            profile.check(&config)?;
        }
        let lookup = Lookup {
            environment,
            profile: config.profile(&profile.name),
        };
        lookup.check_retry_mode()?;
        let max_attempts = match options.max_attempts {
            Some(attempts) => Some(attempts),
            None => {
                let text = lookup.text(&names::MAX_ATTEMPTS);
                text.map(|text| text.number()).transpose()?
            }
        };
        Ok(Self {
            region: match region {
                Some(region) => Some(region),
                None => lookup.region()?,
            },
            fips: options.use_fips || lookup.is_true(&names::USE_FIPS)?,
            dual_stack: options.use_dual_stack || lookup.is_true(&names::USE_DUAL_STACK)?,
            max_attempts,
            ca_bundle: match &options.ca_bundle {
                Some(path) => Some(path.clone()),
                None => lookup.path(&names::CA_BUNDLE)?,
            },
            requests_ca_bundle: lookup.path_in(names::REQUESTS_CA_BUNDLE)?,
            endpoint_urls: lookup.endpoint_urls(&config)?,
            keys: lookup.keys(),
            web_identity: lookup.web_identity(),
            container: lookup.container(),
            metadata: lookup.metadata(),
            home: environment.home(),
            login_cache: lookup.path_in(names::LOGIN_CACHE)?,
            files,
            profile,
            config,
        })
    }

    /// The endpoint of the service in place of the region's.
    pub(super) fn endpoint_url(&self, service: Service) -> Option<&str> {
        let mut urls = self.endpoint_urls.iter();
        let (_, url) = urls.find(|(known, _)| *known == service)?;
        Some(url)
    }

    /// A file or folder below the home folder; messages show it with the separators of the system.
    pub(super) fn at_home(&self, below: &str) -> Option<PathBuf> {
        let mut path = self.home.clone()?;
        path.extend(below.split('/'));
        Some(path)
    }
}
