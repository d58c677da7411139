//! A call to the service: sign, send, read, and attempt again where that can help.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use http::header::LOCATION;
use serde_json::Value;
use tokio::time::Instant;

use super::credentials::CredentialCache;
use super::endpoint::{Endpoint, Region};
use super::error::{self, CallError, ServiceErrorKind, Unreachable};
use super::rate::Rate;
use super::request;
use super::retry::{Decision, Failures, RetryPolicy};
pub use super::sent_request::SentRequest;

/// The largest reply that is read, in bytes. A session is some 400 bytes, and a page of a list
/// some hundred times that; whatever is larger than this did not come from the service.
const MAX_BODY: usize = 1 << 20;

/// How far the clock may be off before a signature error is laid to it (the SDKs' threshold), in
/// seconds.
const CLOCK_TOLERANCE: i64 = 4 * 60;

/// Who is told of each attempt, for logs. Nothing that is passed on is secret or sensitive.
pub trait Observer: Send + Sync {
    /// A request is about to be sent. Its lines are made only when they are asked for.
    fn request(&self, request: &SentRequest<'_>);
    /// An attempt has ended.
    fn attempt(&self, attempt: &Attempt<'_>);
    /// The clock is off by that many seconds, and signatures are corrected from now on.
    fn clock_corrected(&self, seconds: i64);
}

/// What is known of one attempt when it has ended.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The attempt's number, from 1.
    pub number: u32,
    /// Attempts in all that the policy allows.
    pub of: u32,
    /// The host called.
    pub host: &'a str,
    /// The HTTP status, if a reply came.
    pub status: Option<u16>,
    /// The request's ID, if a reply had one.
    pub request_id: Option<&'a str>,
    /// From sending to the reply's last byte.
    pub elapsed: Duration,
    /// The error, if it ended in one.
    pub error: Option<&'a CallError>,
    /// What follows: another attempt, or nothing.
    pub decision: Decision,
}

/// What a client is made of.
pub struct ClientParts {
    /// The HTTP client, which obeys proxy and trust settings and follows no redirect.
    pub http: reqwest::Client,
    /// Where the service is.
    pub endpoint: Endpoint,
    /// Tells the host of the proxy on the way there, if there is one. Asked after a failure only.
    pub proxy: fn(&Endpoint) -> Option<String>,
    /// The region that requests are signed for.
    pub region: Region,
    /// The credentials that requests are signed with.
    pub credentials: Arc<CredentialCache>,
    /// How often a call is attempted.
    pub retry: RetryPolicy,
    /// The time one attempt may take, connecting included.
    pub attempt_timeout: Duration,
    /// When the time for the whole command runs out.
    pub deadline: Option<Instant>,
    /// Who is told of each attempt.
    pub observer: Arc<dyn Observer>,
}

/// A client of the service for one region and one set of credentials.
pub struct Client {
    parts: ClientParts,
    /// What to add to this machine's clock for signatures, in seconds.
    clock_offset: AtomicI64,
    /// When the client was made: the zero of the rate's times.
    started: Instant,
    rate: Mutex<Rate>,
    /// Held by the call whose slot comes next.
    turn: tokio::sync::Mutex<()>,
}

/// A reply with status 200: its document and its request ID.
pub(super) struct Reply {
    pub(super) document: Value,
    request_id: Option<String>,
}

impl Reply {
    /// The reply was not one of the service; `reason` continues "the reply ...".
    pub(super) fn refuse(&self, reason: String) -> CallError {
        CallError::NotTheService {
            reason,
            status: Some(200),
            request_id: self.request_id.clone(),
            truncated: false,
        }
    }
}

impl Client {
    /// A client of these parts.
    pub fn new(parts: ClientParts) -> Self {
        Self {
            parts,
            clock_offset: AtomicI64::new(0),
            started: Instant::now(),
            rate: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The region that the client calls.
    pub fn region(&self) -> &Region {
        &self.parts.region
    }

    /// Where the service is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.parts.endpoint
    }

    /// Sends `GET path` until it succeeds, its error stands, or the command's time runs out.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub(super) async fn call(&self, path: &str) -> Result<Reply, CallError> {
        let attempts = self.attempts(path);
        match self.parts.deadline {
            None => attempts.await,
            Some(deadline) => tokio::time::timeout_at(deadline, attempts)
                .await
                .unwrap_or_else(|_| {
                    Err(CallError::Unreachable(
                        Unreachable::CommandTimedOut,
                        "the time for the command ran out".to_owned(),
                    ))
                }),
        }
    }

    async fn attempts(&self, path: &str) -> Result<Reply, CallError> {
        // A correction of the clock is an attempt on top of the policy's, which counts for nothing.
        let mut number = 1;
        let mut failures = Failures::default();
        let mut is_clock_corrected = false;
        loop {
            let credentials = self.parts.credentials.get(SystemTime::now()).await?;
            self.take_turn().await;
            let started = Instant::now();
            let signed_at = self.now();
            let result = self
                .attempt(path, &credentials, signed_at)
                .await
                .map_err(|error| error.without(&secrets_of(&credentials)));
            let elapsed = started.elapsed();
            self.tell_rate(&result, started);

            let decision = match &result {
                Ok(_) => Decision::GiveUp,
                Err(error) if !is_clock_corrected && self.correct_clock(error, signed_at) => {
                    is_clock_corrected = true;
                    self.report(&result, number, elapsed, Decision::Wait(Duration::ZERO));
                    continue;
                }
                Err(error) => {
                    failures.count(error);
                    self.parts
                        .retry
                        .decide(failures, error, fastrand::f64(), self.remaining())
                }
            };
            self.report(&result, number, elapsed, decision);
            match decision {
                Decision::GiveUp => return result,
                Decision::Wait(wait) => tokio::time::sleep(wait).await,
            }
            number += 1;
        }
    }

    /// Waits until the rate allows another call.
    async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        let wait = self.with_rate(Rate::admit);
        if wait > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
        }
    }

    /// Works on the rate with the present time, in seconds.
    fn with_rate<T>(&self, work: impl FnOnce(&mut Rate, f64) -> T) -> T {
        let now = self.started.elapsed().as_secs_f64();
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut rate, now)
    }

    fn tell_rate(&self, result: &Result<Reply, CallError>, sent: Instant) {
        let sent = (sent - self.started).as_secs_f64();
        match result {
            Ok(_) => self.with_rate(Rate::succeeded),
            Err(error) if error.is_throttling() => {
                self.with_rate(|rate, now| rate.throttled(now, sent));
            }
            // Of sessions that do not exist, too, the service allows so many a second.
            Err(CallError::Service(error)) if error.kind != ServiceErrorKind::Fault => {
                self.with_rate(Rate::succeeded);
            }
            Err(_) => {}
        }
    }

    fn report(
        &self,
        result: &Result<Reply, CallError>,
        number: u32,
        elapsed: Duration,
        decision: Decision,
    ) {
        let (status, request_id, error) = match result {
            Ok(reply) => (Some(200), reply.request_id.as_deref(), None),
            Err(error) => (error.status(), error.request_id(), Some(error)),
        };
        self.parts.observer.attempt(&Attempt {
            number,
            of: self.parts.retry.max_attempts,
            host: self.parts.endpoint.host(),
            status,
            request_id,
            elapsed,
            error,
            decision,
        });
    }

    async fn attempt(
        &self,
        path: &str,
        credentials: &Credentials,
        signed_at: SystemTime,
    ) -> Result<Reply, CallError> {
        let request = request::signed(
            &self.parts.endpoint,
            path,
            &self.parts.region,
            credentials,
            signed_at,
        )
        .map_err(|error| CallError::Request(innermost(&*error)))?;
        self.parts.observer.request(&SentRequest::new(&request));
        let request = reqwest::Request::try_from(request)
            .map_err(|error| CallError::Request(innermost(&error)))?;
        tokio::time::timeout(self.parts.attempt_timeout, self.exchange(request))
            .await
            .unwrap_or_else(|_| {
                Err(CallError::Unreachable(
                    Unreachable::AttemptTimedOut,
                    "no whole reply in time".to_owned(),
                ))
            })
    }

    /// Sends the request and reads the reply.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that sends requests of the service"
    )]
    async fn exchange(&self, request: reqwest::Request) -> Result<Reply, CallError> {
        let mut response = self
            .parts
            .http
            .execute(request)
            .await
            .map_err(|error| self.at_the_proxy(transport_error(&error)))?;
        let body = read_body(&mut response).await?;
        let status = response.status();
        let headers = response.headers();
        let refuse = |reason: String, truncated: bool| CallError::NotTheService {
            reason,
            status: Some(status.as_u16()),
            request_id: error::request_id(headers),
            truncated,
        };
        if status.is_redirection() {
            let target = headers
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| reqwest::Url::parse(text).ok())
                .and_then(|url| url.host_str().map(|host| format!(" to {host}")))
                .unwrap_or_default();
            return Err(refuse(
                format!("is a redirect{target} with HTTP status {}", status.as_u16()),
                false,
            ));
        }
        if status.as_u16() >= 400 {
            return Err(error::from_reply(
                status,
                headers,
                &body,
                seconds(self.now()),
            ));
        }
        if status != http::StatusCode::OK {
            return Err(refuse(
                format!("has HTTP status {}, not 200", status.as_u16()),
                false,
            ));
        }
        match serde_json::from_slice(&body) {
            Ok(document) => Ok(Reply {
                document,
                request_id: error::request_id(headers),
            }),
            Err(_) if error::looks_like_html(headers, &body) => Err(refuse(
                "is a page in HTML, perhaps of a proxy".to_owned(),
                false,
            )),
            Err(error) => Err(refuse(
                format!(
                    "is not JSON (line {}, column {})",
                    error.line(),
                    error.column()
                ),
                error.is_eof(),
            )),
        }
    }

    /// Where a proxy is on the way, no connection to the service is no connection to the proxy.
    fn at_the_proxy(&self, error: CallError) -> CallError {
        match error {
            CallError::Unreachable(Unreachable::Dns | Unreachable::Connection, ref reason) => {
                match (self.parts.proxy)(&self.parts.endpoint) {
                    Some(proxy) => CallError::Unreachable(
                        Unreachable::ThroughProxy,
                        format!("at the proxy {proxy}: {reason}"),
                    ),
                    None => error,
                }
            }
            error => error,
        }
    }

    /// This machine's clock, corrected.
    fn now(&self) -> SystemTime {
        let offset = self.clock_offset.load(Ordering::Relaxed);
        let now = SystemTime::now();
        let distance = Duration::from_secs(offset.unsigned_abs());
        let shifted = if offset < 0 {
            now.checked_sub(distance)
        } else {
            now.checked_add(distance)
        };
        shifted.unwrap_or(now)
    }

    fn remaining(&self) -> Option<Duration> {
        self.parts
            .deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Takes over the service's clock if the error may come from ours being off, and says whether
    /// another attempt makes sense. Only the first of many concurrent calls reports it.
    fn correct_clock(&self, error: &CallError, signed_at: SystemTime) -> bool {
        let CallError::Service(error) = error else {
            return false;
        };
        let Some(date) = error.date.filter(|_| error.may_be_clock_skew()) else {
            return false;
        };
        if (date - seconds(signed_at)).abs() <= CLOCK_TOLERANCE {
            return false;
        }
        let offset = date - seconds(SystemTime::now());
        let before = self.clock_offset.swap(offset, Ordering::Relaxed);
        if (offset - before).abs() > CLOCK_TOLERANCE {
            self.parts.observer.clock_corrected(offset);
        }
        true
    }
}

/// What a service may quote of a signed request but must not be shown.
fn secrets_of(credentials: &Credentials) -> Vec<&str> {
    credentials
        .session_token()
        .into_iter()
        .chain([credentials.secret_access_key()])
        .collect()
}

/// Seconds since 1970, negative before.
fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

/// Reads a body of at most [`MAX_BODY`] bytes.
async fn read_body(response: &mut reqwest::Response) -> Result<Vec<u8>, CallError> {
    let refuse =
        |response: &reqwest::Response, reason: String, truncated| CallError::NotTheService {
            reason,
            status: Some(response.status().as_u16()),
            request_id: error::request_id(response.headers()),
            truncated,
        };
    let mut body = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(transport_error(&error)),
            Err(error) => {
                let reason = format!("was cut short: {}", innermost(&error));
                return Err(refuse(response, reason, true));
            }
        };
        if body.len() + chunk.len() > MAX_BODY {
            let reason = format!("is larger than {} KiB", MAX_BODY >> 10);
            return Err(refuse(response, reason, false));
        }
        body.extend_from_slice(&chunk);
    }
}

/// The message of the last cause, which is the one that tells something.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What an error of the transport means.
fn transport_error(error: &reqwest::Error) -> CallError {
    let reason = innermost(error);
    let causes = || std::iter::successors(std::error::Error::source(error), |e| e.source());
    if error.is_timeout() {
        let reason = if error.is_connect() {
            "no connection in time"
        } else {
            "no reply in time"
        };
        return CallError::Unreachable(Unreachable::AttemptTimedOut, reason.to_owned());
    }
    if causes().any(is_lack_of_files) {
        return CallError::Unreachable(Unreachable::OpenFiles, reason);
    }
    if error.is_dns() {
        return CallError::Unreachable(Unreachable::Dns, reason);
    }
    if causes().any(is_tls_refusal) {
        return CallError::Unreachable(Unreachable::Tls, reason);
    }
    // hyper-util does not let its error be told by type.
    if reason == "tunnel error: proxy authorization required" {
        return CallError::Unreachable(
            Unreachable::Proxy,
            "the proxy wants a user name and a password".to_owned(),
        );
    }
    let is_not_http = causes()
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    if is_not_http {
        return CallError::NotTheService {
            reason: format!("is not HTTP: {reason}"),
            status: None,
            request_id: None,
            truncated: false,
        };
    }
    CallError::Unreachable(Unreachable::Connection, reason)
}

/// Whether a cause is `ENFILE` or `EMFILE`, which have these numbers on every Unix.
fn is_lack_of_files(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::raw_os_error)
        .is_some_and(|number| cfg!(unix) && matches!(number, 23 | 24))
}

/// Whether a cause is TLS saying no, as opposed to the connection breaking in the handshake.
/// tokio-rustls and hyper-rustls each wrap rustls' error into an `io::Error`, which hides it from
/// `source`.
pub(crate) fn is_tls_refusal(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return !is_tls_broken(error);
    }
    cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .is_some_and(|inner| is_tls_refusal(inner))
}

/// Whether damage on the way or a failing peer can bring this error about, so that another attempt
/// may do better.
fn is_tls_broken(error: &rustls::Error) -> bool {
    use rustls::{AlertDescription, Error};
    matches!(
        error,
        Error::InvalidMessage(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::DecryptError
            | Error::AlertReceived(
                AlertDescription::InternalError
                    | AlertDescription::BadRecordMac
                    | AlertDescription::DecodeError
                    | AlertDescription::UnexpectedMessage
                    | AlertDescription::RecordOverflow
            )
    )
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

    use super::*;

    #[test]
    fn tls_that_breaks_is_told_from_tls_that_refuses() {
        for (error, is_refusal) in [
            (CertificateError::UnknownIssuer.into(), true),
            (
                Error::AlertReceived(AlertDescription::HandshakeFailure),
                true,
            ),
            (Error::AlertReceived(AlertDescription::InternalError), false),
            (InvalidMessage::InvalidContentType.into(), false),
            (Error::DecryptError, false),
        ] {
            assert_eq!(is_tls_refusal(&error), is_refusal, "{error:?}");
            let wrapped = std::io::Error::other(std::io::Error::other(error.clone()));
            assert_eq!(is_tls_refusal(&wrapped), is_refusal, "{error:?}");
        }
        let broken = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert!(!is_tls_refusal(&broken));
    }
}
