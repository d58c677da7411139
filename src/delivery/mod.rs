//! From a command's outcomes to an exit code.

pub(crate) mod deadline;
pub mod input;
pub(crate) mod interrupt;
pub(crate) mod open_files;
pub(crate) mod progress;
