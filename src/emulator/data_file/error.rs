//! Errors in a data file.

use std::fmt;

use super::super::constraints;

/// An invalid data file. The message names the line or the member, and the reason.
/// it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The bytes are UTF-16.
    #[error("the text is UTF-16, as PowerShell's '>' writes it; save it as UTF-8")]
    Utf16,
    /// The bytes are not UTF-8.
    #[error("the text is not UTF-8: {0}")]
    NotUtf8(#[from] std::str::Utf8Error),
    /// The text is not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A member has a value that cannot be served.
    #[error("{path}: {problem}")]
    Member {
        /// The member's path, such as `portals[0].sessions[2].sessionId`.
        path: String,
        /// The reason.
        problem: String,
    },
}

impl From<serde_path_to_error::Error<serde_json::Error>> for DataError {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let problem = error.into_inner();
        match path.as_str() {
            "." => Self::Json(problem),
            _ => Self::at(path, problem),
        }
    }
}

impl DataError {
    pub(super) fn at(path: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self::Member {
            path: path.to_string(),
            problem: problem.to_string(),
        }
    }
}

/// Checks that headers and environment variables can carry `text`.
pub(super) fn check_text(path: &str, text: &str) -> Result<(), DataError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(DataError::at(path, "must be visible ASCII, and not empty"));
    }
    Ok(())
}

/// Checks that `id` has the form of a portal's or session's ID.
pub(super) fn check_id(path: &str, id: &str) -> Result<(), DataError> {
    constraints::check_id(id).map_err(|problem| DataError::at(path, problem))
}
