//! `wsb completions`: prints the script with which a shell requests completions from wsb.

use clap::Args;
use clap_complete::Shell;

use crate::cli::completion;
use crate::diagnostics::{Code, Failure, print_text};

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb completions bash > ~/.local/share/bash-completion/completions/wsb
  wsb completions fish > ~/.config/fish/completions/wsb.fish
  wsb completions zsh > ~/.zfunc/_wsb
  wsb completions powershell >> $PROFILE";

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell to complete for
    shell: Shell,

    /// No effect: scripts of earlier versions passed it
    #[arg(long, hide = true)]
    dynamic: bool,
}

pub(super) fn run(options: &Completions) -> Result<Code, Failure> {
    print_text(&script(options.shell))?;
    Ok(Code::Ok)
}

pub fn script(shell: Shell) -> Vec<u8> {
    completion::registration(&shell.to_string()).unwrap_or_default()
}
