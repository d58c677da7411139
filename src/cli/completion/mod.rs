//! Completion at the prompt: the shell calls wsb with the line, and wsb prints candidates.
//!
//! Completion never calls the service, because the shell waits for it. It offers portals and sessions that wsb has
//! listed at a terminal in the last hour. After an error it offers nothing.

use std::env;
use std::ffi::OsString;
use std::sync::Arc;

use clap::Command;
use clap_complete::engine::{self, CompletionCandidate};

mod cache;
mod known_values;
mod shells;
mod words;

use super::Environment;
pub use cache::RecentLists;
use known_values::KnownValues;
pub use known_values::ProfileNames;
use shells::Prompt;
pub use shells::registration;

/// The variable with which the script of a shell requests candidates. Its value is the name of the shell.
const VARIABLE: &str = "WSB_COMPLETE";

/// The candidates in the format of the shell's script; `None` if no shell requests completion.
pub fn answer_shell(
    environment: &Arc<Environment>,
    command: fn() -> Command,
    profiles: ProfileNames,
) -> Option<String> {
    let shell = environment.non_empty(VARIABLE)?;
    let lines = Prompt::from_shell(&shell, environment).map(|prompt| {
        let candidates = candidates(environment, command, profiles, &prompt.words);
        candidates.iter().map(|one| prompt.line(one)).collect()
    });
    Some(lines.unwrap_or_default())
}

/// The candidates for the last of `words`.
fn candidates(
    environment: &Arc<Environment>,
    command: fn() -> Command,
    profiles: ProfileNames,
    words: &[String],
) -> Vec<CompletionCandidate> {
    let Some((current, before)) = words.split_last() else {
        return Vec::new();
    };
    let line = |words: &[String]| [&["wsb".to_owned()], words].concat();
    let known = KnownValues::new(environment, profiles, command(), line(before));
    let known = Arc::new(known);
    let mut command = command()
        .mut_args(|argument| known.attach(argument))
        .mut_subcommands(|subcommand| subcommand.mut_args(|argument| known.attach(argument)));
    let line = line(words).into_iter().map(OsString::from).collect();
    let directory = env::current_dir().ok();
    let found = engine::complete(&mut command, line, words.len(), directory.as_deref());
    let fits = |candidate: &CompletionCandidate| {
        if current.starts_with('-') {
            return !candidate.is_hide_set() && !known.exclude(candidate);
        }
        let value = candidate.get_value();
        // clap_complete adds "." to the files that it offers.
        value != "." && !value.as_encoded_bytes().starts_with(b"-")
    };
    found.unwrap_or_default().into_iter().filter(fits).collect()
}
