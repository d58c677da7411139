//! The questions of an administrator, one command each, against many portals in many regions. The
//! answers are computed here from the same sessions by other means than the program's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::world::{Call, Life, Operation, Portal, REGIONS, World};
use crate::support::{Finished, Server, Wsb, wsb};

const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// Numbers that look random and are the same in every run (SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A session of the large world: 29 days of them, evenly spread, the last an hour ago. One in twenty still
/// runs, users have several, and `carol` has few.
fn life(base: i64, region: usize, number: usize, index: usize, count: usize) -> Life {
    let random = mixed((region * 1_000_000_000 + number * 10_000_000 + index) as u64);
    let part = |shift: u32, size: u64| i64::try_from((random >> shift) % size).unwrap();
    let step = 29 * DAY / i64::try_from(count).unwrap();
    let start = base + i64::try_from(index).unwrap() * step + part(3, u64::try_from(step).unwrap());
    let is_running = part(40, 20) == 0;
    let user = match part(20, 100) {
        0 => "carol".to_owned(),
        user => format!("user-{user}"),
    };
    let mut addresses = vec![format!("203.0.113.{}", part(8, 256))];
    if part(16, 3) == 0 {
        addresses.push(format!("2001:db8::{:x}", part(24, 64)));
    }
    Life {
        id: format!("aaaaaaaa-{region:02}{number:02}-4000-8000-{index:012}"),
        user,
        start,
        end: (!is_running).then(|| start + part(32, 2_400) * SECOND + part(5, 1000)),
        addresses,
    }
}

/// 100 portals in 10 regions. Each has its own limit, and every seventh has none.
pub fn large_world(count: usize) -> World {
    let base = Timestamp::now().as_millisecond() - 30 * DAY;
    let portals = (0..100).map(|index| {
        let (region, number) = (index / 10, index % 10);
        let mut portal = Portal::new(region, number, count, move |at| {
            life(base, region, number, at, count)
        });
        let running = portal.lives().filter(|life| life.end.is_none()).count() as u64;
        portal.limit =
            (index % 7 != 0).then(|| (running + mixed(index as u64) % (running + 2)).max(1));
        portal
    });
    World::new(portals.collect())
}

fn time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .unwrap()
        .to_string()
}

fn ask(server: &Server, line: &str) -> Wsb {
    // Names of these portals have a space, which the lines write as an underscore.
    let words = line.split(' ').map(|word| word.replace('_', " "));
    wsb(words).against(&server.url())
}

/// The values of a field that the run printed as JSON lines.
fn values(run: &Finished, field: &str) -> BTreeSet<String> {
    let rows: Vec<Value> = rows(run);
    let values: BTreeSet<String> = rows
        .iter()
        .map(|row| row[field].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(values.len(), rows.len(), "a row came twice");
    values
}

fn rows(run: &Finished) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids<'a>(lives: impl Iterator<Item = &'a Life>) -> BTreeSet<String> {
    lives.map(|life| life.id.clone()).collect()
}

/// How many requests of each operation came since `before`.
fn counts(server: &Server, before: usize) -> BTreeMap<Operation, usize> {
    let mut counts = BTreeMap::new();
    for request in &server.requests()[before..] {
        *counts.entry(Call::of(request).operation).or_default() += 1;
    }
    counts
}

fn count(pairs: &[(Operation, usize)]) -> BTreeMap<Operation, usize> {
    pairs.iter().copied().collect()
}

/// The large world with its sessions at hand.
struct Case {
    world: Arc<World>,
    server: Server,
    lives: Vec<(usize, Life)>,
    /// A moment when many sessions ran, to the millisecond the end of one of them.
    instant: i64,
}

impl Case {
    fn new(sessions: usize, page: usize) -> Self {
        let world = Arc::new(large_world(sessions).paged(page));
        let server = world.serve();
        let lives: Vec<_> = (0..world.portals.len())
            .flat_map(|portal| {
                world.portals[portal]
                    .lives()
                    .map(move |life| (portal, life))
            })
            .collect();
        // A session of us-east-1 that is over.
        let ended = world.portals[81].lives().skip(sessions / 2);
        let instant = ended.filter_map(|life| life.end).next().unwrap();
        Self {
            world,
            server,
            lives,
            instant,
        }
    }

    /// The sessions of portals that fit, `us-east-1` being the region that is set.
    fn lives(&self, fits: impl Fn(&Portal, &Life) -> bool) -> Vec<&Life> {
        let lives = self.lives.iter();
        lives
            .filter(|(portal, life)| fits(&self.world.portals[*portal], life))
            .map(|(_, life)| life)
            .collect()
    }

    /// Runs a command and checks which sessions it gives and how many requests that took.
    #[track_caller]
    fn check(&self, line: &str, expected: &[&Life], requests: &[(Operation, usize)]) {
        assert!(!expected.is_empty(), "{line} finds nothing");
        let before = self.server.requests().len();
        let run = ask(&self.server, &format!("{line} -o jsonl")).run();
        run.code(0);
        assert!(
            values(&run, "sessionId") == ids(expected.iter().copied()),
            "{line}: other sessions"
        );
        assert_eq!(counts(&self.server, before), count(requests), "{line}");
    }

    /// Pages of a portal's list, the oldest first, that start no later than `until`: the page that shows
    /// that the rest is later is one of them.
    fn pages_until(&self, portal: &Portal, until: i64) -> usize {
        let margin = 600 * SECOND;
        let within = portal
            .lives()
            .filter(|life| life.start <= until + margin)
            .count();
        let page = self.world.page;
        (within.div_ceil(page) + 1).min(portal.count.div_ceil(page))
    }
}

/// Whether the portal is in the region that is set.
fn is_here(portal: &Portal) -> bool {
    portal.region == "us-east-1"
}

fn in_network(life: &Life) -> bool {
    let is_in = |address: &String| {
        let last = address.strip_prefix("203.0.113.");
        last.is_some_and(|last| last.parse::<u8>().unwrap() < 16)
    };
    life.addresses.iter().any(is_in)
}

/// Asks all questions of a world with so many sessions per portal, and per page.
fn answer_all(sessions: usize, page: usize) {
    use Operation::{GetSession, ListPortals, ListSessions};
    let case = Case::new(sessions, page);
    let here = || case.world.portals.iter().filter(|portal| is_here(portal));
    let instant = case.instant;
    let at = time(instant);

    // Has this user a session, in any portal, any region?
    let carols = case.lives(|_, life| life.user == "carol" && life.end.is_none());
    case.check(
        "list-sessions --all-regions --username carol --status active",
        &carols,
        &[(ListPortals, 10), (ListSessions, 100)],
    );

    // Only the session's ID is known.
    let (portal, one) = &case.lives[case.lives.len() / 3];
    // From a server of its own: requests that are broken off once the session is found may come late.
    let run = ask(
        &case.world.serve(),
        &format!("get-session --all-regions {} -o json", one.id),
    )
    .run();
    let answer = &run.code(0).json()["session"];
    assert_eq!(answer["portalArn"], case.world.portals[*portal].arn());
    assert_eq!(answer["username"], *one.user);

    // Who was in at that moment?
    let portal = here().nth(1).unwrap();
    let were_in = |portal: &Portal, life: &Life| is_here(portal) && life.overlaps(instant, instant);
    let in_portal = case.lives(|of, life| of.id == portal.id && were_in(of, life));
    assert!(in_portal.iter().any(|life| life.end == Some(instant)));
    case.check(
        &format!("list-sessions Portal_8.1 --active-at {at}"),
        &in_portal,
        &[
            (ListPortals, 1),
            (ListSessions, case.pages_until(portal, instant)),
        ],
    );

    // Who had this network then?
    let candidates = case.lives(were_in);
    let pages = here().map(|portal| case.pages_until(portal, instant)).sum();
    case.check(
        &format!("list-sessions --all-portals --address 203.0.113.0/28 --active-at {at}"),
        &case.lives(|portal, life| were_in(portal, life) && in_network(life)),
        &[
            (ListPortals, 1),
            (ListSessions, pages),
            (GetSession, candidates.len()),
        ],
    );

    // A user access log's record to the session.
    let user = &in_portal[0].user;
    case.check(
        &format!("list-sessions --all-portals --username {user} --active-at @{instant}"),
        &case.lives(|portal, life| were_in(portal, life) && life.user == *user),
        &[(ListPortals, 1), (ListSessions, 10)],
    );

    answer_for_auditors(&case);
    answer_how_full(&case);
    answer_by_day(&case);
    alert(&case);
}

/// A period for the auditors, with addresses.
fn answer_for_auditors(case: &Case) {
    let (since, until) = (case.instant - HOUR, case.instant + HOUR);
    let expected = case.lives(|portal, life| is_here(portal) && life.overlaps(since, until));
    let line = format!(
        "list-sessions --all-portals --active-since {} --active-until {} --with-addresses -o csv",
        time(since),
        time(until)
    );
    let run = ask(&case.server, &line).run();
    let told = format!("asked GetSession about {} sessions", expected.len());
    run.code(0).says(&[&told]);
    let mut table = csv::Reader::from_reader(run.stdout.as_bytes());
    let column = |name: &str| {
        let headers = csv::Reader::from_reader(run.stdout.as_bytes())
            .headers()
            .unwrap()
            .clone();
        headers.iter().position(|header| header == name).unwrap()
    };
    let (id, addresses) = (column("sessionId"), column("clientIpAddresses"));
    let found: BTreeMap<String, String> = table
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[id].to_owned(), row[addresses].to_owned()))
        .collect();
    let expected: BTreeMap<String, String> = expected
        .iter()
        .map(|life| (life.id.clone(), life.addresses.join(",")))
        .collect();
    assert_eq!(found, expected);
}

/// How full a portal was, by counting changes at each moment when something changed.
fn peak(lives: &[&Life], since: i64, until: i64) -> (usize, Option<i64>) {
    let mut changes: BTreeMap<i64, i64> = BTreeMap::new();
    for life in lives.iter().filter(|life| life.overlaps(since, until)) {
        *changes.entry(life.start.max(since)).or_default() += 1;
        if let Some(end) = life.end {
            *changes.entry(end + 1).or_default() -= 1;
        }
    }
    let (mut running, mut peak, mut when) = (0, 0, None);
    for (moment, change) in changes {
        running += change;
        if running > peak && moment <= until {
            (peak, when) = (running, Some(moment));
        }
    }
    (usize::try_from(peak).unwrap(), when)
}

/// Milliseconds of a time that was printed with `--timestamps epoch`.
fn milliseconds(value: &Value) -> i64 {
    let seconds = value.as_f64().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "times of this century")]
    let milliseconds = (seconds * 1000.0).round() as i64;
    milliseconds
}

/// Checks what a row tells of a portal's sessions in the row's own period.
fn check_row(row: &Value, lives: &[&Life]) {
    let (since, until) = (
        milliseconds(&row["periodStart"]),
        milliseconds(&row["periodEnd"]),
    );
    let within: Vec<&&Life> = lives
        .iter()
        .filter(|life| life.overlaps(since, until))
        .collect();
    let users: BTreeSet<&str> = within.iter().map(|life| &*life.user).collect();
    let (most, when) = peak(lives, since, until);
    assert_eq!(row["sessions"], within.len(), "{row}");
    assert_eq!(row["users"], users.len(), "{row}");
    assert_eq!(row["peakSessions"], most, "{row}");
    assert_eq!(row.get("peakTime").map(milliseconds), when, "{row}");
}

/// How full are the portals, and how full were they at worst?
fn answer_how_full(case: &Case) {
    let before = case.server.requests().len();
    let line = "get-usage --all-regions -o jsonl --timestamps epoch";
    let run = ask(&case.server, line).run();
    run.code(0);
    let pages = case.world.portals[0].count.div_ceil(case.world.page);
    let counts = counts(&case.server, before);
    assert_eq!(counts[&Operation::ListPortals], 10);
    // A list is read from both ends, which may take two calls more.
    let calls = counts[&Operation::ListSessions];
    assert!(
        (100 * pages..=100 * (pages + 2)).contains(&calls),
        "{calls}"
    );
    let rows = rows(&run);
    assert_eq!(rows.len(), 100);
    for (row, portal) in rows.iter().zip(&case.world.portals) {
        let lives = case.lives(|of, _| of.id == portal.id);
        let active = lives.iter().filter(|life| life.end.is_none()).count();
        assert_eq!(row["portalArn"], portal.arn());
        assert_eq!(row["displayName"], *portal.name);
        assert_eq!(row["region"], portal.region);
        assert_eq!(row["activeSessions"], active);
        assert_eq!(
            row.get("maxConcurrentSessions")
                .map(|n| n.as_u64().unwrap()),
            portal.limit
        );
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let share = portal.limit.map(|limit| active as f64 / limit as f64);
        assert_eq!(
            row.get("utilization").map(|share| share.as_f64().unwrap()),
            share
        );
        check_row(row, &lives);
    }
}

/// Was Monday the worst day?
fn answer_by_day(case: &Case) {
    let run = ask(
        &case.server,
        "get-usage Portal_8.1 --by day -o jsonl --timestamps epoch",
    )
    .run();
    run.code(0);
    let rows = rows(&run);
    assert_eq!(rows.len(), 36);
    let lives = case.lives(|portal, _| portal.name == "Portal 8.1");
    for row in &rows {
        check_row(row, &lives);
    }
    for pair in rows.windows(2) {
        let start = milliseconds(&pair[1]["periodStart"]);
        assert_eq!(start % DAY, 0, "days start at midnight in UTC");
        assert_eq!(milliseconds(&pair[0]["periodEnd"]) + 1, start);
    }
    // What is true now is told of today.
    let (today, before) = rows.split_last().unwrap();
    assert!(today["activeSessions"].is_number());
    assert!(before.iter().all(|row| row.get("activeSessions").is_none()));
}

/// Alert at 80 %.
fn alert(case: &Case) {
    let full: BTreeSet<&str> = case
        .world
        .portals
        .iter()
        .filter(|portal| {
            let active = portal.lives().filter(|life| life.end.is_none()).count() as u64;
            // One without a limit cannot be checked, and never passes.
            portal.limit.is_none_or(|limit| active * 100 > limit * 80)
        })
        .map(|portal| &*portal.id)
        .collect();
    assert!(full.len() > 20 && full.len() < 80);
    let line = "get-usage --all-regions --fail-above 80% --errors json -o json";
    let run = ask(&case.server, line).run();
    run.code(13);
    assert_eq!(run.json()["usage"].as_array().unwrap().len(), 100);
    let said: Vec<Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let named = |level: &'static str| said.iter().filter(move |said| said["level"] == level);
    let reported: BTreeSet<&str> = named("error")
        .map(|error| error["portalId"].as_str().unwrap())
        .collect();
    assert_eq!(reported, full);
    assert!(named("error").all(|error| error["code"] == "AboveThreshold"));
}

#[test]
fn every_question_is_answered_over_a_hundred_portals_in_ten_regions() {
    answer_all(60, 25);
}

#[test]
#[ignore = "half a million sessions take minutes without --release"]
fn every_question_is_answered_over_half_a_million_sessions() {
    answer_all(5000, 100);
}

#[test]
fn options_before_the_command_mean_the_same() {
    let world = Arc::new(large_world(4));
    let server = world.serve();
    let portal = &world.portals[35];
    let session = portal.lives().next().unwrap().id;
    let config =
        "[profile other]\nregion = us-west-2\naws_access_key_id = x\naws_secret_access_key = y\n";
    let run = |line: String| {
        let run = ask(&server, &line).config_file(config).run();
        run.code(0);
        let requests = server.requests();
        (
            run.stdout,
            Call::of(requests.last().unwrap()).region.to_owned(),
        )
    };
    let options = format!("--region {} --profile other -o json", portal.region);
    let id = &portal.id;
    for (command, rest) in [
        ("get-session", format!("{id} {session}")),
        ("list-sessions", id.clone()),
        ("list-portals", "--page-size 100".to_owned()),
        ("get-session", format!("--all-portals {session}")),
    ] {
        let behind = run(format!("{command} {rest} {options}"));
        assert_eq!(behind.1, portal.region);
        assert_eq!(
            run(format!("{options} {command} {rest}")),
            behind,
            "{command}"
        );
    }
    let field = |line: &str| ask(&server, line).run().code(2).stderr.clone();
    assert!(
        field(&format!(
            "-o json get-session {id} {session} --field status"
        ))
        .contains("--field")
    );
}

#[test]
fn a_listing_ends_at_the_page_where_the_rest_started_too_late() {
    let minutes = |count: usize| {
        (0..count).map(|index| Life {
            id: format!("aaaaaaaa-0000-4000-8000-{index:012}"),
            user: "alice".to_owned(),
            start: 60 * SECOND * (29_000_000 + i64::try_from(index).unwrap()),
            end: None,
            addresses: Vec::new(),
        })
    };
    let world = World::new(vec![Portal::of(8, 0, minutes(1000).collect())]).paged(10);
    let world = Arc::new(world);
    let minute = |index: i64| time(60 * SECOND * (29_000_000 + index));
    for (options, sessions, pages) in [
        // The last page is the first whose sessions all started more than ten minutes later.
        (format!("--active-at {}", minute(24)), 25, 5..=5),
        (
            format!("--active-at {} --max-items 5", minute(24)),
            5,
            1..=1,
        ),
        (format!("--active-until {}", minute(19)), 20, 4..=4),
        (
            format!("--until {} --sort-by start-time-ascending", minute(9)),
            10,
            3..=3,
        ),
        (format!("--since {}", minute(985)), 15, 4..=4),
        (
            format!("--since {} --until {}", minute(985), minute(990)),
            6,
            4..=4,
        ),
        // Whatever started earlier may still run. The list is read from both ends, and its old end once more.
        (format!("--active-since {}", minute(995)), 1000, 100..=103),
        // The other end is the one where the list can end early. How far this end is read meanwhile is a race.
        (
            format!("--active-at {} --sort-by start-time-descending", minute(4)),
            5,
            5..=50,
        ),
        (
            format!("--since {} --sort-by start-time-ascending", minute(985)),
            15,
            5..=50,
        ),
        (format!("--until {}", minute(9)), 10, 5..=50),
    ] {
        let server = world.serve();
        let portal = "11111111-0800-4111-8111-111111111111";
        let run = ask(
            &server,
            &format!("list-sessions {portal} {options} --field sessionId"),
        )
        .run();
        run.code(0);
        assert_eq!(run.stdout.lines().count(), sessions, "{options}");
        let calls = server.requests().len();
        assert!(pages.contains(&calls), "{options}: {calls}");
    }
}

/// A life on a coarse grid, so that starts, ends and the asked instant often coincide.
fn lives() -> impl Strategy<Value = Vec<(i64, Option<i64>, u8, u8)>> {
    let life = (
        0_i64..20,
        proptest::option::of(0_i64..12),
        0_u8..4,
        0_u8..20,
    );
    proptest::collection::vec(life, 0..14)
}

fn grid(base: i64, step: i64) -> i64 {
    base + step * 500
}

fn portal_of(base: i64, region: usize, lives: &[(i64, Option<i64>, u8, u8)]) -> Portal {
    let lives = lives.iter().enumerate().map(|(index, life)| {
        let (start, length, user, address) = *life;
        Life {
            id: format!("aaaaaaaa-{region:04}-4000-8000-{index:012}"),
            user: format!("user-{user}"),
            start: grid(base, start),
            end: length.map(|length| grid(base, start + length)),
            addresses: vec![match address {
                0..10 => format!("198.51.100.{address}"),
                _ => format!("2001:db8::{address:x}"),
            }],
        }
    });
    Portal::of(region, 0, lives.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn answers_hold_for_any_lives_addresses_and_instants(
        first in lives(),
        second in lives(),
        instant in 0_i64..32,
        width in 0_i64..10,
        prefix in 28_u8..=32,
        address in 0_u8..12,
        page in 1_usize..6,
    ) {
        // To the second, since ISO 8601 of a whole second and of half a second differ in form.
        let base = (Timestamp::now().as_second() - 3 * 24 * 3600) * SECOND;
        let portals = vec![portal_of(base, 0, &first), portal_of(base, 8, &second)];
        let world = Arc::new(World::new(portals).paged(page));
        let server = world.serve();
        let (since, until) = (grid(base, instant), grid(base, instant + width));
        let expected = |fits: &dyn Fn(&Life) -> bool| -> BTreeSet<String> {
            world.all().filter(|(_, life)| fits(life)).map(|(_, life)| life.id).collect()
        };
        let asked = |options: String| {
            let run = ask(&server, &format!("list-sessions --all-regions {options} -o jsonl")).run();
            run.code(0);
            values(&run, "sessionId")
        };

        // A time without a fraction means its second.
        let end = since + if since % SECOND == 0 { SECOND - 1 } else { 0 };
        let at = expected(&|life| life.overlaps(since, end));
        prop_assert_eq!(&asked(format!("--active-at {}", time(since))), &at);
        let descending = format!("--active-at {} --sort-by start-time-descending", time(since));
        prop_assert_eq!(&asked(descending), &at);

        let between = format!("--active-since {} --active-until {}", time(since), time(until));
        prop_assert_eq!(asked(between), expected(&|life| life.overlaps(since, until)));

        let started = format!("--since {} --until {}", time(since), time(until));
        prop_assert_eq!(asked(started), expected(&|life| (since..=until).contains(&life.start)));

        let network = format!("198.51.100.{address}/{prefix}");
        let mask = u8::MAX << (32 - prefix);
        let is_in = |life: &Life| life.addresses[0].strip_prefix("198.51.100.").is_some_and(|last| {
            last.parse::<u8>().unwrap() & mask == address & mask
        });
        let from = format!("--active-at {} --address {network}", time(since));
        prop_assert_eq!(asked(from), expected(&|life| life.overlaps(since, end) && is_in(life)));

        let line = format!("get-usage --all-regions --since {} -o jsonl --timestamps epoch", time(since));
        let run = ask(&server, &line).run();
        let rows = rows(run.code(0));
        prop_assert_eq!(rows.len(), 2);
        for (row, portal) in rows.iter().zip(&world.portals) {
            let lives: Vec<Life> = portal.lives().collect();
            prop_assert_eq!(milliseconds(&row["periodStart"]), since);
            check_row(row, &lives.iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_regions_of_these_tests_are_those_that_the_program_asks() {
    let server = Arc::new(large_world(1)).serve();
    ask(&server, "list-portals --all-regions").run().code(0);
    let requests = server.requests();
    let asked: BTreeSet<&str> = requests
        .iter()
        .map(|request| Call::of(request).region)
        .collect();
    assert_eq!(asked, REGIONS.into_iter().collect());
}
