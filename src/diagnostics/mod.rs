//! Standard error and exit codes: failures, their messages and hints, and the reporter. This is the only
//! place to add an exit code, an error name or a hint.

mod attempts;
mod calls;
mod color;
mod exit_code;
mod failure;
mod panics;
mod parser;
mod progress_display;
mod reporter;
mod settings;
mod tips;

pub use calls::Call;
pub use color::{Color, Preferences};
pub use exit_code::{Code, Row, TABLE, help};
pub use failure::{Failure, Subject};
pub use panics::{keep_memory_private, report_panics};
pub use parser::{escaped, not_parsed};
pub use progress_display::ProgressHandle;
pub use reporter::{ErrorFormat, Reporter, Verbosity};
pub use settings::SettingsError;
