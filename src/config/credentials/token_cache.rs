//! The token caches of `aws sso login` and `aws login`: JSON files with the tokens of a session. A renewal
//! replaces the tokens in the file.
//!
//! A refresh token can be used once. If several commands renew the same session at the same time, the first one
//! writes the new tokens, and the others read them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::MAX_FILE_SIZE;
use crate::cli::private_file;
use crate::service::provider_error::{ProviderError, ProviderErrorKind};

/// A session of `aws sso login` or `aws login`, and its token file.
pub(super) struct TokenSession {
    pub(super) path: PathBuf,
    /// The session's name in messages.
    pub(super) name: String,
    /// The message if there is no usable token.
    pub(super) missing: String,
    /// The kind of the session's errors. It decides which sign-in command the hint names.
    pub(super) kind: ProviderErrorKind,
    /// A token is renewed this long before it expires.
    pub(super) refresh_window: Duration,
}

impl TokenSession {
    /// Returns the token in the file. A token that expires soon or was `rejected` is renewed: `renew` returns the
    /// new document, or `None` if the session cannot be renewed. If the renewal fails, the old token is used as
    /// long as it is valid.
    ///
    /// # Errors
    /// There is no token, or it has expired and could not be renewed.
    pub(super) async fn token<T: PartialEq>(
        &self,
        now: SystemTime,
        rejected: Option<&T>,
        parse: impl Fn(&Value) -> Option<(T, SystemTime)>,
        renew: impl AsyncFnOnce(&Value) -> Result<Option<Value>, ProviderError>,
    ) -> Result<T, ProviderError> {
        let path = self.path.display();
        let document = self.read();
        let document = document
            .map_err(|reason| self.error(format!("{} ({path}: {reason})", self.missing)))?;
        let damaged = || self.error(format!("the session in {path} is damaged"));
        let (token, end) = parse(&document).ok_or_else(damaged)?;
        if end >= now + self.refresh_window && rejected != Some(&token) {
            return Ok(token);
        }
        let renewal = renew(&document).await;
        let renewal = self.apply_renewal(&document, renewal).await;
        let reason = match renewal.map(|document| parse(&document?)) {
            Ok(Some((renewed, end))) if end > now => return Ok(renewed),
            _ if end > now => return Ok(token),
            // Another sign-in would not help.
            Err(error)
                if error.is_unreachable()
                    || matches!(
                        error.kind,
                        ProviderErrorKind::Failed | ProviderErrorKind::Endpoint
                    ) =>
            {
                return Err(error);
            }
            Err(error) => format!(" and could not be renewed: {}", error.reason),
            Ok(_) => String::new(),
        };
        Err(self.error(format!("{} has expired{reason}", self.name)))
    }

    fn read(&self) -> Result<Value, String> {
        // In a container, the home folder of the host may belong to another user.
        let content = private_file::read_regular(&self.path, MAX_FILE_SIZE);
        let content = content.map_err(|error| error.to_string())?;
        serde_json::from_slice(&content).map_err(|error| format!("it is not valid JSON: {error}"))
    }

    /// Writes the document of a renewed session and returns it. If the renewal failed because another command has
    /// renewed the session, that command's document is returned.
    async fn apply_renewal(
        &self,
        old: &Value,
        renewal: Result<Option<Value>, ProviderError>,
    ) -> Result<Option<Value>, ProviderError> {
        match renewal {
            Ok(document) => {
                if let Some(document) = &document {
                    // The session is used even if it cannot be written.
                    let _ = private_file::replace(&self.path, document.to_string().as_bytes());
                }
                Ok(document)
            }
            Err(error) if error.is_unreachable() => Err(error),
            Err(error) => self.read_changed(old).await.map(Some).ok_or(error),
        }
    }

    /// Returns the document that another command has written in place of `old`. The other command may still be
    /// about to write it, so the file is read several times.
    async fn read_changed(&self, old: &Value) -> Option<Value> {
        const READS: u32 = 10;
        const PAUSE: Duration = Duration::from_millis(100);
        for number in 0..READS {
            if number > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            if let Ok(document) = self.read()
                && document != *old
            {
                return Some(document);
            }
        }
        None
    }

    fn error(&self, reason: String) -> ProviderError {
        ProviderError::new(self.kind.clone(), reason)
    }
}
