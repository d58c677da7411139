//! The contract test of `tests/live.rs`, tried on the emulator and on a service that breaks the contract.

use std::collections::BTreeSet;

use aws_credential_types::Credentials;
use serde_json::json;
use wsb::emulator::sample;
use wsb::service::endpoint::{Endpoint, EndpointParameters, Region};

use crate::support::server::Request;
use crate::support::{Act, Server, wsb};

#[path = "../live/contract.rs"]
#[allow(clippy::cast_precision_loss, reason = "seconds of any calendar fit")]
mod contract;

use contract::{Report, Service};

fn check(url: &str, credentials: Credentials) -> Report {
    let region: Region = "us-east-1".parse().unwrap();
    let endpoint = Endpoint::resolve(&EndpointParameters {
        region: &region,
        partition: None,
        fips: false,
        dual_stack: false,
        custom: Some(url),
    });
    let service = Service {
        endpoint: endpoint.unwrap(),
        region,
        credentials,
        portal: sample::PORTAL.to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(contract::check(&service)).unwrap()
}

#[cfg(unix)]
#[test]
fn the_emulator_keeps_the_contract() {
    let mut running = wsb(["local"]).start();
    let exports = running.output_until("# Try: ");
    let value = |name: &str| {
        let line = exports
            .lines()
            .find_map(|line| line.strip_prefix(&format!("export {name}=")));
        line.unwrap().trim_matches('\'').to_owned()
    };
    let credentials = Credentials::new(
        value("AWS_ACCESS_KEY_ID"),
        value("AWS_SECRET_ACCESS_KEY"),
        Some(value("AWS_SESSION_TOKEN")),
        None,
        "emulator",
    );
    let report = check(&value("AWS_ENDPOINT_URL_WORKSPACES_WEB"), credentials);
    assert_eq!(report.differences().count(), 0, "{report}");
    assert!(report.checks.len() > 25, "{report}");
    let fixture = report.fixture.to_string();
    for word in ["alice", "bob@example.com", "198.51.100", sample::ACTIVE] {
        assert!(!report.to_string().contains(word), "{word} in {report}");
        assert!(!fixture.contains(word), "{word} in {fixture}");
    }
    running.signal("INT");
    running.finish().code(0);
}

/// Ignores order, filters and sizes, repeats a session, has no clock, and replies 500 to what it does not know.
fn break_the_contract(request: &Request) -> Act {
    let session = |number: u32, start: u32| {
        json!({
            "sessionId": format!("{number:08}-0000-4000-8000-000000000000"),
            "status": "Ended", "username": "erin", "startTime": start, "color": "red",
        })
    };
    if request.target.contains("/sessions?") || request.target.ends_with("/sessions") {
        let sessions = [session(1, 5), session(2, 9), session(1, 5), session(3, 1)];
        return Act::json(200, &json!({ "sessions": sessions }).to_string());
    }
    Act::json(500, "{}")
}

#[test]
fn a_service_that_breaks_the_contract_is_found_out() {
    let server = Server::start(|request, _| break_the_contract(request));
    let report = check(
        &server.url(),
        Credentials::new("AKIDEXAMPLE", "s", None, None, "test"),
    );
    let found: BTreeSet<&str> = report.differences().map(|check| check.assumption).collect();
    for assumption in [
        "every reply has a Date header",
        "StartTimeDescending lists the newest first",
        "StartTimeAscending lists the oldest first",
        "a list names each session once",
        "sessions are kept for 35 days after their end",
        "a session summary has no unpublished members",
        "the filter `status` keeps the rest out",
        "the filter `username` distinguishes case",
        "the filter `sessionId` finds one session",
        "a session that does not exist is 404",
        "a wrong secret is 403",
    ] {
        assert!(found.contains(assumption), "{assumption}: {report}");
    }
}
