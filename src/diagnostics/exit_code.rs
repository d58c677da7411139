//! The exit codes, and which error ends in which.

use std::fmt::Write as _;
use std::io::ErrorKind;

use crate::account::ConfigError;
use crate::diagnostics::usage::UsageError;
use crate::output::PrintError;
use crate::service::error::{CallError, ServiceErrorKind};

/// How the program ends. The numbers are a contract with scripts: they do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Code {
    /// Every session asked for was printed.
    Ok = 0,
    /// Anything not below.
    Other = 1,
    /// Bad option, malformed ID, no region.
    Usage = 2,
    /// Access denied.
    AccessDenied = 3,
    /// No such portal or session.
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
    /// The reply was not the service's.
    NotTheService = 10,
    /// `wait-session`: the time ran out.
    WaitTimedOut = 11,
    /// Many sessions failed, for differing reasons.
    Mixed = 12,
    /// Interrupted by SIGHUP.
    HungUp = 129,
    /// Interrupted, by SIGINT that is.
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// Every code with what it means and the service's name for it, as shown to people.
pub const TABLE: &[(Code, &str, &str)] = &[
    (Code::Ok, "every session asked for was printed", ""),
    (Code::Other, "anything not below", ""),
    (
        Code::Usage,
        "usage: bad option, malformed ID, no region",
        "",
    ),
    (
        Code::AccessDenied,
        "access denied",
        "AccessDeniedException, 403",
    ),
    (
        Code::NotFound,
        "no such portal or session",
        "ResourceNotFoundException, 404",
    ),
    (
        Code::Rejected,
        "the service rejected the request",
        "ValidationException, other 4xx",
    ),
    (
        Code::Throttled,
        "throttled, after all attempts",
        "ThrottlingException, 429",
    ),
    (
        Code::ServiceFault,
        "the service failed, after all attempts",
        "InternalServerException, 5xx",
    ),
    (
        Code::Credentials,
        "credentials missing, expired or rejected",
        "ExpiredToken, UnrecognizedClient, ...",
    ),
    (
        Code::Unreachable,
        "the service could not be reached: DNS, connect, TLS, time-out",
        "",
    ),
    (
        Code::NotTheService,
        "the reply was not the service's: not JSON, too large, a redirect",
        "",
    ),
    (Code::WaitTimedOut, "wait-session: the time ran out", ""),
    (
        Code::Mixed,
        "many sessions failed, for differing reasons",
        "",
    ),
    // What a shell says of any program that such a signal ends.
    (Code::HungUp, "interrupted by SIGHUP", ""),
    (Code::Interrupted, "interrupted", ""),
    (Code::Terminated, "interrupted by SIGTERM", ""),
];

/// The table as a section of the help and the man page.
pub fn help() -> String {
    let mut text = "Exit codes:".to_owned();
    for (code, meaning, names) in TABLE {
        let _ = write!(text, "\n  {:>3}  {meaning}", *code as u8);
        if !names.is_empty() {
            let _ = write!(text, " ({names})");
        }
    }
    text
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl From<&CallError> for Code {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::Service(error) => match error.kind {
                ServiceErrorKind::AccessDenied => Self::AccessDenied,
                ServiceErrorKind::NotFound => Self::NotFound,
                ServiceErrorKind::Rejected => Self::Rejected,
                ServiceErrorKind::Throttled => Self::Throttled,
                ServiceErrorKind::Fault => Self::ServiceFault,
                ServiceErrorKind::Credentials => Self::Credentials,
            },
            CallError::NoCredentials { .. } => Self::Credentials,
            CallError::Unreachable(..) => Self::Unreachable,
            CallError::NotTheService { .. } => Self::NotTheService,
            CallError::Request(_) => Self::Other,
        }
    }
}

impl From<&ConfigError> for Code {
    fn from(error: &ConfigError) -> Self {
        match error {
            ConfigError::NoRegion
            | ConfigError::Region(_)
            | ConfigError::RegionContradictsArn { .. }
            | ConfigError::Endpoint(_)
            | ConfigError::SharedConfig(_)
            | ConfigError::Setting { .. }
            | ConfigError::CaBundle { .. }
            | ConfigError::Proxy { .. }
            | ConfigError::NoVerifySsl => Self::Usage,
            ConfigError::UnknownProfile { .. }
            | ConfigError::UnknownSource { .. }
            | ConfigError::Key { .. } => Self::Credentials,
            ConfigError::Http(_) => Self::Other,
        }
    }
}

impl From<&PrintError> for Code {
    fn from(error: &PrintError) -> Self {
        match error {
            // Whoever reads has seen enough: `wsb ... | head -1` is no failure.
            PrintError::Output(error) if error.kind() == ErrorKind::BrokenPipe => Self::Ok,
            PrintError::Output(_) => Self::Other,
            PrintError::Query(_) => Self::Usage,
        }
    }
}

/// The code for an error that ended the program.
pub fn code_of(error: &anyhow::Error) -> Code {
    if error.is::<UsageError>() {
        Code::Usage
    } else if let Some(error) = error.downcast_ref::<ConfigError>() {
        error.into()
    } else if let Some(error) = error.downcast_ref::<PrintError>() {
        error.into()
    } else {
        Code::Other
    }
}

/// The code of a command that may have failed for several sessions: the failures' common one.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally(Option<Code>);

impl Tally {
    /// Counts a failure.
    pub fn add(&mut self, code: Code) {
        self.0 = match self.0 {
            None => Some(code),
            Some(before) if before == code => Some(code),
            Some(_) => Some(Code::Mixed),
        };
    }

    /// The code that the failures add up to.
    pub fn code(self) -> Code {
        self.0.unwrap_or(Code::Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_one_kind_keep_their_code_and_differing_ones_are_mixed() {
        let mut tally = Tally::default();
        assert_eq!(tally.code(), Code::Ok);
        tally.add(Code::NotFound);
        tally.add(Code::NotFound);
        assert_eq!(tally.code(), Code::NotFound);
        tally.add(Code::Throttled);
        tally.add(Code::NotFound);
        assert_eq!(tally.code(), Code::Mixed);
    }
}
