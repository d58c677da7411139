//! Time ranges: a session matches as the definition of the options says, and a sorted list that ends early
//! loses no match.
//!
//! The input's lines are options, an empty line, and sessions: start and end (`-`: active, `?`: unknown).

use clap::{Args, Command, FromArgMatches};
use jiff::Timestamp;
use serde_json::{Value, json};
use wsb::cli::TimeArg;
use wsb::commands::{Match, OrderCheck, PeriodArguments};
use wsb::service::documents::Session;
use wsb::service::operations::SortBy;

const NOW: i64 = 1_795_465_668;

/// The sessions on a page of a list.
const PAGE: usize = 4;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (options, sessions) = text.split_once("\n\n").unwrap_or((text, ""));
    let options: Vec<&str> = options.lines().collect();
    let command = PeriodArguments::augment_args(Command::new("list").no_binary_name(true));
    let Ok(matches) = command.try_get_matches_from(&options) else {
        return;
    };
    let arguments = PeriodArguments::from_arg_matches(&matches).expect("it was parsed");
    if arguments.check().is_err() {
        return;
    }
    let now = Timestamp::from_second(NOW).expect("a time");
    let definition = Definition::new(&matches, now);
    let period = arguments.resolve(now);
    let mut sessions: Vec<Session> = sessions.lines().filter_map(session).collect();
    for session in &sessions {
        let found = period.matches(session);
        assert_eq!(
            found,
            definition.matches(session),
            "{options:?} {session:?}"
        );
    }
    for order in [SortBy::StartTimeAscending, SortBy::StartTimeDescending] {
        // The service may sort by whole seconds.
        sessions.sort_by_key(|session| session.started_at().map(Timestamp::as_second));
        if order == SortBy::StartTimeDescending {
            sessions.reverse();
        }
        let mut read = OrderCheck::new(order);
        let mut is_over = false;
        for page in sessions.chunks(PAGE) {
            for session in page {
                let is_lost = is_over && period.matches(session) == Match::Yes;
                assert!(!is_lost, "{options:?} {order:?} {session:?}");
            }
            is_over |= read.check(page, period.last_start(order)).is_break();
        }
    }
}

/// A session; none for a time that the service cannot mean.
fn session(line: &str) -> Option<Session> {
    let (start, end) = line.split_once(' ').unwrap_or((line, "-"));
    let mut members = json!({"status": if end == "-" { "Active" } else { "Terminated" }});
    for (name, text) in [("startTime", start), ("endTime", end)] {
        if let Ok(number @ Value::Number(_)) = serde_json::from_str(text) {
            members[name] = number;
        }
    }
    serde_json::from_value(members).ok()
}

/// What the options mean, said again.
struct Definition {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    active_at: Option<Timestamp>,
    active_since: Option<Timestamp>,
    active_until: Option<Timestamp>,
}

impl Definition {
    fn new(matches: &clap::ArgMatches, now: Timestamp) -> Self {
        let time = |name| Some(matches.get_one::<TimeArg>(name)?.resolve(now));
        Self {
            since: time("since"),
            until: time("until"),
            active_at: time("active_at"),
            active_since: time("active_since"),
            active_until: time("active_until"),
        }
    }

    fn matches(&self, session: &Session) -> Match {
        let options = [
            self.since,
            self.until,
            self.active_at,
            self.active_since,
            self.active_until,
        ];
        if options.iter().all(Option::is_none) {
            return Match::Yes;
        }
        let Some(start) = session.started_at() else {
            return Match::UnknownStart;
        };
        // A time without a fraction means the entire second.
        let is_by = |time: Timestamp| {
            start <= time || time.subsec_nanosecond() == 0 && start.as_second() == time.as_second()
        };
        let is_started = self.since.is_none_or(|since| start >= since)
            && self.until.is_none_or(|until| start <= until)
            && self.active_until.is_none_or(|until| start <= until)
            && self.active_at.is_none_or(is_by);
        let Some(since) = self.active_at.or(self.active_since) else {
            return if is_started { Match::Yes } else { Match::No };
        };
        let ended = session.ended_at();
        match is_started {
            false => Match::No,
            true if ended.is_some_and(|end| end < since) => Match::No,
            true if ended.is_none() && session.has_ended() && start < since => Match::UnknownEnd,
            true => Match::Yes,
        }
    }
}
