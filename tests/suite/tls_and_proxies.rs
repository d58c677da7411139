//! Real TLS and real proxies: whom the program trusts, and whom it goes through.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::proxy::{Manner, Proxy};
use crate::support::server::Request;
use crate::support::{
    Act, Finished, HOME, PORTAL, SESSION, Server, Wsb, folder, session_reply, wsb,
};

fn answer(_: &Request, _: usize) -> Act {
    Act::json(200, &session_reply())
}

fn call(url: &str) -> Wsb {
    wsb(["get-session", PORTAL, SESSION, "--field", "username"]).against(url)
}

fn bundle(server: &Server) -> &Path {
    server.ca_bundle.as_deref().unwrap()
}

#[track_caller]
fn served(run: &Finished) {
    run.code(0);
    assert_eq!(run.stdout, "alice\n");
    assert_eq!(run.stderr, "");
}

#[test]
fn a_bundle_comes_from_the_flag_the_environment_or_the_profile_in_this_order() {
    let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
    let (ours, theirs) = (bundle(&server), bundle(&other));
    let profile = |path: &Path| format!("[default]\nca_bundle = {}\n", path.display());
    let call = || call(&server.url());
    let flag = |run: Wsb| run.args(["--ca-bundle".as_ref(), ours.as_os_str()]);
    for run in [
        flag(call()),
        call().env("AWS_CA_BUNDLE", ours),
        call().config_file(&profile(ours)),
        // Each outranks what is behind it, which would not do.
        flag(call()).env("AWS_CA_BUNDLE", theirs),
        call()
            .env("AWS_CA_BUNDLE", ours)
            .config_file(&profile(theirs)),
    ] {
        served(&run.run());
    }
}

#[cfg(unix)]
#[test]
fn a_bundle_may_be_a_pipe_as_a_shell_makes_one() {
    let server = Server::start_tls(answer);
    let pipe = folder().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let (pem, end) = (std::fs::read(bundle(&server)).unwrap(), pipe.clone());
    // It waits for the reader.
    let writer = std::thread::spawn(move || std::fs::write(end, pem));
    served(&call(&server.url()).env("AWS_CA_BUNDLE", &pipe).run());
    writer.join().unwrap().unwrap();
}

#[test]
fn the_systems_trust_store_counts_where_no_bundle_is_given_and_only_there() {
    let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
    let with_store = || call(&server.url()).env("SSL_CERT_FILE", bundle(&server));
    served(&with_store().run());
    with_store()
        .env("AWS_CA_BUNDLE", bundle(&other))
        .run()
        .code(9);
}

#[test]
fn many_authorities_in_one_bundle_are_all_trusted() {
    let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
    let text = |server| std::fs::read_to_string(bundle(server)).unwrap();
    let both = folder().join("both.pem");
    std::fs::write(
        &both,
        format!("# a comment\n{}\n\n{}", text(&other), text(&server)),
    )
    .unwrap();
    served(&call(&server.url()).env("AWS_CA_BUNDLE", both).run());
}

/// Checks that the certificate is refused, with the way out, and that it is not tried again.
#[track_caller]
fn refused(server: &Server, run: Wsb, says: &str) {
    let run = run.run();
    run.code(9).says(&[
        &format!("no trusted connection to localhost:{}", server.port()),
        says,
    ]);
    // Another bundle helps against an authority that is not known, and against nothing else.
    let is_unknown = says == "UnknownIssuer";
    for option in ["--ca-bundle", "AWS_CA_BUNDLE"] {
        assert_eq!(run.stderr.contains(option), is_unknown, "{run:?}");
    }
    assert_eq!(run.stdout, "");
    assert_eq!(server.connections(), 1);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_9_after_one_attempt() {
    let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
    refused(
        &server,
        call(&server.url()).env("AWS_CA_BUNDLE", bundle(&other)),
        "UnknownIssuer",
    );
    // Nor is it in the trust store that is not the system's.
    let server = Server::start_tls(answer);
    refused(
        &server,
        call(&server.url()).env("SSL_CERT_FILE", bundle(&other)),
        "UnknownIssuer",
    );
}

#[test]
fn a_certificate_for_another_host_is_9_after_one_attempt() {
    let server = Server::start_tls_as("elsewhere.example", |_| {}, answer);
    refused(
        &server,
        call(&server.url()).env("AWS_CA_BUNDLE", bundle(&server)),
        "not valid for name \"localhost\"",
    );
}

#[test]
fn an_expired_certificate_is_9_after_one_attempt() {
    let server = Server::start_tls_as(
        "localhost",
        |certificate| {
            certificate.not_before = rcgen::date_time_ymd(2020, 1, 1);
            certificate.not_after = rcgen::date_time_ymd(2021, 1, 1);
        },
        answer,
    );
    refused(
        &server,
        call(&server.url()).env("AWS_CA_BUNDLE", bundle(&server)),
        "expired",
    );
}

#[test]
fn a_certificate_that_cannot_be_used_is_9_in_plain_words() {
    type Change = fn(&mut rcgen::CertificateParams);
    let cases: [(Change, &str); 4] = [
        // As `openssl req -x509` makes it.
        (
            |certificate| {
                certificate.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            },
            "the server's certificate is a CA certificate, as `openssl req -x509` creates by default",
        ),
        (
            |certificate| {
                certificate.subject_alt_names.clear();
                let name = (rcgen::DnType::CommonName, "localhost");
                certificate.distinguished_name.push(name.0, name.1);
            },
            "certificate is not valid for any names (according to its subjectAltName extension)",
        ),
        (
            |certificate| certificate.not_before = rcgen::date_time_ymd(2999, 1, 1),
            "the certificate is not valid before 2999-01-01: check this machine's clock",
        ),
        (
            |certificate| certificate.not_after = rcgen::date_time_ymd(2021, 1, 1),
            "the certificate expired on 2021-01-01",
        ),
    ];
    for (change, says) in cases {
        let server = Server::start_tls_as("localhost", change, answer);
        let run = call(&server.url()).env("AWS_CA_BUNDLE", bundle(&server));
        refused(&server, run, says);
    }
}

#[test]
fn a_certificate_that_is_signed_with_sha_512_is_9_after_one_attempt() {
    // ring signs with SHA-256, so the algorithm's identifier (RFC 5758, 3.2) is replaced afterwards. It is
    // checked before the signature.
    let identifier = |hash: u8| [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, hash];
    let server = Server::start_tls_edited(
        |der| {
            let ends = (8..=der.len()).filter(|end| der[end - 8..*end] == identifier(2));
            for end in ends.collect::<Vec<_>>() {
                der[end - 1] = 4;
            }
        },
        answer,
    );
    let run = call(&server.url()).env("AWS_CA_BUNDLE", bundle(&server));
    refused(
        &server,
        run,
        "the certificate is signed with an algorithm that is not supported",
    );
}

#[test]
fn a_trust_store_that_cannot_be_read_is_9_and_named() {
    let server = Server::start_tls(answer);
    let missing = folder().join("missing.pem");
    call(&server.url())
        .env("SSL_CERT_FILE", &missing)
        .run()
        .code(9)
        .says(&[
            "the system's trust store cannot be read",
            missing.to_str().unwrap(),
            "No such file",
            "--ca-bundle",
        ]);
}

#[test]
fn an_unreadable_trust_store_is_reported_once_with_the_portal_the_session_and_the_region() {
    let other = "aaaaaaaa-0001-4000-8000-000000000002";
    let (portal, session) = (json!(PORTAL), json!(SESSION));
    for (arguments, portal, session) in [
        (vec!["get-session", PORTAL, SESSION], &portal, &session),
        (vec!["wait-session", PORTAL, SESSION], &portal, &session),
        (
            vec!["get-session", PORTAL, SESSION, other],
            &portal,
            &Value::Null,
        ),
        (vec!["list-sessions", PORTAL], &portal, &Value::Null),
        (
            vec!["get-session", "a-name", SESSION],
            &Value::Null,
            &session,
        ),
        (vec!["list-portals"], &Value::Null, &Value::Null),
    ] {
        let run = |more: &[&str]| {
            wsb(&arguments)
                .args(more)
                .against("https://localhost:9")
                .env("SSL_CERT_FILE", "/nonexistent.pem")
                .run()
        };
        let json = run(&["--errors", "json"]);
        json.code(9);
        let lines: Vec<Value> = json
            .stderr
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [error] = &lines[..] else {
            panic!("{json:#?}");
        };
        assert_eq!(&error["portalId"], portal, "{json:#?}");
        assert_eq!(&error["sessionId"], session, "{json:#?}");
        assert_eq!(error["region"], "us-east-1", "{json:#?}");
        let text = run(&[]);
        assert_eq!(text.stderr.matches("error: ").count(), 1, "{text:#?}");
        if let Some(session) = session.as_str() {
            text.says(&[session]);
        }
    }
    let line = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL} {SESSION}\n");
    let run = wsb(["get-session", "-", "--errors", "json"])
        .against("https://localhost:9")
        .env("SSL_CERT_FILE", "/nonexistent.pem")
        .input(line)
        .run();
    run.code(9)
        .says(&[PORTAL, SESSION, "\"region\":\"us-east-1\""]);
}

#[test]
fn a_bundle_that_cannot_be_used_is_2_before_any_connection() {
    let server = Server::start_tls(answer);
    let folder = folder();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    for path in [
        folder.join("missing.pem"),
        folder.clone(),
        file("empty.pem", ""),
        file("text.pem", "no certificate at all\n"),
        "/dev/zero".into(),
        file(
            "broken.pem",
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        ),
        file(
            "garbage.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
    ] {
        let name = path.display().to_string();
        for run in [
            call(&server.url()).args(["--ca-bundle", &name]),
            call(&server.url()).env("AWS_CA_BUNDLE", &path),
        ] {
            run.run()
                .code(2)
                .says(&["could not use the CA bundle", &name]);
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn http_on_a_port_for_https_is_9_and_https_on_a_port_for_http_too() {
    let (tls, plain) = (Server::start_tls(answer), Server::start(answer));
    call(&format!("https://localhost:{}", plain.port()))
        .env("AWS_CA_BUNDLE", bundle(&tls))
        .args(["--max-attempts", "1"])
        .run()
        .code(9);
    // What answers a request with a TLS alert is not the service, if it answers at all.
    let run = call(&format!("http://localhost:{}", tls.port()))
        .args(["--max-attempts", "1"])
        .run();
    assert!(matches!(run.code, Some(9 | 10)), "{run:?}");
}

#[test]
fn the_credential_providers_trust_the_same_authorities() {
    let sts = |_: &Request, _: usize| {
        Act::reply(
            403,
            &[],
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>reached</Message></Error></ErrorResponse>",
        )
    };
    let (ours, other) = (Server::start_tls(sts), Server::start_tls(sts));
    let run = |trusted: &Server| {
        wsb(["get-session", PORTAL, SESSION, "--profile", "audit"])
            .config_file(
                "[profile base]\naws_access_key_id = x\naws_secret_access_key = x\n\
                 [profile audit]\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/Auditor\n",
            )
            .env("AWS_REGION", "us-east-1")
            // The bundle counts for the provider's calls even if the service is called over http.
            .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", "http://127.0.0.1:9")
            .env("AWS_ENDPOINT_URL_STS", ours.url())
            .env("AWS_CA_BUNDLE", bundle(trusted))
            .run()
    };
    run(&ours).code(8).says(&["reached"]);
    run(&other).code(9).says(&[
        "no trusted connection to localhost: ",
        "UnknownIssuer",
        "--ca-bundle",
    ]);
    assert_eq!((ours.requests().len(), ours.connections()), (1, 2));
}

/// A service that is reached by a name that has no address, so by a proxy or not at all.
const NOWHERE: &str = "nowhere.invalid";

#[test]
fn requests_ca_bundle_counts_where_nothing_else_names_a_bundle() {
    let (server, other) = (Server::start_tls(answer), Server::start_tls(answer));
    let (ours, theirs) = (bundle(&server), bundle(&other));
    let call = || call(&server.url()).env("REQUESTS_CA_BUNDLE", ours);
    served(&call().run());
    call().env("AWS_CA_BUNDLE", theirs).run().code(9);
    let missing = folder().join("gone.pem");
    call()
        .env("REQUESTS_CA_BUNDLE", &missing)
        .run()
        .code(2)
        .says(&[&missing.display().to_string()]);
    let plain = Server::start(answer);
    let without_tls = wsb(["get-session", PORTAL, SESSION]).against(&plain.url());
    without_tls.env("REQUESTS_CA_BUNDLE", missing).run().code(0);
}

#[test]
fn a_bundle_may_be_named_with_a_home_folder_or_a_variable() {
    let server = Server::start_tls(answer);
    let ours = bundle(&server);
    let home = ours.parent().unwrap();
    for name in ["~/ca.pem", "$HOME/ca.pem", "${HOME}/ca.pem"] {
        served(
            &call(&server.url())
                .env("HOME", home)
                .env(HOME, home)
                .env("AWS_CA_BUNDLE", name)
                .run(),
        );
        let profile = format!("[default]\nca_bundle = {name}\n");
        served(
            &call(&server.url())
                .config_file(&profile)
                .env("HOME", home)
                .env(HOME, home)
                .run(),
        );
    }
}

#[test]
fn https_goes_through_a_tunnel_that_sees_nothing_of_the_request() {
    let server = Server::start_tls_as(NOWHERE, |_| {}, answer);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::start(Manner::PassOnTo(server.address()));
        let run = call(&format!("https://{NOWHERE}"))
            .env("AWS_CA_BUNDLE", bundle(&server))
            .env(name, proxy.url(""))
            .run();
        served(&run);
        let heads = proxy.heads();
        assert_eq!(heads.len(), 1);
        assert!(
            heads[0].starts_with(&format!("CONNECT {NOWHERE}:443 HTTP/1.1\r\n")),
            "{heads:?}"
        );
        assert!(!heads[0].contains(SESSION) && !heads[0].contains("AKIDEXAMPLE"));
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn http_goes_through_its_own_proxy() {
    let server = Server::start(answer);
    let proxy = Proxy::start(Manner::PassOnTo(server.address()));
    let run = call(&format!("http://{NOWHERE}"))
        .env("http_proxy", proxy.url(""))
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["-q"])
        .run();
    served(&run);
    assert!(
        proxy.heads()[0].starts_with(&format!("GET http://{NOWHERE}/portals/")),
        "{:?}",
        proxy.heads()
    );
    assert_eq!(server.requests()[0].header("host"), Some(NOWHERE));
}

#[test]
fn no_proxy_names_hosts_that_are_called_directly() {
    let server = Server::start_tls(answer);
    for hosts in ["localhost", "example.com, localhost", "*"] {
        let proxy = Proxy::start(Manner::Refuse(502));
        let run = call(&server.url())
            .env("AWS_CA_BUNDLE", bundle(&server))
            .env("HTTPS_PROXY", proxy.url(""))
            .env("NO_PROXY", hosts)
            .run();
        served(&run);
        assert!(proxy.heads().is_empty(), "{hosts}");
    }
}

#[test]
fn a_proxys_user_and_password_are_sent_to_it_and_shown_nowhere() {
    let server = Server::start_tls_as(NOWHERE, |_| {}, answer);
    let working = Proxy::start(Manner::PassOnTo(server.address()));
    let refusing = Proxy::start(Manner::Refuse(407));
    for (proxy, code) in [(&working, 0), (&refusing, 9)] {
        let run = wsb(["get-session", PORTAL, SESSION, "-vv", "--max-attempts", "1"])
            .against(&format!("https://{NOWHERE}"))
            .env("AWS_CA_BUNDLE", bundle(&server))
            .env("HTTPS_PROXY", proxy.url("alice:hunter2%40@"))
            .run();
        run.code(code);
        // The base64 of "alice:hunter2@".
        let credentials = "YWxpY2U6aHVudGVyMkA=";
        let head = &proxy.heads()[0].to_lowercase();
        assert!(
            head.contains(&format!("proxy-authorization: basic {credentials}").to_lowercase()),
            "{head}"
        );
        for secret in ["hunter2", credentials] {
            assert!(!run.stderr.contains(secret), "{run:?}");
            assert!(!run.stdout.contains(secret), "{run:?}");
        }
    }
    // The service gets none of it.
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);
}

#[test]
fn a_password_with_an_at_sign_is_sent_whole_and_no_part_of_it_is_shown() {
    let server = Server::start_tls_as(NOWHERE, |_| {}, answer);
    for manner in [Manner::PassOnTo(server.address()), Manner::Refuse(502)] {
        let proxy = Proxy::start(manner);
        let run = wsb(["get-session", PORTAL, SESSION, "-vv", "--max-attempts", "1"])
            .against(&format!("https://{NOWHERE}"))
            .env("AWS_CA_BUNDLE", bundle(&server))
            .env("HTTPS_PROXY", proxy.url("alice:top@hunter22@"))
            .run();
        // The base64 of "alice:top@hunter22".
        let credentials = "YWxpY2U6dG9wQGh1bnRlcjIy";
        assert!(
            proxy.heads()[0].contains(credentials),
            "{:?}",
            proxy.heads()
        );
        for secret in ["hunter22", "top@", credentials] {
            assert!(!run.stderr.contains(secret), "{run:?}");
        }
    }
    let run = call("https://service.invalid")
        .env("HTTPS_PROXY", "http://alice:top@hunter22@127.0.0.1:9")
        .args(["--max-attempts", "1"])
        .run();
    run.code(9)
        .says(&["the connection to the proxy 127.0.0.1:9 failed: "]);
    assert!(!run.stderr.contains("hunter22"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn the_variable_in_lower_case_counts_and_an_empty_one_turns_the_proxy_off() {
    let server = Server::start_tls(answer);
    let proxy = Proxy::start(Manner::Refuse(502));
    let run = |variables: &[(&str, &str)]| {
        let call = call(&server.url()).env("AWS_CA_BUNDLE", bundle(&server));
        let set = variables
            .iter()
            .fold(call.args(["--max-attempts", "1"]), |call, (name, value)| {
                call.env(name, value)
            });
        set.run()
    };
    let url = proxy.url("");
    run(&[("HTTPS_PROXY", ""), ("https_proxy", &url)]).code(9);
    run(&[
        ("HTTPS_PROXY", &url),
        ("no_proxy", ""),
        ("NO_PROXY", "localhost"),
    ])
    .code(9);
    assert_eq!(proxy.heads().len(), 2);
    served(&run(&[("HTTPS_PROXY", &url), ("https_proxy", "")]));
    served(&run(&[("https_proxy", &url), ("NO_PROXY", "localhost")]));
    let with_port = format!("localhost:{}", server.port());
    served(&run(&[("https_proxy", &url), ("NO_PROXY", &with_port)]));
    assert_eq!(proxy.heads().len(), 2);
}

#[test]
fn a_proxy_that_requires_a_password_is_9_with_where_to_give_it() {
    for url in [format!("https://{NOWHERE}"), format!("http://{NOWHERE}")] {
        for manner in [Manner::Refuse(407), Manner::Require("Basic realm=\"x\"")] {
            let proxy = Proxy::start(manner);
            call(&url)
                .env("HTTPS_PROXY", proxy.url(""))
                .env("HTTP_PROXY", proxy.url(""))
                .run()
                .code(9)
                .says(&[
                    "requires a user name and a password",
                    "HTTPS_PROXY",
                    "USER:PASSWORD",
                ]);
            // Another attempt cannot help.
            assert_eq!(proxy.heads().len(), 1);
        }
    }
}

#[test]
fn a_proxy_that_rejects_a_password_or_requires_another_scheme_is_9_and_says_so() {
    let rejected = "rejected the user name and password";
    let required = "requires a user name and a password";
    for (user_info, schemes, says, hint) in [
        (
            "alice:wrong@",
            "Basic realm=\"x\"",
            rejected,
            "check them in the proxy's URL",
        ),
        ("alice:wrong@", "NTLM, Negotiate", rejected, "px or cntlm"),
        ("", "NTLM, Negotiate", required, "px or cntlm"),
    ] {
        let proxy = Proxy::start(Manner::Require(schemes));
        let through = |run: Wsb| {
            run.env("HTTPS_PROXY", proxy.url(user_info))
                .env("HTTP_PROXY", proxy.url(user_info))
        };
        for url in [format!("https://{NOWHERE}"), format!("http://{NOWHERE}")] {
            let run = through(call(&url)).run();
            let proxy = proxy.url("").replace("http://", "the proxy ");
            run.code(9).says(&[&proxy, says, hint]);
            assert!(!run.stderr.contains("wrong"), "{run:?}");
        }
        // The same in the way to STS.
        let run = through(wsb(["get-session", PORTAL, SESSION, "--profile", "audit"]))
            .config_file(
                "[profile base]\naws_access_key_id = x\naws_secret_access_key = x\n\
                 [profile audit]\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/Auditor\n",
            )
            .env("AWS_REGION", "us-east-1")
            .run();
        run.code(9)
            .says(&["could not reach sts.us-east-1.amazonaws.com: ", says, hint]);
    }
}

#[test]
fn a_proxy_that_never_answers_is_9_and_named() {
    for (url, says) in [
        (
            format!("https://{NOWHERE}"),
            format!("could not reach {NOWHERE}: no connection in time"),
        ),
        (
            format!("http://{NOWHERE}"),
            format!("the call to {NOWHERE} failed: no reply in time"),
        ),
    ] {
        let proxy = Proxy::start(Manner::Hang);
        call(&url)
            .env("HTTPS_PROXY", proxy.url(""))
            .env("HTTP_PROXY", proxy.url(""))
            .args(["--max-attempts", "1", "--connect-timeout", "300ms"])
            .args(["--read-timeout", "2s"])
            .run()
            .code(9)
            .says(&[&format!("{says} through the proxy 127.0.0.1:")]);
    }
}

#[test]
fn an_exemption_from_the_proxy_is_named_where_the_direct_way_fails() {
    for rule in ["nowhere.invalid", "*.invalid", ".invalid"] {
        let proxy = Proxy::start(Manner::Refuse(502));
        call(&format!("https://{NOWHERE}"))
            .env("HTTPS_PROXY", proxy.url(""))
            .env("NO_PROXY", format!("example.com,{rule}"))
            .args(["--max-attempts", "1"])
            .run()
            .code(9)
            .says(&[
                &format!("could not reach {NOWHERE}: "),
                &format!("NO_PROXY ({rule}) exempts this host from the proxy 127.0.0.1:"),
            ]);
        assert!(proxy.heads().is_empty());
    }
}

#[test]
fn a_proxy_that_is_invalid_is_2_and_is_not_bypassed() {
    let server = Server::start(answer);
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
        for value in ["http://alice:two words@127.0.0.1:9", "ftp://127.0.0.1:9"] {
            let run = call(&server.url()).env(name, value).run();
            // Windows' variables have one name in capitals and in small letters.
            let found = if cfg!(windows) {
                name.to_lowercase()
            } else {
                name.to_owned()
            };
            run.code(2).says(&[&found, "USER:PASSWORD"]);
            assert!(!run.stderr.contains(value), "{run:?}");
        }
        served(&call(&server.url()).env(name, "").run());
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_9() {
    for status in [403, 502] {
        let proxy = Proxy::start(Manner::Refuse(status));
        call(&format!("https://{NOWHERE}"))
            .env("HTTPS_PROXY", proxy.url(""))
            .args(["--max-attempts", "1"])
            .run()
            .code(9)
            .says(&[NOWHERE, "proxy"]);
    }
    call(&format!("https://{NOWHERE}"))
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["--max-attempts", "1"])
        .run()
        .code(9)
        .says(&[
            &format!("could not reach {NOWHERE}: the connection to the proxy 127.0.0.1:9 failed: "),
            "refused",
            "proxy settings",
        ]);
}

#[test]
fn a_proxys_own_page_is_not_taken_for_the_services_word() {
    let proxy = Proxy::start(Manner::Refuse(403));
    call(&format!("http://{NOWHERE}"))
        .env("HTTP_PROXY", proxy.url(""))
        .run()
        .code(10)
        .says(&["unexpected reply from", "proxy settings"]);
}
