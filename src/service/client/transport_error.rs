//! What the errors of the HTTP client and of the operating system mean for a call.

use super::super::error::{CallError, Unreachable};
use super::tls_refusal::TlsRefusal;

/// The message of the last cause, which is the one that tells something.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What an error of the HTTP client means for the call.
pub(super) fn from_transport(error: &reqwest::Error) -> CallError {
    let reason = innermost(error);
    let causes = || std::iter::successors(std::error::Error::source(error), |e| e.source());
    if error.is_timeout() {
        let reason = if error.is_connect() {
            "no connection in time"
        } else {
            "no reply in time"
        };
        return CallError::Unreachable(Unreachable::AttemptTimedOut, reason.to_owned());
    }
    if causes().any(is_lack_of_files) {
        return CallError::Unreachable(Unreachable::OpenFiles, reason);
    }
    if error.is_dns() {
        return CallError::Unreachable(Unreachable::Dns, reason);
    }
    if let Some(refusal) = causes().find_map(TlsRefusal::of) {
        let cause = if refusal.is_untrusted {
            Unreachable::Untrusted
        } else {
            Unreachable::Tls
        };
        return CallError::Unreachable(cause, refusal.reason);
    }
    // hyper-util does not let its error be told by type.
    if reason == "tunnel error: proxy authorization required" {
        return CallError::Unreachable(
            Unreachable::Proxy,
            "the proxy wants a user name and a password".to_owned(),
        );
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
