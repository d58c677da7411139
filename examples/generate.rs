//! Writes the files that are generated from the declaration of the command line: `completions/` and `man/`.
//!
//! ```text
//! cargo run --example generate              write them
//! cargo run --example generate -- --check   fail and name those that are stale
//! ```
//!
//! The content depends on the source only: not on the date, the width of the terminal or the environment.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool of the developers, run in a terminal"
)]

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Command, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use wsb::diagnostics;

/// The folders that hold generated files and nothing else.
const FOLDERS: [&str; 2] = ["completions", "man"];

/// The environment variables, for the man page and docs/settings.md.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("WSB_PORTAL", "the portal if none is given"),
    ("WSB_OUTPUT", "the output format if none is given"),
    ("WSB_ERRORS", "the format of errors if none is given"),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "the region; the first one takes precedence",
    ),
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "credentials",
    ),
    (
        "AWS_DEFAULT_PROFILE, AWS_PROFILE",
        "the profile in the shared AWS config files; the first one takes precedence",
    ),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "the paths of the shared AWS config files",
    ),
    (
        "AWS_ENDPOINT_URL_WORKSPACES_WEB, AWS_ENDPOINT_URL",
        "an endpoint instead of the region's; the first one takes precedence",
    ),
    (
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "true: ignore the endpoints of the environment and the profile",
    ),
    (
        "AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT",
        "true: the same as --use-fips and --use-dual-stack",
    ),
    ("AWS_MAX_ATTEMPTS", "attempts per call, including the first"),
    (
        "AWS_CA_BUNDLE",
        "a PEM file with the certificate authorities to trust",
    ),
    (
        "AWS_EC2_METADATA_DISABLED",
        "true: do not use the instance metadata service",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "the proxy, and the hosts to reach without it",
    ),
    ("NO_COLOR", "no color, unless --color always is given"),
    ("TZ", "the time zone of the times in tables"),
];

/// A generated file: its path in the repository, and its content.
pub type File = (PathBuf, Vec<u8>);

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.join(" ").as_str() {
        "" => write(root),
        "--check" => check(root),
        _ => Err(io::Error::other(
            "usage: cargo run --example generate [-- --check]",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(root: &Path) -> io::Result<()> {
    let files = files()?;
    for path in stale(root, &files)? {
        match files.iter().find(|(known, _)| *known == path) {
            None => fs::remove_file(root.join(&path))?,
            Some((_, content)) => {
                fs::create_dir_all(root.join(&path).parent().unwrap_or(root))?;
                fs::write(root.join(&path), content)?;
            }
        }
        println!("{}", path.display());
    }
    Ok(())
}

fn check(root: &Path) -> io::Result<()> {
    let stale = stale(root, &files()?)?;
    if stale.is_empty() {
        return Ok(());
    }
    for path in stale {
        println!("stale: {}", path.display());
    }
    Err(io::Error::other(
        "write them again with: cargo run --example generate",
    ))
}

/// The files that are missing, that differ, or that are no longer generated.
pub fn stale(root: &Path, files: &[File]) -> io::Result<Vec<PathBuf>> {
    let mut stale = Vec::new();
    for (path, content) in files {
        match fs::read(root.join(path)) {
            Ok(found) if found == *content => {}
            Ok(_) => stale.push(path.clone()),
            Err(error) if error.kind() == ErrorKind::NotFound => stale.push(path.clone()),
            Err(error) => return Err(error),
        }
    }
    for folder in FOLDERS {
        let entries = match fs::read_dir(root.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = Path::new(folder).join(entry?.file_name());
            if !files.iter().any(|(known, _)| *known == path) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}

/// Every generated file. A new subcommand or shell appears by itself.
pub fn files() -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for shell in Shell::value_variants() {
        files.push(completion(*shell));
    }
    // `wsb help` prints the help of the commands, which have pages.
    let mut program = wsb::commands::command().disable_help_subcommand(true);
    program.build();
    files.push(page(&program, &program)?);
    for subcommand in program.get_subcommands().filter(|one| !one.is_hide_set()) {
        files.push(page(&program, subcommand)?);
    }
    Ok(files)
}

/// A completion script, under the name that its shell looks for.
fn completion(shell: Shell) -> File {
    let script = wsb::commands::completion_script(shell);
    let name = match shell {
        Shell::Bash => "wsb.bash".to_owned(),
        other => clap_complete::Generator::file_name(&other, "wsb"),
    };
    (Path::new("completions").join(name), script)
}

/// A man page from the help texts, with sections for the examples and the exit codes.
fn page(program: &Command, command: &Command) -> io::Result<File> {
    let man = Man::new(command.clone()).manual("wsb Manual");
    let man = man.source(format!("wsb {}", program.get_version().unwrap_or_default()));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let is_program = command.get_name() == program.get_name();
    let mut roff = Roff::default();
    if is_program {
        man.render_subcommands_section(&mut page)?;
        environment(&mut roff);
    } else if let Some(help) = command.get_after_long_help() {
        examples(&mut roff, &help.to_string());
    }
    exit_status(&mut roff, command);
    see_also(&mut roff, program, command);
    roff.to_writer(&mut page)?;
    page.write_all(b"\n")?;
    Ok((Path::new("man").join(man.get_filename()), page))
}

/// The usage line of the help; clap_mangen's synopsis would name every option.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::default();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(usage.trim_start_matches("Usage: "))]);
    roff
}

/// The lines below `Examples:` of a command's help, unchanged.
fn examples(roff: &mut Roff, help: &str) {
    let Some(examples) = help.split("Examples:\n").nth(1) else {
        return;
    };
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    // A blank line ends them, before the exit codes.
    for line in examples.lines().take_while(|line| !line.is_empty()) {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("fi", []);
}

fn environment(roff: &mut Roff) {
    roff.control("SH", ["ENVIRONMENT"]);
    for (names, meaning) in ENVIRONMENT {
        roff.control("TP", []);
        roff.text([bold(*names)]);
        roff.text([roman(*meaning)]);
    }
}

fn exit_status(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["EXIT STATUS"]);
    if command.get_name() == "local" {
        roff.text([roman(
            "The exit status of COMMAND, if there is one. Otherwise:",
        )]);
    }
    for row in diagnostics::TABLE {
        roff.control("TP", []);
        roff.text([bold((row.code as u8).to_string())]);
        let meaning = match row.service_names {
            "" => row.meaning.to_owned(),
            names => format!("{} ({names})", row.meaning),
        };
        roff.text([roman(meaning)]);
    }
}

fn see_also(roff: &mut Roff, program: &Command, command: &Command) {
    let subcommands = program.get_subcommands().filter(|one| !one.is_hide_set());
    let names = std::iter::once(program)
        .chain(subcommands)
        .filter(|other| other.get_name() != command.get_name())
        .filter_map(|other| other.get_display_name());
    let mut line: Vec<Inline> = Vec::new();
    for name in names {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.extend([bold(name), roman("(1)")]);
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text(line);
}
