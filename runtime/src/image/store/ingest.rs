//! Things that are on their way into the store.
//!
//! ```text
//! ingest/NAME     a blob being written, or the lock of a tree being unpacked into ingest/NAME.d
//! ```
//!
//! The writer holds the lock of its file for as long as it writes. So a name is written once, by
//! whichever process and thread came first; the others wait and then find it in its place. A file
//! whose lock is free was left behind by a process that died, and is removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::layout::Layout;
use super::{StoreError, os};
use crate::image::digest::Digest;
use crate::image::manifest::Descriptor;

/// The exclusive right to bring something of this name into the store.
#[derive(Debug)]
pub(super) struct Ingest {
    file: File,
    path: PathBuf,
    /// Whether the file went to its place. Its old name is then free, and may be another's.
    is_moved: bool,
}

impl Ingest {
    /// Waits for the right. Afterwards look again whether the thing is in its place.
    pub(super) fn begin(directory: &Path, name: &str) -> Result<Self, StoreError> {
        let path = directory.join(name);
        let fail = |source| StoreError::io("write", &path, source);
        loop {
            let mut options = OpenOptions::new();
            let file =
                options.create(true).truncate(false).write(true).open(&path).map_err(fail)?;
            file.lock().map_err(fail)?;
            // The one before may have moved it to its place, or a cleaner removed it.
            if os::is_still_at(&file, &path).map_err(fail)? {
                return Ok(Self { file, path, is_moved: false });
            }
        }
    }

    /// Returns a directory for what does not fit a file. It is empty.
    pub(super) fn directory(&self) -> Result<PathBuf, StoreError> {
        let path = directory_of(&self.path);
        let fail = |source| StoreError::io("write", &path, source);
        remove_directory(&path).map_err(fail)?;
        fs::create_dir(&path).map_err(fail)?;
        Ok(path)
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        if !self.is_moved {
            // Nobody else has the lock, so the names are ours.
            let _ = remove_directory(&directory_of(&self.path));
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes one blob. What is not committed leaves nothing behind.
#[derive(Debug)]
pub struct BlobWriter {
    ingest: Ingest,
    hash: Sha256,
    written: u64,
    expected: Descriptor,
    destination: PathBuf,
}

impl BlobWriter {
    pub(super) fn new(
        ingest: Ingest,
        expected: &Descriptor,
        destination: PathBuf,
    ) -> Result<Self, StoreError> {
        let mut writer = Self {
            ingest,
            hash: Sha256::new(),
            written: 0,
            expected: expected.clone(),
            destination,
        };
        let fail = |source| StoreError::io("write", &writer.ingest.path, source);
        writer.ingest.file.set_len(0).map_err(fail)?;
        writer.ingest.file.rewind().map_err(fail)?;
        Ok(writer)
    }

    /// Takes the next bytes. More than were promised are refused at once.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.written += bytes.len() as u64;
        if self.written > self.expected.size {
            return Err(StoreError::WrongSize {
                digest: self.expected.digest.clone(),
                expected: self.expected.size,
                actual: "more bytes than that".to_owned(),
            });
        }
        self.hash.update(bytes);
        self.ingest
            .file
            .write_all(bytes)
            .map_err(|source| StoreError::io("write", &self.ingest.path, source))
    }

    /// Checks that all came as promised and puts the blob in its place, so that it outlives a
    /// power failure.
    pub fn commit(mut self) -> Result<(), StoreError> {
        if self.written != self.expected.size {
            return Err(StoreError::WrongSize {
                digest: self.expected.digest.clone(),
                expected: self.expected.size,
                actual: format!("{} bytes", self.written),
            });
        }
        let actual = Digest::from_hash(&self.hash.finalize_reset());
        if actual != self.expected.digest {
            return Err(StoreError::WrongDigest { expected: self.expected.digest.clone(), actual });
        }
        let fail = |source| StoreError::io("write", &self.destination, source);
        self.ingest.file.sync_all().map_err(fail)?;
        fs::rename(&self.ingest.path, &self.destination).map_err(fail)?;
        self.ingest.is_moved = true;
        let directory = self.destination.parent().expect("a blob is in a directory");
        os::sync_directory(directory).map_err(fail)
    }
}

/// Takes a file tree out of its place by one rename, so that it is never seen half. Its files go when
/// what is returned is dropped.
pub(super) fn discard_tree(layout: &Layout, manifest: &Digest) -> Result<Ingest, StoreError> {
    let tree = layout.rootfs(manifest);
    let ingest = Ingest::begin(&layout.ingest(), &tree_name(manifest))?;
    let aside = ingest.directory()?;
    fs::rename(&tree, aside.join("tree"))
        .map_err(|error| StoreError::io("remove", &tree, error))?;
    os::sync_directory(&layout.trees()).map_err(|error| StoreError::io("remove", &tree, error))?;
    Ok(ingest)
}

/// Returns what a file tree is called on its way in and out.
pub(super) fn tree_name(manifest: &Digest) -> String {
    format!("rootfs-{}", manifest.hex())
}

/// Removes what dead processes left behind.
pub(super) fn clean(directory: &Path) -> Result<(), StoreError> {
    let fail = |source| StoreError::io("clean", directory, source);
    for entry in fs::read_dir(directory).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "d") {
            continue; // goes with the file that it belongs to
        }
        match abandoned(&path) {
            Ok(Some(ingest)) => drop(ingest),
            Ok(None) => {}
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(fail(source)),
        }
    }
    Ok(())
}

/// Takes over what nobody writes any more.
fn abandoned(path: &Path) -> io::Result<Option<Ingest>> {
    let file = OpenOptions::new().write(true).open(path)?;
    match file.try_lock() {
        Ok(()) if os::is_still_at(&file, path)? => {
            Ok(Some(Ingest { file, path: path.to_owned(), is_moved: false }))
        }
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn directory_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".d");
    name.into()
}

fn remove_directory(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
