//! Which certificate authorities are trusted, read when the first certificate is to be checked:
//! a call over http, or one that ends before TLS, reads none.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
};

/// The authorities to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Authorities {
    /// The system's.
    System,
    /// Those of a PEM file, and no others.
    Bundle(PathBuf),
}

impl Authorities {
    /// Reads and parses the certificates.
    fn load(&self) -> Result<RootCertStore, String> {
        let certificates = match self {
            Self::Bundle(path) => read_bundle(path)?,
            Self::System => read_system(),
        };
        let mut roots = RootCertStore::empty();
        let (added, _ignored) = roots.add_parsable_certificates(certificates);
        match self {
            _ if added > 0 => Ok(roots),
            Self::Bundle(path) => Err(format!("{} holds no certificate", path.display())),
            Self::System => Err("the system's trust store is empty".to_owned()),
        }
    }
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let refuse = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let pem = std::fs::read(path).map_err(|error| refuse(&error))?;
    CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| refuse(&error))
}

/// The system's certificates. Where the system keeps them in one file as well as in a folder of
/// hundreds of links to the same ones, as most Linux distributions do, the file alone is read.
fn read_system() -> Vec<CertificateDer<'static>> {
    let is_overridden = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if !is_overridden
        && let Some(file) = openssl_probe::probe().cert_file
        && let Ok(certificates) = read_bundle(&file)
        && !certificates.is_empty()
    {
        return certificates;
    }
    rustls_native_certs::load_native_certs().certs
}

/// A verifier of servers' certificates that reads the authorities at its first use.
#[derive(Debug)]
pub(super) struct LazyVerifier {
    authorities: OnceLock<Authorities>,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl LazyVerifier {
    /// A verifier whose authorities are named later, with [`LazyVerifier::trust`]; if they never
    /// are, they are the system's.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            authorities: OnceLock::new(),
            provider: Arc::new(ring::default_provider()),
            verifier: OnceLock::new(),
        })
    }

    /// Names the authorities. Only the first call counts.
    pub(super) fn trust(&self, authorities: Authorities) {
        let _ = self.authorities.set(authorities);
    }

    /// Reads the authorities now, for an early error.
    pub(super) fn prepare(&self) -> Result<(), String> {
        self.verifier().map(|_| ())
    }

    fn verifier(&self) -> Result<&Arc<WebPkiServerVerifier>, String> {
        self.verifier
            .get_or_init(|| {
                let roots = self
                    .authorities
                    .get()
                    .unwrap_or(&Authorities::System)
                    .load()?;
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
