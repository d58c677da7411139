//! The syntax in which shells set variables, and the detection of interactive shells.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;

use tokio::process::Command;

/// The names of shells, in lower case and without `.exe`.
const SHELLS: [&str; 12] = [
    "ash", "bash", "cmd", "csh", "dash", "elvish", "fish", "ksh", "nu", "sh", "tcsh", "zsh",
];
const POWERSHELLS: [&str; 2] = ["powershell", "pwsh"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Posix,
    PowerShell,
}

impl Syntax {
    /// The syntax of the user's shell: PowerShell's on Windows, unless `SHELL` is set, as Git Bash and
    /// Cygwin do.
    pub(super) fn on(is_windows: bool, has_shell: bool) -> Self {
        if is_windows && !has_shell {
            Self::PowerShell
        } else {
            Self::Posix
        }
    }

    /// The lines with which a shell sets these variables.
    pub(super) fn lines(self, environment: &[(&str, String)]) -> String {
        let removal = match self {
            Self::Posix => {
                r#"for name in $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done"#
            }
            Self::PowerShell => "Get-ChildItem Env:AWS_* | Remove-Item",
        };
        let mut text = format!("{removal}\n");
        for (name, value) in environment {
            // Writing to a `String` cannot fail.
            let _ = match self {
                Self::Posix => writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''")),
                Self::PowerShell => writeln!(text, "$env:{name} = '{}'", value.replace('\'', "''")),
            };
        }
        text
    }
}

/// Whether the command is a shell without arguments, which reads commands from the terminal.
pub(super) fn is_interactive(program: &OsStr, arguments: &[OsString]) -> bool {
    let name = shell_name(program);
    arguments.is_empty() && (SHELLS.contains(&&*name) || POWERSHELLS.contains(&&*name))
}

/// Adds `(wsb local)` to the prompt of an interactive shell, if that is possible without a file.
pub(super) fn mark_prompt(command: &mut Command, program: &OsStr) {
    match shell_name(program).as_str() {
        // The user's start-up files set PS1, and the shell runs PROMPT_COMMAND after them.
        "bash" => {
            let mark = r#"PS1="(wsb local) $PS1"; unset PROMPT_COMMAND"#;
            command.env("PROMPT_COMMAND", mark);
        }
        "fish" => {
            let mark = "functions --copy fish_prompt wsb_prompt; \
                        function fish_prompt; printf '(wsb local) '; wsb_prompt; end";
            command.args(["--init-command", mark]);
        }
        "ash" | "dash" | "ksh" | "sh" | "zsh" => {
            command.env("PS1", "(wsb local) $ ");
        }
        _ => {}
    }
}

/// The file name of a program in lower case, without `.exe`.
fn shell_name(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or_default();
    let name = name.to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_gets_powershell_unless_another_shell_says_otherwise() {
        assert_eq!(Syntax::on(true, false), Syntax::PowerShell);
        assert_eq!(Syntax::on(true, true), Syntax::Posix);
        assert_eq!(Syntax::on(false, false), Syntax::Posix);
    }

    #[test]
    fn each_syntax_removes_sets_and_quotes() {
        let environment = [
            ("AWS_REGION", "us-east-1".into()),
            ("NO_PROXY", "it's".into()),
        ];
        assert!(
            Syntax::Posix
                .lines(&environment)
                .ends_with("\nexport AWS_REGION='us-east-1'\nexport NO_PROXY='it'\\''s'\n")
        );
        assert_eq!(
            Syntax::PowerShell.lines(&environment),
            "Get-ChildItem Env:AWS_* | Remove-Item\n\
             $env:AWS_REGION = 'us-east-1'\n$env:NO_PROXY = 'it''s'\n"
        );
    }

    #[test]
    fn a_shell_without_arguments_is_interactive() {
        let is = |program: &str, arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            is_interactive(OsStr::new(program), &arguments)
        };
        assert!(is("bash", &[]));
        assert!(is("/usr/bin/zsh", &[]));
        assert!(is("PowerShell.exe", &[]));
        assert!(!is("bash", &["-c", "true"]));
        assert!(!is("./my-ci-script.sh", &[]));
        assert!(!is("wsb", &[]));
    }
}
