//! The contract test for people with an account: what `wsb` assumes about the service, checked against AWS.
//!
//! ```text
//! eval "$(aws configure export-credentials --format env)"
//! cargo test --locked --test live -- PORTAL-ARN
//! ```
//!
//! It only reads. The report can be attached to an issue: it names no session, user, address or account. With
//! `--fixture FILE` it also writes the sessions, with made-up names, as a data file for `wsb local --data`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a report on the terminal"
)]

use std::process::ExitCode;

use aws_credential_types::Credentials;
use wsb::service::endpoint::{Endpoint, EndpointParameters, Region};

#[path = "live/contract.rs"]
#[allow(clippy::cast_precision_loss, reason = "seconds of any calendar fit")]
mod contract;

const USAGE: &str = "usage: cargo test --locked --test live -- PORTAL-ARN [--fixture FILE]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| {
            !["--nocapture", "--ignored", "-q", "--quiet"].contains(&argument.as_str())
        })
        .collect();
    let (portal, fixture) = match &arguments[..] {
        [portal] if portal.starts_with("arn:") => (portal, None),
        [portal, option, file] if portal.starts_with("arn:") && option == "--fixture" => {
            (portal, Some(file))
        }
        _ => {
            println!("the contract test needs an account and was not run; {USAGE}");
            return ExitCode::SUCCESS;
        }
    };
    let done = run(portal).and_then(|report| {
        print!("{report}");
        if let Some(file) = fixture {
            std::fs::write(file, report.fixture.to_string())
                .map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(report.differences().count())
    });
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(count) => {
            eprintln!("{count} assumptions do not hold");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arn: &str) -> Result<contract::Report, String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, _, region, _, portal] = parts[..] else {
        return Err(USAGE.to_owned());
    };
    let region: Region = region
        .parse()
        .map_err(|_| format!("not a region: {region}"))?;
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let custom = variable("AWS_ENDPOINT_URL_WORKSPACES_WEB").ok();
    let endpoint = Endpoint::resolve(&EndpointParameters {
        region: &region,
        partition: None,
        fips: false,
        dual_stack: false,
        custom: custom.as_deref(),
    })
    .map_err(|error| error.to_string())?;
    let service = contract::Service {
        endpoint,
        region,
        credentials,
        portal: portal.trim_start_matches("portal/").to_owned(),
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(contract::check(&service))
}
