//! The client of Amazon WorkSpaces Secure Browser. It does not depend on a terminal or on command-line options.

pub mod client;
pub mod clock;
pub mod credentials;
pub mod documents;
pub mod endpoint;
pub mod error;
pub mod ids;
pub mod operations;
pub mod provider_error;
pub mod rate;
mod recent_ids;
pub mod reply;
pub mod request;
pub mod retry;
pub mod transport_error;

/// The service's name in signatures (`signingName` of the service model).
pub const SIGNING_NAME: &str = "workspaces-web";
