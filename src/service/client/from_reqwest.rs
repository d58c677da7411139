//! Converts errors of the HTTP client and of the operating system into errors of a call.

use super::super::error::CallError;
use super::super::transport_error::{Source, TransportError, Unreachable};
use super::tls_error::TlsError;

/// The message of the last cause, which is the specific one.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Converts an error of the HTTP client into an error of the call. Its URL is removed: the path of a container's
/// credentials is secret.
pub(crate) fn from_reqwest(error: reqwest::Error) -> CallError {
    let error = error.without_url();
    let reason = innermost(&error);
    let causes = || std::iter::successors(std::error::Error::source(&error), |e| e.source());
    let is_not_http = causes()
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    let tls = || causes().find_map(TlsError::from_cause);
    let (kind, reason) = if error.is_timeout() && error.is_connect() {
        (
            Unreachable::ConnectTimedOut,
            "no connection in time".to_owned(),
        )
    } else if error.is_timeout() {
        (Unreachable::AttemptTimedOut, "no reply in time".to_owned())
    } else if causes().any(is_lack_of_files) {
        (Unreachable::OpenFiles, reason)
    } else if error.is_dns() {
        (Unreachable::Dns, reason)
    } else if let Some(rejection) = tls() {
        let kind = if rejection.is_untrusted {
            Unreachable::Untrusted
        } else {
            Unreachable::Tls
        };
        (kind, rejection.reason)
    } else if reason == "tunnel error: proxy authorization required" {
        // The type of this error is private to hyper-util.
        let reason = "the proxy requires a user name and a password".to_owned();
        (Unreachable::ProxyAuthentication, reason)
    } else if reason == "tunnel error: unsuccessful" {
        (
            Unreachable::Connection,
            "it refused the connection".to_owned(),
        )
    } else if is_not_http {
        return CallError::unexpected(format!("is not HTTP: {reason}"), None, None);
    } else {
        (Unreachable::Connection, reason)
    };
    CallError::Unreachable(TransportError {
        kind,
        reason,
        source: Some(Source::new(error)),
    })
}

/// Whether an error is `ENFILE` or `EMFILE`, which have these numbers on every Unix.
fn is_lack_of_files(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    let number = error.and_then(std::io::Error::raw_os_error);
    cfg!(unix) && matches!(number, Some(23 | 24))
}
