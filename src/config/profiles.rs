//! The profiles of the shared config files, put together as the AWS CLI does it (botocore's
//! `configloader.build_profile_map` and `Session.full_config`).
//!
//! In the config file profiles are named `[profile NAME]` with NAME in shell quotes, in the credentials
//! file `[NAME]` as it stands. Where both have a profile, the credentials file's settings count first.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::files::ini::{self, Section, Value};
use super::files::{paths, text, words};
use crate::diagnostics::SettingsError;

/// The profile that counts where none is named.
pub(super) const DEFAULT: &str = "default";

/// Which of the two files a setting stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedFile {
    Config,
    Credentials,
}

#[derive(Debug, Clone)]
struct Setting {
    value: Value,
    file: SharedFile,
    line: usize,
}

type Settings = BTreeMap<String, Setting>;

/// All that both files say.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    config_path: PathBuf,
    credentials_path: PathBuf,
    merged: BTreeMap<String, Settings>,
    in_config: BTreeMap<String, Settings>,
    in_credentials: BTreeMap<String, Settings>,
    sso_sessions: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
}

/// The settings of one section, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    settings: &'a Settings,
    files: &'a Profiles,
}

impl<'a> Profile<'a> {
    /// Whether the setting is there, even if it is empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.settings.contains_key(key)
    }

    /// A setting's text, which may be empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        match &self.settings.get(key)?.value {
            Value::Text(text) => Some(text),
            Value::Nested(_) => None,
        }
    }

    /// A setting's text, unless it is empty.
    pub(super) fn filled(&self, key: &str) -> Option<&'a str> {
        self.get(key).filter(|text| !text.is_empty())
    }

    /// A setting below a setting.
    fn nested(&self, key: &str, inner: &str) -> Option<&'a str> {
        match &self.settings.get(key)?.value {
            Value::Text(_) => None,
            Value::Nested(settings) => settings.get(inner).map(String::as_str),
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
                Value::Text(text) => Some((key.as_str(), text.as_str())),
                Value::Nested(_) => None,
            })
    }
}

impl Profiles {
    /// Reads both files. One that does not exist is empty.
    ///
    /// # Errors
    /// [`SettingsError::SharedConfig`] for a file that is malformed, in another encoding than UTF-8,
    /// a pipe, or cannot be read; the last counts only if the files `are_needed`.
    pub(super) fn read(are_needed: bool) -> Result<Self, SettingsError> {
        // A variable that is set but empty names no file, as in the AWS CLI: with the default file
        // another identity would sign.
        let path = |variable, below| match std::env::var_os(variable) {
            Some(path) => paths::expanded(&path),
            None => paths::at_home(below).unwrap_or_default(),
        };
        let config_path = path("AWS_CONFIG_FILE", ".aws/config");
        let credentials_path = path("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
        let config = sections(&config_path, are_needed)?;
        let credentials = sections(&credentials_path, are_needed)?;
        let mut profiles = Self {
            config_path,
            credentials_path,
            ..Self::default()
        };
        profiles.add_config(config);
        profiles.add_credentials(credentials);
        Ok(profiles)
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
        match file {
            SharedFile::Config => &self.config_path,
            SharedFile::Credentials => &self.credentials_path,
        }
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
    pub(super) fn service_setting(
        &self,
        profile: Profile<'_>,
        service: &str,
        key: &str,
    ) -> Option<&str> {
        let services = self.found(&self.services, profile.get("services")?)?;
        services
            .nested(service, key)
            .filter(|text| !text.is_empty())
    }

    fn found<'a>(
        &'a self,
        sections: &'a BTreeMap<String, Settings>,
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

fn from_file(section: Section, file: SharedFile) -> Settings {
    let settings = section.into_iter().map(|(key, entry)| {
        let setting = Setting {
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
    if is_pipe(path) {
        return Err(unusable(
            " is a pipe, which can be read only once".to_owned(),
        ));
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let is_missing = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            if is_missing || !is_needed {
                return Ok(Vec::new());
            }
            return Err(unusable(format!(": {error}")));
        }
    };
    let text = text::decoded(bytes).map_err(|what| unusable(format!(" {what}")))?;
    ini::parse(&text).map_err(|error| unusable(format!(", line {}: {}", error.line, error.what)))
}

/// Whether reading the file would wait for a writer.
#[cfg(unix)]
pub(super) fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Elsewhere pipes are no files.
#[cfg(not(unix))]
pub(super) fn is_pipe(_: &Path) -> bool {
    false
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The profiles of files with these contents.
    pub(crate) fn profiles(config: &str, credentials: &str) -> Profiles {
        let mut profiles = Profiles {
            config_path: "config".into(),
            credentials_path: "credentials".into(),
            ..Profiles::default()
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
        assert_eq!(
            profiles.service_setting(profile, "sts", "endpoint_url"),
            Some("http://x")
        );
        assert_eq!(
            profiles.service_setting(profile, "sso", "endpoint_url"),
            None
        );
    }
}
