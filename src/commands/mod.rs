//! What each subcommand asks of the service and hands to the output.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::{Cli, Command};
use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{Report, Reporter, Subject};
use crate::service::client::Client;

use crate::delivery::interrupt::Interrupt;

mod answered;
mod completions;
mod get_session;
mod list_portals;
mod list_sessions;
mod local;
mod portal;
mod results;
pub(crate) mod sessions;
mod wait_session;
mod watch;

/// Runs the command.
///
/// # Errors
/// What ended it early; failures of single sessions are reported and counted in the code. The
/// code is one of [`Code`], or that of the command which `wsb local` ran.
pub fn run(cli: Cli, reporter: &Arc<Reporter>) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Completions(arguments) => Ok(completions::run(&arguments)?.into()),
        Command::GetSession(arguments) => coded(get_session::run(arguments, reporter)),
        Command::ListSessions(arguments) => coded(list_sessions::run(arguments, reporter)),
        Command::ListPortals(arguments) => coded(list_portals::run(arguments, reporter)),
        Command::WaitSession(arguments) => coded(wait_session::run(arguments, reporter)),
        Command::Local(arguments) => block_on(local::run(arguments, reporter)),
    }
}

fn coded(work: impl Future<Output = anyhow::Result<Code>>) -> anyhow::Result<ExitCode> {
    block_on(work).map(ExitCode::from)
}

/// One thread serves: the program waits for the network most of the time.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the event loop cannot be started")?
        .block_on(work)
}

/// Reports that a signal came; `what` tells what is missing.
fn interrupted(reporter: &Reporter, interrupt: &Interrupt, what: &str) -> Code {
    let code = interrupt.code();
    let by = match code {
        Code::HungUp => " by SIGHUP",
        Code::Terminated => " by SIGTERM",
        _ => "",
    };
    let message = format!("interrupted{by}{what}");
    reporter.error(&Report::new(code, "Interrupted", message, None));
    code
}

/// What a call of `client` is about, for messages.
fn subject<'a>(client: &'a Client, action: &'a str) -> Subject<'a> {
    Subject {
        portal: None,
        session: None,
        region: client.region().as_str(),
        host: client.endpoint().host(),
        action,
    }
}

/// Says so when a request leaves this machine in the clear: whoever is on the way can read it.
fn warn_of_plain_http(client: &Client, reporter: &Reporter) {
    let endpoint = client.endpoint();
    if !endpoint.is_https() && !endpoint.is_loopback() {
        reporter.warning(&format!(
            "{} is called over plain http: session tokens, user names and addresses can be read on the way",
            endpoint.host()
        ));
    }
}
