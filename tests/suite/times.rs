//! Times and durations on the command line, and values from variables that are not set.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::world::{Life, Portal, World};
use crate::support::{Act, PORTAL, SESSION, Server, session_reply, wsb};

fn empty() -> Server {
    Server::always(Act::json(200, r#"{"sessions":[],"portals":[]}"#))
}

/// The instant that `--since` means in this time zone, from the start of the reported period.
fn since(server: &Server, zone: &str, text: &str) -> Timestamp {
    let run = wsb(["get-usage", "--all-portals", "--since", text])
        .args(["--field", "periodStart", "--timestamps", "epoch"])
        .env("TZ", zone)
        .against(&server.url())
        .run();
    let seconds: f64 = run.code(0).stdout.trim().parse().unwrap();
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(seconds)
}

fn one_portal() -> Server {
    let portal = Portal::new(8, 0, 1, |_| Life {
        id: SESSION.to_owned(),
        user: "alice".to_owned(),
        start: 1_700_000_000_000,
        end: None,
        addresses: Vec::new(),
    });
    Arc::new(World::new(vec![portal])).serve()
}

#[test]
fn an_offset_or_a_zone_decides_and_otherwise_the_local_time_zone() {
    let server = one_portal();
    const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
    for (zone, text, expected) in [
        ("UTC", "2025-11-24 1:30+02:00", "2025-11-23T23:30:00Z"),
        (
            "America/New_York",
            "2025-11-24T01:30[Europe/Berlin]",
            "2025-11-24T00:30:00Z",
        ),
        ("UTC", "2025-11-23 20:27:48 +00:00", "2025-11-23T20:27:48Z"),
        ("Asia/Tokyo", "2025-11-24 01:30", "2025-11-23T16:30:00Z"),
        (
            ":/usr/share/zoneinfo/Asia/Tokyo",
            "2025-11-24 01:30",
            "2025-11-23T16:30:00Z",
        ),
        (
            "EST5EDT,M3.2.0,M11.1.0",
            "2025-07-24 01:30",
            "2025-07-24T05:30:00Z",
        ),
        ("", "2025-11-24 01:30", "2025-11-24T01:30:00Z"),
        (
            "Australia/Lord_Howe",
            "2025-10-05 12:00",
            "2025-10-05T01:00:00Z",
        ),
        (LORD_HOWE, "2025-10-05 12:00", "2025-10-05T01:00:00Z"),
        (LORD_HOWE, "2025-07-01 12:00", "2025-07-01T01:30:00Z"),
        ("UTC", "2025-11-24t01:30:00.25z", "2025-11-24T01:30:00.25Z"),
    ] {
        let expected: Timestamp = expected.parse().unwrap();
        assert_eq!(since(&server, zone, text), expected, "{zone} {text}");
    }
    let today = Timestamp::now()
        .to_zoned_datetime(jiff::tz::TimeZone::get("America/New_York").unwrap())
        .date();
    let expected: Timestamp = format!("{today}T00:30:00Z").parse().unwrap();
    let expected = expected - SignedDuration::from_hours(48);
    let text = format!("{} 2:30+02:00", today - jiff::ToSpan::days(2));
    assert_eq!(since(&server, "America/New_York", &text), expected);
}

#[test]
fn a_span_may_have_a_sign() {
    let server = one_portal();
    for text in ["2h", "-2h", "2 hours ago", "PT2H"] {
        let age = Timestamp::now().duration_since(since(&server, "UTC", text));
        assert!((7190..7300).contains(&age.as_secs()), "{text} {age:?}");
    }
}

#[test]
fn a_time_that_is_not_understood_completely_sends_no_request() {
    for text in [
        "2026-11-24T01:30+02:00[Europe/Berlin]",
        "2026-11-24T01:30[Nowhere/Bad]",
        "2026-11-24T01:30[u-ca=hebrew]",
        "2026-11-24T01:30 PST",
        "14:00:00",
        "2",
        "--until",
        "",
    ] {
        for option in [
            "--since",
            "--until",
            "--active-at",
            "--active-since",
            "--active-until",
        ] {
            let run = wsb(["list-sessions", PORTAL, option, text]).run();
            run.code(2).says(&[option]);
        }
    }
    wsb(["list-sessions", PORTAL, "--since", "2026-03-29 02:30"])
        .env("TZ", "Europe/Berlin")
        .run()
        .code(2)
        .says(&["does not exist in Europe/Berlin"]);
}

#[test]
fn a_zone_that_is_not_known_costs_one_warning_where_a_local_time_is_used() {
    let server = empty();
    let warning = "warning: TZ is \"Nowhere/Bad\", which is not a known time zone";
    for (arguments, warnings) in [
        (&["--since", "3d"][..], 1),
        (
            &["--since", "2026-11-24", "--until", "now", "-o", "json"],
            1,
        ),
        (&["--since", "2026-11-24T00:00Z", "-o", "json"], 0),
        (&["-o", "json"], 0),
    ] {
        let run = wsb(["list-sessions", PORTAL])
            .args(arguments)
            .env("TZ", "Nowhere/Bad")
            .against(&server.url())
            .run();
        run.code(0);
        assert_eq!(run.stderr.matches(warning).count(), warnings, "{run:?}");
    }
    for (unit, warnings) in [(&["--by", "day"][..], 1), (&["--by", "hour"], 1), (&[], 0)] {
        let run = wsb(["get-usage", "--all-portals", "-o", "json"])
            .args(unit)
            .env("TZ", "Nowhere/Bad")
            .against(&server.url())
            .run();
        run.code(0);
        assert_eq!(run.stderr.matches(warning).count(), warnings, "{run:?}");
    }
}

#[test]
fn exactly_35_days_cost_no_warning_about_retention() {
    let server = one_portal();
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
    ] {
        for (period, warnings) in [
            ("35d", 0),
            ("840h", 0),
            ("5 weeks", 0),
            ("36d", 1),
            ("842h", 1),
        ] {
            for command in [&["list-sessions"][..], &["get-usage"]] {
                let run = wsb(command)
                    .args(["--all-portals", "--since", period])
                    .env("TZ", zone)
                    .against(&server.url())
                    .run();
                let found = run.code(0).stderr.matches("35 days").count();
                assert_eq!(found, warnings, "{zone} {period} {run:?}");
            }
        }
    }
}

#[test]
fn a_period_that_ended_before_the_retention_gets_a_warning() {
    let server = one_portal();
    for (period, warnings) in [
        (["--until", "36d"], 1),
        (["--until", "2026-01-01"], 1),
        (["--active-until", "60d"], 1),
        (["--active-at", "60d"], 1),
        (["--until", "34d"], 0),
    ] {
        let run = wsb(["list-sessions", "--all-portals"])
            .args(period)
            .against(&server.url())
            .run();
        let found = run.code(0).stderr.matches("35 days").count();
        assert_eq!(found, warnings, "{period:?} {run:?}");
    }
}

#[test]
fn the_end_of_the_calendar_is_a_time() {
    let server = empty();
    for until in [
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ] {
        wsb(["list-sessions", PORTAL, "--until", until])
            .env("TZ", "America/New_York")
            .against(&server.url())
            .run()
            .code(0);
    }
}

#[test]
fn a_session_is_found_by_the_start_that_its_table_shows() {
    let session = json!({"sessionId": SESSION, "status": "Active", "startTime": 1_735_689_600.75});
    let list = json!({ "sessions": [session] }).to_string();
    let server = Server::always(Act::json(200, &list));
    let list = |arguments: &[&str]| {
        wsb(["list-sessions", PORTAL])
            .args(arguments)
            .env("TZ", "Asia/Tokyo")
            .against(&server.url())
            .run()
    };
    let table = list(&[]).stdout;
    assert!(table.contains("2025-01-01 09:00:00"), "{table}");
    for (time, count) in [
        ("2025-01-01 09:00:00", 1),
        ("2025-01-01 09:00:00 +09:00", 1),
        ("2025-01-01T09:00:00.5+09:00", 0),
        ("2025-01-01 08:59:59 +09:00", 0),
    ] {
        let run = list(&["--active-at", time, "--field", "sessionId"]);
        assert_eq!(run.code(0).stdout.lines().count(), count, "{time}");
    }
}

#[test]
fn a_session_is_found_by_the_start_that_a_narrow_table_shows() {
    let minute = Timestamp::now().as_second() / 60 * 60 - 3600;
    let session = json!({"sessionId": SESSION, "status": "Active", "startTime": minute + 40});
    let list = json!({ "sessions": [session] }).to_string();
    let server = Server::always(Act::json(200, &list));
    let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let time = |seconds: i64| {
        let time = Timestamp::from_second(seconds).unwrap();
        let time = time.to_zoned_datetime(tokyo.clone());
        time.strftime("%m-%d %H:%M").to_string()
    };
    let list = |arguments: &[&str]| {
        wsb(["list-sessions", PORTAL])
            .args(arguments)
            .env("TZ", "Asia/Tokyo")
            .against(&server.url())
            .run()
    };
    for (option, seconds, count) in [
        ("--active-at", minute, 1),
        ("--active-at", minute - 60, 0),
        ("--since", minute, 1),
        ("--since", minute + 60, 0),
        ("--until", minute, 0),
        ("--until", minute + 60, 1),
    ] {
        let run = list(&[option, &time(seconds), "--field", "sessionId"]);
        assert_eq!(
            run.code(0).stdout.lines().count(),
            count,
            "{option} {seconds}"
        );
    }
}

#[test]
fn a_session_is_found_by_the_number_that_it_shows_as_its_start() {
    for start in [
        json!(1_796_033_917.123_456_2),
        json!("2026-11-30T10:18:37.1234567Z"),
    ] {
        let session = json!({"sessionId": SESSION, "status": "Active", "startTime": start});
        let list = json!({ "sessions": [session] }).to_string();
        let server = Server::always(Act::json(200, &list));
        let list = |arguments: &[&str]| {
            let run = wsb(["list-sessions", PORTAL])
                .args(arguments)
                .against(&server.url())
                .run();
            run.code(0).stdout.clone()
        };
        for format in ["epoch", "iso"] {
            let shown = list(&["--field", "startTime", "--timestamps", format]);
            let shown = shown.trim().replace("179603", "@179603");
            for option in ["--since", "--until", "--active-at"] {
                let found = list(&[option, &shown, "--field", "sessionId"]);
                assert_eq!(found.lines().count(), 1, "{option} {shown}");
            }
        }
    }
}

#[test]
fn a_duration_may_have_days() {
    let server = Server::always(Act::json(200, &session_reply()));
    for timeout in ["1d", "2d", "1 day, 2 hours", "P1D", "5 "] {
        wsb(["wait-session", PORTAL, SESSION, "--timeout", timeout])
            .against(&server.url())
            .run()
            .code(0);
    }
    for wrong in ["1mo", "2h ago", "-1d", "soon"] {
        let timeout = format!("--timeout={wrong}");
        let run = wsb(["wait-session", PORTAL, SESSION, &timeout]).run();
        run.code(2).says(&["not a duration", "--timeout"]);
    }
}

#[test]
fn the_service_is_polled_once_per_second_at_most() {
    for command in [
        &["watch-sessions", PORTAL][..],
        &["wait-session", PORTAL, SESSION],
    ] {
        for interval in ["1ms", "999ms", "0.5"] {
            let run = wsb(command).args(["--interval", interval]).run();
            run.code(2).says(&["--interval", "once per second at most"]);
        }
    }
}

#[test]
fn a_value_from_a_variable_that_is_not_set_is_an_error_that_names_the_option() {
    for (arguments, option) in [
        (
            &["list-sessions", PORTAL, "--username", ""][..],
            "--username",
        ),
        (&["list-sessions", PORTAL, "--username="], "--username"),
        (
            &["list-sessions", PORTAL, "--username", "--status", "active"],
            "--username",
        ),
        (&["list-sessions", "--portal-id", ""], "--portal-id"),
        (&["list-sessions", "--portal-arn", ""], "--portal-id"),
        (&["list-sessions", ""], "PORTAL"),
        (&["list-sessions", PORTAL, ""], "PORTAL"),
        (&["list-sessions", PORTAL, "--address", ""], "--address"),
        (
            &["list-sessions", PORTAL, "--session-id", ""],
            "--session-id",
        ),
        (&["list-sessions", PORTAL, "--status", ""], "--status"),
        (&["list-sessions", PORTAL, "--since", ""], "--since"),
        (&["list-sessions", PORTAL, "--max-items", ""], "--max-items"),
        (&["list-sessions", PORTAL, "--sort-by", ""], "--sort-by"),
        (&["list-sessions", PORTAL, "--query", ""], "--query"),
        (&["list-sessions", PORTAL, "--field", ""], "--field"),
        (&["list-sessions", PORTAL, "--output", ""], "--output"),
        (&["list-sessions", PORTAL, "--region", ""], "--region"),
        (&["list-sessions", PORTAL, "--profile", ""], "--profile"),
        (
            &["list-sessions", PORTAL, "--endpoint-url", ""],
            "--endpoint-url",
        ),
        (&["list-sessions", PORTAL, "--ca-bundle", ""], "--ca-bundle"),
        (&["list-sessions", PORTAL, "--timeout", ""], "--timeout"),
        (&["get-session", "", SESSION], "PORTAL"),
        (&["get-session", PORTAL, ""], "SESSION"),
        (&["get-session", "--portal-id", "", SESSION], "--portal-id"),
        (&["get-session", PORTAL, "--session-id", ""], "--session-id"),
        (&["wait-session", PORTAL, ""], "SESSION"),
        (&["wait-session", "", "--all"], "PORTAL"),
        (&["watch-sessions", ""], "PORTAL"),
        (&["watch-sessions", PORTAL, "--for", ""], "--for"),
        (&["get-usage", PORTAL, "--fail-above", ""], "--fail-above"),
        (&["get-usage", PORTAL, "--by", ""], "--by"),
        (&["local", "--data", ""], "--data"),
        (&["local", "--listen", ""], "--listen"),
    ] {
        let run = wsb(arguments).run();
        run.code(2).says(&[option]);
        assert_eq!(run.stdout, "");
    }
    for command in [
        "list-sessions",
        "get-session",
        "wait-session",
        "watch-sessions",
        "get-usage",
    ] {
        let run = wsb([command])
            .args(command.ends_with("-session").then_some(SESSION))
            .env("WSB_PORTAL", "")
            .run();
        run.code(2).says(&["WSB_PORTAL is empty"]);
    }
}

#[test]
fn a_name_may_start_with_a_hyphen() {
    let server = empty();
    for line in [&["--username", "-bob"][..], &["--username=-bob"]] {
        let run = wsb(["list-sessions", PORTAL])
            .args(line)
            .against(&server.url())
            .run();
        run.code(0);
    }
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.target.contains("username=-bob")),
        "{requests:?}"
    );
}
