//! TLS that refuses a peer, as opposed to a connection that breaks in the handshake: another attempt
//! cannot help.

use rustls::{AlertDescription, CertificateError, Error};

/// Why a peer is refused, or refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsRefusal {
    /// In words.
    pub(crate) reason: String,
    /// Whether the authority behind the certificate is not among the trusted ones: then another
    /// bundle can help.
    pub(crate) is_untrusted: bool,
}

impl TlsRefusal {
    /// The refusal that a cause stands for. tokio-rustls and hyper-rustls each wrap rustls' error into
    /// an `io::Error`, which hides it from `source`.
    pub(crate) fn of(cause: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<Error>() {
            return (!is_broken(error)).then(|| Self {
                reason: words(error),
                is_untrusted: matches!(
                    error,
                    Error::InvalidCertificate(CertificateError::UnknownIssuer)
                ),
            });
        }
        let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        Self::of(inner)
    }
}

/// rustls' words, but for object identifiers, which it shows as numbers.
fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => "invalid peer certificate: signed by an algorithm that is not supported, such as ECDSA over P-521".to_owned(),
        _ => error.to_string(),
    }
}

/// Whether damage on the way or a failing peer can bring this error about, so that another attempt
/// may do better.
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
    fn tls_that_breaks_is_told_from_tls_that_refuses() {
        for (error, is_refusal, is_untrusted) in [
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
                let refusal = TlsRefusal::of(&*cause);
                assert_eq!(refusal.is_some(), is_refusal, "{error:?}");
                let untrusted = refusal.is_some_and(|refusal| refusal.is_untrusted);
                assert_eq!(untrusted, is_untrusted, "{error:?}");
            }
        }
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert_eq!(TlsRefusal::of(&broken), None);
    }

    #[test]
    fn an_algorithm_is_named_in_words() {
        let error: Error = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 8, 42, 134, 72, 206, 61, 4, 3, 4],
            supported_algorithms: Vec::new(),
        }
        .into();
        let words = words(&error);
        assert!(words.contains("not supported"), "{words}");
        assert!(!words.contains("134"), "{words}");
    }
}
