//! Parses the command line, runs the command, and exits with its exit code.

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches;
use wsb::cli::Environment;
use wsb::commands::{Cli, answer_shell, command};
use wsb::diagnostics::{self, Failure};

fn main() -> ExitCode {
    diagnostics::keep_memory_private();
    let environment = Arc::new(Environment::from_process());
    let preferences = environment.preferences().with_arguments(env::args_os());
    diagnostics::report_panics(preferences);
    if let Some(candidates) = answer_shell(&environment) {
        // If the candidates cannot be written, the shell no longer reads them.
        let _ = diagnostics::print_text(candidates.as_bytes());
        return ExitCode::SUCCESS;
    }
    let parsed = command().try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return diagnostics::not_parsed(error, preferences).into(),
    };
    let reporter = Arc::new(cli.reporter(&environment));
    cli.run(&environment, &reporter)
        .unwrap_or_else(|failure: Failure| {
            reporter.failure(&failure);
            failure.code().into()
        })
}
