//! The subcommands, one file each: its options, the plan that they make, and the stream of outcomes.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::cli::{Environment, Global};
use crate::diagnostics::{Code, Failure, Reporter};
use completions::Completions;
use context::Context;
use get_session::GetSession;
use get_usage::GetUsage;
use list_portals::ListPortals;
use list_sessions::ListSessions;
use local::Local;
use wait_session::WaitSession;
use watch_sessions::WatchSessions;

mod completions;
mod context;
mod get_session;
mod get_usage;
mod help;
mod list_portals;
mod list_sessions;
mod local;
mod pagination;
mod polling;
mod portal;
mod portals;
mod repeated_portals;
mod time_range;
mod wait_session;
mod watch_sessions;

pub use completions::static_script;
pub use help::shortened;

/// Inspect Amazon WorkSpaces Secure Browser sessions.
///
/// wsb asks the service who is behind a session, from which addresses, since when, and whether it
/// is still running. It only reads: no command changes anything in the account.
#[derive(Debug, Parser)]
#[command(name = "wsb", bin_name = "wsb", version, long_version = env!("WSB_VERSION"), max_term_width = 100)]
#[command(propagate_version = true, subcommand_required = true)]
#[command(arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

/// The subcommands. To add one, add its file, a variant here, and its name to [`bare`].
#[derive(Debug, Subcommand)]
enum Command {
    /// Show one session, or many
    ///
    /// Calls GetSession. PORTAL is a portal's ID, ARN, name or endpoint host; SESSION is a session's
    /// ID, several of them, or "-" to read IDs from standard input, one per line (blank lines and
    /// # comments are skipped). With WSB_PORTAL set, one ID alone is a session of that portal.
    #[command(after_long_help = get_session::EXAMPLES)]
    GetSession(Box<GetSession>),

    /// Find sessions on one portal, several or all
    ///
    /// Calls ListSessions until all pages are read. Times are compared here, since the API has no such
    /// filter; the listing stops as soon as the order makes the rest irrelevant. AWS keeps sessions for
    /// 35 days. An active session is not always a connected one: it stays active after its user
    /// disconnects, up to the portal's disconnect time-out.
    #[command(after_long_help = list_sessions::EXAMPLES)]
    ListSessions(Box<ListSessions>),

    /// Find portals in a region, or in all of them
    ///
    /// Calls ListPortals until all pages are read.
    #[command(after_long_help = list_portals::EXAMPLES)]
    ListPortals(Box<ListPortals>),

    /// Show how full portals are, now and before
    ///
    /// Calls ListPortals and ListSessions and counts: sessions active now and their share of the
    /// portal's limit, the most at once in the period and when that was, sessions and distinct users.
    /// The peak is exact, computed from starts and ends. A portal's limit is not all that AWS limits:
    /// account quotas cap concurrent sessions per region and instance type too.
    #[command(after_long_help = get_usage::EXAMPLES)]
    GetUsage(Box<GetUsage>),

    /// Block until sessions have ended
    ///
    /// Calls GetSession at each interval and prints each session when it has ended. It keeps polling
    /// through throttling and transient errors; a session that does not exist is a failure. When
    /// --timeout (1h by default) runs out first, the exit code is 11.
    ///
    /// With --all, every argument is a PORTAL: ListSessions is called at each interval until two looks
    /// in a row have found no active session on any of the portals. --all-portals and --all-regions do
    /// the same for the portals that exist at the start. New sessions are not kept out: they are waited
    /// for too. Nothing is printed; when the time runs out, each session that remains is an error line.
    #[command(after_long_help = wait_session::EXAMPLES)]
    WaitSession(Box<WaitSession>),

    /// Print an event for each session that starts or ends
    ///
    /// Calls ListSessions at each interval, and GetSession for each session that is new or gone. First
    /// come the sessions that are active (event "active"), then "started" and "ended" as they happen,
    /// both for a session that lived between two looks. Throttling and transient errors cost a warning:
    /// nothing is taken for ended after a look that failed, and the time that nobody looked is an event
    /// of its own ("gap"). An event may come twice, but none is lost while the command runs. Portals
    /// are searched for once, at the start. It runs until --for is over, a signal comes, or access is
    /// denied (exit code 3) or the credentials have expired (8).
    #[command(after_long_help = watch_sessions::EXAMPLES)]
    WatchSessions(Box<WatchSessions>),

    /// Run an emulator for the service on loopback
    ///
    /// A real HTTP service with sample portals and sessions, or those of --data, that checks
    /// signatures and can be told to throttle, fail, delay or cut connections. With a COMMAND, runs
    /// it with endpoint, region and throw-away credentials set for the emulator and ends with the
    /// command's exit code; without one, prints the environment to set and serves until interrupted.
    #[command(after_long_help = local::EXAMPLES)]
    Local(Local),

    /// Print a completion script
    ///
    /// For zsh, ~/.zshrc needs these two lines: fpath+=(~/.zfunc) and autoload -Uz compinit && compinit.
    /// With --dynamic the shell asks wsb, which offers what your last lists showed.
    #[command(after_long_help = completions::EXAMPLES)]
    Completions(Completions),
}

/// The command line with the first subcommand alone that `arguments` name, without the texts of the
/// help. clap copies the options that every command takes into each subcommand, which for all of them
/// costs a third of a whole call. Whatever this refuses, [`command`] is to be asked.
pub fn command_for(arguments: impl IntoIterator<Item = OsString>) -> Option<clap::Command> {
    let named = arguments
        .into_iter()
        .find_map(|name| bare(name.to_str()?))?;
    let program = clap::Command::new("wsb").subcommand_required(true);
    Some(Global::augment_args(program).subcommand(named))
}

/// The subcommand of this name, by its arguments alone.
fn bare(name: &str) -> Option<clap::Command> {
    let augment = match name {
        "get-session" => GetSession::augment_args,
        "list-sessions" => ListSessions::augment_args,
        "list-portals" => ListPortals::augment_args,
        "get-usage" => GetUsage::augment_args,
        "wait-session" => WaitSession::augment_args,
        "watch-sessions" => WatchSessions::augment_args,
        "local" => Local::augment_args,
        "completions" => Completions::augment_args,
        _ => return None,
    };
    Some(augment(clap::Command::new(name.to_owned())))
}

/// The whole command line.
pub fn command() -> clap::Command {
    let command = help::arranged(Cli::command());
    let global: Vec<clap::Arg> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(|argument| argument.clone().hide(true))
        .collect();
    // Neither calls the service: there these options are taken, for scripts that always give them, but
    // not shown.
    ["local", "completions"]
        .into_iter()
        .fold(command, |command, name| {
            command.mut_subcommand(name, |subcommand| subcommand.args(global.clone()))
        })
}

impl Cli {
    /// The reporter that the options and the environment configure.
    pub fn reporter(&self, environment: &Environment) -> Reporter {
        self.global.diagnostics.reporter(environment.preferences())
    }

    /// Runs the command. The code is one of [`Code`], or that of the command that `wsb local` ran.
    ///
    /// # Errors
    /// What ended the command early; failures of single sessions are reported and counted in the code.
    pub fn run(
        self,
        environment: &Arc<Environment>,
        reporter: &Arc<Reporter>,
    ) -> Result<ExitCode, Failure> {
        let global = self.global;
        let context = |global| Context::from_command(global, environment, reporter);
        match self.command {
            Command::Completions(options) => completions::run(&options).map(ExitCode::from),
            Command::Local(options) => block_on(local::run(options, environment, reporter)),
            Command::GetSession(options) => {
                coded(async { get_session::run(*options, context(global)).await })
            }
            Command::ListSessions(options) => {
                coded(async { list_sessions::run(*options, context(global)).await })
            }
            Command::ListPortals(options) => {
                coded(async { list_portals::run(*options, context(global)).await })
            }
            Command::GetUsage(options) => {
                coded(async { get_usage::run(*options, context(global)).await })
            }
            Command::WaitSession(options) => coded(async {
                let timeout = wait_session::DEFAULT_TIMEOUT;
                let context = Context::for_wait(global, environment, reporter, timeout);
                wait_session::run(*options, context).await
            }),
            Command::WatchSessions(options) => {
                coded(async { watch_sessions::run(*options, context(global)).await })
            }
        }
    }
}

fn coded(work: impl Future<Output = Result<Code, Failure>>) -> Result<ExitCode, Failure> {
    block_on(work).map(ExitCode::from)
}

/// One thread serves: the program waits for the network most of the time.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("could not start the event loop")?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subcommand_alone_takes_what_it_takes_beside_the_others() {
        let arguments = |command: &clap::Command| -> Vec<String> {
            let shown = command
                .get_arguments()
                .map(|argument| format!("{argument:?}"));
            shown.collect()
        };
        let whole = Cli::command();
        for subcommand in whole.get_subcommands() {
            let name = subcommand.get_name();
            let bare = bare(name).unwrap_or_else(|| panic!("{name} is not in `bare`"));
            assert_eq!(arguments(&bare), arguments(subcommand), "{name}");
            assert_eq!(bare.get_name(), name);
        }
        assert!(bare("help").is_none());
    }
}
