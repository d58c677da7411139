//! `wsb completions`: a completion script, made from the command line's own declaration.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::completion;
use crate::cli::{Cli, Completions};
use crate::diagnostics::exit_code::Code;
use crate::output::PrintError;

pub(super) fn run(arguments: &Completions) -> Result<Code, PrintError> {
    let dynamic = arguments
        .dynamic
        .then(|| completion::registration(&arguments.shell.to_string()));
    let script = dynamic.flatten().unwrap_or_else(|| {
        // clap_complete panics where the output refuses, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(arguments.shell, &mut Cli::command(), "wsb", &mut script);
        script
    });
    let mut stdout = std::io::stdout();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(Code::Ok)
}
