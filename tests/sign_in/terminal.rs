//! The program at a terminal that is made for the test.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::World;
use crate::support::{Finished, PORTAL, skip};

/// The device of the profile that [`world`] has.
pub const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
const PROMPT: &str = "Enter MFA code for arn:aws:iam::123456789012:mfa/alice: ";

/// A world with a role that needs a code.
pub fn world() -> World {
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

/// A process that leads a session without a terminal would get this one with another flag.
const FLAGS: OpenptFlags = OpenptFlags::RDWR.union(OpenptFlags::NOCTTY);

/// Whether the calling test has to be skipped because the system has no pseudo-terminals.
#[track_caller]
pub fn skip_without_terminal() -> bool {
    let error = openpt(FLAGS).err();
    if let Some(error) = error {
        skip(&format!("no pseudo-terminal can be opened: {error}"));
    }
    error.is_some()
}

/// A terminal and the program that runs at it, its input and output in files.
pub struct AtTerminal {
    master: File,
    slave: File,
    child: std::process::Child,
    folder: std::path::PathBuf,
}

impl AtTerminal {
    /// `wsb get-session PORTAL - --profile audit` with these session IDs on standard input.
    pub fn start(world: &World, sessions: &str, more: &[&str]) -> Self {
        let master = openpt(FLAGS).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let slave = File::from(ioctl_tiocgptpeer(&master, FLAGS).unwrap());
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
    pub fn prompted(&mut self) {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(PROMPT) {
            let mut some = [0; 256];
            let count = self.master.read(&mut some).unwrap();
            shown.extend_from_slice(&some[..count]);
        }
    }

    pub fn echoes(&self) -> bool {
        tcgetattr(&self.slave)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
    }

    pub fn types(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// The end of the run, and what the terminal showed behind the prompt.
    pub fn finish(mut self) -> (Finished, String) {
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
