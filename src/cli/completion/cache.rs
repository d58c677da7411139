//! What the last lists showed, in the user's cache folder.
//!
//! A file per list, a line per item: tabs between an ID and what describes it. Only the user may read
//! the files, since user names are in them. What the emulator serves has a folder of its own.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long items are offered: a session that ended an hour ago is hardly asked about.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The most items that are kept of one list.
const MOST: usize = 500;

/// The files of the lists.
#[derive(Debug, Clone)]
pub(super) struct Cache(PathBuf);

impl Cache {
    /// That of real portals, or of the emulator's if calls go to this machine.
    pub(super) fn open() -> Option<Self> {
        let folder = folder()?;
        Some(Self(if calls_stay_here() {
            folder.join("loopback")
        } else {
            folder
        }))
    }

    /// Puts items before those of earlier lists; what an item is, is up to its first `key` columns. The
    /// file is replaced as a whole, so that a shell that asks meanwhile reads the old one or the new one.
    pub(super) fn add(&self, list: &str, key: usize, items: &[Vec<String>]) -> io::Result<()> {
        create_private_folder(&self.0)?;
        let is_new = |old: &Vec<String>| {
            let same =
                |item: &Vec<String>| item[..key.min(item.len())] == old[..key.min(old.len())];
            !items.iter().any(same)
        };
        let mut kept = items.to_vec();
        kept.extend(self.items(list).into_iter().filter(is_new));
        kept.truncate(MOST);
        let lines: Vec<String> = kept.iter().map(|item| item.join("\t")).collect();
        let draft = self.0.join(format!("{list}.{}", std::process::id()));
        let mut file = create_private(&draft)?;
        file.write_all(lines.join("\n").as_bytes())?;
        fs::rename(&draft, self.0.join(list))
    }

    /// The items of a list, the latest first; none if the file is old. Anybody may have written it.
    pub(super) fn items(&self, list: &str) -> Vec<Vec<String>> {
        let path = self.0.join(list);
        let age = fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .map(|time| SystemTime::now().duration_since(time).unwrap_or_default());
        match (age, fs::read_to_string(&path)) {
            (Ok(age), Ok(text)) if age <= LIFETIME => text
                .lines()
                .map(|line| line.split('\t').map(str::to_owned).collect())
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(unix)]
fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Creates a file that only the user may read, in place of one that is there.
fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).or_else(|_| {
        fs::remove_file(path)?;
        options.open(path)
    })
}

/// Whether calls go to this machine, as they do below `wsb local`.
fn calls_stay_here() -> bool {
    let given = env::args()
        .skip_while(|argument| argument != "--endpoint-url")
        .nth(1);
    let variables = ["AWS_ENDPOINT_URL_WORKSPACES_WEB", "AWS_ENDPOINT_URL"];
    let set = variables.into_iter().find_map(|name| env::var(name).ok());
    given.or(set).is_some_and(|url| {
        ["://127.", "://localhost", "://[::1]"]
            .iter()
            .any(|here| url.contains(here))
    })
}

/// `wsb` in the user's cache folder: that of the XDG Base Directory specification, or the
/// platform's.
fn folder() -> Option<PathBuf> {
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

    fn cache(name: &str) -> Cache {
        let folder = env::temp_dir().join(format!("wsb-completion-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Cache(folder)
    }

    fn items(texts: &[&str]) -> Vec<Vec<String>> {
        texts
            .iter()
            .map(|text| text.split(' ').map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn the_latest_items_come_first_and_the_oldest_give_way() {
        let cache = cache("latest");
        cache
            .add("sessions", 1, &items(&["a alice", "b bob"]))
            .unwrap();
        cache
            .add("sessions", 1, &items(&["c carol", "a anna"]))
            .unwrap();
        assert_eq!(
            cache.items("sessions"),
            items(&["c carol", "a anna", "b bob"])
        );
        let many: Vec<Vec<String>> = (0..2 * MOST)
            .map(|number| vec![number.to_string()])
            .collect();
        cache.add("sessions", 1, &many).unwrap();
        assert_eq!(cache.items("sessions").len(), MOST);
        fs::remove_dir_all(&cache.0).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let cache = cache("private");
        cache.add("sessions", 1, &items(&["a alice"])).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.0), 0o700);
        assert_eq!(mode(&cache.0.join("sessions")), 0o600);
        fs::remove_dir_all(&cache.0).unwrap();
    }

    #[test]
    fn an_old_or_broken_cache_offers_nothing() {
        let cache = cache("old");
        let none: Vec<Vec<String>> = Vec::new();
        assert_eq!(cache.items("portals"), none);
        cache.add("portals", 1, &items(&["a"])).unwrap();
        let long_ago = SystemTime::now() - 2 * LIFETIME;
        let path = cache.0.join("portals");
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
        drop(file);
        assert_eq!(cache.items("portals"), none);
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(cache.items("portals"), none);
        fs::remove_dir_all(&cache.0).unwrap();
    }
}
