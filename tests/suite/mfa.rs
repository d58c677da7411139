//! Codes of multi-factor authentication devices, asked for at a terminal that is made for the test.

use crate::sign_in::terminal::{AtTerminal, SERIAL, skip_without_terminal, world};
use crate::support::{PORTAL, SESSION};

fn sessions() -> String {
    (0..20)
        .map(|number| format!("aaaaaaaa-0001-4000-8000-{number:012}\n"))
        .collect()
}

#[test]
fn the_code_is_asked_for_once_at_the_terminal_and_not_shown() {
    if skip_without_terminal() {
        return;
    }
    let world = world();
    let mut run = AtTerminal::start(&world, &sessions(), &["-o", "jsonl"]);
    run.prompted();
    assert!(!run.echoes());
    run.types("123456\n");
    let (finished, shown) = run.finish();
    finished.code(0);
    assert!(!shown.contains("123456"), "{shown:?}");
    assert_eq!(world.identity().unwrap(), "Auditor.BY.AKIABASE.CODE.123456");
    assert_eq!(world.requests_for_credentials(), 1);
    assert_eq!(finished.stdout.lines().count(), 20);

    // The next command finds the credentials in the cache and needs no terminal.
    let output = world
        .command(env!("CARGO_BIN_EXE_wsb").as_ref())
        .args(["get-session", PORTAL, SESSION, "--profile", "audit"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.requests_for_credentials(), 1);
}

#[test]
fn a_wrong_code_is_8_with_the_words_of_sts() {
    if skip_without_terminal() {
        return;
    }
    let world = world();
    let mut run = AtTerminal::start(&world, &sessions(), &[]);
    run.prompted();
    run.types("000000\n");
    let (finished, _) = run.finish();
    finished
        .code(8)
        .says(&["MultiFactorAuthentication failed with invalid MFA one time pass code."]);
    assert_eq!(world.requests_for_credentials(), 1);
    assert_eq!(world.identity(), None);
}

#[test]
fn an_empty_code_and_the_end_of_the_input_are_8_without_a_call() {
    if skip_without_terminal() {
        return;
    }
    for typed in ["\n", "\u{4}"] {
        let world = world();
        let mut run = AtTerminal::start(&world, &sessions(), &[]);
        run.prompted();
        run.types(typed);
        run.finish().0.code(8).says(&["none was typed"]);
        assert_eq!(world.requests_for_credentials(), 0);
    }
}

#[test]
fn ctrl_c_at_the_prompt_is_130_and_the_terminal_is_as_before() {
    if skip_without_terminal() {
        return;
    }
    let world = world();
    let mut run = AtTerminal::start(&world, &sessions(), &[]);
    run.prompted();
    run.types("12\u{3}");
    let (finished, _) = run.finish();
    finished.code(130);
    assert_eq!(world.requests_for_credentials(), 0);
}

#[test]
fn the_commands_time_ends_the_prompt_too() {
    if skip_without_terminal() {
        return;
    }
    let world = world();
    let mut run = AtTerminal::start(&world, &sessions(), &["--timeout", "1s"]);
    run.prompted();
    let (finished, _) = run.finish();
    assert_ne!(finished.code, Some(0), "{finished:?}");
    assert_eq!(world.requests_for_credentials(), 0);
}

#[test]
fn without_a_terminal_the_code_is_not_asked_for_and_it_says_what_to_do() {
    let world = world();
    let output = world
        .command(env!("CARGO_BIN_EXE_wsb").as_ref())
        .args(["get-session", PORTAL, SESSION, "--profile", "audit"])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(8), "{stderr}");
    for text in [
        SERIAL,
        "no terminal",
        "aws sts get-caller-identity --profile audit",
    ] {
        assert!(stderr.contains(text), "{text} in {stderr}");
    }
    assert_eq!(world.requests_for_credentials(), 0);
}
