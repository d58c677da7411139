//! Which certificate authorities are trusted, read when the first certificate is to be checked:
//! a call over http, or one that ends before TLS, reads none.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
};

use super::pem;
use crate::diagnostics::SettingsError;

/// What is wrong where the system has no authorities: a bare Linux image is the usual case.
const NO_SYSTEM_AUTHORITIES: &str = if cfg!(target_os = "linux") {
    "the system's trust store holds no certificate: install ca-certificates"
} else {
    "the system's trust store holds no certificate"
};

/// The authorities of the bundle, or of the system if there is none.
fn roots(bundle: Option<&Path>) -> Result<RootCertStore, String> {
    let (certificates, if_empty) = match bundle {
        Some(path) => (read_bundle(path)?, "it holds no certificate"),
        None => (read_system(), NO_SYSTEM_AUTHORITIES),
    };
    let mut roots = RootCertStore::empty();
    let (added, _ignored) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(if_empty.to_owned());
    }
    Ok(roots)
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    pem::certificates(&std::fs::read(path).map_err(|error| error.to_string())?)
}

/// The system's certificates, or those of `SSL_CERT_FILE`. Where Linux keeps them in one file as well
/// as in a folder of hundreds of links to the same ones, as most distributions do, the file alone is
/// read; `SSL_CERT_DIR` asks for the folder.
fn read_system() -> Vec<CertificateDer<'static>> {
    if std::env::var_os("SSL_CERT_DIR").is_none()
        && let Some(file) = system_file()
        && let Ok(certificates) = read_bundle(&file)
        && !certificates.is_empty()
    {
        return certificates;
    }
    rustls_native_certs::load_native_certs().certs
}

/// The one file with all authorities.
#[cfg(target_os = "linux")]
fn system_file() -> Option<PathBuf> {
    openssl_probe::probe().cert_file
}

/// None: macOS and Windows have a store that only their own functions read. The places of Linux
/// exist there only if somebody made them, on Windows as `C:\etc\ssl`, which any user can make.
#[cfg(not(target_os = "linux"))]
fn system_file() -> Option<PathBuf> {
    None
}

/// A verifier of servers' certificates that reads the authorities at its first use.
#[derive(Debug)]
pub(super) struct LazyVerifier {
    bundle: OnceLock<PathBuf>,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl LazyVerifier {
    /// A verifier that trusts the system's authorities, unless a bundle is named later.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            bundle: OnceLock::new(),
            provider: Arc::new(ring::default_provider()),
            verifier: OnceLock::new(),
        })
    }

    /// Trusts the authorities of this PEM file and no others. Only the first call counts.
    pub(super) fn trust_bundle(&self, path: PathBuf) {
        let _ = self.bundle.set(path);
    }

    /// Reads the bundle now, if there is one, for an early error.
    pub(super) fn prepare_bundle(&self) -> Result<(), SettingsError> {
        let Some(path) = self.bundle.get() else {
            return Ok(());
        };
        self.verifier()
            .map(|_| ())
            .map_err(|reason| SettingsError::CaBundle {
                path: path.clone(),
                reason,
            })
    }

    fn verifier(&self) -> Result<&Arc<WebPkiServerVerifier>, String> {
        self.verifier
            .get_or_init(|| {
                let roots = roots(self.bundle.get().map(PathBuf::as_path))?;
                WebPkiServerVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::clone(&self.provider),
                )
                .build()
                .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// TLS settings with this verifier: TLS 1.2 or newer, no client certificate.
    pub(super) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, rustls::Error> {
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(self) as _;
        Ok(
            ClientConfig::builder_with_provider(Arc::clone(&self.provider))
                .with_safe_default_protocol_versions()?
                // "Dangerous" is rustls' word for any verifier but its own; ours only defers to it.
                .dangerous()
                .with_custom_certificate_verifier(verifier)
                .with_no_client_auth(),
        )
    }
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()
            .map_err(rustls::Error::General)?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        None
    }
}
