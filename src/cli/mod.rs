//! The options that several commands share, and the types of their values. The doc comment of an option is its
//! help text. An option of a single command is in the command's file.

use clap::Args;

pub mod completion;
mod connection;
mod diagnostics;
mod duration;
mod environment;
mod output;
mod portals;
pub mod private_file;
mod sessions;
mod text_arg;
mod time_arg;

pub use connection::Connection;
pub use diagnostics::Diagnostics;
pub use duration::{duration, interval};
pub use environment::Environment;
pub use output::{Output, field_help, field_names};
pub(crate) use portals::named_twice;
pub use portals::{PortalArguments, PortalScope, Portals};
pub use sessions::{PortalSource, SessionArguments, SessionSelection, Sessions, portal};
pub use text_arg::TextArg;
pub use time_arg::TimeArg;

/// The global options, before or after the subcommand.
#[derive(Debug, Clone, Args)]
pub struct Global {
    #[command(flatten)]
    pub output: Output,

    #[command(flatten)]
    pub connection: Connection,

    #[command(flatten)]
    pub diagnostics: Diagnostics,
}
