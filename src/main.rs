//! Parse, run, exit: nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches;
use wsb::cli::completion;
use wsb::commands::{Cli, command, shortened};
use wsb::diagnostics::{self, Failure};

fn main() -> ExitCode {
    diagnostics::keep_memory_private();
    diagnostics::report_panics();
    completion::answer_shell(|| completion::as_shells_see_it(&command()));
    let parsed = command()
        .try_get_matches()
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return diagnostics::not_parsed(shortened(error, command())).into(),
    };
    let reporter = Arc::new(cli.reporter());
    cli.run(&reporter).unwrap_or_else(|failure: Failure| {
        reporter.failure(&failure);
        failure.code().into()
    })
}
