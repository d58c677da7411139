//! What `wsb` and its emulator assume about the service, checked against a service: sizes and order of pages,
//! times, filters, page tokens, error replies, retention, and whether GetSession and ListSessions agree.
//!
//! Every request is a signed `GET`. The report names no session, user, address or account.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use wsb::service::endpoint::{Endpoint, Region};
use wsb::service::request::signed;

/// Pages that are read of a list. A test that reads a month of sessions would take minutes.
const PAGES: usize = 20;

/// Sessions whose GetSession is compared with ListSessions.
const COMPARED: usize = 5;

/// The service to check, and who asks.
pub struct Service {
    pub endpoint: Endpoint,
    pub region: Region,
    pub credentials: Credentials,
    pub portal: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As `wsb` assumes.
    Confirmed(String),
    /// Not as `wsb` assumes.
    Differs(String),
    /// The portal's data do not show it.
    Unknown(String),
    /// Nothing is assumed; the value is worth knowing.
    Noted(String),
}

/// One line of the report: what is assumed, and what was found.
#[derive(Debug)]
pub struct Check {
    pub assumption: &'static str,
    pub finding: Finding,
}

/// The checks in the order in which they were made, and sanitized sessions for the emulator.
#[derive(Debug, Default)]
pub struct Report {
    pub checks: Vec<Check>,
    /// A data file for `wsb local --data`, without names, addresses and IDs of the account.
    pub fixture: Value,
}

impl Report {
    /// The assumptions that do not hold.
    pub fn differences(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| matches!(check.finding, Finding::Differs(_)))
    }

    fn add(&mut self, assumption: &'static str, finding: Finding) {
        self.checks.push(Check {
            assumption,
            finding,
        });
    }

    fn expect(&mut self, assumption: &'static str, holds: bool, found: impl Into<String>) {
        let found = found.into();
        let finding = if holds {
            Finding::Confirmed(found)
        } else {
            Finding::Differs(found)
        };
        self.add(assumption, finding);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let (word, found) = match &check.finding {
                Finding::Confirmed(found) => ("ok", found),
                Finding::Differs(found) => ("DIFFERS", found),
                Finding::Unknown(found) => ("unknown", found),
                Finding::Noted(found) => ("noted", found),
            };
            writeln!(out, "{word:8} {}: {found}", check.assumption)?;
        }
        Ok(())
    }
}

/// A reply, as far as the checks need it.
struct Reply {
    status: StatusCode,
    error_type: Option<String>,
    has_request_id: bool,
    date: Option<Timestamp>,
    body: Value,
}

impl Reply {
    fn items(&self, name: &str) -> Vec<Value> {
        self.body[name].as_array().cloned().unwrap_or_default()
    }

    fn token(&self) -> Option<String> {
        self.body["nextToken"].as_str().map(str::to_owned)
    }

    /// Status, error type and the names of the body's members.
    fn describe_error(&self) -> String {
        let members: Vec<&str> = self
            .body
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        format!(
            "{} {}, members {members:?}, request ID: {}",
            self.status.as_u16(),
            self.error_type
                .as_deref()
                .unwrap_or("without an error type"),
            self.has_request_id
        )
    }
}

impl Service {
    async fn get(&self, path: &str) -> Result<Reply, String> {
        self.get_as(path, &self.credentials).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test that sends what the program sends"
    )]
    async fn get_as(&self, path: &str, credentials: &Credentials) -> Result<Reply, String> {
        let time = SystemTime::now();
        let request = signed(&self.endpoint, path, &self.region, credentials, time)
            .map_err(|error| error.to_string())?;
        let request = reqwest::Request::try_from(request).map_err(|error| error.to_string())?;
        let provider = rustls::crypto::ring::default_provider();
        let certificates = rustls_native_certs::load_native_certs().certs;
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.to_string())?;
        let reply = client
            .execute(request)
            .await
            .map_err(|error| error.to_string())?;
        let header = |name: &str| {
            let value = reply.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let date = header("date")
            .and_then(|text| jiff::fmt::rfc2822::parse(&text).ok())
            .map(|date| date.timestamp());
        Ok(Reply {
            status: reply.status(),
            error_type: header("x-amzn-errortype"),
            has_request_id: header("x-amzn-requestid").is_some(),
            date,
            body: reply
                .bytes()
                .await
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default(),
        })
    }

    fn sessions_path(&self, parameters: &str) -> String {
        format!("/portals/{}/sessions{parameters}", self.portal)
    }

    /// The items of up to [`PAGES`] pages, and the pages' sizes.
    async fn list(&self, parameters: &str) -> Result<(Vec<Value>, Vec<usize>), String> {
        let (mut items, mut sizes, mut token) = (Vec::new(), Vec::new(), None::<String>);
        while sizes.len() < PAGES {
            let sign = if parameters.is_empty() { '?' } else { '&' };
            let next = token.as_deref().map_or_else(String::new, |token| {
                format!("{sign}nextToken={}", encode(token))
            });
            let reply = self
                .get(&self.sessions_path(&format!("{parameters}{next}")))
                .await?;
            if reply.status != StatusCode::OK {
                return Err(reply.describe_error());
            }
            let page = reply.items("sessions");
            sizes.push(page.len());
            items.extend(page);
            token = reply.token();
            if token.is_none() {
                break;
            }
        }
        Ok((items, sizes))
    }
}

/// Every byte but unreserved ones (RFC 3986), as SigV4 requires.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Makes every check.
///
/// # Errors
/// The first call failed, so that nothing could be checked.
pub async fn check(service: &Service) -> Result<Report, String> {
    let mut report = Report::default();
    let begin = Instant::now();
    let first = service.get(&service.sessions_path("")).await?;
    if first.status != StatusCode::OK {
        return Err(format!("ListSessions: {}", first.describe_error()));
    }
    check_clock(&mut report, &first);
    let newest = check_order(&mut report, service).await;
    check_sessions(&mut report, &newest);
    check_page_sizes(&mut report, service, &first).await;
    check_filters(&mut report, service, &newest).await;
    check_tokens(&mut report, service).await;
    check_get_session(&mut report, service, &newest).await;
    check_errors(&mut report, service).await;
    check_portals(&mut report, service).await;
    check_token_age(&mut report, service, &first, begin.elapsed()).await;
    report.fixture = sanitize(&newest);
    Ok(report)
}

fn check_clock(report: &mut Report, first: &Reply) {
    match first.date {
        None => report.expect("every reply has a Date header", false, "none"),
        Some(date) => {
            let seconds = date.duration_since(Timestamp::now()).as_secs().abs();
            report.expect(
                "the service's clock differs by less than 5 minutes",
                seconds < 300,
                format!("{seconds} s"),
            );
        }
    }
    report.expect(
        "replies name their request in x-amzn-requestid",
        first.has_request_id,
        first.has_request_id.to_string(),
    );
}

fn start(session: &Value) -> Option<f64> {
    session["startTime"].as_f64()
}

async fn check_order(report: &mut Report, service: &Service) -> Vec<Value> {
    let mut newest = Vec::new();
    for (assumption, parameter, is_descending) in [
        (
            "StartTimeDescending lists the newest first",
            "?sortBy=StartTimeDescending",
            true,
        ),
        (
            "StartTimeAscending lists the oldest first",
            "?sortBy=StartTimeAscending",
            false,
        ),
    ] {
        let (items, sizes) = match service.list(parameter).await {
            Ok(list) => list,
            Err(error) => {
                report.expect(assumption, false, error);
                continue;
            }
        };
        let starts: Vec<f64> = items.iter().filter_map(start).collect();
        let is_sorted = starts.windows(2).all(|pair| {
            if is_descending {
                pair[0] >= pair[1]
            } else {
                pair[0] <= pair[1]
            }
        });
        if starts.len() < 2 {
            report.add(
                assumption,
                Finding::Unknown(format!("{} sessions", starts.len())),
            );
        } else {
            let found = format!("{} sessions on {} pages", starts.len(), sizes.len());
            report.expect(assumption, is_sorted, found);
        }
        let ids: BTreeSet<&str> = items
            .iter()
            .filter_map(|item| item["sessionId"].as_str())
            .collect();
        report.expect(
            "a list names each session once",
            ids.len() == items.len(),
            format!("{} repeated", items.len() - ids.len()),
        );
        if is_descending {
            newest = items;
        } else if let Some(oldest) = starts.first() {
            let now = Timestamp::now().as_second() as f64;
            let days = (now - oldest) / 86_400.0;
            report.expect(
                "sessions are kept for 35 days after their end",
                days < 36.0,
                format!("the oldest started {days:.1} days ago"),
            );
        }
    }
    newest
}

fn check_sessions(report: &mut Report, sessions: &[Value]) {
    if sessions.is_empty() {
        return report.add(
            "sessions have the published members",
            Finding::Unknown("no sessions".to_owned()),
        );
    }
    let known = [
        "endTime",
        "portalArn",
        "sessionId",
        "startTime",
        "status",
        "username",
    ];
    let unknown: BTreeSet<&str> = sessions
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|session| session.keys().map(String::as_str))
        .filter(|name| !known.contains(name))
        .collect();
    report.expect(
        "a session summary has no unpublished members",
        unknown.is_empty(),
        format!("{unknown:?}"),
    );
    let has_both =
        |session: &Value| session["sessionId"].is_string() && session["startTime"].is_number();
    report.expect(
        "every session has an ID and a start",
        sessions.iter().all(has_both),
        format!(
            "{} of {}",
            sessions.iter().filter(|session| has_both(session)).count(),
            sessions.len()
        ),
    );
    let agrees = |session: &Value| match session["status"].as_str() {
        Some("Active") => session.get("endTime").is_none_or(Value::is_null),
        Some("Terminated") => session["endTime"].as_f64() >= start(session),
        _ => false,
    };
    report.expect(
        "an active session has no end, a terminated one ends at its start or later",
        sessions.iter().all(agrees),
        format!(
            "{} of {}",
            sessions.iter().filter(|session| agrees(session)).count(),
            sessions.len()
        ),
    );
    let fractions = sessions
        .iter()
        .filter_map(|session| session["startTime"].as_number())
        .map(|number| {
            number
                .to_string()
                .split_once('.')
                .map_or(0, |(_, digits)| digits.len())
        })
        .max();
    report.add(
        "digits after the decimal point of a start",
        Finding::Noted(fractions.unwrap_or(0).to_string()),
    );
}

async fn check_page_sizes(report: &mut Report, service: &Service, first: &Reply) {
    let size = first.items("sessions").len();
    let more = if first.token().is_some() {
        ""
    } else {
        ", all there are"
    };
    report.add(
        "items of a page without maxResults",
        Finding::Noted(format!("{size}{more}")),
    );
    let mut accepted = None;
    let mut largest = size;
    for size in [100, 200, 500, 1000, 5000] {
        let reply = service
            .get(&service.sessions_path(&format!("?maxResults={size}")))
            .await;
        match reply {
            Ok(reply) if reply.status == StatusCode::OK => {
                let count = reply.items("sessions").len();
                report.expect(
                    "a page has at most maxResults items",
                    count <= size,
                    format!("{count} of {size}"),
                );
                accepted = Some(size);
                largest = largest.max(count);
            }
            _ => break,
        }
    }
    report.add(
        "the largest maxResults that is accepted",
        Finding::Noted(accepted.map_or_else(|| "below 100".to_owned(), |size| size.to_string())),
    );
    report.add(
        "items of the largest page",
        Finding::Noted(largest.to_string()),
    );
}

async fn check_filters(report: &mut Report, service: &Service, sessions: &[Value]) {
    for status in ["Active", "Terminated"] {
        if let Ok((items, _)) = service.list(&format!("?status={status}")).await {
            let others = items.iter().filter(|item| item["status"] != status).count();
            report.expect(
                "the filter `status` keeps the rest out",
                others == 0,
                format!("{others} others"),
            );
        }
    }
    let Some(session) = sessions
        .iter()
        .find(|session| session["username"].is_string())
    else {
        return report.add(
            "the filter `username`",
            Finding::Unknown("no session has one".to_owned()),
        );
    };
    let name = session["username"].as_str().unwrap_or_default();
    if let Ok((items, _)) = service.list(&format!("?username={}", encode(name))).await {
        let others = items.iter().filter(|item| item["username"] != name).count();
        report.expect(
            "the filter `username` keeps the rest out",
            others == 0 && !items.is_empty(),
            format!("{} sessions, {others} others", items.len()),
        );
    }
    let changed = name.to_uppercase();
    if changed != name
        && let Ok((items, _)) = service
            .list(&format!("?username={}", encode(&changed)))
            .await
    {
        let found = format!("{} sessions", items.len());
        report.expect(
            "the filter `username` distinguishes case",
            items.is_empty(),
            found,
        );
    }
    let id = session["sessionId"].as_str().unwrap_or_default();
    if let Ok((items, _)) = service.list(&format!("?sessionId={}", encode(id))).await {
        let is_alone = items.len() == 1 && items[0]["sessionId"] == id;
        report.expect(
            "the filter `sessionId` finds one session",
            is_alone,
            format!("{} sessions", items.len()),
        );
    }
}

async fn check_tokens(report: &mut Report, service: &Service) {
    let parameters = "?maxResults=1";
    let Ok(first) = service.get(&service.sessions_path(parameters)).await else {
        return;
    };
    let Some(token) = first.token() else {
        return report.add(
            "page tokens",
            Finding::Unknown("the list has one page".to_owned()),
        );
    };
    let path = service.sessions_path(&format!("{parameters}&nextToken={}", encode(&token)));
    if let (Ok(one), Ok(other)) = (service.get(&path).await, service.get(&path).await) {
        report.expect(
            "a page token can be used twice and gives the same page",
            one.status == StatusCode::OK && one.items("sessions") == other.items("sessions"),
            format!("{} and {}", one.status.as_u16(), other.status.as_u16()),
        );
        let repeated = one.items("sessions") == first.items("sessions");
        report.expect(
            "a page token leads on",
            !repeated,
            if repeated { "to the same page" } else { "yes" },
        );
    }
    let path = service.sessions_path("?nextToken=not-a-token");
    if let Ok(reply) = service.get(&path).await {
        report.expect(
            "a page token that is not one is rejected with 400",
            reply.status == StatusCode::BAD_REQUEST,
            reply.describe_error(),
        );
    }
}

async fn check_token_age(report: &mut Report, service: &Service, first: &Reply, age: Duration) {
    let Some(token) = first.token() else {
        return;
    };
    let path = service.sessions_path(&format!("?nextToken={}", encode(&token)));
    if let Ok(reply) = service.get(&path).await {
        let found = format!("{} after {} s", reply.status.as_u16(), age.as_secs());
        report.add(
            "the reply to a page token of the first call",
            Finding::Noted(found),
        );
    }
}

async fn check_get_session(report: &mut Report, service: &Service, sessions: &[Value]) {
    let (mut compared, mut differing, mut with_addresses) = (0, BTreeSet::new(), 0);
    for summary in sessions
        .iter()
        .filter(|session| session["status"] == "Terminated")
        .take(COMPARED)
    {
        let id = summary["sessionId"].as_str().unwrap_or_default();
        let Ok(reply) = service.get(&service.sessions_path(&format!("/{id}"))).await else {
            continue;
        };
        compared += 1;
        let session = &reply.body["session"];
        with_addresses += usize::from(session["clientIpAddresses"].is_array());
        let members = summary.as_object().into_iter().flatten();
        differing.extend(
            members
                .filter(|(name, value)| session[*name] != **value)
                .map(|(name, _)| name.clone()),
        );
    }
    let assumption = "GetSession and ListSessions agree";
    if compared == 0 {
        return report.add(
            assumption,
            Finding::Unknown("no session has ended".to_owned()),
        );
    }
    report.expect(
        assumption,
        differing.is_empty(),
        format!("{compared} compared, differing members {differing:?}"),
    );
    report.add(
        "sessions with addresses",
        Finding::Noted(format!("{with_addresses} of {compared}")),
    );
}

async fn check_errors(report: &mut Report, service: &Service) {
    let absent = "/00000000-0000-4000-8000-00000000dead";
    let wrong_key = Credentials::new(
        service.credentials.access_key_id(),
        "0000000000000000000000000000000000000000",
        service.credentials.session_token().map(str::to_owned),
        None,
        "contract",
    );
    let unknown_key = Credentials::new("AKIA0000000000000000", "0", None, None, "contract");
    for (assumption, path, credentials, status, kinds) in [
        (
            "a session that does not exist is 404",
            service.sessions_path(absent),
            &service.credentials,
            404,
            &["ResourceNotFoundException"][..],
        ),
        (
            "a malformed ID is 400",
            service.sessions_path("/x"),
            &service.credentials,
            400,
            &["ValidationException"],
        ),
        (
            "a wrong secret is 403",
            service.sessions_path(""),
            &wrong_key,
            403,
            &["InvalidSignatureException", "SignatureDoesNotMatch"],
        ),
        (
            "an unknown key is 403",
            service.sessions_path(""),
            &unknown_key,
            403,
            &["UnrecognizedClientException", "InvalidClientTokenId"],
        ),
    ] {
        match service.get_as(&path, credentials).await {
            Ok(reply) => {
                let kind = reply.error_type.as_deref().unwrap_or_default();
                let kind = kind.split(':').next().unwrap_or_default();
                let holds = reply.status.as_u16() == status && kinds.contains(&kind);
                report.expect(assumption, holds, reply.describe_error());
            }
            Err(error) => report.add(assumption, Finding::Unknown(error)),
        }
    }
}

async fn check_portals(report: &mut Report, service: &Service) {
    let reply = match service.get("/portals").await {
        Ok(reply) if reply.status == StatusCode::OK => reply,
        Ok(reply) => {
            return report.add("ListPortals", Finding::Unknown(reply.describe_error()));
        }
        Err(error) => return report.add("ListPortals", Finding::Unknown(error)),
    };
    let portals = reply.items("portals");
    let arns: BTreeSet<&str> = portals
        .iter()
        .filter_map(|portal| portal["portalArn"].as_str())
        .collect();
    report.expect(
        "ListPortals names each portal once",
        arns.len() == portals.len(),
        format!("{} portals on the first page", portals.len()),
    );
    let with_limit = portals
        .iter()
        .filter(|portal| portal["maxConcurrentSessions"].is_number());
    report.add(
        "portals with a limit of concurrent sessions",
        Finding::Noted(format!("{} of {}", with_limit.count(), portals.len())),
    );
}

/// The sessions as a data file of the emulator: same statuses and times, made-up IDs and names.
fn sanitize(sessions: &[Value]) -> Value {
    let mut names: Vec<&str> = Vec::new();
    let sanitized = sessions.iter().enumerate().map(|(number, session)| {
        let mut copy = json!({
            "sessionId": format!("00000000-0000-4000-8000-{number:012}"),
            "clientIpAddresses": [format!("192.0.2.{}", number % 256)],
        });
        if let Some(name) = session["username"].as_str() {
            let index = names
                .iter()
                .position(|known| *known == name)
                .unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
            copy["username"] = format!("user{index}").into();
        }
        for member in ["status", "startTime", "endTime"] {
            if let Some(value) = session.get(member) {
                copy[member] = value.clone();
            }
        }
        copy
    });
    json!({"portals": [{
        "portalId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        "sessions": sanitized.collect::<Vec<_>>(),
    }]})
}
