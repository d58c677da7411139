//! Parse, run, exit: nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches;
use wsb::cli::{Environment, completion};
use wsb::commands::{Cli, command, command_for, shortened};
use wsb::diagnostics::{self, Failure};

fn main() -> ExitCode {
    diagnostics::keep_memory_private();
    let environment = Arc::new(Environment::from_process());
    let preferences = environment.preferences();
    diagnostics::report_panics(preferences);
    completion::answer_shell(|| completion::as_shells_see_it(&command()));
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => {
            return diagnostics::not_parsed(shortened(error, command), preferences).into();
        }
    };
    let reporter = Arc::new(cli.reporter(&environment));
    cli.run(&environment, &reporter)
        .unwrap_or_else(|failure: Failure| {
            reporter.failure(&failure);
            failure.code().into()
        })
}

/// The arguments as a command. Only help and errors need the whole arrangement of the command line,
/// whose texts cost as many instructions as the call of the service: it is made for these alone.
fn parse() -> Result<Cli, clap::Error> {
    match command_for(std::env::args_os().skip(1)) {
        Some(line) if !asks_for_help() => read(line).or_else(|_| read(command())),
        _ => read(command()),
    }
}

fn read(mut line: clap::Command) -> Result<Cli, clap::Error> {
    let matches = line.try_get_matches_from_mut(std::env::args_os());
    // To give back their memory piece by piece, shortly before the process ends, takes as long as a tenth
    // of a call.
    std::mem::forget(line);
    let mut matches = matches?;
    let cli = Cli::from_arg_matches_mut(&mut matches);
    std::mem::forget(matches);
    cli
}

fn asks_for_help() -> bool {
    std::env::args_os()
        .take_while(|argument| argument != "--")
        .any(|argument| {
            ["-h", "--help", "help"]
                .iter()
                .any(|help| argument == *help)
        })
}
