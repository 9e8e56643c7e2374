//! The volumes of a pod: directories of the host that containers mount.

use std::path::PathBuf;

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
