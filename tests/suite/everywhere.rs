//! Commands over many portals and regions: what is refused, what fails, and what is delivered nevertheless.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::support::server::Request;
use crate::support::world::{Call, Life, Operation, Portal, REGIONS, World};
use crate::support::{
    Act, Finished, PORTAL, SESSION, Server, Wsb, run_side_by_side, wait_until, wsb,
};

const START: i64 = 1_767_225_600_000;

fn session_id(region: usize, number: usize, index: usize) -> String {
    format!("bbbbbbbb-{region:02}{number:02}-4000-8000-{index:012}")
}

fn portal_id(region: usize, number: usize) -> String {
    Portal::new(region, number, 0, |_| unreachable!()).id
}

/// What `--field portalArn` prints of a session of the portal.
fn arn_line(region: usize, number: usize) -> String {
    format!("{}\n", portal(region, number, 0).arn())
}

/// `count` sessions that started a minute apart and still run.
fn portal(region: usize, number: usize, count: usize) -> Portal {
    Portal::new(region, number, count, move |index| Life {
        id: session_id(region, number, index),
        user: "alice".to_owned(),
        start: START + 60_000 * i64::try_from(index).unwrap(),
        end: None,
        addresses: vec![format!("203.0.113.{index}")],
    })
}

/// So many portals in each region, with `count` sessions each.
fn world(per_region: usize, count: usize) -> World {
    let portals = (0..REGIONS.len())
        .flat_map(|region| (0..per_region).map(move |number| portal(region, number, count)));
    World::new(portals.collect())
}

fn run_in<'a>(server: &Server, words: impl IntoIterator<Item = &'a str>) -> Wsb {
    wsb(words).against(&server.url())
}

fn ask(server: &Server, line: &str) -> Wsb {
    run_in(server, line.split(' '))
}

fn lines(run: &Finished) -> BTreeSet<&str> {
    run.stdout.lines().collect()
}

/// The IDs of all sessions but those that `is_missing` says.
fn sessions(world: &World, is_missing: impl Fn(&Portal, &Life) -> bool) -> BTreeSet<String> {
    world
        .all()
        .filter(|(portal, life)| !is_missing(portal, life))
        .map(|(_, life)| life.id)
        .collect()
}

#[track_caller]
fn has_lines(run: &Finished, expected: &BTreeSet<String>) {
    assert_eq!(
        lines(run),
        expected.iter().map(String::as_str).collect(),
        "{run:#?}"
    );
}

/// The JSON errors of a run.
fn errors(run: &Finished) -> Vec<Value> {
    let lines = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|said: &Value| said["level"] == "error")
        .collect()
}

fn denied() -> Act {
    Act::error(403, "AccessDeniedException", "not here")
}

#[test]
fn what_cannot_be_meant_is_refused_before_any_request() {
    let world = Arc::new(world(1, 1));
    let server = world.serve();
    let both = format!(
        "list-sessions {PORTAL} arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"
    );
    for (line, said) in [
        (
            "list-sessions P --address nowhere",
            "not an address or a network",
        ),
        (
            "list-sessions P --address 203.0.113.0/33",
            "not an address or a network",
        ),
        (
            "list-sessions P --active-at 2026-01-01 --active-since 2026-01-01",
            "cannot be used with",
        ),
        (
            "list-sessions P --active-at 2026-01-01 --active-until 2026-01-01",
            "cannot be used with",
        ),
        (
            "list-sessions P --since 2026-01-02 --until 2026-01-01",
            "--since 2026-01-02T00:00:00Z is after",
        ),
        (
            "list-sessions P --active-since 2026-01-02 --active-until 2026-01-01",
            "--active-since",
        ),
        ("list-sessions P --active-at yesterdayish", "not a time"),
        (
            "list-sessions --all-portals P",
            "--all-portals searches every portal",
        ),
        (
            "list-sessions --all-regions --portal-id P",
            "--all-regions searches every portal",
        ),
        (
            "get-usage P --all-portals",
            "--all-portals searches every portal",
        ),
        (
            "get-session --all-regions --portal-id P --session-id S",
            "--all-regions searches every portal",
        ),
        (
            "get-session --all-portals Contractors",
            "--all-portals, every argument is a session",
        ),
        ("get-session --all-portals", "needs a session"),
        ("list-sessions", "needs a portal"),
        ("list-sessions P P", "is named twice"),
        ("list-sessions P --portal-id P", "is named twice"),
        ("get-usage P P", "is named twice"),
        ("get-usage P --fail-above 0%", "neither a percentage"),
        ("get-usage P --fail-above -5%", "neither a percentage"),
        ("get-usage P --fail-above=-5%", "neither a percentage"),
        ("get-usage P --fail-above lots", "neither a percentage"),
        ("get-usage P --fail-above 101%", "neither a percentage"),
        (
            "get-usage P --fail-above 0.8",
            "for a share of 0.8, write 80%",
        ),
        (
            "get-usage P --group-by region --fail-above 80%",
            "give a number of sessions",
        ),
        (
            "get-usage P --group-by region --field displayName",
            "have no displayName",
        ),
        ("get-usage P --by week", "invalid value 'week'"),
    ] {
        let words = line.split(' ').map(|word| match word {
            "P" => PORTAL,
            "S" => SESSION,
            word => word,
        });
        run_in(&server, words).run().code(2).says(&[said]);
    }
    assert_eq!(server.requests().len(), 0);
    // That two names are those of one portal shows later, and the portal is asked once.
    ask(&server, &both).run().says(&["is named twice"]);
}

#[test]
fn a_portal_that_is_named_twice_in_different_words_is_listed_once() {
    let world = Arc::new(world(1, 3));
    let server = world.serve();
    let run = run_in(
        &server,
        [
            "list-sessions",
            "Portal 8.0",
            &portal_id(8, 0),
            "--field",
            "sessionId",
        ],
    )
    .run();
    run.code(2).says(&["is named twice"]);
    has_lines(
        &run,
        &sessions(&world, |portal, _| portal.region != "us-east-1"),
    );
}

#[test]
fn portals_may_be_named_in_several_regions() {
    let world = Arc::new(world(2, 3));
    let server = world.serve();
    let arn = world.portals[3].arn();
    let run = run_in(
        &server,
        ["list-sessions", &arn, "Portal 8.1", "--field", "sessionId"],
    )
    .run();
    run.code(0);
    has_lines(
        &run,
        &sessions(&world, |portal, _| {
            portal.arn() != arn && portal.name != "Portal 8.1"
        }),
    );
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_region_that_denies_hides_no_other_and_is_an_error_of_its_own() {
    let world = world(2, 3).disturbed(|call| (call.region == "eu-west-1").then(denied));
    let world = Arc::new(world);
    let server = world.serve();
    let expected = sessions(&world, |portal, _| portal.region == "eu-west-1");
    let run = ask(
        &server,
        "list-sessions --all-regions --field sessionId --errors json",
    )
    .run();
    has_lines(run.code(3), &expected);
    let reported = errors(&run);
    assert_eq!(reported.len(), 1, "{run:#?}");
    assert_eq!(reported[0]["region"], "eu-west-1");
    assert_eq!(reported[0]["exitCode"], 3);

    // A list with a hole is no document.
    let run = ask(&server, "list-sessions --all-regions -o json").run();
    run.code(3);
    assert!(serde_json::from_str::<Value>(&run.stdout).is_err());
    let closed = format!("{}]}}", run.stdout.trim_end());
    let document: Value = serde_json::from_str(&closed).unwrap();
    assert_eq!(
        document["sessions"].as_array().unwrap().len(),
        expected.len()
    );

    let run = ask(&server, "get-usage --all-regions --field region").run();
    let others = REGIONS.iter().filter(|region| **region != "eu-west-1");
    let rows: Vec<&str> = others.flat_map(|region| [*region; 2]).collect();
    assert_eq!(run.code(3).stdout.lines().collect::<Vec<_>>(), rows);
}

#[test]
fn no_session_with_a_region_unseen_is_an_open_list_and_not_an_empty_one() {
    let world = world(1, 3).disturbed(|call| (call.region == "eu-west-1").then(denied));
    let server = Arc::new(world).serve();
    let run = ask(
        &server,
        "list-sessions --all-regions --username nobody -o json",
    )
    .run();
    assert_eq!(run.code(3).stdout, "");
}

#[test]
fn failures_of_different_kinds_are_12_with_a_line_each() {
    let world = world(1, 2).disturbed(|call| match call.region {
        "eu-west-1" => Some(denied()),
        // As where the service does not exist.
        "eu-west-2" => Some(Act::Close),
        _ => None,
    });
    let world = Arc::new(world);
    let server = world.serve();
    for command in ["list-sessions", "get-usage", "list-portals"] {
        let line = format!("{command} --all-regions -o jsonl --errors json --max-attempts 1");
        let run = ask(&server, &line).run();
        let regions: BTreeSet<String> = errors(run.code(12))
            .iter()
            .map(|error| error["region"].as_str().unwrap().to_owned())
            .collect();
        assert!(
            regions.iter().eq(["eu-west-1", "eu-west-2"]),
            "{command}: {run:#?}"
        );
        let rows = if command == "list-sessions" { 16 } else { 8 };
        assert_eq!(run.stdout.lines().count(), rows, "{command}");
    }
}

#[test]
fn a_portal_that_vanishes_before_the_look_is_4_and_hides_no_other() {
    let gone = portal_id(3, 1);
    let of_gone = gone.clone();
    let world = world(2, 2).disturbed(move |call| {
        let is_gone = call.portal == Some(&of_gone);
        is_gone.then(|| Act::error(404, "ResourceNotFoundException", "gone"))
    });
    let world = Arc::new(world);
    let server = world.serve();
    let run = ask(
        &server,
        "list-sessions --all-regions --field sessionId --errors json",
    )
    .run();
    has_lines(
        run.code(4),
        &sessions(&world, |portal, _| portal.id == gone),
    );
    assert_eq!(errors(&run)[0]["portalId"], *gone);
    let run = ask(
        &server,
        "get-usage --all-regions --field portalArn --errors json",
    )
    .run();
    assert_eq!(run.code(4).stdout.lines().count(), 19);
    assert_eq!(errors(&run)[0]["portalId"], *gone);
    assert_eq!(errors(&run)[0]["region"], REGIONS[3]);
}

#[test]
fn a_look_up_of_an_address_that_fails_is_an_error_and_not_a_session_without_a_match() {
    let failing = session_id(8, 0, 5);
    let of_failing = failing.clone();
    let world =
        world(1, 10).disturbed(move |call| (call.session == Some(&of_failing)).then(denied));
    let world = Arc::new(world);
    let server = world.serve();
    for options in [
        "--address 203.0.113.0/29",
        "--with-addresses",
        "--address 203.0.113.9",
    ] {
        let line = format!("list-sessions --all-portals {options} --field sessionId --errors json");
        let run = ask(&server, &line).run();
        let reported = errors(run.code(3));
        assert_eq!(reported.len(), 1, "{options}");
        assert_eq!(reported[0]["sessionId"], *failing);
        assert_eq!(reported[0]["portalId"], *portal_id(8, 0));
        let rest = sessions(&world, |portal, life| {
            let number: u8 = life.addresses[0]
                .rsplit('.')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let fits = match options {
                "--with-addresses" => true,
                "--address 203.0.113.9" => number == 9,
                _ => number < 8,
            };
            portal.region != "us-east-1" || life.id == failing || !fits
        });
        has_lines(&run, &rest);
        assert!(run.stderr.contains("asked GetSession about 10 sessions"));
    }
    let run = ask(
        &server,
        "list-sessions --all-portals --address 192.0.2.1 -o json",
    )
    .run();
    assert_eq!(run.code(3).stdout, "");
}

#[test]
fn a_session_is_searched_for_in_every_portal_and_absence_tells_how_much_was_searched() {
    let mut portals = world(1, 2).portals;
    portals.truncate(5);
    let world = Arc::new(World::new(portals));
    let server = world.serve();
    let run = ask(&server, &format!("get-session --all-regions {SESSION}")).run();
    run.code(4)
        .says(&["5 portals of 10 regions", "35 days", SESSION]);
    assert_eq!(server.requests().len(), 10 + 5);
    assert_eq!(run.stdout, "");

    let there = session_id(3, 0, 1);
    let line =
        format!("get-session --all-regions {SESSION} {there} --field portalArn --errors json");
    let run = ask(&server, &line).run();
    assert_eq!(run.code(4).stdout, arn_line(3, 0));
    assert_eq!(errors(&run)[0]["sessionId"], SESSION);
}

#[test]
fn a_session_is_not_called_absent_where_a_portal_or_a_region_did_not_answer() {
    let failing = portal_id(3, 1);
    let of_failing = failing.clone();
    let portal_fails = world(2, 2).disturbed(move |call| {
        let fails = call.portal == Some(&of_failing) && call.session.is_some();
        fails.then(denied)
    });
    let server = Arc::new(portal_fails).serve();
    let run = ask(
        &server,
        &format!("get-session --all-regions {SESSION} --errors json"),
    )
    .run();
    let reported = errors(run.code(3));
    assert_eq!(reported.len(), 1, "{run:#?}");
    assert_eq!(reported[0]["portalId"], *failing);
    assert_eq!(reported[0]["region"], REGIONS[3]);
    assert!(!run.stderr.contains("none of"));
    // Found elsewhere, nothing is missing.
    let there = session_id(7, 0, 1);
    let run = ask(
        &server,
        &format!("get-session --all-regions {there} --field portalArn"),
    )
    .run();
    assert_eq!(run.code(0).stdout, arn_line(7, 0));

    let region_fails = world(1, 2).disturbed(|call| (call.region == "eu-west-1").then(denied));
    let server = Arc::new(region_fails).serve();
    let run = ask(&server, &format!("get-session --all-regions {SESSION}")).run();
    run.code(3).says(&[
        "searched 9 portals of 10 regions",
        "not all could be searched",
        "eu-west-1",
    ]);
    let run = ask(
        &server,
        &format!("get-session --all-regions {there} --field portalArn"),
    )
    .run();
    assert_eq!(run.code(3).stdout, arn_line(7, 0));
    run.says(&["eu-west-1"]);
}

#[test]
fn many_sessions_of_any_portal_come_in_the_order_of_their_ids() {
    let world = Arc::new(world(2, 10));
    let server = world.serve();
    let mut ids: Vec<String> = world.all().map(|(_, life)| life.id).collect();
    ids.reverse();
    let run = ask(&server, "get-session --all-regions - --field sessionId")
        .input(ids.join("\n"))
        .run();
    assert_eq!(run.code(0).stdout.lines().collect::<Vec<_>>(), ids);
}

/// Calls of one region hang.
fn hanging(call: &Call<'_>) -> Option<Act> {
    (call.region == "ap-northeast-1").then(|| Act::SendAndHang(Vec::new()))
}

#[cfg(unix)]
#[test]
fn a_region_that_hangs_holds_up_no_other() {
    let world = Arc::new(world(1, 2).disturbed(hanging));
    let server = world.serve();
    // Without an end of time the answers come, and then the program waits for the region.
    let there = session_id(7, 0, 1);
    for (line, first) in [
        (
            format!("get-session --all-regions {there} --field username"),
            "alice",
        ),
        ("list-sessions --all-regions -o jsonl".to_owned(), "{"),
    ] {
        let mut run = ask(&server, &line).start();
        run.output_until(first);
        run.signal("TERM");
        run.finish().code(143).says(&["interrupted by SIGTERM"]);
    }
    // With one, what came is delivered, and what did not is an error.
    let there = format!("get-session --all-regions {there} -o jsonl");
    let lines = [
        ("list-sessions --all-regions -o jsonl", 18),
        ("get-usage --all-regions -o jsonl", 9),
        (&*there, 1),
    ];
    run_side_by_side(&lines, |(line, rows)| {
        let run = ask(&server, &format!("{line} --timeout 5s")).run();
        run.code(9).says(&["ran out"]);
        assert_eq!(run.stdout.lines().count(), *rows, "{line}: {run:#?}");
    });
    let list_portals = ("list-portals --all-regions -o jsonl", 9);
    run_side_by_side(&[&lines[..], &[list_portals]].concat(), |(line, rows)| {
        let line = format!("{line} --read-timeout 4s --max-attempts 1 --errors json");
        let run = ask(&server, &line).run();
        let reported = errors(run.code(9));
        assert_eq!(reported[0]["region"], "ap-northeast-1", "{line}");
        assert_eq!(run.stdout.lines().count(), *rows, "{line}");
    });
}

#[cfg(unix)]
#[test]
fn a_signal_while_portals_are_searched_ends_every_command() {
    for line in [
        "list-sessions --all-regions -o json".to_owned(),
        "get-usage --all-regions -o json".to_owned(),
        "list-portals --all-regions -o json".to_owned(),
        "list-sessions Contractors Others -o json".to_owned(),
        "get-usage Contractors -o json".to_owned(),
        format!("get-session --all-regions {SESSION} -o json"),
    ] {
        // Its own service: late requests of the previous command would be taken for this one's.
        let world = World::new(Vec::new()).disturbed(|_| Some(Act::SendAndHang(Vec::new())));
        let server = Arc::new(world).serve();
        let run = ask(&server, &line).start();
        wait_until("a request", || !server.requests().is_empty());
        run.signal("INT");
        let run = run.finish();
        run.code(130).says(&["interrupted"]);
        assert_eq!(run.stdout, "", "{line}");
    }
}

#[test]
fn enough_sessions_of_several_portals_stop_all_lists() {
    // A page of twelve shows that the service sorts as requested.
    let world = Arc::new(world(3, 100).paged(12));
    let server = world.serve();
    let run = ask(&server, "list-sessions --all-portals --max-items 7 -o json").run();
    let document = run.code(0).json();
    assert_eq!(document["sessions"].as_array().unwrap().len(), 7);
    let requests = server.requests().len();
    assert!(requests <= 1 + 3 * 2, "{requests} of {} pages", 3 * 9);
}

#[test]
fn a_failure_that_comes_before_enough_sessions_leaves_them_all() {
    let failing = portal_id(8, 1);
    let world = world(3, 4).disturbed(move |call| (call.portal == Some(&failing)).then(denied));
    let server = Arc::new(world).serve();
    let run = ask(
        &server,
        "list-sessions --all-portals --max-items 8 --field sessionId",
    )
    .run();
    assert_eq!(run.stdout.lines().count(), 8);
    let run = ask(
        &server,
        "list-sessions --all-portals --max-items 9 --field sessionId",
    )
    .run();
    assert_eq!(run.code(3).stdout.lines().count(), 8);
}

#[test]
fn a_list_that_breaks_off_in_one_portal_goes_on_in_the_others() {
    let failing = portal_id(8, 1);
    let of_failing = failing.clone();
    let world = world(3, 6).paged(2).disturbed(move |call| {
        let fails = call.portal == Some(&of_failing) && call.parameter("nextToken").is_some();
        fails.then(denied)
    });
    let world = Arc::new(world);
    let server = world.serve();
    let run = ask(&server, "list-sessions --all-portals -o json").run();
    run.code(3).says(&["the list is incomplete", &failing]);
    let document: Value = serde_json::from_str(&format!("{}]}}", run.stdout.trim_end())).unwrap();
    assert_eq!(document["sessions"].as_array().unwrap().len(), 6 + 2 + 6);
    // A portal that is counted in part is not counted.
    let run = ask(&server, "get-usage --all-portals --field displayName").run();
    assert_eq!(run.code(3).stdout, "Portal 8.0\nPortal 8.2\n");
}

#[test]
fn the_chains_of_all_portals_run_side_by_side() {
    use Operation::{GetSession, ListPortals, ListSessions};
    let there = session_id(7, 2, 1);
    for (line, operation, at_once) in [
        (
            "list-sessions --all-regions -o jsonl".to_owned(),
            ListSessions,
            30,
        ),
        (
            "get-usage --all-regions -o jsonl".to_owned(),
            ListSessions,
            30,
        ),
        (format!("get-session --all-regions {there}"), GetSession, 30),
        (
            "list-sessions --all-portals --with-addresses -o jsonl".to_owned(),
            GetSession,
            16,
        ),
    ] {
        let world = Arc::new(
            world(3, 20)
                .gated(ListPortals, if line.contains("regions") { 10 } else { 1 })
                .gated(operation, at_once),
        );
        let server = world.serve();
        ask(&server, &line).run().code(0);
        assert_eq!(world.most_at_once(operation), at_once, "{line}");
    }
}

#[test]
fn a_service_that_does_not_tell_regions_apart_is_told_of_once() {
    let one = portal(8, 0, 1);
    let everywhere = World::new(vec![one.clone()]).disturbed(move |call| {
        let item = serde_json::json!({"portalArn": one.arn(), "displayName": one.name});
        let page = serde_json::json!({ "portals": [item] });
        (call.operation == Operation::ListPortals).then(|| Act::json(200, &page.to_string()))
    });
    let server = Arc::new(everywhere).serve();
    let apart = Arc::new(world(2, 1)).serve();
    for command in ["list-portals", "list-sessions", "get-usage"] {
        let line = format!("{command} --all-regions -o jsonl");
        let run = ask(&server, &line).run();
        let count = run.stderr.matches("does not tell regions apart").count();
        assert_eq!(count, 1, "{run:#?}");
        assert_eq!(run.code(0).stdout.lines().count(), 1, "{run:#?}");
        assert_eq!(ask(&apart, &line).run().code(0).stderr, "");
    }
}

#[test]
fn a_delay_of_every_reply_is_in_the_way_of_no_answer() {
    let world = Arc::new(world(3, 25).paged(10).delayed(Duration::from_millis(100)));
    let server = world.serve();
    let run = ask(&server, "list-sessions --all-regions --field sessionId").run();
    has_lines(run.code(0), &sessions(&world, |_, _| false));
    // A list of three pages may take two calls more, where its other end is read too.
    let calls = server.requests().len() - 10;
    assert!((30 * 3..=30 * 5).contains(&calls), "{calls}");
}

#[test]
fn only_a_list_that_is_needed_entirely_is_read_from_both_ends() {
    let world = Arc::new(World::new(vec![portal(8, 0, 300), portal(8, 1, 20)]).paged(10));
    let long = portal_id(8, 0);
    let short = portal_id(8, 1);
    let middle = Timestamp::from_millisecond(START).unwrap();
    for (line, both_ends) in [
        (format!("list-sessions {long} -o jsonl"), true),
        (format!("list-sessions {long} --query sessions[0]"), true),
        (format!("list-sessions {long} --username nobody"), false),
        (format!("list-sessions {long} --status active"), false),
        (format!("list-sessions {long} --max-items 290"), false),
        (format!("list-sessions {long} --with-addresses"), false),
        (format!("list-sessions {long} --since {middle}"), false),
        (format!("list-sessions {long} --active-at {middle}"), false),
        (
            format!("list-sessions {long} --session-id {}", session_id(8, 0, 7)),
            false,
        ),
        (format!("get-usage {long}"), true),
        (format!("list-sessions {short} -o jsonl"), false),
        (format!("get-usage {short}"), false),
    ] {
        // A call that is no longer needed at the end may still arrive: each line has its own server.
        let server = world.serve();
        ask(&server, &line).run().code(0);
        let requests = server.requests();
        let is_list = |order: &str| {
            let is = |request: &&Request| request.target.contains(order);
            requests.iter().filter(is).count()
        };
        let (newest, oldest) = (is_list("Descending"), is_list("Ascending"));
        assert_eq!(newest > 0 && oldest > 0, both_ends, "{line}");
        // Two calls more, and one for the sessions at the end of their retention.
        assert!(newest + oldest <= 33, "{line}");
    }
}

#[test]
fn both_ends_of_many_lists_take_no_more_calls_at_a_time() {
    for line in [
        "list-sessions --all-regions -o jsonl",
        "get-usage --all-regions -o jsonl",
    ] {
        let world = world(7, 80).paged(10).gated(Operation::ListSessions, 64);
        let world = Arc::new(world);
        let server = world.serve();
        let run = ask(&server, line).run();
        let is_list = line.starts_with("list");
        let lines = if is_list { 70 * 80 } else { 70 };
        assert_eq!(run.code(0).stdout.lines().count(), lines);
        assert_eq!(world.most_at_once(Operation::ListSessions), 64, "{line}");
    }
}
