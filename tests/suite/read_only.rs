//! The program only reads: whatever it is told to do, it sends nothing to the service but a `GET` of
//! one of three operations.
//!
//! `clippy.toml` keeps the source from sending or making requests in other places than the client.
//! What a credential provider asks of STS, IAM Identity Center or a metadata service is not a call of
//! this service. The emulator, `src/emulator/`, is a server.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, folder, wsb};

/// The operations that the program calls.
const OPERATIONS: [&str; 3] = ["GetSession", "ListPortals", "ListSessions"];

/// An operation of the service's model (botocore's `workspaces-web` 2020-07-08).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    name: String,
    method: String,
    request_uri: String,
    query: Vec<String>,
}

impl Operation {
    /// The operation that answers this method and path, if there is one.
    fn of<'a>(model: &'a [Self], method: &str, path: &str) -> Option<&'a Self> {
        let fits = |template: &str| {
            let (mut wanted, mut found) = (template.split('/'), path.split('/'));
            loop {
                match (wanted.next(), found.next()) {
                    (None, None) => return true,
                    (Some(part), Some(given)) if part == given => {}
                    (Some(part), Some(given)) if part.starts_with('{') && !given.is_empty() => {}
                    _ => return false,
                }
            }
        };
        model
            .iter()
            .find(|operation| operation.method == method && fits(&operation.request_uri))
    }
}

fn model() -> Vec<Operation> {
    serde_json::from_str(include_str!("../data/operations.json")).unwrap()
}

#[test]
fn the_three_operations_are_gets_of_the_services_model() {
    let model = model();
    assert!(model.len() > 50);
    assert!(model.iter().any(|operation| operation.method != "GET"));
    for name in OPERATIONS {
        let operation = model.iter().find(|operation| operation.name == name);
        assert_eq!(operation.unwrap().method, "GET", "{name}");
    }
}

/// Answers as the service would, in two pages, after a fault and a throttling.
fn service(request: &Request, number: usize) -> Act {
    match number {
        0 => return Act::error(500, "InternalServerException", "again"),
        1 => return Act::error(429, "ThrottlingException", "again"),
        2 => return Act::reply(307, &[("location", "/portals")], ""),
        _ => {}
    }
    let path = request.target.split('?').next().unwrap_or_default();
    let token = if request.target.contains("nextToken") {
        "null"
    } else {
        r#""t/2""#
    };
    let session = |id: &str| {
        format!(
            r#"{{"sessionId":"{id}","status":"{}","startTime":1735689600,"portalArn":"arn:aws:workspaces-web:us-east-1:1:portal/{PORTAL}"}}"#,
            if number.is_multiple_of(2) {
                "Active"
            } else {
                "Terminated"
            }
        )
    };
    let body = match path.split('/').collect::<Vec<_>>()[..] {
        ["", "portals"] => format!(
            r#"{{"portals":[{{"portalArn":"arn:aws:workspaces-web:us-east-1:1:portal/{PORTAL}","displayName":"Sales team"}}],"nextToken":{token}}}"#
        ),
        ["", "portals", _, "sessions"] => {
            format!(
                r#"{{"sessions":[{}],"nextToken":{token}}}"#,
                session(SESSION)
            )
        }
        ["", "portals", _, "sessions", id] => format!(r#"{{"session":{}}}"#, session(id)),
        _ => return Act::error(404, "UnknownOperationException", "no"),
    };
    Act::json(200, &body)
}

/// Runs of every command with every option.
const RUNS: &[&str] = &[
    "get-session PORTAL SESSION",
    "get-session PORTAL SESSION -o json --timestamps epoch --no-cli-pager",
    "get-session PORTAL SESSION OTHER --output csv --concurrency 2 --max-attempts 9",
    "get-session PORTAL - -o jsonl -v",
    "get-session - --unique -o jsonl",
    "get-session --portal-id PORTAL --session-id SESSION --query session.status --output text",
    "get-session ARN SESSION --field username --errors json --color always",
    "get-session NAME SESSION --region us-east-1 -q",
    "get-session PORTAL SESSION --connect-timeout 5s --read-timeout 5s --timeout 20s -vv",
    "get-session PORTAL SESSION --profile other",
    "get-session PORTAL SESSION --no-verify-ssl",
    "get-session PORTAL SESSION --no-credential-cache",
    "get-session PORTAL SESSION --use-fips",
    "get-session PORTAL SESSION --use-dual-stack",
    "get-session PORTAL SESSION --ca-bundle MISSING",
    "get-session PORTAL SESSION --endpoint-url URL --quiet",
    "get-session --verbose PORTAL SESSION",
    "list-sessions PORTAL",
    "list-sessions --portal-id PORTAL --status terminated --username a/b&c=d --session-id SESSION",
    "list-sessions PORTAL --sort-by start-time-ascending --since 3d --until 2999-01-01 -o table",
    "list-sessions NAME --max-items 1 --page-size 7 --field sessionId",
    "list-sessions PORTAL --query sessions[].status",
    "list-sessions --all-regions --active-since 2020-01-01 --active-until now --with-addresses -o csv",
    "list-sessions --all-portals --address 192.0.2.0/24 --active-at 2026-01-01T00:00Z",
    "get-session --all-portals SESSION",
    "get-session --all-regions SESSION OTHER",
    "get-usage PORTAL --by hour --since 1d --field peakSessions",
    "get-usage --portal-id ARN -o json",
    "get-usage --all-portals --fail-above 80%",
    "get-usage --all-regions --by day -o csv",
    "get-usage --all-portals --group-by user",
    "list-portals",
    "list-portals --all-regions --page-size 3 -o json",
    "list-portals --field portalId",
    "list-portals --query portals[0]",
    "wait-session PORTAL SESSION OTHER --interval 1s --timeout 20s --field status",
    "wait-session --portal-id NAME --session-id SESSION --interval 1s",
    "wait-session PORTAL - --unique --interval 1s -o json --query session",
    "wait-session PORTAL NAME --all --interval 1s --timeout 500ms",
    "wait-session --all-portals --interval 1s --timeout 500ms",
    "wait-session --all --all-regions --interval 1s --timeout 500ms",
    "watch-sessions PORTAL NAME --interval 1s --for 500ms --field event",
    "watch-sessions --portal-id PORTAL --interval 1s --for 500ms -o csv",
    "watch-sessions PORTAL --once --state STATE",
    "watch-sessions --all-portals --interval 1s --for 500ms -o jsonl",
    "watch-sessions --all-regions --interval 1s --for 500ms --query event",
    "local -- wsb list-portals",
    "local --listen 127.0.0.1:0 --data MISSING",
    "completions bash",
    "completions zsh --dynamic",
    "--help",
    "--version",
];

/// Every option of every command.
fn options(command: &clap::Command) -> BTreeSet<(String, String)> {
    command
        .get_subcommands()
        .flat_map(|command| {
            let name = command.get_name();
            command
                .get_arguments()
                .filter_map(clap::Arg::get_long)
                .map(move |option| (name.to_owned(), option.to_owned()))
        })
        .collect()
}

#[test]
fn every_command_and_option_sends_nothing_but_gets_of_the_three_operations() {
    let model = model();
    let mut called = BTreeSet::new();
    let mut given = BTreeSet::new();
    std::thread::scope(|scope| {
        let runs: Vec<_> = RUNS
            .iter()
            .map(|run| scope.spawn(|| requests_of(run)))
            .collect();
        for (run, requests) in RUNS.iter().zip(runs) {
            for request in requests.join().unwrap() {
                called.insert(check_request(&model, &request, run));
            }
            let mut words = run.split(' ');
            let command = words.next().unwrap_or_default();
            let options = words.take_while(|word| *word != "--");
            given.extend(
                options
                    .filter_map(|word| word.strip_prefix("--"))
                    .map(|option| (command.to_owned(), option.to_owned())),
            );
        }
    });
    assert!(called.iter().eq(OPERATIONS.iter()), "{called:?}");

    // Shared options are tried with get-session, the others with each command that has them.
    let mut command = wsb::commands::command();
    command.build();
    let all = options(&command);
    let missing: Vec<_> = all
        .iter()
        .filter(|(command, option)| {
            let with = |command: &str| given.contains(&(command.to_owned(), option.clone()));
            let is_shared = all.contains(&("get-session".to_owned(), option.clone()));
            let is_given = with(command) || is_shared && with("get-session");
            !is_given && option != "help" && option != "version"
        })
        .collect();
    assert!(missing.is_empty(), "no run has these options: {missing:?}");
}

/// What a run of the program asked of the service.
fn requests_of(run: &str) -> Vec<Request> {
    let server = Server::start(service);
    let other = SESSION.replace('a', "b");
    let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}");
    let missing = folder().join("missing");
    let arguments = run.split(' ').map(|word| match word {
        "PORTAL" => PORTAL.to_owned(),
        "STATE" => folder().join("state").to_str().unwrap().to_owned(),
        "SESSION" => SESSION.to_owned(),
        "OTHER" => other.clone(),
        "ARN" => arn.clone(),
        "NAME" => "Sales team".to_owned(),
        "MISSING" => missing.display().to_string(),
        "URL" => server.url(),
        word => word.to_owned(),
    });
    let mut program = wsb(arguments)
        .env("WSB_TEST_INTERVAL", "10ms")
        .against(&server.url())
        .input(format!("{SESSION}\n{other}\nbad\n"));
    if run.contains("other") {
        program = program
            .config_file("[profile other]\nregion = eu-west-1\naws_access_key_id = x\naws_secret_access_key = y\n");
    }
    program.run();
    server.requests()
}

/// Checks a request and gives the operation's name.
#[track_caller]
fn check_request(model: &[Operation], request: &Request, run: &str) -> String {
    assert_eq!(request.method, "GET", "{run}: {request:?}");
    assert_eq!(request.body, "", "{run}: {request:?}");
    assert_eq!(
        request.header("transfer-encoding"),
        None,
        "{run}: {request:?}"
    );
    assert!(
        matches!(request.header("content-length"), None | Some("0")),
        "{run}: {request:?}"
    );
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let operation = Operation::of(model, &request.method, path);
    let operation = operation.unwrap_or_else(|| panic!("{run}: {request:?}"));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        assert!(
            operation.query.iter().any(|known| known == name),
            "{run}: {request:?}"
        );
    }
    operation.name.clone()
}
