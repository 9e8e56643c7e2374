//! A volume of a Pod, validated and defaulted.

use super::container::ImagePullPolicy;
use super::quantity::Quantity;
use super::variable::{FieldRef, ResourceRef};

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
        size_limit: Option<Quantity>,
    },
    /// A path of the host.
    HostPath {
        /// Absolute on the host.
        path: String,
        /// What must be there.
        kind: HostPathType,
    },
    /// A directory that outlives the pod, by the name of its claim.
    Claim {
        /// In the pod's namespace.
        name: String,
        /// Whether no container may write.
        read_only: bool,
    },
    /// The files of an image.
    Image {
        /// A reference as the user wrote it.
        reference: String,
        /// When the registry is asked.
        pull_policy: ImagePullPolicy,
    },
    /// A directory that is claimed for the pod, and goes with it.
    EphemeralClaim,
    /// Files that the host writes: a configMap, secret, downwardAPI or projected volume.
    Files(FileVolume),
}

/// A volume whose files the host writes, and writes anew when what they come from has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVolume {
    /// Whether the document calls it projected, and not by its one source.
    pub is_projected: bool,
    /// The permission bits of files that have none of their own.
    pub default_mode: u32,
    /// Of files at the same path the one of the later source wins.
    pub sources: Vec<FileSource>,
}

/// Where files of a volume come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// The keys of a ConfigMap.
    ConfigMap(ObjectFiles),
    /// The keys of a Secret.
    Secret(ObjectFiles),
    /// Fields of the pod.
    DownwardApi(Vec<DownwardFile>),
}

/// Keys of an object of the pod's namespace, as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFiles {
    /// The name of the object.
    pub name: String,
    /// Which keys become which files; every key a file of its name if empty.
    pub items: Vec<KeyToPath>,
    /// Whether the object, and its keys, may be missing.
    pub optional: bool,
}

/// A key that becomes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyToPath {
    /// The key.
    pub key: String,
    /// Relative to the volume, without `..`.
    pub path: String,
    /// Permission bits.
    pub mode: Option<u32>,
}

/// A field of the pod that becomes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownwardFile {
    /// Relative to the volume, without `..`.
    pub path: String,
    /// Permission bits.
    pub mode: Option<u32>,
    /// What is in it.
    pub value: DownwardValue,
}

/// What is in a file of the downward API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownwardValue {
    /// `metadata.labels`, a line for each.
    Labels,
    /// `metadata.annotations`, a line for each.
    Annotations,
    /// One field of the metadata.
    Field(FieldRef),
    /// What a container asks for or may use.
    Resource(ResourceRef),
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
