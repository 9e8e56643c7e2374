//! What differs between operating systems.

use std::fs::File;
use std::io;
use std::path::Path;

/// Returns whose file this is, ready to be put after a message; nothing if that is not known.
pub(super) fn owner(path: &Path) -> String {
    let existing = path.ancestors().find_map(|ancestor| std::fs::metadata(ancestor).ok());
    owner_of(existing)
}

#[cfg(unix)]
fn owner_of(metadata: Option<std::fs::Metadata>) -> String {
    use std::os::unix::fs::MetadataExt;
    metadata.map(|metadata| format!(", it belongs to user {}", metadata.uid())).unwrap_or_default()
}

#[cfg(not(unix))]
fn owner_of(_metadata: Option<std::fs::Metadata>) -> String {
    String::new()
}

/// Whether this path still leads to this open file.
#[cfg(unix)]
pub(super) fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let here = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((here.dev(), here.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether this path still leads to this open file. An open file keeps its name here.
#[cfg(not(unix))]
pub(super) fn is_still_at(_file: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Makes what was renamed in this directory outlive a power failure.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes what was renamed in this directory outlive a power failure; the file system does it here.
#[cfg(not(unix))]
pub(super) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a whole directory tree outlive a power failure, without a call for each file.
#[cfg(target_os = "linux")]
pub(super) fn sync_tree(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(path)?)?)
}

/// Makes the directory outlive a power failure; its files are verified when they are used.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_tree(path: &Path) -> io::Result<()> {
    sync_directory(path)
}

/// Returns what tells two files of one name apart.
#[cfg(unix)]
pub(super) fn file_id(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Returns what tells two files of one name apart; here the time of writing has to do.
#[cfg(not(unix))]
pub(super) fn file_id(_metadata: &std::fs::Metadata) -> u64 {
    0
}
