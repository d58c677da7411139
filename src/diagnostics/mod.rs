//! What is said on standard error, and the exit codes: failures, their words and hints, and who says
//! them. An exit code, a name for it or a hint is added here and nowhere else.

mod attempts;
mod calls;
mod color;
mod exit_code;
mod failure;
mod panics;
mod parser;
mod reporter;
mod settings;
mod status_line;
mod tips;

pub use calls::Call;
pub use color::{Color, Preferences};
pub use exit_code::{Code, Row, TABLE, help};
pub use failure::{Failure, Subject};
pub use panics::{keep_memory_private, report_panics};
pub use parser::{escaped, not_parsed};
pub use reporter::{ErrorFormat, Reporter, Verbosity};
pub use settings::SettingsError;
pub use status_line::Shown;
