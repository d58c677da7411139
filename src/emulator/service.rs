//! The emulator without its network: authenticates, routes and answers requests, and applies behaviors.

use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use jiff::Timestamp;

use super::behavior::{Behavior, Behaviors};
use super::call::ServiceCall;
use super::data::EmulatorData;
use super::error_reply::ErrorReply;
use super::operations::{CallContext, OperationReply};
use super::page_tokens::PageTokens;
use super::signature;

#[derive(Debug)]
pub struct EmulatorService {
    pub(super) data: EmulatorData,
    behaviors: Behaviors,
    page_tokens: PageTokens,
}

/// The answer to a request: a reply, and the configured delay and fault.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) reply: OperationReply,
    pub(super) delay: Duration,
    /// A behavior that may replace or cut the reply.
    pub(super) behavior: Option<&'a Behavior>,
}

impl From<ErrorReply> for Answer<'_> {
    fn from(error: ErrorReply) -> Self {
        Self {
            reply: Err(error),
            delay: Duration::ZERO,
            behavior: None,
        }
    }
}

impl Answer<'_> {
    pub(super) fn status_and_body(&self) -> (StatusCode, Vec<u8>) {
        let (status, body) = match &self.reply {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => (error.status, &error.body),
        };
        (status, body.to_string().into_bytes())
    }
}

impl EmulatorService {
    pub fn new(mut data: EmulatorData) -> Self {
        let behaviors = std::mem::take(&mut data.behaviors);
        Self {
            behaviors: Behaviors::new(behaviors, data.seed),
            page_tokens: PageTokens::new(),
            data,
        }
    }

    /// Returns the status and the body of the reply to a request at the time `now`, `up` after the start.
    /// Behaviors that delay, replace or cut a reply have no effect.
    pub fn reply(&self, request: &Parts, now: Timestamp, up: Duration) -> (StatusCode, Vec<u8>) {
        self.answer(request, now, up).status_and_body()
    }

    /// Answers a request: checks its method, signature and path, applies the behaviors, and runs the operation
    /// unless a behavior replaces it.
    pub(super) fn answer(&self, request: &Parts, now: Timestamp, up: Duration) -> Answer<'_> {
        if request.method != Method::GET {
            let message = "The emulator answers GET requests.";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return ErrorReply::new(status, "MethodNotAllowedException", message).into();
        }
        let region = match signature::verify(request, &self.data, now) {
            Ok(region) => region,
            Err(error) => return error.into(),
        };
        let Some(call) = ServiceCall::from_uri(&request.uri, region) else {
            let message = "The requested operation is not one of this service.";
            let status = StatusCode::NOT_FOUND;
            return ErrorReply::new(status, "UnknownOperationException", message).into();
        };
        let (delay, behavior) = self.behaviors.decide(&call, up);
        let error = behavior.and_then(Behavior::error);
        let context = CallContext {
            data: &self.data,
            behaviors: &self.behaviors,
            page_tokens: &self.page_tokens,
            call: &call,
            now,
            up,
        };
        Answer {
            reply: error.map_or_else(|| context.reply(), Err),
            delay,
            behavior,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::emulator::behavior::ConnectionCut;
    use crate::emulator::generated::generated_session_id;
    use crate::emulator::sample::{ACTIVE, ENDED, PORTAL, SECOND_PORTAL};
    use crate::emulator::signature::tests::{credentials, now, sign};

    fn sample() -> EmulatorService {
        let mut data = EmulatorData::sample(now().try_into().unwrap());
        data.credentials = credentials();
        EmulatorService::new(data)
    }

    fn service(text: &str) -> EmulatorService {
        let mut data = EmulatorData::parse(text).unwrap();
        data.credentials = credentials();
        EmulatorService::new(data)
    }

    fn answer<'a>(service: &'a EmulatorService, uri: &str, up: u64) -> Answer<'a> {
        let request = sign(uri, &credentials(), now(), "workspaces-web");
        service.answer(&request, now(), Duration::from_secs(up))
    }

    fn get(service: &EmulatorService, uri: &str) -> Value {
        answer(service, uri, 0).reply.unwrap()
    }

    fn error(service: &EmulatorService, uri: &str) -> (u16, String, Value) {
        let error = answer(service, uri, 0).reply.unwrap_err();
        let body = error.body;
        (error.status.as_u16(), error.code.into_owned(), body)
    }

    fn session_ids(reply: &Value) -> Vec<String> {
        let sessions = reply["sessions"].as_array().unwrap().iter();
        sessions
            .map(|s| s["sessionId"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn get_session_gives_the_portals_arn_and_the_addresses() {
        let reply = get(&sample(), &format!("/portals/{PORTAL}/sessions/{ACTIVE}"));
        assert_eq!(
            reply,
            json!({"session": {
                "portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}"),
                "sessionId": ACTIVE,
                "username": "alice",
                "clientIpAddresses": ["198.51.100.7"],
                "status": "Active",
                "startTime": 1_440_930_120,
            }})
        );
    }

    #[test]
    fn a_request_sees_the_portals_of_its_region_only() {
        let service = service(&format!(
            r#"{{"pageSize":1,"portals":[
                {{"portalId":"{PORTAL}"}},
                {{"portalId":"{ENDED}","region":"eu-west-1",
                  "sessions":[{{"sessionId":"{ACTIVE}"}}]}},
                {{"portalId":"{SECOND_PORTAL}","region":"us-east-1"}}]}}"#
        ));
        let mut uri = "/portals".to_owned();
        let mut arns = Vec::new();
        loop {
            let reply = get(&service, &uri);
            arns.extend(reply["portals"].as_array().unwrap().clone());
            let Some(token) = reply["nextToken"].as_str() else {
                break;
            };
            uri = format!("/portals?nextToken={token}");
        }
        let arn = |id| json!({"portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{id}")});
        assert_eq!(arns, [arn(PORTAL), arn(SECOND_PORTAL)]);
        for uri in ["", &format!("/{ACTIVE}")] {
            let (status, _, body) = error(&service, &format!("/portals/{ENDED}/sessions{uri}"));
            assert_eq!((status, &body["resourceType"]), (404, &json!("portal")));
        }
    }

    #[test]
    fn sessions_that_start_between_two_pages_move_nothing() {
        let data = format!(
            r#"{{"pageSize":2,"generate":{{"portalId":"{PORTAL}","sessions":100,"interval":10,
                "start":{}}}}}"#,
            now().as_second() - 35
        );
        let service = service(&data);
        for (order, wanted) in [("Descending", [3, 2, 1, 0]), ("Ascending", [0, 1, 2, 3])] {
            let base = format!("/portals/{PORTAL}/sessions?sortBy=StartTime{order}");
            let first = get(&service, &base);
            let token = first["nextToken"].as_str().unwrap();
            let up = Duration::from_secs(60);
            let uri = format!("{base}&nextToken={token}");
            let request = sign(&uri, &credentials(), now(), "workspaces-web");
            let second = service.answer(&request, now() + up, up).reply.unwrap();
            let mut ids = session_ids(&first);
            ids.extend(session_ids(&second));
            assert_eq!(ids, wanted.map(generated_session_id));
        }
    }

    #[test]
    fn what_does_not_exist_is_named_in_the_error() {
        let nobody = "00000000-0000-0000-0000-000000000000";
        let (status, code, body) =
            error(&sample(), &format!("/portals/{nobody}/sessions/{ACTIVE}"));
        assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
        assert_eq!(body["resourceType"], "portal");
        let (_, _, body) = error(
            &sample(),
            &format!("/portals/{SECOND_PORTAL}/sessions/{ACTIVE}"),
        );
        assert_eq!(body["resourceType"], "session");
        assert_eq!(body["resourceId"], ACTIVE);
    }

    #[test]
    fn a_malformed_id_is_a_validation_error_that_lists_its_field() {
        let (status, code, body) = error(&sample(), &format!("/portals/{PORTAL}/sessions/a%2Fb"));
        assert_eq!((status, code.as_str()), (400, "ValidationException"));
        assert_eq!(body["reason"], "fieldValidationFailed");
        assert_eq!(body["fieldList"][0]["name"], "sessionId");
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        let sample = sample();
        for uri in ["/", "/portals/", "/browserSettings", "/portals//sessions"] {
            let (status, code, _) = error(&sample, uri);
            assert_eq!(
                (status, code.as_str()),
                (404, "UnknownOperationException"),
                "{uri}"
            );
        }
    }

    #[test]
    fn pages_give_every_session_once_the_newest_first() {
        let text = format!(
            r#"{{"pageSize":2,"generate":{{"portalId":"{PORTAL}","sessions":5,"start":1}}}}"#
        );
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
        let text =
            format!(r#"{{"generate":{{"portalId":"{PORTAL}","sessions":30000,"start":1}}}}"#);
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
        let (status, _, body) = error(&sample(), &uri);
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
                "behaviors":[{{"session":"{ACTIVE}","endAfter":3}}]}}"#
        ));
        let status = |uri: &str, up| answer(&service, uri, up).reply.unwrap();
        let uri = format!("/portals/{PORTAL}/sessions/{ACTIVE}");
        assert_eq!(status(&uri, 2)["session"]["status"], "Active");
        let ended = status(&uri, 10);
        assert_eq!(ended["session"]["status"], "Terminated");
        assert_eq!(ended["session"]["endTime"], 1_440_938_160 - 7);
        let list = format!("/portals/{PORTAL}/sessions?status=Terminated");
        assert_eq!(session_ids(&status(&list, 10)), [ACTIVE]);
    }

    #[test]
    fn behaviors_touch_the_calls_they_name() {
        let service = service(
            r#"{"behaviors":[
                {"operation":"ListPortals","times":1,"throttle":{"retryAfter":2}},
                {"operation":"ListPortals","delay":40},
                {"operation":"ListPortals","cut":"middle"}]}"#,
        );
        let throttled = answer(&service, "/portals", 0).reply.unwrap_err();
        assert_eq!(throttled.code, "ThrottlingException");
        assert_eq!(throttled.retry_after, Some(2));
        let cut = answer(&service, "/portals", 0);
        assert_eq!(cut.behavior.unwrap().cut, Some(ConnectionCut::Middle));
        assert_eq!(cut.delay, Duration::from_millis(40));
        let untouched = answer(&service, &format!("/portals/{PORTAL}/sessions"), 0);
        assert_eq!(untouched.delay, Duration::ZERO);
    }

    /// A portal with these sessions, by ID digit and start, and this `lists`.
    fn faulty(lists: &str, sessions: &[(u8, f64)]) -> EmulatorService {
        let sessions: Vec<String> = sessions
            .iter()
            .map(|(digit, start)| {
                let status = if *digit % 2 == 0 {
                    "Active"
                } else {
                    "Terminated"
                };
                format!(
                    r#"{{"sessionId":"{digit}{}","startTime":{start},"status":"{status}"}}"#,
                    &ACTIVE[1..]
                )
            })
            .collect();
        service(&format!(
            r#"{{"pageSize":2,"lists":{lists},"portals":[{{"portalId":"{PORTAL}","sessions":[{}]}},
                {{"portalId":"{SECOND_PORTAL}"}}]}}"#,
            sessions.join(",")
        ))
    }

    /// The first digits of the sessions on all pages.
    fn pages(service: &EmulatorService, query: &str) -> Vec<String> {
        let base = format!("/portals/{PORTAL}/sessions?{query}");
        let mut uri = base.clone();
        let mut pages = Vec::new();
        loop {
            let reply = get(service, &uri);
            let ids = session_ids(&reply);
            pages.push(ids.iter().map(|id| &id[..1]).collect());
            match reply["nextToken"].as_str() {
                Some(token) => uri = format!("{base}&nextToken={token}"),
                None => return pages,
            }
        }
    }

    #[test]
    fn lists_can_ignore_what_is_requested() {
        let sessions = [(1, 10.0), (2, 20.25), (3, 20.75), (4, 30.0)];
        let (ascending, descending) = ("sortBy=StartTimeAscending", "sortBy=StartTimeDescending");
        for (lists, query, wanted) in [
            ("{}", ascending, ["12", "34"]),
            (r#"{"order":"newestFirst"}"#, ascending, ["43", "21"]),
            (r#"{"order":"oldestFirst"}"#, descending, ["12", "34"]),
            (r#"{"order":"reversed"}"#, ascending, ["43", "21"]),
            (r#"{"order":"reversed"}"#, descending, ["12", "34"]),
            (r#"{"offsetTokens":true}"#, descending, ["43", "21"]),
            (
                r#"{"ignoredFilters":["status"]}"#,
                "status=Active",
                ["43", "21"],
            ),
            (
                r#"{"ignoredFilters":["username","sessionId"]}"#,
                "username=nobody",
                ["43", "21"],
            ),
        ] {
            assert_eq!(pages(&faulty(lists, &sessions), query), wanted, "{lists}");
        }
        let same_second = [(1, 10.75), (2, 10.5), (3, 10.25), (4, 9.0)];
        let service = faulty(r#"{"order":"wholeSeconds"}"#, &same_second);
        assert_eq!(pages(&service, ascending), ["41", "23"]);
        assert_eq!(pages(&service, descending), ["32", "14"]);
    }

    #[test]
    fn lists_can_repeat_items() {
        let sessions = [(1, 10.0), (2, 20.0), (3, 30.0)];
        let service = faulty(r#"{"repeatedItems":1,"repeatPortals":true}"#, &sessions);
        assert_eq!(pages(&service, ""), ["32", "21"]);
        let reply = get(&service, "/portals?maxResults=100");
        assert_eq!(reply["portals"].as_array().unwrap().len(), 4);
        // A page is never repeated as a whole.
        let service = faulty(r#"{"repeatedItems":9}"#, &sessions);
        assert_eq!(pages(&service, ""), ["32", "21"]);
    }

    #[test]
    fn with_offset_tokens_a_session_that_ends_hides_another() {
        let service = service(&format!(
            r#"{{"pageSize":1,"lists":{{"offsetTokens":true}},"portals":[{{"portalId":"{PORTAL}","sessions":[
                {{"sessionId":"{ACTIVE}","status":"Active","startTime":2}},
                {{"sessionId":"{ENDED}","status":"Active","startTime":1}}]}}],
                "behaviors":[{{"session":"{ACTIVE}","endAfter":3}}]}}"#
        ));
        let base = format!("/portals/{PORTAL}/sessions?status=Active");
        let first = get(&service, &base);
        assert_eq!(session_ids(&first), [ACTIVE]);
        let token = first["nextToken"].as_str().unwrap();
        let second = answer(&service, &format!("{base}&nextToken={token}"), 5);
        assert_eq!(session_ids(&second.reply.unwrap()), [""; 0]);
    }

    #[test]
    fn a_session_can_be_missing_from_lists_for_a_time() {
        let service = service(&format!(
            r#"{{"portals":[{{"portalId":"{PORTAL}","sessions":[{{"sessionId":"{ACTIVE}","startTime":2}}]}}],
                "behaviors":[{{"session":"{ACTIVE}","from":3,"until":5,"unlisted":true}}]}}"#
        ));
        for query in ["", &format!("?sessionId={ACTIVE}")] {
            let uri = format!("/portals/{PORTAL}/sessions{query}");
            let count = |up| session_ids(&answer(&service, &uri, up).reply.unwrap()).len();
            assert_eq!([2, 3, 4, 5].map(count), [1, 0, 0, 1]);
        }
        let uri = format!("/portals/{PORTAL}/sessions/{ACTIVE}");
        assert!(answer(&service, &uri, 4).reply.is_ok());
    }

    #[test]
    fn a_behavior_can_be_limited_to_a_time() {
        let service = service(r#"{"behaviors":[{"from":1,"until":3,"throttle":{}}]}"#);
        let is_throttled = |up| answer(&service, "/portals", up).reply.is_err();
        assert_eq!([0, 1, 2, 3].map(is_throttled), [false, true, true, false]);
    }
}
