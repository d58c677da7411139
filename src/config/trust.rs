//! The trusted certificate authorities. They are read when the first client for TLS is created, so that calls over
//! http do not read them.
//!
//! Without a bundle, macOS and Windows verify certificates by their own rules, including revocation
//! (rustls-platform-verifier). On Linux, this module reads the file with all authorities itself: that crate would
//! read a folder with a link to each of them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::names::{SSL_CERT_DIR, SSL_CERT_FILE};
use super::pem;
use crate::cli::Environment;

/// The error on a system without authorities, usually a minimal Linux image.
const NO_SYSTEM_AUTHORITIES: &str = if cfg!(target_os = "linux") {
    "the system's trust store has no certificate: install ca-certificates"
} else {
    "the system's trust store has no certificate"
};

/// The largest file of certificates that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

/// The certificate authorities of the bundle, or those of the system if there is no bundle.
#[derive(Debug)]
pub(super) struct TrustStore {
    bundle: Option<PathBuf>,
    /// The file and the folder with the system's authorities, from OpenSSL's variables; `None` if not set.
    system_file: Option<PathBuf>,
    system_folder: Option<PathBuf>,
    /// The authorities, after they have been read.
    roots: OnceLock<Arc<RootCertStore>>,
}

impl TrustStore {
    pub(super) fn new(bundle: Option<PathBuf>, environment: &Environment) -> Self {
        Self {
            bundle,
            system_file: environment.path(SSL_CERT_FILE),
            system_folder: environment.path(SSL_CERT_DIR),
            roots: OnceLock::new(),
        }
    }

    pub(super) fn bundle(&self) -> Option<&Path> {
        self.bundle.as_deref()
    }

    /// Creates TLS settings: TLS 1.2 or newer, no client certificate. Without `authorities`, no certificate is
    /// trusted and no file is read.
    ///
    /// # Errors
    /// The authorities cannot be read.
    pub(super) fn client_config(&self, authorities: bool) -> Result<ClientConfig, String> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        #[cfg(any(target_os = "macos", windows))]
        if authorities && [&self.bundle, &self.system_file, &self.system_folder] == [&None; 3] {
            use rustls_platform_verifier::BuilderVerifierExt;
            let builder = builder.with_platform_verifier();
            let builder = builder.map_err(|error| error.to_string())?;
            return Ok(builder.with_no_client_auth());
        }
        let roots = if authorities {
            self.roots()?
        } else {
            Arc::new(RootCertStore::empty())
        };
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, String> {
        if let Some(roots) = self.roots.get() {
            return Ok(Arc::clone(roots));
        }
        let (certificates, if_empty) = match &self.bundle {
            Some(path) => (read_pem(path)?, "it has no certificate"),
            None => (self.system_certificates()?, NO_SYSTEM_AUTHORITIES),
        };
        let mut roots = RootCertStore::empty();
        let (added, _ignored) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(if_empty.to_owned());
        }
        Ok(Arc::clone(self.roots.get_or_init(|| Arc::new(roots))))
    }

    /// Reads the system's authorities. Most Linux distributions have them in one file, and again in a folder of
    /// hundreds of links. Therefore only the file is read, unless `SSL_CERT_DIR` names a folder.
    fn system_certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
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

/// The file with all authorities; `None` on systems other than Linux. OpenSSL's default folder on Windows is in
/// `C:\etc\ssl`, which any user can create.
fn system_file() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return openssl_probe::probe().cert_file;
    #[cfg(not(target_os = "linux"))]
    None
}
