//! Attempts: what is tried again, how often, and when it is given up.

use std::time::{Duration, Instant};

use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, Wsb, session_reply, wsb};

fn get_session(server: &Server) -> Wsb {
    wsb(["get-session", PORTAL, SESSION, "--field", "username"]).against(&server.url())
}

/// A service that fails with `act` the first `failures` times.
fn recovering(failures: usize, act: Act) -> Server {
    Server::start(move |_, number| {
        if number < failures {
            act.clone()
        } else {
            Act::json(200, &session_reply())
        }
    })
}

#[test]
fn passing_faults_are_attempted_three_times() {
    for act in [
        Act::reply(500, &[("retry-after", "0")], ""),
        Act::reply(502, &[("retry-after", "0")], ""),
        Act::reply(503, &[("retry-after", "0")], "<html>"),
        Act::reply(504, &[("retry-after", "0")], ""),
        Act::reply(429, &[("retry-after", "0")], ""),
        Act::Close,
    ] {
        let server = recovering(2, act.clone());
        let run = get_session(&server).run();
        run.code(0);
        assert_eq!(run.stdout, "alice\n");
        assert_eq!(server.requests().len(), 3);
        assert_eq!(run.stderr, "");

        let server = recovering(3, act);
        assert_ne!(get_session(&server).run().code, Some(0));
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn errors_that_would_come_again_are_not_attempted_again() {
    for (status, name) in [
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (400, "ValidationException"),
        (403, "ExpiredTokenException"),
        (501, "NotImplemented"),
    ] {
        let server = Server::always(Act::error(status, name, ""));
        get_session(&server).run();
        assert_eq!(server.requests().len(), 1, "{name}");
    }
}

#[test]
fn the_number_of_attempts_comes_from_the_flag_the_environment_or_the_profile() {
    let count = |change: fn(Wsb) -> Wsb| {
        let server = Server::always(Act::reply(500, &[("retry-after", "0")], ""));
        change(get_session(&server)).run().code(7);
        server.requests().len()
    };
    assert_eq!(
        count(|run| run.config_file("[default]\nmax_attempts = 5\n")),
        5
    );
    assert_eq!(
        count(|run| run
            .config_file("[default]\nmax_attempts = 5\n")
            .env("AWS_MAX_ATTEMPTS", "2")),
        2
    );
    assert_eq!(
        count(|run| run
            .env("AWS_MAX_ATTEMPTS", "2")
            .args(["--max-attempts", "4"])),
        4
    );
}

#[test]
fn retry_after_in_seconds_and_as_a_date_is_waited_for() {
    let server = recovering(1, Act::reply(429, &[("retry-after", "1")], ""));
    let started = Instant::now();
    get_session(&server).run().code(0);
    assert!(started.elapsed() >= Duration::from_secs(1));

    // A date in the past is no wait at all.
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    let server = recovering(2, Act::reply(503, &[("retry-after", past)], ""));
    get_session(&server).run().code(0);
}

#[test]
fn a_retry_after_beyond_the_deadline_ends_the_call_at_once() {
    let server = Server::always(Act::reply(429, &[("retry-after", "30")], ""));
    let started = Instant::now();
    get_session(&server)
        .args(["--timeout", "20s"])
        .run()
        .code(6)
        .says(&["asks to wait 30 s", "only if --timeout allows it"]);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(server.requests().len(), 1);

    let week = Server::always(Act::reply(429, &[("retry-after", "604800")], ""));
    get_session(&week)
        .run()
        .code(6)
        .says(&["asks to wait 604800 s"]);
    assert_eq!(week.requests().len(), 1);
}

#[test]
fn a_retry_after_that_makes_no_sense_is_ignored() {
    for nonsense in ["soon", "-5", "1e9", "99999999999999999999", ""] {
        let server = recovering(1, Act::reply(503, &[("retry-after", nonsense)], ""));
        get_session(&server).run().code(0);
    }
}

#[test]
fn the_commands_time_out_ends_everything() {
    let server = Server::always(Act::SendAndHang(Vec::new()));
    get_session(&server)
        .args(["--timeout", "200ms"])
        .run()
        .code(9)
        .says(&["the time for the command ran out", "--timeout"]);
}

#[test]
fn each_attempt_is_logged_with_v_and_nothing_sensitive_is() {
    let server = recovering(
        1,
        Act::reply(
            503,
            &[("x-amzn-requestid", "r-7"), ("retry-after", "0")],
            "",
        ),
    );
    let run = get_session(&server)
        .env("AWS_SESSION_TOKEN", "TOKENTOKEN")
        .args(["-vv"])
        .run();
    run.code(0).says(&[
        "HTTP 503, request ID r-7",
        "attempt 1 of 3, next in 0 ms",
        "HTTP 200",
        "attempt 2 of 3",
        "x-amz-date:",
        "host: 127.0.0.1",
    ]);
    for secret in ["wJalrXUtnFEMI", "TOKENTOKEN", "alice", "192.0.2.1"] {
        assert!(!run.stderr.contains(secret), "{run:?}");
    }
}

const HOUR: i64 = 3600;

/// The reply of a service whose clock is so many seconds ahead, as AWS gives it, and how far off it finds
/// the request, in seconds.
fn ahead(request: &Request, seconds: i64) -> (Act, i64) {
    let signed_at = request.header("x-amz-date").unwrap();
    let signed_at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", signed_at)
        .and_then(|time| time.to_zoned_datetime(jiff::tz::TimeZone::UTC))
        .unwrap();
    let here = jiff::Timestamp::now().as_second() + seconds;
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&jiff::Timestamp::from_second(here).unwrap())
        .unwrap();
    let refusal = Act::reply(
        403,
        &[
            ("x-amzn-errortype", "InvalidSignatureException"),
            ("date", &date),
        ],
        r#"{"message":"Signature expired"}"#,
    );
    (refusal, here - signed_at.timestamp().as_second())
}

/// Accepts signatures that are at most five minutes off by a clock so many seconds ahead.
fn checks_clock(seconds: i64) -> impl Fn(&Request, usize) -> Act {
    move |request, _| {
        let (refusal, off) = ahead(request, seconds);
        if off.abs() > 300 {
            refusal
        } else {
            Act::json(200, &session_reply())
        }
    }
}

#[test]
fn a_clock_that_is_off_is_corrected_once_with_a_warning() {
    for sign in [1, -1] {
        let server = Server::start_tls(checks_clock(sign * HOUR));
        let ca_bundle = server.ca_bundle.clone().unwrap();
        let run = get_session(&server)
            .args(["--max-attempts", "1"])
            .env("AWS_CA_BUNDLE", ca_bundle)
            .run();
        let direction = if sign > 0 { "behind" } else { "ahead of" };
        run.code(0)
            .says(&["warning: this machine's clock is 3", direction]);
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn over_plain_http_a_clock_is_corrected_by_15_minutes_at_most() {
    let server = Server::start(checks_clock(1000));
    get_session(&server)
        .args(["--max-attempts", "1"])
        .run()
        .code(0)
        .says(&["over plain http it is corrected by 900 s at most"]);
    let server = Server::start(checks_clock(HOUR));
    get_session(&server)
        .run()
        .code(8)
        .says(&["over plain http", "this machine's clock"]);
    let most = server
        .requests()
        .iter()
        .map(|request| HOUR - ahead(request, HOUR).1)
        .max();
    assert!(most.unwrap() <= 900, "{most:?}");
}

#[test]
fn a_signature_that_stays_wrong_is_corrected_no_second_time() {
    let server = Server::start(|request, _| ahead(request, 600).0);
    get_session(&server).run().code(8);
    assert_eq!(server.requests().len(), 2);
}
