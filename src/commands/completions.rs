//! `wsb completions`: a completion script, made from the command line's own declaration.

use clap::Args;
use clap_complete::Shell;

use crate::cli::completion;
use crate::delivery::print_text;
use crate::diagnostics::{Code, Failure};

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb completions bash > ~/.local/share/bash-completion/completions/wsb
  wsb completions fish > ~/.config/fish/completions/wsb.fish
  wsb completions zsh > ~/.zfunc/_wsb
  . <(wsb completions bash --dynamic)        in ~/.bashrc: portals and sessions too";

/// `wsb completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell to complete for
    shell: Shell,

    /// Complete portal and session IDs too: the shell asks wsb, which offers those of your last lists
    #[arg(long)]
    dynamic: bool,
}

pub(super) fn run(options: &Completions) -> Result<Code, Failure> {
    let dynamic = options
        .dynamic
        .then(|| completion::registration(&options.shell.to_string()));
    let script = dynamic.flatten().unwrap_or_else(|| {
        // clap_complete panics where the output refuses, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(options.shell, &mut super::command(), "wsb", &mut script);
        script
    });
    print_text(&script)?;
    Ok(Code::Ok)
}
