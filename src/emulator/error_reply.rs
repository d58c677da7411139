//! Error replies of the service.

use std::borrow::Cow;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::service::ids::SessionId;

#[derive(Debug)]
pub(super) struct ErrorReply {
    pub(super) status: StatusCode,
    /// The error's name, for the `x-amzn-errortype` header.
    pub(super) code: Cow<'static, str>,
    /// The error's members in the API's model, as JSON.
    pub(super) body: Value,
    /// The seconds for the `Retry-After` header; `None` omits it.
    pub(super) retry_after: Option<u64>,
}

impl ErrorReply {
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl AsRef<str>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            body: json!({"message": message.as_ref()}),
            retry_after: None,
        }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body[name] = value.into();
        self
    }

    pub(super) fn not_found(resource_type: &str, resource_id: &str) -> Self {
        let message = format!("The {resource_type} {resource_id} was not found.");
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
            .with("resourceId", resource_id)
            .with("resourceType", resource_type)
    }

    pub(super) fn throttled(retry_after: Option<u64>) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = Self::new(status, "ThrottlingException", "Rate exceeded");
        Self {
            retry_after,
            ..error.with("serviceCode", "workspaces-web")
        }
    }
}

/// The constraints of the API's model that a request violates, each with the name of the member.
#[derive(Default)]
pub(super) struct Violations(Vec<(&'static str, String)>);

impl Violations {
    pub(super) fn require(
        &mut self,
        holds: bool,
        member: &'static str,
        constraint: impl Into<String>,
    ) {
        if !holds {
            self.0.push((member, constraint.into()));
        }
    }

    /// Checks that `id` has the form of a portal's or session's ID.
    pub(super) fn require_id(&mut self, member: &'static str, id: &str) {
        let constraint = r"Member must satisfy regular expression pattern: ^[a-zA-Z0-9\-]{36}$";
        self.require(SessionId::exact(id).is_ok(), member, constraint);
    }

    /// Returns an error that lists all violations, if there are any.
    pub(super) fn finish(self) -> Result<(), ErrorReply> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let violations = self.0.iter();
        let (sentences, fields): (Vec<String>, Vec<Value>) = violations
            .map(|(name, text)| {
                let problem = format!("Value at '{name}' failed to satisfy constraint: {text}");
                (problem, json!({"name": name, "message": text}))
            })
            .unzip();
        let errors = if count == 1 { "error" } else { "errors" };
        let sentences = sentences.join("; ");
        let message = format!("{count} validation {errors} detected: {sentences}");
        Err(
            ErrorReply::new(StatusCode::BAD_REQUEST, "ValidationException", message)
                .with("reason", "fieldValidationFailed")
                .with("fieldList", fields),
        )
    }
}
