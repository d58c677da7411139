//! Reads and merges the shared config files as the AWS CLI does (botocore's `configloader.build_profile_map` and
//! `Session.full_config`).
//!
//! In the config file profiles are named `[profile NAME]` with NAME in shell quotes, in the credentials
//! file `[NAME]`. Where both files have a profile, the credentials file's settings count first.

pub(super) mod ini;
pub(super) mod paths;
pub(super) mod text;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::names::{CONFIG_FILE, CREDENTIALS_FILE, SERVICES};
use crate::cli::{Environment, private_file};
use crate::diagnostics::Failure;
use ini::{Entry, IniValue, Section};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

/// The name of the default profile.
pub(super) const DEFAULT: &str = "default";

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedFile {
    Credentials,
    Config,
}

type Sections = BTreeMap<String, Section>;

/// The paths of the files, or none for a file that must not be read.
#[derive(Debug, Clone, Default)]
pub(super) struct FilePaths {
    config: Option<PathBuf>,
    credentials: Option<PathBuf>,
}

impl FilePaths {
    /// The paths in the variables, or the default paths in the home folder. An empty variable means that the
    /// file is not read, as in the AWS CLI: the default file can hold another identity.
    ///
    /// # Errors
    /// A path whose home folder is not known.
    pub(super) fn from_env(environment: &Environment) -> Result<Self, Failure> {
        let path = |variable, name| match environment.var_os(variable) {
            Some(path) if path.is_empty() => Ok(None),
            Some(path) => paths::expand(path, variable, environment).map(Some),
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
    in_config: Sections,
    in_credentials: Sections,
    sso_sessions: Sections,
    services: Sections,
}

/// The settings of a section. A profile can have a section in each file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    /// The sections with their files; the settings of the first one count first.
    sections: [Option<(&'a Section, &'a Path)>; 2],
}

impl<'a> Profile<'a> {
    fn entry(&self, key: &str) -> Option<(&'a Entry, &'a Path)> {
        let mut sections = self.sections.iter().flatten();
        sections.find_map(|(section, path)| Some((section.get(key)?, *path)))
    }

    /// Whether the setting exists, even if it is empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// A setting's text, which may be empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        match &self.entry(key)?.0.value {
            IniValue::Text(text) => Some(text),
            IniValue::Nested(_) => None,
        }
    }

    /// A setting's text, unless it is empty.
    pub(super) fn filled(&self, key: &str) -> Option<&'a str> {
        self.get(key).filter(|text| !text.is_empty())
    }

    /// The text of the nested setting `inner`.
    fn nested(&self, key: &str, inner: &str) -> Option<&'a str> {
        match &self.entry(key)?.0.value {
            IniValue::Text(_) => None,
            IniValue::Nested(settings) => settings.get(inner).map(String::as_str),
        }
    }

    /// The profile with the settings of one file only.
    pub(super) fn in_file(&self, file: SharedFile) -> Option<Self> {
        let [credentials, config] = self.sections;
        let sections = match file {
            SharedFile::Credentials => [credentials, None],
            SharedFile::Config => [None, config],
        };
        let is_there = sections.iter().any(Option::is_some);
        is_there.then_some(Self { sections, ..*self })
    }

    /// The location of a setting for messages: `KEY of profile "NAME" (FILE, line N)`.
    pub(super) fn place(&self, key: &str) -> String {
        let place = match self.entry(key) {
            Some((entry, path)) => format!(" ({}, line {})", path.display(), entry.line),
            None => String::new(),
        };
        format!("{key} of profile {:?}{place}", self.name)
    }

    /// The keys of all settings.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a String> {
        let sections = self.sections.into_iter().flatten();
        sections.flat_map(|(section, _)| section.keys())
    }
}

impl SharedConfig {
    /// Reads both files. One that does not exist is empty.
    ///
    /// # Errors
    /// A file that is malformed or not UTF-8, and, if the files `are_needed`, a file that exists and cannot be
    /// read.
    pub(super) fn read(paths: &FilePaths, are_needed: bool) -> Result<Self, Failure> {
        let sections = |path: &Option<PathBuf>| match path {
            Some(path) => sections(path, are_needed),
            None => Ok(Vec::new()),
        };
        let in_config = sections(&paths.config)?;
        let mut config = Self {
            paths: paths.clone(),
            in_credentials: sections(&paths.credentials)?.into_iter().collect(),
            ..Self::default()
        };
        config.add_config(in_config);
        Ok(config)
    }

    fn add_config(&mut self, sections: Vec<(String, Section)>) {
        for (name, section) in sections {
            let target = if name == DEFAULT {
                self.in_config.insert(name, section);
                continue;
            } else if name.starts_with("profile") {
                &mut self.in_config
            } else if name.starts_with("sso-session") {
                &mut self.sso_sessions
            } else if name.starts_with("services") {
                &mut self.services
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
    }

    /// A profile with the settings of both files.
    pub(super) fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let in_credentials = section_in(&self.in_credentials, name, &self.paths.credentials);
        let in_config = section_in(&self.in_config, name, &self.paths.config);
        Some(Profile {
            name: in_credentials.or(in_config)?.0,
            sections: [in_credentials, in_config].map(|found| Some(found?.1)),
        })
    }

    /// The settings of `[sso-session NAME]`.
    pub(super) fn sso_session(&self, name: &str) -> Option<Profile<'_>> {
        let (name, section) = section_in(&self.sso_sessions, name, &self.paths.config)?;
        let sections = [None, Some(section)];
        Some(Profile { name, sections })
    }

    /// A setting of a service in the profile's `services` section.
    ///
    /// # Errors
    /// The section does not exist. Without its endpoint, a call could reach another service.
    pub(super) fn service_setting(
        &self,
        profile: Profile<'_>,
        service: &str,
        key: &str,
    ) -> Result<Option<&str>, Failure> {
        let Some(name) = profile.filled(SERVICES) else {
            return Ok(None);
        };
        let Some((name, section)) = section_in(&self.services, name, &self.paths.config) else {
            return Err(unusable(&format!(
                "{} is {name:?}, and there is no [services {name}]",
                profile.place(SERVICES)
            )));
        };
        let sections = [None, Some(section)];
        let text = Profile { name, sections }.nested(service, key);
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The names of all profiles, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.in_config.keys().chain(self.in_credentials.keys());
        names
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

/// Finds a section and returns its name, its settings and its file.
fn section_in<'a>(
    sections: &'a Sections,
    name: &str,
    path: &'a Option<PathBuf>,
) -> Option<(&'a str, (&'a Section, &'a Path))> {
    let (name, section) = sections.get_key_value(name)?;
    let path = path.as_deref().unwrap_or(Path::new(""));
    Some((name, (section, path)))
}

fn sections(path: &Path, is_needed: bool) -> Result<Vec<(String, Section)>, Failure> {
    let failure = |reason: String| unusable(&format!("{}{reason}", path.display()));
    if is_null_device(path) {
        return Ok(Vec::new());
    }
    if private_file::is_fifo(path) {
        let reason = " is a pipe, which can be read only once";
        return Err(failure(reason.to_owned()));
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
            return Err(failure(reason));
        }
    };
    let text = text::decode(bytes).map_err(|what| failure(format!(" {what}")))?;
    ini::parse(&text).map_err(|error| failure(format!(", line {}: {}", error.line, error.what)))
}

/// The failure for files that cannot be used.
fn unusable(reason: &str) -> Failure {
    Failure::configuration(format!(
        "could not use the shared AWS config files: {reason}"
    ))
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
            in_credentials: ini::parse(credentials).unwrap().into_iter().collect(),
            ..SharedConfig::default()
        };
        profiles.add_config(ini::parse(config).unwrap());
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
        let bare = profiles.profile("it's").unwrap();
        assert!(bare.in_file(SharedFile::Config).is_none());
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
        let in_config = merged.in_file(SharedFile::Config).unwrap();
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
