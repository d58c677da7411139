//! Gives the fuzz targets access to the parsers of this module.

use std::sync::Arc;
use std::time::SystemTime;

use super::credentials;
use super::proxies::Proxies;
use super::shared_config::{ini, text, words};
use super::{names, pem};

/// Parses a shared config file and returns the names of its sections.
///
/// # Errors
/// The first error in the file.
pub fn config_file(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = text::decode(bytes.to_vec())?;
    let sections = ini::parse(&text).map_err(|error| error.what)?;
    Ok(sections.into_iter().map(|(name, _)| name).collect())
}

/// Splits a command by the rules of a POSIX shell.
///
/// # Errors
/// The text ends inside quotation marks or after a backslash.
pub fn shell_words(text: &str) -> Result<Vec<String>, &'static str> {
    words::split(text)
}

/// Counts the certificates in PEM.
///
/// # Errors
/// The first certificate that cannot be read.
pub fn certificates(bytes: &[u8]) -> Result<usize, String> {
    pem::certificates(bytes).map(|certificates| certificates.len())
}

/// Describes the route to `url` through this proxy with this `NO_PROXY`, or `None` for an invalid proxy.
pub fn route(proxy: &str, exemptions: &str, url: &str) -> Option<String> {
    let variables = [
        (names::ALL_PROXY[0], proxy),
        (names::NO_PROXY[0], exemptions),
    ];
    let environment = variables.into_iter().collect();
    let proxies = Arc::new(Proxies::from_env(&environment).ok()?);
    Some(format!("{:?}", proxies.route_to(&url.parse().ok()?)))
}

/// Parses the bytes as a cache entry, a metadata reply and process output, and returns the access key IDs.
pub fn credentials(bytes: &[u8]) -> [Option<String>; 3] {
    let found = credentials::parse_all(bytes, SystemTime::UNIX_EPOCH);
    found.map(|found| Some(found?.access_key_id().to_owned()))
}
