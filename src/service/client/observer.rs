//! The attempts of a client, for logs.

use std::time::Duration;

use super::super::clock::ClockSkew;
use super::super::error::CallError;

/// Logs attempts. It receives nothing secret or sensitive.
pub trait Observer: Send + Sync {
    /// A request is about to be sent. Its lines are built on demand.
    fn request(&self, request: &http::Request<&'static str>);
    /// An attempt has ended.
    fn attempt(&self, attempt: &Attempt<'_>);
    /// This machine's clock is wrong by minutes, and is corrected from now on.
    fn clock_corrected(&self, skew: ClockSkew);
}

/// One attempt that has ended.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The attempt's number, from 1.
    pub number: u32,
    /// The number of attempts that the policy allows.
    pub of: u32,
    /// The host called.
    pub host: &'a str,
    /// The HTTP status, if a reply came.
    pub status: Option<u16>,
    /// The request's ID, if a reply had one.
    pub request_id: Option<&'a str>,
    /// From sending to the reply's last byte.
    pub elapsed: Duration,
    /// The error, if the attempt failed.
    pub error: Option<&'a CallError>,
    /// The wait before the next attempt, if another one follows.
    pub next: Option<Duration>,
}
