//! Completion at the prompt: the shell calls wsb with the line, and wsb prints candidates.
//!
//! The shell waits for completion, so it never calls the service. Lists shown at a terminal are cached:
//! completion offers their portals and sessions for an hour. If
//! anything goes wrong, nothing is offered.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use clap::{Arg, ArgAction, Command};
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::EnvCompleter;
use jiff::tz::TimeZone;

mod cache;
mod offers;
mod shells;
mod words;

use super::Environment;
use crate::output::time;
use crate::output::untrusted::escape;
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::Endpoint;
use crate::service::ids::PortalId;
use cache::Cache;
pub use offers::ProfileNames;
use offers::{Source, attach};
pub use shells::registration;
use shells::{LINE, VARIABLE, WORD, builtin, insert_in_bash, insert_in_powershell};
use words::Rules;

const PORTALS: &str = "portals";
const SESSIONS: &str = "sessions";

/// Prints candidates if a shell requests completion; returns whether one did.
pub fn answer_shell(
    environment: &Arc<Environment>,
    command: fn() -> Command,
    profiles: ProfileNames,
) -> bool {
    let Some(shell) = environment.non_empty(VARIABLE) else {
        return false;
    };
    let completion = CompletionRequest {
        environment,
        command,
        profiles,
    };
    let answer = completion.answer(&shell).unwrap_or_default();
    // The shell no longer waits if its end of the pipe is closed.
    let _ = io::stdout().write_all(&answer);
    true
}

struct CompletionRequest<'a> {
    environment: &'a Arc<Environment>,
    command: fn() -> Command,
    profiles: ProfileNames,
}

impl CompletionRequest<'_> {
    fn answer(&self, shell: &str) -> Option<Vec<u8>> {
        let line = self.environment.var(LINE);
        match (shell, line) {
            ("bash", Some(line)) => {
                let word = self.environment.var(WORD).unwrap_or_default();
                let line = Rules::Posix.split(&line);
                let typed = line.words.last()?;
                Some(self.lines(&line.words, |candidate| {
                    let value = candidate.get_value().to_string_lossy();
                    insert_in_bash(&value, typed, &word, line.quote)
                }))
            }
            ("powershell", Some(line)) => {
                let line = Rules::PowerShell.split(&line);
                Some(self.lines(&line.words, |candidate| {
                    let value = candidate.get_value().to_string_lossy();
                    let value = insert_in_powershell(&value, line.quote);
                    let help = candidate.get_help().map(ToString::to_string);
                    let help = help.as_deref().and_then(|help| help.lines().next());
                    format!("{value}\t{}", help.unwrap_or_default())
                }))
            }
            _ => self.answer_builtin(shell),
        }
    }

    fn lines(&self, words: &[String], line: impl Fn(&CompletionCandidate) -> String) -> Vec<u8> {
        let candidates = self.candidates(words);
        let lines: Vec<String> = candidates.iter().map(line).collect();
        lines.join("\n").into_bytes()
    }

    /// For shells whose words are arguments, after `--`. zsh and fish leave quotation marks in them.
    fn answer_builtin(&self, shell: &str) -> Option<Vec<u8>> {
        let builtin = builtin(shell)?;
        let arguments = env::args_os()
            .skip_while(|argument| argument != "--")
            .skip(2);
        let mut words: Vec<String> = arguments
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        if let Some(index) = self.environment.var("_CLAP_COMPLETE_INDEX") {
            // The name of the command has the index 0.
            words.resize(
                index.parse().ok().filter(|index| *index < 10_000)?,
                String::new(),
            );
        }
        if builtin.name() == "zsh" {
            words
                .iter_mut()
                .for_each(|word| *word = Rules::Posix.unquote(word));
        } else if let Some(current) = words.last_mut() {
            *current = Rules::Posix.unquote(current);
        }
        let candidates = self.candidates(&words);
        write_as(builtin, &candidates, &words)
    }

    /// The candidates for the last word.
    fn candidates(&self, words: &[String]) -> Vec<CompletionCandidate> {
        let Some((current, before)) = words.split_last() else {
            return Vec::new();
        };
        let with_name = |words: &[String]| [&["wsb".to_owned()], words].concat();
        let source = Arc::new(Source::new(
            Arc::clone(self.environment),
            self.profiles,
            (self.command)(),
            &with_name(before),
        ));
        let mut command = (self.command)()
            .mut_args(|argument| attach(argument, &source))
            .mut_subcommands(|subcommand| {
                subcommand.mut_args(|argument| attach(argument, &source))
            });
        let line = with_name(words).into_iter().map(OsString::from).collect();
        let directory = env::current_dir().ok();
        let found = engine::complete(&mut command, line, words.len(), directory.as_deref());
        let used = UsedOptions::new(&command, before);
        let is_fit = |candidate: &CompletionCandidate| {
            let value = candidate.get_value().to_string_lossy();
            if !current.starts_with('-') {
                return !value.starts_with('-');
            }
            !candidate.is_hide_set() && !used.exclude(&value)
        };
        let mut found = found.unwrap_or_default();
        found.retain(is_fit);
        found
    }
}

/// The options that the line already has.
struct UsedOptions<'a> {
    command: &'a Command,
    used: Vec<&'a Arg>,
}

impl<'a> UsedOptions<'a> {
    fn new(command: &'a Command, words: &[String]) -> Self {
        let mut current = command;
        let mut used = HashSet::new();
        for word in words.iter().take_while(|word| *word != "--") {
            if let Some(subcommand) = current.find_subcommand(word) {
                current = subcommand;
            } else if word.starts_with('-') {
                used.insert(word.split('=').next().unwrap_or(word));
            }
        }
        let is_used = |argument: &&Arg| used.iter().any(|word| is_named(argument, word));
        Self {
            command: current,
            used: current.get_arguments().filter(is_used).collect(),
        }
    }

    /// Whether a candidate is an option that cannot be repeated or conflicts with another on the line.
    fn exclude(&self, candidate: &str) -> bool {
        let mut arguments = self.command.get_arguments();
        let Some(option) = arguments.find(|argument| is_named(argument, candidate)) else {
            return false;
        };
        let is_repeatable = matches!(option.get_action(), ArgAction::Append | ArgAction::Count);
        let conflicts = |used: &&Arg| {
            let with_used = self.command.get_arg_conflicts_with(used);
            let with_option = self.command.get_arg_conflicts_with(option);
            with_used.contains(&option) || with_option.contains(used)
        };
        !is_repeatable && self.used.contains(&option) || self.used.iter().any(conflicts)
    }
}

fn is_named(argument: &Arg, word: &str) -> bool {
    let long = word.strip_prefix("--");
    let is_long = |long: &str| {
        let names = argument.get_long_and_visible_aliases();
        names.is_some_and(|names| names.contains(&long))
    };
    match long {
        Some(long) => is_long(long),
        None => argument
            .get_short()
            .is_some_and(|short| word == format!("-{short}")),
    }
}

/// Formats the candidates for a shell with clap_complete, through a command that has no others.
fn write_as(
    shell: &dyn EnvCompleter,
    candidates: &[CompletionCandidate],
    words: &[String],
) -> Option<Vec<u8>> {
    let texts: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            (
                candidate.get_value().to_owned(),
                candidate.get_help().cloned(),
            )
        })
        .collect();
    let completer = ArgValueCompleter::new(move |_: &std::ffi::OsStr| {
        let candidates = texts.iter().cloned();
        candidates
            .map(|(value, help)| CompletionCandidate::new(value).help(help))
            .collect()
    });
    let word = Arg::new("word").num_args(0..).allow_hyphen_values(true);
    let mut command = Command::new("wsb")
        .disable_help_flag(true)
        .arg(word.add(completer));
    let mut line = vec![OsString::from("x"); words.len()];
    line.push(words.last().map(OsString::from).unwrap_or_default());
    let mut answer = Vec::new();
    shell
        .write_complete(&mut command, line, None, &mut answer)
        .ok()?;
    Some(answer)
}

/// Caches the lists that a terminal shows, for completion.
#[derive(Debug, Clone)]
pub struct RecentLists {
    environment: Option<Arc<Environment>>,
}

impl RecentLists {
    /// Keeps lists if standard output is a terminal.
    pub fn new(environment: &Arc<Environment>) -> Self {
        let is_seen = io::stdout().is_terminal();
        Self {
            environment: is_seen.then(|| Arc::clone(environment)),
        }
    }

    /// Keeps portals: IDs, names, regions.
    pub fn add_portals(&self, endpoint: &Endpoint, portals: &[Portal]) {
        let items = portals.iter().filter_map(|portal| {
            let name = portal.display_name.as_deref().unwrap_or_default();
            // A name with control characters cannot be typed, so its portal is offered by ID.
            let name = if escape(name) == name { name } else { "" };
            let region = escape(portal.portal_region().unwrap_or_default());
            Some(vec![
                portal.portal_id()?.to_owned(),
                name.to_owned(),
                region.into_owned(),
            ])
        });
        self.add(PORTALS, 1, endpoint, items);
    }

    /// Keeps sessions of a portal: IDs, users, starts.
    pub fn add_sessions(&self, endpoint: &Endpoint, portal: &PortalId, sessions: &[Session]) {
        let zone = TimeZone::system();
        let items = sessions.iter().filter_map(|session| {
            let user = escape(session.username.as_deref().unwrap_or_default());
            let start = session.start_time.as_ref();
            let start = start.map_or_else(String::new, |start| time::local(start, &zone));
            Some(vec![
                portal.to_string(),
                session.session_id.clone()?,
                user.into_owned(),
                start,
            ])
        });
        self.add(SESSIONS, 2, endpoint, items);
    }

    fn add(
        &self,
        list: &str,
        key: usize,
        endpoint: &Endpoint,
        items: impl Iterator<Item = Vec<String>>,
    ) {
        if let Some(environment) = &self.environment
            && let Some(cache) = Cache::new(environment, endpoint.is_loopback())
        {
            let items: Vec<Vec<String>> = items.collect();
            // Without the cache, completion offers nothing.
            let _ = cache.add(list, key, &items);
        }
    }
}
