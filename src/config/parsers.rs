//! The parsers of this module as the fuzz targets call them.

use std::sync::Arc;
use std::time::SystemTime;

use super::credentials;
use super::proxies::Proxies;
use super::shared_config::{ini, text, words};
use super::{names, pem};

/// Parses a shared config file: the names of its sections, or the first error.
///
/// # Errors
/// What is wrong with the file.
pub fn config_file(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = text::decode(bytes.to_vec())?;
    let sections = ini::parse(&text).map_err(|error| error.what)?;
    Ok(sections.into_iter().map(|(name, _)| name).collect())
}

/// Splits a command by the rules of a POSIX shell.
///
/// # Errors
/// What is missing at the end.
pub fn shell_words(text: &str) -> Result<Vec<String>, &'static str> {
    words::split(text)
}

/// The number of certificates in PEM.
///
/// # Errors
/// What is wrong with the first one that cannot be read.
pub fn certificates(bytes: &[u8]) -> Result<usize, String> {
    pem::certificates(bytes).map(|certificates| certificates.len())
}

/// How the way to `url` is described with this proxy and these exemptions; nothing for an invalid proxy.
pub fn route(proxy: &str, exemptions: &str, url: &str) -> Option<String> {
    let variables = [
        (names::ALL_PROXY[0], proxy),
        (names::NO_PROXY[0], exemptions),
    ];
    let environment = variables.into_iter().collect();
    let proxies = Arc::new(Proxies::from_env(&environment).ok()?);
    Some(format!("{:?}", proxies.route_to(&url.parse().ok()?)))
}

/// The access key IDs that a cache entry, a metadata service's reply and a process's output give.
pub fn credentials(bytes: &[u8]) -> [Option<String>; 3] {
    let found = credentials::parse_all(bytes, SystemTime::UNIX_EPOCH);
    found.map(|found| Some(found?.access_key_id().to_owned()))
}
