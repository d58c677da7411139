//! The subcommands. Each file declares options, turns them into a plan, and the plan into a stream of outcomes.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::{Environment, Global, completion};
use crate::config;
use crate::delivery::Stop;
use crate::diagnostics::{self, Code, Failure, Reporter};
use crate::output::Format;
use completions::Completions;
use context::Context;
use get_session::GetSession;
use get_usage::GetUsage;
use list_portals::ListPortals;
use list_sessions::ListSessions;
use local::Local;
use wait_session::WaitSession;
use watch_sessions::WatchSessions;

mod both_ends;
mod completions;
mod context;
mod get_session;
mod get_usage;
mod list_portals;
mod list_sessions;
mod local;
mod pagination;
mod polling;
mod targets;
mod time_range;
mod wait_session;
pub mod watch_sessions;

pub use completions::script as completion_script;
pub use pagination::OrderCheck;
pub use polling::PollFailure;
pub use time_range::{Match, PeriodArguments, RunPeriod};

/// Inspect Amazon WorkSpaces Secure Browser sessions
///
/// wsb shows who is behind a session, from which addresses, since when, and whether it is still
/// running. It only reads: no command changes anything in the account.
#[derive(Debug, Parser)]
#[command(name = "wsb", bin_name = "wsb", version, long_version = env!("WSB_VERSION"), max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "Try: wsb local -- wsb list-sessions --all-portals")]
#[command(after_long_help = diagnostics::help())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

/// The subcommands. To add one, add its file and a variant here.
#[derive(Debug, Subcommand)]
enum Command {
    /// Show one session or many
    ///
    /// PORTAL is a portal's ID, ARN, name or endpoint host. SESSION is a session ID; several may be given,
    /// or "-" to read sessions from standard input. Calls GetSession.
    ///
    /// Each line of standard input is a session ID, PORTAL SESSION, a JSON object with a sessionId, or a row
    /// of the csv or text format; a JSON array of objects is read too. A line that names its portal needs
    /// no PORTAL argument. Blank lines and # comments are skipped. If WSB_PORTAL is set, one ID alone is a
    /// session of that portal.
    #[command(after_long_help = get_session::EXAMPLES)]
    GetSession(Box<GetSession>),

    /// List the sessions of one portal, several or all
    ///
    /// Calls ListSessions until all pages are read. The API cannot filter by time, so wsb does it, and stops
    /// as soon as no later page can contain a match. AWS keeps sessions for 35 days. A session stays active
    /// after its user disconnects, until the portal's disconnect time-out ends it.
    #[command(after_long_help = list_sessions::EXAMPLES)]
    ListSessions(Box<ListSessions>),

    /// List the portals of one region or all regions
    ///
    /// Calls ListPortals until all pages are read.
    #[command(after_long_help = list_portals::EXAMPLES)]
    ListPortals(Box<ListPortals>),

    /// Show how full portals are, and their peaks in a period
    ///
    /// For each portal: the sessions that are active now and their share of the portal's limit, the peak of
    /// concurrent sessions in the period and its time, and the numbers of sessions and users. The peak is
    /// exact: it is computed from the starts and ends of all sessions. Calls ListPortals and ListSessions.
    ///
    /// AWS limits more than portals: account quotas also limit the concurrent sessions per region and
    /// instance type.
    #[command(after_long_help = get_usage::EXAMPLES)]
    GetUsage(Box<GetUsage>),

    /// Block until sessions have ended
    ///
    /// Calls GetSession at each interval and prints each session when it has ended. A poll that fails is
    /// repeated at the next interval, except that the wait for a session fails if the session does not
    /// exist, or if the service denies access in three consecutive polls. If --timeout (1h by default) runs
    /// out first, the exit code is 11.
    ///
    /// With --all, every argument is a PORTAL, and ListSessions is called at each interval until two
    /// consecutive polls have found no active session on any of the portals. --all-portals and
    /// --all-regions do the same for all portals that exist at the start. Sessions that start in the
    /// meantime are waited for too. Nothing is printed on success; if the time runs out, each session that
    /// is still active is reported as an error.
    #[command(after_long_help = wait_session::EXAMPLES)]
    WaitSession(Box<WaitSession>),

    /// Print an event for each session that starts or ends
    ///
    /// Calls ListSessions at each interval, and GetSession for each session that is new or no longer listed.
    /// The first events are the sessions that are active already (event "active"). Then come "started" and
    /// "ended"; a session that started and ended between two polls gets both.
    ///
    /// If the reply is not a valid answer of the service, the poll has failed: wsb warns, treats no session
    /// as ended, and prints a "gap" event when the service answers again. The events of that period follow.
    /// Events may be repeated, but none is lost while the command runs, or, with --state, between two runs.
    /// Every 15 minutes, portals are searched for again: new portals are watched, and a deleted portal is
    /// reported as "portal-lost".
    ///
    /// The command runs until --for is over or a signal arrives. The watch of a portal ends if the service
    /// denies access in three consecutive polls (exit code 3). The command also ends when no portal is left
    /// (4) and when there are no credentials (8).
    #[command(after_long_help = watch_sessions::EXAMPLES)]
    WatchSessions(Box<WatchSessions>),

    /// Run an emulator of the service on this machine
    ///
    /// The emulator is an HTTP server with sample portals and sessions, or with those of --data. It checks
    /// signatures, and a data file can make it throttle, fail, delay or cut connections.
    ///
    /// With a COMMAND, wsb sets endpoint, region and temporary credentials for the emulator, runs the
    /// command and ends with its exit code. Without one, wsb prints the environment variables to set, and
    /// serves until it is interrupted.
    #[command(after_long_help = local::EXAMPLES)]
    Local(Local),

    /// Print a completion script
    ///
    /// With the script, the shell calls wsb to complete commands, options, and the portals and sessions that
    /// wsb has listed at a terminal in the last hour. For zsh, ~/.zshrc needs these two lines:
    /// fpath+=(~/.zfunc) and autoload -Uz compinit && compinit.
    #[command(after_long_help = completions::EXAMPLES)]
    Completions(Completions),
}

/// The completion candidates in the format of the shell's script; `None` unless a shell requests completion.
pub fn answer_shell(environment: &Arc<Environment>) -> Option<String> {
    completion::answer_shell(environment, command, config::profile_names)
}

/// The command-line parser. Adds the global options, an example and the exit codes to the help of each
/// command.
pub fn command() -> clap::Command {
    // The options that all commands share come after each command's own.
    let mut order = 100;
    let command = Cli::command().mut_args(|argument| {
        order += 1;
        argument.display_order(order)
    });
    let global: Vec<Arg> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .cloned()
        .collect();
    command.mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        let adapted = global
            .iter()
            .filter_map(|argument| adapt(&name, argument.clone()));
        complete_help(subcommand.args(adapted.collect::<Vec<_>>()))
    })
}

/// Adds the first example of `--help`, without its description, to `-h`, and the exit codes to `--help`.
fn complete_help(command: clap::Command) -> clap::Command {
    let examples = command.get_after_long_help().map(ToString::to_string);
    let examples = examples.unwrap_or_default();
    let line = examples.lines().nth(1).unwrap_or_default().trim();
    let first = line.split("  ").next().unwrap_or(line);
    let command = command.after_help(format!("Example: {first}"));
    match command.get_name() {
        "local" | "completions" => command,
        _ => command.after_long_help(format!("{examples}\n\n{}", diagnostics::help())),
    }
}

/// Adapts a global option to a command; `None` if the command shows it unchanged.
fn adapt(command: &str, option: Arg) -> Option<Arg> {
    match (command, option.get_id().as_str()) {
        // These do not call the service. Scripts may pass the options, but the help does not show them.
        ("local" | "completions", _) => Some(option.hide(true)),
        // These print no sessions, so a timeline has nothing to show.
        ("list-portals" | "get-usage" | "watch-sessions", "output") => {
            Some(option.value_parser(formats_of_documents()))
        }
        ("wait-session", "timeout") => {
            let help = "Time limit for the entire command [default: 1h]";
            let option = option.hide_short_help(false).help_heading(None::<&str>);
            Some(option.help(help).long_help(help))
        }
        _ => None,
    }
}

/// Accepts all formats except the timeline, which only shows sessions.
fn formats_of_documents() -> impl TypedValueParser<Value = Format> {
    let formats = Format::value_variants().iter();
    let names = formats.filter(|format| **format != Format::Timeline);
    PossibleValuesParser::new(names.filter_map(ValueEnum::to_possible_value))
        .try_map(|name| Format::from_str(&name, true))
}

impl Cli {
    pub fn reporter(&self, environment: &Environment) -> Reporter {
        self.global.diagnostics.reporter(environment.preferences())
    }

    /// Runs the command. Returns one of [`Code`], or the exit code of the command that `wsb local` ran.
    ///
    /// # Errors
    ///
    /// The command ended early. Failures of single sessions are reported and counted in the code.
    pub fn run(
        self,
        environment: &Arc<Environment>,
        reporter: &Arc<Reporter>,
    ) -> Result<ExitCode, Failure> {
        environment.error_format()?;
        block_on(self.command.run(self.global, environment, reporter))
    }
}

impl Command {
    async fn run(
        self,
        global: Global,
        environment: &Arc<Environment>,
        reporter: &Arc<Reporter>,
    ) -> Result<ExitCode, Failure> {
        let timeout = global.connection.timeout;
        let (timeout, code) = match &self {
            Self::WaitSession(_) => {
                let timeout = timeout.unwrap_or(wait_session::DEFAULT_TIMEOUT);
                (Some(timeout), Code::WaitTimedOut)
            }
            _ => (timeout, Code::Unreachable),
        };
        let context = || {
            let stop = Stop::listen(timeout, code);
            Context::new(global, environment, reporter, stop)
        };
        let code = match self {
            Self::Completions(options) => completions::run(&options),
            Self::Local(options) => return local::run(options, environment, reporter).await,
            Self::GetSession(options) => get_session::run(*options, context()).await,
            Self::ListSessions(options) => list_sessions::run(*options, context()).await,
            Self::ListPortals(options) => list_portals::run(*options, context()).await,
            Self::GetUsage(options) => get_usage::run(*options, context()).await,
            Self::WaitSession(options) => wait_session::run(*options, context()).await,
            Self::WatchSessions(options) => watch_sessions::run(*options, context()).await,
        };
        code.map(ExitCode::from)
    }
}

/// Runs `work` on a single thread, because the program mostly waits for the network.
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

    fn help_of(subcommand: &str, option: &str) -> String {
        let line = ["wsb", subcommand, option]
            .into_iter()
            .filter(|word| !word.is_empty());
        let error = command()
            .term_width(80)
            .try_get_matches_from(line)
            .unwrap_err();
        error.render().to_string()
    }

    fn names() -> Vec<String> {
        let command = command();
        let names = command
            .get_subcommands()
            .map(|command| command.get_name().to_owned());
        names.chain([String::new()]).collect()
    }

    #[test]
    fn the_short_help_of_each_command_fits_a_screen_and_has_an_example() {
        for name in names() {
            let help = help_of(&name, "-h");
            assert!(
                help.lines().count() <= 24,
                "{}\n{help}",
                help.lines().count()
            );
            assert!(help.lines().all(|line| line.len() <= 80), "{help}");
            assert!(
                help.contains("Example: wsb ") || help.contains("Try: wsb "),
                "{help}"
            );
        }
    }

    #[test]
    fn the_long_help_of_each_command_of_the_service_names_the_exit_codes() {
        for name in names() {
            let help = help_of(&name, "--help");
            let is_of_service = !["local", "completions"].contains(&name.as_str());
            assert_eq!(help.contains("Exit codes:"), is_of_service, "{help}");
        }
    }

    #[test]
    fn the_help_offers_only_formats_that_the_command_prints() {
        for name in names() {
            let draws_timelines =
                ["", "get-session", "list-sessions", "wait-session"].contains(&name.as_str());
            for option in ["-h", "--help"] {
                let help = help_of(&name, option);
                assert_eq!(help.contains("timeline"), draws_timelines, "{help}");
            }
        }
    }

    #[test]
    fn the_short_help_shows_what_a_command_needs() {
        assert!(help_of("wait-session", "-h").contains("--timeout"));
        assert!(help_of("watch-sessions", "-h").contains("--for"));
        assert!(!help_of("get-session", "-h").contains("--timeout"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
