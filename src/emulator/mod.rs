//! Emulates the operations of WorkSpaces Secure Browser that `wsb` calls, over plain HTTP on loopback, so that
//! scripts and tests need no account. `docs/emulator.md` describes the data file.
//!
//! A request passes through `server` (the network), `signature` (authentication), `call` (routing), `behavior`
//! (configured faults) and `operations` (the reply from `data`). `error_reply` defines the error replies, and
//! `response` builds the HTTP response.
//!
//! Where AWS documents no rule, the emulator has its own: pages hold 25 items unless the data file's `pageSize` or
//! a request's `maxResults` says otherwise (at most 100, or `pageSize` if that is more), lists start with the
//! newest, one page reads at most 10,000 sessions, a page's token is valid for one hour, and filters compare
//! exactly.

mod behavior;
mod call;
mod data;
mod error_reply;
pub mod generated;
mod list_faults;
mod operations;
mod page_tokens;
mod portal;
mod response;
pub mod sample;
mod server;
mod service;
mod signature;

pub use data::{EmulatorCredentials, EmulatorData};
pub use generated::generated_session_id;
pub use server::Server;
pub use service::EmulatorService;
pub use signature::Authorization;
