//! The options for calls to the service.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use super::duration::duration;
use crate::service::endpoint::Region;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// AWS region
    ///
    /// [default: the region of the portal's ARN, AWS_REGION, AWS_DEFAULT_REGION, or the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    #[arg(help_heading = None::<&str>)]
    pub region: Option<Region>,

    /// Profile in the shared AWS config files
    ///
    /// [default: AWS_PROFILE, or "default"]
    #[arg(long, global = true, value_name = "NAME")]
    #[arg(value_parser = NonEmptyStringValueParser::new(), help_heading = None::<&str>)]
    pub profile: Option<String>,

    /// Call this endpoint instead of the region's
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new(), value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// Call the FIPS endpoint
    #[arg(long, global = true, hide_short_help = true)]
    pub use_fips: bool,

    /// Call the dual-stack endpoint (IPv4 and IPv6)
    #[arg(long, global = true, hide_short_help = true)]
    pub use_dual_stack: bool,

    /// Trust only the certificate authorities in this PEM file
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    pub ca_bundle: Option<PathBuf>,

    /// Neither read nor write the AWS CLI's cache of temporary credentials
    #[arg(long, global = true, hide_short_help = true)]
    pub no_credential_cache: bool,

    /// Rejected: use --ca-bundle
    #[arg(long, global = true, hide = true)]
    pub no_verify_ssl: bool,

    /// Attempts per call, including the first
    ///
    /// [default: AWS_MAX_ATTEMPTS, the profile's max_attempts, or 3]
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: Option<u32>,

    /// Time limit for opening a connection
    ///
    /// Seconds, or numbers with units, like 500ms or 1m30s.
    #[arg(
        long,
        alias = "cli-connect-timeout",
        global = true,
        value_name = "DURATION"
    )]
    #[arg(default_value = "5s", value_parser = duration, hide_short_help = true)]
    pub connect_timeout: Duration,

    /// Time limit for a reply
    #[arg(
        long,
        alias = "cli-read-timeout",
        global = true,
        value_name = "DURATION"
    )]
    #[arg(default_value = "30s", value_parser = duration, hide_short_help = true)]
    pub read_timeout: Duration,

    /// Time limit for the entire command
    ///
    /// [default: none, or 1h for wait-session]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    #[arg(hide_short_help = true)]
    pub timeout: Option<Duration>,
}
