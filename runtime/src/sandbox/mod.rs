//! The one host context that the containers of a pod share (CRI: PodSandbox).
//!
//! It owns the pod's directory on the host. A lock in it says that its process lives, so that
//! another process can tell what a dead one left behind, and remove that
//! ([`remove_dead`]).

mod dead;
mod etc;
mod file_mounts;
mod log;
mod merge;
mod termination;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use self::dead::{log_directory_name, remove_dead, remove_old_logs};
use self::etc::EtcFiles;
pub use self::etc::NoEtcFiles;
pub use self::file_mounts::FileMountError;
use self::file_mounts::{FileMount, Surroundings};
pub use self::log::{
    Chunk, ContainerLog, LogChunk, LogLimits, LogOptions, LogReadError, LogReader, LogTap,
    LogWatch, LoggedContainer, OutputStream, PodLogs, Since, log_tail, log_watch, make_pod_logs,
    remove_attempts_before,
};
pub use self::merge::MergeError;
pub use self::termination::{NoTerminationFile, TerminationFile, TerminationMessage};
use crate::network::{
    DnsNotice, Hosts, NodeNetwork, PodNetwork, Publication, PublishError, RangeExhausted,
    ResolvConf, publish, published_ports,
};
use crate::spec::files::Sources;
use crate::spec::{Container, ContainerName, HostNameTooLong, Pod};
use crate::volume::{Mount, MountError, Mounted, VolumeError, Volumes, memory};

/// The file in a pod's directory that its process holds locked.
const LOCK_FILE: &str = "lock";

/// The directory in a pod's directory for what its containers leave as their last words.
const TERMINATION: &str = "termination";

/// The directory in a pod's directory that its containers see as `/etc`.
const ETC: &str = "etc";

/// The directory in a pod's directory for what containers see there whose images have files there.
const OWN_ETC: &str = "etc-and-image";

/// The directory in a pod's directory for single files that its containers mount.
const FILES: &str = "files";

/// What the containers of one pod have in common.
#[derive(Debug)]
pub struct PodSandbox {
    /// The pod's uid.
    pub uid: String,
    /// The pod's name on its network; empty if it has none.
    pub hostname: String,
    /// What it asks of its resolver in vain.
    pub dns_notices: Vec<DnsNotice>,
    /// The network that its containers share.
    pub network: Arc<PodNetwork>,
    /// Its ports on the host, until the sandbox is dropped.
    pub publications: Vec<Publication>,
    /// Holds all that belongs to the pod alone.
    directory: PathBuf,
    volumes: Volumes,
    etc: EtcFiles,
    /// Whether the directory is. Locked by who changes what is in the directory after it was made,
    /// so that nothing appears in it while it is removed.
    removed: Mutex<bool>,
    /// Held locked until the directory is removed.
    _lock: File,
}

/// Where sandboxes are made.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The directory of all pods.
    pub pods: &'a Path,
    /// The directory of all volumes that outlive their pods.
    pub claims: &'a Path,
}

/// Why a sandbox could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The pod's directory could not be made.
    #[error("cannot make the pod's directory {}: {source}", path.display())]
    Directory {
        /// On the host.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One of its volumes could not be made.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// Its name is too long.
    #[error(transparent)]
    HostName(#[from] HostNameTooLong),
    /// There is no address for it.
    #[error(transparent)]
    Address(#[from] RangeExhausted),
    /// One of its ports could not be published on the host.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Why a container cannot see its volumes.
#[derive(Debug, thiserror::Error)]
pub enum SandboxMountError {
    /// There is nothing to mount.
    #[error(transparent)]
    Volume(#[from] MountError),
    /// A file cannot be mounted there.
    #[error(transparent)]
    File(#[from] FileMountError),
}

impl PodSandbox {
    /// Makes a pod's directory among those of others, its volumes within that, and its part of the node's
    /// network. To be called within a tokio runtime, which serves published ports.
    ///
    /// # Errors
    ///
    /// If something of it cannot be made. Nothing is left of it then.
    pub fn create(
        places: Places<'_>,
        node: &NodeNetwork,
        sources: &Sources<'_>,
    ) -> Result<Self, SandboxError> {
        let pod = sources.pod;
        let Pod { metadata, spec } = pod;
        let name = pod.host_name(&node.cluster.domain);
        let hostname = name.seen()?;
        let lease = node.ranges.lease()?;
        let hosts = Hosts::new(&lease.addresses(), &name, &spec.host_aliases);
        let (resolv_conf, dns_notices) = ResolvConf::of_pod(
            &node.resolv_conf,
            &node.cluster,
            &metadata.namespace,
            spec.dns_policy,
            &spec.dns_config,
        );
        let directory = places.pods.join(&metadata.uid);
        let files = (&hosts, hostname.as_str(), &resolv_conf);
        let etc = EtcFiles::new(files, directory.join(ETC), directory.join(OWN_ETC));
        let network = PodNetwork::new(lease, hosts, node.egress);
        let ports = published_ports(spec)?.into_iter();
        let publications = ports.map(|port| publish(&network, port)).collect::<Result<_, _>>()?;
        let lock = make_directory(&directory)
            .map_err(|source| SandboxError::Directory { path: directory.clone(), source })?;
        let volumes = Volumes::make(&directory, places.claims, sources)
            // What cannot be removed either is found without an owner by the next process.
            .inspect_err(|_| drop(remove_directory(&directory)))?;
        Ok(Self {
            removed: Mutex::new(false),
            uid: metadata.uid.clone(),
            hostname,
            dns_notices,
            network,
            publications,
            directory,
            volumes,
            etc,
            _lock: lock,
        })
    }

    /// Returns what a container has to mount to see its volumes, given the path in each that is
    /// meant, empty for all of it, and the file tree of its image.
    ///
    /// # Errors
    ///
    /// As [`Volumes::mount`], or if a file cannot be mounted where it is asked for.
    pub fn mounts(
        &self,
        container: &Container,
        sub_paths: &[String],
        rootfs: Option<&Path>,
    ) -> Result<Vec<Mount>, SandboxMountError> {
        let (mut mounts, mut files) = (Vec::new(), Vec::new());
        for (mount, sub_path) in container.volume_mounts.iter().zip(sub_paths) {
            match self.volumes.mount(container.name.as_str(), mount, sub_path)? {
                Mounted::Directory(mount) => mounts.push(mount),
                Mounted::File { file, guest_path, read_only } => {
                    files.push(FileMount { file, guest_path, read_only });
                }
            }
        }
        if !files.is_empty() {
            let own = self.directory.join(FILES).join(container.name.as_str());
            let etc = (!self.hostname.is_empty()).then_some(&self.etc);
            let around = Surroundings { mounts: &mounts, rootfs, etc };
            let made = file_mounts::make(files, &own, &around)?;
            mounts.extend(made);
        }
        Ok(mounts)
    }

    /// Brings the volumes whose files the host writes up to date, unless the pod's directory has
    /// been removed.
    ///
    /// # Errors
    ///
    /// As [`Volumes::update`].
    pub fn update_volumes(&self, sources: &Sources<'_>) -> Vec<VolumeError> {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        if *removed { Vec::new() } else { self.volumes.update(sources) }
    }

    /// Returns the text of a file in a volume, and none if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Volumes::read_file`].
    pub fn read_file(&self, volume: &str, path: &str) -> io::Result<Option<String>> {
        self.volumes.read_file(volume, path)
    }

    /// Makes the file in which one attempt of a container may leave its last word, given what it
    /// mounts and the file tree of its image. Returns what it has to mount for that, if anything.
    ///
    /// # Errors
    ///
    /// As [`TerminationFile::make`].
    pub fn termination_file(
        &self,
        container: &Container,
        attempt: u32,
        mounts: &[Mount],
        rootfs: Option<&Path>,
    ) -> Result<(TerminationFile, Option<Mount>), NoTerminationFile> {
        let own = format!("{}.{attempt}", container.name);
        let own = self.directory.join(TERMINATION).join(own);
        TerminationFile::make(&container.termination_message_path, &own, mounts, rootfs)
    }

    /// Makes what a container sees as `/etc`, given what it mounts and the file tree of its image.
    /// There is nothing to mount if a mount is there already, or the pod has no name.
    ///
    /// # Errors
    ///
    /// If it cannot be made. The container runs all the same.
    pub fn etc(
        &self,
        container: &Container,
        mounts: &[Mount],
        rootfs: Option<&Path>,
    ) -> Result<Option<Mount>, NoEtcFiles> {
        if self.hostname.is_empty() {
            return Ok(None);
        }
        self.etc.make(container.name.as_str(), mounts, rootfs)
    }

    /// Returns whether a volume should be in memory, and cannot.
    pub fn lacks_memory(&self) -> bool {
        self.volumes.lacks_memory()
    }

    /// Returns where the files of an image volume are to be; nothing if they are there.
    pub fn missing_image(&self, volume: &str) -> Option<&Path> {
        self.volumes.missing_image(volume)
    }

    /// Returns names and paths of the emptyDir volumes.
    pub fn empty_dirs(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.volumes.empty_dirs()
    }

    /// Returns the pod's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the directories of a container within the pod's.
    pub fn container_directories(&self, name: &ContainerName) -> [PathBuf; 3] {
        [TERMINATION, OWN_ETC, FILES].map(|kind| self.directory.join(kind).join(name.as_str()))
    }

    /// Returns whether there is more in the pod's directory than its lock, so that removing it may
    /// take long.
    pub fn holds_files(&self) -> bool {
        self.volumes.live_with_pod()
            || [TERMINATION, ETC, OWN_ETC, FILES]
                .iter()
                .any(|name| self.directory.join(name).exists())
    }

    /// Removes the pod's directory, with the volumes that live in it.
    ///
    /// # Errors
    ///
    /// If something of it cannot be removed. It may be tried again.
    pub fn remove(&self) -> io::Result<()> {
        *self.removed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        remove_directory(&self.directory)
    }
}

/// Removes a pod's directory, and what it has in memory.
fn remove_directory(directory: &Path) -> io::Result<()> {
    memory::remove(directory)?;
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Makes the directory, and the lock in it: locked before it appears under its name, so that it is
/// never seen unlocked.
///
/// It is this user's alone: Secrets are in it.
fn make_directory(directory: &Path) -> io::Result<File> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    fs::create_dir_all(directory.parent().unwrap_or(directory))?;
    builder.recursive(true).create(directory)?;
    let path = directory.join("lock.new");
    let lock = File::create(&path)?;
    lock.try_lock().map_err(io::Error::from)?;
    fs::rename(path, directory.join(LOCK_FILE))?;
    Ok(lock)
}
