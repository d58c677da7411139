//! Parse, run, report, exit: nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};
use wsb::cli::Cli;
use wsb::cli::completion;
use wsb::commands;
use wsb::diagnostics::report::{self, Reporter};
use wsb::diagnostics::{exit_code as exit, panics as bug};

fn main() -> ExitCode {
    bug::keep_memory_private();
    bug::report_panics();
    completion::answer_shell(Cli::command);
    let command = Cli::command().after_long_help(exit::help());
    let parsed = command
        .try_get_matches()
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return report::command_line(error).into(),
    };
    let reporter = Arc::new(Reporter::new(&cli.diagnostics));
    match commands::run(cli, &reporter) {
        Ok(code) => code,
        Err(error) => reporter.fatal(&error).into(),
    }
}
