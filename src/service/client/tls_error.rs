//! Messages for TLS errors that reject a peer. If a connection breaks during the handshake, no peer is rejected, and
//! another attempt can help.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::super::transport_error::Unreachable;

/// Finds the error of rustls in the cause of a connection error. tokio-rustls and hyper-rustls each wrap it into
/// an `io::Error`, which hides it from `source`.
pub(super) fn from_cause(
    cause: &(dyn std::error::Error + 'static),
) -> Option<(Unreachable, String)> {
    let Some(error) = cause.downcast_ref::<Error>() else {
        let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        return from_cause(inner);
    };
    Some(match error {
        error if is_broken(error) => return None,
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            let reason =
                "the certificate was issued by an authority that is not trusted (UnknownIssuer)";
            (Unreachable::Untrusted, reason.to_owned())
        }
        // The verifier has no trusted authorities. The text is the reason.
        Error::General(reason) => (Unreachable::Untrusted, reason.clone()),
        _ => (Unreachable::Tls, describe_rejection(error)),
    })
}

/// Describes the error in the words of rustls, except if they are a time in seconds, an algorithm in DER, or a
/// name from the source code of webpki.
fn describe_rejection(error: &Error) -> String {
    let Error::InvalidCertificate(fault) = error else {
        return error.to_string();
    };
    match fault {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate expired on {}", date(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the certificate is not valid before {}: check this machine's clock",
            date(*not_before)
        ),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the certificate is signed with an algorithm that is not supported".to_owned()
        }
        CertificateError::Other(other) => match other.to_string().as_str() {
            "CaUsedAsEndEntity" => "the server's certificate is a CA certificate, as `openssl req -x509` creates by default: issue one with basicConstraints=CA:FALSE".to_owned(),
            "EndEntityUsedAsCa" => "the certificate of the issuer is not a CA certificate (basicConstraints=CA:TRUE is missing)".to_owned(),
            name => format!("invalid peer certificate: {name}"),
        },
        _ => error.to_string(),
    }
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%d").to_string()
}

/// Whether corrupted data or a failing peer can cause this error, so that another attempt can succeed.
fn is_broken(error: &Error) -> bool {
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
    use rustls::InvalidMessage;

    use super::*;

    #[test]
    fn a_rejection_is_told_from_a_connection_that_breaks() {
        for (error, is_rejection, is_untrusted) in [
            (CertificateError::UnknownIssuer.into(), true, true),
            (CertificateError::NotValidForName.into(), true, false),
            (CertificateError::Expired.into(), true, false),
            (
                Error::AlertReceived(AlertDescription::HandshakeFailure),
                true,
                false,
            ),
            (
                Error::AlertReceived(AlertDescription::InternalError),
                false,
                false,
            ),
            (InvalidMessage::InvalidContentType.into(), false, false),
            (Error::DecryptError, false, false),
        ] {
            for cause in [
                Box::new(error.clone()) as Box<dyn std::error::Error + 'static>,
                Box::new(std::io::Error::other(std::io::Error::other(error.clone()))),
            ] {
                let kind = from_cause(&*cause).map(|(kind, _)| kind);
                assert_eq!(kind.is_some(), is_rejection, "{error:?}");
                let untrusted = kind == Some(Unreachable::Untrusted);
                assert_eq!(untrusted, is_untrusted, "{error:?}");
            }
        }
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert_eq!(from_cause(&broken), None);
    }
}
