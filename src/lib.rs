//! `wsb` inspects Amazon WorkSpaces Secure Browser sessions.
//!
//! Arrows point one way: `main` to [`commands`], those to [`service`] and [`output`];
//! [`config`] makes a client of the service; [`output`] knows the service's model;
//! [`service`] knows none of the others; [`local`], the stand-in, shares nothing with the
//! client but the spelling of IDs, the partitions, and the canonical form of a signed request.

pub mod bug;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod config;
pub mod exit;
pub mod input;
pub mod local;
pub mod output;
pub mod report;
pub mod service;
pub mod sigv4;
pub mod usage;
