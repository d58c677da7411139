//! Classifies an error of the service by its name or its HTTP status. The names are from the API reference and its
//! page "Common Errors".

use http::StatusCode;

use super::{ServiceError, ServiceErrorKind};

/// The error names that determine the kind. For other names, the HTTP status determines it. The throttling names
/// are those of the SDKs' standard retry mode.
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
    (ServiceErrorKind::Credentials, CLOCK_ERRORS),
    (
        ServiceErrorKind::Credentials,
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "TokenRefreshRequired",
            "UnrecognizedClient",
            "UnrecognizedClientException",
        ],
    ),
];

/// The names of errors that a wrong clock can cause (the SDKs' list).
const CLOCK_ERRORS: &[&str] = &[
    "AuthFailure",
    "InvalidSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

fn named_kind(code: &str) -> Option<ServiceErrorKind> {
    let mut kinds = NAMED_KINDS.iter();
    let (kind, _) = kinds.find(|(_, names)| names.contains(&code))?;
    Some(*kind)
}

impl ServiceErrorKind {
    pub(super) fn classify(code: Option<&str>, status: StatusCode) -> Self {
        code.and_then(named_kind).unwrap_or(match status.as_u16() {
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
    /// Whether the service itself sent the error, and not a proxy or another server: the error has one of the
    /// names in [`NAMED_KINDS`], or another name and a request ID. A 404 with another name may be about the URL's
    /// path, so it does not count.
    pub fn is_from_service(&self) -> bool {
        let code = self.code.as_deref();
        let is_named = code.is_some_and(|code| named_kind(code).is_some());
        is_named
            || self.kind != ServiceErrorKind::NotFound
                && code.is_some()
                && self.request_id.is_some()
    }

    pub fn may_be_clock_skew(&self) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| CLOCK_ERRORS.contains(&code))
    }
}
