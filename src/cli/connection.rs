//! The options for how the service is called.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use super::completion;
use super::duration::duration;
use crate::service::endpoint::Region;

/// How the service is called.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The region [default: the ARN's, AWS_REGION, AWS_DEFAULT_REGION, the profile's]
    #[arg(long, global = true, value_name = "REGION", add = completion::region())]
    pub region: Option<Region>,

    /// The profile of the shared AWS config files
    #[arg(long, global = true, value_name = "NAME", add = completion::profile(), value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,

    /// Another endpoint than the region's
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url, value_parser = NonEmptyStringValueParser::new())]
    pub endpoint_url: Option<String>,

    /// Call the FIPS endpoint
    #[arg(long, global = true)]
    pub use_fips: bool,

    /// Call the dual-stack endpoint (IPv4 and IPv6)
    #[arg(long, global = true)]
    pub use_dual_stack: bool,

    /// Trust these certificate authorities (PEM) and no others
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_bundle: Option<PathBuf>,

    /// Ask for temporary credentials anew: neither use nor fill the AWS CLI's cache of them
    #[arg(long, global = true)]
    pub no_credential_cache: bool,

    /// Refused: see --ca-bundle
    #[arg(long, global = true, hide = true)]
    pub no_verify_ssl: bool,

    /// Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: Option<u32>,

    /// Time to connect, like 500ms, 10, 1m30s
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    #[arg(alias = "cli-connect-timeout")]
    pub connect_timeout: Duration,

    /// Time to wait for a reply
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    #[arg(alias = "cli-read-timeout")]
    pub read_timeout: Duration,

    /// Time for the whole command [default: no limit, but 1h for wait-session]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}
