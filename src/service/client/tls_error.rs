//! Messages for TLS errors that reject a peer. A connection that breaks during the handshake is no rejection:
//! there another attempt can help.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::super::transport_error::Unreachable;

/// Finds the TLS error in the cause of a connection error. tokio-rustls and hyper-rustls each wrap the error of
/// rustls into an `io::Error`, which hides it from `source`.
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
        // The verifier found no trusted authorities, and says why.
        Error::General(reason) => (Unreachable::Untrusted, reason.clone()),
        Error::InvalidCertificate(error) => (Unreachable::Tls, describe_certificate_error(error)),
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            let reason = "the server rejected the handshake (HandshakeFailure): it may have no protocol version, cipher suite or certificate that suits";
            (Unreachable::Tls, reason.to_owned())
        }
        _ => (Unreachable::Tls, error.to_string()),
    })
}

/// Describes a certificate error, because rustls shows object identifiers as numbers and some errors by the
/// names in its source code.
fn describe_certificate_error(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate expired on {}", date(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the certificate is not valid before {}: check this machine's clock",
            date(*not_before)
        ),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let but = if presented.is_empty() {
                ": it has no subject alternative names, and the common name does not count"
                    .to_owned()
            } else {
                format!(", only for {}", presented.join(", "))
            };
            let expected = expected.to_str();
            format!("the certificate is not valid for name \"{expected}\"{but}")
        }
        CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id,
            ..
        } => {
            format!(
                "the certificate is signed by {}, which is not supported",
                algorithm(signature_algorithm_id)
            )
        }
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id,
            ..
        } => {
            format!(
                "the certificate is signed by {} with a key that does not go with it here, such as ECDSA over P-521, which is not supported",
                algorithm(signature_algorithm_id)
            )
        }
        CertificateError::Other(other) => describe_webpki_error(&format!("{:?}", other.0)),
        _ => format!("invalid certificate: {error}"),
    }
}

/// Describes an error of webpki for which rustls has no variant. `name` is webpki's name for it.
fn describe_webpki_error(name: &str) -> String {
    match name {
        "CaUsedAsEndEntity" => "the server's certificate is one of an authority, as `openssl req -x509` makes by default: issue one with basicConstraints=CA:FALSE",
        "EndEntityUsedAsCa" => "the certificate was issued by one that is not an authority's (basicConstraints=CA:TRUE is missing)",
        "UnsupportedCertVersion" => "the certificate is not of X.509 version 3",
        _ => return format!("the certificate cannot be used ({name})"),
    }
    .to_owned()
}

/// The name of the algorithm with this object identifier, in DER.
fn algorithm(identifier: &[u8]) -> &'static str {
    match identifier {
        [.., 42, 134, 72, 206, 61, 4, 3, 4] => "ECDSA with SHA-512",
        [.., 42, 134, 72, 206, 61, 4, 1] => "ECDSA with SHA-1",
        [.., 42, 134, 72, 134, 247, 13, 1, 1, 5] => "RSA with SHA-1",
        _ => "an algorithm",
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

    #[test]
    fn an_algorithm_is_named() {
        let error = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 8, 42, 134, 72, 206, 61, 4, 3, 4],
            supported_algorithms: Vec::new(),
        };
        assert!(describe_certificate_error(&error).contains("ECDSA with SHA-512"));
    }
}
