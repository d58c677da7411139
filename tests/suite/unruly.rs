//! Every command against a service that shifts pages, repeats items, and ignores order and filters, with
//! equal, missing and future start times. The truth is computed here. An answer is right, or the exit code
//! is not 0, or there is a warning.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::support::unruly::{Record, Unruly, is_newcomer, status};
use crate::support::{Finished, Server, wsb};

const SEEDS: std::ops::Range<u64> = 0..10;

const HOUR: i64 = 3_600_000;

struct Case {
    seed: u64,
    now: i64,
    random: fastrand::Rng,
    service: Arc<Unruly>,
    server: Server,
}

impl Case {
    fn new(seed: u64) -> Self {
        let now = Timestamp::now().as_second() * 1000;
        let service = Arc::new(Unruly::new(seed, now));
        Self {
            seed,
            now,
            random: fastrand::Rng::with_seed(seed),
            server: service.serve(),
            service,
        }
    }

    fn run(&self, line: &str) -> Finished {
        wsb(line.split(' ')).against(&self.server.url()).run()
    }

    /// A time when sessions start and end, to the second or between two of them.
    fn time(&mut self) -> (i64, String) {
        let time =
            self.now - HOUR * self.random.i64(1..300) + [0, 0, 400, 30_000][self.random.usize(..4)];
        (time, Timestamp::from_millisecond(time).unwrap().to_string())
    }

    #[track_caller]
    fn fail(&self, line: &str, run: &Finished, why: &str) -> ! {
        panic!(
            "seed {}: {line}: {why}\n{:#?}\n{run:#?}",
            self.seed, self.service
        )
    }

    /// The sessions that `line` lists.
    fn list(&mut self, line: &str) -> (Finished, Vec<String>) {
        let order = [
            "",
            " --sort-by start-time-ascending",
            " --sort-by start-time-descending",
        ];
        let line = format!(
            "{line}{} --all-portals --field sessionId",
            self.random.choice(order).unwrap()
        );
        let run = self.run(&line);
        let ids: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        let distinct: HashSet<&String> = ids.iter().collect();
        if distinct.len() < ids.len() {
            self.fail(&line, &run, "a session came twice");
        }
        (run, ids)
    }

    /// Compares a list with the sessions that it must have, and those that it may have.
    fn check_list(&mut self, line: &str, matches: impl Fn(&Record) -> Option<bool>) {
        let (run, ids) = self.list(line);
        let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let service = Arc::clone(&self.service);
        for record in &service.records {
            let is_listed = ids.contains(&*record.id);
            if matches(record).is_some_and(|truth| truth != is_listed) && !admits(&run) {
                self.fail(line, &run, &format!("{record:?} listed: {is_listed}"));
            }
        }
        let known = |id: &&&str| service.records.iter().any(|record| record.id == **id);
        let strangers = ids.iter().filter(|id| !known(id) && !is_newcomer(id));
        assert_eq!(strangers.count(), 0, "{run:#?}");
    }
}

/// Whether the run says that the answer may be wrong.
fn admits(run: &Finished) -> bool {
    run.code != Some(0) || run.stderr.contains("warning: ")
}

/// `--active-at` with a time without a fraction means its second.
fn end_of_second(time: i64) -> i64 {
    if time % 1000 == 0 { time + 999 } else { time }
}

/// Whether a session ran in a period, if that is known.
fn ran(record: &Record, since: i64, until: i64) -> Option<bool> {
    let start = record.start?;
    match record.end {
        _ if start > until => Some(false),
        Some(end) => Some(end >= since),
        None if record.is_active || start >= since => Some(true),
        None => None,
    }
}

#[test]
fn filters_that_the_service_ignores_are_applied() {
    for seed in SEEDS {
        let mut case = Case::new(seed);
        case.check_list("list-sessions", |_| Some(true));
        for name in ["alice", "Alice"] {
            case.check_list(&format!("list-sessions --username {name}"), |record| {
                Some(record.user == name)
            });
        }
        for wanted in ["active", "terminated"] {
            case.check_list(&format!("list-sessions --status {wanted}"), |record| {
                Some(status(record).eq_ignore_ascii_case(wanted))
            });
        }
        let id = format!("aaaaaaaa-0000-4000-8000-{:012}", case.random.u8(..60));
        case.check_list(&format!("list-sessions --session-id {id}"), |record| {
            Some(record.id == id)
        });
    }
}

#[test]
fn no_session_of_a_period_is_missing_and_none_is_too_many() {
    for seed in SEEDS {
        let mut case = Case::new(seed);
        for _ in 0..2 {
            let (time, text) = case.time();
            let start = |record: &Record| record.start;
            case.check_list(&format!("list-sessions --since {text}"), |record| {
                Some(start(record)? >= time)
            });
            case.check_list(&format!("list-sessions --until {text}"), |record| {
                Some(start(record)? <= time)
            });
            case.check_list(&format!("list-sessions --active-at {text}"), |record| {
                ran(record, time, end_of_second(time))
            });
            let until = time + 30 * HOUR;
            let until_text = Timestamp::from_millisecond(until).unwrap();
            case.check_list(
                &format!("list-sessions --active-since {text} --active-until {until_text} --status active"),
                |record| Some(record.is_active && ran(record, time, until)?),
            );
            case.check_list(
                &format!("list-sessions --address 203.0.113.7 --active-until {text}"),
                |record| {
                    if is_newcomer(&record.id) {
                        None
                    } else {
                        ran(record, i64::MIN, time)
                    }
                },
            );
        }
    }
}

#[test]
fn the_first_sessions_are_those_of_the_requested_order() {
    for seed in SEEDS {
        let mut case = Case::new(seed);
        for (order, sign) in [("ascending", 1), ("descending", -1)] {
            let most = case.random.usize(1..20);
            let portal = Unruly::portal_id(0);
            let line = format!(
                "list-sessions {portal} --username alice --sort-by start-time-{order} --max-items {most} --field sessionId"
            );
            let run = case.run(&line);
            let ids: Vec<&str> = run.stdout.lines().collect();
            let rank = |record: &Record| record.start.map(|start| sign * (start / 1000));
            let records = case.service.records.iter();
            let mut all: Vec<(i64, &str)> = records
                .filter(|record| record.portal == 0 && record.user == "alice")
                .filter_map(|record| Some((rank(record)?, &*record.id)))
                .collect();
            all.sort_unstable();
            let ranks: BTreeMap<&str, i64> = all.iter().map(|(rank, id)| (*id, *rank)).collect();
            // Those without a start may come first or last.
            let found = ids.iter().filter_map(|id| ranks.get(id).copied());
            let found: Vec<i64> = found.collect();
            let expected = all.iter().take(found.len()).map(|(rank, _)| *rank);
            let expected: Vec<i64> = expected.collect();
            if ids.len() < most.min(all.len()) {
                case.fail(&line, &run, "too few");
            }
            if found != expected && !admits(&run) {
                case.fail(&line, &run, "others come first");
            }
        }
    }
}

#[test]
fn a_list_that_is_not_in_the_requested_order_comes_with_a_warning() {
    for seed in SEEDS {
        let case = Case::new(seed);
        let line = format!(
            "list-sessions {} --field startTime --timestamps epoch",
            Unruly::portal_id(0)
        );
        let run = case.run(&line);
        let starts = run
            .stdout
            .lines()
            .filter_map(|line| line.parse::<f64>().ok());
        let starts: Vec<f64> = starts.collect();
        let is_sorted = starts.windows(2).all(|pair| pair[1] < pair[0] + 1.0);
        if !is_sorted && !admits(&run) {
            case.fail(&line, &run, "not in order");
        }
    }
}

#[test]
fn usage_counts_each_session_and_each_portal_once() {
    for seed in SEEDS {
        let mut case = Case::new(seed);
        let (since, text) = case.time();
        for line in [
            format!("get-usage --all-portals --since {text} -o jsonl"),
            format!("get-usage --all-portals --since {text} -o jsonl --fail-above 1"),
        ] {
            let run = case.run(&line);
            let rows: Vec<Value> = run
                .stdout
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(rows.len(), case.service.portals, "{run:#?}");
            let mut must_fail = false;
            for (number, row) in rows.iter().enumerate() {
                let records = case
                    .service
                    .records
                    .iter()
                    .filter(|record| record.portal == number);
                let records: Vec<&Record> = records.collect();
                let active = records.iter().filter(|record| record.is_active).count() as u64;
                must_fail |= active > 1;
                let value = |name: &str| row[name].as_u64().unwrap();
                let new = value("activeSessions") - active;
                if new > 0 && !case.service.shifts {
                    case.fail(&line, &run, "more active sessions than there are");
                }
                if value("peakSessions") < value("activeSessions") {
                    case.fail(&line, &run, "the peak is below the active sessions");
                }
                let within: Vec<&&Record> = records
                    .iter()
                    .filter(|record| ran(record, since, case.now + HOUR).unwrap_or(true))
                    .collect();
                let users: BTreeSet<&str> = within.iter().map(|record| record.user).collect();
                let is_right = value("sessions") == within.len() as u64 + new
                    && value("users") == users.len() as u64 + u64::from(new > 0)
                    && value("peakSessions") >= peak(&within, since);
                if !is_right && !admits(&run) {
                    case.fail(
                        &line,
                        &run,
                        &format!(
                            "row {number}: {} sessions, {} users",
                            within.len(),
                            users.len()
                        ),
                    );
                }
            }
            if line.contains("--fail-above") && must_fail && run.code != Some(13) {
                case.fail(&line, &run, "not above the threshold");
            }
        }
    }
}

/// The most sessions at once, among the starts of sessions and the start of the period.
fn peak(records: &[&&Record], since: i64) -> u64 {
    let starts = records.iter().filter_map(|record| record.start);
    let instants = starts.map(|start| start.max(since));
    let running = |instant: i64| {
        let runs = |record: &&&&Record| {
            let is_running = record.end.map_or(record.is_active, |end| end >= instant);
            record.start.is_some_and(|start| start <= instant) && is_running
        };
        records.iter().filter(runs).count() as u64
    };
    instants.map(running).max().unwrap_or(0)
}

#[test]
fn portals_and_sessions_are_found_once_wherever_they_are() {
    for seed in SEEDS {
        let case = Case::new(seed);
        let run = case.run("list-portals --field displayName");
        assert_eq!(run.stdout.lines().count(), case.service.portals, "{run:#?}");
        let run = wsb(["list-sessions", "Portal 0", "--field", "sessionId"])
            .against(&case.server.url())
            .run();
        run.code(0);
        let ids = case.service.records.iter().map(|record| &record.id).take(3);
        for id in ids {
            let run = case.run(&format!("get-session --all-portals {id} --field sessionId"));
            assert_eq!(run.code(0).stdout.trim(), id);
        }
        let portals = case.service.portals;
        let plural = if portals == 1 { "" } else { "s" };
        case.run("get-session --all-portals cccccccc-0000-4000-8000-000000000000")
            .code(4)
            .says(&[&format!("searched {portals} portal{plural} of us-east-1")]);
    }
}

/// The starts and IDs of the sessions that a line prints, and the number of calls for pages in `order`.
fn read(service: Unruly, line: &str, order: &str) -> (Vec<(f64, String)>, usize) {
    let server = Arc::new(service).serve();
    let run = wsb(line.split(' ')).against(&server.url()).run();
    let rows = run.code(0).stdout.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let start = row["startTime"].as_f64().unwrap_or_default();
        (start, row["sessionId"].as_str().unwrap().to_owned())
    });
    let rows = rows.filter(|(_, id)| !is_newcomer(id)).collect();
    let requests = server.requests().into_iter();
    let pages = requests.filter(|request| request.target.contains(order));
    (rows, pages.count())
}

/// Sessions start and end meanwhile.
#[test]
fn a_list_that_is_read_from_both_ends_is_that_of_the_plain_way() {
    let mut shorter = 0;
    for seed in 0..12 {
        let now = Timestamp::now().as_second() * 1000;
        let time = now - HOUR * fastrand::Rng::with_seed(seed).i64(1..300);
        let time = Timestamp::from_millisecond(time).unwrap();
        for (filter, order, other) in [
            (String::new(), "Descending", "Ascending"),
            (String::new(), "Ascending", "Descending"),
            (" --status terminated".to_owned(), "Descending", "Ascending"),
            (" --username alice".to_owned(), "Ascending", "Descending"),
            (format!(" --until {time}"), "Descending", "Ascending"),
            (format!(" --since {time}"), "Ascending", "Descending"),
            (format!(" --active-since {time}"), "Descending", "Ascending"),
        ] {
            let service = Unruly::restless(seed, now);
            let context = format!("seed {seed}:{filter} {order}\n{service:?}");
            let mut plain_service = Unruly::restless(seed, now);
            plain_service.refused = Some(other);
            // A session that ends meanwhile may be listed or not.
            let is_certain = !service.ends_sessions || !filter.contains("status");
            let line = format!(
                "list-sessions {}{filter} --sort-by StartTime{order} -o jsonl --timestamps epoch",
                Unruly::portal_id(0)
            );
            let (mut both, calls) = read(service, &line, order);
            let (mut plain, plain_calls) = read(plain_service, &line, order);
            shorter += usize::from(calls < plain_calls);
            if !is_certain {
                continue;
            }
            let pairs = both.iter().zip(&plain);
            let mut distances = pairs.map(|((start, _), (other, _))| (start - other).abs());
            assert!(distances.all(|distance| distance < 1.0), "{context}");
            both.sort_by(|one, other| one.partial_cmp(other).unwrap());
            plain.sort_by(|one, other| one.partial_cmp(other).unwrap());
            assert_eq!(both, plain, "{context}");
        }
    }
    assert!(shorter > 20, "{shorter}");
}

#[test]
fn usage_that_is_read_from_both_ends_is_that_of_the_plain_way() {
    for seed in 0..12 {
        let now = Timestamp::now().as_second() * 1000;
        let count = |refused| {
            let mut service = Unruly::restless(seed, now);
            // Those that start meanwhile are counted up to a different call.
            service.shifts = false;
            service.refused = refused;
            let server = Arc::new(service).serve();
            let line = "get-usage --all-portals --by day -o jsonl";
            let run = wsb(line.split(' ')).against(&server.url()).run();
            let rows = run.code(0).stdout.lines().map(|line| {
                let row: Value = serde_json::from_str(line).unwrap();
                [&row["sessions"], &row["users"]].map(|value| value.as_u64().unwrap())
            });
            rows.collect::<Vec<_>>()
        };
        assert_eq!(
            count(None),
            count(Some("StartTimeAscending")),
            "seed {seed}"
        );
    }
}
