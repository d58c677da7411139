//! `--state FILE`: stores which sessions have been reported, so that the next run continues from there.
//!
//! FILE is replaced atomically. A lock on `FILE.lock` excludes other processes; FILE itself cannot be locked,
//! because each replacement is a new file. On Unix, the process removes `FILE.lock` before it releases the lock.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::region_state::RegionState;
use crate::cli::private_file;
use crate::diagnostics::Failure;
use crate::service::endpoint::Region;

/// The version of the format that this program reads and writes.
const VERSION: u32 = 1;

/// The largest state file that is read, in bytes.
const MAX_SIZE: u64 = 1 << 30;

/// A state that has a time further ahead of the service's clock is damaged. A smaller difference does no harm,
/// because every hour a poll reads further back.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(1);

const DAMAGED_HINT: &str = "restore the file from a backup; if you remove it, the watch begins anew and reports nothing of the time since the last run";

/// The maximum number of symbolic links that lead to the state file, as on Linux.
const MAX_LINKS: u32 = 40;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchState {
    version: u32,
    /// The AWS account, once an ARN of a portal or session is known.
    pub(super) account: Option<String>,
    pub(super) regions: BTreeMap<Region, RegionState>,
}

impl Default for WatchState {
    fn default() -> Self {
        Self {
            version: VERSION,
            account: None,
            regions: BTreeMap::new(),
        }
    }
}

/// The version alone, because the rest of a newer file may have another format.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl WatchState {
    /// Reads a state.
    ///
    /// # Errors
    /// The text is damaged or has another version. The error continues a sentence that begins with "the state
    /// file".
    pub(super) fn from_json(text: &[u8]) -> Result<Self, String> {
        let damaged = |error: serde_json::Error| {
            format!(
                "is damaged (line {}, column {})",
                error.line(),
                error.column()
            )
        };
        let VersionOnly { version } = serde_json::from_slice(text).map_err(damaged)?;
        if version != VERSION {
            return Err(format!(
                "has version {version}, and this wsb reads version {VERSION}"
            ));
        }
        serde_json::from_slice(text).map_err(damaged)
    }

    /// Stores the account of a portal or session, or compares it with the stored one.
    ///
    /// # Errors
    /// The state belongs to another account.
    pub(super) fn check_account(&mut self, arn: &str) -> Result<(), Failure> {
        let Some(account) = arn.split(':').nth(4).filter(|account| !account.is_empty()) else {
            return Ok(());
        };
        let own = self.account.get_or_insert_with(|| account.to_owned());
        if own == account {
            return Ok(());
        }
        let message =
            format!("the state file is of account {own}, and the portals are of account {account}");
        Err(Failure::usage(message).with_hint("give each account a state file of its own"))
    }

    /// Checks that no time of the state, other than the times of sessions, is more than [`MAX_AHEAD`] after `now`, the
    /// present time by the service's clock.
    ///
    /// # Errors
    /// A time is later: sessions that start before it would not be reported.
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(), Failure> {
        let latest = self.regions.values().filter_map(RegionState::latest_time);
        match latest.max() {
            Some(latest) if latest.duration_since(now) > MAX_AHEAD => {
                let message = format!(
                    "the state file is damaged: it has the time {latest}, which is in the future"
                );
                Err(Failure::usage(message).with_hint(DAMAGED_HINT))
            }
            _ => Ok(()),
        }
    }
}

/// A state file that this process has locked.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    lock_path: PathBuf,
    /// Holds the lock until the lock file has been removed.
    _lock: File,
}

impl StateFile {
    /// Locks the file and reads it. A file that does not exist is an empty state.
    ///
    /// # Errors
    /// Another process has locked the file, or the file cannot be read, is damaged or has another version.
    pub(super) fn open(path: &Path) -> Result<(Self, WatchState), Failure> {
        let path = resolve_links(path);
        let name = format!("the state file {path:?}");
        let refused = |reason: &str| Failure::usage(format!("{name} {reason}"));
        let file = Self::lock(path).map_err(|error| match error {
            TryLockError::WouldBlock => refused("is in use by another wsb")
                .with_hint("give each watch-sessions that runs at the same time a file of its own"),
            TryLockError::Error(error) => refused(&format!("cannot be locked: {error}")),
        })?;
        let state = match private_file::read_regular(&file.path, MAX_SIZE) {
            Ok(text) => WatchState::from_json(&text)
                .map_err(|reason| refused(&reason).with_hint(DAMAGED_HINT))?,
            Err(error) if error.kind() == ErrorKind::NotFound => WatchState::default(),
            Err(error) => return Err(refused(&format!("cannot be read: {error}"))),
        };
        // A folder that cannot be written is reported now, not after the first event.
        private_file::create_temporary(folder_of(&file.path))
            .map_err(|error| refused(&format!("cannot be replaced: {error}")))?;
        Ok((file, state))
    }

    fn lock(path: PathBuf) -> Result<Self, TryLockError> {
        let mut lock_path = path.clone().into_os_string();
        lock_path.push(".lock");
        let lock_path = PathBuf::from(lock_path);
        loop {
            let lock = private_file::open_or_create(&lock_path).map_err(TryLockError::Error)?;
            lock.try_lock()?;
            // The process that held the lock may have removed the file since it was opened.
            if is_linked(&lock) {
                return Ok(Self {
                    path,
                    lock_path,
                    _lock: lock,
                });
            }
        }
    }

    /// Replaces the file atomically.
    ///
    /// # Errors
    /// The file cannot be replaced. It is unchanged.
    pub(super) fn save(&self, state: &WatchState) -> io::Result<()> {
        let folder = folder_of(&self.path);
        let mut file = private_file::create_temporary(folder)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        // The new file must also have its name after a power failure.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    }
}

/// Follows symbolic links, so that their target is replaced and the links stay. The target may not exist yet.
fn resolve_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = path.read_link() else {
            break;
        };
        path = folder_of(&path).join(target);
    }
    path
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn is_linked(file: &File) -> bool {
    let metadata = file.metadata();
    metadata.map_or(true, |metadata| {
        std::os::unix::fs::MetadataExt::nlink(&metadata) > 0
    })
}

/// Always true: on systems other than Unix the lock file is not removed.
#[cfg(not(unix))]
fn is_linked(_: &File) -> bool {
    true
}

impl Drop for StateFile {
    fn drop(&mut self) {
        if cfg!(unix) {
            // A lock file that remains does no harm.
            let _ = std::fs::remove_file(&self.lock_path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_file() {
        let mut state = WatchState::default();
        let region = state.regions.entry(Region::known("eu-central-1"));
        let region = region.or_default();
        let portal = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        region.apply_discovery(&[portal], Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        state
            .check_account("arn:aws:workspaces-web:eu-central-1:123456789012:portal/x")
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (file, empty) = StateFile::open(&path).unwrap();
        assert_eq!(empty, WatchState::default());
        file.save(&state).unwrap();
        let other = StateFile::open(&path).unwrap_err();
        assert!(other.message().contains("is in use"), "{other:?}");
        drop(file);
        let (_file, read) = StateFile::open(&path).unwrap();
        assert_eq!(read, state);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_of_the_lock_is_removed_with_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let locks = || std::fs::read_dir(folder.path()).unwrap().count();
        let (file, _) = StateFile::open(&path).unwrap();
        assert_eq!(locks(), 1);
        // A process that opened the lock file before its removal does not lock the removed file.
        let removed = private_file::open_or_create(&folder.path().join("state.lock")).unwrap();
        drop(file);
        assert_eq!(locks(), 0);
        assert!(!is_linked(&removed));
    }

    #[test]
    fn what_is_not_a_state_of_this_version_is_refused() {
        let state = serde_json::to_string(&WatchState::default()).unwrap();
        for (text, reason) in [
            ("", "is damaged"),
            ("[]", "is damaged"),
            (&state[..state.len() - 1], "is damaged"),
            (&state.replace("account", "acount"), "is damaged"),
            (r#"{"version":2,"new":[]}"#, "has version 2"),
        ] {
            let error = WatchState::from_json(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn the_account_is_the_first_one_that_an_arn_shows() {
        let mut state = WatchState::default();
        let arn = |account: &str| format!("arn:aws:workspaces-web:us-east-1:{account}:portal/x");
        for arn in ["none", &arn("1"), &arn("1")] {
            assert!(state.check_account(arn).is_ok());
        }
        let other = state.check_account(&arn("2")).unwrap_err();
        let message = "the state file is of account 1, and the portals are of account 2";
        assert_eq!(other.message(), message);
    }
}
