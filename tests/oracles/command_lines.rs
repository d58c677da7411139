//! Command lines, an argument a line: taken or refused, and what is refused is repeated safely.

use wsb::commands::command;
use wsb::diagnostics;

use super::printed::{check_safe, without_styles};

pub(super) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let arguments = std::iter::once("wsb").chain(text.split('\n'));
    if let Err(error) = command().try_get_matches_from(arguments)
        && error.use_stderr()
    {
        let shown = diagnostics::escaped(error).render().ansi().to_string();
        check_safe(&without_styles(&shown), &[]);
    }
}
