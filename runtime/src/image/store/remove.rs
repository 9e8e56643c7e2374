//! Removes names, and the blobs that no other name leads to.
//!
//! Blobs go only while nobody writes to the store, and not if the image is leased: a process that
//! pulls or is about to run an image keeps all blobs where they are, one that runs an image those of
//! that image. What stays is removed by the next [collection](ImageStore::collect).

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::{ImageStore, NAME_ANNOTATION, StoreError, ingest, parse_document};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Document, media_type};
use crate::image::reference::Reference;

/// What became of the blobs of a name that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Those that nobody needs are gone; so many bytes are free.
    Blobs {
        /// How many.
        freed_bytes: u64,
    },
    /// They are still there: a process uses them, or writes to the store.
    NameOnly,
}

impl ImageStore {
    /// Removes a name.
    pub fn remove(&self, reference: &Reference) -> Result<Removed, StoreError> {
        let no_image = || StoreError::NoImage(reference.stored_name());
        let entry = self.find(reference)?.ok_or_else(no_image)?;
        let users = self.open_lock_of_users()?;
        let is_alone = match users.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("lock", &self.layout.root.join("users.lock"), source));
            }
        };
        self.remove_entries(std::slice::from_ref(&entry))?;
        if !is_alone {
            return Ok(Removed::NameOnly);
        }
        let leased = self.leased()?;
        let mut reached = BTreeSet::new();
        self.reach(&entry, &mut reached);
        let is_leased = reached.iter().any(|digest| leased.contains(digest));
        let freed_bytes = self.remove_unneeded(reached, &leased)?;
        Ok(if is_leased { Removed::NameOnly } else { Removed::Blobs { freed_bytes } })
    }

    /// Opens the file whose lock all who use blobs share.
    pub(super) fn open_lock_of_users(&self) -> Result<File, StoreError> {
        self.layout.open_lock("users.lock")
    }

    pub(super) fn remove_entries(&self, entries: &[Descriptor]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let lock = self.layout.lock_index()?;
        let mut index = self.layout.read_index()?;
        let name = |entry: &Descriptor| entry.annotations.get(NAME_ANNOTATION).cloned();
        let gone: BTreeSet<_> =
            entries.iter().map(|entry| (entry.digest.clone(), name(entry))).collect();
        index.manifests.retain(|other| !gone.contains(&(other.digest.clone(), name(other))));
        self.layout.write_index(&lock, &index)
    }

    /// Removes what no name and no lease leads to. Nobody else uses the store meanwhile.
    fn remove_unneeded(
        &self,
        mut unneeded: BTreeSet<Digest>,
        leased: &BTreeSet<Digest>,
    ) -> Result<u64, StoreError> {
        let mut needed = BTreeSet::new();
        for other in self.layout.read_index()?.manifests {
            self.reach(&other, &mut needed);
        }
        for manifest in leased {
            self.reach(&Descriptor::new(media_type::MANIFEST, manifest.clone(), 0), &mut needed);
        }
        unneeded.retain(|digest| !needed.contains(digest));
        let mut freed_bytes = 0;
        for digest in &unneeded {
            let path = self.layout.blob(digest);
            freed_bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
            ignore_missing(&path, fs::remove_file(&path))?;
            if self.layout.rootfs(digest).exists() {
                drop(ingest::discard_tree(&self.layout, digest)?);
            }
            let lease = self.layout.lease(digest);
            ignore_missing(&lease, fs::remove_file(&lease))?;
        }
        Ok(freed_bytes)
    }

    /// Collects all blobs that a descriptor leads to, as far as they can be read.
    pub(super) fn reach(&self, from: &Descriptor, reached: &mut BTreeSet<Digest>) {
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

pub(super) fn ignore_missing(path: &Path, removed: io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
