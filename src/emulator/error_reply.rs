//! Error replies of the service.

use std::borrow::Cow;

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::behavior::CustomError;

/// An error reply.
#[derive(Debug)]
pub(super) struct ErrorReply {
    pub(super) status: StatusCode,
    /// For the `x-amzn-errortype` header.
    pub(super) code: Cow<'static, str>,
    message: Cow<'static, str>,
    /// The members of this error in the service's model, except its message.
    members: Vec<(&'static str, Value)>,
    /// Seconds, for the `Retry-After` header.
    pub(super) retry_after: Option<u64>,
}

impl ErrorReply {
    pub(super) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Vec::new(),
            retry_after: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    pub(super) fn not_found(resource_type: &'static str, resource_id: &str) -> Self {
        let message = format!("The {resource_type} {resource_id} was not found.");
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
            .with("resourceId", resource_id)
            .with("resourceType", resource_type)
    }

    pub(super) fn throttled(retry_after: Option<u64>) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "ThrottlingException",
            "Rate exceeded",
        )
        .with("serviceCode", "workspaces-web");
        error.retry_after = retry_after;
        error
    }

    /// `problems` are pairs of a member and the constraint that it breaks.
    pub(super) fn invalid(problems: &[(&'static str, &'static str)]) -> Self {
        let count = problems.len();
        let errors = if count == 1 { "error" } else { "errors" };
        let sentences: Vec<String> = problems
            .iter()
            .map(|(name, text)| format!("Value at '{name}' failed to satisfy constraint: {text}"))
            .collect();
        let fields: Vec<Value> = problems
            .iter()
            .map(|(name, text)| json!({"name": name, "message": text}))
            .collect();
        Self::new(
            StatusCode::BAD_REQUEST,
            "ValidationException",
            format!(
                "{count} validation {errors} detected: {}",
                sentences.join("; ")
            ),
        )
        .with("reason", "fieldValidationFailed")
        .with("fieldList", fields)
    }

    pub(super) fn unknown_operation() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "The requested operation is not one of this service.",
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowedException",
            "The emulator answers GET requests.",
        )
    }

    /// The answer to a body that is over the limit or late.
    pub(super) fn unreadable_body() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            "The request's body is too large or incomplete.",
        )
    }

    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = Map::with_capacity(1 + self.members.len());
        body.insert("message".to_owned(), self.message.as_ref().into());
        for (name, value) in &self.members {
            body.insert((*name).to_owned(), value.clone());
        }
        Value::Object(body).to_string().into_bytes()
    }
}

impl From<CustomError> for ErrorReply {
    fn from(given: CustomError) -> Self {
        // The data file's statuses were checked when it was read.
        let status =
            StatusCode::from_u16(given.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = given
            .message
            .unwrap_or_else(|| "The data file says so.".to_owned());
        let mut error = Self::new(status, given.code, message);
        error.retry_after = given.retry_after;
        error
    }
}
