//! The environment variables of the process, read once.
//!
//! A test checks that no other file reads environment variables. Some variables may be empty, and others count
//! as unset if they are empty: [`Environment::var`] returns an empty value, [`Environment::non_empty`] does not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::duration;
use crate::diagnostics::{ErrorFormat, Failure, Preferences};
use crate::output::Format;

/// The environment variables as they were when the process started.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

/// Omits the variables, because they may contain credentials.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(variables: T) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (key(name.into()), value.into()));
        Self {
            variables: variables.collect(),
        }
    }
}

/// The key of a variable in the map. Windows ignores the case of names.
fn key(name: OsString) -> OsString {
    if cfg!(windows) {
        name.to_ascii_uppercase()
    } else {
        name
    }
}

impl Environment {
    pub fn from_process() -> Self {
        env::vars_os().collect()
    }

    /// The value of a variable, which may be empty.
    pub fn var_os(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(&key(name.into()))
            .map(OsString::as_os_str)
    }

    /// The value of a variable as text, which may be empty. Bytes that are not UTF-8 become U+FFFD, so that
    /// parsing the value fails. It must not count as unset, because the requests could then be signed with other
    /// credentials than the user chose.
    pub fn var(&self, name: &str) -> Option<Cow<'_, str>> {
        self.var_os(name).map(OsStr::to_string_lossy)
    }

    pub fn non_empty(&self, name: &str) -> Option<Cow<'_, str>> {
        self.var(name).filter(|value| !value.is_empty())
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    pub fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.variables.keys().map(OsString::as_os_str)
    }

    /// The home folder. On Unix: `HOME`, or the folder in the user database if `HOME` is not set, as in systemd
    /// services and cron. On Windows: the profile folder.
    pub fn home(&self) -> Option<PathBuf> {
        let home = if cfg!(windows) {
            env::home_dir()
        } else {
            self.var_os("HOME")
                .map_or_else(env::home_dir, |home| Some(PathBuf::from(home)))
        };
        home.filter(|home| !home.as_os_str().is_empty())
    }

    /// The portal in `WSB_PORTAL`.
    ///
    /// # Errors
    /// The variable is empty: probably a script set it to its own variable, which was not set.
    pub fn portal(&self) -> Result<Option<Cow<'_, str>>, Failure> {
        match self.var("WSB_PORTAL") {
            Some(portal) if portal.trim().is_empty() => Err(Failure::usage("WSB_PORTAL is empty")
                .with_hint("set it to a portal's ID, ARN or name, or unset it")),
            portal => Ok(portal),
        }
    }

    /// The format in `WSB_OUTPUT`.
    ///
    /// # Errors
    /// The value is not a format.
    pub fn output_format(&self) -> Result<Option<Format>, Failure> {
        self.format("WSB_OUTPUT")
    }

    /// The format of errors in `WSB_ERRORS`.
    ///
    /// # Errors
    /// The value is not a format of errors.
    pub fn error_format(&self) -> Result<Option<ErrorFormat>, Failure> {
        self.format("WSB_ERRORS")
    }

    fn format<F: ValueEnum>(&self, variable: &str) -> Result<Option<F>, Failure> {
        let Some(name) = self.non_empty(variable) else {
            return Ok(None);
        };
        F::from_str(&name, true).map(Some).map_err(|_| {
            let names: Vec<String> = F::value_variants()
                .iter()
                .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
                .collect();
            Failure::usage(format!("{variable} is {name:?}, which is not a format"))
                .with_hint(format!("the formats are {}", names.join(", ")))
        })
    }

    /// The time between two polls: `option`, or in debug builds the value of `WSB_TEST_INTERVAL`, with which tests
    /// poll more often than the option allows.
    pub fn interval(&self, option: Duration) -> Duration {
        let shorter = self.non_empty("WSB_TEST_INTERVAL");
        shorter
            .filter(|_| cfg!(debug_assertions))
            .and_then(|text| duration(&text).ok())
            .unwrap_or(option)
    }

    /// The preferences for messages that variables such as `NO_COLOR` set.
    pub fn preferences(&self) -> Preferences {
        Preferences::from_variables(|name| self.non_empty(name).map(Cow::into_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_a_value_where_the_caller_asks_for_it() {
        let environment: Environment = [("SET", "x"), ("EMPTY", "")].into_iter().collect();
        assert_eq!(environment.var("SET").as_deref(), Some("x"));
        assert_eq!(environment.var("EMPTY").as_deref(), Some(""));
        assert_eq!(environment.non_empty("EMPTY"), None);
        assert_eq!(environment.path("EMPTY"), None);
        assert_eq!(environment.var("UNSET"), None);
        assert_eq!(
            environment.names().collect::<Vec<_>>(),
            ["EMPTY", "SET"].map(OsStr::new)
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_unicode_is_not_unset() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![b'a', 0xff]);
        let environment: Environment = [("NAME", value)].into_iter().collect();
        assert_eq!(environment.non_empty("NAME").as_deref(), Some("a\u{fffd}"));
    }
}
