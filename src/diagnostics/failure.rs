//! A failure: created once, where its cause is known, and the only thing that is reported, counted and
//! mapped to an exit code.

use std::borrow::Cow;
use std::error::Error;
use std::iter::successors;

use serde::Serialize;

use super::exit_code::Code;
use crate::output::untrusted::escape;
use crate::service::ids::{PortalId, SessionId};
use crate::service::transport_error::Source;

/// A failure with everything that is reported about it. Boxed, to keep results small.
#[derive(Debug, Clone, Serialize)]
pub struct Failure(Box<Details>);

/// The members of a JSON error, in their order. Those without a value are left out.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "level", rename = "error", rename_all = "camelCase")]
struct Details {
    #[serde(rename = "code")]
    name: Cow<'static, str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(flatten)]
    subject: Subject,
    #[serde(rename = "exitCode")]
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Whether every other call fails for the same reason.
    #[serde(skip)]
    is_shared: bool,
    /// Whether the service may not exist in the region.
    #[serde(skip)]
    is_of_unavailable_region: bool,
    #[serde(skip)]
    source: Option<Source>,
}

/// The portal, the session and the region that a failure concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The portal.
    #[serde(rename = "portalId", skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalId>,
    /// The session.
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The region that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Failure {
    /// Creates a failure that has its exit code's name.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            name: code.name().into(),
            message: message.into(),
            hint: None,
            subject: Subject::default(),
            request_id: None,
            http_status: None,
            is_shared: false,
            is_of_unavailable_region: false,
            source: None,
        }))
    }

    /// A mistake in the command line, the environment or the input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// A setting of the command line, the environment or the shared config files that cannot be used.
    pub fn configuration(message: impl Into<String>) -> Self {
        let message = message.into();
        match open_files_hint(&message) {
            Some(hint) => Self::new(Code::Other, message).with_hint(hint),
            None => Self::usage(message).with_name("Configuration"),
        }
    }

    /// The output could not be written.
    pub fn not_written(error: std::io::Error) -> Self {
        Self::new(Code::Other, format!("could not write the results: {error}")).with_source(error)
    }

    /// Sets the name in JSON errors: the service's, or a more exact one than that of the code.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.name = name.into();
        self
    }

    /// Sets the next step for the user.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the next step for the user, if there is one.
    #[must_use]
    pub fn with_optional_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// Sets the next step for the user unless one is set.
    #[must_use]
    pub fn with_default_hint(mut self, hint: &str) -> Self {
        self.0.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    /// Sets the portal, the session and the region that the failure concerns.
    #[must_use]
    pub fn with_subject(mut self, subject: Subject) -> Self {
        self.0.subject = subject;
        self
    }

    /// Sets the session that the failure concerns.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.0.subject.session = Some(session);
        self
    }

    /// Sets the request ID and the status of the reply.
    #[must_use]
    pub fn with_reply(mut self, request_id: Option<&str>, http_status: Option<u16>) -> Self {
        self.0.request_id = request_id.map(str::to_owned);
        self.0.http_status = http_status;
        self
    }

    /// Sets the error that caused the failure, whose own causes `-v` prints.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Source::from(source.into()));
        self
    }

    /// Marks a failure that every other call would have too, so that it is reported once.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.0.is_shared = true;
        self
    }

    /// Marks a failure in a region where the service may not exist.
    #[must_use]
    pub fn in_unavailable_region(mut self) -> Self {
        self.0.is_of_unavailable_region = true;
        self
    }

    /// Replaces the message.
    #[must_use]
    pub fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    /// Appends to the message.
    #[must_use]
    pub fn append(mut self, text: &str) -> Self {
        self.0.message.push_str(text);
        self
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The next step for the user.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether the service may not exist in the region.
    pub fn is_in_unavailable_region(&self) -> bool {
        self.0.is_of_unavailable_region
    }

    /// Whether every other call fails for the same reason.
    pub fn is_shared(&self) -> bool {
        self.0.is_shared
    }

    /// The chain of causes, the outermost first, each once and without those that the message contains.
    pub fn causes(&self) -> Vec<String> {
        let source = self.0.source.as_ref().map(|source| source as &dyn Error);
        let mut causes: Vec<String> = Vec::new();
        for cause in successors(source, |&error| error.source()).map(ToString::to_string) {
            let is_known = |text: &String| text.contains(&cause);
            if !is_known(&self.0.message) && !causes.iter().any(is_known) {
                causes.push(cause);
            }
        }
        causes
    }

    /// The message with its details in one line, escaped.
    ///
    /// JSON errors contain all details. A person should read at
    /// most two lines of a terminal:
    ///
    /// - a detail that is in the message is not repeated;
    /// - the HTTP status is left out if the service gave the error a name;
    /// - the request ID is for AWS support, so it is left out if the request was at fault;
    /// - the portal of a session is left out unless it may be what does not exist or denies access;
    /// - a failure of all calls has no details of one call.
    pub fn to_line(&self) -> String {
        let details: Vec<String> = self
            .details()
            .into_iter()
            .filter_map(|(label, value)| Some((label, value?)))
            .filter(|(_, value)| !self.0.message.contains(value))
            .map(|(label, value)| format!("{label}{value}"))
            .collect();
        let line = if details.is_empty() || self.0.is_shared {
            Cow::Borrowed(&self.0.message)
        } else {
            Cow::Owned(format!("{} ({})", self.0.message, details.join(", ")))
        };
        escape(&line).into_owned()
    }

    fn details(&self) -> [(&'static str, Option<String>); 6] {
        let Details {
            code,
            name,
            subject,
            request_id,
            http_status,
            ..
        } = &*self.0;
        let is_request_at_fault = matches!(code, Code::NotFound | Code::Rejected);
        // A name that was derived from the code or the status says less than the status.
        let has_service_name = *name != code.name() && !name.starts_with("Http");
        let (name, status) = match http_status {
            None => (None, None),
            Some(_) if has_service_name => (Some(name.to_string()), None),
            Some(status) => (None, Some(status.to_string())),
        };
        let is_about_portal = matches!(code, Code::NotFound | Code::AccessDenied);
        let portal = subject
            .portal
            .filter(|_| subject.session.is_none() || is_about_portal);
        [
            ("", name),
            ("HTTP ", status),
            ("session ", subject.session.map(|id| id.to_string())),
            ("portal ", portal.map(|id| id.to_string())),
            ("", subject.region.clone()),
            (
                "request ID ",
                request_id.clone().filter(|_| !is_request_at_fault),
            ),
        ]
    }
}

/// An error without an exit code of its own.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let message = format!("{error:#}");
        let hint = open_files_hint(&message).map(str::to_owned);
        let mut failure = Self::new(Code::Other, message);
        failure.0.hint = hint;
        failure.with_source(error)
    }
}

/// The hint for a message with the system's error `ENFILE` or `EMFILE`, which have these numbers on every
/// Unix. Whatever was to be opened is not at fault.
pub(super) fn open_files_hint(message: &str) -> Option<&'static str> {
    let has = |number: &str| message.contains(&format!("(os error {number})"));
    (cfg!(unix) && (has("23") || has("24"))).then_some("allow more open files (ulimit -n)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "11111111-1111-4111-8111-111111111111";
    const SESSION: &str = "aaaaaaaa-0001-4000-8000-000000000001";

    fn failure(code: Code, message: &str) -> Failure {
        Failure::new(code, message)
            .with_name("SomeException")
            .with_subject(Subject {
                portal: PORTAL.parse().ok(),
                session: SESSION.parse().ok(),
                region: Some("eu-central-1".to_owned()),
            })
            .with_reply(Some("14ca296e-1363-46d5-8f53-76aab99e159c"), Some(400))
    }

    #[test]
    fn a_line_contains_each_fact_once_and_fits_two_lines_of_a_terminal() {
        let message = format!("the session {SESSION} was not found");
        let absent = failure(Code::NotFound, &message).to_line();
        assert_eq!(
            absent,
            format!("{message} (SomeException, portal {PORTAL}, eu-central-1)")
        );
        let failed = failure(Code::ServiceFault, "the service failed").to_line();
        assert_eq!(
            failed,
            format!(
                "the service failed (SomeException, session {SESSION}, eu-central-1, request ID 14ca296e-1363-46d5-8f53-76aab99e159c)"
            )
        );
        for line in [absent, failed] {
            assert!("error: ".len() + line.len() <= 2 * 80, "{line}");
        }
    }

    #[test]
    fn a_json_error_contains_all_details() {
        let message = format!("the session {SESSION} was not found");
        let json = serde_json::to_value(failure(Code::NotFound, &message)).unwrap();
        assert_eq!(json["sessionId"], SESSION);
        assert_eq!(json["portalId"], PORTAL);
        assert_eq!(json["httpStatus"], 400);
        assert_eq!(json["requestId"], "14ca296e-1363-46d5-8f53-76aab99e159c");
    }

    #[test]
    fn the_causes_are_those_that_the_message_does_not_contain() {
        let error = anyhow::anyhow!("refused")
            .context("no connection")
            .context("no region");
        let failure = Failure::new(Code::Other, "no region: refused").with_source(
            std::io::Error::other(anyhow::anyhow!("refused").context("no connection")),
        );
        assert_eq!(failure.causes(), ["no connection"]);
        let failure = Failure::from(error);
        assert_eq!(failure.message(), "no region: no connection: refused");
        assert_eq!(failure.causes(), [""; 0]);
    }
}
