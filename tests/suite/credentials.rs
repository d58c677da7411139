//! Where credentials come from: every provider that loopback can serve, and what is said when there
//! are none. A service that checks signatures tells whether the right ones were used.

use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use wsb::emulator::Authorization;

use crate::secrets::EC_KEY;
#[cfg(target_os = "linux")]
use crate::sign_in::cases::renewable_sso_token;
use crate::support::proxy::{Manner, Proxy};
use crate::support::server::Request;
use crate::support::{Act, Finished, PORTAL, SESSION, Server, Wsb, folder, session_reply, wsb};

/// Credentials that a provider gives.
#[derive(Debug, Clone, Copy)]
struct Keys {
    id: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
}

/// Those that most of the providers here give.
const PROVIDED: Keys = Keys {
    id: "ASIAPROVIDED",
    secret: "providedSecretAccessKey",
    token: Some("providedSessionToken"),
};

/// Those that come first in the way to others, or that must not be used.
const OTHER: Keys = Keys {
    id: "AKIAOTHER",
    secret: "otherSecretAccessKey",
    token: None,
};

/// What else is secret and passes through a provider.
const SECRETS: [&str; 6] = [
    "containerAuthorization",
    "webIdentityToken",
    "ssoAccessToken",
    "ssoClientSecret",
    "ssoRefreshToken",
    "metadataToken",
];

/// A service that knows these credentials and no others.
fn service(known: Keys) -> Server {
    Server::start(move |request, _| match check(request, known) {
        Ok(()) => {
            let asked = request.target.rsplit('/').next().unwrap_or_default();
            Act::json(200, &session_reply().replace(SESSION, asked))
        }
        Err(why) => Act::error(403, "TestRefusal", &why),
    })
}

/// Checks the signature, and that the session token is there and signed.
fn check(request: &Request, known: Keys) -> Result<(), String> {
    let header = |name| request.header(name).ok_or_else(|| format!("no {name}"));
    let authorization = Authorization::parse(header("authorization")?).ok_or("malformed")?;
    if authorization.access_key_id != known.id {
        return Err(format!("signed by {}", authorization.access_key_id));
    }
    if request.header("x-amz-security-token") != known.token {
        return Err("another session token".to_owned());
    }
    if known.token.is_some()
        != authorization
            .signed_headers
            .contains(&"x-amz-security-token")
    {
        return Err(format!("signed are {:?}", authorization.signed_headers));
    }
    let date_time = header("x-amz-date")?;
    let received = http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.target);
    let received = request
        .headers
        .iter()
        .fold(received, |received, (name, value)| {
            received.header(name, value)
        });
    let (received, ()) = received.body(()).unwrap().into_parts();
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date_time)
        .and_then(|time| jiff::tz::TimeZone::UTC.to_timestamp(time))
        .map_err(|error| error.to_string())?;
    let time = SystemTime::try_from(time).unwrap();
    let expected = authorization.calculate_signature(&received, time, known.secret);
    if expected.as_deref() == Some(authorization.signature) {
        Ok(())
    } else {
        Err("another signature".to_owned())
    }
}

/// A call that shows all there is to show and has no credentials yet.
fn call() -> Wsb {
    wsb(["get-session", PORTAL, SESSION, "-vv"]).env("AWS_REGION", "us-east-1")
}

/// Runs the call against a service that knows `known`, and checks that it is served and that no
/// secret is shown.
#[track_caller]
fn served(run: Wsb, known: Keys) {
    let run = finished(run, known);
    run.code(0);
    assert!(run.stdout.contains("alice"), "{run:?}");
}

#[track_caller]
fn finished(run: Wsb, known: Keys) -> Finished {
    let server = service(known);
    let run = run
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    shows_no_secret(&run);
    run
}

#[track_caller]
fn shows_no_secret(run: &Finished) {
    let keys = [PROVIDED, OTHER];
    let keys = keys.iter().flat_map(|keys| [Some(keys.secret), keys.token]);
    for secret in keys.flatten().chain(SECRETS) {
        for output in [&run.stdout, &run.stderr] {
            assert!(!output.contains(secret), "{secret} in {run:#?}");
        }
    }
}

/// Checks that there are no credentials (8) and that one line says why.
#[track_caller]
fn refused(run: Wsb, says: &[&str]) -> Finished {
    let run = finished(run, PROVIDED);
    run.code(8).says(says);
    let errors = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let errors: Vec<_> = errors.collect();
    assert_eq!(errors.len(), 1, "{run:#?}");
    for line in run.stderr.lines() {
        let known = ["error: ", "hint: ", "warning: "];
        assert!(
            known.iter().any(|label| line.starts_with(label)),
            "{run:#?}"
        );
    }
    assert_eq!(run.stdout, "");
    run
}

/// Those keys as lines of a profile.
fn profile(keys: Keys) -> String {
    let mut text = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\n",
        keys.id, keys.secret
    );
    if let Some(token) = keys.token {
        text += &format!("aws_session_token = {token}\n");
    }
    text
}

/// As a container's or an instance's credentials endpoint gives them.
fn credentials_document(keys: Keys) -> String {
    serde_json::json!({
        "Code": "Success",
        "Type": "AWS-HMAC",
        "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": keys.id,
        "SecretAccessKey": keys.secret,
        "Token": keys.token,
        "Expiration": "2099-01-01T00:00:00Z",
    })
    .to_string()
}

/// An STS that gives [`PROVIDED`] to whoever asks.
fn sts() -> Server {
    Server::start(|request, _| {
        let action = if request.body.contains("Action=AssumeRoleWithWebIdentity") {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        };
        Act::reply(
            200,
            &[("content-type", "text/xml")],
            &format!(
                "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
                 <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/Auditor/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
                 <SessionToken>{}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
                 </{action}Result></{action}Response>",
                PROVIDED.id,
                PROVIDED.secret,
                PROVIDED.token.unwrap(),
            ),
        )
    })
}

/// An STS that refuses.
fn refusing_sts() -> Server {
    Server::always(Act::reply(
        403,
        &[("content-type", "text/xml")],
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
         <Message>User alice is not authorized to perform: sts:AssumeRole</Message></Error>\
         <RequestId>sts-1</RequestId></ErrorResponse>",
    ))
}

pub const ASSUME_ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Auditor\n";

#[test]
fn keys_of_the_environment_are_used_with_and_without_a_session_token() {
    for token in [None, PROVIDED.token, Some("")] {
        let mut run = call()
            .env("AWS_ACCESS_KEY_ID", PROVIDED.id)
            .env("AWS_SECRET_ACCESS_KEY", PROVIDED.secret);
        if let Some(token) = token {
            run = run.env("AWS_SESSION_TOKEN", token);
        }
        let token = token.filter(|token| !token.is_empty());
        served(run, Keys { token, ..PROVIDED });
    }
}

fn environment(run: Wsb, keys: Keys) -> Wsb {
    run.env("AWS_ACCESS_KEY_ID", keys.id)
        .env("AWS_SECRET_ACCESS_KEY", keys.secret)
}

#[test]
fn the_shared_files_are_read_at_home_and_where_the_environment_says() {
    let provided = format!("[default]\n{}", profile(PROVIDED));
    let home = folder();
    served(
        call().file_at_home(&home, ".aws/credentials", &provided),
        PROVIDED,
    );
    served(
        call().file_at_home(&folder(), ".aws/config", &provided),
        PROVIDED,
    );
    served(
        call().env("AWS_SHARED_CREDENTIALS_FILE", home.join(".aws/credentials")),
        PROVIDED,
    );
}

#[test]
fn a_profile_is_named_by_the_environment_or_the_flag_which_outranks_all_else() {
    let files = |run: Wsb| {
        run.config_file(&format!(
            "[default]\n{}[profile audit]\n{}",
            profile(OTHER),
            profile(PROVIDED)
        ))
    };
    served(files(call()), OTHER);
    served(files(call()).env("AWS_PROFILE", "audit"), PROVIDED);
    served(files(call()).args(["--profile", "audit"]), PROVIDED);
    served(
        files(call())
            .args(["--profile", "audit"])
            .env("AWS_PROFILE", "default"),
        PROVIDED,
    );
    let keys = environment(files(call()), OTHER);
    served(keys.env("AWS_PROFILE", "audit"), OTHER);
    let keys = environment(files(call()), OTHER);
    served(keys.args(["--profile", "audit"]), PROVIDED);
}

/// A `credential_process` that leaves a line in a file each time it is run.
fn process(log: &Path, command: &str) -> String {
    format!(
        "[default]\ncredential_process = /bin/sh -c \"echo run >> '{}'; {}\"\n",
        log.display(),
        command.replace('\\', "\\\\").replace('"', "\\\"")
    )
}

fn runs(log: &Path) -> usize {
    std::fs::read_to_string(log).unwrap().lines().count()
}

#[cfg(unix)]
#[test]
fn a_credential_process_is_run() {
    let log = folder().join("log");
    let document = serde_json::json!({
        "Version": 1,
        "AccessKeyId": PROVIDED.id,
        "SecretAccessKey": PROVIDED.secret,
        "SessionToken": PROVIDED.token,
    });
    served(
        call().config_file(&process(&log, &format!("echo '{document}'"))),
        PROVIDED,
    );
    assert_eq!(runs(&log), 1);
}

#[cfg(windows)]
#[test]
fn a_credential_process_whose_path_has_backslashes_and_blanks_is_run() {
    let folder = folder().join("two words");
    std::fs::create_dir_all(&folder).unwrap();
    let document = folder.join("keys.json");
    let keys = serde_json::json!({
        "Version": 1,
        "AccessKeyId": PROVIDED.id,
        "SecretAccessKey": PROVIDED.secret,
        "SessionToken": PROVIDED.token,
    });
    std::fs::write(&document, keys.to_string()).unwrap();
    let command = format!("cmd.exe /c type \"{}\"", document.display());
    served(
        call().config_file(&format!("[default]\ncredential_process = {command}\n")),
        PROVIDED,
    );
}

#[cfg(unix)]
#[test]
fn a_credential_process_that_fails_is_8_and_is_not_run_again() {
    let log = folder().join("log");
    let failing = process(&log, "echo the vault is sealed >&2; exit 3");
    refused(
        quiet().config_file(&failing),
        &["exit status: 3", "run the command by hand"],
    );
    assert_eq!(runs(&log), 1);
    let run = quiet().config_file(&failing).args(twenty_sessions()).run();
    run.code(8);
    assert_eq!(runs(&log), 2);
    refused(
        quiet().config_file(&process(&log, "echo no document")),
        &["did not print JSON"],
    );
}

#[test]
fn a_role_is_assumed_with_the_source_profiles_keys() {
    for flag in [true, false] {
        let sts = sts();
        let run = call()
            .config_file(&format!(
                "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}external_id = e-1\n",
                profile(OTHER)
            ))
            .env("AWS_ENDPOINT_URL_STS", sts.url());
        let run = if flag {
            environment(run, OTHER).args(["--profile", "audit"])
        } else {
            run.env("AWS_PROFILE", "audit")
        };
        served(run, PROVIDED);
        let requests = sts.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].body.contains("Action=AssumeRole&"));
        assert!(requests[0].body.contains("ExternalId=e-1"));
        let authorization = requests[0].header("authorization").unwrap();
        assert!(
            authorization.contains("Credential=AKIAOTHER/"),
            "{authorization}"
        );
        assert!(authorization.contains("/us-east-1/sts/"), "{authorization}");
    }
}

#[test]
fn the_providers_calls_heed_fips_and_attempts_however_the_profile_is_named() {
    let naming: [fn(Wsb) -> Wsb; 2] = [
        |run| run.args(["--profile", "audit"]),
        |run| run.env("AWS_PROFILE", "audit"),
    ];
    for name in naming {
        let proxy = Proxy::start(Manner::Refuse(502));
        name(quiet())
            .config_file(&format!(
                "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}",
                profile(OTHER)
            ))
            .env("HTTPS_PROXY", proxy.url(""))
            .env("AWS_MAX_ATTEMPTS", "1")
            .args(["--use-fips"])
            .run()
            .code(9)
            .says(&["could not reach sts-fips.us-east-1.amazonaws.com: the connection to the proxy 127.0.0.1:"]);
        let heads = proxy.heads();
        assert_eq!(heads.len(), 1, "{heads:?}");
        assert!(
            heads[0].starts_with("CONNECT sts-fips.us-east-1.amazonaws.com:443 "),
            "{heads:?}"
        );
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let files = format!("[default]\n{}", profile(PROVIDED));
    for name in ["AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE"] {
        served(call().config_file(&files).env(name, ""), PROVIDED);
    }
}

#[test]
fn a_web_identity_is_exchanged_for_credentials() {
    let sts = sts();
    let token = folder().join("token");
    std::fs::write(&token, SECRETS[1]).unwrap();
    served(
        call()
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Auditor")
            .env("AWS_ENDPOINT_URL_STS", sts.url()),
        PROVIDED,
    );
    let body = &sts.requests()[0].body;
    assert!(body.contains("Action=AssumeRoleWithWebIdentity"), "{body}");
    assert!(body.contains(SECRETS[1]), "{body}");
}

#[test]
fn a_role_that_may_not_be_assumed_is_8_in_one_line() {
    let sts = refusing_sts();
    refused(
        wsb(["get-session", PORTAL, SESSION, "--profile", "audit"])
            .env("AWS_REGION", "us-east-1")
            .config_file(&format!(
                "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}",
                profile(OTHER)
            ))
            .env("AWS_ENDPOINT_URL_STS", sts.url()),
        &[
            "could not get AWS credentials: AccessDenied: User alice is not authorized to perform: sts:AssumeRole",
        ],
    );
    assert_eq!(sts.requests().len(), 1);
}

#[test]
fn the_keys_of_a_source_profile_are_not_shown_where_sts_quotes_them() {
    let quoted = format!(
        "bad key {} and {}",
        PROVIDED.secret,
        PROVIDED.token.unwrap()
    );
    let sts = Server::always(Act::reply(
        403,
        &[("content-type", "text/xml")],
        &format!(
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{quoted}</Message></Error></ErrorResponse>"
        ),
    ));
    refused(
        wsb(["get-session", PORTAL, SESSION, "--profile", "audit"])
            .env("AWS_REGION", "us-east-1")
            .config_file(&format!(
                "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}",
                profile(PROVIDED)
            ))
            .env("AWS_ENDPOINT_URL_STS", sts.url()),
        &["AccessDenied: bad key (left out) and (left out)"],
    );
}

/// A container's endpoint that wants its authorization token.
fn container(reply: Act) -> Server {
    Server::start(move |request, _| {
        if request.header("authorization") == Some(SECRETS[0]) {
            reply.clone()
        } else {
            Act::reply(401, &[], "")
        }
    })
}

fn in_container(run: Wsb, container: &Server) -> Wsb {
    run.env(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        format!("{}/creds", container.url()),
    )
    .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", SECRETS[0])
}

fn twenty_sessions() -> impl Iterator<Item = String> {
    (0..20).map(|number| format!("aaaaaaaa-0001-4000-8000-{number:012}"))
}

#[test]
fn a_containers_credentials_are_requested_once_for_many_sessions() {
    let container = container(Act::json(200, &credentials_document(PROVIDED)));
    let server = service(PROVIDED);
    let run = in_container(wsb(["get-session", PORTAL]), &container)
        .args(twenty_sessions())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(0);
    assert_eq!(server.requests().len(), 20);
    assert_eq!(container.requests().len(), 1);
    assert_eq!(container.requests()[0].target, "/creds");
}

#[test]
fn a_credentials_service_on_loopback_is_not_asked_through_a_proxy() {
    let container = container(Act::json(200, &credentials_document(PROVIDED)));
    let proxy = Proxy::start(Manner::Refuse(502));
    finished(
        in_container(call(), &container)
            .env("HTTP_PROXY", proxy.url(""))
            .args(["--max-attempts", "1"]),
        PROVIDED,
    );
    assert_eq!(container.requests().len(), 1);
    // The service's own request is the only one that it sees.
    assert_eq!(proxy.heads().len(), 1);
    assert!(
        proxy
            .heads()
            .iter()
            .all(|head| !head.contains("/creds") && !head.contains(SECRETS[0])),
        "{:?}",
        proxy.heads()
    );
}

#[test]
fn a_containers_token_is_read_from_its_file() {
    let container = container(Act::json(200, &credentials_document(PROVIDED)));
    let file = folder().join("token");
    std::fs::write(&file, SECRETS[0]).unwrap();
    served(
        in_container(call(), &container)
            .without("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file),
        PROVIDED,
    );
}

#[test]
fn a_provider_that_fails_is_requested_once_for_many_sessions() {
    let container = container(Act::reply(400, &[], ""));
    let server = service(PROVIDED);
    let run = in_container(wsb(["get-session", PORTAL]), &container)
        .args(twenty_sessions())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(8);
    shows_no_secret(&run);
    assert_eq!(run.stderr.matches("error: ").count(), 1);
    run.says(&["note: 19 more failures for the same reason"]);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(container.requests().len(), 3, "the attempts of one request");
}

/// An instance's metadata service with this lifetime of tokens, in seconds.
fn metadata_service(lifetime: &'static str) -> Server {
    Server::start(move |request, _| {
        let has_token = request.header("x-aws-ec2-metadata-token") == Some(SECRETS[5]);
        match (&*request.method, &*request.target) {
            ("PUT", "/latest/api/token") => Act::reply(
                200,
                &[("x-aws-ec2-metadata-token-ttl-seconds", lifetime)],
                SECRETS[5],
            ),
            ("GET", _) if !has_token => Act::reply(401, &[], ""),
            ("GET", "/latest/meta-data/iam/security-credentials/") => Act::reply(200, &[], "role"),
            ("GET", "/latest/meta-data/iam/security-credentials/role") => {
                Act::json(200, &credentials_document(PROVIDED))
            }
            _ => Act::reply(404, &[], ""),
        }
    })
}

#[test]
fn a_lifetime_of_an_instances_token_that_is_no_time_is_capped() {
    for lifetime in ["21601", "9223372036854775807", "18446744073709551615"] {
        let metadata = metadata_service(lifetime);
        let run = call()
            .without("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
        served(run, PROVIDED);
    }
}

#[test]
fn an_instances_credentials_are_asked_for_with_a_token() {
    let metadata = metadata_service("21600");
    let on_instance = |run: Wsb| {
        run.without("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url())
    };
    served(on_instance(call()), PROVIDED);
    // A profile without credentials of its own leaves them to the machine, as in the AWS CLI.
    let run = call()
        .config_file("[profile here]\nregion = eu-west-1\n")
        .args(["--profile", "here"]);
    served(on_instance(run), PROVIDED);
    // One that does not exist does not.
    let before = metadata.requests().len();
    refused(
        on_instance(quiet().args(["--profile", "her"])),
        &["\"her\""],
    );
    refused(on_instance(quiet().env("AWS_PROFILE", "her")), &["\"her\""]);
    assert_eq!(metadata.requests().len(), before);
}

/// A call without `-vv`, whose lines would be in the way.
fn quiet() -> Wsb {
    wsb(["get-session", PORTAL, SESSION]).env("AWS_REGION", "us-east-1")
}

#[test]
fn a_profile_that_does_not_exist_is_8_and_those_that_do_are_named() {
    let files = "[default]\n[profile audit]\n[profile build]\n";
    for run in [
        quiet().config_file(files).args(["--profile", "adit"]),
        quiet().config_file(files).env("AWS_PROFILE", "adit"),
        environment(quiet(), PROVIDED)
            .config_file(files)
            .args(["--profile", "adit"]),
        environment(quiet(), PROVIDED)
            .config_file(files)
            .env("AWS_PROFILE", "adit"),
        // Nor does a missing region hide it.
        quiet()
            .without("AWS_REGION")
            .config_file(files)
            .args(["--profile", "adit"]),
    ] {
        refused(
            run,
            &[
                "no profile \"adit\"",
                "hint: existing profiles: audit, build, default",
            ],
        );
    }
    refused(
        quiet().args(["--profile", "adit"]),
        &["no profile \"adit\"", "aws configure --profile"],
    );
}

/// The name of the cached token of the `sso-session` "corp": the SHA-1 of that name.
pub const SSO_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

pub const SSO_CONFIG: &str = "\
[profile audit]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Auditor
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
";

fn sso_token(expires_at: &str) -> String {
    serde_json::json!({
        "startUrl": "https://corp.awsapps.com/start",
        "region": "us-east-1",
        "accessToken": SECRETS[2],
        "expiresAt": expires_at,
    })
    .to_string()
}

#[test]
fn a_cached_sign_in_to_identity_center_is_exchanged_for_credentials() {
    let portal = Server::start(|request, _| {
        assert!(request.target.starts_with("/federation/credentials?"));
        if request.header("x-amz-sso_bearer_token") != Some(SECRETS[2]) {
            return Act::error(401, "UnauthorizedException", "no");
        }
        let document = serde_json::json!({"roleCredentials": {
            "accessKeyId": PROVIDED.id,
            "secretAccessKey": PROVIDED.secret,
            "sessionToken": PROVIDED.token,
            "expiration": 4_070_908_800_000_u64,
        }});
        Act::json(200, &document.to_string())
    });
    served(
        call()
            .file_at_home(&folder(), SSO_TOKEN, &sso_token("2099-01-01T00:00:00Z"))
            .config_file(SSO_CONFIG)
            .env("AWS_ENDPOINT_URL_SSO", portal.url())
            .args(["--profile", "audit"]),
        PROVIDED,
    );
    assert!(portal.requests()[0].target.contains("role_name=Auditor"));
}

#[test]
fn a_sign_in_that_has_expired_or_never_was_is_8_and_the_command_that_mends_it_is_named() {
    for (file, text) in [
        (SSO_TOKEN, sso_token("2020-01-01T00:00:00Z")),
        (".aws/none", String::new()),
    ] {
        for run in [
            quiet().args(["--profile", "audit"]),
            quiet().env("AWS_PROFILE", "audit"),
            quiet()
                .args(["--profile", "audit"])
                .env("AWS_PROFILE", "default"),
        ] {
            refused(
                run.file_at_home(&folder(), file, &text)
                    .config_file(SSO_CONFIG),
                &["hint: sign in again with `aws sso login --profile audit`"],
            );
        }
    }
    let default = SSO_CONFIG.replace("profile audit", "default");
    refused(
        quiet().config_file(&default),
        &["sign in again with `aws sso login`"],
    );
}

#[test]
fn a_sign_in_of_a_source_profile_that_has_expired_names_that_profile() {
    let config = format!("[profile role]\nsource_profile = audit\n{ASSUME_ROLE}{SSO_CONFIG}");
    refused(
        quiet()
            .file_at_home(&folder(), SSO_TOKEN, &sso_token("2020-01-01T00:00:00Z"))
            .config_file(&config)
            .args(["--profile", "role"]),
        &["hint: sign in again with `aws sso login --profile audit`"],
    );
}

#[test]
fn settings_that_contradict_each_other_are_not_a_matter_of_signing_in() {
    let config = format!(
        "{SSO_CONFIG}[profile other]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\nsso_region = eu-west-1\n"
    );
    let run = refused(
        quiet().config_file(&config).args(["--profile", "other"]),
        &["sso_region of profile \"other\"", "contradicts"],
    );
    assert!(!run.stderr.contains("sso login"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_process_gets_no_part_of_the_input() {
    let document = serde_json::json!({
        "Version": 1, "AccessKeyId": PROVIDED.id, "SecretAccessKey": PROVIDED.secret,
        "SessionToken": PROVIDED.token,
    });
    let file = folder().join("document");
    std::fs::write(&file, document.to_string()).unwrap();
    let server = service(PROVIDED);
    let run = wsb(["get-session", PORTAL, "-", "--field", "sessionId"])
        .config_file(&format!(
            "[default]\ncredential_process = /bin/sh -c \"cat >/dev/null; cat '{}'\"\n",
            file.display()
        ))
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .input(twenty_sessions().map(|id| id + "\n").collect::<String>())
        .run();
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 20, "{run:?}");
}

#[test]
#[cfg(unix)]
fn the_commands_time_ends_a_process_and_it_says_what_was_waited_for() {
    let pipe = folder().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let run = quiet()
        .config_file(&format!(
            "[default]\ncredential_process = /bin/sh -c \"exec sleep 1000000 >'{}'\"\n",
            pipe.display()
        ))
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", "http://127.0.0.1:9")
        .args(["--timeout", "3s"])
        .start();
    let mut process = std::fs::File::open(pipe).unwrap();
    run.finish()
        .code(9)
        .says(&[
            "error: the time for the command ran out while waiting for the credential_process of profile \"default\" (",
            "allow more time with --timeout",
        ]);
    // The pipe ends with the process that writes to it.
    assert_eq!(process.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn without_a_home_variable_the_home_of_the_user_database_counts() {
    let home = refused(
        quiet()
            .without("HOME")
            .config_file(SSO_CONFIG)
            .args(["--profile", "audit"]),
        &["/.aws/sso/cache/"],
    );
    let own = std::fs::read_to_string("/etc/passwd").unwrap();
    let folders: Vec<_> = own
        .lines()
        .filter_map(|line| line.split(':').nth(5))
        .collect();
    assert!(
        folders
            .iter()
            .any(|folder| home.stderr.contains(&format!("({folder}/.aws/sso/cache/"))),
        "{home:?}"
    );
}

#[test]
fn a_sign_in_that_identity_center_refuses_is_8() {
    let portal = Server::always(Act::error(
        401,
        "UnauthorizedException",
        "Session token not found or invalid",
    ));
    refused(
        quiet()
            .file_at_home(&folder(), SSO_TOKEN, &sso_token("2099-01-01T00:00:00Z"))
            .config_file(SSO_CONFIG)
            .env("AWS_ENDPOINT_URL_SSO", portal.url())
            .args(["--profile", "audit"]),
        &[
            "Session token not found or invalid",
            "aws sso login --profile audit",
        ],
    );
}

pub const LOGIN_CONFIG: &str =
    "[profile console]\nlogin_session = arn:aws:iam::123456789012:user/Admin\n";

/// The name of that session's cached token: the SHA-256 of the ARN.
pub const LOGIN_TOKEN: &str =
    ".aws/login/cache/10cabd19777b6651ac57333b55c7c10a1242b1c2337f40e674926d7324698347.json";

#[test]
fn a_session_of_aws_login_is_used_while_it_lasts() {
    let token = serde_json::json!({
        "accessToken": {
            "accessKeyId": PROVIDED.id,
            "secretAccessKey": PROVIDED.secret,
            "sessionToken": PROVIDED.token,
            "accountId": "123456789012",
            "expiresAt": "2099-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": SECRETS[4],
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "-----BEGIN EC PRIVATE KEY-----\n",
    });
    served(
        call()
            .file_at_home(&folder(), LOGIN_TOKEN, &token.to_string())
            .config_file(LOGIN_CONFIG)
            .args(["--profile", "console"]),
        PROVIDED,
    );
    refused(
        quiet()
            .config_file(LOGIN_CONFIG)
            .args(["--profile", "console"]),
        &["sign in again with `aws login --profile console`"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_session_whose_renewal_the_provider_fails_is_not_a_matter_of_signing_in() {
    for (reply, says) in [
        (Act::reply(500, &[], ""), "(HTTP 500)"),
        (Act::reply(503, &[], "<html>"), "(HTTP 503)"),
        (Act::error(500, "InternalServerException", "oops"), "oops"),
        (Act::error(429, "SlowDownException", "slow"), "slow"),
        (Act::reply(200, &[], "<html>Wi-Fi</html>"), "(HTTP 200)"),
    ] {
        let server = Server::always(reply);
        let token = renewable_sso_token("2020-01-01T00:00:00Z");
        let run = quiet()
            .file_at_home(&folder(), SSO_TOKEN, &token)
            .config_file(SSO_CONFIG)
            .env("AWS_ENDPOINT_URL_SSO_OIDC", server.url())
            .env("AWS_MAX_ATTEMPTS", "1")
            .args(["--profile", "audit"]);
        let run = refused(run, &["could not get AWS credentials: ", says]);
        assert!(!run.stderr.contains("sign in again"), "{run:#?}");
    }
    let server = Server::always(Act::json(400, "{\"error\": \"invalid_grant\"}"));
    let token = renewable_sso_token("2020-01-01T00:00:00Z");
    refused(
        quiet()
            .file_at_home(&folder(), SSO_TOKEN, &token)
            .config_file(SSO_CONFIG)
            .env("AWS_ENDPOINT_URL_SSO_OIDC", server.url())
            .args(["--profile", "audit"]),
        &["sign in again with `aws sso login --profile audit`"],
    );
    quiet()
        .file_at_home(&folder(), SSO_TOKEN, &token)
        .config_file(SSO_CONFIG)
        .env("AWS_ENDPOINT_URL_SSO_OIDC", "sts.example")
        .args(["--profile", "audit"])
        .run()
        .code(2)
        .says(&[
            "AWS_ENDPOINT_URL_SSO_OIDC is not a URL",
            "hint: write it as",
        ]);
}

#[test]
fn a_renewal_of_aws_login_that_fails_leaves_the_token_file_and_says_whose_fault_it_is() {
    let renewed = |lifetime: i32| {
        let reply = serde_json::json!({
            "accessToken": {
                "accessKeyId": PROVIDED.id,
                "secretAccessKey": PROVIDED.secret,
                "sessionToken": PROVIDED.token,
            },
            "tokenType": "aws_sigv4",
            "expiresIn": lifetime,
            "refreshToken": "another",
        });
        Act::json(200, &reply.to_string())
    };
    let token = serde_json::json!({
        "accessToken": {
            "accessKeyId": PROVIDED.id,
            "secretAccessKey": PROVIDED.secret,
            "sessionToken": PROVIDED.token,
            "expiresAt": "2020-01-01T00:00:00Z",
        },
        "refreshToken": SECRETS[4],
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": EC_KEY,
    });
    let token = token.to_string();
    let renew = |home: &Path, server: &Server| {
        quiet()
            .file_at_home(home, LOGIN_TOKEN, &token)
            .config_file(LOGIN_CONFIG)
            .env("AWS_ENDPOINT_URL_SIGNIN", server.url())
            .env("AWS_MAX_ATTEMPTS", "1")
            .args(["--profile", "console"])
    };
    for (reply, says, is_providers_fault) in [
        (Act::reply(500, &[], ""), "(HTTP 500)", true),
        (renewed(0), "AWS sign-in returned no credentials", false),
        (renewed(-1), "AWS sign-in returned no credentials", false),
    ] {
        let (home, server) = (folder(), Server::always(reply));
        let run = refused(renew(&home, &server), &[says]);
        let signs_in = run.stderr.contains("sign in again with `aws login");
        assert_eq!(signs_in, !is_providers_fault, "{run:#?}");
        let file = std::fs::read_to_string(home.join(LOGIN_TOKEN)).unwrap();
        assert_eq!(file, token);
    }
    let (home, server) = (folder(), Server::always(renewed(900)));
    served(renew(&home, &server), PROVIDED);
}

#[test]
fn a_proxys_status_from_a_container_that_is_called_directly_is_not_a_matter_of_the_proxy() {
    let container = Server::always(Act::reply(407, &[], ""));
    let run = refused(
        in_container(quiet(), &container),
        &["the container's credentials service returned HTTP status 407"],
    );
    assert!(!run.stderr.contains("proxy"), "{run:#?}");
    assert!(!run.stderr.contains("PROXY"), "{run:#?}");
}

#[test]
fn a_malformed_config_file_is_named_with_its_line() {
    let malformed = "[profile\nregion = us-east-1\n";
    for run in [
        quiet().config_file(malformed),
        environment(quiet(), OTHER).config_file(malformed),
        environment(quiet(), OTHER)
            .config_file(malformed)
            .args(["--profile", "audit"]),
        environment(quiet(), OTHER)
            .config_file(malformed)
            .without("AWS_REGION"),
    ] {
        finished(run, OTHER)
            .code(2)
            .says(&["shared AWS config files", "line 1", "config"]);
    }
}

#[test]
fn half_a_pair_of_keys_is_8() {
    for secret in [None, Some("")] {
        let mut call = quiet().env("AWS_ACCESS_KEY_ID", PROVIDED.id);
        if let Some(secret) = secret {
            call = call.env("AWS_SECRET_ACCESS_KEY", secret);
        }
        refused(
            call,
            &["AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not set or is empty"],
        );
    }
}

#[test]
fn a_source_profile_that_does_not_exist_is_8_however_the_profile_is_named() {
    const CONFIG: &str =
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = gone\n";
    for call in [
        quiet().args(["--profile", "role"]),
        quiet().env("AWS_PROFILE", "role"),
    ] {
        refused(
            call.config_file(CONFIG),
            &[
                "source_profile of profile \"role\" (",
                "config, line 3) is \"gone\", but there is no such profile",
                "existing profiles: role",
            ],
        );
    }
}

#[test]
fn providers_that_are_not_configured_are_not_listed() {
    let run = quiet().run();
    run.code(8)
        .says(&["none are configured", "aws configure sso"]);
    for idle in ["Attempted", "EcsContainer", "WebIdentity"] {
        assert!(!run.stderr.contains(idle), "{run:?}");
    }
}

/// What no part of credentials can hold, with what is said of it.
const NO_KEYS: [(&str, &str); 5] = [
    ("QUAY\n", "begins or ends with white space"),
    (" QUAY", "begins or ends with white space"),
    ("QUAY\nQUAY", "contains white space"),
    ("QUAY\u{7f}QUAY", "has a control character in it"),
    ("QUAYé", "not ASCII"),
];

#[cfg(unix)]
#[test]
fn a_key_that_cannot_be_one_is_8_whatever_provides_it_and_is_not_shown() {
    let server = service(PROVIDED);
    for (key, fault) in NO_KEYS {
        for variable in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ] {
            // The token of the environment is trimmed.
            if variable == "AWS_SESSION_TOKEN" && key.trim() != key {
                continue;
            }
            let run = wsb(["get-session", PORTAL, SESSION])
                .against(&server.url())
                .env(variable, key)
                .run();
            run.code(8).says(&[variable, fault]);
            assert!(!run.stderr.contains("QUAY"), "{run:?}");
        }
    }
    let process = r#"credential_process = /bin/echo '{"Version": 1, "AccessKeyId": "QUAY\nQUAY", "SecretAccessKey": "x"}'"#;
    wsb(["get-session", PORTAL, SESSION, "--region", "us-east-1"])
        .config_file(&format!("[default]\n{process}\n"))
        .env("AWS_ENDPOINT_URL", server.url())
        .env("PATH", "/usr/bin:/bin")
        .run()
        .code(8)
        .says(&["the access key ID contains white space"]);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_role_is_not_assumed_with_a_key_that_cannot_be_one() {
    let server = service(PROVIDED);
    const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/reader\n";
    let call = |config: &str| {
        wsb(["get-session", PORTAL, SESSION, "--profile", "role"])
            .against(&server.url())
            .env("AWS_ENDPOINT_URL_STS", server.url())
            .config_file(config)
    };
    let run = call(&format!(
        "[profile role]\n{ROLE}source_profile = base\n[profile base]\naws_access_key_id = KEY\u{7f}\naws_secret_access_key = x\n"
    ))
    .run();
    run.code(8).says(&[
        "aws_access_key_id of profile \"base\" (",
        "config, line 5) has a control character in it",
    ]);
    let run = call(&format!(
        "[profile role]\n{ROLE}credential_source = Environment\n"
    ))
    .env("AWS_ACCESS_KEY_ID", "KEY\n")
    .run();
    run.code(8)
        .says(&["AWS_ACCESS_KEY_ID begins or ends with white space"]);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn after_an_expired_token_the_shared_files_are_read_again() {
    let home = folder();
    let path = home.join("credentials");
    let write = |keys| std::fs::write(&path, format!("[default]\n{}", profile(keys))).unwrap();
    write(OTHER);
    let renewed = path.clone();
    let server = Server::start(move |request, _| {
        if check(request, PROVIDED).is_ok() {
            return Act::json(200, &session_reply());
        }
        let text = format!("[default]\n{}", profile(PROVIDED));
        std::fs::write(&renewed, text).unwrap();
        Act::error(
            403,
            "ExpiredTokenException",
            "The security token is expired",
        )
    });
    let run = call()
        .env("AWS_SHARED_CREDENTIALS_FILE", &path)
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn keys_of_another_provider_than_at_the_start_of_the_command_do_not_sign() {
    let path = folder().join("credentials");
    std::fs::write(&path, format!("[default]\n{}", profile(OTHER))).unwrap();
    let emptied = path.clone();
    let server = Server::start(move |request, _| {
        if check(request, PROVIDED).is_ok() {
            return Act::json(200, &session_reply());
        }
        std::fs::write(&emptied, "[default]\n").unwrap();
        Act::error(403, "ExpiredTokenException", "expired")
    });
    let run = call()
        .config_file(&format!("[default]\n{}", profile(PROVIDED)))
        .env("AWS_SHARED_CREDENTIALS_FILE", &path)
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(8).says(&[
        "the credentials came from the credentials file and now come from the config file: start the command again",
    ]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_role_that_is_replaced_in_the_files_while_the_command_runs_is_not_assumed() {
    let sts = sts();
    let path = folder().join("config");
    let config = format!(
        "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}",
        profile(OTHER)
    );
    std::fs::write(&path, &config).unwrap();
    let (replaced, text) = (path.clone(), config.replace("role/Auditor", "role/Other"));
    let server = Server::start(move |_, _| {
        std::fs::write(&replaced, &text).unwrap();
        Act::error(403, "ExpiredTokenException", "expired")
    });
    let run = call()
        .args(["--profile", "audit"])
        .env("AWS_CONFIG_FILE", &path)
        .env("AWS_ENDPOINT_URL_STS", sts.url())
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(8).says(&[
        "role_arn of profile \"audit\" (",
        "has changed: start the command again to use it",
    ]);
    assert_eq!((sts.requests().len(), server.requests().len()), (1, 1));
}

#[test]
fn an_expired_token_is_reported_once_per_session_and_requested_once_per_batch() {
    let container = container(Act::json(200, &credentials_document(PROVIDED)));
    let server = Server::always(Act::error(403, "ExpiredTokenException", "expired"));
    let run = in_container(wsb(["get-session", PORTAL]), &container)
        .args(twenty_sessions())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", server.url())
        .run();
    run.code(8);
    assert_eq!(server.requests().len(), 20);
    assert!(
        container.requests().len() <= 2,
        "{}",
        container.requests().len()
    );
}

#[test]
fn an_endpoint_for_sts_goes_together_with_fips_for_the_service() {
    let (sts, proxy) = (sts(), Proxy::start(Manner::Refuse(502)));
    quiet()
        .config_file(&format!(
            "[profile base]\n{}[profile audit]\nsource_profile = base\n{ASSUME_ROLE}",
            profile(OTHER)
        ))
        .env("AWS_ENDPOINT_URL_STS", sts.url())
        .env("AWS_USE_FIPS_ENDPOINT", "true")
        .env("HTTPS_PROXY", proxy.url(""))
        .args(["--profile", "audit", "--max-attempts", "1"])
        .run()
        .code(9)
        .says(&["could not reach workspaces-web-fips.us-east-1.amazonaws.com"]);
    assert_eq!(sts.requests().len(), 1);
    assert!(
        proxy.heads()[0].starts_with("CONNECT workspaces-web-fips.us-east-1.amazonaws.com:443 ")
    );
}
