//! Whether a file or directory is this user's alone to write.

use std::fs::Metadata;
use std::io;
use std::path::Path;

/// Says why somebody else could have written this, if that is so.
#[cfg(unix)]
pub(super) fn objection(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        Some(format!("it belongs to user {}, and this is user {user}", metadata.uid()))
    } else if metadata.mode() & 0o022 != 0 {
        Some(format!("others can write to it (mode {:03o})", metadata.mode() & 0o777))
    } else {
        None
    }
}

/// Makes a directory that others cannot look into, with its parents.
#[cfg(unix)]
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// Says why somebody else could have written this: here the profile's permissions are relied on.
#[cfg(not(unix))]
pub(super) fn objection(_: &Metadata) -> Option<String> {
    None
}

/// Makes a directory, with its parents.
#[cfg(not(unix))]
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}
