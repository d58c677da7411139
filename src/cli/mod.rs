//! The whole command line, declaratively. The doc comments are the help text.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

use crate::output::{Format, Timestamps, field};
use crate::service::endpoint::Region;
use crate::service::ids::{PortalReference, SessionId};
use crate::service::model::{self, Shape};

/// Inspect Amazon WorkSpaces Secure Browser sessions.
///
/// wsb asks the service who is behind a session, from which addresses, since when, and whether it
/// is still running. It only reads: no command changes anything in the account.
#[derive(Debug, Parser)]
#[command(name = "wsb", version, long_version = env!("WSB_VERSION"), max_term_width = 100)]
#[command(propagate_version = true, subcommand_required = true)]
#[command(arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// What to say besides the results.
    #[command(flatten)]
    pub diagnostics: Diagnostics,
}

/// The subcommands, one file each in `commands/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show one session, or many
    ///
    /// Calls GetSession. PORTAL is a portal's ID, ARN, name or endpoint host; SESSION is a session's ID, several of
    /// them, or "-" to read IDs from standard input, one a line (blank lines and # comments are
    /// skipped). With WSB_PORTAL set, one ID alone is a session of that portal.
    #[command(after_long_help = GET_SESSION_EXAMPLES)]
    GetSession(Box<GetSession>),

    /// Find sessions on a portal
    ///
    /// Calls ListSessions until all pages are read. --since and --until are applied here, since the
    /// API has no such filter; the listing stops as soon as the order makes the rest irrelevant.
    #[command(after_long_help = LIST_SESSIONS_EXAMPLES)]
    ListSessions(Box<ListSessions>),

    /// Find portals in a region, or in all of them
    ///
    /// Calls ListPortals until all pages are read.
    #[command(after_long_help = LIST_PORTALS_EXAMPLES)]
    ListPortals(Box<ListPortals>),

    /// Block until sessions have ended
    ///
    /// Calls GetSession from time to time and prints each session when it has ended. Throttling and
    /// passing faults are survived; a session that does not exist is a failure. When --timeout (1h by
    /// default) runs out first, the exit code is 11.
    #[command(after_long_help = WAIT_SESSION_EXAMPLES)]
    WaitSession(Box<WaitSession>),

    /// Run a stand-in for the service on loopback
    ///
    /// A real HTTP service with sample portals and sessions, or those of --data, that checks
    /// signatures and can be told to throttle, fail, delay or cut connections. With a COMMAND, runs
    /// it with endpoint, region and throw-away credentials set for the stand-in and ends with the
    /// command's exit code; without one, prints the environment to set and serves until interrupted.
    #[command(after_long_help = LOCAL_EXAMPLES)]
    Local(Local),

    /// Print a completion script
    ///
    /// For bash: wsb completions bash > ~/.local/share/bash-completion/completions/wsb
    Completions(Completions),
}

pub mod completion;

const GET_SESSION_EXAMPLES: &str = "\
Examples:
  wsb get-session $PORTAL $SESSION                     a table for people
  wsb get-session $PORTAL $SESSION -o json | jq .      the API's document
  wsb get-session $PORTAL $SESSION --field username    one value, bare
  wsb get-session $PORTAL - -o jsonl < ids.txt         many sessions";

const LIST_SESSIONS_EXAMPLES: &str = "\
Examples:
  wsb list-sessions $PORTAL --status active
  wsb list-sessions $PORTAL --username alice --since 3d -o csv
  wsb list-sessions $PORTAL --status active --field sessionId | wsb get-session $PORTAL -";

const LIST_PORTALS_EXAMPLES: &str = "\
Examples:
  wsb list-portals --region eu-central-1
  wsb list-portals --all-regions -o jsonl | jq -r .portalArn";

const WAIT_SESSION_EXAMPLES: &str = "\
Examples:
  wsb wait-session $PORTAL $SESSION --timeout 30m && ./tidy-up.sh
  wsb wait-session $PORTAL - --interval 1m -o jsonl < ids.txt";

const LOCAL_EXAMPLES: &str = "\
Examples:
  wsb local -- wsb get-session aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa \\
                               11111111-1111-4111-8111-111111111111
  wsb local -- ./my-ci-script.sh";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Diagnostics")]
pub struct Diagnostics {
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Log each attempt; twice, the signed requests too (never a secret)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to use colour (NO_COLOR is obeyed)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// How errors are written to standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub errors: ErrorFormat,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// At a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    #[value(alias = "on")]
    Always,
    /// Never
    #[value(alias = "off")]
    Never,
}

/// How errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorFormat {
    /// A sentence
    Text,
    /// A JSON object a line
    Json,
}

/// A portal and sessions of it.
#[derive(Debug, Args)]
pub struct Sessions {
    /// The portal's ID, ARN, name or endpoint host, then sessions' IDs, or "-" for standard input
    #[arg(value_names = ["PORTAL", "SESSION"], num_args = 0.., add = completion::portal_then_sessions())]
    pub positional: Vec<String>,

    /// The portal, as the AWS CLI spells it
    #[arg(long, value_name = "PORTAL", add = completion::portal())]
    pub portal_id: Option<PortalReference>,

    /// A session, as the AWS CLI spells it; may be repeated
    #[arg(long, value_name = "SESSION", num_args = 1.., add = completion::session())]
    pub session_id: Vec<SessionId>,
}

/// `wsb get-session`.
#[derive(Debug, Args)]
pub struct GetSession {
    /// The sessions.
    #[command(flatten)]
    pub sessions: Sessions,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::SESSION), help_heading = "Output")]
    pub field: Option<String>,

    /// Sessions asked for at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: u16,

    /// How results are written.
    #[command(flatten)]
    pub output: Output,

    /// How the service is called.
    #[command(flatten)]
    pub connection: Connection,
}

/// `wsb list-sessions`.
#[derive(Debug, Args)]
pub struct ListSessions {
    /// The portal's ID, ARN, name or endpoint host [default: WSB_PORTAL]
    #[arg(value_name = "PORTAL", conflicts_with = "portal_id", add = completion::portal())]
    pub portal: Option<PortalReference>,

    /// The portal, as the AWS CLI spells it
    #[arg(long, value_name = "PORTAL", add = completion::portal())]
    pub portal_id: Option<PortalReference>,

    /// Only sessions with this status
    #[arg(long, value_name = "STATUS", ignore_case = true)]
    pub status: Option<Status>,

    /// Only sessions of this user
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,

    /// Only this session
    #[arg(long, value_name = "SESSION", add = completion::session())]
    pub session_id: Option<SessionId>,

    /// The order
    #[arg(long, value_name = "ORDER", default_value = "start-time-descending")]
    pub sort_by: SortBy,

    /// Only sessions that started then or later: 2h, 3d (ago), or ISO 8601 (local without offset)
    #[arg(long, value_name = "TIME", value_parser = PointInTime::parse)]
    pub since: Option<PointInTime>,

    /// Only sessions that started then or earlier
    #[arg(long, value_name = "TIME", value_parser = PointInTime::parse)]
    pub until: Option<PointInTime>,

    /// End after so many sessions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_items: Option<u64>,

    /// Sessions asked for at a time [default: the service's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub page_size: Option<u32>,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::SESSION_SUMMARY), help_heading = "Output")]
    pub field: Option<String>,

    /// How results are written.
    #[command(flatten)]
    pub output: Output,

    /// How the service is called.
    #[command(flatten)]
    pub connection: Connection,
}

/// A session's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// Still running
    Active,
    /// Ended
    Terminated,
}

/// The order of a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortBy {
    /// Oldest first
    #[value(alias = "StartTimeAscending")]
    StartTimeAscending,
    /// Newest first
    #[value(alias = "StartTimeDescending")]
    StartTimeDescending,
}

/// `wsb list-portals`.
#[derive(Debug, Args)]
pub struct ListPortals {
    /// Ask each region of the partition where the service exists
    #[arg(long)]
    pub all_regions: bool,

    /// Portals asked for at a time [default: the service's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub page_size: Option<u32>,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::PORTAL), help_heading = "Output")]
    pub field: Option<String>,

    /// How results are written.
    #[command(flatten)]
    pub output: Output,

    /// How the service is called.
    #[command(flatten)]
    pub connection: Connection,
}

/// `wsb wait-session`.
#[derive(Debug, Args)]
pub struct WaitSession {
    /// The sessions.
    #[command(flatten)]
    pub sessions: Sessions,

    /// Time between two looks at a session, give or take a tenth
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub interval: Duration,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::SESSION), help_heading = "Output")]
    pub field: Option<String>,

    /// How results are written.
    #[command(flatten)]
    pub output: Output,

    /// How the service is called.
    #[command(flatten)]
    pub connection: Connection,
}

/// How results are written.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// The format of the results [default: table, or WSB_OUTPUT]
    #[arg(short, long, value_name = "FORMAT", ignore_case = true)]
    pub output: Option<Format>,

    /// Apply a JMESPath expression to the JSON document
    #[arg(long, value_name = "JMESPATH")]
    pub query: Option<String>,

    /// How times are written [default: local time in tables, iso elsewhere]
    #[arg(long, value_name = "NOTATION")]
    pub timestamps: Option<Timestamps>,

    /// Accepted for the AWS CLI's sake: wsb has no pager
    #[arg(long, hide = true)]
    pub no_cli_pager: bool,
}

/// How the service is called.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The region [default: the ARN's, AWS_REGION, AWS_DEFAULT_REGION, the profile's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,

    /// The profile of the shared AWS config files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// Another endpoint than the region's
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// Call the FIPS endpoint
    #[arg(long)]
    pub use_fips: bool,

    /// Call the dual-stack endpoint (IPv4 and IPv6)
    #[arg(long)]
    pub use_dual_stack: bool,

    /// Trust these certificate authorities (PEM) and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_bundle: Option<PathBuf>,

    /// Refused: see --ca-bundle
    #[arg(long, hide = true)]
    pub no_verify_ssl: bool,

    /// Attempts a call, the first included [default: 3, or AWS_MAX_ATTEMPTS]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: Option<u32>,

    /// Time to connect, like 500ms, 10, 1m30s
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    #[arg(alias = "cli-connect-timeout")]
    pub connect_timeout: Duration,

    /// Time to wait for a reply
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    #[arg(alias = "cli-read-timeout")]
    pub read_timeout: Duration,

    /// Time for the whole command [default: no limit, but 1h for wait-session]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}

/// `wsb local`.
#[derive(Debug, Args)]
pub struct Local {
    /// Serve the portals and sessions of this JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub data: Option<PathBuf>,

    /// The address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,

    /// The command to run against the stand-in
    #[arg(last = true, value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<std::ffi::OsString>,
}

/// `wsb completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell to complete for
    pub shell: Shell,

    /// Complete portal and session IDs too: the shell asks wsb, which offers those of your last lists
    #[arg(long)]
    pub dynamic: bool,
}

/// The names that `--field` takes for documents of this shape.
fn field_names(shape: &'static Shape) -> PossibleValuesParser {
    PossibleValuesParser::new(field::names(shape))
}

/// The longest duration: a century, which is for ever. Clocks and timers can still add to it.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A duration as people type it: a number of seconds, or numbers with units. More than
/// [`LONGEST`] is taken for it.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "{text:?} is not a duration: write seconds, or numbers with units, like 500ms, 90s, 5m, 1h30m"
        )
    };
    let duration = match text.parse::<f64>() {
        Ok(seconds) if !seconds.is_finite() => return Err(wrong()),
        Ok(seconds) => {
            Duration::try_from_secs_f64(seconds.min(LONGEST.as_secs_f64())).map_err(|_| wrong())?
        }
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|signed| Duration::try_from(signed).ok())
            .ok_or_else(wrong)?,
    };
    if duration.is_zero() {
        return Err(format!("{text:?} is no time at all"));
    }
    Ok(duration.min(LONGEST))
}

/// A point in time as people type it: so long ago, or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointInTime(pub Timestamp);

impl PointInTime {
    fn parse(text: &str) -> Result<Self, String> {
        Self::at(text, Timestamp::now(), &TimeZone::system()).ok_or_else(|| {
            format!(
                "{text:?} is no point in time: write how long ago, like 90m, 2h or 3d, or ISO 8601, like 2026-11-23 or 2026-11-23T14:00:00Z"
            )
        })
    }

    /// The time that `text` names at `now`; a date without an offset is of `zone`.
    fn at(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let in_zone = |time: civil::DateTime| {
            time.to_zoned_datetime(zone.clone())
                .ok()
                .map(|zoned| zoned.timestamp())
        };
        let ago = || {
            let span: Span = text.parse().ok()?;
            let is_past = !span.is_negative() && !text.starts_with(['-', '+']);
            let then = now.to_zoned_datetime(zone.clone()).checked_sub(span).ok()?;
            is_past.then(|| then.timestamp())
        };
        let timestamp = text.parse::<Timestamp>().ok();
        let civil = || text.parse::<civil::DateTime>().ok().and_then(in_zone);
        let date = || {
            let date: civil::Date = text.parse().ok()?;
            in_zone(date.to_datetime(civil::Time::midnight()))
        };
        timestamp
            .or_else(civil)
            .or_else(date)
            .or_else(ago)
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_point_in_time_is_so_long_ago_or_a_date() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, time) in [
            ("2h", "2026-11-23T10:00:00Z"),
            ("3d", "2026-11-20T12:00:00Z"),
            ("1d12h", "2026-11-22T00:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-11-01T00:00:00+02:00", "2026-10-31T22:00:00Z"),
            ("2026-11-01T08:30", "2026-11-01T07:30:00Z"),
            ("2026-11-01", "2026-10-31T23:00:00Z"),
        ] {
            let expected = PointInTime(time.parse().unwrap());
            assert_eq!(PointInTime::at(text, now, &zone), Some(expected), "{text}");
        }
        for wrong in ["", "yesterday", "-2h", "2", "99999999999d", "2026-13-01"] {
            assert_eq!(PointInTime::at(wrong, now, &zone), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_seconds_or_numbers_with_units() {
        for (text, milliseconds) in [
            ("2", 2_000),
            ("0.5", 500),
            ("500ms", 500),
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for forever in ["1e19", "1e300", "2562047788015215h"] {
            assert_eq!(duration(forever), Ok(LONGEST), "{forever}");
        }
        for wrong in [
            "",
            "0",
            "-1",
            "0s",
            "soon",
            "NaN",
            "inf",
            "1e400",
            "5 parsecs",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
