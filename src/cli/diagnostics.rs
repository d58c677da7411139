//! The options for messages on standard error.

use clap::Args;

use crate::diagnostics::{Color, ErrorFormat, Preferences, Reporter};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Diagnostics")]
pub struct Diagnostics {
    /// Report only errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        hide_short_help = true
    )]
    pub quiet: bool,

    /// Log each attempt of a call; -vv also logs the requests
    ///
    /// Logs never contain secrets.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,

    /// When to use color
    ///
    /// `auto` follows NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub color: Color,

    /// Format of errors and warnings
    ///
    /// [default: text, or WSB_ERRORS]
    #[arg(long, global = true, value_name = "FORMAT", hide_short_help = true)]
    pub errors: Option<ErrorFormat>,
}

impl Diagnostics {
    pub fn reporter(&self, preferences: Preferences) -> Reporter {
        let preferences = preferences.with_options(self.color, self.errors);
        Reporter::new(self.quiet, self.verbose, preferences)
    }
}
