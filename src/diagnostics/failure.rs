//! A failure: an error with exit code, message, hint and subject. It is created where the cause of the error is
//! known, and reported and counted later.

use std::borrow::Cow;
use std::error::Error;
use std::iter::successors;

use serde::Serialize;

use super::exit_code::Code;
use crate::output::untrusted::escape;
use crate::service::ids::{PortalId, SessionId};
use crate::service::transport_error::Source;

/// A failure. Its content is boxed, to keep `Result` small.
#[derive(Debug, Clone, Serialize)]
pub struct Failure(Box<Details>);

/// The content of a failure. A JSON error has the members in this order, without those that have no value.
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
    /// Whether other calls or documents fail for the same reason, such as missing credentials. The failure is then
    /// reported once.
    #[serde(skip)]
    is_shared: bool,
    /// Whether the reason may be that the service does not exist in the region.
    #[serde(skip)]
    is_of_unavailable_region: bool,
    #[serde(skip)]
    source: Option<Source>,
}

/// The portal, the session and the region to which a failure applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    #[serde(rename = "portalId", skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalId>,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The region of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Failure {
    /// Creates a failure with the exit code's name.
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

    /// Creates a failure for a mistake in the command line, the environment or the input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Creates a failure for an unusable setting of the command line, the environment or the shared config files.
    pub fn configuration(message: impl Into<String>) -> Self {
        let message = message.into();
        match open_files_hint(&message) {
            Some(hint) => Self::new(Code::Other, message).with_hint(hint),
            None => Self::usage(message).with_name("Configuration"),
        }
    }

    pub fn not_written(error: std::io::Error) -> Self {
        Self::new(Code::Other, format!("could not write the results: {error}")).with_source(error)
    }

    /// Sets the name in JSON errors: the service's error code, or a more exact name than the exit code has.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.name = name.into();
        self
    }

    /// Sets the hint: the next step for the user.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn with_optional_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// Sets the hint, unless the failure has one.
    #[must_use]
    pub fn with_default_hint(mut self, hint: &str) -> Self {
        self.0.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    #[must_use]
    pub fn with_subject(mut self, subject: Subject) -> Self {
        self.0.subject = subject;
        self
    }

    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.0.subject.session = Some(session);
        self
    }

    #[must_use]
    pub fn with_reply(mut self, request_id: Option<&str>, http_status: Option<u16>) -> Self {
        self.0.request_id = request_id.map(str::to_owned);
        self.0.http_status = http_status;
        self
    }

    /// Sets the error that caused the failure. `-v` prints it and its own causes.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Source::from(source.into()));
        self
    }

    /// Marks the failure as one that other calls or documents have, too, so that it is reported once.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.0.is_shared = true;
        self
    }

    /// Marks the failure as one whose reason may be that the service does not exist in the region.
    #[must_use]
    pub fn in_unavailable_region(mut self) -> Self {
        self.0.is_of_unavailable_region = true;
        self
    }

    #[must_use]
    pub fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    #[must_use]
    pub fn append(mut self, text: &str) -> Self {
        self.0.message.push_str(text);
        self
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether the reason may be that the service does not exist in the region.
    pub fn is_in_unavailable_region(&self) -> bool {
        self.0.is_of_unavailable_region
    }

    pub fn is_shared(&self) -> bool {
        self.0.is_shared
    }

    /// The chain of causes, the outermost first. Omits a cause that the message or an earlier cause contains.
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

    /// The message and the details in parentheses, in one line, escaped.
    ///
    /// JSON errors contain all details. To keep this line short, it omits
    ///
    /// - a detail that the message contains;
    /// - the HTTP status, if the service gave the error a name;
    /// - the request ID, which is for AWS support, if the request was at fault;
    /// - the portal of a session, unless the portal may not exist or may deny access;
    /// - all details, if every call has the failure.
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
        // The HTTP status says more than a name that was derived from the exit code or from the status.
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

/// The failure for an error that has no exit code of its own.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let message = format!("{error:#}");
        let hint = open_files_hint(&message).map(str::to_owned);
        Self::new(Code::Other, message)
            .with_optional_hint(hint)
            .with_source(error)
    }
}

/// The hint for a message with the system's error ENFILE (23) or EMFILE (24). These numbers are the same on every
/// Unix. A message about opening a file or a connection does not mention the limit, so it needs the hint.
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
