//! Behavior through the built binary: a file a feature, one support module.
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
// PortalScope: what the program does by itself. On Unix alone: what takes its signals, a shell or jq, or
// compares the system's own words. On Linux alone: what takes `/proc`, terminals or the tools of
// Debian.
#![cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        unused_imports,
        reason = "the tests for Linux use all of the support"
    )
)]

mod architecture;
mod attempts;
mod bad_replies;
mod batch;
mod bugs;
mod clock;
mod command_line;
mod completion;
mod contract_test;
mod corpus;
#[cfg(target_os = "linux")]
mod credential_cache;
mod credentials;
mod documents;
mod endpoints;
mod everywhere;
mod exit_codes;
#[cfg(target_os = "linux")]
mod faults;
mod generated;
mod get_session;
mod hand;
#[cfg(target_os = "linux")]
mod large_lists;
mod limits;
mod lists;
mod local;
#[cfg(target_os = "linux")]
mod local_load;
mod messages;
#[cfg(target_os = "linux")]
mod mfa;
mod packaging;
mod queries;
mod questions;
mod read_only;
mod region_and_endpoint;
mod secrets;
mod settings;
#[cfg(target_os = "linux")]
mod shared_files;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "the tests beside the AWS CLI need more of it")]
#[path = "../sign_in/mod.rs"]
mod sign_in;
mod signals;
mod simulated_year;
mod streams;
mod support;
mod tables;
mod times;
mod tls_and_proxies;
mod unruly;
mod untrusted_text;
mod usage;
mod usage_groups;
mod usage_of_portals;
mod waits;
mod watch_soak;
mod watch_states;
mod watches;
mod watching_docs;
