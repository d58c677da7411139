//! `wsb local`: the stand-in service, alone or with a command that runs against it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use clap::{Args, ValueHint};

use crate::delivery::{Reader, print_text};
use crate::diagnostics::{Code, Failure, Reporter};
use crate::stand_in::{Data, Environment, Server, run_command, sample};

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb local -- wsb get-session aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa \\
                               11111111-1111-4111-8111-111111111111
  wsb local -- ./my-ci-script.sh";

/// `wsb local`.
#[derive(Debug, Args)]
pub(super) struct Local {
    /// Serve the portals and sessions of this JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    data: Option<PathBuf>,

    /// The address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,

    /// The command to run against the stand-in
    #[arg(last = true, value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

pub(super) async fn run(options: Local, reporter: &Reporter) -> Result<ExitCode, Failure> {
    let data = match &options.data {
        None => Data::sample(SystemTime::now()),
        Some(path) => read(path)?,
    };
    let server = Server::bind(options.listen, data)
        .await
        .with_context(|| format!("the stand-in cannot listen on {}", options.listen))?;
    if !server.address().ip().is_loopback() {
        reporter.warning(&format!(
            "the stand-in listens on {}, where other machines can reach it",
            server.address()
        ));
    }
    let Some((program, rest)) = options.command.split_first() else {
        let environment = environment(&server, options.data.is_none());
        if print_text(environment.as_bytes())? == Reader::Gone {
            return Ok(Code::Ok.into());
        }
        let served = server.run(tokio::signal::ctrl_c()).await;
        served.context("the stand-in cannot listen for an interrupt")?;
        return Ok(Code::Ok.into());
    };
    match run_command(server, program, rest).await {
        Ok(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))),
        Err(error) => {
            let failure = Failure::new(Code::Other, error.to_string())
                .named("NotStarted")
                .with_hint("wsb local -- COMMAND runs a program; a shell's own words need sh -c");
            reporter.failure(&failure);
            // What a shell says in this case.
            let code = u8::try_from(error.exit_code()).unwrap_or(u8::MAX);
            Ok(ExitCode::from(code))
        }
    }
}

fn read(path: &Path) -> Result<Data, Failure> {
    let refuse =
        |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error))?;
    Data::parse(&text).map_err(|error| refuse(&error))
}

/// What a POSIX shell evaluates to reach the stand-in.
fn environment(server: &Server, is_sample: bool) -> String {
    let mut text = format!(
        "# The stand-in listens on http://{} until it is interrupted. In another shell:\n",
        server.address()
    );
    let Environment { set, removed } = server.environment();
    for name in removed {
        let _ = writeln!(text, "unset {name}");
    }
    for (name, value) in set {
        let _ = writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''"));
    }
    if is_sample {
        let (portal, session) = (sample::PORTAL, sample::ACTIVE);
        let _ = writeln!(text, "# Try: wsb get-session {portal} {session}");
    }
    text
}
