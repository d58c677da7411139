//! Prompts at the controlling terminal, even if standard input and output are redirected. The terminal does not
//! show the input.
//!
//! rpassword is not used on Unix: Ctrl-Z does nothing at its prompt, and the terminal does not show any input
//! again if the command ends at the prompt.

use std::io::Result;

use tokio::sync::oneshot;

/// Prompts for a line. If the future is dropped, because of a signal or the command's time limit, the terminal is
/// restored.
///
/// # Errors
/// There is no controlling terminal.
pub(super) async fn prompt(prompt: &str) -> Result<String> {
    #[cfg(unix)]
    let _hidden = unix::HiddenInput::begin()?;
    let prompt = prompt.to_owned();
    let (sender, receiver) = oneshot::channel();
    // The runtime would wait for the end of a blocking task.
    std::thread::spawn(move || {
        #[cfg(unix)]
        let line = unix::read_line(&prompt);
        #[cfg(not(unix))]
        let line = rpassword::prompt_password(prompt);
        let _ = sender.send(line);
    });
    receiver
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::UnexpectedEof.into()))
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::{BufRead, BufReader, Result, Write};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    fn open() -> Result<File> {
        OpenOptions::new().read(true).write(true).open("/dev/tty")
    }

    /// Turns the echo of the terminal off. It is turned on again when this is dropped.
    pub(super) struct HiddenInput {
        terminal: File,
        before: Termios,
    }

    impl HiddenInput {
        pub(super) fn begin() -> Result<Self> {
            let terminal = open()?;
            let before = tcgetattr(&terminal)?;
            let mut hidden = before.clone();
            hidden.local_modes &= !LocalModes::ECHO;
            hidden.local_modes |= LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for HiddenInput {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }

    pub(super) fn read_line(prompt: &str) -> Result<String> {
        let mut terminal = open()?;
        terminal.write_all(prompt.as_bytes())?;
        let mut line = String::new();
        BufReader::new(terminal).read_line(&mut line)?;
        Ok(line)
    }
}
