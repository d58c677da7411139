//! Times and durations: of the service, of headers, and of the command line.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use wsb::cli::{TimeArg, duration};
use wsb::output::time;
use wsb::service::documents::{EpochSeconds, Session};
use wsb::service::error;

use super::printed::check_safe;

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(number) = serde_json::from_str(text) {
        check_number(&number);
    }
    if let Ok(session) = serde_json::from_value::<Session>(json!({ "startTime": text })) {
        check_number(&session.start_time.expect("text became a number"));
    }
    check_headers(text);
    check_command_line(text);
}

fn check_number(number: &EpochSeconds) {
    let instant = number.timestamp();
    let iso = time::iso(number);
    assert_eq!(iso.parse().ok(), Some(instant), "{number}");
    let seconds: f64 = number.to_string().parse().expect("a number is one");
    let error = (instant.as_second() as f64 - seconds).abs();
    assert!(error <= 1.0, "{number}");
    for zone in [TimeZone::UTC, TimeZone::fixed(jiff::tz::offset(-25))] {
        check_safe(&time::local(number, &zone), &[]);
    }
    for end in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let seconds = end.duration_since(instant).as_secs();
        check_safe(&time::human_duration(seconds), &[]);
    }
}

fn check_headers(text: &str) {
    for now in [i64::MIN, -1, 0, 1_735_689_600, i64::MAX] {
        let wait = error::retry_after(text, now);
        if let Ok(seconds) = text.trim().parse::<u64>() {
            assert_eq!(wait, Some(Duration::from_secs(seconds)));
        }
    }
    if let Some(date) = error::http_date(text) {
        assert!(Timestamp::from_second(date).is_ok(), "{date}");
        assert_eq!(error::retry_after(text, date), Some(Duration::ZERO));
    }
}

fn check_command_line(text: &str) {
    if let Ok(timeout) = duration(text) {
        assert!(!timeout.is_zero());
        // What the program does with it.
        assert!(Instant::now().checked_add(timeout).is_some(), "{text}");
        assert!(timeout.checked_add(timeout).is_some(), "{text}");
        assert!(timeout.as_secs_f64() * 1.1 < u64::MAX as f64, "{text}");
    }
    if let Ok(since) = TimeArg::parse(text) {
        let since = since.resolve(Timestamp::now());
        let number = serde_json::Value::from(since.as_second());
        let seconds: EpochSeconds = serde_json::from_value(number).expect("a number");
        assert_eq!(seconds.timestamp().as_second(), since.as_second());
    }
}
