//! A volume of a Pod, validated and defaulted.

/// A volume: a directory (or file) that lives as long as the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// A DNS label, unique within the pod.
    pub name: String,
    /// What is in it.
    pub source: VolumeSource,
}

/// What a volume is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    /// Empty at first, removed with the pod.
    EmptyDir {
        /// What holds it.
        medium: EmptyDirMedium,
        /// How large it may get.
        size_limit_bytes: Option<u64>,
    },
    /// A path of the host.
    HostPath {
        /// Absolute on the host.
        path: String,
        /// What must be there.
        kind: HostPathType,
    },
}

/// What holds an emptyDir.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmptyDirMedium {
    /// The node's disk.
    Disk,
    /// Memory.
    Memory,
    /// A name Kubernetes would accept in a document and refuse at run time.
    Other(String),
}

/// What must be at a hostPath, `volumes[*].hostPath.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPathType {
    /// Not checked.
    Unset,
    /// A directory, made with mode 0755 if nothing is there.
    DirectoryOrCreate,
    /// A directory.
    Directory,
    /// A file, made with mode 0644 if nothing is there; its parent must exist.
    FileOrCreate,
    /// A file.
    File,
    /// A unix socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
}
