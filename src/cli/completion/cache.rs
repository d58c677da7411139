//! Caches listed portals and sessions in the user's cache folder, for completion.
//!
//! Portals and sessions have one file each, with one line per item: the time at which it was listed, in seconds
//! since 1970, and columns separated by tabs. The files have the mode 0600, because they contain user names. Items
//! of emulators are in a folder of their own.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{Environment, private_file};
use crate::output::time;
use crate::output::untrusted::escape;
use crate::service::documents::{Portal, Session};
use crate::service::endpoint::Endpoint;
use crate::service::ids::PortalId;

/// The file of portals, with the columns ID, name and region.
pub(super) const PORTALS: &str = "portals";

/// The file of sessions, with the columns portal ID, session ID, user and start.
pub(super) const SESSIONS: &str = "sessions";

/// The time for which completion offers an item, in seconds.
const LIFETIME: i64 = 3600;

const MAX_ITEMS: usize = 500;

/// The maximum size of a file, in bytes. A larger file counts as empty.
const MAX_SIZE: u64 = 1 << 20;

#[derive(Debug, Clone)]
pub(super) struct Cache(PathBuf);

impl Cache {
    /// The cache of the service or, with `is_loopback`, of emulators on this machine. `None` without a home
    /// folder.
    pub(super) fn new(environment: &Environment, is_loopback: bool) -> Option<Self> {
        let folder = folder(environment)?;
        Some(Self(if is_loopback {
            folder.join("loopback")
        } else {
            folder
        }))
    }

    /// Adds items. They replace older items that have the same first `key` columns.
    pub(super) fn add(&self, list: &str, key: usize, items: &[Vec<String>]) -> io::Result<()> {
        let now = Timestamp::now().as_second();
        let is_old = |item: &[String]| items.iter().all(|new| new.get(..key) != item.get(..key));
        let old = self.items(list).into_iter();
        let old = old.filter(|(_, item)| is_old(item));
        let lines = items
            .iter()
            .map(|item| (now, item.clone()))
            .chain(old)
            .take(MAX_ITEMS)
            .map(|(time, item)| format!("{time}\t{}", item.join("\t")));
        let lines: Vec<String> = lines.collect();
        private_file::replace(&self.0.join(list), lines.join("\n").as_bytes())
    }

    /// The items that are at most an hour old, newest first, each with its time. Their text is untrusted.
    pub(super) fn items(&self, list: &str) -> Vec<(i64, Vec<String>)> {
        let now = Timestamp::now().as_second();
        let content = private_file::read(&self.0.join(list), MAX_SIZE).unwrap_or_default();
        let text = String::from_utf8(content).unwrap_or_default();
        let item = |line: &str| {
            let (time, item) = line.split_once('\t')?;
            let time = time.parse().ok()?;
            let is_fresh = (0..=LIFETIME).contains(&now.checked_sub(time)?);
            is_fresh.then(|| (time, item.split('\t').map(str::to_owned).collect()))
        };
        text.lines().filter_map(item).collect()
    }
}

/// The folder of the cache, below the cache folder of the XDG Base Directory Specification or of the platform.
fn folder(environment: &Environment) -> Option<PathBuf> {
    let variable = if cfg!(windows) {
        "LOCALAPPDATA"
    } else {
        "XDG_CACHE_HOME"
    };
    let below_home = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let folder = environment
        .path(variable)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(environment.home()?.join(below_home)))
        .filter(|path| path.is_absolute())?;
    Some(folder.join("wsb"))
}

/// Adds the lists that are shown at a terminal to the cache.
#[derive(Debug, Clone)]
pub struct RecentLists {
    environment: Option<Arc<Environment>>,
}

impl RecentLists {
    /// Caches lists only if standard output is a terminal.
    pub fn new(environment: &Arc<Environment>) -> Self {
        let is_seen = io::stdout().is_terminal();
        Self {
            environment: is_seen.then(|| Arc::clone(environment)),
        }
    }

    pub fn add_portals(&self, endpoint: &Endpoint, portals: &[Portal]) {
        let items = portals.iter().filter_map(|portal| {
            let name = portal.display_name.as_deref().unwrap_or_default();
            // A name with control characters cannot be typed, so completion offers the portal's ID.
            let name = if escape(name) == name { name } else { "" };
            let region = escape(portal.portal_region().unwrap_or_default());
            Some(vec![
                portal.portal_id()?.to_owned(),
                name.to_owned(),
                region.into_owned(),
            ])
        });
        self.add(PORTALS, 1, endpoint, items);
    }

    pub fn add_sessions(&self, endpoint: &Endpoint, portal: &PortalId, sessions: &[Session]) {
        let zone = TimeZone::system();
        let items = sessions.iter().filter_map(|session| {
            let user = escape(session.username.as_deref().unwrap_or_default());
            let start = session.start_time.as_ref();
            let start = start.map_or_else(String::new, |start| time::local(start, &zone));
            Some(vec![
                portal.to_string(),
                session.session_id.clone()?,
                user.into_owned(),
                start,
            ])
        });
        self.add(SESSIONS, 2, endpoint, items);
    }

    fn add(
        &self,
        list: &str,
        key: usize,
        endpoint: &Endpoint,
        items: impl Iterator<Item = Vec<String>>,
    ) {
        if let Some(environment) = &self.environment
            && let Some(cache) = Cache::new(environment, endpoint.is_loopback())
        {
            let items: Vec<Vec<String>> = items.collect();
            // An error is ignored: completion then does not offer these items.
            let _ = cache.add(list, key, &items);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(folder.path().join("wsb"));
        (folder, cache)
    }

    fn read(cache: &Cache, list: &str) -> Vec<Vec<String>> {
        let items = cache.items(list).into_iter();
        items.map(|(_, item)| item).collect()
    }

    fn items(texts: &[&str]) -> Vec<Vec<String>> {
        let item = |text: &&str| text.split(' ').map(str::to_owned).collect();
        texts.iter().map(item).collect()
    }

    #[test]
    fn the_latest_items_come_first_and_the_oldest_are_dropped() {
        let (_folder, cache) = cache();
        cache
            .add("sessions", 1, &items(&["a alice", "b bob"]))
            .unwrap();
        cache
            .add("sessions", 1, &items(&["c carol", "a anna"]))
            .unwrap();
        let expected = items(&["c carol", "a anna", "b bob"]);
        assert_eq!(read(&cache, "sessions"), expected);
        let many = (0..2 * MAX_ITEMS).map(|number| vec![number.to_string()]);
        let many: Vec<Vec<String>> = many.collect();
        cache.add("sessions", 1, &many).unwrap();
        assert_eq!(read(&cache, "sessions").len(), MAX_ITEMS);
    }

    #[test]
    fn each_item_is_offered_for_an_hour_by_its_own_time() {
        let (_folder, cache) = cache();
        let now = Timestamp::now().as_second();
        let lines = [
            now - 10,
            now - LIFETIME - 10,
            now + 1000,
            i64::MIN,
            i64::MAX,
        ];
        let lines = lines.map(|time| format!("{time}\t{time}"));
        let text = format!("{}\nx\ty\nno tab", lines.join("\n"));
        private_file::replace(&cache.0.join("portals"), text.as_bytes()).unwrap();
        assert_eq!(read(&cache, "portals"), [[(now - 10).to_string()]]);
        cache.add("portals", 1, &items(&["a"])).unwrap();
        assert_eq!(read(&cache, "portals").len(), 2);
    }

    #[test]
    fn a_missing_or_broken_file_offers_nothing() {
        let (_folder, cache) = cache();
        assert!(read(&cache, "portals").is_empty());
        private_file::replace(&cache.0.join("portals"), &[0xff, 0xfe]).unwrap();
        assert!(read(&cache, "portals").is_empty());
    }
}
