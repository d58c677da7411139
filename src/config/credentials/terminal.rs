//! A question at the controlling terminal, whatever standard input and output are; what is typed is
//! not shown.

use std::io::Result;

use tokio::sync::oneshot;

/// Asks and gives the line that is typed. If the future is dropped, at a signal or at the end of the
/// command's time, the terminal is set back as it was.
///
/// # Errors
/// There is no controlling terminal.
pub(super) async fn ask(prompt: &str) -> Result<String> {
    let silence = system::Silence::begin(prompt)?;
    let reader = silence.reader()?;
    let (sender, receiver) = oneshot::channel();
    // Not a task of the runtime, whose end would wait for the line.
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
    pub(super) struct Silence {
        terminal: File,
        before: Termios,
    }

    impl Silence {
        pub(super) fn begin(prompt: &str) -> Result<Self> {
            let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut silent = before.clone();
            silent.local_modes &= !LocalModes::ECHO;
            silent.local_modes |= LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
            let silence = Self {
                terminal: terminal.try_clone()?,
                before,
            };
            terminal.write_all(prompt.as_bytes())?;
            Ok(silence)
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

    impl Drop for Silence {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::Result;

    /// The question; the reader hides what is typed.
    pub(super) struct Silence {
        prompt: String,
    }

    impl Silence {
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
