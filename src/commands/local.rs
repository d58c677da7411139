//! `wsb local`: the stand-in service, alone or with a command that runs against it.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;

use crate::cli;
use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{Report, Reporter};
use crate::diagnostics::usage::UsageError;
use crate::output::PrintError;
use crate::stand_in::{Data, Server, run_command, sample};

pub(super) async fn run(arguments: cli::Local, reporter: &Reporter) -> anyhow::Result<ExitCode> {
    let data = match &arguments.data {
        None => Data::sample(SystemTime::now()),
        Some(path) => read(path)?,
    };
    let server = Server::bind(arguments.listen, data)
        .await
        .with_context(|| format!("the stand-in cannot listen on {}", arguments.listen))?;
    if !server.address().ip().is_loopback() {
        reporter.warning(&format!(
            "the stand-in listens on {}, where other machines can reach it",
            server.address()
        ));
    }
    let Some((program, rest)) = arguments.command.split_first() else {
        print_environment(&server, arguments.data.is_none())?;
        server.run(tokio::signal::ctrl_c()).await?;
        return Ok(Code::Ok.into());
    };
    match run_command(server, program, rest).await {
        Ok(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))),
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(u8::MAX);
            reporter.error(&Report::new(
                Code::Other,
                "NotStarted",
                error.to_string(),
                Some("wsb local -- COMMAND runs a program; a shell's own words need sh -c".into()),
            ));
            Ok(ExitCode::from(code))
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Data> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| UsageError::new(format!("{}: {error}", path.display())))?;
    let data = Data::parse(&text)
        .map_err(|error| UsageError::new(format!("{}: {error}", path.display())))?;
    Ok(data)
}

/// Prints what a POSIX shell evaluates to reach the stand-in.
fn print_environment(server: &Server, is_sample: bool) -> Result<(), PrintError> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "# The stand-in listens on http://{} until it is interrupted. In another shell:",
        server.address()
    )?;
    for name in server.removed_variables() {
        writeln!(out, "unset {name}")?;
    }
    for (name, value) in server.environment() {
        writeln!(out, "export {name}='{}'", value.replace('\'', r"'\''"))?;
    }
    if is_sample {
        let (portal, session) = (sample::PORTAL, sample::ACTIVE);
        writeln!(out, "# Try: wsb get-session {portal} {session}")?;
    }
    Ok(out.flush()?)
}
