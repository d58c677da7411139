//! What is said where the program itself is at fault.

use std::panic::{self, PanicHookInfo};
use std::process;

use crate::exit::Code;
use crate::report::{self, Report};

/// From now on a panic ends the program with a sentence and [`Code::Other`], in place of a dump
/// and a signal that leaves a core file with the credentials in it.
///
/// The sentence tells where it happened but not the panic's message, which may quote whatever the
/// program was working on: a secret, or text of the service.
pub fn report_panics() {
    panic::set_hook(Box::new(|panic| {
        report::early(&report(panic));
        process::exit(Code::Other as i32);
    }));
}

fn report(panic: &PanicHookInfo<'_>) -> Report {
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let message = format!("this is a bug in wsb {}, at {place}", env!("WSB_VERSION"));
    let hint = "please report this line and the command, without session IDs if they are sensitive";
    Report::new(Code::Other, "Bug", message, Some(hint.to_owned()))
}
