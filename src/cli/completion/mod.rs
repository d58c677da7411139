//! Completion at the prompt: portals and sessions from a short-lived cache, profiles and regions.
//!
//! The shell waits for every answer, so no call is ever made for one: the lists that a person
//! looks at leave portals and sessions in the user's cache folder, and those of the last hour are
//! offered. Whatever goes wrong with it, there is just nothing to offer.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};

use clap::ValueHint;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use jiff::tz::TimeZone;

mod cache;
mod line;
mod profiles;

use crate::output::time;
use crate::output::untrusted::escape;
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::{Partition, Region};
use crate::service::ids::{PortalId, PortalReference, SessionId};
use cache::Cache;
use line::{Given, portal_id, quoted, unquoted};

/// The variable by which a shell asks for candidates.
const VARIABLE: &str = "WSB_COMPLETE";

const PORTALS: &str = "portals";
const SESSIONS: &str = "sessions";

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

/// The command as shells are told of it: without what is hidden, and with nothing to offer where nothing
/// is known, which some shells fill with files and commands.
pub fn as_shells_see_it(command: &clap::Command) -> clap::Command {
    let arguments = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
        .cloned()
        .map(|argument| match argument.get_value_hint() {
            ValueHint::Unknown if argument.get_action().takes_values() => {
                argument.value_hint(ValueHint::Other)
            }
            _ => argument,
        });
    let shown = clap::Command::new(command.get_name().to_owned())
        .args(arguments)
        .subcommands(
            command
                .get_subcommands()
                .filter(|subcommand| !subcommand.is_hide_set())
                .map(as_shells_see_it),
        );
    let shown = match command.get_about() {
        Some(about) => shown.about(about.clone()),
        None => shown,
    };
    match command.get_version() {
        Some(version) => shown.version(version.to_owned()),
        None => shown,
    }
}

/// Something to offer, and what describes it.
struct Offer {
    value: String,
    description: String,
}

/// Completes a portal, and behind it sessions of it.
pub fn portal_then_sessions() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let default = env::var("WSB_PORTAL").unwrap_or_default();
        let offers = match Given::before(current) {
            Given::Nothing => {
                let mut offers = portals(current);
                if !default.is_empty() {
                    let id = portal_id(&default).or_else(|| id_of_name(&default));
                    offers.extend(sessions(id.as_ref()));
                }
                offers
            }
            Given::Portal(portal) => sessions(Some(&portal)),
            Given::Name(name) => sessions(id_of_name(&name).as_ref()),
        };
        candidates(&offers, current)
    })
}

/// Completes a portal.
pub fn portal() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(&portals(current), current))
}

/// Completes a session of the portal that the line names, of any if it names none.
pub fn session() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let portal = match Given::before(current) {
            Given::Portal(portal) => Some(portal),
            Given::Name(name) => id_of_name(&name),
            Given::Nothing => None,
        };
        candidates(&sessions(portal.as_ref()), current)
    })
}

/// Completes a profile of the shared AWS config files.
pub fn profile() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let plain = |value| Offer {
            value,
            description: String::new(),
        };
        let offers: Vec<Offer> = profiles::names().into_iter().map(plain).collect();
        candidates(&offers, current)
    })
}

/// Completes a region where the service exists.
pub fn region() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        // One region of each partition.
        let partitions = ["us-east-1", "us-gov-west-1", "cn-north-1"];
        let offers: Vec<Offer> = partitions
            .iter()
            .filter_map(|region| region.parse::<Region>().ok())
            .flat_map(|region| Partition::service_regions(&region, false).collect::<Vec<_>>())
            .map(|region| Offer {
                value: region.to_string(),
                description: String::new(),
            })
            .collect();
        candidates(&offers, current)
    })
}

/// Those that go on from what is typed.
fn candidates(offers: &[Offer], current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let typed = unquoted(&current);
    offers
        .iter()
        .filter(|offer| offer.value.starts_with(&typed))
        .map(|offer| {
            let candidate = CompletionCandidate::new(quoted(&offer.value, &current));
            if offer.description.is_empty() {
                candidate
            } else {
                candidate.help(Some(offer.description.clone().into()))
            }
        })
        .collect()
}

/// Keeps a list of portals that a person is looking at: IDs, names, regions.
pub fn remember_portals<'a>(portals: impl Iterator<Item = &'a Portal>) {
    let items = portals.filter_map(|portal| {
        let id = portal.portal_id()?.to_owned();
        let name = kept(portal.display_name.as_deref().unwrap_or_default());
        let region = kept(portal.portal_region().unwrap_or_default());
        Some(vec![id, name, region])
    });
    remember(PORTALS, 1, items);
}

/// Keeps a list of sessions of `portal` that a person is looking at: IDs, users, starts.
pub fn remember_sessions<'a>(portal: &PortalId, sessions: impl Iterator<Item = &'a Session>) {
    let zone = TimeZone::system();
    let items = sessions.filter_map(|session| {
        let id = session.session_id.clone()?;
        let user = kept(session.username.as_deref().unwrap_or_default());
        let start = session.start_time.as_ref();
        let start = start.map_or_else(String::new, |start| time::local(start, &zone));
        Some(vec![portal.to_string(), id, user, start])
    });
    remember(SESSIONS, 2, items);
}

/// A text as the cache holds it: on one line, without tabs and whatever else a terminal obeys.
fn kept(text: &str) -> String {
    escape(text).into_owned()
}

fn remember(list: &str, key: usize, items: impl Iterator<Item = Vec<String>>) {
    if let (true, Some(cache)) = (io::stdout().is_terminal(), Cache::open()) {
        let items: Vec<Vec<String>> = items.collect();
        let _ = cache.add(list, key, &items);
    }
}

/// Items of a list that have an ID in this column, as anybody may have written the file, and nothing in
/// the others that a terminal would obey.
fn cached(list: &str, column: usize) -> Vec<Vec<String>> {
    let is_good = |item: &Vec<String>| {
        item.get(column)
            .is_some_and(|id| SessionId::exact(id).is_ok())
            && item.iter().all(|text| escape(text) == *text)
    };
    let items = Cache::open().map_or_else(Vec::new, |cache| cache.items(list));
    items.into_iter().filter(is_good).collect()
}

/// Portals by their names, and by their IDs where there is no name that stands for one alone, or where an
/// ID is being typed.
fn portals(current: &OsStr) -> Vec<Offer> {
    let text = |item: &[String], at: usize| item.get(at).cloned().unwrap_or_default();
    let items = cached(PORTALS, 0);
    let count = |name: &str| items.iter().filter(|item| text(item, 1) == name).count();
    let is_name = |name: &str| {
        let is_read_as_name = matches!(name.parse(), Ok(PortalReference::Name(_)));
        is_read_as_name && !name.starts_with('-') && count(name) == 1
    };
    let mut names = Vec::new();
    let mut ids = Vec::new();
    for item in &items {
        let (id, name, region) = (text(item, 0), text(item, 1), text(item, 2));
        if is_name(&name) {
            names.push(Offer {
                value: name.clone(),
                description: format!("{id} {region}").trim_end().to_owned(),
            });
            if current.is_empty() {
                continue;
            }
        }
        ids.push(Offer {
            value: id,
            description: format!("{name} {region}").trim().to_owned(),
        });
    }
    names.extend(ids);
    names
}

/// The portal with this name in the last lists.
fn id_of_name(name: &str) -> Option<PortalId> {
    let items = cached(PORTALS, 0);
    let item = items
        .iter()
        .find(|item| item.get(1).is_some_and(|known| known == name))?;
    PortalId::exact(&item[0]).ok()
}

/// IDs of sessions, of one portal if it is given, with their users and starts.
fn sessions(portal: Option<&PortalId>) -> Vec<Offer> {
    let is_wanted = |item: &&Vec<String>| portal.is_none_or(|portal| item[0] == portal.as_str());
    cached(SESSIONS, 1)
        .iter()
        .filter(is_wanted)
        .map(|item| Offer {
            value: item[1].clone(),
            description: item[2..].join("  ").trim().to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_that_can_ask_has_a_script() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let script = String::from_utf8(registration(shell).unwrap()).unwrap();
            assert!(script.contains(VARIABLE), "{script}");
        }
        assert_eq!(registration("tcsh"), None);
    }
}
