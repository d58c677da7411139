//! Converts errors of the HTTP client and of the operating system into errors of a call.

use super::super::error::{CallError, Unreachable};
use super::tls_error::TlsError;

/// The message of the last cause, which is the specific one.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Converts an error of the HTTP client into an error of the call.
pub(crate) fn from_transport(error: &reqwest::Error) -> CallError {
    let reason = innermost(error);
    let causes = || std::iter::successors(std::error::Error::source(error), |e| e.source());
    if error.is_timeout() {
        let (cause, reason) = if error.is_connect() {
            (Unreachable::ConnectTimedOut, "no connection in time")
        } else {
            (Unreachable::AttemptTimedOut, "no reply in time")
        };
        return CallError::Unreachable(cause, reason.to_owned());
    }
    if causes().any(is_lack_of_files) {
        return CallError::Unreachable(Unreachable::OpenFiles, reason);
    }
    if error.is_dns() {
        return CallError::Unreachable(Unreachable::Dns, reason);
    }
    if let Some(rejection) = causes().find_map(TlsError::from_cause) {
        let cause = if rejection.is_untrusted {
            Unreachable::Untrusted
        } else {
            Unreachable::Tls
        };
        return CallError::Unreachable(cause, rejection.reason);
    }
    // The type of this error is private to hyper-util.
    match reason.as_str() {
        "tunnel error: proxy authorization required" => {
            let reason = "the proxy requires a user name and a password".to_owned();
            return CallError::Unreachable(Unreachable::ProxyAuthentication, reason);
        }
        "tunnel error: unsuccessful" => {
            let reason = "it refused the connection".to_owned();
            return CallError::Unreachable(Unreachable::Connection, reason);
        }
        _ => {}
    }
    let is_not_http = causes()
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    if is_not_http {
        return CallError::UnexpectedResponse {
            reason: format!("is not HTTP: {reason}"),
            status: None,
            request_id: None,
            truncated: false,
        };
    }
    CallError::Unreachable(Unreachable::Connection, reason)
}

/// Whether a cause is `ENFILE` or `EMFILE`, which have these numbers on every Unix.
fn is_lack_of_files(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::raw_os_error)
        .is_some_and(|number| cfg!(unix) && matches!(number, 23 | 24))
}
