//! `wsb local`: runs the emulator, alone or with a command that calls it.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use clap::{Args, ValueHint};
use tokio::process::Command;

use self::child::{catch_signals, next_signal, run_command};
use self::client_environment::{client_environment, search_path};
use self::shell::Syntax;
use crate::cli::Environment;
use crate::delivery::ignores_hang_up;
use crate::diagnostics::{Code, Failure, Reporter, print_text};
use crate::emulator::{EmulatorData, Server, sample};

mod child;
mod client_environment;
mod shell;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb local -- wsb list-sessions --all-portals
  wsb local -- ./my-ci-script.sh";

#[derive(Debug, Args)]
pub(super) struct Local {
    /// Serve the portals and sessions of this JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    data: Option<PathBuf>,

    /// The address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,

    /// The command to run against the emulator
    #[arg(last = true, value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

pub(super) async fn run(
    options: Local,
    variables: &Environment,
    reporter: &Reporter,
) -> Result<ExitCode, Failure> {
    let data = match &options.data {
        None => EmulatorData::sample(SystemTime::now()),
        Some(path) => read(path)?,
    };
    let server = Server::bind(options.listen, data)
        .await
        .with_context(|| format!("the emulator cannot listen on {}", options.listen))?;
    if !server.address().ip().is_loopback() {
        reporter.warning(&format!(
            "the emulator listens on {}, where other machines can reach it",
            server.address()
        ));
    }
    // Before the command starts: a signal that is not caught would end this process only.
    let signals = catch_signals(!ignores_hang_up());
    let mut signals = signals.context("the emulator cannot catch signals")?;
    let environment = client_environment(
        server.address(),
        server.credentials(),
        server.default_region().as_str(),
        variables,
    );
    let Some((program, rest)) = options.command.split_first() else {
        let has_shell = variables.var_os("SHELL").is_some();
        let lines = Syntax::on(cfg!(windows), has_shell).lines(&environment);
        let text = instructions(&server, &lines, options.data.is_none());
        if !print_text(text.as_bytes())? {
            return Ok(Code::Ok.into());
        }
        server.run(next_signal(&mut signals)).await;
        return Ok(Code::Ok.into());
    };
    let mut command = prepare_command(program, rest, environment, variables);
    if std::io::stdin().is_terminal() && shell::is_interactive(program, rest) {
        reporter.note("this shell talks to the emulator, not to AWS; exit ends both");
        shell::mark_prompt(&mut command, program);
    }
    let code = match run_command(server, command, signals).await {
        Ok(code) => code,
        Err(error) => {
            let message = format!("cannot run {}: {error}", program.display());
            let failure = Failure::new(Code::Other, message)
                .with_name("NotStarted")
                .with_hint("wsb local -- COMMAND runs a program; a shell's own words need sh -c");
            reporter.failure(&failure);
            // The exit codes of shells in these cases (POSIX.1-2024, Shell Command Language, 2.8.2).
            if error.kind() == ErrorKind::NotFound {
                127
            } else {
                126
            }
        }
    };
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// Creates the command with the client's variables, and without the user's own AWS variables.
fn prepare_command(
    program: &OsStr,
    arguments: &[OsString],
    environment: impl IntoIterator<Item = (&'static str, String)>,
    variables: &Environment,
) -> Command {
    let mut command = Command::new(program);
    let names = variables.names();
    for name in names.filter(|name| name.as_encoded_bytes().starts_with(b"AWS_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment);
    if let Some(path) = search_path(variables) {
        command.env("PATH", path);
    }
    command
}

fn read(path: &Path) -> Result<EmulatorData, Failure> {
    let path_text = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("could not read the data file {path_text}: {error}"))
    })?;
    EmulatorData::read(&bytes).map_err(|error| Failure::usage(format!("{path_text}: {error}")))
}

/// The shell commands that set the client's variables, for `eval`.
fn instructions(server: &Server, lines: &str, is_sample: bool) -> String {
    let address = server.address();
    let example = if is_sample {
        let (portal, session) = (sample::PORTAL, sample::ACTIVE);
        format!("# Try: wsb get-session {portal} {session}\n")
    } else {
        String::new()
    };
    format!(
        "# The emulator listens on http://{address} until it is interrupted. In another shell:\n\
         {lines}{example}"
    )
}
