//! What a container gets to see of a volume.
//!
//! Containers may change a volume while another is about to mount it. So whatever is in a volume is
//! opened from its root, and the way to it never leads out, whatever its names lead to by then.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::spec::VolumeMount;

/// A directory of the host in the file tree of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The directory on the host.
    pub host_path: PathBuf,
    /// Absolute in the container.
    pub guest_path: String,
    /// Whether writing is refused.
    pub read_only: bool,
    /// The directory out of which the way to `host_path` must not lead, if others may change it.
    pub root: Option<PathBuf>,
}

/// A regular file of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInVolume {
    /// A directory on the host.
    root: PathBuf,
    /// Relative to that.
    within: PathBuf,
}

/// What a mount shows.
#[derive(Debug)]
pub(super) enum Shown {
    Directory { host_path: PathBuf, root: Option<PathBuf> },
    File(FileInVolume),
}

/// Why a container cannot mount a volume.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The `subPath` is not there, and could not be made.
    #[error(
        "failed to create subPath directory for volumeMount {name:?} of container {container:?}: {source}"
    )]
    MakeSubPath {
        /// The volume.
        name: String,
        /// Who mounts it.
        container: String,
        /// Why.
        source: io::Error,
    },
    /// The way to the `subPath` leads out of the volume, or it cannot be gone.
    #[error(
        "failed to prepare subPath for volumeMount {name:?} of container {container:?}: {source}"
    )]
    SubPath {
        /// The volume.
        name: String,
        /// Who mounts it.
        container: String,
        /// Why.
        source: io::Error,
    },
    /// It is a socket, a device, or nothing at all.
    #[error(
        "volume {name:?}: {} is neither a directory nor a regular file, and a WebAssembly container \
         can mount nothing else",
        path.display()
    )]
    Neither {
        /// The volume.
        name: String,
        /// On the host.
        path: PathBuf,
    },
}

impl Mount {
    /// Returns a mount of a directory that no container can exchange for another.
    pub fn new(host_path: PathBuf, guest_path: String, read_only: bool) -> Self {
        Self { host_path, guest_path, read_only, root: None }
    }

    /// Returns a mount of what was found in a volume.
    pub(super) fn shown(
        host_path: PathBuf,
        root: Option<PathBuf>,
        guest_path: String,
        read_only: bool,
    ) -> Self {
        Self { host_path, guest_path, read_only, root }
    }

    /// Opens the directory.
    ///
    /// # Errors
    ///
    /// If it is not there, may not be opened, or the way to it leads out of its volume by now.
    pub fn open(&self) -> io::Result<Dir> {
        let Some(root) = &self.root else {
            return Dir::open_ambient_dir(&self.host_path, ambient_authority());
        };
        let within = self.host_path.strip_prefix(root).map_err(io::Error::other)?;
        let root = Dir::open_ambient_dir(root, ambient_authority())?;
        if within == Path::new("") { Ok(root) } else { root.open_dir(within) }
    }
}

impl FileInVolume {
    /// Makes the file appear in another directory too, as the same file.
    ///
    /// # Errors
    ///
    /// If that is on another file system, say.
    pub fn link(&self, directory: &Dir, name: &OsStr) -> io::Result<()> {
        self.open_root()?.hard_link(&self.within, directory, name)
    }

    /// Copies the file, with its permissions.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or the other not written.
    pub fn copy(&self, directory: &Dir, name: &OsStr) -> io::Result<()> {
        self.open_root()?.copy(&self.within, directory, name).map(drop)
    }

    fn open_root(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.root, ambient_authority())
    }
}

/// Returns a path in a container without `.`, `..`, and slashes that name nothing: `/data/` is
/// `/data`, and nothing is above `/`.
pub fn cleaned(guest_path: &str) -> String {
    let mut parts = Vec::new();
    for part in guest_path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Checks that the `subPath` is there, in a volume that is as it is.
pub(super) fn check_is_there(
    mount: &VolumeMount,
    container: &str,
    volume: &Path,
    sub_path: &str,
) -> Result<(), MountError> {
    let is_there = Dir::open_ambient_dir(volume, ambient_authority())
        .and_then(|volume| volume.try_exists(if sub_path.is_empty() { "." } else { sub_path }));
    let source = match is_there {
        Ok(true) => return Ok(()),
        Ok(false) => io::ErrorKind::NotFound.into(),
        Err(error) => error,
    };
    Err(MountError::SubPath { name: mount.name.clone(), container: container.to_owned(), source })
}

/// Finds what a mount shows of a volume. A `subPath` that does not exist is made, as a directory.
pub(super) fn find(
    mount: &VolumeMount,
    container: &str,
    volume: &Path,
    sub_path: &str,
) -> Result<Shown, MountError> {
    let (name, container) = (mount.name.clone(), container.to_owned());
    if sub_path.is_empty() {
        return whole(name, volume);
    }
    let in_volume =
        |source| MountError::SubPath { name: name.clone(), container: container.clone(), source };
    let root = Dir::open_ambient_dir(volume, ambient_authority()).map_err(in_volume)?;
    if !root.try_exists(sub_path).map_err(in_volume)? {
        let make_error = |source| MountError::MakeSubPath {
            name: name.clone(),
            container: container.clone(),
            source,
        };
        make_directories(&root, Path::new(sub_path)).map_err(make_error)?;
    }
    let within = root.canonicalize(sub_path).map_err(in_volume)?;
    let metadata = root.metadata(&within).map_err(in_volume)?;
    let host_path = volume.join(&within);
    if metadata.is_dir() {
        Ok(Shown::Directory { host_path, root: Some(volume.to_owned()) })
    } else if metadata.is_file() {
        Ok(Shown::File(FileInVolume { root: volume.to_owned(), within }))
    } else {
        Err(MountError::Neither { name, path: host_path })
    }
}

/// Finds what a volume is: nobody but its owner can exchange it.
fn whole(name: String, volume: &Path) -> Result<Shown, MountError> {
    if volume.is_dir() {
        return Ok(Shown::Directory { host_path: volume.to_owned(), root: None });
    }
    let path = volume.canonicalize().unwrap_or_else(|_| volume.to_owned());
    match (path.parent(), path.file_name()) {
        (Some(root), Some(within)) if path.is_file() => {
            Ok(Shown::File(FileInVolume { root: root.to_owned(), within: within.into() }))
        }
        _ => Err(MountError::Neither { name, path }),
    }
}

/// Makes a directory and those on the way to it, with the permissions of the volume itself.
fn make_directories(root: &Dir, path: &Path) -> io::Result<()> {
    let permissions = root.dir_metadata()?.permissions();
    let mut made = PathBuf::new();
    for name in path.components() {
        made.push(name);
        match root.create_dir(&made) {
            Ok(()) => root.set_permissions(&made, permissions.clone())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn file_of_tests(root: &Path, within: &str) -> FileInVolume {
    FileInVolume { root: root.to_owned(), within: within.into() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_in_a_container() {
        for (path, expected) in [
            ("/d", "/d"),
            ("/d/", "/d"),
            ("/a/./b", "/a/b"),
            ("/a//b/.", "/a/b"),
            ("/a/../b", "/b"),
            ("../../b", "/b"),
            ("/", "/"),
            ("", "/"),
        ] {
            assert_eq!(super::cleaned(path), expected, "{path}");
        }
    }
}
