//! The line at the prompt, as a shell hands it over.

use std::env;
use std::ffi::OsStr;

use crate::service::ids::{PortalId, PortalReference};

/// What the line says of the portal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    Nothing,
    Portal(PortalId),
    /// A name, which the last lists may know.
    Name(String),
}

impl Given {
    pub(super) fn before(current: &OsStr) -> Self {
        // The shell hands over the words of the line behind its own arguments.
        let words: Vec<String> = env::args_os()
            .filter_map(|word| word.into_string().ok())
            .collect();
        Self::in_line(&words, &current.to_string_lossy())
    }

    /// What the words of a line but for the `current` one say. An option's value may be taken for a
    /// name: then more sessions are offered than there need be.
    fn in_line(words: &[String], current: &str) -> Self {
        let mut arguments = words
            .iter()
            .skip_while(|word| !word.contains("-session"))
            .skip(1)
            .map(String::as_str)
            .filter(|word| !word.is_empty() && *word != current && !word.starts_with('-'));
        match arguments.clone().find_map(portal_id) {
            Some(portal) => Self::Portal(portal),
            None => arguments
                .next()
                .map_or(Self::Nothing, |name| Self::Name(unquoted(name))),
        }
    }
}

/// The portal that a word names by its ID or ARN, of which bash hands over what is behind the last
/// colon.
pub(super) fn portal_id(word: &str) -> Option<PortalId> {
    match word.parse() {
        Ok(PortalReference::Id(id)) => Some(id),
        Ok(PortalReference::Arn(arn)) => Some(arn.portal),
        Ok(PortalReference::Name(_)) | Err(_) => word.strip_prefix("portal/")?.parse().ok(),
    }
}

/// A word without the quotes and backslashes that shells need for blanks and the like.
pub(super) fn unquoted(word: &str) -> String {
    let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        return word[1..].trim_end_matches(quote).to_owned();
    }
    let mut plain = String::new();
    let mut characters = word.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.extend(characters.next()),
            c => plain.push(c),
        }
    }
    plain
}

/// A candidate as the shell that asks wants it. bash puts what it gets onto the line as it stands, but
/// for words that are quoted already; the others quote by themselves.
pub(super) fn quoted(candidate: &str, current: &str) -> String {
    // The variable that names the shell is gone by now; this one is bash's alone.
    let is_bash = env::var_os("_CLAP_COMPLETE_COMP_TYPE").is_some();
    if !is_bash || current.starts_with(['"', '\'']) {
        return candidate.to_owned();
    }
    let is_plain = |c: char| c.is_alphanumeric() || "-_./@%+=,".contains(c);
    candidate
        .chars()
        .flat_map(|c| (!is_plain(c)).then_some('\\').into_iter().chain([c]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_is_told_from_the_other_words_of_the_line() {
        const ID: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
        let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{ID}");
        let in_bash = format!("portal/{ID}");
        let portal = || Given::Portal(ID.parse().unwrap());
        let name = |name: &str| Given::Name(name.to_owned());
        for (words, given) in [
            (&["get-session"][..], Given::Nothing),
            (&["get-session", "-v"], Given::Nothing),
            (&["get-session", "Contractors"], name("Contractors")),
            (
                &["get-session", "Customer\\ support"],
                name("Customer support"),
            ),
            (
                &["get-session", "\"Customer support\""],
                name("Customer support"),
            ),
            (&["get-session", ID], portal()),
            (&["get-session", "--portal-id", ID], portal()),
            (&["wait-session", &arn], portal()),
            (&["list-sessions", ID, "--session-id"], portal()),
            (&["get-session", "arn", ":", &in_bash], portal()),
        ] {
            let mut line: Vec<String> = ["wsb", "--", "wsb"].map(str::to_owned).into();
            line.extend(words.iter().map(ToString::to_string));
            line.push("4".to_owned());
            assert_eq!(Given::in_line(&line, "4"), given, "{words:?}");
        }
    }

    #[test]
    fn quotes_and_backslashes_of_a_word_count_for_nothing() {
        for (word, plain) in [
            ("Customer\\ su", "Customer su"),
            ("'Customer su", "Customer su"),
            ("\"Customer su\"", "Customer su"),
            ("O\\'Neill", "O'Neill"),
            ("", ""),
            ("\\", ""),
        ] {
            assert_eq!(unquoted(word), plain);
        }
    }
}
