//! A failure: built once, where its cause is known, and the only thing that is printed, counted and
//! mapped to an exit code.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::exit_code::Code;
use crate::output::untrusted::escape;
use crate::service::ids::{PortalId, SessionId};

/// What went wrong, with everything that people and programs are told about it. Boxed, since most
/// results carry none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Details {
    code: Code,
    name: Cow<'static, str>,
    message: String,
    hint: Option<String>,
    subject: Subject,
    request_id: Option<String>,
    http_status: Option<u16>,
}

/// What a failure is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The portal that was asked about.
    pub portal: Option<PortalId>,
    /// The session that was asked about.
    pub session: Option<SessionId>,
    /// The region that was called.
    pub region: Option<String>,
}

impl Failure {
    /// A failure with this code, under the code's own name.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            name: code.name().into(),
            message: message.into(),
            hint: None,
            subject: Subject::default(),
            request_id: None,
            http_status: None,
        }))
    }

    /// The program was called in a way that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Results could not be written.
    pub fn not_written(error: &std::io::Error) -> Self {
        Self::new(Code::Other, format!("could not write the results: {error}"))
    }

    /// The same under another name: the service's, or a more exact one.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.name = name.into();
        self
    }

    /// The same with what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same with what to do next, unless that is said already.
    #[must_use]
    pub fn or_hint(mut self, hint: &str) -> Self {
        self.0.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    /// The same about a portal, a session, a region.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.0.subject = subject;
        self
    }

    /// The same with the reply that it comes from.
    #[must_use]
    pub fn with_reply(mut self, request_id: Option<&str>, http_status: Option<u16>) -> Self {
        self.0.request_id = request_id.map(str::to_owned);
        self.0.http_status = http_status;
        self
    }

    /// The same with more at the end of the message.
    #[must_use]
    pub fn adding(mut self, text: &str) -> Self {
        self.0.message.push_str(text);
        self
    }

    /// The exit code that the failure stands for.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What failed, in a sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The message, and what it does not say, in one line, escaped. Programs are told everything (see
    /// the [`Serialize`] implementation); a person reads two lines of a terminal at most:
    ///
    /// - what the message names is not repeated, and a status is not where the service has a name for it;
    /// - a request's ID is for AWS support, which cannot help where the request itself was at fault;
    /// - the portal of a session is told where either may be the missing one.
    pub fn line(&self) -> String {
        let Details {
            code,
            name,
            message,
            subject,
            request_id,
            ..
        } = &*self.0;
        let is_of_request = matches!(code, Code::NotFound | Code::Rejected);
        // A name that the status or the exit code gave says less than the status.
        let is_of_service = *name != code.name() && !name.starts_with("Http");
        let (name, status) = match self.0.http_status {
            None => (None, None),
            Some(_) if is_of_service => (Some(name.to_string()), None),
            Some(status) => (None, Some(status.to_string())),
        };
        let portal = subject
            .portal
            .filter(|_| subject.session.is_none() || *code == Code::NotFound);
        let request_id = request_id.clone().filter(|_| !is_of_request);
        let details: Vec<String> = [
            ("", name),
            ("HTTP ", status),
            ("session ", subject.session.map(|id| id.to_string())),
            ("portal ", portal.map(|id| id.to_string())),
            ("", subject.region.clone()),
            ("request ID ", request_id),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .filter(|(_, value)| !message.contains(value))
        .map(|(label, value)| format!("{label}{value}"))
        .collect();
        let line = if details.is_empty() {
            message.clone()
        } else {
            format!("{message} ({})", details.join(", "))
        };
        escape(&line).into_owned()
    }
}

/// An error that nothing is known about but its words: `anyhow` adds context on its way up.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Code::Other, format!("{error:#}"))
    }
}

/// As programs are told it. Members without a value are left out.
impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Failure", 10)?;
        let subject = &self.0.subject;
        object.serialize_field("level", "error")?;
        object.serialize_field("code", &self.0.name)?;
        object.serialize_field("message", &self.0.message)?;
        if let Some(id) = &self.0.request_id {
            object.serialize_field("requestId", id)?;
        }
        if let Some(status) = self.0.http_status {
            object.serialize_field("httpStatus", &status)?;
        }
        if let Some(portal) = &subject.portal {
            object.serialize_field("portalId", portal.as_str())?;
        }
        if let Some(session) = &subject.session {
            object.serialize_field("sessionId", session.as_str())?;
        }
        if let Some(region) = &subject.region {
            object.serialize_field("region", region)?;
        }
        object.serialize_field("exitCode", &(self.0.code as u8))?;
        if let Some(hint) = &self.0.hint {
            object.serialize_field("hint", hint)?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "11111111-1111-4111-8111-111111111111";
    const SESSION: &str = "aaaaaaaa-0001-4000-8000-000000000001";

    fn failure(code: Code, message: &str) -> Failure {
        Failure::new(code, message)
            .named("SomeException")
            .about(Subject {
                portal: PORTAL.parse().ok(),
                session: SESSION.parse().ok(),
                region: Some("eu-central-1".to_owned()),
            })
            .with_reply(Some("14ca296e-1363-46d5-8f53-76aab99e159c"), Some(400))
    }

    #[test]
    fn a_line_says_each_fact_once_and_fits_two_lines_of_a_terminal() {
        let message = format!("the session {SESSION} was not found");
        let absent = failure(Code::NotFound, &message).line();
        assert_eq!(
            absent,
            format!("{message} (SomeException, portal {PORTAL}, eu-central-1)")
        );
        let failed = failure(Code::ServiceFault, "the service failed").line();
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
    fn programs_are_told_everything() {
        let message = format!("the session {SESSION} was not found");
        let told = serde_json::to_value(failure(Code::NotFound, &message)).unwrap();
        assert_eq!(told["sessionId"], SESSION);
        assert_eq!(told["portalId"], PORTAL);
        assert_eq!(told["httpStatus"], 400);
        assert_eq!(told["requestId"], "14ca296e-1363-46d5-8f53-76aab99e159c");
    }
}
