//! Removes names, and the blobs that no other name leads to.
//!
//! Blobs go only while nobody else has an [`InUse`](super::InUse): a process that pulls, runs or is
//! about to run an image keeps all blobs where they are.

use std::collections::BTreeSet;
use std::fs::{self, TryLockError};
use std::io;
use std::path::Path;

use super::{ImageStore, NAME_ANNOTATION, StoreError, parse_document};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Document};
use crate::image::reference::Reference;

/// What became of the blobs of a name that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Those that no other name needs are gone; so many bytes are free.
    Blobs {
        /// How many.
        freed_bytes: u64,
    },
    /// They are still there: another process uses the store.
    NameOnly,
}

impl ImageStore {
    /// Removes a name.
    pub fn remove(&self, reference: &Reference) -> Result<Removed, StoreError> {
        let no_image = || StoreError::NoImage(reference.stored_name());
        let entry = self.find(reference)?.ok_or_else(no_image)?;
        let users = self.layout.open_lock("users.lock")?;
        let is_alone = match users.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("lock", &self.layout.root.join("users.lock"), source));
            }
        };
        self.remove_entry(&entry)?;
        if !is_alone {
            return Ok(Removed::NameOnly);
        }
        Ok(Removed::Blobs { freed_bytes: self.remove_unreachable(&entry)? })
    }

    fn remove_entry(&self, entry: &Descriptor) -> Result<(), StoreError> {
        let lock = self.layout.lock_index()?;
        let mut index = self.layout.read_index()?;
        let name = entry.annotations.get(NAME_ANNOTATION);
        index.manifests.retain(|other| {
            other.digest != entry.digest || other.annotations.get(NAME_ANNOTATION) != name
        });
        self.layout.write_index(&lock, &index)
    }

    /// Removes what only this entry led to. Nobody else uses the store meanwhile.
    fn remove_unreachable(&self, entry: &Descriptor) -> Result<u64, StoreError> {
        let mut needed = BTreeSet::new();
        for other in self.layout.read_index()?.manifests {
            self.reach(&other, &mut needed);
        }
        let mut unneeded = BTreeSet::new();
        self.reach(entry, &mut unneeded);
        let mut freed_bytes = 0;
        for digest in unneeded.difference(&needed) {
            let path = self.layout.blob(digest);
            freed_bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
            ignore_missing(&path, fs::remove_file(&path))?;
            let tree = self.layout.rootfs(digest);
            ignore_missing(&tree, fs::remove_dir_all(&tree))?;
        }
        Ok(freed_bytes)
    }

    /// Collects all blobs that a descriptor leads to, as far as they can be read.
    fn reach(&self, from: &Descriptor, reached: &mut BTreeSet<Digest>) {
        if !reached.insert(from.digest.clone()) {
            return;
        }
        let Ok(Some(bytes)) = self.read_document(from) else { return };
        match parse_document(from, &bytes) {
            Ok(Document::Manifest(manifest)) => {
                reached.insert(manifest.config.digest);
                reached.extend(manifest.layers.into_iter().map(|layer| layer.digest));
            }
            Ok(Document::Index(index)) => {
                for entry in &index.manifests {
                    self.reach(entry, reached);
                }
            }
            Err(_) => {}
        }
    }
}

fn ignore_missing(path: &Path, removed: io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
