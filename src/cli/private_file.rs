//! Reads and writes files that only this user may access: caches of credentials, tokens and completion.
//!
//! The path of such a file may lead to a FIFO, a device, a link or a file of another user. So reading never
//! blocks, and reads at most a given number of bytes.

#![cfg_attr(not(unix), allow(unused_variables, unused_mut))]

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

const PREFIX: &str = ".wsb-tmp-";

/// A temporary file of this age belongs to a process that was killed.
const STALE_AFTER: Duration = Duration::from_secs(10 * 60);

/// Reads a file that only this user can have written. Does not follow a link.
///
/// # Errors
/// The file is missing, cannot be read, is not a regular file, is larger than `max_size` bytes, belongs to
/// another user, or is writable for all users.
pub fn read(path: &Path, max_size: u64) -> io::Result<Vec<u8>> {
    let file = open(path, false)?;
    let metadata = file.metadata()?;
    check_owner(&metadata)?;
    if is_writable_for_all(&metadata) {
        return Err(denied("every user can write to it"));
    }
    read_to_end(file, max_size)
}

/// Reads a regular file of any user. Follows links.
///
/// # Errors
/// The file is missing, cannot be read, is not a regular file, or is larger than `max_size` bytes.
pub fn read_regular(path: &Path, max_size: u64) -> io::Result<Vec<u8>> {
    read_to_end(open(path, true)?, max_size)
}

/// Replaces a file atomically: a reader finds the old content or the new one. The new file has the mode 0600.
/// Creates missing folders with the mode 0700.
///
/// # Errors
/// The folder belongs to another user or cannot be written to.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    create_private_folder(folder)?;
    check_owner(&fs::metadata(folder)?)?;
    let mut file = create_temporary(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// Creates a temporary file with the mode 0600. Removes the temporary files of killed processes from the
/// folder.
///
/// # Errors
/// The folder cannot be written to.
pub fn create_temporary(folder: &Path) -> io::Result<NamedTempFile> {
    remove_stale_files(folder);
    let file = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempfile_in(folder)?;
    // The umask may remove permissions of the owner.
    set_mode(file.path(), 0o600)?;
    Ok(file)
}

/// Opens a file for writing. Creates it with the mode 0600 if it does not exist.
///
/// # Errors
/// The file cannot be created or written to.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let file = options.create(true).truncate(false).open(path)?;
            set_mode(path, 0o600)?;
            Ok(file)
        }
        result => result,
    }
}

/// Whether the path is a FIFO, which can be read only once and blocks its reader until it has a writer.
/// Always false on systems other than Unix.
pub fn is_fifo(path: &Path) -> bool {
    #[cfg(unix)]
    if let Ok(metadata) = fs::metadata(path) {
        return std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type());
    }
    false
}

/// Opens a file for reading. Does not wait until a FIFO has a writer.
fn open(path: &Path, follows_links: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let mut flags = OFlags::NONBLOCK;
        flags.set(OFlags::NOFOLLOW, !follows_links);
        let flags = flags.bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    options.read(true).open(path)
}

fn read_to_end(file: File, max_size: u64) -> io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        let message = "it is not a regular file";
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    }
    let mut content = Vec::new();
    // The file may have grown since its size was checked.
    file.take(max_size.saturating_add(1))
        .read_to_end(&mut content)?;
    if content.len() as u64 > max_size {
        let message = format!("it is larger than {} KiB", max_size >> 10);
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(content)
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        create_private_folder(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Ok(()) => set_mode(folder, 0o700),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove_stale_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let now = SystemTime::now();
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = || {
            now.duration_since(entry.metadata().ok()?.modified().ok()?)
                .ok()
        };
        if is_ours && age().is_some_and(|age| age > STALE_AFTER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn denied(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, reason)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    Ok(())
}

/// Checks that a file belongs to this user. Not on Windows, where other users cannot access the profile folder.
fn check_owner(metadata: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(metadata) != rustix::process::geteuid().as_raw() {
        return Err(denied("it belongs to another user"));
    }
    Ok(())
}

fn is_writable_for_all(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::mode(metadata) & 0o002 != 0;
    #[cfg(not(unix))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_in_folders_that_did_not_exist() {
        let folder = folder();
        let path = folder.path().join("a/b/file");
        for content in ["first", "second"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(read(&path, 6).unwrap(), content.as_bytes());
            assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
        }
        let error = read(&path, 5).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn files_that_killed_processes_left_are_removed_and_fresh_ones_stay() {
        let folder = folder();
        let file = |name: &str, age| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        };
        file(".wsb-tmp-old", 2 * STALE_AFTER);
        file(".wsb-tmp-new", Duration::ZERO);
        file("other", 2 * STALE_AFTER);
        replace(&folder.path().join("file"), b"").unwrap();
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".wsb-tmp-new", "file", "other"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_have_put_there_is_not_read() {
        use std::os::unix::fs::symlink;
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        replace(&path("file"), b"x").unwrap();
        symlink(path("file"), path("link")).unwrap();
        symlink("/dev/zero", path("device")).unwrap();
        let mut mkfifo = std::process::Command::new("mkfifo");
        assert!(mkfifo.arg(path("fifo")).status().unwrap().success());
        for name in ["link", "device", "fifo", "."] {
            assert!(read(&path(name), 9).is_err(), "{name}");
        }
        assert_eq!(read_regular(&path("link"), 9).unwrap(), b"x");
        for name in ["device", "fifo", "."] {
            assert!(read_regular(&path(name), 9).is_err(), "{name}");
        }
        set_mode(&path("file"), 0o666).unwrap();
        assert!(read(&path("file"), 9).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_has_access() {
        let folder = folder();
        let path = folder.path().join("a/file");
        replace(&path, b"x").unwrap();
        let mode = |path: &Path| {
            let metadata = fs::metadata(path).unwrap();
            std::os::unix::fs::MetadataExt::mode(&metadata) & 0o777
        };
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
