//! No secret is shown: not in results, not in errors, not in logs, not in the arguments of a process.
//!
//! Every situation is gone through with every command and every verbosity, with secrets that
//! cannot be there by chance.

use std::path::PathBuf;

use serde_json::{Value, json};
use wsb::emulator::sample;

use crate::credentials::{ASSUME_ROLE, LOGIN_CONFIG, LOGIN_TOKEN, SSO_CONFIG, SSO_TOKEN};
use crate::support::proxy::{Manner, Proxy};
use crate::support::server::{Request, reply};
use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, folder, run_side_by_side, wsb};

const SECRET_KEY: &str = "Q0secretAccessKey/Q0+longEnough40bytes==";
const SESSION_TOKEN: &str = "Q1sessionToken/with+signs=";
const SOURCE_KEY: &str = "Q2secretKeyOfTheSourceProfile";
const SOURCE_TOKEN: &str = "Q3sessionTokenOfTheSourceProfile";
const SSO_ACCESS_TOKEN: &str = "Q4ssoAccessToken";
const SSO_CLIENT_SECRET: &str = "Q5ssoClientSecret";
const SSO_REFRESH_TOKEN: &str = "Q6ssoRefreshToken";
const PROXY_PASSWORD: &str = "Q7proxyPassword";
/// The base64 of `someone:Q7proxyPassword`.
const PROXY_CREDENTIALS: &str = "c29tZW9uZTpRN3Byb3h5UGFzc3dvcmQ=";
const PROCESS_OUTPUT: &str = "Q8whatTheProcessPrinted";
const CONTAINER_TOKEN: &str = "Q9containerAuthorizationToken";
const CONTAINER_PATH: &str = "QAcontainerPathToken";
const WEB_IDENTITY: &str = "QBwebIdentity.token.jwt";
const USER_INFO: &str = "QCendpointPassword";
const BAD_LINE: &str = "QDsecretInABadLine";
const LOGIN_REFRESH_TOKEN: &str = "QEloginRefreshToken";
const METADATA_TOKEN: &str = "QFmetadataToken";

const SECRETS: [&str; 17] = [
    SECRET_KEY,
    SESSION_TOKEN,
    SOURCE_KEY,
    SOURCE_TOKEN,
    SSO_ACCESS_TOKEN,
    SSO_CLIENT_SECRET,
    SSO_REFRESH_TOKEN,
    PROXY_PASSWORD,
    PROXY_CREDENTIALS,
    PROCESS_OUTPUT,
    CONTAINER_TOKEN,
    CONTAINER_PATH,
    WEB_IDENTITY,
    USER_INFO,
    BAD_LINE,
    LOGIN_REFRESH_TOKEN,
    METADATA_TOKEN,
];

/// No secrets, but not for logs.
const USER: &str = "uma.example";
const ADDRESS: &str = "203.0.113.77";

const VERBOSITIES: [&[&str]; 5] = [
    &[],
    &["-q"],
    &["-v"],
    &["-vv"],
    &["-vv", "--errors", "json"],
];

/// The commands that call the service.
fn commands() -> Vec<Vec<&'static str>> {
    vec![
        vec!["get-session", PORTAL, SESSION],
        vec!["list-sessions", PORTAL, "--username", USER],
        vec!["list-portals"],
        vec!["wait-session", PORTAL, SESSION, "--timeout", "100ms"],
    ]
}

/// Runs every command at every verbosity in the situation that `enter` leads into. `code` is
/// get-session's exit code; to tell that the situation is the one that is meant.
#[track_caller]
fn shows_nothing(code: i32, enter: impl Fn(Wsb) -> Wsb + Sync) {
    let commands = commands();
    let lines: Vec<_> = commands
        .iter()
        .flat_map(|command| VERBOSITIES.map(|verbosity| (command, verbosity)))
        .collect();
    // The providers of credentials pause before they ask again, which no setting prevents.
    let runs = run_side_by_side(&lines, |(command, verbosity)| {
        enter(
            wsb(*command)
                .env("AWS_REGION", "us-east-1")
                .env("WSB_TEST_INTERVAL", "40ms"),
        )
        .args(*verbosity)
        .env("AWS_MAX_ATTEMPTS", "1")
        .run()
    });
    for ((command, _), run) in lines.iter().zip(&runs) {
        if command[0] == "get-session" {
            run.code(code);
        }
        check(run);
    }
}

#[track_caller]
fn check(run: &Finished) {
    for secret in SECRETS {
        for output in [&run.stdout, &run.stderr] {
            assert!(!output.contains(secret), "{secret} in {run:#?}");
        }
    }
    // Nor is there a dump of a reply.
    assert!(!run.stderr.contains("SdkBody"), "{run:#?}");
    for personal in [USER, ADDRESS] {
        assert!(!run.stderr.contains(personal), "{personal} in {run:#?}");
    }
}

/// The arguments of every process that there is, as far as they hold a secret.
fn arguments_with_secrets() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .map(|arguments| String::from_utf8_lossy(&arguments).into_owned())
        .filter(|arguments| SECRETS.iter().any(|secret| arguments.contains(secret)))
        .collect()
}

/// A service that looks at all processes' arguments while it is being asked.
fn watching(answer: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Server {
    Server::start(move |request, number| {
        if number % 8 == 0 {
            assert_eq!(arguments_with_secrets(), [""; 0]);
        }
        answer(request)
    })
}

/// The service's answer to any of the commands.
fn answer(request: &Request) -> Act {
    let session = json!({
        "sessionId": SESSION, "status": "Terminated", "username": USER,
        "clientIpAddresses": [ADDRESS], "startTime": 1_735_689_600,
    });
    let path = request.target.split('?').next().unwrap();
    let document = match path.rsplit('/').next().unwrap() {
        SESSION => json!({ "session": session }),
        "sessions" => json!({ "sessions": [session] }),
        _ => {
            json!({"portals": [{"portalArn": format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}")}]})
        }
    };
    Act::json(200, &document.to_string())
}

/// All of a request that could be quoted, but for the user's name.
fn quote(request: &Request) -> String {
    let headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!("you said {} {}", headers.join(" "), request.body)
}

/// An error that quotes the request, as AWS does where a signature does not match.
fn quoting(status: u16, name: &'static str) -> impl Fn(&Request) -> Act {
    move |request| Act::error(status, name, &quote(request))
}

fn quoting_xml(request: &Request) -> Act {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>\
         <Message>{}</Message></Error><RequestId>sts-1</RequestId></ErrorResponse>",
        quote(request).replace('&', "&amp;")
    );
    Act::reply(403, &[("content-type", "text/xml")], &body)
}

fn with_keys(run: Wsb) -> Wsb {
    run.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_SESSION_TOKEN", SESSION_TOKEN)
}

fn against(run: Wsb, url: &str) -> Wsb {
    with_keys(run).env("AWS_ENDPOINT_URL_WORKSPACES_WEB", url)
}

/// A file in a folder of its own.
fn file(text: &str) -> PathBuf {
    let path = folder().join("file");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn where_all_goes_well() {
    let server = watching(answer);
    shows_nothing(0, |run| against(run, &server.url()));
    let requests = server.requests();
    let tokens = requests.iter().map(|r| r.header("x-amz-security-token"));
    assert!(tokens.into_iter().all(|token| token == Some(SESSION_TOKEN)));
    assert!(requests.iter().any(|r| r.target.contains(USER)));
}

#[test]
fn where_the_service_refuses_and_quotes_the_request() {
    for (status, name, code) in [
        (403, "InvalidSignatureException", 8),
        (403, "AccessDeniedException", 3),
        (400, "ValidationException", 5),
        (429, "ThrottlingException", 6),
        (500, "InternalServerException", 7),
    ] {
        let server = watching(quoting(status, name));
        shows_nothing(code, |run| against(run, &server.url()));
    }
    let server = watching(quoting(403, "InvalidSignatureException"));
    let run = against(
        wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"]),
        &server.url(),
    );
    run.run()
        .says(&["you said", "x-amz-security-token:(left out)"]);
}

#[test]
fn where_the_reply_is_not_the_services() {
    let answers: [fn(&Request) -> Act; 4] = [
        |request| Act::json(200, &quote(request)),
        |request| Act::reply(404, &[("content-type", "text/html")], &quote(request)),
        |_| {
            let target = format!("https://x:{USER_INFO}@elsewhere.invalid/?t={SESSION_TOKEN}");
            Act::reply(302, &[("location", &target)], "")
        },
        |_| {
            let session = json!({"sessionId": SESSION, "username": [USER], "clientIpAddresses": ADDRESS, "status": "Active"});
            let document =
                json!({"session": session, "sessions": [session], "portals": {USER: ADDRESS}});
            Act::json(200, &document.to_string())
        },
    ];
    for answer in answers {
        let server = watching(answer);
        shows_nothing(10, |run| against(run, &server.url()));
    }
}

#[test]
fn where_there_is_no_connection() {
    shows_nothing(9, |run| against(run, "http://127.0.0.1:9"));
    let (server, other) = (
        Server::start_tls(|request, _| answer(request)),
        Server::start_tls(|request, _| answer(request)),
    );
    shows_nothing(9, |run| {
        against(run, &server.url()).env("AWS_CA_BUNDLE", other.ca_bundle.as_deref().unwrap())
    });
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn where_a_proxy_wants_a_password_or_takes_it() {
    let user_info = format!("someone:{PROXY_PASSWORD}@");
    for url in ["https://nowhere.invalid", "http://nowhere.invalid"] {
        let proxy = Proxy::start(Manner::Refuse(407));
        shows_nothing(9, |run| {
            against(run, url)
                .env("HTTPS_PROXY", proxy.url(&user_info))
                .env("HTTP_PROXY", proxy.url(&user_info))
        });
        // Once more without it, to learn what the proxy requires.
        let is_right = |head: &String| {
            head.contains(PROXY_CREDENTIALS) || head.starts_with("CONNECT nowhere.invalid:443 ")
        };
        assert!(proxy.heads().iter().all(is_right));
    }
    let server = watching(answer);
    let proxy = Proxy::start(Manner::PassOnTo(server.address()));
    shows_nothing(0, |run| {
        against(run, "http://nowhere.invalid").env("HTTP_PROXY", proxy.url(&user_info))
    });
    // One that cannot be made sense of, and one that is not there.
    for proxy in ["socks5://someone:", "http://someone:"] {
        let proxy = format!("{proxy}{PROXY_PASSWORD}@127.0.0.1:9");
        shows_nothing(9, |run| {
            against(run, "http://nowhere.invalid").env("HTTP_PROXY", &proxy)
        });
    }
}

#[test]
fn where_the_configuration_cannot_be_used() {
    for url in [
        format!("https://someone:{USER_INFO}@127.0.0.1:9"),
        format!("https://127.0.0.1:9/?key={USER_INFO}"),
        format!("someone:{USER_INFO}@127.0.0.1:9"),
    ] {
        shows_nothing(2, |run| against(run, &url));
        shows_nothing(2, |run| {
            let profile = format!("[profile audit]\nendpoint_url = {url}\n");
            with_keys(run)
                .config_file(&profile)
                .env("AWS_PROFILE", "audit")
        });
    }
    for text in [
        format!("[default]\naws_secret_access_key {BAD_LINE}\n"),
        format!("[default {BAD_LINE}\n"),
        format!("{BAD_LINE}\n"),
        format!("[default]\n= {BAD_LINE}\n"),
        format!("[default]\ns3 =\n  {BAD_LINE}\n"),
    ] {
        shows_nothing(2, |run| run.config_file(&text));
    }
}

/// A situation in which credentials are to be had from a provider.
#[track_caller]
fn provided(code: i32, enter: impl Fn(Wsb) -> Wsb + Sync) {
    let server = watching(answer);
    shows_nothing(code, |run| {
        enter(run).env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
    });
    assert_eq!(server.requests().is_empty(), code != 0);
}

fn process_document() -> Value {
    json!({
        "Version": 1, "AccessKeyId": "ASIAPROVIDED",
        "SecretAccessKey": SECRET_KEY, "SessionToken": SESSION_TOKEN,
    })
}

#[cfg(unix)]
#[test]
fn where_a_process_gives_the_credentials_or_fails_to() {
    let profile = |command: &str| format!("[default]\ncredential_process = {command}\n");
    // What it prints is in a file: in its own arguments the profile's author would have put it.
    let printing = |text: &str| profile(&format!("cat '{}'", file(text).display()));
    let document = process_document();
    provided(0, |run| run.config_file(&printing(&document.to_string())));
    let secret = file(PROCESS_OUTPUT);
    let failing = format!(
        "/bin/sh -c \"cat '{0}'; cat '{0}' >&2; exit 3\"",
        secret.display()
    );
    provided(8, |run| run.config_file(&profile(&failing)));
    let mut odd = document.clone();
    odd["Expiration"] = PROCESS_OUTPUT.into();
    odd["SecretAccessKey"] = PROCESS_OUTPUT.into();
    let whole = odd.to_string();
    for text in [
        PROCESS_OUTPUT.to_owned(),
        format!("\"{PROCESS_OUTPUT}\""),
        format!("{{\"{PROCESS_OUTPUT}\"}}"),
        format!("{{\"SecretAccessKey\": \"\\{PROCESS_OUTPUT}\"}}"),
        format!("{{\"SecretAccessKey\": [\"{PROCESS_OUTPUT}\"]}}"),
        whole[..whole.len() - 2].to_owned(),
        whole,
    ] {
        provided(8, |run| run.config_file(&printing(&text)));
    }
}

#[test]
fn where_a_role_is_refused_by_a_service_that_quotes_the_request() {
    let sts = watching(quoting_xml);
    let profiles = format!(
        "[profile base]\naws_access_key_id = AKIASOURCE\naws_secret_access_key = {SOURCE_KEY}\n\
         aws_session_token = {SOURCE_TOKEN}\n[profile audit]\nsource_profile = base\n{ASSUME_ROLE}"
    );
    provided(8, |run| {
        run.config_file(&profiles)
            .env("AWS_PROFILE", "audit")
            .env("AWS_ENDPOINT_URL_STS", sts.url())
    });
    assert_eq!(
        sts.requests()[0].header("x-amz-security-token"),
        Some(SOURCE_TOKEN)
    );
    let sts = watching(quoting_xml);
    let token = file(WEB_IDENTITY);
    provided(8, |run| {
        run.env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Auditor")
            .env("AWS_ENDPOINT_URL_STS", sts.url())
    });
    assert!(sts.requests()[0].body.contains(WEB_IDENTITY));
}

#[test]
fn where_the_endpoint_of_a_provider_is_not_a_url() {
    let sso = json!({
        "startUrl": "https://corp.awsapps.com/start", "region": "us-east-1",
        "accessToken": SSO_ACCESS_TOKEN, "expiresAt": "2099-01-01T00:00:00Z",
    });
    let token = file(WEB_IDENTITY);
    for url in [
        "corp.internal:8443",
        &format!("https://{USER_INFO}@h.example"),
    ] {
        provided(2, |run| {
            run.env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
                .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Auditor")
                .env("AWS_ENDPOINT_URL_STS", url)
        });
        provided(2, |run| {
            run.file_at_home(&folder(), SSO_TOKEN, &sso.to_string())
                .config_file(SSO_CONFIG)
                .env("AWS_PROFILE", "audit")
                .env("AWS_ENDPOINT_URL_SSO", url)
        });
    }
}

/// The AWS CLI's entry for the role of [`ASSUME_ROLE`]: the SHA-1 of its parameters.
const CACHE_ENTRY: &str = ".aws/cli/cache/ff4e374ca4c8d786fbbcf6100d9a203c8042f421.json";

#[test]
fn where_temporary_credentials_are_in_the_cache_whole_or_damaged() {
    let profiles = format!(
        "[profile base]\naws_access_key_id = AKIASOURCE\naws_secret_access_key = {SOURCE_KEY}\n\
         [profile audit]\nsource_profile = base\n{ASSUME_ROLE}"
    );
    let entry = |end: &str| {
        json!({"Credentials": {
            "AccessKeyId": "ASIAPROVIDED", "SecretAccessKey": SECRET_KEY,
            "SessionToken": SESSION_TOKEN, "Expiration": end,
        }})
        .to_string()
    };
    let whole = entry("2099-01-01T00:00:00UTC");
    let broken = &whole[..whole.len() - 5];
    for (code, text) in [
        (0, &*whole),
        (9, &entry("2020-01-01T00:00:00UTC")),
        (9, &entry(SESSION_TOKEN)),
        (9, broken),
    ] {
        provided(code, |run| {
            run.file_at_home(&folder(), CACHE_ENTRY, text)
                .config_file(&profiles)
                .env("AWS_PROFILE", "audit")
                .env("AWS_MAX_ATTEMPTS", "1")
                .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
        });
    }
}

#[test]
fn where_a_sign_in_has_expired_or_is_refused() {
    let refresh = json!({
        "clientId": "client", "clientSecret": SSO_CLIENT_SECRET,
        "refreshToken": SSO_REFRESH_TOKEN, "registrationExpiresAt": "2099-01-01T00:00:00Z",
    });
    let token = |expires_at: &str, more: &Value| {
        let mut token = json!({
            "startUrl": "https://corp.awsapps.com/start", "region": "us-east-1",
            "accessToken": SSO_ACCESS_TOKEN, "expiresAt": expires_at,
        });
        token
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        token.to_string()
    };
    let past = "2020-01-01T00:00:00Z";
    let good = token("2099-01-01T00:00:00Z", &json!({}));
    let service = watching(quoting(401, "UnauthorizedException"));
    for text in [
        good.clone(),
        token(past, &json!({})),
        token(past, &refresh),
        token(SSO_REFRESH_TOKEN, &refresh),
        good[..good.len() - 2].to_owned(),
    ] {
        provided(8, |run| {
            run.file_at_home(&folder(), SSO_TOKEN, &text)
                .config_file(SSO_CONFIG)
                .env("AWS_PROFILE", "audit")
                .env("AWS_ENDPOINT_URL_SSO", service.url())
                .env("AWS_ENDPOINT_URL_SSO_OIDC", service.url())
        });
    }
    let requests = service.requests();
    assert!(
        requests
            .iter()
            .any(|r| r.header("x-amz-sso_bearer_token") == Some(SSO_ACCESS_TOKEN))
    );
    assert!(requests.iter().any(|r| r.body.contains(SSO_REFRESH_TOKEN)));
    let login = json!({
        "accessToken": {
            "accessKeyId": "ASIAPROVIDED", "secretAccessKey": SECRET_KEY,
            "sessionToken": SESSION_TOKEN, "accountId": "123456789012", "expiresAt": past,
        },
        "tokenType": "aws_sigv4", "refreshToken": LOGIN_REFRESH_TOKEN,
        "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": "none",
    });
    provided(8, |run| {
        run.file_at_home(&folder(), LOGIN_TOKEN, &login.to_string())
            .config_file(LOGIN_CONFIG)
            .env("AWS_PROFILE", "console")
            .env("AWS_ENDPOINT_URL_SIGNIN", service.url())
    });
}

#[test]
fn where_a_container_or_an_instance_gives_the_credentials_or_fails_to() {
    let document = json!({
        "Code": "Success", "AccessKeyId": "ASIAPROVIDED", "SecretAccessKey": SECRET_KEY,
        "Token": SESSION_TOKEN, "Expiration": "2099-01-01T00:00:00Z",
    })
    .to_string();
    let broken = document[..document.len() - 2].to_owned();
    let container = watching(move |_| Act::json(200, &document));
    provided(0, |run| in_container(run, &container.url()));
    // The provider takes its time to ask thrice for what it cannot read, so it does once for all.
    let container = watching(move |_| Act::json(200, &broken));
    let run = in_container(
        wsb(["get-session", PORTAL, SESSION, "-vv"]),
        &container.url(),
    );
    let run = run.env("AWS_REGION", "us-east-1").run();
    run.code(8).says(&["not credentials"]);
    check(&run);
    let container = watching(|request| {
        Act::json(
            400,
            &json!({"code": "Refused", "message": quote(request)}).to_string(),
        )
    });
    provided(8, |run| in_container(run, &container.url()));
    let requests = container.requests();
    assert!(requests.iter().all(|r| r.target.contains(CONTAINER_PATH)));
    // Addresses that credentials must not be fetched from, and what is no URI.
    for (name, uri) in [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://192.0.2.1/{CONTAINER_PATH}"),
        ),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://x:{USER_INFO}@192.0.2.1/"),
        ),
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            format!("/{CONTAINER_PATH} /"),
        ),
    ] {
        provided(8, |run| run.env(name, &uri));
    }
    let metadata = watching(|request| match &*request.method {
        "PUT" => Act::reply(
            200,
            &[("x-aws-ec2-metadata-token-ttl-seconds", "21600")],
            METADATA_TOKEN,
        ),
        _ => Act::reply(403, &[], &quote(request)),
    });
    provided(8, |run| {
        run.without("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
    });
    assert!(
        metadata
            .requests()
            .iter()
            .any(|r| r.header("x-aws-ec2-metadata-token") == Some(METADATA_TOKEN))
    );
}

fn in_container(run: Wsb, url: &str) -> Wsb {
    run.env(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        format!("{url}/{CONTAINER_PATH}"),
    )
    .env(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        format!("Bearer {CONTAINER_TOKEN}"),
    )
}

#[test]
fn where_nothing_is_asked_of_the_account() {
    for command in [
        &["--help"][..],
        &["get-session", PORTAL, "malformed"],
        &["get-session", "--no-such-option"],
        &["completions", "bash"],
        &["local", "--data", "/nowhere"],
        &["local", "--", "/nowhere"],
        // What the command is given is the emulator's, nothing of the account.
        &["local", "--", "/usr/bin/env"],
        &[
            "local",
            "--",
            "wsb",
            "get-session",
            sample::PORTAL,
            sample::ENDED,
        ],
        &["local", "--", "wsb", "get-session", PORTAL, SESSION, "-vv"],
    ] {
        for verbosity in VERBOSITIES {
            let options = command[1..].iter().take_while(|word| **word != "--");
            let (before, behind) = command.split_at(1 + options.count());
            let run = wsb(before)
                .args(verbosity)
                .args(behind)
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN);
            check(&with_keys(run).run());
        }
    }
}

/// A private key of the kind that `aws login` makes.
pub const EC_KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBMB/RwQERsVoqWRQG4zK8CnaAa5dfrpbm+9tFdBh3z4oAoGCCqGSM49\nAwEHoUQDQgAEWb1VLi1EA2hJaTz4yYuxSELvY+1GAfL+8rUTCAdiFid87Bf6GY+s\n2+1RpqDv0RpZiDIMCrZrsAh+RK9S3QCaGA==\n-----END EC PRIVATE KEY-----\n";

/// A configuration whose provider or service cannot be reached.
fn unreachable(situation: &str, arguments: &[&str]) -> Finished {
    let role = format!(
        "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = s\n\
         [profile s]\naws_access_key_id = a\naws_secret_access_key = {SECRET_KEY}\n"
    );
    let nowhere = "http://127.0.0.1:9";
    let call = wsb(["get-session", PORTAL, SESSION, "--max-attempts", "1"]).args(arguments);
    let call = call.env("AWS_REGION", "us-east-1");
    let call = match situation {
        "service" => call.against(nowhere),
        "proxy" => call
            .env(
                "HTTP_PROXY",
                format!("http://someone:{PROXY_PASSWORD}@127.0.0.1:9"),
            )
            .against("http://nowhere.invalid"),
        "container" => call
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN)
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{nowhere}/{CONTAINER_PATH}"),
            ),
        "role" => call
            .config_file(&role)
            .env(
                "AWS_ENDPOINT_URL_STS",
                format!("{nowhere}/{CONTAINER_PATH}"),
            )
            .args(["--profile", "r"]),
        other => panic!("{other}"),
    };
    call.run()
}

#[test]
fn v_prints_the_causes_of_a_reply_that_was_cut_short() {
    let login = json!({
        "accessToken": {
            "accessKeyId": "a", "secretAccessKey": SECRET_KEY, "sessionToken": SESSION_TOKEN,
            "expiresAt": "2020-01-01T00:00:00Z",
        },
        "refreshToken": LOGIN_REFRESH_TOKEN,
        "clientId": "c",
        "dpopKey": EC_KEY,
    });
    let role = format!(
        "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = s\n\
         [profile s]\naws_access_key_id = a\naws_secret_access_key = {SECRET_KEY}\n"
    );
    let sso = json!({
        "startUrl": "https://corp.awsapps.com/start", "region": "us-east-1",
        "accessToken": SSO_ACCESS_TOKEN, "expiresAt": "2099-01-01T00:00:00Z",
    });
    for situation in ["service", "container", "instance", "role", "sso", "login"] {
        let cut = reply(200, &[], 100, "{");
        let server = Server::always(Act::SendAndClose(cut));
        let url = server.url();
        let call = wsb(["get-session", PORTAL, SESSION, "-v", "--max-attempts", "1"])
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_REGION", "us-east-1");
        let call = match situation {
            "service" => call.against(&url),
            "container" => call.env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{url}/{CONTAINER_PATH}"),
            ),
            "instance" => call
                .without("AWS_EC2_METADATA_DISABLED")
                .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
            "role" => call
                .config_file(&role)
                .env("AWS_ENDPOINT_URL_STS", format!("{url}/{CONTAINER_PATH}"))
                .args(["--profile", "r"]),
            "sso" => call
                .file_at_home(&folder(), SSO_TOKEN, &sso.to_string())
                .config_file(SSO_CONFIG)
                .env("AWS_ENDPOINT_URL_SSO", &url)
                .args(["--profile", "audit"]),
            _ => call
                .file_at_home(&folder(), LOGIN_TOKEN, &login.to_string())
                .config_file(LOGIN_CONFIG)
                .env("AWS_ENDPOINT_URL_SIGNIN", &url)
                .args(["--profile", "console"]),
        };
        let run = call.run();
        run.says(&["cut short", "caused by: request or response body error"]);
        for secret in SECRETS {
            assert!(!run.stderr.contains(secret), "{run:?}");
        }
    }
}

#[test]
fn v_prints_each_cause_of_an_unreachable_host_once_and_without_secrets() {
    for situation in ["service", "proxy", "container", "role"] {
        let quiet = unreachable(situation, &[]);
        assert!(!quiet.code(9).stderr.contains("caused by"), "{quiet:?}");
        let run = unreachable(situation, &["-v"]);
        run.code(9).says(&["caused by: client error (Connect)"]);
        let causes: Vec<&str> = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("caused by: "))
            .collect();
        let unique: std::collections::BTreeSet<_> = causes.iter().collect();
        assert_eq!(unique.len(), causes.len(), "{run:?}");
        for secret in SECRETS {
            assert!(!run.stderr.contains(secret), "{run:?}");
        }
        let json = unreachable(situation, &["-v", "--errors", "json"]);
        json.code(9)
            .says(&[r#"{"level":"cause","message":"client error (Connect)"}"#]);
    }
}
