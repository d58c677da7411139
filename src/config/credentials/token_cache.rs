//! JSON files that are shared with the AWS CLI: caches of credentials and of sign-ins.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use serde_json::Value;

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The document in the file.
///
/// # Errors
/// The file is missing, cannot be read, is not a file, or holds something else than JSON.
pub(super) fn read(path: &Path) -> std::io::Result<Value> {
    // A pipe would be waited for.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_SIZE).read_to_string(&mut text)?;
    serde_json::from_str(&text)
        .map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error.to_string()))
}

/// The document in a file that nobody else can have put there: it belongs to this user, and so does
/// a link that leads to it.
///
/// # Errors
/// As [`read`], and for a file or link of another user.
pub(super) fn read_own(path: &Path) -> std::io::Result<Value> {
    if is_ours(&std::fs::symlink_metadata(path)?) && is_ours(&std::fs::metadata(path)?) {
        read(path)
    } else {
        Err(std::io::Error::new(
            ErrorKind::PermissionDenied,
            "it belongs to another user",
        ))
    }
}

/// Puts the document in the place of the file at once: readers find the old file or the new one. The
/// file is for this user alone (0600), and so is its folder where it is made (0700).
///
/// # Errors
/// The folder belongs to another user or cannot be written to.
pub(super) fn replace(path: &Path, document: &Value) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    if !is_ours(&std::fs::symlink_metadata(folder)?) || !is_ours(&std::fs::metadata(folder)?) {
        return Err(std::io::Error::new(
            ErrorKind::PermissionDenied,
            "the folder belongs to another user",
        ));
    }
    let temporary = folder.join(format!("wsb-{:016x}.tmp", fastrand::u64(..)));
    let mut options = OpenOptions::new();
    // A new file: a link that stands in its place is not followed.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&temporary)
        .and_then(|mut file| file.write_all(document.to_string().as_bytes()))
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(unix)]
fn is_ours(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Elsewhere the home folder is closed to other users.
#[cfg(not(unix))]
fn is_ours(_: &std::fs::Metadata) -> bool {
    true
}
