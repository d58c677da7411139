//! The program only reads: nothing in its source can make another request of the service than a
//! `GET` of one of three operations, and nothing that it is told to do makes one.
//!
//! What a credential provider asks of STS, IAM Identity Center or a metadata service is no call of
//! this service. The stand-in, `src/local/`, is a server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::CommandFactory;
use proc_macro2::{TokenStream, TokenTree};
use serde::Deserialize;
use wsb::cli::Cli;

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, folder, wsb};

/// The operations that the program calls.
const OPERATIONS: [&str; 3] = ["GetSession", "ListPortals", "ListSessions"];

/// The files that may use an HTTP library, by the library. The HTTP client is made in
/// `config/transport.rs`, which also sends what the credential providers ask.
const USES_OF_HTTP: [(&str, &[&str]); 3] = [
    (
        "reqwest",
        &[
            "config/mod.rs",
            "config/transport.rs",
            "service/client.rs",
            "service/endpoint.rs",
        ],
    ),
    ("hyper", &["service/client.rs"]),
    // Which proxy is on the way: it connects to nothing.
    ("hyper_util", &["config/proxies.rs"]),
];

/// The only places that make a request (`Request::NAME`), send one, and ask for a signed one.
const REQUESTS: [(&str, &str); 3] = [
    ("config/transport.rs", "try_from"),
    ("service/client.rs", "try_from"),
    ("service/request.rs", "builder"),
];
const SENDERS: [&str; 2] = ["config/transport.rs", "service/client.rs"];
const SIGNERS: [&str; 1] = ["service/client.rs"];

/// Everything that speaks of the network without an HTTP library.
const SOCKETS: [&str; 5] = [
    "TcpSocket",
    "TcpStream",
    "UdpSocket",
    "UnixDatagram",
    "UnixStream",
];

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

#[test]
fn nothing_in_the_source_can_make_another_request() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    read_sources(&root, &root, &mut sources);
    assert!(sources.len() > 40, "{}", sources.len());
    assert_eq!(offences(&sources), Vec::<String>::new());
}

#[test]
fn the_look_through_the_source_finds_what_it_looks_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    read_sources(&root, &root, &mut sources);
    let client = sources["service/client.rs"].clone();
    let operations = sources["service/operations.rs"].clone();
    for (file, source) in [
        ("new.rs", "fn f() { let method = Method::POST; }".to_owned()),
        ("new.rs", "use http::Method as Verb;".to_owned()),
        ("new.rs", "fn f() { client.post(url); }".to_owned()),
        (
            "new.rs",
            "fn f() { http::Request::post(url).body(()); }".to_owned(),
        ),
        ("new.rs", "fn f() { http::Request::new(body); }".to_owned()),
        ("new.rs", "fn f() { let verb = \"delete\"; }".to_owned()),
        ("new.rs", "fn f() { let verb = b\"PUT\"; }".to_owned()),
        ("new.rs", "use reqwest::blocking::get;".to_owned()),
        (
            "new.rs",
            "fn f() { tokio::net::TcpStream::connect(a); }".to_owned(),
        ),
        ("new.rs", "fn f() { client.execute(request); }".to_owned()),
        ("service/new.rs", "fn f() { self.call(path); }".to_owned()),
        (
            "service/new.rs",
            "fn f() { Client::call(client, path); }".to_owned(),
        ),
        (
            "service/new.rs",
            "fn f() { request::signed(e, p, r, c, t); }".to_owned(),
        ),
        (
            "service/request.rs",
            sources["service/request.rs"].replace("Method::GET", "Method::PATCH"),
        ),
        (
            "service/request.rs",
            sources["service/request.rs"].replace("BODY: &str = \"\"", "BODY: &str = \"{}\""),
        ),
        (
            "service/request.rs",
            sources["service/request.rs"].replace(".method(METHOD)", ".method(\"OTHER\")"),
        ),
        (
            "service/request.rs",
            sources["service/request.rs"].replace(".body(BODY)", ".body(\"x\")"),
        ),
        (
            "service/operations.rs",
            operations.replace(
                "/portals/{portal}/sessions\"",
                "/portals/{portal}/userSettings\"",
            ),
        ),
        (
            "service/operations.rs",
            format!("{operations} fn f() {{ self.call(\"/browserSettings\"); }}"),
        ),
        (
            "service/client.rs",
            client.replace(
                "request: reqwest::Request)",
                "request: reqwest::Request) { *request.method_mut() = verb; }",
            ),
        ),
        (
            "service/client.rs",
            format!("{client} fn f() {{ http.execute(request); }}"),
        ),
        (
            "new.rs",
            "#[cfg(test)] use x::y; fn f() { client.post(url); }".to_owned(),
        ),
        ("new.rs", "fn f( {".to_owned()),
    ] {
        let mut changed = sources.clone();
        let before = changed.insert(file.to_owned(), source.clone());
        assert_ne!(
            before.as_ref(),
            Some(&source),
            "{file} has nothing to change"
        );
        assert_ne!(offences(&changed), Vec::<String>::new(), "{file}: {source}");
    }
    for harmless in [
        "/// What Method::POST does.\nfn f() {}",
        "// client.post(url)\nfn f() { let text = \"post a letter\"; }",
        "#[cfg(test)]\nmod tests { fn f() { Method::POST; } }",
    ] {
        let mut changed = sources.clone();
        changed.insert("new.rs".to_owned(), harmless.to_owned());
        assert_eq!(offences(&changed), Vec::<String>::new(), "{harmless}");
    }
}

/// The source files below `folder`, by their paths below `root`, but for those of the stand-in.
fn read_sources(root: &Path, folder: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if path.is_dir() && name != "local" {
            read_sources(root, &path, sources);
        } else if name.ends_with(".rs") {
            sources.insert(name.replace('\\', "/"), fs::read_to_string(path).unwrap());
        }
    }
}

/// What in these files could make another request than those three.
fn offences(sources: &BTreeMap<String, String>) -> Vec<String> {
    let mut offences = Vec::new();
    let mut found = Found::default();
    for (file, source) in sources {
        match TokenStream::from_str(source) {
            Ok(stream) => {
                let mut words = Vec::new();
                flatten(stream, &mut words);
                offences.extend(look_through(file, &words, &mut found));
            }
            Err(error) => offences.push(format!("{file} cannot be read: {error}")),
        }
    }
    let model = model();
    for path in &found.paths {
        let operation = Operation::of(&model, "GET", path);
        if !operation.is_some_and(|operation| OPERATIONS.contains(&operation.name.as_str())) {
            offences.push(format!("{path} is the path of no operation that is called"));
        }
    }
    let is = |found: &[String], wanted: &[&str]| found.iter().eq(wanted);
    if !is(&found.senders, &SENDERS) {
        offences.push(format!("requests are sent in {:?}", found.senders));
    }
    if !is(&found.signers, &SIGNERS) {
        offences.push(format!("requests are signed for {:?}", found.signers));
    }
    let requests = REQUESTS.map(|(file, name)| (file.to_owned(), name.to_owned()));
    if found.requests != requests {
        offences.push(format!("requests are made in {:?}", found.requests));
    }
    if found.paths.len() != OPERATIONS.len() {
        offences.push(format!("the paths are {:?}", found.paths));
    }
    offences
}

/// What there is in a known number of places, in the order of the files.
#[derive(Debug, Default)]
struct Found {
    requests: Vec<(String, String)>,
    senders: Vec<String>,
    signers: Vec<String>,
    paths: BTreeSet<String>,
}

fn look_through(file: &str, words: &[String], found: &mut Found) -> Vec<String> {
    let mut offences = Vec::new();
    let mut offend = |what: &str| offences.push(format!("{file}: {what}"));
    let is_request_file = file == "service/request.rs";
    for (at, word) in words.iter().enumerate() {
        let behind = |text: &str| words[..at].ends_with(&split(text));
        let before = |text: &str| words[at + 1..].starts_with(&split(text));
        match word.as_str() {
            "POST" | "PUT" | "PATCH" | "DELETE" | "post" | "put" | "patch" | "delete"
            | "method_mut" | "body_mut" | "set_body" => offend(word),
            "Method" if !is_request_file => offend(word),
            // `request::signed` and what `http::Request` makes are known by name.
            "Request" if before(": :") => {
                found
                    .requests
                    .push((file.to_owned(), words[at + 3].clone()));
            }
            "execute" => found.senders.push(file.to_owned()),
            "signed" if behind("request : :") => found.signers.push(file.to_owned()),
            "call" if file.starts_with("service/") && (behind(".") || behind(": :")) => {
                if file != "service/operations.rs" {
                    offend("calls the service");
                }
            }
            word if SOCKETS.contains(&word) => offend(word),
            word if word.starts_with(['"', 'b', 'r']) && word.ends_with(['"', '#']) => {
                let text = word.trim_matches(|c: char| c != '/' && !c.is_ascii_alphabetic());
                let verb = text.trim_start_matches("b\"").to_ascii_uppercase();
                if ["POST", "PUT", "PATCH", "DELETE"].contains(&verb.as_str()) {
                    offend(word);
                }
                if file == "service/operations.rs" && word.starts_with("\"/") {
                    found.paths.insert(word.trim_matches('"').to_owned());
                }
            }
            word => {
                let allowed = USES_OF_HTTP.iter().find(|(library, _)| *library == word);
                if allowed.is_some_and(|(_, files)| !files.contains(&file)) {
                    offend(word);
                }
            }
        }
    }
    if is_request_file {
        let count = |text: &str| {
            let wanted = split(text);
            let windows = words.windows(wanted.len());
            windows.filter(|window| **window == wanted[..]).count()
        };
        for needed in [
            "const METHOD : Method = Method : : GET ;",
            "const BODY : & str = \"\" ;",
            "SignableRequest : : new ( METHOD . as_str ( ) ,",
            "SignableBody : : Bytes ( BODY . as_bytes ( ) )",
            "http : : Request : : builder ( ) . method ( METHOD )",
            ". body ( BODY )",
        ] {
            if count(needed) != 1 {
                offend(&format!("has not one {needed}"));
            }
        }
        let is_read = count("request . method ( )");
        if count("Method") != 3 || count("method") != 1 + is_read || count("body") != 1 {
            offend("makes something else of the method or the body");
        }
    }
    offences
}

fn split(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

/// The words of the code, in order: comments and tests left out, brackets as words of their own.
fn flatten(stream: TokenStream, words: &mut Vec<String>) {
    let mut trees = stream.into_iter().peekable();
    let mut is_test = false;
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // An attribute: a comment, the mark of a test, or something without code.
                if let Some(TokenTree::Punct(_)) = trees.peek() {
                    trees.next();
                }
                let text = trees
                    .next()
                    .map(|group| group.to_string())
                    .unwrap_or_default();
                is_test |= text.replace(' ', "") == "[cfg(test)]";
            }
            TokenTree::Group(group) => {
                let is_body = group.delimiter() == proc_macro2::Delimiter::Brace;
                if is_body && std::mem::take(&mut is_test) {
                    continue;
                }
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            other => {
                let word = other.to_string();
                is_test &= word != ";";
                words.push(word);
            }
        }
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
            r#"{{"sessionId":"{id}","status":"{}","startTime":1,"portalArn":"arn:aws:workspaces-web:us-east-1:1:portal/{PORTAL}"}}"#,
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
    "get-session --portal-id PORTAL --session-id SESSION --query session.status --output text",
    "get-session ARN SESSION --field username --errors json --color always",
    "get-session NAME SESSION --region us-east-1 -q",
    "get-session PORTAL SESSION --connect-timeout 5s --read-timeout 5s --timeout 20s -vv",
    "get-session PORTAL SESSION --profile other",
    "get-session PORTAL SESSION --no-verify-ssl",
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
    "list-portals",
    "list-portals --all-regions --page-size 3 -o json",
    "list-portals --field portalId",
    "list-portals --query portals[0]",
    "wait-session PORTAL SESSION OTHER --interval 10ms --timeout 20s --field status",
    "wait-session --portal-id NAME --session-id SESSION --interval 10ms",
    "wait-session PORTAL - --interval 10ms -o json --query session",
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
    let mut command = Cli::command();
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
        "SESSION" => SESSION.to_owned(),
        "OTHER" => other.clone(),
        "ARN" => arn.clone(),
        "NAME" => "Sales team".to_owned(),
        "MISSING" => missing.display().to_string(),
        "URL" => server.url(),
        word => word.to_owned(),
    });
    let mut program = wsb(arguments)
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
