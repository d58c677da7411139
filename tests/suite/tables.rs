//! Tables, timelines and `-o text`: laid out by what they hold, in the width that there is.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::world::{Life, Portal, REGIONS, World};
use crate::support::{Act, Finished, PORTAL, Server, Wsb, wsb};

fn id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

/// A session of two hours that starts so many hours before 2025, as the service lists them.
fn session(number: usize, username: &str) -> Value {
    let start = 1_735_689_600 - 3600 * number;
    json!({
        "sessionId": id(number), "username": username, "status": "Terminated",
        "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
        "startTime": start, "endTime": start + 7200,
    })
}

/// A service with these users' sessions, two pages of them.
fn service(first: &[&str], second: &[&str]) -> Server {
    let page = |users: &[&str], from: usize| -> Vec<Value> {
        let users = users.iter().enumerate();
        users.map(|(at, user)| session(from + at, user)).collect()
    };
    let first = json!({"sessions": page(first, 0), "nextToken": "more"}).to_string();
    let second = json!({ "sessions": page(second, 1000) }).to_string();
    Server::start(move |request, _| {
        if request.target.contains("nextToken=more") {
            Act::json(200, &second)
        } else {
            Act::json(200, &first)
        }
    })
}

fn list(server: &Server, columns: &str) -> Wsb {
    wsb(["list-sessions", PORTAL])
        .against(&server.url())
        .env("COLUMNS", columns)
}

fn widest(run: &Finished) -> usize {
    let lines = run.stdout.lines();
    lines.map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn longer_names_on_a_later_page_stay_on_one_line() {
    let server = service(
        &["amy"],
        &["user298@example.com", "a.much.longer.name@example.com"],
    );
    let run = list(&server, "140").run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 4, "{run:?}");
    assert!(widest(&run) <= 140, "{run:?}");
}

#[test]
fn columns_counts_where_there_is_no_terminal_and_what_went_is_said_once_after_the_rows() {
    let server = service(&["alice@example.com"], &["bob"]);
    let wide = list(&server, "200").run();
    wide.code(0);
    assert_eq!(wide.stderr, "");
    let short = list(&server, "80").run();
    short.code(0);
    assert_eq!(short.stderr, "");
    let narrow = list(&server, "60").run();
    narrow.code(0).says(&["no room for Duration"]);
    assert_eq!(narrow.stderr.matches("no room").count(), 1);
    assert!(widest(&narrow) <= 60, "{narrow:?}");
    assert!(narrow.stdout.contains("START +00:00"), "{narrow:?}");
    assert!(narrow.stdout.contains("01-01 00:00"), "{narrow:?}");
    let empty = Server::always(Act::json(200, r#"{"sessions":[]}"#));
    let none = list(&empty, "40").run();
    none.code(0);
    assert!(!none.stderr.contains("no room"), "{none:?}");
}

#[test]
fn a_time_zone_that_is_not_known_is_warned_of_where_local_times_are_shown() {
    let server = service(&["alice"], &["bob"]);
    let lost = |arguments: &[&str]| {
        let run = list(&server, "120")
            .args(arguments)
            .env("TZ", "Mars/Olympus");
        let run = run.run();
        run.code(0);
        run.stderr
    };
    assert!(lost(&[]).contains("warning: TZ is \"Mars/Olympus\""));
    assert!(lost(&["-o", "timeline"]).contains("read and shown in UTC"));
    for arguments in [&["-o", "json"][..], &["--timestamps", "iso"]] {
        assert_eq!(lost(arguments), "", "{arguments:?}");
    }
}

#[test]
fn an_active_session_is_plain_green() {
    let active = json!({"sessions": [{"sessionId": id(1), "status": "Active"}]});
    let server = Server::always(Act::json(200, &active.to_string()));
    let run = list(&server, "120").args(["--color", "always"]).run();
    assert!(
        run.stdout.contains("\u{1b}[38;5;2mActive\u{1b}[39m"),
        "{run:?}"
    );
}

#[test]
fn every_cell_of_text_is_filled_so_that_a_shell_reads_each_into_its_variable() {
    let sessions = json!({"sessions": [{"sessionId": id(1), "status": "Active"}]});
    let server = Server::always(Act::json(200, &sessions.to_string()));
    let run = list(&server, "80").args(["-o", "text"]).run();
    assert_eq!(
        run.stdout,
        format!("{}\tActive\tNone\tNone\tNone\tNone\n", id(1))
    );
    let csv = list(&server, "80").args(["-o", "csv"]).run();
    assert!(
        csv.stdout.ends_with(&format!("{},Active,,,,\n", id(1))),
        "{csv:?}"
    );
}

#[test]
fn a_timeline_fits_its_width_and_the_locale() {
    let server = service(&["alice@example.com", "bob"], &["carol"]);
    let draw = |columns: &str, locale: &str| {
        let run = list(&server, columns)
            .args(["-o", "timeline"])
            .env("LANG", locale)
            .run();
        run.code(0);
        run
    };
    for columns in ["80", "120", "200"] {
        let blocks = draw(columns, "C.UTF-8");
        assert!(widest(&blocks) <= columns.parse().unwrap(), "{blocks:?}");
        assert!(blocks.stdout.contains('▏'), "{blocks:?}");
        assert!(blocks.stdout.contains("at once, peak 2"), "{blocks:?}");
        let ascii = draw(columns, "C");
        assert!(ascii.stdout.is_ascii(), "{ascii:?}");
        assert!(widest(&ascii) <= columns.parse().unwrap(), "{ascii:?}");
    }
    let pipe = list(&server, "").args(["-o", "timeline"]).run();
    assert!(widest(&pipe) <= 80, "{pipe:?}");
}

/// A portal of this display name with one active session.
fn named_portal(number: usize, name: &str) -> Portal {
    let region = REGIONS.iter().position(|region| *region == "us-east-1");
    let mut portal = Portal::new(region.unwrap(), number, 1, move |_| Life {
        id: format!("bbbbbbbb-00{number:02}-4000-8000-000000000000"),
        user: format!("user0{number}"),
        start: 1_767_225_600_000,
        end: None,
        addresses: vec!["203.0.113.1".to_owned()],
    });
    portal.name = name.to_owned();
    portal
}

/// The row of the user's session.
fn row_of<'a>(run: &'a Finished, user: &str) -> &'a str {
    let row = run.stdout.lines().find(|line| line.contains(user));
    row.unwrap_or_else(|| panic!("{user} has no row: {run:?}"))
}

#[test]
fn a_table_over_several_portals_names_each_portal_unless_its_name_is_missing_or_not_unique() {
    let portals = [
        named_portal(0, "Contractors"),
        named_portal(1, "Twins"),
        named_portal(2, ""),
        named_portal(3, "Twins"),
        named_portal(4, "evil\u{1b}[2J"),
    ];
    let ids: Vec<String> = portals.iter().map(|portal| portal.id.clone()).collect();
    let world = Arc::new(World::new(portals.to_vec()));
    let server = world.serve();
    let list = |arguments: &[&str]| {
        let run = wsb(["list-sessions", "--all-portals"]).args(arguments);
        let run = run.against(&server.url()).env("COLUMNS", "200").run();
        run.code(0);
        run
    };
    let table = list(&[]);
    assert!(
        row_of(&table, "user00").contains("Contractors"),
        "{table:?}"
    );
    assert!(!table.stdout.contains(&ids[0]), "{table:?}");
    for number in [1, 2, 3] {
        let row = row_of(&table, &format!("user0{number}"));
        assert!(row.contains(&ids[number]), "{table:?}");
    }
    assert!(
        row_of(&table, "user04").contains("evil\\u{1b}[2J"),
        "{table:?}"
    );
    for format in ["json", "jsonl", "csv", "text", "yaml"] {
        let machine = list(&["-o", format]);
        assert!(!machine.stdout.contains("Contractors"), "{machine:?}");
        assert!(machine.stdout.contains(&ids[0]), "{machine:?}");
    }
}

#[test]
fn a_long_name_of_a_portal_is_cut_and_the_list_stays_rows() {
    let name = "The portal of all contractors of the northern region";
    let portals = vec![named_portal(0, name), named_portal(1, "HR")];
    let server = Arc::new(World::new(portals)).serve();
    for columns in ["40", "60", "80", "120"] {
        let run = wsb(["list-sessions", "--all-portals"]).env("COLUMNS", columns);
        let run = run.env("LANG", "C.UTF-8").against(&server.url()).run();
        run.code(0);
        assert_eq!(run.stdout.lines().count(), 3, "{run:?}");
        assert!(widest(&run) <= columns.parse().unwrap(), "{run:?}");
        assert!(row_of(&run, "user00").contains("The por"), "{run:?}");
    }
}

#[test]
fn several_portals_that_are_named_by_their_ids_show_these_and_cost_no_other_call() {
    let portals = vec![named_portal(0, "Contractors"), named_portal(1, "HR")];
    let ids: Vec<String> = portals.iter().map(|portal| portal.id.clone()).collect();
    let server = Arc::new(World::new(portals)).serve();
    let list = |names: [&str; 2]| {
        let run = wsb(["list-sessions", names[0], names[1]]).env("COLUMNS", "200");
        let run = run.against(&server.url()).run();
        run.code(0);
        run
    };
    let by_id = list([&ids[0], &ids[1]]);
    assert!(row_of(&by_id, "user00").contains(&ids[0]), "{by_id:?}");
    assert_eq!(server.requests().len(), 2);
    let by_name = list(["Contractors", "HR"]);
    assert!(row_of(&by_name, "user01").contains("HR"), "{by_name:?}");
    assert!(!by_name.stdout.contains(&ids[1]), "{by_name:?}");
}

#[test]
fn sessions_that_are_found_and_events_name_their_portal_too() {
    let portals = vec![named_portal(0, "Contractors"), named_portal(1, "HR")];
    let server = Arc::new(World::new(portals)).serve();
    let ids = [0, 1].map(|number| format!("bbbbbbbb-00{number:02}-4000-8000-000000000000"));
    let get = ["get-session", "--all-portals", &ids[0], &ids[1]];
    let watch = ["watch-sessions", "--all-portals", "--once", "-o", "table"];
    for command in [&get[..], &watch] {
        let run = wsb(command.iter().copied()).env("COLUMNS", "220");
        let run = run.against(&server.url()).run();
        run.code(0);
        assert!(row_of(&run, "user00").contains("Contractors"), "{run:?}");
        assert!(row_of(&run, "user01").contains("HR"), "{run:?}");
    }
}

#[test]
fn columns_that_an_option_requests_are_omitted_last_and_cut_before() {
    let address = "2001:db8:85a3:1234:5678:8a2e:370:7334";
    let region = REGIONS.iter().position(|region| *region == "us-east-1");
    let portal = Portal::new(region.unwrap(), 0, 1, move |_| Life {
        id: "bbbbbbbb-0000-4000-8000-000000000000".to_owned(),
        user: "user00".to_owned(),
        start: 1_767_225_600_000,
        end: None,
        addresses: vec![address.to_owned()],
    });
    let id = portal.id.clone();
    let server = Arc::new(World::new(vec![portal])).serve();
    for (columns, shown) in [("40", "2001:db8:85a3:123"), ("120", address)] {
        let run = wsb(["list-sessions", &id, "--with-addresses"]);
        let run = run.env("COLUMNS", columns).env("LANG", "C.UTF-8");
        let run = run.against(&server.url()).run();
        run.code(0);
        assert!(row_of(&run, "user00").contains(shown), "{run:?}");
        assert!(widest(&run) <= columns.parse().unwrap(), "{run:?}");
        assert_eq!(run.stderr.contains("no room for Status"), columns == "40");
    }
}

#[test]
fn the_rows_of_a_query_are_cut_and_its_last_columns_omitted_where_there_is_no_room() {
    let server = service(&["alice@example.com", "bob"], &["carol"]);
    let query = "sessions[].{id: sessionId, user: username, portal: portalArn, status: status}";
    for (columns, omitted) in [("40", Some("portal, status")), ("200", None)] {
        let run = list(&server, columns).args(["-o", "table", "--query", query]);
        let run = run.run();
        run.code(0);
        assert_eq!(run.stdout.lines().count(), 4, "{run:?}");
        assert!(widest(&run) <= columns.parse().unwrap(), "{run:?}");
        let note = omitted.map(|labels| format!("no room for {labels}"));
        assert!(run.stderr.contains(&note.unwrap_or_default()), "{run:?}");
    }
}
