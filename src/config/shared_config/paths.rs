//! Expands `~` and variables in paths as the AWS CLI does (Python's `os.path.expandvars` and `expanduser`).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::Environment;
use crate::diagnostics::Failure;

/// Replaces variables, `~` and `~USER` in the path of a setting. `place` is the location of the setting, for the
/// error.
///
/// # Errors
/// The home folder in the path is not known. If the path were ignored, the next provider could be another
/// identity.
pub(in crate::config) fn expand(
    path: &OsStr,
    place: &str,
    environment: &Environment,
) -> Result<PathBuf, Failure> {
    let Some(text) = path.to_str() else {
        return Ok(PathBuf::from(path));
    };
    let text = with_variables(text, |name| Some(environment.var(name)?.into_owned()));
    let Some(after_tilde) = text.strip_prefix('~') else {
        return Ok(PathBuf::from(text));
    };
    let end = after_tilde.find(std::path::is_separator);
    let (user, below) = after_tilde.split_at(end.unwrap_or(after_tilde.len()));
    let home = match user {
        "" => environment.home(),
        user => home_of(user),
    };
    let below = below.trim_start_matches(std::path::is_separator);
    match home {
        Some(home) if below.is_empty() => Ok(home),
        Some(home) => Ok(home.join(below)),
        None => Err(super::unusable(&format!(
            "{place}: {text:?} begins with the home folder of a user who is not known: write the path in full"
        ))),
    }
}

/// The home folder of a user in `/etc/passwd`, which does not have the users of a directory service.
fn home_of(user: &str) -> Option<PathBuf> {
    if cfg!(not(unix)) {
        return None;
    }
    let database = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    home_in(&database, user)
}

fn home_in(database: &str, user: &str) -> Option<PathBuf> {
    let mut lines = database.lines().map(|line| line.split(':'));
    let home = lines.find_map(|mut fields| (fields.next()? == user).then(|| fields.nth(4))?);
    home.map(PathBuf::from)
}

/// Replaces `$NAME` and `${NAME}`. The name of a variable that is not set remains.
fn with_variables(text: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        replaced.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let (name, length) = match after.strip_prefix('{') {
            Some(braced) => match braced.find('}') {
                Some(end) => (&braced[..end], end + 2),
                None => ("", 0),
            },
            None => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        let value = (!name.is_empty()).then(|| variable(name)).flatten();
        match value {
            Some(value) => replaced.push_str(&value),
            None => replaced.push_str(&rest[start..=start + length]),
        }
        rest = &after[length..];
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
        for (text, expected) in [
            ("$A_1/z", "x/y/z"),
            ("${A_1}z", "x/yz"),
            ("/$B/${C}/$A_1", "/$B/${C}/x/y"),
            ("$", "$"),
            ("${A_1", "${A_1"),
            ("$é$A_1", "$éx/y"),
            ("plain", "plain"),
        ] {
            assert_eq!(replaced(text), expected, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_tilde_is_a_home_folder() {
        let environment: Environment = [("HOME", "/home/me")].into_iter().collect();
        for (text, expected) in [
            ("~", "/home/me"),
            ("~/a", "/home/me/a"),
            ("~//a", "/home/me/a"),
            ("/~/a", "/~/a"),
            ("a~", "a~"),
            ("~root/a", "/root/a"),
        ] {
            let expanded = expand(text.as_ref(), "NAME", &environment).unwrap();
            assert_eq!(expanded, PathBuf::from(expected), "{text}");
        }
        let error = expand("~no-such-user/a".as_ref(), "NAME", &environment).unwrap_err();
        assert!(error.message().contains("in full"), "{error:?}");
        let database = "root:x:0:0:root:/root:/bin/sh\nann:x:1:1::/home/a:/bin/sh\n";
        assert_eq!(home_in(database, "ann"), Some(PathBuf::from("/home/a")));
        assert_eq!(home_in(database, "an"), None);
    }

    proptest! {
        #[test]
        fn text_without_known_variables_stays_as_it_is(text in "[${}a-zé/]{0,40}") {
            prop_assert_eq!(with_variables(&text, |_| None), text);
        }
    }
}
