//! Data files of the emulator: refused with a reason, or served; then the client understands every
//! reply.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wsb::emulator::{EmulatorData, EmulatorService};
use wsb::service::documents::{Portal, Session};
use wsb::service::endpoint::{Endpoint, EndpointParameters, Region};
use wsb::service::error::{self, CallError};
use wsb::service::reply::Reply;
use wsb::service::request;

/// When the requests come, in seconds since 1970.
const NOW: i64 = 1_795_465_668;

/// The pages to read of one list: a data file may have billions of sessions.
const PAGES: usize = 3;

pub(super) fn check(input: &[u8]) {
    if let Err(error) = EmulatorData::read(input) {
        assert!(!error.to_string().is_empty());
        return;
    }
    let text = std::str::from_utf8(input).expect("what was read is UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut value: Value = serde_json::from_str(text).expect("a data file is JSON");
    // An empty list reads as an empty data file.
    if value.is_array() {
        return;
    }
    // The requests are signed with these, whatever the file's own keys are.
    value["credentials"] = json!({"accessKeyId": "AKID", "secretAccessKey": "secret"});
    let Ok(data) = EmulatorData::parse(&value.to_string()) else {
        panic!("other keys make no difference");
    };
    let region = value["region"].as_str().unwrap_or("us-east-1").parse();
    let Ok(region) = region else {
        // The emulator accepts regions that no client can name.
        return;
    };
    let client = Client {
        service: EmulatorService::new(data),
        region,
        is_misbehaving: value["behaviors"]
            .as_array()
            .is_some_and(|list| !list.is_empty()),
    };
    let portals = client.list::<Portal>("portals", "/portals");
    for portal in portals.iter().take(3) {
        let Some(id) = portal.portal_id() else {
            continue;
        };
        if id.parse::<wsb::service::ids::PortalId>().is_err() {
            // The data file may give a portal any ARN.
            continue;
        }
        let path = format!("/portals/{id}/sessions");
        for session in client.list::<Session>("sessions", &path).iter().take(3) {
            let id = session.session_id.as_deref().expect("a session has an ID");
            let Some(body) = client.get(&format!("{path}/{id}")) else {
                continue;
            };
            let session = body
                .one::<Session>("session")
                .expect("a session's document");
            assert_eq!(session.session_id.as_deref(), Some(id));
        }
    }
}

struct Client {
    service: EmulatorService,
    region: Region,
    is_misbehaving: bool,
}

impl Client {
    /// The documents of a list's first pages.
    fn list<T: DeserializeOwned>(&self, plural: &str, path: &str) -> Vec<T> {
        let mut documents = Vec::new();
        let mut target = path.to_owned();
        for _ in 0..PAGES {
            let Some(body) = self.get(&target) else {
                break;
            };
            let page = match body.page(plural) {
                Ok(page) => page,
                Err(CallError::UnexpectedResponse { reason, .. }) => {
                    // The data file may give a session any number as its time.
                    assert!(reason.ends_with("not a time in seconds"), "{reason}");
                    break;
                }
                Err(error) => panic!("{error:?}"),
            };
            documents.extend(page.documents);
            match page.next_token {
                Some(token) => target = format!("{path}?nextToken={token}"),
                None => break,
            }
        }
        documents
    }

    /// A reply's document, unless the data file makes it an error or gives the portal an ARN with
    /// another portal's ID.
    fn get(&self, path: &str) -> Option<Reply> {
        let endpoint = Endpoint::resolve(&EndpointParameters {
            region: &self.region,
            partition: None,
            fips: false,
            dual_stack: false,
            custom: Some("http://127.0.0.1:8080"),
        })
        .expect("an endpoint");
        let keys = Credentials::new("AKID", "secret", None, None, "oracle");
        let now = Timestamp::from_second(NOW).expect("a time");
        let time = SystemTime::try_from(now).expect("a time");
        let request = request::signed(&endpoint, path, &self.region, &keys, time)
            .unwrap_or_else(|error| panic!("{error}: {path}"));
        let (mut request, ()) = request.map(|_| ()).into_parts();
        request
            .headers
            .insert("host", "127.0.0.1:8080".parse().expect("a header"));
        let (status, body) = self.service.reply(&request, now, Duration::from_secs(7));
        if status == StatusCode::OK {
            return Some(Reply {
                document: serde_json::from_slice(&body).expect("a reply is JSON"),
                request_id: None,
            });
        }
        let is_known = status == StatusCode::NOT_FOUND && path.matches('/').count() > 1;
        assert!(
            self.is_misbehaving || is_known,
            "{status} {path}: {}",
            String::from_utf8_lossy(&body)
        );
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        let error = error::from_reply(&response, NOW);
        assert_eq!(error.status(), Some(status.as_u16()));
        None
    }
}
