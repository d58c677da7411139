//! Lines at the prompt of bash: a candidate continues the word and changes no other, and an option that is
//! offered fits.
//!
//! The input is the line after the name of the command.

use std::sync::Arc;

use clap::error::ErrorKind;
use tempfile::TempDir;
use wsb::cli::Environment;
use wsb::cli::private_file;
use wsb::commands::{answer_shell, command};
use wsb::config::parsers::words::split as shell_words;

use super::printed::check_safe;

/// Names of portals that a shell must not expand.
const NAMES: [&str; 6] = [
    "Contractors",
    "Customer support",
    "it's \"new\"",
    "$HOME `id` !! \\x",
    "a:b=c",
    "山 é",
];

pub(super) fn check(input: &[u8]) {
    let Ok(line) = std::str::from_utf8(input) else {
        return;
    };
    // A variable has no NUL, and a shell ends a command at a line break.
    let is_line = line.starts_with(' ') && !line.contains(['\0', '\n', '\r']);
    // What a backslash at the end escapes is not typed yet.
    if !is_line || line.ends_with('\\') {
        return;
    }
    let breaks = |c: char| " \t\"'><=;|&(:\\".contains(c);
    let word = line.rsplit(breaks).next().unwrap_or_default();
    let Some((quote, mut before)) = words(line) else {
        return;
    };
    let is_new = quote.is_empty() && line.ends_with([' ', '\t']);
    let typed = if is_new {
        String::new()
    } else {
        before.pop().unwrap_or_default()
    };
    for candidate in candidates(line, word) {
        let rest = candidate.strip_prefix(word).expect("it continues the word");
        check_safe(rest, &[]);
        let completed = format!("{line}{rest}{quote}");
        let mut after =
            shell_words(&completed).unwrap_or_else(|error| panic!("{error}: {completed:?}"));
        let last = after.pop().unwrap_or_default();
        assert_eq!(after, before, "{completed:?}");
        assert!(
            last.starts_with(&typed),
            "{last:?} does not continue {typed:?}"
        );
        // clap_complete adds letters to any that were typed after one dash.
        if last.starts_with("--") {
            check_option(&before, &last);
        }
    }
}

/// The words of a line, and the quotation mark that closes it.
fn words(line: &str) -> Option<(&'static str, Vec<String>)> {
    let closed = ["", "\"", "'"].into_iter().map(|quote| {
        let words = shell_words(&format!("{line}{quote}"));
        words.map(|words| (quote, words)).ok()
    });
    closed.flatten().next()
}

/// Checks that the option makes no line invalid that was valid, or only incomplete.
fn check_option(before: &[String], option: &str) {
    let parse = |option: Option<&str>| {
        let words = before.iter().map(String::as_str).chain(option);
        let parsed = command().try_get_matches_from(std::iter::once("wsb").chain(words));
        parsed.err().map(|error| error.kind())
    };
    let is_wrong = |kind: Option<ErrorKind>| {
        matches!(
            kind,
            Some(
                ErrorKind::UnknownArgument
                    | ErrorKind::ArgumentConflict
                    | ErrorKind::InvalidSubcommand
            )
        )
    };
    let is_incomplete = matches!(
        parse(None),
        None | Some(
            ErrorKind::MissingSubcommand
                | ErrorKind::MissingRequiredArgument
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        )
    );
    let with_option = parse(Some(option));
    assert!(
        !is_incomplete || !is_wrong(with_option),
        "{before:?} {option}: {with_option:?}"
    );
}

fn candidates(line: &str, word: &str) -> Vec<String> {
    let cache = cache();
    let cache = cache.path().to_str().expect("a path of ASCII");
    let variables = [
        ("WSB_COMPLETE", "bash"),
        ("_WSB_LINE", line),
        ("_WSB_WORD", word),
        ("XDG_CACHE_HOME", cache),
        ("LOCALAPPDATA", cache),
        ("AWS_CONFIG_FILE", ""),
        ("AWS_SHARED_CREDENTIALS_FILE", ""),
    ];
    let environment: Environment = variables.into_iter().collect();
    let answer = answer_shell(&Arc::new(environment)).expect("bash asks");
    answer.lines().map(str::to_owned).collect()
}

/// A cache folder with portals and a session, as lists of a terminal leave it.
fn cache() -> TempDir {
    let cache = tempfile::tempdir().expect("a folder");
    let now = jiff::Timestamp::now().as_second();
    let id = |number: usize| format!("{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
    let portals = NAMES.iter().enumerate();
    let portals = portals.map(|(at, name)| format!("{now}\t{}\t{name}\tus-east-1\n", id(at)));
    let portals: String = portals.collect();
    let session = format!("{now}\t{}\t{}\tal'ice\t2026-11-24 01:30\n", id(0), id(7));
    for (name, text) in [("portals", portals), ("sessions", session)] {
        let file = cache.path().join("wsb").join(name);
        private_file::replace(&file, text.as_bytes()).expect("a file");
    }
    cache
}
