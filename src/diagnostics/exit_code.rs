//! The exit codes with their names and meanings.

use std::fmt::Write as _;

use serde::Serialize;

use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::provider_error::ProviderErrorKind;

/// The exit codes. The numbers are a contract with scripts: they do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub enum Code {
    /// Every requested result was printed.
    Ok = 0,
    /// A failure without a code of its own.
    Other = 1,
    /// A bad option, a malformed ID, no region.
    Usage = 2,
    /// Access denied.
    AccessDenied = 3,
    /// The portal or the session does not exist.
    NotFound = 4,
    /// The service rejected the request.
    Rejected = 5,
    /// Throttled, after all attempts.
    Throttled = 6,
    /// The service failed, after all attempts.
    ServiceFault = 7,
    /// Credentials missing, expired or rejected.
    Credentials = 8,
    /// The service could not be reached.
    Unreachable = 9,
    /// The reply did not come from the service.
    UnexpectedResponse = 10,
    /// `wait-session`: the time ran out.
    WaitTimedOut = 11,
    /// Several things failed, for different reasons.
    Mixed = 12,
    /// `get-usage`: a portal's use is above the limit of `--fail-above`, or cannot be compared with it.
    AboveThreshold = 13,
    /// Interrupted by SIGHUP.
    HungUp = 129,
    /// Interrupted by SIGINT.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// A row of the table of exit codes, as shown to people.
#[derive(Debug)]
pub struct ExitCodeRow {
    /// The code.
    pub code: Code,
    /// The `code` of JSON errors, unless the service names the error.
    pub name: &'static str,
    /// One sentence for the help.
    pub meaning: &'static str,
    /// The service's names for the error.
    pub service_names: &'static str,
}

const fn row(
    code: Code,
    name: &'static str,
    meaning: &'static str,
    service_names: &'static str,
) -> ExitCodeRow {
    ExitCodeRow {
        code,
        name,
        meaning,
        service_names,
    }
}

/// Every code. To add one, add a variant and a row.
#[rustfmt::skip]
pub const TABLE: &[ExitCodeRow] = &[
    row(Code::Ok, "Ok", "everything requested was printed", ""),
    row(Code::Other, "Other", "another failure", ""),
    row(Code::Usage, "Usage", "usage: bad option, malformed ID, no region", ""),
    row(Code::AccessDenied, "AccessDenied", "access denied", "AccessDeniedException, 403"),
    row(Code::NotFound, "NotFound", "the portal or session does not exist", "ResourceNotFoundException, 404"),
    row(Code::Rejected, "Rejected", "the service rejected the request", "ValidationException, other 4xx"),
    row(Code::Throttled, "Throttled", "throttled, after all attempts", "ThrottlingException, 429"),
    row(Code::ServiceFault, "ServiceFault", "the service failed, after all attempts", "InternalServerException, 5xx"),
    row(Code::Credentials, "NoCredentials", "credentials missing, expired or rejected", "ExpiredToken, UnrecognizedClient, ..."),
    row(Code::Unreachable, "Unreachable", "the service could not be reached: DNS, connection, TLS, time-out", ""),
    row(Code::UnexpectedResponse, "NotTheService", "unexpected reply, not from the service: not JSON, too large, a redirect", ""),
    row(Code::WaitTimedOut, "WaitTimedOut", "wait-session: the time ran out", ""),
    row(Code::Mixed, "Mixed", "several failures with different codes", ""),
    row(Code::AboveThreshold, "AboveThreshold", "get-usage: more sessions are active than --fail-above allows, or a limit is unknown", ""),
    // Shells report 128 plus the signal's number for a program that a signal ends.
    row(Code::HungUp, "Interrupted", "interrupted by SIGHUP", ""),
    row(Code::Interrupted, "Interrupted", "interrupted", ""),
    row(Code::Terminated, "Interrupted", "interrupted by SIGTERM", ""),
];

/// The table as a section of the help and the man page.
pub fn help() -> String {
    let mut text = "Exit codes:".to_owned();
    for row in TABLE {
        let _ = write!(text, "\n  {:>3}  {}", row.code as u8, row.meaning);
        if !row.service_names.is_empty() {
            let _ = write!(text, " ({})", row.service_names);
        }
    }
    text
}

impl Code {
    /// The `code` of JSON errors, unless the service names the error.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.code == self)
            .map_or("Other", |row| row.name)
    }

    /// The code for a call that failed.
    pub(super) fn from_call(error: &CallError) -> Self {
        match error {
            CallError::Service(error) => match error.kind {
                ServiceErrorKind::AccessDenied => Self::AccessDenied,
                ServiceErrorKind::NotFound => Self::NotFound,
                ServiceErrorKind::Rejected => Self::Rejected,
                ServiceErrorKind::Throttled => Self::Throttled,
                ServiceErrorKind::ServerFault => Self::ServiceFault,
                ServiceErrorKind::Credentials => Self::Credentials,
            },
            CallError::NoCredentials(error) => match error.kind {
                ProviderErrorKind::Unreachable(_) => Self::Unreachable,
                _ => Self::Credentials,
            },
            CallError::Unreachable(..) => Self::Unreachable,
            CallError::UnexpectedResponse { .. } => Self::UnexpectedResponse,
            CallError::Request(_) => Self::Other,
        }
    }
}

impl From<Code> for u8 {
    fn from(code: Code) -> Self {
        code as Self
    }
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> Self {
        Self::from(u8::from(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_and_a_name() {
        for row in TABLE {
            let same = TABLE.iter().filter(|other| other.code == row.code);
            assert_eq!(same.count(), 1, "{:?}", row.code);
            assert_eq!(row.code.name(), row.name);
        }
    }
}
