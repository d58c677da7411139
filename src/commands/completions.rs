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

    /// Complete the portals and sessions of your last lists too
    ///
    /// The shell calls wsb at each completion.
    #[arg(long)]
    dynamic: bool,
}

pub(super) fn run(options: &Completions) -> Result<Code, Failure> {
    let dynamic = options
        .dynamic
        .then(|| completion::registration(&options.shell.to_string()));
    let script = dynamic
        .flatten()
        .unwrap_or_else(|| static_script(options.shell));
    print_text(&script)?;
    Ok(Code::Ok)
}

/// What fish is not told by its generator: files stand where they are asked for only, and shells are
/// values.
const OF_FISH: &str = r#"complete -c wsb -n "not __fish_wsb_using_subcommand local" -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
"#;

/// A script that knows the commands and options alone.
pub fn static_script(shell: Shell) -> Vec<u8> {
    let mut command = completion::as_shells_see_it(&super::command());
    // clap_complete panics where the output refuses, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "wsb", &mut script);
    if shell == Shell::Fish {
        script.extend_from_slice(OF_FISH.as_bytes());
    }
    script
}
