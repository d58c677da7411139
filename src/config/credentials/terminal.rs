//! A prompt at the controlling terminal, whatever standard input and output are. What is typed is not
//! shown.

use std::io::Result;

use tokio::sync::oneshot;

/// Prompts for a line. If the future is dropped, at a signal or when the time for the command runs out,
/// the terminal is restored.
///
/// # Errors
/// There is no controlling terminal.
pub(super) async fn prompt(prompt: &str) -> Result<String> {
    let input = system::HiddenInput::begin(prompt)?;
    let reader = input.reader()?;
    let (sender, receiver) = oneshot::channel();
    // No task of the runtime, because its end would wait for the line.
    std::thread::spawn(move || {
        let _ = sender.send(reader());
    });
    receiver
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::UnexpectedEof.into()))
}

#[cfg(unix)]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io::{BufRead, BufReader, Result, Write};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// The terminal while it does not show what is typed.
    pub(super) struct HiddenInput {
        terminal: File,
        before: Termios,
    }

    impl HiddenInput {
        pub(super) fn begin(prompt: &str) -> Result<Self> {
            let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut hidden = before.clone();
            hidden.local_modes &= !LocalModes::ECHO;
            hidden.local_modes |= LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
            let input = Self {
                terminal: terminal.try_clone()?,
                before,
            };
            terminal.write_all(prompt.as_bytes())?;
            Ok(input)
        }

        pub(super) fn reader(&self) -> Result<impl FnOnce() -> Result<String> + Send + use<>> {
            let terminal = self.terminal.try_clone()?;
            Ok(move || {
                let mut line = String::new();
                BufReader::new(terminal).read_line(&mut line)?;
                Ok(line)
            })
        }
    }

    impl Drop for HiddenInput {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::Result;

    /// The prompt; the reader hides what is typed.
    pub(super) struct HiddenInput {
        prompt: String,
    }

    impl HiddenInput {
        pub(super) fn begin(prompt: &str) -> Result<Self> {
            Ok(Self {
                prompt: prompt.to_owned(),
            })
        }

        pub(super) fn reader(&self) -> Result<impl FnOnce() -> Result<String> + Send + use<>> {
            let prompt = self.prompt.clone();
            Ok(move || rpassword::prompt_password(prompt))
        }
    }
}
