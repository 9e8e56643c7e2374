//! Directories in memory, for emptyDir volumes with `medium: Memory`.
//!
//! They are in the system's own file system in memory, in a directory that is this user's alone. A
//! pod's directory has a link to its own there, made before that is: who finds the pod's directory
//! without an owner finds this too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The link in a pod's directory.
const LINK: &str = "memory";

/// Makes a place for the pod whose directory that is, or finds the one that it has. There is none
/// where the system has no such file system.
pub(super) fn place(pod: &Path) -> io::Result<Option<PathBuf>> {
    let Some(root) = root() else { return Ok(None) };
    let link = pod.join(LINK);
    let place = match fs::read_link(&link) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let place = root.join(uuid::Uuid::new_v4().to_string());
            symlink(&place, &link)?;
            place
        }
        Err(error) => return Err(error),
    };
    loop {
        make_private(&root)?;
        match make_private(&place) {
            // The last of the other pods has just removed the root.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            made => return made.map(|()| Some(place)),
        }
    }
}

/// Removes the place of a pod, if it has one.
///
/// # Errors
///
/// If it cannot be removed.
pub fn remove(pod: &Path) -> io::Result<()> {
    let (Some(root), Ok(place)) = (root(), fs::read_link(pod.join(LINK))) else { return Ok(()) };
    if place.parent() != Some(&root) {
        return Ok(());
    }
    let removed = match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    // The last one closes the door; others still have theirs in there.
    let _ = fs::remove_dir(root);
    removed
}

/// Returns where the places of this user are.
#[cfg(target_os = "linux")]
fn root() -> Option<PathBuf> {
    let shared = Path::new("/dev/shm");
    let user = rustix::process::geteuid().as_raw();
    shared.is_dir().then(|| shared.join(format!("wasmpod-{user}")))
}

#[cfg(not(target_os = "linux"))]
fn root() -> Option<PathBuf> {
    None
}

/// Makes a directory that is this user's alone, or makes sure that it is.
#[cfg(target_os = "linux")]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let metadata = fs::symlink_metadata(path)?;
    let user = rustix::process::geteuid().as_raw();
    if metadata.is_dir() && metadata.uid() == user && metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("{} is not this user's alone", path.display())))
}

#[cfg(not(target_os = "linux"))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;

    use super::{place, remove};

    #[test]
    fn a_place_is_found_again_and_removed() {
        let pod = tempfile::tempdir().unwrap();
        let Some(first) = place(pod.path()).unwrap() else {
            eprintln!("not tested: this system has no file system in memory");
            return;
        };
        assert_eq!(place(pod.path()).unwrap(), Some(first.clone()));
        fs::write(first.join("file"), "").unwrap();
        remove(pod.path()).unwrap();
        assert!(!first.exists());
        remove(pod.path()).unwrap();
        let other = tempfile::tempdir().unwrap();
        remove(other.path()).unwrap();
        std::os::unix::fs::symlink(pod.path(), other.path().join("memory")).unwrap();
        remove(other.path()).unwrap();
        assert!(pod.path().exists(), "it is none of ours");
    }
}
