//! `wsb` inspects Amazon WorkSpaces Secure Browser sessions.
//!
//! Arrows point one way: `main` to [`commands`], those to [`service`] and [`output`];
//! [`config`] makes a client of the service; [`output`] knows the service's model;
//! [`service`] knows none of the others; [`emulator`], the emulator, shares nothing with the
//! client but the spelling of IDs, the partitions, and the canonical form of a signed request.
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
