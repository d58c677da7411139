//! Inspects Amazon WorkSpaces Secure Browser sessions: the library of the program `wsb`.
//!
//! docs/architecture.md describes the modules and their dependencies.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests call the emulator")
)]

pub mod cli;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod diagnostics;
pub mod emulator;
pub mod output;
pub mod service;
