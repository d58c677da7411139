//! Tells the program which commit it was built from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `cargo package` writes down the commit that it packed.
const PACKAGED: &str = ".cargo_vcs_info.json";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = env!("CARGO_PKG_VERSION");
    let commit = packaged_commit().or_else(checked_out_commit);
    let text = match commit {
        Some(commit) => format!("{version} ({})", &commit[..commit.len().min(12)]),
        None => version.to_owned(),
    };
    println!("cargo::rustc-env=WSB_VERSION={text}");
}

/// Builds again when this file changes. Cargo takes a file that does not exist for one that changes
/// at every call, so that each would compile the program anew.
fn watch(path: &Path) {
    if path.exists() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// The commit that `cargo package` wrote down.
fn packaged_commit() -> Option<String> {
    watch(Path::new(PACKAGED));
    let text = fs::read_to_string(PACKAGED).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// The commit of the checkout, if this is one and not a folder in somebody else's.
///
/// A commit writes the branch's file and the log of `HEAD`, a change of branch `HEAD` itself, and
/// `git pack-refs` moves the branch to another file. In a second work tree they are in two folders.
fn checked_out_commit() -> Option<String> {
    fs::metadata(".git").ok()?;
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "logs/HEAD", "packed-refs"];
    for name in names.into_iter().chain(branch.as_deref()) {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            watch(&PathBuf::from(path));
        }
    }
    git(&["rev-parse", "HEAD"])
}

/// The output of a git command, if git is installed and succeeds.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
