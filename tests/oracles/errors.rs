//! Error replies, as HTTP writes them: a status, headers, an empty line, a body.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;
use wsb::diagnostics::Call;
use wsb::output::json;
use wsb::service::endpoint::{Endpoint, EndpointParameters};
use wsb::service::error::{self, CallError};
use wsb::service::retry::{Failures, RetryPolicy};

use super::printed::check_safe;

const PORTAL: &str = "11111111-1111-4111-8111-111111111111";

pub(super) fn check(input: &[u8]) {
    let Some(response) = parse(input) else {
        return;
    };
    for now in [0, 1_735_689_600] {
        check_error(&error::from_reply(&response, now));
    }
}

fn parse(input: &[u8]) -> Option<Response<Vec<u8>>> {
    let mut rest = input;
    let mut line = || {
        let at = rest.iter().position(|byte| *byte == b'\n')?;
        let line = &rest[..at];
        rest = &rest[at + 1..];
        Some(line)
    };
    let status = StatusCode::from_bytes(line()?).ok()?;
    let mut headers = HeaderMap::new();
    while let Some(header) = line().filter(|line| !line.is_empty()) {
        let at = header.iter().position(|byte| *byte == b':')?;
        headers.append(
            HeaderName::from_bytes(&header[..at]).ok()?,
            HeaderValue::from_bytes(&header[at + 1..]).ok()?,
        );
    }
    // Below 400 it is no error.
    if !(400..600).contains(&status.as_u16()) {
        return None;
    }
    let mut response = Response::new(rest.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

fn check_error(error: &CallError) {
    let region = "us-east-1".parse().expect("a region");
    let endpoint = Endpoint::resolve(&EndpointParameters {
        region: &region,
        partition: None,
        fips: false,
        dual_stack: false,
        custom: None,
    });
    let call = Call {
        action: "workspaces-web:GetSession",
        region: &region,
        endpoint: &endpoint.expect("an endpoint"),
        portal: PORTAL.parse().ok(),
        session: None,
    };
    let failure = call.to_failure(error);
    check_safe(&failure.to_line(), &[]);
    assert!(failure.to_line().len() < 10 << 20);
    let line = json::one_line(&failure).expect("a failure is JSON");
    check_safe(&line, &['\n']);
    assert!(!line.contains('\n'));
    let read: Value = serde_json::from_str(&line).expect("JSON is JSON");
    assert_eq!(read["exitCode"], failure.code() as u8);
    assert_eq!(read["portalId"], PORTAL);
    assert_eq!(read["requestId"].as_str(), error.request_id());
    if let CallError::Service(error) = error {
        assert_eq!(read["httpStatus"], error.status);
        let message = read["message"].as_str().expect("a sentence");
        for part in [&error.reason].into_iter().flatten() {
            assert!(message.contains(part), "{message:?}");
        }
        if let Some(code) = &error.code {
            assert_eq!(read["code"], **code);
            assert!(!code.contains([':', '#']), "{code:?}");
        }
    }
    for remaining in [None, Some(Duration::ZERO), Some(Duration::MAX)] {
        let policy = RetryPolicy::among_many(3, 10);
        let mut failures = Failures::default();
        for attempt in 1..=10 {
            failures.count(error);
            if let Some(wait) = policy.next_wait(failures, error, 0.999, remaining) {
                assert!(attempt < 10);
                assert!(wait <= remaining.unwrap_or(Duration::from_secs(60)));
            }
        }
    }
}
