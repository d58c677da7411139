//! Behaviour through the built binary: a file a feature, one support module.
//!
//! One test binary, so that the program's library is linked once.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod attempts;
mod bad_replies;
mod batch;
mod bugs;
mod completion;
mod corpus;
mod credentials;
mod documents;
mod endpoints;
mod exit_codes;
#[cfg(target_os = "linux")]
mod faults;
mod generated;
mod get_session;
mod limits;
mod lists;
mod local;
#[cfg(target_os = "linux")]
mod local_load;
#[cfg(target_os = "linux")]
mod messages;
mod read_only;
mod region_and_endpoint;
mod secrets;
mod settings;
mod signals;
mod streams;
mod support;
mod tls_and_proxies;
mod usage;
mod waits;
mod watches;
