//! Every row of the exit-code table is reached.

use crate::support::{Act, PORTAL, SESSION, Server, session_reply, wsb};

const OTHER: &str = "aaaaaaaa-0002-4000-8000-000000000002";

#[test]
fn a_session_that_is_printed_is_0() {
    let server = Server::always(Act::json(200, &session_reply()));
    wsb(["get-session", PORTAL, SESSION])
        .against(&server.url())
        .run()
        .code(0);
}

#[test]
fn the_services_errors_have_their_codes() {
    for (status, name, code, says) in [
        (403, "AccessDeniedException", 3, "workspaces-web:GetSession"),
        (403, "OptInRequired", 3, "not signed up for the service"),
        (
            404,
            "ResourceNotFoundException",
            4,
            "no such portal or session",
        ),
        (400, "ValidationException", 5, "rejected the request"),
        (418, "TeapotException", 5, "rejected the request"),
        (429, "ThrottlingException", 6, "throttled"),
        (400, "Throttling", 6, "throttled"),
        (400, "RequestLimitExceeded", 6, "throttled"),
        (500, "InternalServerException", 7, "the service failed"),
        (503, "ServiceUnavailable", 7, "the service failed"),
        (501, "NotImplemented", 7, "the service failed"),
        (400, "InternalServerException", 7, "the service failed"),
        (403, "InternalFailure", 7, "the service failed"),
        (403, "ServiceUnavailable", 7, "the service failed"),
        (404, "InternalServerError", 7, "the service failed"),
        (404, "ServiceUnavailableException", 7, "the service failed"),
        (403, "ExpiredTokenException", 8, "expired"),
        (403, "ExpiredToken", 8, "expired"),
        (403, "UnrecognizedClientException", 8, "rejected"),
        (403, "InvalidSignatureException", 8, "secret access key"),
        (400, "RequestExpired", 8, "rejected"),
        (400, "IncompleteSignature", 8, "rejected"),
        (403, "MissingAuthenticationToken", 8, "rejected"),
        (403, "OptInRequired", 3, "access denied"),
    ] {
        let server = Server::always(Act::error(status, name, "the service's own words."));
        wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
            .against(&server.url())
            .run()
            .code(code)
            .says(&[says, name, "the service's own words", SESSION, "us-east-1"]);
        let run = wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
            .args(["--errors", "json"])
            .against(&server.url())
            .run();
        let error: serde_json::Value = serde_json::from_str(&run.code(code).stderr).unwrap();
        for (member, value) in [
            ("code", name),
            ("requestId", "req-1"),
            ("portalId", PORTAL),
            ("sessionId", SESSION),
            ("region", "us-east-1"),
        ] {
            assert_eq!(error[member], value, "{name}");
        }
        assert_eq!(error["httpStatus"], status, "{name}");
    }
}

#[test]
fn a_status_without_a_name_goes_by_the_status() {
    for (status, code) in [
        (400, 5),
        (401, 8),
        (403, 3),
        (404, 4),
        (429, 6),
        (500, 7),
        (503, 7),
    ] {
        for body in ["", "not json", "[]", "{\"message\":[1]}"] {
            let server = Server::always(Act::reply(status, &[], body));
            wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
                .against(&server.url())
                .run()
                .code(code)
                .says(&[&format!("HTTP {status}")]);
        }
    }
}

#[test]
fn a_validation_error_shows_its_reason_and_fields() {
    let body = r#"{"message":"bad","reason":"fieldValidationFailed","fieldList":[{"name":"sessionId","message":"too odd"}]}"#;
    let server = Server::always(Act::reply(
        400,
        &[("x-amzn-errortype", "ValidationException:http://x/")],
        body,
    ));
    wsb(["get-session", PORTAL, SESSION])
        .against(&server.url())
        .run()
        .code(5)
        .says(&[
            "reason fieldValidationFailed",
            "field sessionId: too odd",
            "(ValidationException,",
        ]);
}

#[test]
fn no_credentials_are_8_within_two_seconds() {
    let started = std::time::Instant::now();
    wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"])
        .without("AWS_EC2_METADATA_DISABLED")
        // Nothing answers at a discarded address: the time-out of the provider has to end it.
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
        .run()
        .code(8)
        .says(&[
            "could not get AWS credentials",
            "AWS_ACCESS_KEY_ID",
            "--profile",
        ]);
    assert!(started.elapsed().as_secs() < 2);
}

#[test]
fn a_metadata_service_that_refuses_is_8_with_how_to_get_credentials() {
    let metadata = Server::always(Act::reply(403, &[], ""));
    wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"])
        .without("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
        .run()
        .code(8)
        .says(&[
            "could not get AWS credentials",
            "AWS_ACCESS_KEY_ID",
            "--profile",
        ]);
}

#[test]
fn an_endpoint_that_refuses_connections_is_9() {
    wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
        .against("http://127.0.0.1:9")
        .run()
        .code(9)
        .says(&["could not reach 127.0.0.1:9", "refused"]);
}

#[test]
fn a_host_without_an_address_is_9() {
    wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"])
        .against("http://nowhere.invalid")
        .run()
        .code(9)
        .says(&["could not reach nowhere.invalid"]);
}

#[test]
fn sessions_that_fail_alike_share_their_code_and_differing_ones_are_12() {
    let server = Server::start(|request, _| {
        if request.target.contains(OTHER) {
            Act::error(403, "AccessDeniedException", "no")
        } else {
            Act::error(404, "ResourceNotFoundException", "none")
        }
    });
    wsb(["get-session", PORTAL, SESSION, SESSION])
        .against(&server.url())
        .run()
        .code(4);
    let mixed = wsb(["get-session", PORTAL, SESSION, OTHER])
        .against(&server.url())
        .run();
    mixed
        .code(12)
        .says(&[OTHER, SESSION, "no such portal", "access denied"]);
    assert_eq!(mixed.stdout, "");
}

#[test]
fn one_failure_among_successes_decides_the_code_and_the_rest_is_printed() {
    let server = Server::start(|request, _| {
        if request.target.contains(OTHER) {
            Act::error(404, "ResourceNotFoundException", "none")
        } else {
            Act::json(200, &session_reply())
        }
    });
    let run = wsb([
        "get-session",
        PORTAL,
        SESSION,
        OTHER,
        SESSION,
        "--field",
        "username",
    ])
    .against(&server.url())
    .run();
    run.code(4);
    assert_eq!(run.stdout, "alice\nalice\n");
    assert_eq!(run.stderr.matches("error:").count(), 1);
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_130() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let server = Server::start(move |_, _| {
        sender.lock().unwrap().send(()).unwrap();
        Act::SendAndHang(Vec::new())
    });
    let running = wsb(["get-session", PORTAL, SESSION])
        .against(&server.url())
        .start();
    receiver.recv().unwrap();
    running.signal("INT");
    running.finish().code(130).says(&["interrupted"]);
}

#[test]
fn errors_can_be_json_one_a_line() {
    let server = Server::always(Act::error(404, "ResourceNotFoundException", "none"));
    let run = wsb(["get-session", PORTAL, SESSION, SESSION, "--errors", "json"])
        .against(&server.url())
        .run();
    run.code(4);
    let lines: Vec<serde_json::Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["code"], "ResourceNotFoundException");
        assert_eq!(line["requestId"], "req-1");
        assert_eq!(line["httpStatus"], 404);
        assert_eq!(line["portalId"], PORTAL);
        assert_eq!(line["sessionId"], SESSION);
        assert_eq!(line["exitCode"], 4);
        assert_eq!(line["level"], "error");
        assert!(line["message"].as_str().unwrap().contains("none"));
    }
    let usage = wsb(["get-session", "--nonsense", "--errors", "json"]).run();
    usage.code(2);
    let line: serde_json::Value = serde_json::from_str(&usage.stderr).unwrap();
    assert_eq!(line["exitCode"], 2);
}

#[test]
fn an_error_in_json_names_what_is_possible_and_has_the_tip() {
    let error = |arguments: &[&str]| -> serde_json::Value {
        let run = wsb(arguments).args(["--errors=json"]).run();
        serde_json::from_str(&run.code(2).stderr).unwrap()
    };
    let field = error(&["get-session", PORTAL, SESSION, "--field", "user"]);
    let message = field["message"].as_str().unwrap();
    assert!(message.starts_with("invalid value 'user'"), "{field}");
    assert!(message.contains("clientIpAddresses, startTime"), "{field}");
    assert!(
        field["hint"].as_str().unwrap().contains("'username'"),
        "{field}"
    );
}

#[test]
fn with_errors_in_json_whatever_is_said_is_json() {
    // The clocks differ by years, so there is a warning besides the attempts and the requests.
    let date = "Mon, 01 Jan 2024 00:00:00 GMT";
    let server = Server::start(move |_, number| match number {
        0 => Act::reply(
            403,
            &[
                ("x-amzn-errortype", "InvalidSignatureException"),
                ("date", date),
            ],
            r#"{"message":"Signature expired"}"#,
        ),
        _ => Act::json(200, &session_reply()),
    });
    let run = wsb(["get-session", PORTAL, SESSION, "--errors", "json", "-vv"])
        .against(&server.url())
        .run();
    run.code(0);
    let levels: Vec<String> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| line["level"].as_str().unwrap().to_owned())
        .collect();
    for level in ["warning", "attempt", "request"] {
        assert!(levels.iter().any(|found| found == level), "{run:#?}");
    }
}

#[test]
fn an_error_in_json_stays_json_whatever_the_service_says() {
    let message = "a\u{202e}b\u{9b}31m\u{7f}\u{2028}\u{1b}[31m\"\\";
    let server = Server::always(Act::error(400, "ValidationException", message));
    let run = wsb(["get-session", PORTAL, SESSION, "--errors", "json"])
        .against(&server.url())
        .run();
    let error: serde_json::Value = serde_json::from_str(&run.code(5).stderr).unwrap();
    assert!(error["message"].as_str().unwrap().ends_with(message));
    let line = run.stderr.trim_end_matches('\n');
    assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{2028}'));
}

#[test]
fn the_help_shows_the_table() {
    let help = wsb(["--help"]).run();
    help.code(0);
    for row in wsb::diagnostics::TABLE {
        let line = format!("{:>3}  {}", row.code as u8, row.meaning);
        assert!(help.stdout.contains(&line), "{line}");
    }
}
