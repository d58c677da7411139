//! What happens where the program itself is at fault, or is killed: what is said, and that nothing
//! secret is left behind.

use std::panic::{self, PanicHookInfo};
use std::process;

use super::color::Preferences;
use super::exit_code::Code;
use super::failure::Failure;
use super::parser::early;

/// From now on a panic ends the program with a sentence and [`Code::Other`], in place of a dump
/// and a signal that leaves a core file with the credentials in it.
///
/// The sentence tells where it happened but not the panic's message, which may quote whatever the
/// program was working on: a secret, or text of the service.
pub fn report_panics(preferences: Preferences) {
    panic::set_hook(Box::new(move |panic| {
        early(&failure(panic), preferences);
        process::exit(Code::Other as i32);
    }));
}

/// From now on the kernel writes no core file of this process, and no other process of the user may
/// read its memory: both hold the credentials. What the program starts is not affected, as it would
/// be by a limit of 0 for core files.
///
/// Linux alone has it (`PR_SET_DUMPABLE`, prctl(2)).
pub fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Without it the program works as well, and nobody could do anything about it.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

fn failure(panic: &PanicHookInfo<'_>) -> Failure {
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let message = format!("this is a bug in wsb {}, at {place}", env!("WSB_VERSION"));
    let hint = "please report this line and the command, without session IDs if they are sensitive";
    Failure::new(Code::Other, message)
        .named("Bug")
        .with_hint(hint)
}
