//! The stand-in service: WorkSpaces Secure Browser as far as `wsb` uses it, over plain HTTP on
//! loopback, so that scripts and tests need no account.
//!
//! A request goes through `server` (the network), `signature` (may it?), `routes` (what is it?),
//! `behaviour` (what does the data file do to it?) and `data` (what is the answer?). Whatever goes
//! wrong on that way is a `fault`.
//!
//! What it does not take over from the service, for want of a published rule: pages hold 25
//! items unless the data file's `pageSize` or a request's `maxResults` says otherwise (at most 100,
//! or `pageSize` if that is more), lists come newest first, a page looks at no more than 10,000
//! sessions, a page's token is good for an hour, and a filter compares exactly.
//!
//! A data file is a JSON object; each of its members may be left out:
//!
//! ```json
//! {
//!   "credentials": {"accessKeyId": "AKID", "secretAccessKey": "s", "sessionToken": "t", "expired": false},
//!   "region": "eu-west-1",
//!   "clockOffsetSeconds": -3600,
//!   "pageSize": 25,
//!   "seed": 1,
//!   "portals": [
//!     {
//!       "portalId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
//!       "displayName": "Contractors",
//!       "sessions": [
//!         {
//!           "sessionId": "11111111-1111-4111-8111-111111111111",
//!           "status": "Active",
//!           "username": "alice",
//!           "clientIpAddresses": ["198.51.100.7"],
//!           "startTime": 1795465668
//!         }
//!       ]
//!     }
//!   ],
//!   "generate": {"portalId": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "sessions": 1000000},
//!   "behaviours": [
//!     {"operation": "GetSession", "times": 2, "throttle": {"retryAfter": 1}},
//!     {"operation": "ListSessions", "perSecond": 10},
//!     {"share": 0.05, "fail": {"status": 500, "code": "InternalServerException"}},
//!     {"share": 0.01, "cut": "middle"},
//!     {"operation": "ListPortals", "delay": 250},
//!     {"session": "11111111-1111-4111-8111-111111111111", "endAfter": 30}
//!   ]
//! }
//! ```
//!
//! For each call the behaviours are gone through in order. `session` and `operation` say which calls
//! one is for, `times` holds it to the first so many of these that come to it, and `share` to a share
//! of them. Delays (milliseconds) add up; the first other one that applies decides the call, and
//! those behind it do not see it. `endAfter` counts seconds from the start of the service.

mod behaviour;
mod child;
mod data;
mod fault;
mod page;
mod routes;
pub mod sample;
mod server;
mod signature;
pub mod sigv4;

pub use child::{NotStarted, run_command};
pub use data::{Data, DataError, generated_session_id};
pub use routes::Service;
pub use server::Server;

#[cfg(test)]
mod tests {
    use super::Data;

    #[test]
    fn the_documented_data_file_is_one() {
        let source = include_str!("mod.rs");
        let example = source.split("//! ```").nth(1).unwrap();
        let lines = example
            .lines()
            .skip(1)
            .map(|line| line.trim_start_matches("//!"));
        Data::parse(&lines.collect::<String>()).unwrap();
    }
}
