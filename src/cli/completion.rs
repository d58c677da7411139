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
use crate::service::model::Document;

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

/// Completes a portal, and behind it sessions of it.
pub fn portal_then_sessions() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let default = env::var("WSB_PORTAL").unwrap_or_default();
        let ids = match Given::before(current) {
            Given::Nothing => {
                let mut ids = portals();
                if !default.is_empty() {
                    ids.extend(sessions(portal_id(&default).as_ref()));
                }
                ids
            }
            Given::Portal(portal) => sessions(Some(&portal)),
            Given::Name => sessions(None),
        };
        candidates(&ids, current)
    })
}

/// Completes a portal.
pub fn portal() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(&portals(), current))
}

/// Completes a session of the portal that the line names, of any if it names none.
pub fn session() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let portal = match Given::before(current) {
            Given::Portal(portal) => Some(portal),
            Given::Nothing | Given::Name => None,
        };
        candidates(&sessions(portal.as_ref()), current)
    })
}

/// What the line says of the portal.
#[derive(Debug, PartialEq, Eq)]
enum Given {
    Nothing,
    Portal(PortalId),
    /// A name, of which no portal is known here.
    Name,
}

impl Given {
    fn before(current: &OsStr) -> Self {
        // The shell hands over the words of the line behind its own arguments.
        let words: Vec<String> = env::args_os()
            .filter_map(|word| word.into_string().ok())
            .collect();
        Self::in_line(&words, &current.to_string_lossy())
    }

    /// What the words of a line but for the `current` one say. An option's value may be taken for a
    /// name: then more sessions are offered than there need be.
    fn in_line(words: &[String], current: &str) -> Self {
        let mut arguments = words
            .iter()
            .skip_while(|word| !word.contains("-session"))
            .skip(1)
            .map(String::as_str)
            .filter(|word| !word.is_empty() && *word != current && !word.starts_with('-'));
        match arguments.clone().find_map(portal_id) {
            Some(portal) => Self::Portal(portal),
            None if arguments.next().is_some() => Self::Name,
            None => Self::Nothing,
        }
    }
}

/// The portal that a word names by its ID or ARN, of which bash hands over what is behind the last
/// colon.
fn portal_id(word: &str) -> Option<PortalId> {
    match word.parse() {
        Ok(PortalReference::Id(id)) => Some(id),
        Ok(PortalReference::Arn(arn)) => Some(arn.portal),
        Ok(PortalReference::Name(_)) | Err(_) => word.strip_prefix("portal/")?.parse().ok(),
    }
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
    let ids = portals.filter_map(|portal| portal.portal_id());
    remember("portals", ids.map(str::to_owned));
}

/// Keeps the IDs of a list of sessions of `portal` that a person is looking at.
pub fn remember_sessions<'a>(portal: &PortalId, sessions: impl Iterator<Item = &'a Document>) {
    let ids = sessions.filter_map(|session| session.text("sessionId"));
    remember("sessions", ids.map(|session| format!("{portal} {session}")));
}

fn remember(list: &str, lines: impl Iterator<Item = String>) {
    if let (true, Some(folder)) = (io::stdout().is_terminal(), cache_folder()) {
        let lines: Vec<String> = lines.take(MOST).collect();
        let _ = write(&folder, list, &lines);
    }
}

/// Puts the lines before those of earlier lists. The file is replaced as a whole, so that a shell
/// that asks meanwhile reads the old one or the new one.
fn write(folder: &Path, list: &str, new: &[String]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let before = read(folder, list);
    let mut lines = new.to_vec();
    lines.extend(before.into_iter().filter(|line| !new.contains(line)));
    lines.truncate(MOST);
    let draft = folder.join(format!("{list}.{}", std::process::id()));
    let mut file = fs::File::create(&draft)?;
    file.write_all(lines.join("\n").as_bytes())?;
    fs::rename(&draft, folder.join(list))
}

/// The lines of a list, the latest first; none if the file is old.
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

/// IDs of sessions, of one portal if it is given.
fn sessions(portal: Option<&PortalId>) -> Vec<String> {
    let wanted = |line: &String| {
        let (of, session) = line.split_once(' ')?;
        let is_wanted = portal.is_none_or(|portal| portal.as_str() == of);
        (is_wanted && session.parse::<SessionId>().is_ok()).then(|| session.to_owned())
    };
    cached("sessions").iter().filter_map(wanted).collect()
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
        let lines = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        write(&folder, "sessions", &lines(&["a", "b"])).unwrap();
        write(&folder, "sessions", &lines(&["c", "a"])).unwrap();
        assert_eq!(read(&folder, "sessions"), ["c", "a", "b"]);
        let many: Vec<String> = (0..2 * MOST).map(|number| number.to_string()).collect();
        write(&folder, "sessions", &many).unwrap();
        assert_eq!(read(&folder, "sessions").len(), MOST);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_old_or_broken_cache_offers_nothing() {
        let folder = folder("old");
        assert_eq!(read(&folder, "portals"), [""; 0]);
        write(&folder, "portals", &["a".to_owned()]).unwrap();
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
    fn the_portal_is_told_from_the_other_words_of_the_line() {
        const ID: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
        let arn = format!("arn:aws:workspaces-web:us-east-1:123456789012:portal/{ID}");
        let in_bash = format!("portal/{ID}");
        let portal = || Given::Portal(ID.parse().unwrap());
        for (words, given) in [
            (&["get-session"][..], Given::Nothing),
            (&["get-session", "-v"], Given::Nothing),
            (&["get-session", "Contractors"], Given::Name),
            (&["get-session", ID], portal()),
            (&["get-session", "--portal-id", ID], portal()),
            (&["wait-session", &arn], portal()),
            (&["list-sessions", ID, "--session-id"], portal()),
            (&["get-session", "arn", ":", &in_bash], portal()),
        ] {
            let mut line: Vec<String> = ["wsb", "--", "wsb"].map(str::to_owned).into();
            line.extend(words.iter().map(ToString::to_string));
            line.push("4".to_owned());
            assert_eq!(Given::in_line(&line, "4"), given, "{words:?}");
        }
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
