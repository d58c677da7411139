//! The trusted certificate authorities. They are read when the first certificate is verified, so that a call
//! over http, or one that fails before TLS, does not read them.
//!
//! Without a bundle, macOS and Windows verify certificates by their own rules, including revocation
//! (rustls-platform-verifier). On Linux that crate reads a folder of links although one file has all
//! authorities.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
};

use super::names::{SSL_CERT_DIR, SSL_CERT_FILE};
use super::pem;
use crate::cli::Environment;
use crate::diagnostics::Failure;

/// The error on a system without authorities, which usually is a bare Linux image.
const NO_SYSTEM_AUTHORITIES: &str = if cfg!(target_os = "linux") {
    "the system's trust store has no certificate: install ca-certificates"
} else {
    "the system's trust store has no certificate"
};

/// The largest file of certificates that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

type Verifier = Arc<dyn ServerCertVerifier>;

/// A certificate verifier that reads the authorities when it is used first.
#[derive(Debug)]
pub(super) struct LazyVerifier {
    bundle: Option<PathBuf>,
    /// The system's file and folder with authorities, by the variables of OpenSSL.
    system_file: Option<PathBuf>,
    system_folder: Option<PathBuf>,
    provider: Arc<CryptoProvider>,
    /// The verifier with the authorities, once they have been read.
    inner: OnceLock<Verifier>,
}

impl LazyVerifier {
    /// Creates a verifier that trusts only the authorities in the bundle, or those of the system if there is no
    /// bundle.
    pub(super) fn new(bundle: Option<PathBuf>, environment: &Environment) -> Arc<Self> {
        Arc::new(Self {
            bundle,
            system_file: environment.path(SSL_CERT_FILE),
            system_folder: environment.path(SSL_CERT_DIR),
            provider: Arc::new(ring::default_provider()),
            inner: OnceLock::new(),
        })
    }

    /// Reads the bundle, if there is one, to report an error before the call.
    ///
    /// # Errors
    /// The bundle cannot be used.
    pub(super) fn read_bundle(&self) -> Result<(), Failure> {
        let Some(path) = &self.bundle else {
            return Ok(());
        };
        match self.verifier() {
            Ok(_) => Ok(()),
            Err(reason) => Err(unusable_bundle(path, &reason)),
        }
    }

    fn verifier(&self) -> Result<&Verifier, String> {
        if let Some(verifier) = self.inner.get() {
            return Ok(verifier);
        }
        let verifier = match &self.bundle {
            Some(path) => self.webpki_verifier(read_pem(path)?, "it has no certificate")?,
            None => self.system_verifier()?,
        };
        Ok(self.inner.get_or_init(|| verifier))
    }

    fn system_verifier(&self) -> Result<Verifier, String> {
        #[cfg(any(target_os = "macos", windows))]
        if self.system_file.is_none() && self.system_folder.is_none() {
            let provider = Arc::clone(&self.provider);
            return match rustls_platform_verifier::Verifier::new(provider) {
                Ok(verifier) => Ok(Arc::new(verifier)),
                Err(error) => Err(error.to_string()),
            };
        }
        self.webpki_verifier(self.system_roots()?, NO_SYSTEM_AUTHORITIES)
    }

    /// The system's authorities. Most Linux distributions have them in one file, and again in a folder of
    /// hundreds of links, so the file alone is read unless `SSL_CERT_DIR` names a folder.
    fn system_roots(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        if self.system_folder.is_none()
            && let Some(file) = self.system_file.clone().or_else(system_file)
        {
            match read_pem(&file) {
                Ok(certificates) if !certificates.is_empty() => return Ok(certificates),
                Err(reason) if self.system_file.is_some() => {
                    let file = file.display();
                    return Err(format!(
                        "the system's trust store cannot be read: {file}: {reason}"
                    ));
                }
                _ => {}
            }
        }
        // This crate reads the same variables.
        let found = rustls_native_certs::load_native_certs();
        match found.errors.first() {
            Some(error) if found.certs.is_empty() => {
                Err(format!("the system's trust store cannot be read: {error}"))
            }
            _ => Ok(found.certs),
        }
    }

    fn webpki_verifier(
        &self,
        certificates: Vec<CertificateDer<'static>>,
        if_empty: &str,
    ) -> Result<Verifier, String> {
        let mut roots = RootCertStore::empty();
        let (added, _ignored) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(if_empty.to_owned());
        }
        let provider = Arc::clone(&self.provider);
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        match builder.build() {
            Ok(verifier) => Ok(verifier),
            Err(error) => Err(error.to_string()),
        }
    }

    /// TLS settings with this verifier: TLS 1.2 or newer, no client certificate.
    ///
    /// # Errors
    /// Those of rustls.
    pub(super) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, rustls::Error> {
        let verifier: Verifier = Arc::clone(self) as _;
        Ok(
            ClientConfig::builder_with_provider(Arc::clone(&self.provider))
                .with_safe_default_protocol_versions()?
                // "Dangerous" is rustls' word for any verifier but its own; this one only defers to it.
                .dangerous()
                .with_custom_certificate_verifier(verifier)
                .with_no_client_auth(),
        )
    }
}

/// The failure for a CA bundle that cannot be used.
pub(super) fn unusable_bundle(path: &Path, reason: &str) -> Failure {
    let message = format!("could not use the CA bundle {}: {reason}", path.display());
    Failure::configuration(message).with_default_hint(
        "give a file of certificates in PEM with --ca-bundle, AWS_CA_BUNDLE or ca_bundle in the profile",
    )
}

/// Reads a file of certificates, which can also be a pipe.
fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_SIZE).read_to_end(&mut content));
    match read {
        Ok(size) if size as u64 == MAX_SIZE => Err("it is larger than 16 MiB".to_owned()),
        Ok(_) => pem::certificates(&content),
        Err(error) => Err(error.to_string()),
    }
}

/// The file with all authorities; `None` on systems other than Linux. On Windows OpenSSL's default is in
/// `C:\etc\ssl`, which any user can create.
fn system_file() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return openssl_probe::probe().cert_file;
    #[cfg(not(target_os = "linux"))]
    None
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
        let verifier = self.verifier().map_err(rustls::Error::General)?;
        verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verifier = self.verifier().map_err(rustls::Error::General)?;
        verifier.verify_tls13_signature(message, cert, dss)
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
