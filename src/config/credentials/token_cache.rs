//! The token caches of `aws sso login` and `aws login`: JSON files with the tokens of a session. A renewal
//! replaces the tokens in the file.
//!
//! Refresh tokens can be used once. When several commands renew the same session at the same time, the
//! first one writes the new tokens, and the others read them.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::cli::private_file;
use crate::service::provider_error::ProviderError;

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// Reads the document.
///
/// # Errors
/// The file is missing, cannot be read, or is not JSON.
pub(super) fn read(path: &Path) -> Result<Value> {
    // In a container, the home folder of the host can belong to another user.
    let content = private_file::read_regular(path, MAX_SIZE)?;
    serde_json::from_slice(&content).map_err(|error| {
        Error::new(
            ErrorKind::InvalidData,
            format!("it is not valid JSON: {error}"),
        )
    })
}

/// Writes the document of a renewed session and returns it. Where the renewal failed, another command may
/// have renewed the session in the meantime: its document counts too.
///
/// # Errors
/// The error of the renewal.
pub(super) async fn apply_renewal(
    path: &Path,
    old: &Value,
    renewal: std::result::Result<Value, ProviderError>,
) -> std::result::Result<Value, ProviderError> {
    match renewal {
        Ok(document) => {
            // A session that cannot be written is used all the same.
            let _ = private_file::replace(path, document.to_string().as_bytes());
            Ok(document)
        }
        Err(error) if error.is_unreachable() => Err(error),
        Err(error) => read_changed(path, old).await.ok_or(error),
    }
}

/// The document that another command has written in place of `old`, or is about to write: it received its
/// reply before this one was rejected.
async fn read_changed(path: &Path, old: &Value) -> Option<Value> {
    const READS: u32 = 10;
    const PAUSE: Duration = Duration::from_millis(100);
    for number in 0..READS {
        if number > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        if let Ok(document) = read(path)
            && document != *old
        {
            return Some(document);
        }
    }
    None
}
