//! `wsb completions`: a completion script, made from the command line's own declaration.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::completion;
use crate::exit::Code;

pub(super) fn run(arguments: &Completions) -> anyhow::Result<Code> {
    if arguments.dynamic
        && let Some(script) = completion::registration(&arguments.shell.to_string())
    {
        std::io::stdout().write_all(&script)?;
        return Ok(Code::Ok);
    }
    // clap_complete panics where the output refuses, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "wsb", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Code::Ok)
}
