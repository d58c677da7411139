//! What an error of the service means, by its name or its HTTP status.
//!
//! Sources: the API page's error list and "Common Errors" of the AWS APIs.

use http::StatusCode;

use super::{ServiceError, ServiceErrorKind};

/// Names of errors that decide what an error means, whatever its status. The status decides on any other.
/// The throttling names are those of the SDKs' standard retry mode.
const NAMED_KINDS: &[(ServiceErrorKind, &[&str])] = &[
    (
        ServiceErrorKind::AccessDenied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "NotAuthorized",
            "OptInRequired",
            "UnauthorizedOperation",
        ],
    ),
    (
        ServiceErrorKind::NotFound,
        &["ResourceNotFound", "ResourceNotFoundException"],
    ),
    (
        ServiceErrorKind::Throttled,
        &[
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "TransactionInProgressException",
        ],
    ),
    (
        ServiceErrorKind::ServerFault,
        &[
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
    (
        ServiceErrorKind::Credentials,
        &[
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignature",
            "InvalidSignatureException",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnrecognizedClient",
            "UnrecognizedClientException",
        ],
    ),
];

/// Names of errors that a wrong clock causes (the SDKs' list).
const CLOCK_ERRORS: &[&str] = &[
    "AuthFailure",
    "InvalidSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

impl ServiceErrorKind {
    pub(super) fn of(code: Option<&str>, status: StatusCode) -> Self {
        let named = code.and_then(|code| {
            NAMED_KINDS
                .iter()
                .find(|(_, names)| names.contains(&code))
                .map(|(kind, _)| *kind)
        });
        named.unwrap_or(match status.as_u16() {
            401 => Self::Credentials,
            403 => Self::AccessDenied,
            404 => Self::NotFound,
            429 => Self::Throttled,
            500.. => Self::ServerFault,
            _ => Self::Rejected,
        })
    }
}

impl ServiceError {
    /// Whether a wrong clock could be the cause.
    pub fn may_be_clock_skew(&self) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| CLOCK_ERRORS.contains(&code))
    }
}
