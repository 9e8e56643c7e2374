//! The volumes of a pod: directories of the host that its containers mount.
//!
//! A volume lives as long as its pod. What a container gets to see is a [`Mount`]; no `subPath`,
//! and no symbolic link on the way, leads out of the volume.

mod claim;
mod empty_dir;
mod file;
mod host_path;
pub mod memory;
mod mount;
mod publish;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use self::claim::{Bound, ClaimError};
use self::mount::Shown;
// For the tests of others.
#[cfg(test)]
pub(crate) use self::mount::file_of_tests;
pub use self::mount::{FileInVolume, Mount, MountError, cleaned};
pub use self::usage::bytes_in;
use crate::spec::files::{FilesError, Sources};
use crate::spec::{EmptyDirMedium, NamespacedName, Volume, VolumeMount, VolumeSource};

/// The directory in a pod's directory for volumes.
const DIRECTORY: &str = "volumes";

/// The volumes of one pod, by name.
#[derive(Debug, Default)]
pub struct Volumes {
    made: BTreeMap<String, Made>,
    /// The claims among them: several volumes may be of one.
    bound: BTreeMap<NamespacedName, Bound>,
    lacks_memory: bool,
}

/// A volume that is there.
#[derive(Debug)]
struct Made {
    path: PathBuf,
    kind: Kind,
    /// Whether no container may write, whatever it asks for.
    read_only: bool,
    /// Whether what is not there is not made either.
    is_complete: bool,
}

/// What a volume is, for who mounts or removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It lives with the pod, and containers may write to it: an emptyDir.
    Own,
    /// It lives with the pod, and the host alone writes to it.
    Files,
    /// It is somebody else's, or outlives the pod.
    Host,
}

/// What a container gets to see.
#[derive(Debug)]
pub enum Mounted {
    /// A directory.
    Directory(Mount),
    /// A file.
    File {
        /// Which.
        file: FileInVolume,
        /// Absolute in the container.
        guest_path: String,
        /// Whether writing is refused.
        read_only: bool,
    },
}

/// A volume cannot be had now.
#[derive(Debug, thiserror::Error)]
#[error("MountVolume.SetUp failed for volume {name:?} : {problem}")]
pub struct VolumeError {
    name: String,
    problem: VolumeProblem,
}

/// What is wrong with a volume.
#[derive(Debug, thiserror::Error)]
enum VolumeProblem {
    /// It could not be made.
    #[error("cannot make {}: {source}", path.display())]
    Make { path: PathBuf, source: io::Error },
    /// A hostPath is not what its type says.
    #[error("hostPath type check failed: {} {problem}", path.display())]
    HostPathType { path: PathBuf, problem: &'static str },
    /// The medium has no meaning.
    #[error("unknown storage medium {0:?}")]
    Medium(String),
    /// What its files come from is missing.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The claim cannot be bound.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// Its files could not be written.
    #[error("cannot write its files: {0}")]
    Write(io::Error),
}

impl Volumes {
    /// Makes the volumes of a pod; those that live with it go into its directory.
    ///
    /// # Errors
    ///
    /// The first that cannot be made.
    pub fn make(pod: &Path, claims: &Path, sources: &Sources<'_>) -> Result<Self, VolumeError> {
        let mut volumes = Self::default();
        for volume in &sources.pod.spec.volumes {
            let made = volumes.make_one(pod, claims, volume, sources);
            let made =
                made.map_err(|problem| VolumeError { name: volume.name.clone(), problem })?;
            volumes.made.insert(volume.name.clone(), made);
        }
        Ok(volumes)
    }

    fn make_one(
        &mut self,
        pod: &Path,
        claims: &Path,
        volume: &Volume,
        sources: &Sources<'_>,
    ) -> Result<Made, VolumeProblem> {
        let own = pod.join(DIRECTORY).join(&volume.name);
        let (path, kind) = match &volume.source {
            VolumeSource::EmptyDir { medium, .. } => {
                let place = empty_dir::place(pod, &own, &volume.name, medium)?;
                self.lacks_memory |= *medium == EmptyDirMedium::Memory && place == own;
                (empty_dir::make(place)?, Kind::Own)
            }
            VolumeSource::HostPath { path, kind } => {
                (host_path::check(Path::new(path), *kind)?, Kind::Host)
            }
            VolumeSource::Files(files) => {
                let files = files.files(sources)?;
                publish::publish(&own, &files).map_err(VolumeProblem::Write)?;
                let (kind, is_complete) = (Kind::Files, false);
                return Ok(Made { path: own, kind, read_only: true, is_complete });
            }
            // Its files come when a container needs them: an image may be long in coming.
            VolumeSource::Image { .. } => {
                let (kind, is_complete) = (Kind::Files, true);
                return Ok(Made { path: own, kind, read_only: true, is_complete });
            }
            VolumeSource::EphemeralClaim => (empty_dir::make(own)?, Kind::Own),
            VolumeSource::Claim { name, read_only } => {
                let name = NamespacedName::new(&sources.pod.metadata.namespace, name);
                let document = sources.objects.claim(&name).map(AsRef::as_ref);
                let bound = match self.bound.entry(name) {
                    Entry::Occupied(bound) => bound.into_mut(),
                    Entry::Vacant(place) => {
                        let bound = claim::bind(claims, place.key(), document)?;
                        place.insert(bound)
                    }
                };
                let read_only = *read_only || bound.read_only;
                let (path, kind, is_complete) = (bound.path.clone(), Kind::Host, false);
                return Ok(Made { path, kind, read_only, is_complete });
            }
        };
        Ok(Made { path, kind, read_only: false, is_complete: false })
    }

    /// Returns whether a volume should be in memory and is on the disk, as there is no other place.
    pub fn lacks_memory(&self) -> bool {
        self.lacks_memory
    }

    /// Returns where the files of an image volume are to be; nothing if they are there.
    pub fn missing_image(&self, name: &str) -> Option<&Path> {
        let made = self.made.get(name)?;
        (!made.path.exists()).then_some(&made.path)
    }

    /// Returns names and paths of the emptyDir volumes.
    pub fn empty_dirs(&self) -> impl Iterator<Item = (&str, &Path)> {
        let own = self.made.iter().filter(|(_, made)| made.kind == Kind::Own);
        own.map(|(name, made)| (name.as_str(), made.path.as_path()))
    }

    /// Brings the volumes whose files the host writes up to date. Those of which something is
    /// missing now stay as they are.
    ///
    /// # Errors
    ///
    /// Every volume that could not be brought up to date.
    pub fn update(&self, sources: &Sources<'_>) -> Vec<VolumeError> {
        let mut errors = Vec::new();
        for volume in &sources.pod.spec.volumes {
            let (VolumeSource::Files(files), Some(made)) =
                (&volume.source, self.made.get(&volume.name))
            else {
                continue;
            };
            let written = files.files(sources).map_err(VolumeProblem::from).and_then(|files| {
                publish::publish(&made.path, &files).map_err(VolumeProblem::Write)
            });
            let name = || volume.name.clone();
            errors.extend(written.err().map(|problem| VolumeError { name: name(), problem }));
        }
        errors
    }

    /// Returns whether any of them is removed with the pod.
    pub fn live_with_pod(&self) -> bool {
        self.made.values().any(|made| made.kind != Kind::Host)
    }

    /// Returns what a container gets to see of a volume, given the path in it if not all is meant.
    ///
    /// A path that does not exist is made, as a directory.
    ///
    /// # Errors
    ///
    /// If there is neither a directory nor a file there, or the way to it leads out of the volume.
    ///
    /// # Panics
    ///
    /// If the pod has no volume of that name, which validation has refused.
    pub fn mount(
        &self,
        container: &str,
        mount: &VolumeMount,
        sub_path: &str,
    ) -> Result<Mounted, MountError> {
        let volume = self.made.get(&mount.name).expect("a mount names a volume of its pod");
        let read_only = mount.read_only || volume.read_only;
        let guest_path = cleaned(&mount.mount_path);
        if volume.is_complete {
            mount::check_is_there(mount, container, &volume.path, sub_path)?;
        }
        Ok(match mount::find(mount, container, &volume.path, sub_path)? {
            Shown::Directory { host_path, root } => {
                Mounted::Directory(Mount::shown(host_path, root, guest_path, read_only))
            }
            Shown::File(file) => Mounted::File { file, guest_path, read_only },
        })
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
        file::read(&self.made.get(name).expect("a file is in a volume of its pod").path, path)
    }
}
