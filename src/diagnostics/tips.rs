//! Tips for options and commands that other tools have and wsb does not, and for frequent mistakes.
//!
//! clap's own tips suggest names with a similar spelling. These suggest names with a similar meaning, such as
//! `--max-items` for `--limit`.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Words, and the tip for all of them.
type Tip = (&'static [&'static str], &'static str);

#[rustfmt::skip]
const OPTIONS: &[Tip] = &[
    (&["--limit", "--max", "--max-results", "--count", "--head", "-n"], "list-sessions has --max-items N, which ends the list after N sessions"),
    (&["--json", "-j"], "write '--output json', or '-o json'"),
    (&["--jsonl", "--ndjson"], "write '--output jsonl', or '-o jsonl'"),
    (&["--csv"], "write '--output csv', or '-o csv'"),
    (&["--yaml"], "write '--output yaml', or '-o yaml'"),
    (&["--text", "--tsv", "--plain"], "write '--output text', or '-o text'"),
    (&["--table"], "write '--output table', or '-o table'"),
    (&["--format", "-f", "--out"], "write '--output FORMAT', or '-o FORMAT'"),
    (&["--jq", "--filter-expression"], "write '--query JMESPATH', or pipe '-o json' into jq"),
    (&["--fields", "--columns", "--column"], "write '--field NAME' for one value, or '--query' for several"),
    (&["--debug", "--trace", "--log-level", "--loglevel"], "write '-v' for each attempt, '-vv' for the requests too"),
    (&["--silent"], "write '--quiet', or '-q'"),
    (&["--no-color", "--no-colour", "--nocolor", "--colour"], "write '--color never', or set NO_COLOR"),
    (&["--user", "--user-name", "-u"], "write '--username NAME'"),
    (&["--watch", "--follow"], "watch-sessions prints an event for each start and end; wait-session waits for the end"),
    (&["--cli-error-format"], "write '--errors FORMAT'"),
    (&["--portal", "--portal-name", "-p"], "name the portal as the first argument, or write '--portal-id PORTAL'"),
    (&["--session", "--session-ids", "--id", "-s"], "name sessions after the portal, or write '--session-id SESSION'"),
    (&["--filter", "--filters"], "list-sessions has --status, --username, --address, --since and --active-at; get-session takes IDs"),
    (&["--state", "--active", "--running"], "write '--status active'"),
    (&["--all"], "every page is read in any case; --all-portals and --all-regions search more portals"),
    (&["--start-time", "--from", "--after", "--start"], "write '--since TIME'"),
    (&["--end-time", "--to", "--before", "--end"], "write '--until TIME'"),
    (&["--at"], "write '--active-at TIME'"),
    (&["--ip", "--ip-address", "--client-ip", "--client-ip-address"], "write '--address IP-or-CIDR'"),
    (&["--sort", "--order-by", "--order"], "write '--sort-by ORDER'"),
    (&["--endpoint", "--url"], "write '--endpoint-url URL'"),
    (&["--insecure", "-k"], "name the certificate authority with '--ca-bundle FILE'"),
    (&["--wait-timeout", "--max-time"], "write '--timeout DURATION'"),
    (&["--retries", "--max-retries", "--retry"], "write '--max-attempts N', which counts the first attempt too"),
    (&["--parallel", "--jobs", "--threads", "-P"], "write '--concurrency N'"),
    (&["--no-paginate", "--page", "--starting-token", "--next-token"], "every page is read; --max-items ends a list of sessions early"),
    (&["--no-sign-request", "--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton"], "this option of the AWS CLI is not one of wsb's"),
];

#[rustfmt::skip]
const COMMANDS: &[Tip] = &[
    (&["ls", "list", "sessions", "session-list", "list-session", "search", "find", "who"], "write 'wsb list-sessions PORTAL'"),
    (&["portals", "portal", "list-portal", "get-portal", "describe-portals"], "write 'wsb list-portals'"),
    (&["get", "show", "describe", "session", "show-session", "show-sessions", "describe-session", "describe-sessions", "get-sessions", "info"], "write 'wsb get-session PORTAL SESSION'"),
    (&["usage", "top", "capacity", "stats"], "write 'wsb get-usage PORTAL'"),
    (&["wait", "drain"], "write 'wsb wait-session PORTAL SESSION'"),
    (&["watch", "tail", "follow", "events"], "write 'wsb watch-sessions PORTAL'"),
    (&["completion"], "write 'wsb completions SHELL'"),
    (&["mock", "serve", "server", "stand-in", "emulator", "demo", "test"], "write 'wsb local'"),
    (&["terminate-session", "expire-session", "terminate", "expire", "kill", "kill-session", "stop", "stop-session", "end-session", "delete", "delete-session", "rm", "disconnect"], "wsb only reads; to end a session, write 'aws workspaces-web expire-session --portal-id PORTAL --session-id SESSION'"),
    (&["login", "sso", "configure"], "sign in with the AWS CLI: 'aws sso login' or 'aws configure'"),
    (&["workspaces-web"], "leave it out: write 'wsb list-sessions' for 'aws workspaces-web list-sessions'"),
    (&["version"], "write 'wsb --version'"),
];

/// Tips for the values of an option.
#[rustfmt::skip]
const VALUES: &[(&str, &[Tip])] = &[
    ("--output", &[
        (&["tsv", "tab", "plain", "txt"], "'text' has tabs between values"),
        (&["ndjson", "json-lines", "jsonlines", "json-stream", "yaml-stream"], "'jsonl' has one JSON document per line"),
        (&["yml"], "write 'yaml'"),
        (&["wide", "pretty", "human"], "'table' fits its columns to the terminal"),
        (&["xlsx", "excel"], "'csv' can be opened by spreadsheets"),
    ]),
    ("--field", &[
        (&[","], "name one field; '--query' selects several, as in --query 'session.[status,username]'"),
    ]),
    ("--session-id", &[
        (&[","], "separate session IDs with spaces"),
    ]),
    ("--status", &[
        (&["running", "started", "connected", "open", "live"], "'active' are sessions that have not ended"),
        (&["ended", "inactive", "closed", "stopped", "expired"], "'terminated' are sessions that have ended"),
    ]),
];

/// Tips for options that conflict with another one.
#[rustfmt::skip]
const CONFLICTS: &[Tip] = &[
    (&["--all-portals"], "--all-portals searches every portal: leave the other portals out"),
    (&["--all-regions"], "--all-regions searches every portal: leave the other portals out"),
    (&["--field"], "leave the other option out; '--query' selects values in any format"),
];

/// The tip for the error, if there is one.
pub(super) fn tip_for(error: &clap::Error) -> Option<&'static str> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingSubcommand => std::env::args_os()
            .any(|argument| argument == "-v")
            .then_some("for the version, write 'wsb --version' or 'wsb -V'"),
        ErrorKind::InvalidSubcommand => find(COMMANDS, text(ContextKind::InvalidSubcommand)?),
        ErrorKind::MissingRequiredArgument => {
            is_shell_missing(error).then_some("name a shell: bash, zsh, fish, powershell or elvish")
        }
        ErrorKind::ArgumentConflict => {
            let prior = text(ContextKind::PriorArg).and_then(|option| find(CONFLICTS, option));
            find(CONFLICTS, argument).or(prior)
        }
        ErrorKind::UnknownArgument if !argument.starts_with('-') && is_local(error) => {
            Some("write '--' before the command: 'wsb local -- COMMAND'")
        }
        ErrorKind::UnknownArgument => find(OPTIONS, argument),
        _ => {
            let value = text(ContextKind::InvalidValue)?;
            let mut options = VALUES.iter();
            let (_, tips) = options.find(|(option, _)| argument.starts_with(option))?;
            find(tips, if value.contains(',') { "," } else { value })
        }
    }
}

/// The tip for a word. Ignores the value of an option, as in `--limit=5`.
fn find(tips: &[Tip], word: &str) -> Option<&'static str> {
    let name = word.split(['=', ' ']).next().unwrap_or(word);
    let is_meant = |(words, _): &&Tip| words.iter().any(|known| known.eq_ignore_ascii_case(name));
    tips.iter().find(is_meant).map(|(_, tip)| *tip)
}

/// Whether the error is about `wsb local`.
fn is_local(error: &clap::Error) -> bool {
    matches!(
        error.get(ContextKind::Usage),
        Some(ContextValue::StyledStr(usage)) if usage.to_string().contains("wsb local")
    )
}

fn is_shell_missing(error: &clap::Error) -> bool {
    matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::Strings(missing)) if missing.iter().any(|name| name == "<SHELL>")
    )
}

/// Removes all of clap's suggested commands except the most similar one.
fn keep_nearest_command(error: &mut clap::Error) {
    if let (Some(ContextValue::String(typed)), Some(ContextValue::Strings(commands))) = (
        error.get(ContextKind::InvalidSubcommand),
        error.get(ContextKind::SuggestedSubcommand),
    ) {
        let distance = |command: &String| strsim::osa_distance(typed, command);
        if let Some(nearest) = commands.iter().min_by_key(|command| distance(command)) {
            let nearest = ContextValue::String(nearest.clone());
            error.insert(ContextKind::SuggestedSubcommand, nearest);
        }
    }
}

/// Adds the tip to the error in place of clap's own. Without a tip, keeps those of clap that may help.
pub(super) fn with_tip(mut error: clap::Error) -> clap::Error {
    keep_nearest_command(&mut error);
    let tips = match (tip_for(&error), error.get(ContextKind::Suggested)) {
        (Some(tip), _) => {
            for guess in [
                ContextKind::SuggestedArg,
                ContextKind::SuggestedSubcommand,
                ContextKind::SuggestedValue,
            ] {
                error.remove(guess);
            }
            vec![StyledStr::from(tip)]
        }
        (None, Some(ContextValue::StyledStrs(tips))) => {
            // clap suggests `--` to pass an unknown option as a value, which is useful only for `wsb local`.
            let is_wanted =
                |tip: &&StyledStr| is_local(&error) || !tip.to_string().starts_with("to pass ");
            tips.iter().filter(is_wanted).cloned().collect()
        }
        _ => return error,
    };
    if tips.is_empty() {
        error.remove(ContextKind::Suggested);
    } else {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_tip() {
        let of_values = VALUES.iter().map(|(_, tips)| *tips);
        for tips in [OPTIONS, COMMANDS, CONFLICTS].into_iter().chain(of_values) {
            let mut words: Vec<_> = tips.iter().flat_map(|(words, _)| words.iter()).collect();
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count);
        }
    }
}
