//! The options for what is said besides the results.

use clap::Args;

use crate::diagnostics::{Color, ErrorFormat, Preferences, Reporter, Verbosity};

/// What is said besides the results.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Diagnostics")]
pub struct Diagnostics {
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Log each attempt; twice, the requests too (never a secret)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to use color (NO_COLOR is obeyed)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// How errors are written to standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub errors: ErrorFormat,
}

impl Diagnostics {
    /// The reporter that these options and the environment configure.
    pub fn reporter(&self, preferences: Preferences) -> Reporter {
        let verbosity = if self.quiet {
            Verbosity::Quiet
        } else {
            Verbosity::Logs(self.verbose)
        };
        Reporter::new(verbosity, self.errors, preferences.with_color(self.color))
    }
}
