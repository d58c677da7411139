//! What the errors of the HTTP client, of TLS and of the operating system mean for a call.

use super::super::error::{CallError, Unreachable};

/// The message of the last cause, which is the one that tells something.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What an error of the HTTP client means for the call.
pub(super) fn of_transport(error: &reqwest::Error) -> CallError {
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
    if causes().any(is_tls_refusal) {
        return CallError::Unreachable(Unreachable::Tls, reason);
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
        return CallError::NotTheService {
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

/// Whether a cause is TLS saying no, as opposed to the connection breaking in the handshake.
/// tokio-rustls and hyper-rustls each wrap rustls' error into an `io::Error`, which hides it from
/// `source`.
pub(crate) fn is_tls_refusal(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return !is_tls_broken(error);
    }
    cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .is_some_and(|inner| is_tls_refusal(inner))
}

/// Whether damage on the way or a failing peer can bring this error about, so that another attempt
/// may do better.
fn is_tls_broken(error: &rustls::Error) -> bool {
    use rustls::{AlertDescription, Error};
    matches!(
        error,
        Error::InvalidMessage(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::DecryptError
            | Error::AlertReceived(
                AlertDescription::InternalError
                    | AlertDescription::BadRecordMac
                    | AlertDescription::DecodeError
                    | AlertDescription::UnexpectedMessage
                    | AlertDescription::RecordOverflow
            )
    )
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

    use super::*;

    #[test]
    fn tls_that_breaks_is_told_from_tls_that_refuses() {
        for (error, is_refusal) in [
            (CertificateError::UnknownIssuer.into(), true),
            (
                Error::AlertReceived(AlertDescription::HandshakeFailure),
                true,
            ),
            (Error::AlertReceived(AlertDescription::InternalError), false),
            (InvalidMessage::InvalidContentType.into(), false),
            (Error::DecryptError, false),
        ] {
            assert_eq!(is_tls_refusal(&error), is_refusal, "{error:?}");
            let wrapped = std::io::Error::other(std::io::Error::other(error.clone()));
            assert_eq!(is_tls_refusal(&wrapped), is_refusal, "{error:?}");
        }
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert!(!is_tls_refusal(&broken));
    }
}
