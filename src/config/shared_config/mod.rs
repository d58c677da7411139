//! The shared config files, merged as the AWS CLI does it (botocore's `configloader.build_profile_map` and
//! `Session.full_config`).
//!
//! In the config file profiles are named `[profile NAME]` with NAME in shell quotes, in the credentials
//! file `[NAME]`. Where both files have a profile, the credentials file's settings count first.

pub(super) mod ini;
pub(super) mod paths;
pub(super) mod text;
pub(super) mod words;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::names::{CONFIG_FILE, CREDENTIALS_FILE, SERVICES};
use crate::cli::{Environment, private_file};
use crate::diagnostics::SettingsError;
use ini::{IniValue, Section};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

/// The profile that is used if none is named.
pub(super) const DEFAULT: &str = "default";

/// Which of the two files a setting stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedFile {
    Config,
    Credentials,
}

#[derive(Debug, Clone)]
struct PlacedValue {
    value: IniValue,
    file: SharedFile,
    line: usize,
}

type SectionSettings = BTreeMap<String, PlacedValue>;

/// Where the files are; nothing for a file that is not to be read.
#[derive(Debug, Clone, Default)]
pub(super) struct FilePaths {
    config: Option<PathBuf>,
    credentials: Option<PathBuf>,
}

impl FilePaths {
    /// The files that the variables name, or those in the home folder. A variable that is set but empty
    /// names no file, as in the AWS CLI: the default file can hold another identity.
    ///
    /// # Errors
    /// [`SettingsError::SharedConfig`] for a path whose home folder is not known.
    pub(super) fn from_env(environment: &Environment) -> Result<Self, SettingsError> {
        let path = |variable, name| match environment.var_os(variable) {
            Some(path) if path.is_empty() => Ok(None),
            Some(path) => match paths::expand(path, environment) {
                Ok(path) => Ok(Some(path)),
                Err(error) => Err(SettingsError::SharedConfig(format!("{variable}: {error}"))),
            },
            None => Ok(environment.home().map(|home| home.join(".aws").join(name))),
        };
        Ok(Self {
            config: path(CONFIG_FILE, "config")?,
            credentials: path(CREDENTIALS_FILE, "credentials")?,
        })
    }
}

/// The content of both files.
#[derive(Debug, Default)]
pub(super) struct SharedConfig {
    paths: FilePaths,
    merged: BTreeMap<String, SectionSettings>,
    in_config: BTreeMap<String, SectionSettings>,
    in_credentials: BTreeMap<String, SectionSettings>,
    sso_sessions: BTreeMap<String, SectionSettings>,
    services: BTreeMap<String, SectionSettings>,
}

/// The settings of one section, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    settings: &'a SectionSettings,
    files: &'a SharedConfig,
}

impl<'a> Profile<'a> {
    /// Whether the setting is there, even if it is empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.settings.contains_key(key)
    }

    /// A setting's text, which may be empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        match &self.settings.get(key)?.value {
            IniValue::Text(text) => Some(text),
            IniValue::Nested(_) => None,
        }
    }

    /// A setting's text, unless it is empty.
    pub(super) fn filled(&self, key: &str) -> Option<&'a str> {
        self.get(key).filter(|text| !text.is_empty())
    }

    /// A setting below a setting.
    fn nested(&self, key: &str, inner: &str) -> Option<&'a str> {
        match &self.settings.get(key)?.value {
            IniValue::Text(_) => None,
            IniValue::Nested(settings) => settings.get(inner).map(String::as_str),
        }
    }

    /// Where the setting stands, for messages: `KEY of profile "NAME" (FILE, line N)`.
    pub(super) fn place(&self, key: &str) -> String {
        match self.settings.get(key) {
            Some(setting) => format!(
                "{key} of profile {:?} ({}, line {})",
                self.name,
                self.files.path(setting.file).display(),
                setting.line
            ),
            None => format!("{key} of profile {:?}", self.name),
        }
    }

    /// All settings with their texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.settings
            .iter()
            .filter_map(|(key, setting)| match &setting.value {
                IniValue::Text(text) => Some((key.as_str(), text.as_str())),
                IniValue::Nested(_) => None,
            })
    }
}

impl SharedConfig {
    /// Reads both files. One that does not exist is empty.
    ///
    /// # Errors
    /// [`SettingsError::SharedConfig`] for a file that is malformed, not UTF-8, or cannot be read; the last
    /// only if the files `are_needed`.
    pub(super) fn read(paths: &FilePaths, are_needed: bool) -> Result<Self, SettingsError> {
        let sections = |path: &Option<PathBuf>| match path {
            Some(path) => sections(path, are_needed),
            None => Ok(Vec::new()),
        };
        let mut config = Self {
            paths: paths.clone(),
            ..Self::default()
        };
        config.add_config(sections(&paths.config)?);
        config.add_credentials(sections(&paths.credentials)?);
        Ok(config)
    }

    fn add_config(&mut self, sections: Vec<(String, Section)>) {
        for (name, section) in sections {
            let section = from_file(section, SharedFile::Config);
            let target = if name.starts_with("profile") {
                &mut self.in_config
            } else if name.starts_with("sso-session") {
                &mut self.sso_sessions
            } else if name.starts_with("services") {
                &mut self.services
            } else if name == DEFAULT {
                self.in_config.insert(name, section);
                continue;
            } else {
                continue;
            };
            // A name that is not two words in shell quotes names nothing.
            if let Ok(mut words) = words::split(&name)
                && words.len() == 2
                && let Some(name) = words.pop()
            {
                target.insert(name, section);
            }
        }
        self.merged = self.in_config.clone();
    }

    fn add_credentials(&mut self, sections: Vec<(String, Section)>) {
        for (name, section) in sections {
            let section = from_file(section, SharedFile::Credentials);
            let merged = self.merged.entry(name.clone()).or_default();
            merged.extend(section.iter().map(|(k, v)| (k.clone(), v.clone())));
            self.in_credentials.insert(name, section);
        }
    }

    fn path(&self, file: SharedFile) -> &Path {
        let path = match file {
            SharedFile::Config => &self.paths.config,
            SharedFile::Credentials => &self.paths.credentials,
        };
        path.as_deref().unwrap_or(Path::new(""))
    }

    /// A profile with the settings of both files.
    pub(super) fn profile(&self, name: &str) -> Option<Profile<'_>> {
        self.found(&self.merged, name)
    }

    /// A profile with the settings of one file.
    pub(super) fn profile_in(&self, file: SharedFile, name: &str) -> Option<Profile<'_>> {
        let profiles = match file {
            SharedFile::Config => &self.in_config,
            SharedFile::Credentials => &self.in_credentials,
        };
        self.found(profiles, name)
    }

    /// The settings of `[sso-session NAME]`.
    pub(super) fn sso_session(&self, name: &str) -> Option<Profile<'_>> {
        self.found(&self.sso_sessions, name)
    }

    /// A setting of a service in the profile's `services` section.
    ///
    /// # Errors
    /// The section does not exist: a call without it could go elsewhere.
    pub(super) fn service_setting(
        &self,
        profile: Profile<'_>,
        service: &str,
        key: &str,
    ) -> Result<Option<&str>, SettingsError> {
        let Some(name) = profile.get(SERVICES) else {
            return Ok(None);
        };
        let Some(services) = self.found(&self.services, name) else {
            return Err(SettingsError::SharedConfig(format!(
                "{} is {name:?}, and there is no [services {name}]",
                profile.place(SERVICES)
            )));
        };
        let text = services.nested(service, key);
        Ok(text.filter(|text| !text.is_empty()))
    }

    fn found<'a>(
        &'a self,
        sections: &'a BTreeMap<String, SectionSettings>,
        name: &str,
    ) -> Option<Profile<'a>> {
        let (name, settings) = sections.get_key_value(name)?;
        Some(Profile {
            name,
            settings,
            files: self,
        })
    }

    /// The names of all profiles, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        self.merged.keys().cloned().collect()
    }
}

fn from_file(section: Section, file: SharedFile) -> SectionSettings {
    let settings = section.into_iter().map(|(key, entry)| {
        let setting = PlacedValue {
            value: entry.value,
            file,
            line: entry.line,
        };
        (key, setting)
    });
    settings.collect()
}

fn sections(path: &Path, is_needed: bool) -> Result<Vec<(String, Section)>, SettingsError> {
    let unusable =
        |reason: String| SettingsError::SharedConfig(format!("{}{reason}", path.display()));
    if is_null_device(path) {
        return Ok(Vec::new());
    }
    if private_file::is_fifo(path) {
        let reason = " is a pipe, which can be read only once";
        return Err(unusable(reason.to_owned()));
    }
    let bytes = match private_file::read_regular(path, MAX_SIZE) {
        Ok(bytes) => bytes,
        Err(error) => {
            let is_missing = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            if is_missing || !is_needed {
                return Ok(Vec::new());
            }
            let reason = if path.is_dir() {
                " is a folder, which a container engine creates in place of a file that it cannot mount".to_owned()
            } else {
                format!(": {error}")
            };
            return Err(unusable(reason));
        }
    };
    let text = text::decode(bytes).map_err(|what| unusable(format!(" {what}")))?;
    ini::parse(&text).map_err(|error| unusable(format!(", line {}: {}", error.line, error.what)))
}

fn is_null_device(path: &Path) -> bool {
    let name = path.as_os_str();
    if cfg!(windows) {
        name.eq_ignore_ascii_case("nul")
    } else {
        name == "/dev/null"
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The profiles of files with these contents.
    pub(in crate::config) fn profiles(config: &str, credentials: &str) -> SharedConfig {
        let mut profiles = SharedConfig {
            paths: FilePaths {
                config: Some("config".into()),
                credentials: Some("credentials".into()),
            },
            ..SharedConfig::default()
        };
        profiles.add_config(ini::parse(config).unwrap());
        profiles.add_credentials(ini::parse(credentials).unwrap());
        profiles
    }

    #[test]
    fn names_are_in_shell_quotes_in_the_config_file_and_bare_in_the_credentials_file() {
        let profiles = profiles(
            "[profile a]\n[profile \"b c\"]\n[profile 'd''e']\n[profile it's]\n[profile f g]\n[h]\n[default]\n[profile \"[x]\"]\n",
            "[b c]\n[it's]\n[José]\n",
        );
        let names = ["José", "[x]", "a", "b c", "de", "default", "it's"];
        let mut names: Vec<_> = names.map(str::to_owned).into();
        names.sort();
        assert_eq!(profiles.names(), names);
        assert!(profiles.profile_in(SharedFile::Config, "it's").is_none());
    }

    #[test]
    fn the_later_of_default_and_profile_default_holds() {
        let first = "[default]\nregion = one\nk = v\n";
        let second = "[profile default]\nregion = two\n";
        for (text, region) in [
            ([first, second].concat(), "two"),
            ([second, first].concat(), "one"),
        ] {
            let profiles = profiles(&text, "");
            let default = profiles.profile(DEFAULT).unwrap();
            assert_eq!(default.get("region"), Some(region));
            assert_eq!(default.has("k"), region == "one");
        }
    }

    #[test]
    fn the_credentials_files_settings_count_first_and_each_knows_its_place() {
        let profiles = profiles(
            "[profile a]\nregion = one\nk = v\n",
            "\n[a]\nregion = two\n",
        );
        let merged = profiles.profile("a").unwrap();
        assert_eq!(merged.get("region"), Some("two"));
        assert_eq!(
            merged.place("region"),
            "region of profile \"a\" (credentials, line 3)"
        );
        assert_eq!(merged.place("k"), "k of profile \"a\" (config, line 3)");
        let in_config = profiles.profile_in(SharedFile::Config, "a").unwrap();
        assert_eq!(in_config.get("region"), Some("one"));
    }

    #[test]
    fn a_services_section_is_found_by_the_profile() {
        let profiles = profiles(
            "[profile a]\nservices = s\n[services s]\nsts =\n  endpoint_url = http://x\n",
            "",
        );
        let profile = profiles.profile("a").unwrap();
        for (service, url) in [("sts", Some("http://x")), ("sso", None)] {
            let found = profiles.service_setting(profile, service, "endpoint_url");
            assert_eq!(found.unwrap(), url, "{service}");
        }
    }
}
