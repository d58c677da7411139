//! `wsb get-usage`: its rows in every format, limits, and what outranks what.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::world::{Life, Operation, Portal, World};
use crate::support::{Act, Server, Wsb, wsb};

/// `count` sessions of as many users that have been running for a day.
fn portal(number: usize, count: usize, limit: Option<u64>) -> Portal {
    let start = (jiff::Timestamp::now().as_second() - 24 * 3600) * 1000;
    let mut portal = Portal::new(8, number, count, move |index| Life {
        id: format!("aaaaaaaa-{number:04}-4000-8000-{index:012}"),
        user: format!("user-{index}"),
        start: start + 1000 * i64::try_from(index).unwrap(),
        end: None,
        addresses: Vec::new(),
    });
    portal.limit = limit;
    portal
}

fn serve(portals: Vec<Portal>) -> Server {
    Arc::new(World::new(portals)).serve()
}

fn usage(server: &Server, arguments: &[&str]) -> Wsb {
    wsb(["get-usage"]).args(arguments).against(&server.url())
}

#[test]
fn a_row_tells_how_full_a_portal_is_and_was() {
    let server = serve(vec![portal(0, 3, Some(4))]);
    let run = usage(&server, &["--all-portals", "-o", "json"]).run();
    let row = &run.code(0).json()["usage"][0];
    for (name, value) in [
        ("displayName", json!("Portal 8.0")),
        ("region", json!("us-east-1")),
        ("activeSessions", json!(3)),
        ("maxConcurrentSessions", json!(4)),
        ("utilization", json!(0.75)),
        ("peakSessions", json!(3)),
        ("sessions", json!(3)),
        ("users", json!(3)),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
    for time in ["peakTime", "periodStart", "periodEnd"] {
        let text = row[time].as_str().unwrap();
        assert!(text.parse::<jiff::Timestamp>().is_ok(), "{time}: {text}");
    }
    for (format, lines) in [("jsonl", 1), ("csv", 2), ("text", 1)] {
        let run = usage(&server, &["--all-portals", "-o", format]).run();
        assert_eq!(run.code(0).stdout.lines().count(), lines, "{format}");
    }
}

#[test]
fn rows_emulator_the_order_of_regions_and_names() {
    let mut portals: Vec<Portal> = (0..5).map(|number| portal(number, 1, None)).collect();
    portals.reverse();
    portals[2].region = "ap-south-1";
    let server = serve(portals);
    let run = usage(&server, &["--all-regions", "--field", "displayName"]).run();
    let expected = ["2", "0", "1", "3", "4"].map(|number| format!("Portal 8.{number}"));
    assert_eq!(run.code(0).stdout.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_portal_without_a_limit_has_no_share_and_nothing_to_compare_with() {
    let server = serve(vec![portal(0, 3, None)]);
    let above = |threshold: &str| {
        let arguments = ["--all-portals", "-o", "json", "--fail-above", threshold];
        usage(&server, &arguments).run()
    };
    let run = above("1%");
    run.code(13).says(&[
        "the limit (maxConcurrentSessions) of Portal 8.0 is not known",
        "give a number of sessions",
    ]);
    above("3").code(0);
    above("2")
        .code(13)
        .says(&["Portal 8.0 uses 3 sessions, above 2"]);
    let row = &run.json()["usage"][0];
    assert!(row.get("maxConcurrentSessions").is_none() && row.get("utilization").is_none());
    assert_eq!(row["activeSessions"], 3);
}

#[test]
fn a_portal_that_no_session_ran_in_was_never_full() {
    let server = serve(vec![portal(0, 0, Some(4))]);
    let run = usage(
        &server,
        &["--all-portals", "--fail-above", "1%", "-o", "json"],
    )
    .run();
    let row = &run.code(0).json()["usage"][0];
    assert_eq!(
        (&row["peakSessions"], &row["sessions"]),
        (&json!(0), &json!(0))
    );
    assert!(row.get("peakTime").is_none());
    assert_eq!(row["portalArn"], portal(0, 0, None).arn());
}

#[test]
fn only_a_use_above_the_share_is_13() {
    let server = serve(vec![portal(0, 3, Some(4)), portal(1, 1, Some(4))]);
    let above = |share: &str| {
        usage(
            &server,
            &["--all-portals", "--fail-above", share, "-o", "json"],
        )
        .run()
    };
    above("75%").code(0);
    let run = above("74.9%");
    run.code(13)
        .says(&["Portal 8.0 uses 3 of 4 sessions (75 %), above 74.9 %"]);
    assert!(!run.stderr.contains("Portal 8.1"));
    above("0")
        .code(13)
        .says(&["Portal 8.1 uses 1 session, above 0"]);
    // The rows are all there.
    assert_eq!(run.json()["usage"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_portal_that_could_not_be_counted_outranks_one_that_is_too_full() {
    let failing = portal(1, 1, Some(4)).id;
    let portals = vec![portal(0, 4, Some(4)), portal(1, 1, Some(4))];
    let world = World::new(portals).disturbed(move |call| {
        let fails = call.portal == Some(&failing);
        fails.then(|| Act::error(403, "AccessDeniedException", "no"))
    });
    let server = Arc::new(world).serve();
    let run = usage(
        &server,
        &["--all-portals", "--fail-above", "80%", "-o", "json"],
    )
    .run();
    run.code(3)
        .says(&["Portal 8.0 uses 4 of 4", "access denied"]);
    assert!(serde_json::from_str::<Value>(&run.stdout).is_err());
}

#[test]
fn a_named_portal_is_counted_even_if_its_limit_cannot_be_read() {
    let id = portal(0, 3, None).id;
    let world = World::new(vec![portal(0, 3, Some(4))]).disturbed(|call| {
        let fails = call.operation == Operation::ListPortals;
        fails.then(|| Act::error(403, "AccessDeniedException", "no"))
    });
    let server = Arc::new(world).serve();
    let run = usage(&server, &[&id, "--fail-above", "1%", "-o", "jsonl"]).run();
    run.code(3)
        .says(&["workspaces-web:ListPortals", "is not known"]);
    let row: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(row["activeSessions"], 3);
    assert!(row["portalArn"].as_str().unwrap().ends_with(&id));
    // A name cannot be resolved then, and is one error, not two.
    let run = usage(&server, &["Contractors", "--errors", "json"]).run();
    assert_eq!(run.code(3).stderr.lines().count(), 1);
}

#[test]
fn a_named_portal_has_the_limit_that_list_portals_tells() {
    let server = serve(vec![portal(0, 1, Some(7)), portal(1, 2, Some(8))]);
    let id = portal(1, 0, None).id;
    for name in [&*id, "Portal 8.1"] {
        let run = usage(&server, &[name, "--field", "maxConcurrentSessions"]).run();
        assert_eq!(run.code(0).stdout, "8\n", "{name}");
    }
    let run = usage(
        &server,
        &["Portal 8.1", "Portal 8.0", "--field", "activeSessions"],
    )
    .run();
    assert_eq!(run.code(0).stdout, "1\n2\n");
}

#[test]
fn hours_start_at_the_full_hour_of_the_zone_and_cover_the_period() {
    let server = serve(vec![portal(0, 3, Some(4))]);
    for zone in ["UTC", "Asia/Kolkata", "America/St_Johns"] {
        let run = usage(&server, &["--all-portals", "--by", "hour", "--since", "5h"])
            .args(["-o", "jsonl", "--timestamps", "epoch"])
            .env("TZ", zone)
            .run();
        let rows: Vec<Value> = run
            .code(0)
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        // Five hours that do not start at a full one touch six.
        assert!((5..=6).contains(&rows.len()), "{zone}: {run:#?}");
        let second = rows[1]["periodStart"].as_f64().unwrap();
        let offset = if zone == "UTC" { 0.0 } else { 1800.0 };
        assert_eq!(second % 3600.0, offset, "{zone}");
        assert!(rows.iter().all(|row| row["peakSessions"] == 3));
        let told = rows
            .iter()
            .filter(|row| row.get("activeSessions").is_some());
        assert_eq!(told.count(), 1);
    }
}

#[test]
fn a_period_that_reaches_back_past_what_is_kept_gets_a_warning() {
    let server = serve(vec![portal(0, 1, Some(4))]);
    usage(&server, &["--all-portals", "--since", "40d"])
        .run()
        .code(0)
        .says(&["warning: the service keeps sessions for 35 days"]);
    let run = usage(&server, &["--all-portals", "-o", "jsonl"]).run();
    assert_eq!(run.code(0).stderr, "");
}
