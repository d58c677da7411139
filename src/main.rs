//! Parse, run, report, exit: nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use wsb::cli::Cli;
use wsb::report::{self, Reporter};
use wsb::{commands, completion};

fn main() -> ExitCode {
    completion::answer_shell();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::command_line(&error).into(),
    };
    let reporter = Arc::new(Reporter::new(&cli.diagnostics));
    match commands::run(cli, &reporter) {
        Ok(code) => code,
        Err(error) => reporter.fatal(&error).into(),
    }
}
