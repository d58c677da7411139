//! Where files are: the home folder, and paths with `~` and variables in them (Python's
//! `os.path.expandvars` and `expanduser`, by which the AWS CLI reads the paths of its settings).

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The home folder: that of `HOME`, or of the user database where `HOME` is not set, as in services
/// of systemd and in cron.
pub(in crate::config) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// A file or folder below the home folder; messages show it with the separators of the system.
pub(in crate::config) fn at_home(below: &str) -> Option<PathBuf> {
    let mut path = home()?;
    path.extend(below.split('/'));
    Some(path)
}

/// The path with its variables and its `~` replaced.
pub(in crate::config) fn expanded(path: &OsStr) -> PathBuf {
    let Some(text) = path.to_str() else {
        return PathBuf::from(path);
    };
    let text = with_variables(text, |name| std::env::var(name).ok());
    let path = Path::new(&text);
    match (path.strip_prefix("~"), home()) {
        (Ok(below), Some(home)) => home.join(below),
        _ => PathBuf::from(text),
    }
}

/// The path in a variable that is set and not empty.
pub(in crate::config) fn in_variable(name: &str) -> Option<PathBuf> {
    let value: OsString = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(expanded(&value))
}

/// The text with `$NAME` and `${NAME}` replaced; a variable that is not set is left as it stands.
fn with_variables(text: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        replaced.push_str(&rest[..start]);
        let behind = &rest[start + 1..];
        let (name, length) = match behind.strip_prefix('{') {
            Some(braced) => match braced.find('}') {
                Some(end) => (&braced[..end], end + 2),
                None => ("", 0),
            },
            None => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = behind.find(|c| !is_part(c)).unwrap_or(behind.len());
                (&behind[..end], end)
            }
        };
        let value = (!name.is_empty()).then(|| variable(name)).flatten();
        match value {
            Some(value) => replaced.push_str(&value),
            None => replaced.push_str(&rest[start..=start + length]),
        }
        rest = &behind[length..];
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variables_in_a_path_are_replaced_and_unknown_ones_left() {
        let replaced =
            |text| with_variables(text, |name| (name == "A_1").then(|| "x/y".to_owned()));
        for (text, wanted) in [
            ("$A_1/z", "x/y/z"),
            ("${A_1}z", "x/yz"),
            ("/$B/${C}/$A_1", "/$B/${C}/x/y"),
            ("$", "$"),
            ("${A_1", "${A_1"),
            ("$é$A_1", "$éx/y"),
            ("plain", "plain"),
        ] {
            assert_eq!(replaced(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_known_variables_stays_as_it_is(text in "[${}a-zé/]{0,40}") {
            prop_assert_eq!(with_variables(&text, |_| None), text);
        }
    }
}
