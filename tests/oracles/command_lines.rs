//! Command lines, an argument a line: taken or refused, and what is refused is repeated safely.

use clap::Parser;
use wsb::cli::Cli;
use wsb::diagnostics::report;

use super::printed::{check_safe, without_styles};

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let arguments = std::iter::once("wsb").chain(text.split('\n'));
    if let Err(error) = Cli::try_parse_from(arguments)
        && error.use_stderr()
    {
        let shown = report::escaped(error).render().ansi().to_string();
        check_safe(&without_styles(&shown), &[]);
    }
}
