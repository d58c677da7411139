//! What is said besides the results, on standard error.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use anstyle::{AnsiColor, Style};
use clap::error::{ContextKind, ContextValue};
use serde::Serialize;

use crate::account::ConfigError;
use crate::cli::{Color, Diagnostics, ErrorFormat};
use crate::diagnostics::exit_code::{self as exit, Code};
use crate::diagnostics::usage::UsageError;
use crate::output::PrintError;
use crate::output::json;
use crate::output::untrusted::escape;
use crate::service::client::{Attempt, Observer};
use crate::service::error::{CallError, ServiceError, ServiceErrorKind, Unreachable};
use crate::service::retry::Decision;

/// Whether colour is wanted for a stream that is a terminal or not.
///
/// `NO_COLOR` (no-color.org) counts if it is set and not empty; a flag outranks it.
fn wants_color(choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
        }
    }
}

/// Prints what the command line's parser has to say: help and version as results, the rest as
/// errors, in JSON if the arguments ask for it as far as they could be read.
pub fn command_line(error: clap::Error) -> Code {
    if !error.use_stderr() {
        let printed = error.print().and_then(|()| std::io::stdout().flush());
        return printed.map_or_else(|error| not_printed(error.into()), |()| Code::Ok);
    }
    let error = escaped(error);
    if wants_json() {
        json_line(&usage(&error));
    } else {
        let _ = error.print();
    }
    Code::Usage
}

/// The parser's error: what is wrong, with the values that are possible, and its tips. What the
/// parser writes for people has these in paragraphs, the usage behind them.
fn usage(error: &clap::Error) -> Report {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let hint = paragraphs.find_map(|paragraph| Some(paragraph.strip_prefix("tip: ")?.to_owned()));
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    Report::new(Code::Usage, "Usage", message, hint)
}

/// The error with the arguments that it repeats made safe to show: a script may pass on what it was
/// given.
pub fn escaped(mut error: clap::Error) -> clap::Error {
    let mut is_changed = false;
    let mut shown = |text: &String| {
        let escaped = escape(text).into_owned();
        is_changed |= escaped != *text;
        escaped
    };
    let context: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
            ContextValue::Strings(texts) => {
                let texts = texts.iter().map(&mut shown).collect();
                Some((kind, ContextValue::Strings(texts)))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in context {
        error.insert(kind, value);
    }
    if is_changed {
        // A tip repeats the argument between colours, where it can no longer be told from them.
        error.remove(ContextKind::Suggested);
    }
    error
}

/// Reports that help or version could not be printed.
fn not_printed(error: PrintError) -> Code {
    let code = Code::from(&error);
    if code != Code::Ok {
        early(&Report::new(code, "Other", error.to_string(), None));
    }
    code
}

/// Reports an error while the options are not known.
pub(crate) fn early(report: &Report) {
    if wants_json() {
        return json_line(report);
    }
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "error: {}", report.line());
    if let Some(hint) = &report.hint {
        let _ = writeln!(stderr, "hint: {hint}");
    }
}

/// Whether the arguments ask for errors in JSON, as far as they can be read without parsing them.
fn wants_json() -> bool {
    let arguments: Vec<_> = std::env::args_os().collect();
    arguments.iter().any(|argument| argument == "--errors=json")
        || arguments
            .windows(2)
            .any(|pair| pair[0] == "--errors" && pair[1] == "json")
}

fn json_line(said: &impl Serialize) {
    if let Ok(line) = json::one_line(said) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Said where the items of a list that were printed are not all there are.
pub const NOT_WHOLE: &str = "; the list is not whole";

/// What is said on standard error.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    Error,
    Warning,
    Note,
    /// An attempt of a call.
    Attempt,
    /// A signed request.
    Request,
}

impl Level {
    /// What stands before it, and in which colour.
    fn label(self) -> (&'static str, AnsiColor) {
        match self {
            Self::Error => ("error: ", AnsiColor::Red),
            Self::Warning => ("warning: ", AnsiColor::Yellow),
            Self::Note => ("note: ", AnsiColor::Cyan),
            Self::Attempt => ("", AnsiColor::Blue),
            Self::Request => ("> ", AnsiColor::Blue),
        }
    }
}

/// What is no error, as programs are told it.
#[derive(Serialize)]
struct Message<'a> {
    level: Level,
    message: &'a str,
}

/// An error as people and programs are told it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    level: Level,
    /// The service's name for it, or this program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What failed, in a sentence.
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// The portal that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_id: Option<String>,
    /// The session that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    exit_code: u8,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Report {
    /// A report of something that went wrong in this program or in what it was given.
    pub fn new(code: Code, name: &str, message: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            code: Some(name.to_owned()),
            message: message.into(),
            exit_code: code as u8,
            hint,
            ..Self::default()
        }
    }

    /// The same about a portal, a session, a region.
    #[must_use]
    pub fn about(mut self, subject: &Subject<'_>) -> Self {
        self.portal_id = subject.portal.map(str::to_owned);
        self.session_id = subject.session.map(str::to_owned);
        self.region = Some(subject.region.to_owned());
        self
    }

    /// The same with a call that failed before and what is said of it.
    #[must_use]
    pub fn after(mut self, error: &CallError, what: &str) -> Self {
        self.message.push_str(what);
        self.request_id = error.request_id().map(str::to_owned);
        self.http_status = error.status();
        self
    }

    /// A report of a call that failed.
    pub fn of_call(error: &CallError, subject: &Subject<'_>) -> Self {
        Self {
            level: Level::Error,
            code: Some(match error {
                CallError::Service(error) => error
                    .code
                    .clone()
                    .unwrap_or_else(|| format!("Http{}", error.status)),
                CallError::NoCredentials { .. } => "NoCredentials".to_owned(),
                CallError::Unreachable(..) => "Unreachable".to_owned(),
                CallError::NotTheService { .. } => "NotTheService".to_owned(),
                CallError::Request(_) => "Request".to_owned(),
            }),
            message: sentence(error, subject),
            exit_code: Code::from(error) as u8,
            hint: hint(error, subject),
            ..Self::default()
        }
        .about(subject)
        .after(error, "")
    }

    /// The message and the particulars in one line, escaped.
    pub fn line(&self) -> String {
        let particulars: Vec<String> = [
            ("", self.code.clone().filter(|_| self.http_status.is_some())),
            ("HTTP ", self.http_status.map(|status| status.to_string())),
            ("session ", self.session_id.clone()),
            ("portal ", self.portal_id.clone()),
            ("region ", self.region.clone()),
            ("request ID ", self.request_id.clone()),
        ]
        .into_iter()
        .filter_map(|(label, value)| value.map(|value| format!("{label}{value}")))
        .collect();
        let line = if particulars.is_empty() {
            self.message.clone()
        } else {
            format!("{} ({})", self.message, particulars.join(", "))
        };
        escape(&line).into_owned()
    }
}

/// What a call was about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The portal's ID.
    pub portal: Option<&'a str>,
    /// The session's ID.
    pub session: Option<&'a str>,
    /// The region that was called.
    pub region: &'a str,
    /// The host that was called.
    pub host: &'a str,
    /// The IAM action that the call needs.
    pub action: &'a str,
}

/// What failed, in a sentence.
pub fn sentence(error: &CallError, subject: &Subject<'_>) -> String {
    match error {
        CallError::Service(error) => service_sentence(error),
        CallError::NoCredentials { reason, .. } => {
            format!("no AWS credentials could be had: {reason}")
        }
        CallError::Unreachable(Unreachable::CommandTimedOut, reason) => {
            format!("no answer from {}: {reason}", subject.host)
        }
        CallError::Unreachable(Unreachable::Tls, reason) => {
            format!("no trusted connection to {}: {reason}", subject.host)
        }
        CallError::Unreachable(_, reason) => {
            format!("could not reach {}: {reason}", subject.host)
        }
        CallError::NotTheService { reason, .. } => {
            format!(
                "{} did not answer as the service: the reply {reason}",
                subject.host
            )
        }
        CallError::Request(reason) => format!("the request could not be made: {reason}"),
    }
}

fn service_sentence(error: &ServiceError) -> String {
    let mut sentence = match error.kind {
        ServiceErrorKind::AccessDenied => "access denied",
        ServiceErrorKind::NotFound => "no such portal or session",
        ServiceErrorKind::Rejected => "the service rejected the request",
        ServiceErrorKind::Throttled => "throttled by the service",
        ServiceErrorKind::Fault => "the service failed",
        ServiceErrorKind::Credentials => "the credentials were rejected",
    }
    .to_owned();
    if let Some(message) = &error.message {
        sentence.push_str(": ");
        sentence.push_str(message.trim_end_matches('.'));
    }
    if let Some(reason) = &error.reason {
        sentence.push_str("; reason ");
        sentence.push_str(reason);
    }
    for (name, message) in &error.fields {
        sentence.push_str(&format!("; field {name}: {message}"));
    }
    if let Some(wait) = error.retry_after {
        sentence.push_str(&format!("; it asks to wait {} s", wait.as_secs()));
    }
    sentence
}

const TRUST_HINT: &str = "if a proxy or a private endpoint has its own certificate authority, name its file with --ca-bundle or AWS_CA_BUNDLE";

/// What to do next.
fn hint(error: &CallError, subject: &Subject<'_>) -> Option<String> {
    let hint = match error {
        CallError::Service(error) => match error.kind {
            ServiceErrorKind::AccessDenied if error.code.as_deref() == Some("OptInRequired") => format!(
                "the account is not signed up for the service in {}: sign up for it in the console, or check the region",
                subject.region
            ),
            ServiceErrorKind::AccessDenied => format!(
                "the caller needs the IAM permission {} on the portal; `aws sts get-caller-identity` shows who calls",
                subject.action
            ),
            ServiceErrorKind::NotFound => format!(
                "check both IDs and the region: a portal is known in its own region only, and this call went to {}",
                subject.region
            ),
            ServiceErrorKind::Rejected => return None,
            ServiceErrorKind::Throttled if error.retry_after.is_some_and(|wait| !wait.is_zero()) => {
                "try again when that time has passed, or allow for it with --timeout".to_owned()
            }
            ServiceErrorKind::Throttled => {
                "try again later, with a lower --concurrency or a higher --max-attempts".to_owned()
            }
            ServiceErrorKind::Fault => {
                "try again later; AWS support can trace the request ID".to_owned()
            }
            ServiceErrorKind::Credentials => credentials_hint(error),
        },
        CallError::NoCredentials { reason, profile } => {
            return no_credentials_hint(reason, profile.as_deref());
        }
        CallError::Unreachable(cause, _) => match cause {
            Unreachable::Dns => format!(
                "check the network and that the service exists in region {}",
                subject.region
            ),
            Unreachable::ThroughProxy => {
                "check the proxy settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY); NO_PROXY names the hosts to reach without a proxy".to_owned()
            }
            Unreachable::Connection => {
                "check the network, the proxy settings and the endpoint".to_owned()
            }
            Unreachable::OpenFiles => {
                "allow more open files (ulimit -n), or lower --concurrency".to_owned()
            }
            Unreachable::Tls => TRUST_HINT.to_owned(),
            Unreachable::AttemptTimedOut => {
                "check the network, or allow more time with --connect-timeout and --read-timeout"
                    .to_owned()
            }
            Unreachable::CommandTimedOut => "allow more time with --timeout".to_owned(),
            Unreachable::Proxy => {
                "give them in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT".to_owned()
            }
        },
        CallError::NotTheService { .. } => {
            "check the endpoint and the proxy settings; -v shows each attempt".to_owned()
        }
        CallError::Request(_) => return None,
    };
    Some(hint)
}

fn credentials_hint(error: &ServiceError) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    if code.starts_with("ExpiredToken") {
        "the session token has expired: get new credentials, with `aws sso login` if they come from IAM Identity Center".to_owned()
    } else if error.may_be_clock_skew() {
        "check the secret access key, and this machine's clock".to_owned()
    } else {
        "check the access key ID and the session token; `aws sts get-caller-identity` tries them"
            .to_owned()
    }
}

fn no_credentials_hint(reason: &str, profile: Option<&str>) -> Option<String> {
    let of_profile = profile.map_or_else(String::new, |profile| format!(" --profile {profile}"));
    let lower = reason.to_lowercase();
    let has = |words: &str| lower.contains(words);
    if has("invalid peer certificate") {
        return Some(TRUST_HINT.to_owned());
    }
    // The words and the folders are aws-config's, UnauthorizedException is Identity Center's.
    if has("login token") || has("login/cache") || has(r"login\cache") {
        Some(format!("sign in again with `aws login{of_profile}`"))
    } else if has("external process") {
        Some("run the credential_process by hand: what it prints may hold secrets and is not shown here".to_owned())
    } else if has("uri for ecs provider") {
        Some("check AWS_CONTAINER_CREDENTIALS_FULL_URI: plain http is allowed to loopback and to the addresses of ECS and EKS only".to_owned())
    } else if has("sso") || has("unauthorizedexception") || has("token") && has("expired") {
        Some(format!("sign in again with `aws sso login{of_profile}`"))
    // The instance's metadata service is the last one asked: nothing else was set up.
    } else if has("none are set up") || has("imds") {
        Some(format!(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile or AWS_PROFILE, or sign in with `aws configure sso` and `aws sso login{of_profile}`"
        ))
    } else {
        None
    }
}

/// Says what there is to say on standard error, as the options ask.
#[derive(Debug)]
pub struct Reporter {
    quiet: bool,
    verbosity: u8,
    format: ErrorFormat,
    color: Color,
    /// Hints already given: with many sessions each is said once.
    hints: Mutex<HashSet<String>>,
}

impl Reporter {
    /// A reporter as the options ask for.
    pub fn new(options: &Diagnostics) -> Self {
        Self {
            quiet: options.quiet,
            verbosity: options.verbose,
            format: options.errors,
            color: options.color,
            hints: Mutex::default(),
        }
    }

    /// Whether colour is wanted for a stream that is a terminal or not.
    pub fn wants_color(&self, is_terminal: bool) -> bool {
        wants_color(self.color, is_terminal)
    }

    /// Reports a call that failed and tells the exit code that it stands for.
    pub fn call_failed(&self, error: &CallError, subject: &Subject<'_>) -> Code {
        self.error(&Report::of_call(error, subject));
        error.into()
    }

    /// Reports a call that failed in the middle of a list, of which a part has been printed.
    pub fn list_broke_off(&self, error: &CallError, subject: &Subject<'_>) -> Code {
        let mut report = Report::of_call(error, subject);
        report.message.push_str(NOT_WHOLE);
        report.hint.get_or_insert_with(|| {
            "run the command again: a list cannot be continued where it broke off".to_owned()
        });
        self.error(&report);
        error.into()
    }

    /// Reports the error that ends the program and tells the exit code that it stands for.
    pub fn fatal(&self, error: &anyhow::Error) -> Code {
        let code = exit::code_of(error);
        if code == Code::Ok {
            return code;
        }
        let (name, hint) = match error.downcast_ref::<UsageError>() {
            Some(usage) => ("Usage", usage.hint.clone()),
            None => match error.downcast_ref::<ConfigError>() {
                Some(config) => ("Configuration", config.hint()),
                None => ("Other", None),
            },
        };
        self.error(&Report::new(code, name, format!("{error:#}"), hint));
        code
    }

    /// Reports an error.
    pub fn error(&self, report: &Report) {
        match self.format {
            ErrorFormat::Json => json_line(report),
            ErrorFormat::Text => {
                self.line(Level::Error.label(), &report.line());
                if let Some(hint) = report.hint.as_ref().filter(|_| !self.quiet)
                    && self
                        .hints
                        .lock()
                        .is_ok_and(|mut given| given.insert(hint.clone()))
                {
                    self.line(("hint: ", AnsiColor::Cyan), &escape(hint));
                }
            }
        }
    }

    /// Says something that is no error but that a person should know.
    pub fn warning(&self, message: &str) {
        if !self.quiet {
            self.say(Level::Warning, message);
        }
    }

    /// Says something that a person may want to know.
    pub fn note(&self, message: &str) {
        if !self.quiet {
            self.say(Level::Note, message);
        }
    }

    /// Says what is no error: whoever reads errors as JSON gets a line of JSON for everything.
    fn say(&self, level: Level, message: &str) {
        match self.format {
            ErrorFormat::Json => json_line(&Message { level, message }),
            ErrorFormat::Text => self.line(level.label(), &escape(message)),
        }
    }

    /// Writes a line. If standard error is closed there is nobody to tell.
    fn line(&self, (label, color): (&str, AnsiColor), text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = if !label.is_empty() && self.wants_color(stderr.is_terminal()) {
            let style = Style::new().bold().fg_color(Some(color.into()));
            writeln!(stderr, "{style}{label}{style:#}{text}")
        } else {
            writeln!(stderr, "{label}{text}")
        };
    }
}

impl Observer for Reporter {
    fn wants_requests(&self) -> bool {
        self.verbosity >= 2
    }

    fn request(&self, canonical: &str) {
        for line in canonical.lines() {
            self.say(Level::Request, line);
        }
    }

    fn attempt(&self, attempt: &Attempt<'_>) {
        if self.verbosity == 0 {
            return;
        }
        let outcome = match (attempt.status, attempt.error) {
            (Some(status), Some(CallError::NotTheService { reason, .. })) => {
                format!("HTTP {status}, the reply {reason}")
            }
            (Some(status), _) => format!("HTTP {status}"),
            (None, Some(CallError::Unreachable(_, reason))) => reason.clone(),
            (None, Some(CallError::NotTheService { reason, .. })) => format!("the reply {reason}"),
            (None, _) => "no reply".to_owned(),
        };
        let request_id = attempt.request_id.unwrap_or("none");
        let next = match attempt.decision {
            Decision::Wait(wait) => format!(", next in {} ms", wait.as_millis()),
            Decision::GiveUp => String::new(),
        };
        self.say(
            Level::Attempt,
            &format!(
                "GET {}: {outcome}, request ID {request_id}, {} ms, attempt {} of {}{next}",
                attempt.host,
                attempt.elapsed.as_millis(),
                attempt.number,
                attempt.of,
            ),
        );
    }

    fn clock_corrected(&self, seconds: i64) {
        self.warning(&format!(
            "this machine's clock is {} s {} the service's; signatures are corrected for it, but the clock should be set",
            seconds.unsigned_abs(),
            if seconds > 0 { "behind" } else { "ahead of" },
        ));
    }
}
