//! What is said on standard error, and the exit codes.

pub mod exit_code;
pub mod panics;
pub mod report;
pub mod usage;
