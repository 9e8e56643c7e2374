//! The volumes of a pod: directories of the host that its containers mount.
//!
//! A volume lives as long as its pod. What a container gets to see is a [`Mount`]; no `subPath`,
//! and no symbolic link on the way, leads out of the volume.

mod empty_dir;
mod file;
mod host_path;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::spec::{Volume, VolumeMount, VolumeSource};

/// A directory of the host in the file tree of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The directory on the host.
    pub host_path: PathBuf,
    /// Absolute in the container.
    pub guest_path: String,
    /// Whether writing is refused.
    pub read_only: bool,
}

/// The volumes of one pod, by name.
#[derive(Debug, Default)]
pub struct Volumes {
    paths: BTreeMap<String, PathBuf>,
    live_with_pod: bool,
}

/// What is wrong with a volume or a mount of it.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The volume could not be made.
    #[error("volume {name:?}: cannot make {}: {source}", path.display())]
    Make {
        /// The volume.
        name: String,
        /// On the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A hostPath is not what its type says.
    #[error("hostPath type check failed: {} {problem}", path.display())]
    HostPathType {
        /// On the host.
        path: PathBuf,
        /// What it is not.
        problem: &'static str,
    },
    /// The medium has no meaning.
    #[error("volume {name:?}: unknown storage medium {medium:?}")]
    Medium {
        /// The volume.
        name: String,
        /// As the document says.
        medium: String,
    },
    /// The mount's `subPath` could not be opened, or made, within the volume.
    #[error("failed to prepare subPath {sub_path:?} of volume {name:?}: {source}")]
    SubPath {
        /// The volume.
        name: String,
        /// As the document says.
        sub_path: String,
        /// Why.
        source: io::Error,
    },
    /// Wasm containers mount directories only.
    #[error("volume {name:?}: {} is not a directory, and a WebAssembly container can only mount directories", path.display())]
    NotADirectory {
        /// The volume.
        name: String,
        /// On the host.
        path: PathBuf,
    },
}

impl Volumes {
    /// Makes the volumes of a pod; those that live with it go into `directory`.
    ///
    /// # Errors
    ///
    /// The first that cannot be made.
    pub fn make(directory: &Path, volumes: &[Volume]) -> Result<Self, VolumeError> {
        let make = |volume: &Volume| {
            let path = match &volume.source {
                VolumeSource::EmptyDir { medium, .. } => {
                    empty_dir::make(directory, &volume.name, medium)?
                }
                VolumeSource::HostPath { path, kind } => {
                    host_path::check(&volume.name, Path::new(path), *kind)?
                }
            };
            Ok((volume.name.clone(), path))
        };
        let paths = volumes.iter().map(make).collect::<Result<_, _>>()?;
        let lives_with_pod =
            |volume: &Volume| matches!(volume.source, VolumeSource::EmptyDir { .. });
        Ok(Self { paths, live_with_pod: volumes.iter().any(lives_with_pod) })
    }

    /// Returns whether any of them is removed with the pod.
    pub fn live_with_pod(&self) -> bool {
        self.live_with_pod
    }

    /// Returns what a container gets to see of a volume.
    ///
    /// A `subPath` that does not exist is made, as a directory.
    ///
    /// # Errors
    ///
    /// If there is no directory there, or the way to it leads out of the volume.
    ///
    /// # Panics
    ///
    /// If the pod has no volume of that name, which validation has refused.
    pub fn mount(&self, mount: &VolumeMount) -> Result<Mount, VolumeError> {
        let volume = self.paths.get(&mount.name).expect("a mount names a volume of its pod");
        let host_path = if mount.sub_path.is_empty() {
            volume.clone()
        } else {
            sub_path(volume, &mount.sub_path).map_err(|source| VolumeError::SubPath {
                name: mount.name.clone(),
                sub_path: mount.sub_path.clone(),
                source,
            })?
        };
        if !host_path.is_dir() {
            let name = mount.name.clone();
            return Err(VolumeError::NotADirectory { name, path: host_path });
        }
        Ok(Mount { host_path, guest_path: mount.mount_path.clone(), read_only: mount.read_only })
    }

    /// Returns the text of a file in a volume, and none if it is not there.
    ///
    /// # Errors
    ///
    /// If it is no regular file, no text or too large, or the way to it leads out of the volume.
    ///
    /// # Panics
    ///
    /// If the pod has no volume of that name, which validation has refused.
    pub fn read_file(&self, name: &str, path: &str) -> io::Result<Option<String>> {
        file::read(self.paths.get(name).expect("a file is in a volume of its pod"), path)
    }
}

/// Returns the path on the host of a `subPath`, made if need be, with every symbolic link on the
/// way resolved within the volume.
///
/// A guest of the pod could still exchange a directory on the way for a link between this check
/// and the mount; the host opens mounts without following links out of their parent.
fn sub_path(volume: &Path, sub_path: &str) -> io::Result<PathBuf> {
    let root = Dir::open_ambient_dir(volume, ambient_authority())?;
    if !root.try_exists(sub_path)? {
        root.create_dir_all(sub_path)?;
    }
    Ok(volume.join(root.canonicalize(sub_path)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{EmptyDirMedium, HostPathType};

    fn empty_dir(name: &str) -> Volume {
        let medium = EmptyDirMedium::Disk;
        let source = VolumeSource::EmptyDir { medium, size_limit_bytes: None };
        Volume { name: name.to_owned(), source }
    }

    fn mount(name: &str, sub_path: &str) -> VolumeMount {
        VolumeMount {
            name: name.to_owned(),
            mount_path: "/data".to_owned(),
            sub_path: sub_path.to_owned(),
            read_only: false,
        }
    }

    #[test]
    fn sub_paths_stay_within_the_volume() {
        let directory = tempfile::tempdir().unwrap();
        let volumes = Volumes::make(directory.path(), &[empty_dir("data")]).unwrap();
        let root = volumes.mount(&mount("data", "")).unwrap().host_path;
        assert!(root.is_dir());
        assert!(volumes.mount(&mount("data", "a/b")).unwrap().host_path.ends_with("a/b"));

        std::fs::create_dir(directory.path().join("outside")).unwrap();
        #[cfg(unix)]
        for (name, target) in [("out", "../../outside"), ("abs", "/"), ("in", "a")] {
            std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        }
        #[cfg(unix)]
        for (sub_path, inside) in
            [("in/b", true), ("out", false), ("out/x", false), ("abs/etc", false), ("abs", false)]
        {
            let mounted = volumes.mount(&mount("data", sub_path));
            assert_eq!(mounted.is_ok(), inside, "{sub_path}: {mounted:?}");
        }
        assert!(std::fs::read_dir(directory.path().join("outside")).unwrap().next().is_none());
    }

    #[test]
    fn host_path_types() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("dir")).unwrap();
        std::fs::write(directory.path().join("file"), "x").unwrap();
        let check = |path: &str, kind, expected: &str| {
            let path = directory.path().join(path);
            let source = VolumeSource::HostPath { path: path.display().to_string(), kind };
            let volume = Volume { name: "host".to_owned(), source };
            let made = Volumes::make(directory.path(), &[volume]);
            let text = made.err().map_or_else(|| "ok".to_owned(), |error| error.to_string());
            assert!(text.ends_with(expected), "{kind:?} {}: {text}", path.display());
        };
        check("none", HostPathType::Unset, "ok");
        check("none", HostPathType::Directory, "is not a directory");
        check("file", HostPathType::Directory, "is not a directory");
        check("dir", HostPathType::Directory, "ok");
        check("dir", HostPathType::File, "is not a file");
        check("file", HostPathType::File, "ok");
        check("file", HostPathType::Socket, "is not a socket file");
        check("file", HostPathType::BlockDevice, "is not a block device");
        check("file", HostPathType::CharDevice, "is not a character device");
        check("new/dir", HostPathType::DirectoryOrCreate, "ok");
        check("new/dir", HostPathType::Directory, "ok");
        check("new/file", HostPathType::FileOrCreate, "ok");
        check("new/file", HostPathType::File, "ok");
        check("no/parent/file", HostPathType::FileOrCreate, "(os error 2)");
    }

    #[test]
    fn a_file_cannot_be_mounted() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let source =
            VolumeSource::HostPath { path: file.display().to_string(), kind: HostPathType::Unset };
        let volumes =
            Volumes::make(directory.path(), &[Volume { name: "host".to_owned(), source }]).unwrap();
        let error = volumes.mount(&mount("host", "")).unwrap_err().to_string();
        assert!(error.contains("is not a directory"), "{error}");
    }
}
