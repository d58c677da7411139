//! The names of the profiles in the shared AWS config files.

use std::env;
use std::fs;
use std::path::PathBuf;

/// The profiles of both files, each once, in their order.
pub(super) fn names() -> Vec<String> {
    let file = |variable: &str, below_home: &str| {
        let named = env::var_os(variable).map(PathBuf::from);
        let usual = || Some(env::home_dir()?.join(".aws").join(below_home));
        named
            .or_else(usual)
            .and_then(|path| fs::read_to_string(path).ok())
            .unwrap_or_default()
    };
    let mut names = from_config(&file("AWS_CONFIG_FILE", "config"));
    for name in from_credentials(&file("AWS_SHARED_CREDENTIALS_FILE", "credentials")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `[default]` and `[profile NAME]`, where a name with blanks is quoted.
fn from_config(text: &str) -> Vec<String> {
    sections(text)
        .filter_map(|section| match section.split_once(char::is_whitespace) {
            Some(("profile", name)) => Some(name.trim().trim_matches(['"', '\'']).to_owned()),
            Some(_) => None,
            None => (section == "default").then(|| section.to_owned()),
        })
        .collect()
}

/// `[NAME]`.
fn from_credentials(text: &str) -> Vec<String> {
    sections(text).map(str::to_owned).collect()
}

fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (name, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
        Some(name.trim()).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_told_from_other_sections() {
        let config = "[default]\nregion=x\n[profile dev]\n[sso-session corp]\n [profile \"my prod\"]\n[services s]\n";
        assert_eq!(from_config(config), ["default", "dev", "my prod"]);
        assert_eq!(
            from_credentials("[default]\n[ci] ; comment\n[]\n"),
            ["default", "ci"]
        );
    }
}
