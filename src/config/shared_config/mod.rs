//! Reads and merges the shared config files as the AWS CLI does (botocore's `configloader.build_profile_map` and
//! `Session.full_config`).
//!
//! The section of a profile is `[profile NAME]` with NAME in shell quotes in the config file, and `[NAME]` in the
//! credentials file. If both files have a profile, the settings of the credentials file take precedence.

pub mod ini;
pub(super) mod paths;
pub mod text;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::names::{CONFIG_FILE, CREDENTIALS_FILE, SERVICES};
use crate::cli::{Environment, private_file};
use crate::diagnostics::Failure;
use ini::{Entry, Section};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

pub(super) const DEFAULT: &str = "default";

/// One of the two files. The settings of the first one take precedence.
#[derive(Debug, Clone, Copy)]
pub(super) enum SharedFile {
    Credentials,
    Config,
}

type Sections = BTreeMap<String, Section>;

/// The paths of the files in the order of [`SharedFile`]; `None` for a file that must not be read.
#[derive(Debug, Clone, Default)]
pub(super) struct FilePaths([Option<PathBuf>; 2]);

impl FilePaths {
    /// The paths in the variables, or the default paths in the home folder. As in the AWS CLI, an empty variable
    /// means that the file is not read: the default file may have another identity.
    ///
    /// # Errors
    /// A path in a home folder that is not known.
    pub(super) fn from_env(environment: &Environment) -> Result<Self, Failure> {
        let path = |variable, name| match environment.var_os(variable) {
            Some(path) if path.is_empty() => Ok(None),
            Some(path) => paths::expand(path, variable, environment).map(Some),
            None => Ok(environment.home().map(|home| home.join(".aws").join(name))),
        };
        Ok(Self([
            path(CREDENTIALS_FILE, "credentials")?,
            path(CONFIG_FILE, "config")?,
        ]))
    }
}

#[derive(Debug, Default)]
pub(super) struct SharedConfig {
    paths: FilePaths,
    /// The profiles of each file, in the order of [`SharedFile`].
    profiles: [Sections; 2],
    sso_sessions: Sections,
    services: Sections,
}

/// A profile or an `sso-session`. Both files can have its settings. If it does not exist, it has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    paths: &'a FilePaths,
    sections: [Option<&'a Section>; 2],
}

impl<'a> Profile<'a> {
    pub(super) fn exists(&self) -> bool {
        self.sections.iter().any(Option::is_some)
    }

    fn entry(&self, key: &str) -> Option<(&'a Entry, &'a Option<PathBuf>)> {
        let mut sections = self.sections.iter().zip(&self.paths.0);
        sections.find_map(|(section, path)| Some(((*section)?.get(key)?, path)))
    }

    /// Whether the setting exists, even if it is empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The text of a setting, which may be empty; `None` if the setting is missing or has nested settings.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.entry(key)?.0.text()
    }

    /// The text of a setting; `None` also if it is empty.
    pub(super) fn filled(&self, key: &str) -> Option<&'a str> {
        self.get(key).filter(|text| !text.is_empty())
    }

    /// The text of a setting, which may be empty; `None` if the setting is missing.
    ///
    /// # Errors
    /// The setting has nested settings. If it were ignored, another identity could sign.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Failure> {
        match self.get(key) {
            None if self.has(key) => Err(self.empty(key)),
            text => Ok(text),
        }
    }

    /// The text of a setting; `None` if the setting is missing.
    ///
    /// # Errors
    /// As for [`Self::text`]; also if the text is empty.
    pub(super) fn non_empty(&self, key: &str) -> Result<Option<&'a str>, Failure> {
        match self.text(key)? {
            Some("") => Err(self.empty(key)),
            text => Ok(text),
        }
    }

    fn empty(&self, key: &str) -> Failure {
        Failure::configuration(format!("{} is empty", self.place(key)))
    }

    /// The profile with the settings of one file only.
    pub(super) fn in_file(&self, file: SharedFile) -> Self {
        let [credentials, config] = self.sections;
        let sections = match file {
            SharedFile::Credentials => [credentials, None],
            SharedFile::Config => [None, config],
        };
        Self { sections, ..*self }
    }

    /// The location of a setting for messages: `KEY of profile "NAME" (FILE, line N)`.
    pub(super) fn place(&self, key: &str) -> String {
        let place = match self.entry(key) {
            Some((Entry { line, .. }, Some(path))) => format!(" ({}, line {line})", path.display()),
            _ => String::new(),
        };
        format!("{key} of profile {:?}{place}", self.name)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a String> {
        self.sections.into_iter().flatten().flat_map(Section::keys)
    }
}

impl SharedConfig {
    /// Reads both files. A file that does not exist is empty.
    ///
    /// # Errors
    /// A file that is malformed or not UTF-8. If the files `are_needed`, also a file that exists and cannot be
    /// read.
    pub(super) fn read(paths: &FilePaths, are_needed: bool) -> Result<Self, Failure> {
        let sections = |path: &Option<PathBuf>| match path {
            Some(path) => sections(path, are_needed),
            None => Ok(Vec::new()),
        };
        let [credentials, config] = &paths.0;
        // If both files have errors, that of the config file is reported.
        let in_config = sections(config)?;
        let in_credentials = sections(credentials)?;
        Ok(Self::new(paths.clone(), in_credentials, in_config))
    }

    fn new(
        paths: FilePaths,
        in_credentials: Vec<(String, Section)>,
        in_config: Vec<(String, Section)>,
    ) -> Self {
        let mut profiles = Sections::new();
        let mut sso_sessions = Sections::new();
        let mut services = Sections::new();
        for (name, section) in in_config {
            let target = if name == DEFAULT || name.starts_with("profile") {
                &mut profiles
            } else if name.starts_with("sso-session") {
                &mut sso_sessions
            } else if name.starts_with("services") {
                &mut services
            } else {
                continue;
            };
            match words::split(&name).as_deref() {
                Ok([_, name]) => target.insert(name.clone(), section),
                _ if name == DEFAULT => target.insert(name, section),
                // A name that is not two words in shell quotes is ignored, as in botocore.
                _ => continue,
            };
        }
        Self {
            paths,
            profiles: [in_credentials.into_iter().collect(), profiles],
            sso_sessions,
            services,
        }
    }

    pub(super) fn profile<'a>(&'a self, name: &'a str) -> Profile<'a> {
        let sections = self.profiles.each_ref();
        Profile {
            name,
            paths: &self.paths,
            sections: sections.map(|sections| sections.get(name)),
        }
    }

    /// The settings of `[sso-session NAME]`.
    pub(super) fn sso_session<'a>(&'a self, name: &'a str) -> Option<Profile<'a>> {
        Some(Profile {
            name,
            paths: &self.paths,
            sections: [None, Some(self.sso_sessions.get(name)?)],
        })
    }

    /// A setting of a service in the profile's `services` section, and its location for messages.
    ///
    /// # Errors
    /// The section does not exist. Without its endpoint, a call could reach another service.
    pub(super) fn service_setting(
        &self,
        profile: Profile<'_>,
        service: &str,
        key: &str,
    ) -> Result<Option<(&str, String)>, Failure> {
        let Some(name) = profile.filled(SERVICES) else {
            return Ok(None);
        };
        let section = self.services.get(name).ok_or_else(|| {
            let place = profile.place(SERVICES);
            unusable(&format!(
                "{place} is {name:?}, and there is no [services {name}]"
            ))
        })?;
        let Some(entry) = section.get(service) else {
            return Ok(None);
        };
        let [_, path] = self.paths.0.each_ref();
        let path = path.as_deref().unwrap_or(Path::new("")).display();
        let line = entry.line;
        let place = format!("{key} of {service} in [services {name}] ({path}, line {line})");
        let text = entry.nested(key).filter(|text| !text.is_empty());
        Ok(text.map(|text| (text, place)))
    }

    /// The names of all profiles, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.profiles.iter().flat_map(Sections::keys).collect();
        names.into_iter().cloned().collect()
    }
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

    pub(in crate::config) fn profiles(config: &str, credentials: &str) -> SharedConfig {
        let paths = FilePaths([Some("credentials".into()), Some("config".into())]);
        let [credentials, config] = [credentials, config].map(|text| ini::parse(text).unwrap());
        SharedConfig::new(paths, credentials, config)
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
        let bare = profiles.profile("it's");
        assert!(bare.exists() && !bare.in_file(SharedFile::Config).exists());
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
            let default = profiles.profile(DEFAULT);
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
        let merged = profiles.profile("a");
        assert_eq!(merged.get("region"), Some("two"));
        assert_eq!(
            merged.place("region"),
            "region of profile \"a\" (credentials, line 3)"
        );
        assert_eq!(merged.place("k"), "k of profile \"a\" (config, line 3)");
        let in_config = merged.in_file(SharedFile::Config);
        assert_eq!(in_config.get("region"), Some("one"));
    }

    #[test]
    fn a_services_section_is_found_by_the_profile() {
        let profiles = profiles(
            "[profile a]\nservices = s\n[services s]\nsts =\n  endpoint_url = http://x\n",
            "",
        );
        let profile = profiles.profile("a");
        let place = "endpoint_url of sts in [services s] (config, line 4)";
        let sts = Some(("http://x", place.to_owned()));
        for (service, expected) in [("sts", sts), ("sso", None)] {
            let found = profiles.service_setting(profile, service, "endpoint_url");
            assert_eq!(found.unwrap(), expected, "{service}");
        }
    }
}
