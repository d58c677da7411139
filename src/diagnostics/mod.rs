//! Failures with their exit codes, messages and hints, and the reporter, which writes to standard error.

mod attempts;
mod calls;
mod exit_code;
mod failure;
mod panics;
mod parser;
mod preferences;
mod progress_display;
mod reporter;
mod tips;

pub use calls::Call;
pub use exit_code::{Code, ExitCodeRow, TABLE, help};
pub use failure::{Failure, Subject};
pub use panics::{keep_memory_private, report_panics};
pub use parser::{escaped, not_parsed, print_text};
pub use preferences::{Color, ErrorFormat, Preferences};
pub use progress_display::ProgressHandle;
pub use reporter::Reporter;
