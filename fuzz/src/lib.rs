//! The oracles of the test suite, for the fuzz targets.

#[path = "../../tests/oracles/mod.rs"]
pub mod oracles;
