//! Resolves the settings of the options, the environment and the profile, in this order. The shared config files
//! are read here, and again only when credentials are renewed.
//!
//! An invalid value is an error, so that no other value takes its place. An empty value is ignored, unless another
//! identity would sign then.

use std::path::PathBuf;

use super::names::{self, Name};
use super::shared_config::{DEFAULT, FilePaths, Profile, SharedConfig, paths};
use crate::cli::{self, Environment};
use crate::diagnostics::{Code, Failure};
use crate::service::endpoint::{Endpoint, Region};
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// The resolved settings, with the environment and the files.
#[derive(Debug)]
pub(super) struct AccountSettings {
    pub(super) environment: Environment,
    pub(super) files: FilePaths,
    pub(super) config: SharedConfig,
    /// Whether the files can have the credentials. If not, the environment has them.
    pub(super) are_files_needed: bool,
    pub(super) profile: ProfileChoice,
    pub(super) region: Option<Region>,
    pub(super) fips: bool,
    pub(super) dual_stack: bool,
    /// The number of attempts per call, including the first; `None` if it is not set.
    pub(super) max_attempts: Option<u32>,
    /// A PEM file with the certificate authorities to trust.
    pub(super) ca_bundle: Option<PathBuf>,
    /// `REQUESTS_CA_BUNDLE`, which is read only if a call uses TLS.
    pub(super) requests_ca_bundle: Option<PathBuf>,
    /// The folder of the sessions of `aws login`; `None` if it is not set.
    pub(super) login_cache: Option<PathBuf>,
    /// The configured endpoints, by the keys of the services.
    endpoint_urls: Vec<(&'static str, PlacedText)>,
}

#[derive(Debug, Clone)]
pub(super) struct ProfileChoice {
    pub(super) name: String,
    /// The option or the variable that names the profile; `None` for the default profile.
    source: Option<&'static str>,
}

/// The option that names a profile. It outranks credentials in the environment.
const OPTION: &str = "--profile";

impl ProfileChoice {
    /// The profile of the option or the environment, or the default one. As in the AWS CLI, an empty variable
    /// names a profile that does not exist: the default profile is another identity.
    fn new(option: Option<&str>, environment: &Environment) -> Self {
        let variable = |name| Some((name, environment.var(name)?.into_owned()));
        let named = match option {
            Some(name) => Some((OPTION, name.to_owned())),
            None => names::PROFILE.into_iter().find_map(variable),
        };
        let (source, name) = named.unzip();
        Self {
            name: name.unwrap_or_else(|| DEFAULT.to_owned()),
            source,
        }
    }

    pub(super) fn is_from_option(&self) -> bool {
        self.source == Some(OPTION)
    }

    /// Checks that the profile of the option or the environment exists. If its name has a typo, no other
    /// credentials may sign.
    fn check(&self, config: &SharedConfig) -> Result<(), Failure> {
        let (name, known) = (&self.name, config.names());
        let Some(named_by) = self.source.filter(|_| !known.contains(name)) else {
            return Ok(());
        };
        let hint = if name.is_empty() {
            format!("unset {named_by} to use the default profile")
        } else if known.is_empty() {
            "there are no profiles yet: create one with `aws configure --profile NAME`".to_owned()
        } else {
            format!("existing profiles: {}", known.join(", "))
        };
        let message = format!("the shared AWS config files have no profile {name:?} ({named_by})");
        let failure = Failure::new(Code::Credentials, message);
        Err(failure.with_name("Configuration").with_hint(hint))
    }
}

/// The text of a setting, and the variable or profile key that has it.
#[derive(Debug, Clone)]
pub(super) struct PlacedText {
    text: String,
    place: String,
}

impl PlacedText {
    /// Parses a whole number, 1 or more.
    pub(super) fn number(&self) -> Result<u32, Failure> {
        match self.text.trim().parse() {
            Ok(0) | Err(_) => Err(self.invalid("a whole number, 1 or more")),
            Ok(number) => Ok(number),
        }
    }

    /// Returns the word that equals the text, ignoring case.
    fn one_of<'w>(&self, words: &[&'w str], wanted: &str) -> Result<&'w str, Failure> {
        let text = self.text.trim();
        let mut words = words.iter().copied();
        let word = words.find(|word| text.eq_ignore_ascii_case(word));
        word.ok_or_else(|| self.invalid(wanted))
    }

    fn invalid(&self, wanted: &str) -> Failure {
        let Self { text, place } = self;
        Failure::configuration(format!("{place} is {text:?}: it must be {wanted}"))
    }
}

/// Looks up settings in the environment and then in the profile.
pub(super) struct Lookup<'a> {
    environment: &'a Environment,
    config: &'a SharedConfig,
    profile: Profile<'a>,
}

impl<'a> Lookup<'a> {
    fn new(
        environment: &'a Environment,
        config: &'a SharedConfig,
        profile: &'a ProfileChoice,
    ) -> Self {
        Self {
            environment,
            config,
            profile: config.profile(&profile.name),
        }
    }

    fn in_environment(&self, variable: &str) -> Option<PlacedText> {
        Some(PlacedText {
            text: self.environment.non_empty(variable)?.into_owned(),
            place: variable.to_owned(),
        })
    }

    fn in_profile(&self, key: &str) -> Option<PlacedText> {
        Some(PlacedText {
            text: self.profile.filled(key)?.to_owned(),
            place: self.profile.place(key),
        })
    }

    fn text(&self, name: &Name) -> Option<PlacedText> {
        self.in_environment(name.variable)
            .or_else(|| self.in_profile(name.key))
    }

    pub(super) fn number(&self, name: &Name) -> Result<Option<u32>, Failure> {
        self.text(name).map(|text| text.number()).transpose()
    }

    pub(super) fn is_true(&self, name: &Name) -> Result<bool, Failure> {
        let Some(text) = self.text(name) else {
            return Ok(false);
        };
        Ok(text.one_of(&["true", "false"], "true or false")? == "true")
    }

    fn path(&self, text: Option<PlacedText>) -> Result<Option<PathBuf>, Failure> {
        let expand = |PlacedText { text, place }| {
            paths::expand(std::ffi::OsStr::new(&text), &place, self.environment)
        };
        text.map(expand).transpose()
    }

    /// The region in the environment or the profile. An empty variable is ignored, because workflows write
    /// `AWS_REGION=$REGION` even if there is no region.
    fn region(&self) -> Result<Option<Region>, Failure> {
        let text = self
            .in_environment(names::REGION.variable)
            .or_else(|| self.in_environment(names::DEFAULT_REGION))
            .or_else(|| self.in_profile(names::REGION.key));
        let Some(PlacedText { text, place }) = text else {
            return Ok(None);
        };
        match text.parse() {
            Ok(region) => Ok(Some(region)),
            Err(error) => Err(Failure::configuration(format!("{place}: {error}"))),
        }
    }

    /// The endpoint that is set for a service; `None` if none is set. The environment precedes the profile. In
    /// each of them, the service's own setting precedes the general one.
    fn endpoint_url(&self, service: &Name) -> Result<Option<PlacedText>, Failure> {
        let general = names::ENDPOINT_URL;
        let url = self.in_environment(service.variable);
        if let Some(url) = url.or_else(|| self.in_environment(general.variable)) {
            return Ok(Some(url));
        }
        let in_section = self
            .config
            .service_setting(self.profile, service.key, general.key)?;
        let in_section = in_section.map(|(text, place)| PlacedText {
            text: text.to_owned(),
            place,
        });
        Ok(in_section.or_else(|| self.in_profile(general.key)))
    }

    fn endpoint_urls(&self) -> Result<Vec<(&'static str, PlacedText)>, Failure> {
        let mut urls = Vec::new();
        if !self.is_true(&names::IGNORE_ENDPOINT_URLS)? {
            for service in [
                names::WORKSPACES_WEB,
                names::STS,
                names::SSO,
                names::SSO_OIDC,
                names::SIGN_IN,
            ] {
                let url = self.endpoint_url(&service)?;
                urls.extend(url.map(|url| (service.key, url)));
            }
        }
        Ok(urls)
    }

    /// Checks the retry mode. It has no effect: calls are always repeated as in standard mode, at a rate that
    /// adapts as in adaptive mode. `legacy` is a mode of the AWS CLI.
    fn check_retry_mode(&self) -> Result<(), Failure> {
        if let Some(mode) = self.text(&names::RETRY_MODE) {
            let modes = ["standard", "adaptive", "legacy"];
            mode.one_of(&modes, "standard, adaptive or legacy")?;
        }
        Ok(())
    }

    /// The URL of the instance's metadata service. An empty variable hides the profile's URL.
    pub(super) fn metadata_endpoint(&self) -> Result<String, Failure> {
        let Name { variable, key } = names::METADATA_ENDPOINT;
        let in_profile = || self.profile.get(key).unwrap_or_default().into();
        let url = self.environment.var(variable).unwrap_or_else(in_profile);
        if url.is_empty() {
            let address = if self.is_metadata_ipv6()? {
                "[fd00:ec2::254]"
            } else {
                "169.254.169.254"
            };
            return Ok(format!("http://{address}"));
        }
        match url.parse::<http::Uri>() {
            Ok(uri) if uri.scheme().is_some() && uri.host().is_some() => Ok(url.into_owned()),
            _ => Err(Failure::configuration(format!(
                "{variable}, or {key} in the profile, is not a valid URI"
            ))),
        }
    }

    fn is_metadata_ipv6(&self) -> Result<bool, Failure> {
        if let Some(mode) = self.text(&names::METADATA_ENDPOINT_MODE) {
            return Ok(mode.one_of(&["ipv4", "ipv6"], "ipv4 or ipv6")? == "ipv6");
        }
        let switch = self.text(&names::METADATA_IPV6);
        Ok(switch.is_some_and(|switch| switch.text.trim().eq_ignore_ascii_case("true")))
    }
}

impl AccountSettings {
    /// Reads the settings. `region` is the region of an option or an ARN, which outranks the others.
    ///
    /// # Errors
    /// Files and values that cannot be used, and a profile that does not exist.
    pub(super) fn read(
        options: &cli::Connection,
        environment: &Environment,
        region: Option<Region>,
    ) -> Result<Self, Failure> {
        let profile = ProfileChoice::new(options.profile.as_deref(), environment);
        let key_id = environment.non_empty(names::ACCESS_KEY_ID.variable);
        let are_files_needed = profile.is_from_option() || key_id.is_none();
        let files = FilePaths::from_env(environment)?;
        let config = SharedConfig::read(&files, are_files_needed)?;
        profile.check(&config)?;
        let lookup = Lookup::new(environment, &config, &profile);
        lookup.check_retry_mode()?;
        Ok(Self {
            region: match region {
                Some(region) => Some(region),
                None => lookup.region()?,
            },
            fips: options.use_fips || lookup.is_true(&names::USE_FIPS)?,
            dual_stack: options.use_dual_stack || lookup.is_true(&names::USE_DUAL_STACK)?,
            max_attempts: match options.max_attempts {
                Some(attempts) => Some(attempts),
                None => lookup.number(&names::MAX_ATTEMPTS)?,
            },
            ca_bundle: match &options.ca_bundle {
                Some(path) => Some(path.clone()),
                None => lookup.path(lookup.text(&names::CA_BUNDLE))?,
            },
            requests_ca_bundle: lookup.path(lookup.in_environment(names::REQUESTS_CA_BUNDLE))?,
            login_cache: lookup.path(lookup.in_environment(names::LOGIN_CACHE))?,
            endpoint_urls: lookup.endpoint_urls()?,
            environment: environment.clone(),
            files,
            are_files_needed,
            profile,
            config,
        })
    }

    /// A lookup for settings that are read only when they are needed.
    pub(super) fn lookup(&self) -> Lookup<'_> {
        Lookup::new(&self.environment, &self.config, &self.profile)
    }

    /// The place of the setting that gives the endpoint of a service, and the URL; `None` if none is set.
    pub(super) fn endpoint_url(&self, service: &Name) -> Option<(&str, &str)> {
        let mut urls = self.endpoint_urls.iter();
        let (_, PlacedText { text, place }) = urls.find(|(key, _)| *key == service.key)?;
        Some((place, text))
    }

    /// The endpoint that is set for a service of a credential provider; `None` if none is set. As in the AWS CLI,
    /// only the URL of a service that is called must be valid.
    ///
    /// # Errors
    /// [`ProviderErrorKind::Endpoint`]. The message omits the URL, which can have a password.
    pub(super) fn endpoint(&self, service: &Name) -> Result<Option<Endpoint>, ProviderError> {
        let Some((place, text)) = self.endpoint_url(service) else {
            return Ok(None);
        };
        Endpoint::custom(text).map(Some).map_err(|fault| {
            let reason = format!("{place} {fault}");
            ProviderError::new(ProviderErrorKind::Endpoint, reason)
        })
    }

    /// The path of a file or folder below the home folder, with the separators of the system.
    pub(super) fn at_home(&self, below: &str) -> Option<PathBuf> {
        let mut path = self.environment.home()?;
        path.extend(below.split('/'));
        Some(path)
    }
}
