//! What the tests share: the program, a service that obeys a script, and folders to work in.

pub mod end_of_run;
#[cfg(target_os = "linux")]
pub mod faults;
pub mod listener;
pub mod program;
pub mod proxy;
pub mod server;
pub mod unruly;
pub mod world;

pub use end_of_run::{skip, skip_without};
pub use program::{CACHES, Finished, HOME, Wsb, folder, run_side_by_side, wait_until, wsb};
pub use server::{Act, Server};

/// A portal's ID.
pub const PORTAL: &str = "11111111-1111-4111-8111-111111111111";
/// A session's ID.
pub const SESSION: &str = "aaaaaaaa-0001-4000-8000-000000000001";

/// A reply of the service with a session's document.
pub fn session_reply() -> String {
    format!(
        r#"{{"session":{{"portalArn":"arn:aws:workspaces-web:us-east-1:123456789012:portal/{PORTAL}","sessionId":"{SESSION}","username":"alice","clientIpAddresses":["192.0.2.1","2001:db8::1"],"status":"Terminated","startTime":1735689600,"endTime":1735697640.25}}}}"#
    )
}
