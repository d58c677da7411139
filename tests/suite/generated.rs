//! The checked-in files that follow from the command line's declaration.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{skip_without, wsb};

#[path = "../../examples/generate.rs"]
#[allow(dead_code, reason = "its main is the example's")]
pub mod generate;

/// Every shell and the file that its script is in.
const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "wsb.bash"),
    ("zsh", "_wsb"),
    ("fish", "wsb.fish"),
    ("powershell", "_wsb.ps1"),
    ("elvish", "wsb.elv"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_checked_in_files_are_what_the_generator_writes() {
    let stale = generate::stale(root(), &generate::files().unwrap()).unwrap();
    assert_eq!(
        stale,
        Vec::<PathBuf>::new(),
        "run: cargo run --example generate"
    );
}

#[test]
fn the_program_prints_the_checked_in_completion_scripts() {
    for (shell, file) in SCRIPTS {
        let run = wsb(["completions", shell]).run();
        let checked_in = std::fs::read_to_string(root().join("completions").join(file)).unwrap();
        run.code(0);
        assert!(
            run.stdout == checked_in,
            "{file}: run: cargo run --example generate"
        );
    }
}

#[cfg(unix)]
#[test]
fn each_installed_shell_can_read_its_script() {
    for (shell, file) in SCRIPTS {
        let no_execution = match shell {
            "fish" => "--no-execute",
            _ => "-n",
        };
        if !["bash", "zsh", "fish"].contains(&shell) || skip_without(shell) {
            continue;
        }
        let output = Command::new(shell)
            .arg(no_execution)
            .arg(root().join("completions").join(file))
            .output()
            .unwrap();
        assert!(output.status.success(), "{file}: {output:?}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_a_subcommand_an_option_and_a_value() {
    if skip_without("bash") {
        return;
    }
    // The words as bash hands them to a completion function.
    let script = r#"
        . "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        _wsb wsb "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    for (words, completion) in [
        (&["wsb", "get-s"][..], "get-session"),
        (&["wsb", "get-session", "--conc"], "--concurrency"),
        (&["wsb", "get-session", "--output", "jsonl"], "jsonl"),
    ] {
        let output = Command::new("bash")
            .args(["-c", script, "bash"])
            .arg(root().join("completions/wsb.bash"))
            .args(words)
            .env(
                "PATH",
                format!(
                    "{}:/usr/bin:/bin",
                    Path::new(env!("CARGO_BIN_EXE_wsb"))
                        .parent()
                        .unwrap()
                        .display()
                ),
            )
            .output()
            .unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        assert!(
            found.lines().any(|line| line == completion),
            "{words:?}: {found:?}"
        );
    }
}

#[test]
fn every_man_page_is_set_without_a_complaint() {
    if skip_without("groff") {
        return;
    }
    for entry in std::fs::read_dir(root().join("man")).unwrap() {
        let page = entry.unwrap().path();
        let output = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww"])
            .arg(&page)
            .output()
            .unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert_eq!(complaints, "", "{}", page.display());
    }
}
