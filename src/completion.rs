//! Completion of portal and session IDs at the prompt, from a short-lived cache.
//!
//! The shell waits for every answer, so no call is ever made for one: the lists that a person
//! looks at leave their IDs in the user's cache folder, and those of the last hour are offered.
//! The cache holds IDs alone, no names and no addresses. Whatever goes wrong with it, there are
//! just no IDs to offer.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::service::ids::{PortalId, PortalReference, SessionId};
use crate::service::model::{ArnPart, Document};

/// The variable by which a shell asks for candidates.
const VARIABLE: &str = "WSB_COMPLETE";

/// How long IDs are offered: a session that ended an hour ago is hardly asked about.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The most IDs that are kept of one list.
const MOST: usize = 500;

/// Answers the shell about `command`, if it is the shell that asks, and ends the program then.
pub fn answer_shell(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// The script that makes a shell ask this program; `None` for a shell that cannot.
pub fn registration(shell: &str) -> Option<Vec<u8>> {
    let mut script = Vec::new();
    Shells::builtins()
        .completer(shell)?
        .write_registration(VARIABLE, "wsb", "wsb", "wsb", &mut script)
        .ok()?;
    Some(script)
}

/// Completes a portal, and behind it sessions.
pub fn portal_then_sessions() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        // The shell hands over the words of the line behind its own arguments.
        let words = env::args_os().filter_map(|word| word.into_string().ok());
        let has_default = env::var_os("WSB_PORTAL").is_some_and(|portal| !portal.is_empty());
        let ids = for_line(words, has_default, &current.to_string_lossy());
        candidates(&ids, current)
    })
}

/// Completes a portal.
pub fn portal() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(&portals(), current))
}

/// Sessions if the words on the line name a portal already, else portals; both where `WSB_PORTAL`
/// names it.
fn for_line(words: impl Iterator<Item = String>, has_default: bool, current: &str) -> Vec<String> {
    let names_portal = |word: String| {
        word != current
            && matches!(
                word.parse(),
                Ok(PortalReference::Id(_) | PortalReference::Arn(_))
            )
    };
    if words.into_iter().any(names_portal) {
        return sessions();
    }
    let mut ids = portals();
    if has_default {
        ids.extend(sessions());
    }
    ids
}

fn candidates(ids: &[String], current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    ids.iter()
        .filter(|id| id.starts_with(&*current))
        .map(CompletionCandidate::new)
        .collect()
}

/// Keeps the IDs of a list of portals that a person is looking at.
pub fn remember_portals<'a>(portals: impl Iterator<Item = &'a Document>) {
    remember(
        "portals",
        portals.filter_map(|portal| portal.portal_arn(ArnPart::PortalId)),
    );
}

/// Keeps the IDs of a list of sessions that a person is looking at.
pub fn remember_sessions<'a>(sessions: impl Iterator<Item = &'a Document>) {
    remember(
        "sessions",
        sessions.filter_map(|session| session.text("sessionId")),
    );
}

fn remember<'a>(list: &str, ids: impl Iterator<Item = &'a str>) {
    if let (true, Some(folder)) = (io::stdout().is_terminal(), cache_folder()) {
        let ids: Vec<&str> = ids.take(MOST).collect();
        let _ = write(&folder, list, &ids);
    }
}

/// Puts the IDs before those of earlier lists. The file is replaced as a whole, so that a shell
/// that asks meanwhile reads the old one or the new one.
fn write(folder: &Path, list: &str, ids: &[&str]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let before = read(folder, list);
    let mut lines: Vec<&str> = ids.to_vec();
    lines.extend(
        before
            .iter()
            .map(String::as_str)
            .filter(|id| !ids.contains(id)),
    );
    lines.truncate(MOST);
    let draft = folder.join(format!("{list}.{}", std::process::id()));
    let mut file = fs::File::create(&draft)?;
    file.write_all(lines.join("\n").as_bytes())?;
    fs::rename(&draft, folder.join(list))
}

/// The IDs of a list, the latest first; none if the file is old.
fn read(folder: &Path, list: &str) -> Vec<String> {
    let path = folder.join(list);
    let age = fs::metadata(&path)
        .and_then(|metadata| metadata.modified())
        .map(|time| SystemTime::now().duration_since(time).unwrap_or_default());
    match (age, fs::read_to_string(&path)) {
        (Ok(age), Ok(text)) if age <= LIFETIME => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Portal IDs, those of the cache checked: anybody may have written the file.
fn portals() -> Vec<String> {
    let is_id = |id: &String| id.parse::<PortalId>().is_ok();
    cached("portals").into_iter().filter(is_id).collect()
}

fn sessions() -> Vec<String> {
    let is_id = |id: &String| id.parse::<SessionId>().is_ok();
    cached("sessions").into_iter().filter(is_id).collect()
}

fn cached(list: &str) -> Vec<String> {
    cache_folder().map_or_else(Vec::new, |folder| read(&folder, list))
}

/// `wsb` in the user's cache folder: that of the XDG Base Directory specification, or the
/// platform's.
fn cache_folder() -> Option<PathBuf> {
    let variable = if cfg!(windows) {
        "LOCALAPPDATA"
    } else {
        "XDG_CACHE_HOME"
    };
    let base = env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| {
            let below_home = if cfg!(target_os = "macos") {
                "Library/Caches"
            } else {
                ".cache"
            };
            env::home_dir()
                .filter(|home| home.is_absolute())
                .map(|home| home.join(below_home))
        })?;
    Some(base.join("wsb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("wsb-completion-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn the_latest_ids_come_first_and_the_oldest_give_way() {
        let folder = folder("latest");
        write(&folder, "sessions", &["a", "b"]).unwrap();
        write(&folder, "sessions", &["c", "a"]).unwrap();
        assert_eq!(read(&folder, "sessions"), ["c", "a", "b"]);
        let many: Vec<String> = (0..2 * MOST).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        write(&folder, "sessions", &many).unwrap();
        assert_eq!(read(&folder, "sessions").len(), MOST);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_old_or_broken_cache_offers_nothing() {
        let folder = folder("old");
        assert_eq!(read(&folder, "portals"), [""; 0]);
        write(&folder, "portals", &["a"]).unwrap();
        let long_ago = SystemTime::now() - 2 * LIFETIME;
        let file = fs::File::options()
            .write(true)
            .open(folder.join("portals"))
            .unwrap();
        file.set_modified(long_ago).unwrap();
        assert_eq!(read(&folder, "portals"), [""; 0]);
        fs::write(folder.join("portals"), [0xff, 0xfe]).unwrap();
        assert_eq!(read(&folder, "portals"), [""; 0]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_shell_that_can_ask_has_a_script() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let script = String::from_utf8(registration(shell).unwrap()).unwrap();
            assert!(script.contains(VARIABLE), "{script}");
        }
        assert_eq!(registration("tcsh"), None);
    }
}
