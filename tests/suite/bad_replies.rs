//! Replies that are not what the service sends: the right exit code and a sentence, never a
//! panic, never a hang past the time-out.

use std::time::{Duration, Instant};

use crate::support::{Act, Finished, PORTAL, SESSION, Server, session_reply, wsb};

fn get_session(server: &Server) -> Finished {
    wsb(["get-session", PORTAL, SESSION, "--max-attempts", "2"])
        .args(["--read-timeout", "300ms", "-o", "json"])
        .against(&server.url())
        .run()
}

fn ok(headers: &[(&str, &str)], body: &str) -> Server {
    Server::always(Act::reply(200, headers, body))
}

#[test]
fn a_reply_that_is_not_the_services_is_10_with_the_reason() {
    let html = "<!DOCTYPE html><title>Sign in to the Wi-Fi</title>";
    for (body, says) in [
        (html, "an HTML page"),
        ("", "not JSON"),
        ("\u{0}\u{1}", "not JSON"),
        ("null", "has no session, it is null"),
        ("{}", "has no session, it is an object"),
        ("[1]", "has no session, it is a list"),
        (r#"{"session":null}"#, "its session is null"),
        (r#"{"session":"x"}"#, "its session is a string"),
        (
            r#"{"session":{"username":5}}"#,
            "username is a number, not a string",
        ),
        (
            r#"{"session":{"startTime":"now"}}"#,
            "startTime is a string",
        ),
        (
            r#"{"session":{"clientIpAddresses":"x"}}"#,
            "session.clientIpAddresses is a string, not a list",
        ),
        (r#"{"session":{"startTime":1e999}}"#, "not JSON"),
        (
            r#"{"session":{"startTime":1e308}}"#,
            "has a number beyond 64 bits",
        ),
        (
            r#"{"session":{"new":18446744073709551616}}"#,
            "has a number beyond 64 bits",
        ),
        (
            r#"{"session":{"sessionId":"ffffffff-0001-4000-8000-000000000001"}}"#,
            "another session",
        ),
        (
            r#"{"session":{"status":"Terminated"}}"#,
            "a session without a sessionId",
        ),
    ] {
        let run = get_session(&ok(&[("x-amzn-requestid", "r-9")], body));
        run.code(10).says(&[says, "request ID r-9", SESSION]);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn truncated_json_is_10_after_all_attempts() {
    let whole = session_reply();
    let server = ok(&[], &whole[..whole.len() / 2]);
    get_session(&server).code(10).says(&["not JSON"]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn what_is_wrong_with_a_reply_is_logged_with_v() {
    let whole = session_reply();
    wsb(["get-session", PORTAL, SESSION, "-v", "--max-attempts", "1"])
        .against(&ok(&[], &whole[..whole.len() / 2]).url())
        .run()
        .code(10)
        .says(&["HTTP 200, the reply is not JSON"]);
}

#[test]
fn deeply_nested_json_is_10() {
    get_session(&ok(&[], &"[".repeat(200_000))).code(10);
}

#[test]
fn ten_mebibytes_of_json_are_10_whether_announced_or_not() {
    let body = format!(r#"{{"session":{{"username":"{}"}}}}"#, "a".repeat(10 << 20));
    let server = ok(&[], &body);
    get_session(&server)
        .code(10)
        .says(&["larger than 1024 KiB"]);
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    get_session(&Server::always(Act::SendAndClose(unannounced.into())))
        .code(10)
        .says(&["larger than 1024 KiB"]);
}

#[test]
fn a_redirect_is_10_and_is_not_followed() {
    let target = Server::always(Act::json(200, &session_reply()));
    for status in [301, 302, 307, 308] {
        let server = Server::always(Act::reply(status, &[("location", &target.url())], ""));
        get_session(&server)
            .code(10)
            .says(&["redirect to 127.0.0.1", &status.to_string()]);
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(target.requests().len(), 0);
}

#[test]
fn a_page_of_a_proxy_is_10_and_never_no_such_session() {
    for status in [403, 404] {
        let page = Act::reply(status, &[("content-type", "text/html")], "<h1>Blocked</h1>");
        get_session(&Server::always(page)).code(10).says(&["HTML"]);
    }
}

#[test]
fn another_success_than_200_is_10() {
    get_session(&Server::always(Act::reply(204, &[], "")))
        .code(10)
        .says(&["204"]);
}

#[test]
fn what_is_not_http_is_10() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 mail ESMTP\r\n",
        "\u{0}\u{0}\u{0}\u{0}\u{0}",
    ] {
        let server = Server::always(Act::SendAndClose(bytes.into()));
        get_session(&server).code(10).says(&["not HTTP"]);
    }
}

#[test]
fn a_hundred_thousand_headers_are_10() {
    let mut reply = "HTTP/1.1 200 OK\r\n".to_owned();
    for number in 0..100_000 {
        reply.push_str(&format!("x-{number}: y\r\n"));
    }
    get_session(&Server::always(Act::SendAndClose(
        format!("{reply}\r\n{{}}").into(),
    )))
    .code(10);
}

#[test]
fn a_service_that_hangs_is_9_after_the_time_out() {
    for sent in [
        String::new(),
        "HTTP/1.1 200 OK\r\ncontent-le".to_owned(),
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{}",
            session_reply()
        ),
    ] {
        let started = Instant::now();
        get_session(&Server::always(Act::SendAndHang(sent.into())))
            .code(9)
            .says(&["in time", "--read-timeout"]);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_connection_that_closes_without_a_reply_is_9() {
    let server = Server::always(Act::Close);
    get_session(&server).code(9).says(&["could not reach"]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_body_that_is_cut_short_is_attempted_again() {
    let whole = session_reply();
    let cut = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}",
        whole.len(),
        &whole[..50]
    );
    let server = Server::start(move |_, number| match number {
        0 => Act::SendAndClose(cut.clone().into()),
        _ => Act::json(200, &whole),
    });
    get_session(&server).code(0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn unknown_members_are_kept_and_nulls_are_left_out() {
    let body = format!(
        r#"{{"session":{{"portalArn":null,"sessionId":"{SESSION}","username":null,"clientIpAddresses":null,"status":null,"startTime":null,"endTime":null,"futureMember":{{"a":[null,1.5]}}}},"other":1}}"#
    );
    let server = ok(&[], &body);
    let run = get_session(&server);
    run.code(0);
    assert_eq!(
        run.json(),
        serde_json::json!({"session": {"sessionId": SESSION, "futureMember": {"a": [null, 1.5]}}})
    );
    for format in ["table", "csv", "text", "jsonl"] {
        wsb(["get-session", PORTAL, SESSION, "-o", format])
            .against(&server.url())
            .run()
            .code(0);
    }
}

#[test]
fn a_time_outside_the_years_2000_to_2099_is_10_and_names_the_member() {
    for time in [
        "1764460800000",
        "0",
        "-1",
        "18446744073709551615",
        "\"1969-12-31T00:00:00Z\"",
    ] {
        let document = format!(r#"{{"sessionId":"{SESSION}","startTime":{time}}}"#);
        let server = ok(&[], &format!(r#"{{"session":{document}}}"#));
        get_session(&server).code(10).says(&["startTime"]);
        let server = ok(&[], &format!(r#"{{"sessions":[{document}]}}"#));
        let run = wsb(["list-sessions", PORTAL]).against(&server.url()).run();
        run.code(10).says(&["startTime"]);
    }
    let document = format!(r#"{{"sessionId":"{SESSION}","endTime":0}}"#);
    let server = ok(&[], &format!(r#"{{"session":{document}}}"#));
    get_session(&server)
        .code(10)
        .says(&["has an endTime outside the years"]);
}

#[test]
fn a_session_of_another_portal_is_10_in_a_list_and_alone() {
    let arn =
        |portal: &str| format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{portal}");
    let document = |portal: &str| {
        format!(
            r#"{{"sessionId":"{SESSION}","portalArn":"{}"}}"#,
            arn(portal)
        )
    };
    let other = document("22222222-1111-4111-8111-111111111111");
    let server = ok(&[], &format!(r#"{{"session":{other}}}"#));
    get_session(&server)
        .code(10)
        .says(&["portalArn names another portal", SESSION]);
    let same = document(&PORTAL.to_uppercase());
    let server = ok(&[], &format!(r#"{{"sessions":[{same},{other}]}}"#));
    let run = wsb(["list-sessions", PORTAL]).against(&server.url()).run();
    run.code(10)
        .says(&["portalArn names another portal", PORTAL]);
    get_session(&ok(&[], &format!(r#"{{"session":{same}}}"#))).code(0);
}
