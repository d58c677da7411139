//! Calls the service: signs and sends a request, reads the reply, and repeats the request where that can help.

mod route;
mod tls_error;
pub(crate) mod transport;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use http::header::DATE;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::clock::{CLOCK, ClockSkew, is_refused_for_skew};
use super::credentials::CredentialCache;
use super::endpoint::{Endpoint, Region};
use super::error::{CallError, http_date};
pub use super::rate::Pacing;
use super::reply::Reply;
use super::request;
use super::retry::{Failures, RetryPolicy};
use super::transport_error::Unreachable;
pub use route::Route;
use transport::innermost;

/// A client of the service for one region and one set of credentials.
pub struct Client {
    /// The HTTP client, which obeys proxy and trust settings and follows no redirect.
    pub http: reqwest::Client,
    pub endpoint: Endpoint,
    /// The route to the endpoint, for messages.
    pub route: Route,
    /// The region that requests are signed for.
    pub region: Region,
    pub credentials: Arc<CredentialCache>,
    pub retry: RetryPolicy,
    /// The time limit of one attempt, including the connection.
    pub attempt_timeout: Duration,
    /// Limits the rate of calls. Clients that share it share one rate.
    pub pacing: Arc<Pacing>,
    /// The time at which every call fails; `None` without a time limit.
    pub deadline: Option<Instant>,
    pub observer: Arc<dyn Observer>,
}

/// Logs requests and attempts. A request contains the signature, the session token and the user name, so an
/// implementation shows it only through [`request::to_lines`].
pub trait Observer: Send + Sync {
    /// Logs a request that is about to be sent. It is signed, so it contains secrets.
    fn request(&self, request: &http::Request<&'static str>);
    /// Logs an attempt that has ended.
    fn attempt(&self, attempt: &Attempt<'_>);
    /// Warns that this machine's clock is wrong by minutes. The difference is corrected from now on.
    fn clock_corrected(&self, skew: ClockSkew);
}

/// One attempt that has ended.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// Counted from 1.
    pub number: u32,
    /// The number of attempts that the retry policy allows.
    pub of: u32,
    pub host: &'a str,
    /// The HTTP status; `None` if there was no reply.
    pub status: Option<u16>,
    /// The request ID of the reply; `None` if it had none.
    pub request_id: Option<&'a str>,
    /// The time from the start of the attempt to the last byte of the reply.
    pub elapsed: Duration,
    /// The error; `None` if the attempt succeeded.
    pub error: Option<&'a CallError>,
    /// The wait before the next attempt; `None` if this was the last one.
    pub next: Option<Duration>,
}

impl Client {
    /// Sends `GET path`, with retries, until it succeeds, its error is final, or the deadline passes. Sends
    /// nothing after the deadline.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub(super) async fn call(&self, path: &str) -> Result<Reply, CallError> {
        let result = match self.deadline {
            None => return self.attempts(path).await,
            Some(deadline) if deadline <= Instant::now() => None,
            Some(deadline) => timeout_at(deadline, self.attempts(path)).await.ok(),
        };
        result.unwrap_or_else(|| {
            let phase = match self.credentials.activity(CLOCK.system_time()) {
                Some(activity) => format!("while waiting for {activity}"),
                None => format!("before {} replied", self.endpoint.host()),
            };
            let reason = format!("the time for the command ran out {phase}");
            Err(CallError::unreachable(Unreachable::CommandTimedOut, reason))
        })
    }

    /// Discards expired credentials and requests new ones. Returns whether to attempt the call again: if the
    /// credentials differ, and if the request fails, so that the attempt returns the provider's error.
    async fn renew(&self, expired: &Credentials) -> bool {
        if !self.credentials.reject(expired) {
            return false;
        }
        match self.credentials.get(CLOCK.system_time()).await {
            Ok(credentials) => credentials != *expired,
            Err(_) => true,
        }
    }

    async fn attempts(&self, path: &str) -> Result<Reply, CallError> {
        // A failure because of the clock or of expired credentials is not counted.
        let mut failures = Failures::default();
        let mut is_clock_corrected = false;
        let mut is_renewed = false;
        loop {
            let credentials = self.credentials.get(CLOCK.system_time()).await?;
            self.pacing.take_turn().await;
            let started = Instant::now();
            let signed_at = CLOCK.system_time();
            let result = self.attempt(path, &credentials, signed_at).await;
            // The service may quote the request in its error.
            let secrets = [
                credentials.secret_access_key(),
                credentials.session_token().unwrap_or_default(),
            ];
            let result = result.map_err(|error| error.without(&secrets));
            let elapsed = started.elapsed();
            self.pacing.count(&result, started);

            let number = failures.all() + 1;
            let wait = match &result {
                Ok(_) => None,
                Err(error) if !is_clock_corrected && is_refused_for_skew(error, signed_at) => {
                    is_clock_corrected = true;
                    Some(Duration::ZERO)
                }
                Err(error) if !is_renewed && error.is_expired_token() => {
                    is_renewed = true;
                    let has_others = self.renew(&credentials).await;
                    has_others.then_some(Duration::ZERO)
                }
                Err(error) => {
                    failures.count(error);
                    let now = Instant::now();
                    let remaining = self.deadline.map(|it| it.saturating_duration_since(now));
                    let policy = self.retry;
                    policy.next_wait(failures, error, fastrand::f64(), remaining)
                }
            };
            self.report(&result, number, elapsed, wait);
            let Some(wait) = wait else {
                return result;
            };
            tokio::time::sleep(wait).await;
        }
    }

    fn report(
        &self,
        result: &Result<Reply, CallError>,
        number: u32,
        elapsed: Duration,
        next: Option<Duration>,
    ) {
        let (status, request_id, error) = match result {
            Ok(reply) => (Some(200), reply.request_id.as_deref(), None),
            Err(error) => (error.status(), error.request_id(), Some(error)),
        };
        self.observer.attempt(&Attempt {
            number,
            of: self.retry.max_attempts,
            host: self.endpoint.host(),
            status,
            request_id,
            elapsed,
            error,
            next,
        });
    }

    async fn attempt(
        &self,
        path: &str,
        credentials: &Credentials,
        signed_at: SystemTime,
    ) -> Result<Reply, CallError> {
        let request = request::signed(&self.endpoint, path, &self.region, credentials, signed_at)
            .map_err(|error| CallError::Request(innermost(&*error)))?;
        self.observer.request(&request);
        let request = reqwest::Request::try_from(request)
            .map_err(|error| CallError::Request(innermost(&error)))?;
        let sent = Instant::now();
        let limit = self.attempt_timeout;
        let response = transport::send(&self.http, request, &self.route, limit).await?;
        let (received, round_trip) = (Timestamp::now(), sent.elapsed());
        let result = Reply::read(&response, CLOCK.now().as_second());
        let is_from_service = match &result {
            Ok(_) => true,
            Err(CallError::Service(error)) => error.code.is_some() || error.request_id.is_some(),
            Err(_) => false,
        };
        let date = response.headers().get(DATE);
        let date = date.and_then(|date| http_date(date.to_str().ok()?));
        // The `Date` of a reply from a proxy is ignored.
        if let Some(date) = date.filter(|_| is_from_service)
            && let is_protected = self.endpoint.is_https()
            && let Some(skew) = CLOCK.observe(date, received, round_trip, is_protected)
        {
            self.observer.clock_corrected(skew);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::credentials::CredentialProvider;
    use super::super::provider_error::{ProviderError, ProviderErrorKind};
    use super::*;

    /// A provider that is not configured, with the number of its requests.
    #[derive(Debug, Default)]
    struct NoProvider(AtomicU32);

    impl CredentialProvider for NoProvider {
        fn credentials(
            &self,
            _: SystemTime,
            _: Option<Credentials>,
        ) -> Pin<Box<dyn Future<Output = Result<Credentials, ProviderError>> + Send + '_>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let error = ProviderError::new(ProviderErrorKind::NotConfigured, "");
            Box::pin(std::future::ready(Err(error)))
        }
    }

    struct Silent;

    impl Observer for Silent {
        fn request(&self, _: &http::Request<&'static str>) {}
        fn attempt(&self, _: &Attempt<'_>) {}
        fn clock_corrected(&self, _: ClockSkew) {}
    }

    fn client(provider: Arc<NoProvider>, deadline: Option<Instant>) -> Client {
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls);
        let region: Region = "us-east-1".parse().unwrap();
        let endpoint = Endpoint::resolve(&super::super::endpoint::EndpointParameters {
            region: &region,
            partition: None,
            fips: false,
            dual_stack: false,
            custom: Some("http://127.0.0.1:9"),
        });
        Client {
            http: http.build().unwrap(),
            endpoint: endpoint.unwrap(),
            route: Route::default(),
            region,
            credentials: Arc::new(CredentialCache::new(provider)),
            retry: RetryPolicy::alone(1),
            attempt_timeout: Duration::from_secs(60),
            pacing: Arc::default(),
            deadline,
            observer: Arc::new(Silent),
        }
    }

    #[tokio::test]
    async fn a_call_past_the_deadline_ends_at_once_without_requesting_credentials() {
        let provider = Arc::new(NoProvider::default());
        let late = client(Arc::clone(&provider), Some(Instant::now()));
        let error = late.call("/portals").await.err().unwrap();
        let CallError::Unreachable(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.kind, Unreachable::CommandTimedOut);
        assert_eq!(provider.0.load(Ordering::Relaxed), 0);
        let unbound = client(Arc::clone(&provider), None);
        for _ in 0..2 {
            let error = unbound.call("/portals").await.err().unwrap();
            assert!(matches!(error, CallError::NoCredentials(_)));
        }
        assert_eq!(provider.0.load(Ordering::Relaxed), 1);
    }
}
