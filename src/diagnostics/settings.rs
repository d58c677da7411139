//! Messages and hints for invalid settings.

use std::path::PathBuf;

use thiserror::Error;

use super::exit_code::Code;
use super::failure::{Failure, open_files_hint};
use crate::service::endpoint::{EndpointError, Region};

/// An error in the settings of a client.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// No region is set anywhere.
    #[error("no region is set")]
    NoRegion,
    /// The configured region is malformed.
    #[error("{0}")]
    Region(EndpointError),
    /// The region of the environment or the profile is malformed.
    #[error("{place}: {error}")]
    ConfiguredRegion {
        /// The variable, or the key in the profile with its file and line.
        place: String,
        /// The cause.
        error: EndpointError,
    },
    /// `--region` names another region than the portal's ARN.
    #[error("--region {flag} contradicts the portal's ARN, which is in {arn}")]
    RegionContradictsArn {
        /// The region of `--region`.
        flag: Region,
        /// The region of the ARN.
        arn: Region,
    },
    /// The named profile does not exist.
    #[error("the shared AWS config files have no profile {name:?} ({named_by})")]
    UnknownProfile {
        /// The option or the variable that names it.
        named_by: &'static str,
        /// The name.
        name: String,
        /// The profiles that exist.
        known: Vec<String>,
    },
    /// The shared config files cannot be read.
    #[error("could not use the shared AWS config files: {0}")]
    SharedConfig(String),
    /// A setting has an invalid value.
    #[error("{place} is {value:?}: it must be {wanted}")]
    Setting {
        /// The variable, or the key in the profile.
        place: String,
        /// The value.
        value: String,
        /// The accepted values.
        wanted: &'static str,
    },
    /// The custom endpoint is invalid, or conflicts with FIPS or dual stack.
    #[error("{0}")]
    Endpoint(EndpointError),
    /// The CA bundle cannot be used.
    #[error("could not use the CA bundle {}: {reason}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        reason: String,
    },
    /// A proxy variable of the environment is invalid.
    #[error("{name} is not the URL of a proxy")]
    Proxy {
        /// The variable. Its value may hold a password.
        name: &'static str,
    },
    /// `--no-verify-ssl` was given.
    #[error(
        "--no-verify-ssl is not supported: anyone on the network path could read the session token"
    )]
    NoVerifySsl,
    /// The HTTP client cannot be built.
    #[error("could not set up the HTTP client: {0}")]
    Http(String),
}

impl SettingsError {
    fn code(&self) -> Code {
        match self {
            Self::NoRegion
            | Self::Region(_)
            | Self::ConfiguredRegion { .. }
            | Self::RegionContradictsArn { .. }
            | Self::Endpoint(_)
            | Self::SharedConfig(_)
            | Self::Setting { .. }
            | Self::CaBundle { .. }
            | Self::Proxy { .. }
            | Self::NoVerifySsl => Code::Usage,
            Self::UnknownProfile { .. } => Code::Credentials,
            Self::Http(_) => Code::Other,
        }
    }

    /// The hint.
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRegion => {
                "set it with --region, with AWS_REGION (or AWS_DEFAULT_REGION), with `region` in the profile (aws configure set region us-east-1), or give the portal as an ARN"
            }
            Self::UnknownProfile { named_by, name, .. } if name.is_empty() => {
                return Some(format!("unset {named_by} to use the default profile"));
            }
            Self::UnknownProfile { known, .. } if known.is_empty() => {
                "there are no profiles yet: create one with `aws configure --profile NAME`"
            }
            Self::UnknownProfile { known, .. } => {
                return Some(format!("the existing profiles are {}", known.join(", ")));
            }
            Self::RegionContradictsArn { .. } => {
                "leave --region out: the region of the ARN is used"
            }
            Self::CaBundle { .. } => {
                "give a file of certificates in PEM with --ca-bundle, AWS_CA_BUNDLE or ca_bundle in the profile"
            }
            Self::Proxy { .. } => {
                "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters percent-encoded (a space is %20), or unset it"
            }
            Self::NoVerifySsl => {
                "trust the certificate authority instead: --ca-bundle FILE or AWS_CA_BUNDLE"
            }
            Self::Endpoint(EndpointError::FipsWithCustomEndpoint) => {
                "unset AWS_USE_FIPS_ENDPOINT (use_fips_endpoint) to call the endpoint, or the endpoint (AWS_ENDPOINT_URL, endpoint_url) to call the FIPS one"
            }
            Self::Endpoint(EndpointError::DualStackWithCustomEndpoint) => {
                "unset AWS_USE_DUALSTACK_ENDPOINT (use_dualstack_endpoint) to call the endpoint, or the endpoint (AWS_ENDPOINT_URL, endpoint_url) to call the dual-stack one"
            }
            Self::Endpoint(EndpointError::MalformedUrl(_)) => {
                "correct --endpoint-url, AWS_ENDPOINT_URL_WORKSPACES_WEB, AWS_ENDPOINT_URL or endpoint_url in the profile, whichever comes first"
            }
            Self::Region(_)
            | Self::ConfiguredRegion { .. }
            | Self::Endpoint(_)
            | Self::SharedConfig(_)
            | Self::Setting { .. }
            | Self::Http(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let message = error.to_string();
        if let Some(hint) = open_files_hint(&message) {
            return Self::new(Code::Other, message).with_hint(hint);
        }
        Self::new(error.code(), message)
            .with_name("Configuration")
            .with_optional_hint(error.hint())
    }
}
