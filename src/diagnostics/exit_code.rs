//! The exit codes, their names and their meanings.

use std::fmt::Write as _;

use serde::Serialize;

use crate::service::error::{CallError, ServiceErrorKind};
use crate::service::provider_error::ProviderErrorKind;

/// The exit codes, with their meanings in [`TABLE`]. Scripts rely on the numbers, so they do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub enum Code {
    Ok = 0,
    Other = 1,
    Usage = 2,
    AccessDenied = 3,
    NotFound = 4,
    Rejected = 5,
    Throttled = 6,
    ServiceFault = 7,
    Credentials = 8,
    Unreachable = 9,
    UnexpectedResponse = 10,
    WaitTimedOut = 11,
    Mixed = 12,
    AboveThreshold = 13,
    HungUp = 129,
    Interrupted = 130,
    Terminated = 143,
}

/// A row of the table of exit codes in the help and the documentation.
#[derive(Debug)]
pub struct ExitCodeRow {
    pub code: Code,
    /// The member `code` of a JSON error, unless the service names the error.
    pub name: &'static str,
    pub meaning: &'static str,
    /// The service's error codes and the HTTP statuses that lead to this exit code, for the documentation.
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

/// All exit codes. A new exit code needs a variant of [`Code`] and a row here.
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
    // The exit code for a signal is 128 plus its number, as in shells.
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
    /// The member `code` of a JSON error, unless the service names the error.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.code == self)
            .map_or("Other", |row| row.name)
    }

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
                ProviderErrorKind::Endpoint => Self::Usage,
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
