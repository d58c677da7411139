//! The three operations: from a path and a query to a reply.

use std::borrow::Cow;
use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use super::behaviour::{Behaviours, Cut, Operation, Outcome, Verdict};
use super::data::{Credentials, Data, Portal, Session, SessionView, check_id};
use super::fault::Fault;
use super::page::Pages;
use super::signature;
use crate::stand_in::sigv4::percent_decode;

/// The most items a page holds, whatever a request asks, unless the data file's page is larger.
const MAX_PAGE_SIZE: usize = 100;

/// The most sessions that one call looks at. A filter that fits few of many thus gives short or
/// empty pages with a token, as the service's lists may.
const MAX_SCAN: usize = 10_000;

/// When a request came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// By the service's clock.
    pub(super) now: Timestamp,
    /// Since the service started.
    pub(super) up: Duration,
}

/// The stand-in without its network.
#[derive(Debug)]
pub struct Service {
    data: Data,
    behaviours: Behaviours,
    pages: Pages,
}

#[derive(Debug, PartialEq, Eq)]
enum Call {
    GetSession { portal: String, session: String },
    ListSessions { portal: String },
    ListPortals,
}

impl Call {
    fn from_path(path: &str) -> Option<Self> {
        let segments: Vec<Cow<'_, str>> = path
            .strip_prefix('/')?
            .split('/')
            .map(|segment| decoded(segment).into())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match segments.as_slice() {
            ["portals"] => Some(Self::ListPortals),
            [_, "", ..] | [_, _, _, ""] => None,
            ["portals", portal, "sessions"] => Some(Self::ListSessions {
                portal: (*portal).to_owned(),
            }),
            ["portals", portal, "sessions", session] => Some(Self::GetSession {
                portal: (*portal).to_owned(),
                session: (*session).to_owned(),
            }),
            _ => None,
        }
    }

    fn operation(&self) -> Operation {
        match self {
            Self::GetSession { .. } => Operation::GetSession,
            Self::ListSessions { .. } => Operation::ListSessions,
            Self::ListPortals => Operation::ListPortals,
        }
    }

    fn session(&self) -> Option<&str> {
        match self {
            Self::GetSession { session, .. } => Some(session),
            _ => None,
        }
    }
}

#[derive(Serialize)]
struct GetSessionReply<'a> {
    session: SessionView<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListSessionsReply<'a> {
    sessions: Vec<SessionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListPortalsReply<P> {
    portals: Vec<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The body of a reply, or the error in its place.
pub(super) type Reply = Result<Vec<u8>, Fault>;

/// A reply and what befalls it on its way.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) delay: Duration,
    pub(super) cut: Option<Cut>,
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self {
            reply: Err(fault),
            delay: Duration::ZERO,
            cut: None,
        }
    }
}

impl Service {
    /// A service of this data that starts now.
    pub fn new(mut data: Data) -> Self {
        let behaviours = std::mem::take(&mut data.behaviours);
        Self {
            behaviours: Behaviours::new(behaviours, data.seed),
            pages: Pages::new(),
            data,
        }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.data.credentials
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.data.region.as_deref()
    }

    /// The status and the body that answer a request at the time `now`, `up` after the start;
    /// what the data file does to the reply's way is left out.
    pub fn reply(
        &self,
        request: &Parts,
        body: &[u8],
        now: Timestamp,
        up: Duration,
    ) -> (StatusCode, Vec<u8>) {
        match self.answer(request, body, Moment { now, up }).reply {
            Ok(body) => (StatusCode::OK, body),
            Err(fault) => (fault.status, fault.body()),
        }
    }

    /// Answers a request: its signature is checked, then its path, then the behaviours have their
    /// say, and what they let through is looked up.
    pub(super) fn answer(&self, request: &Parts, body: &[u8], moment: Moment) -> Answer {
        let region = self.region();
        let region = match signature::verify(request, body, self.credentials(), region, moment.now)
        {
            Ok(region) => region,
            Err(fault) => return fault.into(),
        };
        let Some(call) = Call::from_path(request.uri.path()) else {
            return Fault::unknown_operation().into();
        };
        if request.method != Method::GET {
            return Fault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowedException",
                "The stand-in answers GET requests.",
            )
            .into();
        }
        let Verdict { delay, outcome } =
            self.behaviours
                .decide(call.operation(), call.session(), moment.up);
        let query = request.uri.query().unwrap_or_default();
        let (reply, cut) = match outcome {
            Some(Outcome::Throttle { retry_after }) => (Err(Fault::throttled(retry_after)), None),
            Some(Outcome::Fail(fail)) => (Err(fail.into()), None),
            Some(Outcome::Cut(cut)) => (self.call(&call, query, region, moment), Some(cut)),
            None => (self.call(&call, query, region, moment), None),
        };
        Answer { reply, delay, cut }
    }

    fn call(&self, call: &Call, query: &str, region: &str, moment: Moment) -> Reply {
        match call {
            Call::GetSession { portal, session } => {
                self.get_session(portal, session, region, moment)
            }
            Call::ListSessions { portal } => {
                let query = Query::parse(query);
                self.list_sessions(portal, &query, region, moment)
            }
            Call::ListPortals => self.list_portals(&Query::parse(query), region, moment),
        }
    }

    fn get_session(&self, portal: &str, session: &str, region: &str, moment: Moment) -> Reply {
        let mut checks = Checks::default();
        checks.id("portalId", portal);
        checks.id("sessionId", session);
        checks.finish()?;
        let portal = self.portal(portal)?;
        let session = portal
            .session(session)
            .ok_or_else(|| Fault::not_found("session", session))?;
        encode(&GetSessionReply {
            session: self.view(session, &portal.arn(region), false, moment),
        })
    }

    fn list_sessions(&self, id: &str, query: &Query, region: &str, moment: Moment) -> Reply {
        let mut checks = Checks::default();
        checks.id("portalId", id);
        let session_id = query.get("sessionId");
        if let Some(session_id) = session_id {
            checks.id("sessionId", session_id);
        }
        let username = query.get("username");
        if username.is_some_and(|name| name.chars().count() > 256) {
            checks.add(
                "username",
                "Member must have length less than or equal to 256",
            );
        }
        let status = query.get("status");
        if status.is_some_and(|status| !["Active", "Terminated"].contains(&status)) {
            checks.add(
                "status",
                "Member must satisfy enum value set: [Active, Terminated]",
            );
        }
        let sort_by = query.get("sortBy").unwrap_or("StartTimeDescending");
        if !["StartTimeAscending", "StartTimeDescending"].contains(&sort_by) {
            checks.add(
                "sortBy",
                "Member must satisfy enum value set: [StartTimeAscending, StartTimeDescending]",
            );
        }
        let list = format!("{id}\n{session_id:?}\n{username:?}\n{status:?}\n{sort_by}");
        let (first, size) = self.page(query, &list, moment, &mut checks);
        checks.finish()?;

        let portal = self.portal(id)?;
        let arn = portal.arn(region);
        let wanted = |view: &SessionView<'_>| {
            username.is_none_or(|name| view.session.username() == Some(name))
                && status.is_none_or(|status| view.status() == Some(status))
        };
        let mut sessions = Vec::with_capacity(size.min(MAX_PAGE_SIZE));
        let mut next = None;
        if let Some(session_id) = session_id {
            let found = portal.session(session_id);
            let found = found.map(|session| self.view(session, &arn, true, moment));
            sessions.extend(found.filter(wanted));
        } else {
            let count = portal.sessions.count();
            let end = count.min(first.saturating_add(MAX_SCAN));
            let ascending = sort_by == "StartTimeAscending";
            next = (end < count).then_some(end);
            for place in first..end {
                if sessions.len() == size {
                    next = Some(place);
                    break;
                }
                let place = if ascending { place } else { count - 1 - place };
                let session = portal.sessions.get(place);
                let view = session.map(|session| self.view(session, &arn, true, moment));
                sessions.extend(view.filter(wanted));
            }
        }
        encode(&ListSessionsReply {
            sessions,
            next_token: next.map(|next| self.pages.token(&list, next, moment.now.as_second())),
        })
    }

    fn list_portals(&self, query: &Query, region: &str, moment: Moment) -> Reply {
        let mut checks = Checks::default();
        let (first, size) = self.page(query, "", moment, &mut checks);
        checks.finish()?;
        let portals = &self.data.portals;
        let end = portals.len().min(first.saturating_add(size));
        let next = (end < portals.len()).then_some(end);
        let page = portals.get(first..end).unwrap_or_default();
        encode(&ListPortalsReply {
            portals: page
                .iter()
                .map(|portal| portal.summary(portal.arn(region)))
                .collect(),
            next_token: next.map(|next| self.pages.token("", next, moment.now.as_second())),
        })
    }

    /// The first place of the page that `query` asks of `list`, and the page's size.
    fn page(
        &self,
        query: &Query,
        list: &str,
        moment: Moment,
        checks: &mut Checks,
    ) -> (usize, usize) {
        let mut size = self.data.page_size;
        if let Some(asked) = query.get("maxResults") {
            match asked.parse::<i32>().map(usize::try_from) {
                Ok(Ok(asked)) if asked > 0 => size = asked.min(MAX_PAGE_SIZE.max(size)),
                Ok(_) => checks.add(
                    "maxResults",
                    "Member must have value greater than or equal to 1",
                ),
                Err(_) => checks.add("maxResults", "Member must be an integer"),
            }
        }
        let mut first = 0;
        if let Some(token) = query.get("nextToken") {
            match self.pages.place(list, token, moment.now.as_second()) {
                Some(place) => first = place,
                None => checks.add("nextToken", "The token is invalid or has expired"),
            }
        }
        (first, size)
    }

    fn portal(&self, id: &str) -> Result<&Portal, Fault> {
        self.data
            .portal(id)
            .ok_or_else(|| Fault::not_found("portal", id))
    }

    fn view<'a>(
        &self,
        session: Cow<'a, Session>,
        portal_arn: &'a str,
        summary: bool,
        moment: Moment,
    ) -> SessionView<'a> {
        let ended = self
            .data
            .end_of(&session.id)
            .filter(|after| *after <= moment.up && session.status() != Some("Terminated"))
            .map(|after| {
                let started = moment.now.as_duration().as_secs_f64() - moment.up.as_secs_f64();
                ((started + after.as_secs_f64()) * 1000.0).round() / 1000.0
            });
        SessionView {
            portal_arn,
            session,
            ended,
            summary,
        }
    }
}

/// A query, taken apart; of a repeated parameter the first counts.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name)?;
        Some(&found.1)
    }
}

/// What a request breaks of the service's model.
#[derive(Default)]
struct Checks(Vec<(&'static str, &'static str)>);

impl Checks {
    fn add(&mut self, field: &'static str, constraint: &'static str) {
        self.0.push((field, constraint));
    }

    fn id(&mut self, field: &'static str, id: &str) {
        if let Err(constraint) = check_id(id) {
            self.add(field, constraint);
        }
    }

    fn finish(self) -> Result<(), Fault> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Fault::invalid(&self.0))
        }
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode(text)).into_owned()
}

fn encode(reply: &impl Serialize) -> Reply {
    serde_json::to_vec(reply).map_err(|error| {
        Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            error.to_string(),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::stand_in::data::generated_session_id;
    use crate::stand_in::sample::{ACTIVE, ENDED, PORTAL, SECOND_PORTAL};
    use crate::stand_in::signature::tests::{credentials, now, sign};

    fn sample() -> Service {
        let mut data = Data::sample(now().try_into().unwrap());
        data.credentials = credentials();
        Service::new(data)
    }

    fn service(text: &str) -> Service {
        let mut data = Data::parse(text).unwrap();
        data.credentials = credentials();
        Service::new(data)
    }

    fn answer(service: &Service, uri: &str, up: u64) -> Answer {
        let request = sign(uri, &credentials(), now(), "workspaces-web");
        let moment = Moment {
            now: now(),
            up: Duration::from_secs(up),
        };
        service.answer(&request, b"", moment)
    }

    fn get(service: &Service, uri: &str) -> Value {
        let body = answer(service, uri, 0).reply.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn fault(service: &Service, uri: &str) -> (u16, String, Value) {
        let fault = answer(service, uri, 0).reply.unwrap_err();
        let body = serde_json::from_slice(&fault.body()).unwrap();
        (fault.status.as_u16(), fault.code.into_owned(), body)
    }

    fn session_ids(reply: &Value) -> Vec<String> {
        let sessions = reply["sessions"].as_array().unwrap().iter();
        sessions
            .map(|s| s["sessionId"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_session_is_got_with_its_portals_arn_in_the_requests_region() {
        let reply = get(&sample(), &format!("/portals/{PORTAL}/sessions/{ACTIVE}"));
        assert_eq!(
            reply,
            json!({"session": {
                "portalArn": format!("arn:aws:workspaces-web:eu-west-1:123456789012:portal/{PORTAL}"),
                "sessionId": ACTIVE,
                "username": "alice",
                "clientIpAddresses": ["198.51.100.7"],
                "status": "Active",
                "startTime": 1_440_930_120,
            }})
        );
    }

    #[test]
    fn what_does_not_exist_is_named_in_the_error() {
        let nobody = "00000000-0000-0000-0000-000000000000";
        let (status, code, body) =
            fault(&sample(), &format!("/portals/{nobody}/sessions/{ACTIVE}"));
        assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
        assert_eq!(body["resourceType"], "portal");
        let (_, _, body) = fault(
            &sample(),
            &format!("/portals/{SECOND_PORTAL}/sessions/{ACTIVE}"),
        );
        assert_eq!(body["resourceType"], "session");
        assert_eq!(body["resourceId"], ACTIVE);
    }

    #[test]
    fn a_malformed_id_is_a_validation_error_that_lists_its_field() {
        let (status, code, body) = fault(&sample(), &format!("/portals/{PORTAL}/sessions/a%2Fb"));
        assert_eq!((status, code.as_str()), (400, "ValidationException"));
        assert_eq!(body["reason"], "fieldValidationFailed");
        assert_eq!(body["fieldList"][0]["name"], "sessionId");
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        let sample = sample();
        for uri in ["/", "/portals/", "/browserSettings", "/portals//sessions"] {
            let (status, code, _) = fault(&sample, uri);
            assert_eq!(
                (status, code.as_str()),
                (404, "UnknownOperationException"),
                "{uri}"
            );
        }
    }

    #[test]
    fn pages_give_every_session_once_the_newest_first() {
        let text = format!(r#"{{"pageSize":2,"generate":{{"portalId":"{PORTAL}","sessions":5}}}}"#);
        let service = service(&text);
        let mut uri = format!("/portals/{PORTAL}/sessions");
        let mut all = Vec::new();
        loop {
            let reply = get(&service, &uri);
            assert!(reply["sessions"][0].get("clientIpAddresses").is_none());
            all.extend(session_ids(&reply));
            let Some(token) = reply["nextToken"].as_str() else {
                break;
            };
            uri = format!("/portals/{PORTAL}/sessions?nextToken={token}");
        }
        let wanted: Vec<String> = (0..5).rev().map(generated_session_id).collect();
        assert_eq!(all, wanted);
    }

    #[test]
    fn a_page_looks_at_a_bounded_number_of_sessions() {
        let text = format!(r#"{{"generate":{{"portalId":"{PORTAL}","sessions":30000}}}}"#);
        let reply = get(
            &service(&text),
            &format!("/portals/{PORTAL}/sessions?username=nobody"),
        );
        assert_eq!(reply["sessions"], json!([]));
        assert!(reply["nextToken"].is_string());
    }

    #[test]
    fn filters_and_order_hold_together() {
        let sample = sample();
        let list = |query: &str| {
            session_ids(&get(
                &sample,
                &format!("/portals/{PORTAL}/sessions?{query}"),
            ))
        };
        assert_eq!(list("username=bob%40example.com"), [ENDED]);
        assert_eq!(list("username=bob%40example.com&status=Active"), [""; 0]);
        assert_eq!(list(&format!("sessionId={ACTIVE}")), [ACTIVE]);
        assert_eq!(list("status=Active").len(), 3);
        let mut ascending = list("sortBy=StartTimeAscending");
        ascending.reverse();
        assert_eq!(ascending, list(""));
    }

    #[test]
    fn bad_parameters_are_listed_together() {
        let uri = format!(
            "/portals/{PORTAL}/sessions?maxResults=0&status=Idle&sortBy=Name&nextToken=forged"
        );
        let (status, _, body) = fault(&sample(), &uri);
        assert_eq!(status, 400);
        let names: Vec<&str> = body["fieldList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["status", "sortBy", "maxResults", "nextToken"]);
    }

    #[test]
    fn portals_are_listed_in_pages() {
        let sample = sample();
        let first = get(&sample, "/portals?maxResults=1");
        assert_eq!(first["portals"][0]["displayName"], "Contractors");
        let token = first["nextToken"].as_str().unwrap();
        let second = get(&sample, &format!("/portals?maxResults=1&nextToken={token}"));
        assert_eq!(second["portals"][0]["displayName"], "Customer support");
        assert!(second.get("nextToken").is_none());
    }

    #[test]
    fn a_session_ends_when_the_data_file_says() {
        let service = service(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","sessions":[
                {{"sessionId":"{ACTIVE}","status":"Active","startTime":1}}]}}],
                "behaviours":[{{"session":"{ACTIVE}","endAfter":3}}]}}"#
        ));
        let status = |uri: &str, up| {
            let body = answer(&service, uri, up).reply.unwrap();
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        let uri = format!("/portals/{PORTAL}/sessions/{ACTIVE}");
        assert_eq!(status(&uri, 2)["session"]["status"], "Active");
        let ended = status(&uri, 10);
        assert_eq!(ended["session"]["status"], "Terminated");
        assert_eq!(ended["session"]["endTime"], 1_440_938_160 - 7);
        let list = format!("/portals/{PORTAL}/sessions?status=Terminated");
        assert_eq!(session_ids(&status(&list, 10)), [ACTIVE]);
    }

    #[test]
    fn behaviours_touch_the_calls_they_name() {
        let service = service(
            r#"{"behaviours":[
                {"operation":"ListPortals","times":1,"throttle":{"retryAfter":2}},
                {"operation":"ListPortals","delay":40},
                {"operation":"ListPortals","cut":"middle"}]}"#,
        );
        let throttled = answer(&service, "/portals", 0).reply.unwrap_err();
        assert_eq!(throttled.code, "ThrottlingException");
        assert_eq!(throttled.retry_after, Some(2));
        let cut = answer(&service, "/portals", 0);
        assert_eq!(cut.cut, Some(Cut::Middle));
        assert_eq!(cut.delay, Duration::from_millis(40));
        let untouched = answer(&service, &format!("/portals/{PORTAL}/sessions"), 0);
        assert_eq!(untouched.delay, Duration::ZERO);
    }
}
