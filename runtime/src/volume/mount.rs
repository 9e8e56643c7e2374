//! What a container gets to see of a volume.

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
}

/// Why a container cannot mount a volume.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The `subPath` could not be opened, or made, within the volume.
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

impl Mount {
    /// Finds what a mount shows of a volume.
    pub(super) fn of(
        mount: &VolumeMount,
        volume: &Path,
        read_only: bool,
    ) -> Result<Self, MountError> {
        let host_path = if mount.sub_path.is_empty() {
            volume.to_owned()
        } else {
            sub_path(volume, &mount.sub_path).map_err(|source| MountError::SubPath {
                name: mount.name.clone(),
                sub_path: mount.sub_path.clone(),
                source,
            })?
        };
        if !host_path.is_dir() {
            let name = mount.name.clone();
            return Err(MountError::NotADirectory { name, path: host_path });
        }
        Ok(Self { host_path, guest_path: mount.mount_path.clone(), read_only })
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
