//! Codes of multi-factor authentication devices, asked for at a terminal that is made for the test.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::sign_in::World;
use crate::support::{Finished, PORTAL, SESSION};

const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
const PROMPT: &str = "Enter MFA code for arn:aws:iam::123456789012:mfa/alice: ";

/// A world with a role that needs a code.
fn world() -> World {
    let world = World::new();
    world.write(
        ".aws/config",
        format!(
            "[profile audit]\nrole_arn = arn:aws:iam::123456789012:role/Auditor\nsource_profile = base\n\
             mfa_serial = {SERIAL}\n[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = baseSecret\n"
        )
        .as_bytes(),
    );
    world
}

/// A terminal and the program that runs at it, its input and output in files.
struct AtTerminal {
    master: File,
    slave: File,
    child: std::process::Child,
    folder: std::path::PathBuf,
}

impl AtTerminal {
    /// `wsb get-session PORTAL - --profile audit` with these session IDs on standard input.
    fn start(world: &World, sessions: &str, more: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let folder = crate::support::folder();
        std::fs::write(folder.join("in"), sessions).unwrap();
        let run = world.command(env!("CARGO_BIN_EXE_wsb").as_ref());
        let mut command = std::process::Command::new("setsid");
        command
            .args(["--ctty", "--wait", "sh", "-c"])
            .arg("exec \"$0\" \"$@\" <\"$TEST/in\" >\"$TEST/out\" 2>\"$TEST/err\"")
            .arg(env!("CARGO_BIN_EXE_wsb"))
            .args(["get-session", PORTAL, "-", "--profile", "audit", "-vv"])
            .args(more)
            .env_clear()
            .envs(
                run.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("TEST", &folder)
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            child: command.spawn().unwrap(),
            master: File::from(master),
            slave,
            folder,
        }
    }

    /// Waits for the prompt.
    fn prompted(&mut self) {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(PROMPT) {
            let mut some = [0; 256];
            let count = self.master.read(&mut some).unwrap();
            shown.extend_from_slice(&some[..count]);
        }
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.slave)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
    }

    fn types(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// The end of the run, and what the terminal showed behind the prompt.
    fn finish(mut self) -> (Finished, String) {
        let status = self.child.wait().unwrap();
        assert!(self.echoes(), "the terminal is left silent");
        // What is shown from here on comes behind all that the program had shown.
        self.slave.write_all(b"<end>").unwrap();
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains("<end>") {
            let mut some = [0; 256];
            let count = self.master.read(&mut some).unwrap();
            shown.extend_from_slice(&some[..count]);
        }
        let text = |name| std::fs::read_to_string(self.folder.join(name)).unwrap();
        let finished = Finished {
            code: status.code(),
            stdout: text("out"),
            stderr: text("err"),
        };
        for secret in [
            "baseSecret",
            "stsSecretAccessKey",
            "stsSessionToken",
            "123456",
        ] {
            let shown = String::from_utf8_lossy(&shown);
            for output in [&finished.stdout, &finished.stderr, &shown.into_owned()] {
                assert!(
                    !output.contains(&format!("{secret}\n"))
                        && !output.contains(&format!(" {secret}")),
                    "{finished:#?}"
                );
            }
        }
        (finished, String::from_utf8_lossy(&shown).into_owned())
    }
}

fn sessions() -> String {
    (0..20)
        .map(|number| format!("aaaaaaaa-0001-4000-8000-{number:012}\n"))
        .collect()
}

#[test]
fn the_code_is_asked_for_once_at_the_terminal_and_not_shown() {
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
