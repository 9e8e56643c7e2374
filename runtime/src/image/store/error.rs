//! What can go wrong with the store: whose directory it is, what is on the disk, what is in a blob.

use std::io;
use std::path::{Path, PathBuf};

use crate::image::artifact::NotWasm;
use crate::image::digest::Digest;
use crate::image::layer::UnpackError;
use crate::image::manifest::InvalidDocument;
use crate::image::module::InvalidModule;
use crate::image::volume::NoFiles;

/// Why the store could not do what was asked. Each names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Its directory belongs to somebody else.
    #[error(
        "cannot {action} {}: permission denied{owner}; make it accessible to this user, or \
         choose another data directory with --data-dir",
        .path.display()
    )]
    Denied {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Whose it is, ready to print.
        owner: String,
    },
    /// Its directory can only be read.
    #[error(
        "cannot {action} {}: its file system is read-only; images that are in the store can be \
         run, for others choose another data directory with --data-dir",
        .path.display()
    )]
    ReadOnly {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "cannot {action} {}: no space is left on its disk; remove images with `wasmpod image \
         rm`, or choose another data directory with --data-dir",
        .path.display()
    )]
    Full {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
    },
    /// There is a file where a directory should be.
    #[error("cannot use {} as image store: it is not a directory; choose another with --data-dir", .0.display())]
    NotADirectory(PathBuf),
    /// There is something else in the directory.
    #[error(
        "cannot use {} as image store: it has other files and no oci-layout; choose an empty \
         directory with --data-dir",
        .0.display()
    )]
    NotAStore(PathBuf),
    /// Whatever else the system says.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The list of names cannot be read.
    #[error(
        "{} is damaged, it {why}; move it away and pull or import the images again (what is \
         still intact is not fetched twice)",
        .path.display()
    )]
    Index {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: InvalidDocument,
    },
    /// The layout is of a version that is not known.
    #[error("{} is of an image layout that is not known here, want version 1.0.0", .0.display())]
    Layout(PathBuf),
    /// A directory or an archive has no image.
    #[error("{} is no OCI image layout with an image in it", .0.display())]
    NoLayout(PathBuf),
    /// It has several, and none is called as wanted.
    #[error("{} has several images: name one of {names}", .path.display())]
    SeveralImages {
        /// Which layout.
        path: PathBuf,
        /// What its images are called.
        names: String,
    },
    /// A blob is not what its name says.
    #[error("blob {expected} has the digest {actual}: it was damaged or forged on its way")]
    WrongDigest {
        /// What it should be.
        expected: Digest,
        /// What it is.
        actual: Digest,
    },
    /// A blob is not as long as promised.
    #[error(
        "blob {digest} has {actual}, {expected} bytes were promised: it was cut short or forged"
    )]
    WrongSize {
        /// Which.
        digest: Digest,
        /// How long it should be.
        expected: u64,
        /// How long it is, ready to print.
        actual: String,
    },
    /// A small blob changed on the disk.
    #[error("{} is damaged: remove it, and pull or import its image again", .path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
    },
    /// A blob is not there.
    #[error("blob {0} is not in the store")]
    NoBlob(Digest),
    /// A blob that is read into memory is too long for that.
    #[error("blob {digest} has {size} bytes, too many for a manifest or a configuration")]
    TooLarge {
        /// Which.
        digest: Digest,
        /// How long it is.
        size: u64,
    },
    /// A manifest or a configuration is not one.
    #[error("blob {digest} {why}")]
    Document {
        /// Which blob.
        digest: Digest,
        /// What is wrong with it.
        why: InvalidDocument,
    },
    /// It is no image for us.
    #[error(transparent)]
    NotWasm(#[from] NotWasm),
    /// It has no files to mount.
    #[error(transparent)]
    NoFiles(#[from] NoFiles),
    /// A file is no module.
    #[error(transparent)]
    Module(#[from] InvalidModule),
    /// A layer cannot be unpacked.
    #[error("cannot unpack layer {layer}: {why}")]
    Unpack {
        /// Which.
        layer: Digest,
        /// What is wrong with it.
        why: UnpackError,
    },
    /// The file tree of an image has no program.
    #[error("its program `{program}` is not in the image")]
    NoProgram {
        /// What it should run.
        program: String,
    },
    /// No such name.
    #[error("image {0} is not in the store; `wasmpod image ls` lists what is")]
    NoImage(String),
}

impl StoreError {
    /// Whether bytes changed on the disk, so that fetching them again helps.
    pub(in crate::image) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::TooLarge { .. })
    }

    /// Says what the system's error means here.
    pub(in crate::image) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied => {
                let owner = super::os::owner(&path);
                Self::Denied { action, path, owner }
            }
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { action, path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { action, path }
            }
            io::ErrorKind::NotADirectory => Self::NotADirectory(path),
            _ => Self::Io { action, path, source },
        }
    }
}
