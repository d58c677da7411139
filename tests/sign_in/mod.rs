//! A world to sign in from: a home folder, an environment, and one loopback service that plays
//! WorkSpaces Secure Browser, STS, IAM Identity Center, and the metadata services of containers and
//! instances. An access key ID says where it comes from: `Auditor.BY.AKIABASE` is the role Auditor,
//! assumed with the keys `AKIABASE`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::json;

use crate::support::program::heed_signals;
use crate::support::server::Request;
use crate::support::{Act, PORTAL, SESSION, Server, folder, session_reply};

pub mod cases;
pub mod terminal;

/// The end of all credentials that the service gives, unless a case says another.
const END: &str = "2099-01-01T00:00:00Z";

/// What a case expects.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The call is signed with this access key ID.
    Identity(&'static str),
    /// The call is not made; standard error says these.
    ProviderError(&'static [&'static str]),
}

/// Files, an environment and arguments, and who the call is made as.
pub struct Case {
    pub name: &'static str,
    files: Vec<(String, Vec<u8>)>,
    environment: Vec<(&'static str, String)>,
    faults: Vec<(&'static str, Vec<Act>)>,
    pub profile: Option<&'static str>,
    pub outcome: Outcome,
    /// Why the AWS CLI does something else, where it does.
    pub unlike_aws: Option<&'static str>,
}

impl Case {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            files: Vec::new(),
            environment: Vec::new(),
            faults: Vec::new(),
            profile: None,
            outcome: Outcome::ProviderError(&[]),
            unlike_aws: None,
        }
    }

    /// A file below the home folder.
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    pub fn config(self, text: impl Into<Vec<u8>>) -> Self {
        self.file(".aws/config", text)
    }

    pub fn credentials(self, text: impl Into<Vec<u8>>) -> Self {
        self.file(".aws/credentials", text)
    }

    /// A variable; `HOME`, `URL` and `SOON` in curly brackets are the home folder, the service, and the
    /// time in eight minutes.
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// What the service does with the first requests for a path, in place of its answers.
    pub fn faults(mut self, path: &'static str, acts: impl Into<Vec<Act>>) -> Self {
        self.faults.push((path, acts.into()));
        self
    }

    pub fn profile(mut self, name: &'static str) -> Self {
        self.profile = Some(name);
        self
    }

    pub fn is(mut self, key_id: &'static str) -> Self {
        self.outcome = Outcome::Identity(key_id);
        self
    }

    pub fn refused(mut self, says: &'static [&'static str]) -> Self {
        self.outcome = Outcome::ProviderError(says);
        self
    }

    pub fn unlike_aws(mut self, why: &'static str) -> Self {
        self.unlike_aws = Some(why);
        self
    }
}

/// A home folder and the service.
pub struct World {
    pub home: PathBuf,
    pub server: Server,
}

impl World {
    pub fn new() -> Self {
        Self {
            home: folder(),
            server: Server::start(|request, _| answer(request, END)),
        }
    }

    /// The world of a case.
    pub fn of(case: &Case) -> Self {
        let faults = Mutex::new(case.faults.clone());
        let world = Self {
            home: folder(),
            server: Server::start(move |request, _| {
                let path = request.target.split('?').next().unwrap_or_default();
                let mut faults = faults.lock().unwrap();
                let fault = faults
                    .iter_mut()
                    .find(|(faulty, acts)| *faulty == path && !acts.is_empty());
                match fault {
                    Some((_, acts)) => acts.remove(0),
                    None => answer(request, END),
                }
            }),
        };
        for (path, content) in &case.files {
            world.write(path, content);
        }
        world
    }

    /// Writes a file below the home folder, the words in curly brackets replaced.
    pub fn write(&self, path: &str, content: &[u8]) {
        let path = self.home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match std::str::from_utf8(content) {
            Ok(text) => std::fs::write(&path, self.filled(text)).unwrap(),
            Err(_) => std::fs::write(&path, content).unwrap(),
        }
        if content.starts_with(b"#!") {
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, executable).unwrap();
        }
    }

    fn filled(&self, text: &str) -> String {
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(8);
        text.replace("{HOME}", self.home.to_str().unwrap())
            .replace("{URL}", &self.server.url())
            .replace("{SOON}", &soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// The program in this world, with no terminal.
    pub fn command(&self, program: &Path) -> Command {
        heed_signals();
        let mut command = Command::new("setsid");
        command
            .args(["--wait".as_ref(), program.as_os_str()])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("LANG", "C.UTF-8")
            .env("AWS_PAGER", "")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .stdin(Stdio::null());
        for name in ["WORKSPACES_WEB", "STS", "SSO", "SSO_OIDC"] {
            command.env(format!("AWS_ENDPOINT_URL_{name}"), self.server.url());
        }
        command
    }

    /// The program in the case's world; `before` are the arguments in front.
    pub fn run(&self, case: &Case, program: &Path, before: &[&str]) -> Output {
        let mut command = self.command(program);
        for (name, value) in &case.environment {
            match value.as_str() {
                "{UNSET}" => command.env_remove(name),
                value => command.env(name, self.filled(value)),
            };
        }
        command.args(before).args(get_session());
        if let Some(profile) = case.profile {
            command.args(["--profile", profile]);
        }
        command.output().unwrap()
    }

    /// Who the last call of WorkSpaces Secure Browser was made as.
    pub fn identity(&self) -> Option<String> {
        let requests = self.server.requests();
        let call = requests
            .iter()
            .rfind(|request| request.target.starts_with("/portals/"))?;
        signer(call)
    }

    /// How many requests went to others than WorkSpaces Secure Browser.
    pub fn requests_for_credentials(&self) -> usize {
        let requests = self.server.requests();
        let others = requests
            .iter()
            .filter(|request| !request.target.starts_with("/portals/"));
        others.count()
    }
}

/// The call's arguments, for either program.
pub fn get_session() -> [&'static str; 5] {
    [
        "get-session",
        "--portal-id",
        PORTAL,
        "--session-id",
        SESSION,
    ]
}

fn signer(request: &Request) -> Option<String> {
    let authorization = request.header("authorization")?;
    let (_, rest) = authorization.split_once("Credential=")?;
    Some(rest.split('/').next()?.to_owned())
}

/// What the service answers; credentials end at `end`.
pub fn answer(request: &Request, end: &str) -> Act {
    let path = request.target.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        (_, path) if path.starts_with("/portals/") => {
            if request.header("x-amz-security-token") == Some("") {
                return Act::error(403, "UnrecognizedClientException", "empty token");
            }
            let asked = path.rsplit('/').next().unwrap_or_default();
            Act::json(200, &session_reply().replace(SESSION, asked))
        }
        ("POST", "/") => sts(request, end),
        ("POST", "/token") => Act::json(
            200,
            &json!({"accessToken": "RENEWED", "expiresIn": 28800, "tokenType": "Bearer"})
                .to_string(),
        ),
        ("GET", "/federation/credentials") => sso(request, end),
        ("GET", "/creds") if request.header("authorization") == Some("let-me-in") => {
            Act::json(200, &document("CONTAINER", end))
        }
        ("PUT", "/latest/api/token") => Act::reply(
            200,
            &[("x-aws-ec2-metadata-token-ttl-seconds", "21600")],
            "metadata-token",
        ),
        ("GET", "/latest/meta-data/iam/security-credentials/") => Act::reply(200, &[], "role\n"),
        ("GET", "/latest/meta-data/iam/security-credentials/role")
        | ("GET", "/latest/meta-data/iam/security-credentials/role%0A") => {
            Act::json(200, &document("INSTANCE", end))
        }
        _ => Act::reply(404, &[], ""),
    }
}

fn document(key_id: &str, end: &str) -> String {
    json!({
        "Code": "Success",
        "AccessKeyId": key_id,
        "SecretAccessKey": "metadataSecret",
        "Token": "metadataToken",
        "Expiration": end,
    })
    .to_string()
}

/// The parameter of a form.
fn parameter(body: &str, name: &str) -> Option<String> {
    let value = body
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&value).decode_utf8_lossy();
    Some(decoded.into_owned())
}

fn sts(request: &Request, end: &str) -> Act {
    let of = |name| parameter(&request.body, name);
    let action = of("Action").unwrap_or_default();
    if of("TokenCode").as_deref() == Some("000000") {
        return Act::reply(
            403,
            &[("content-type", "text/xml")],
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error>\
             <RequestId>sts-1</RequestId></ErrorResponse>",
        );
    }
    let arn = of("RoleArn").unwrap_or_default();
    let role = arn.rsplit('/').next().unwrap_or_default();
    let source = match of("WebIdentityToken") {
        Some(token) => token.trim().to_owned(),
        None => signer(request).unwrap_or_default(),
    };
    let mut key_id = format!("{role}.BY.{source}");
    for (parameter, word) in [
        ("ExternalId", "EXTERNAL"),
        ("DurationSeconds", "SECONDS"),
        ("TokenCode", "CODE"),
    ] {
        if let Some(value) = of(parameter) {
            // A key ID that is not visible ASCII cannot be signed with.
            let value = value.replace(|it: char| !it.is_ascii_graphic(), "_");
            key_id += &format!(".{word}.{value}");
        }
    }
    if let Some(name) = of("RoleSessionName").filter(|name| !name.contains("-session-")) {
        key_id += &format!(".AS.{name}");
    }
    Act::reply(
        200,
        &[("content-type", "text/xml")],
        &format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
             <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/{role}/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>\
             <Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>stsSecretAccessKey</SecretAccessKey>\
             <SessionToken>stsSessionToken</SessionToken><Expiration>{end}</Expiration></Credentials>\
             </{action}Result><ResponseMetadata><RequestId>sts-2</RequestId></ResponseMetadata></{action}Response>"
        ),
    )
}

fn sso(request: &Request, end: &str) -> Act {
    let query = request.target.split('?').nth(1).unwrap_or_default();
    let of = |name| parameter(query, name).unwrap_or_default();
    let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
    let end: jiff::Timestamp = end.parse().unwrap();
    let document = json!({"roleCredentials": {
        "accessKeyId": format!("{}.OF.{}.BY.{token}", of("role_name"), of("account_id")),
        "secretAccessKey": "ssoSecretAccessKey",
        "sessionToken": "ssoSessionToken",
        "expiration": end.as_millisecond(),
    }});
    Act::json(200, &document.to_string())
}
