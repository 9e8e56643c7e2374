//! Leases: which images are in use, told across processes, and when each was last.
//!
//! Whoever runs an image holds a shared lock of `leases/HEX`, named by the digest of its manifest; a
//! process that dies lets go of it. The file stays when the lock is gone: its time is that of the
//! last use. A lease is taken while the store is held, see [`InUse`], so nothing is removed between
//! finding an image and leasing it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::time::SystemTime;

use super::{ImageStore, InUse, StoreError};
use crate::clock;
use crate::image::digest::Digest;

/// Keeps the blobs and the file tree of one image where they are.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

impl ImageStore {
    /// Leases an image that was found while the store was held.
    ///
    /// Who may not write to the store holds all of it instead. None where not even that can be: the
    /// store is read-only, so nothing is removed there.
    pub fn lease(&self, _in_use: &InUse, manifest: &Digest) -> Option<Lease> {
        let file = self
            .lease_file(manifest)
            .or_else(|_| self.hold().map(|held| held.file).ok_or(()))
            .ok()?;
        Some(Lease { _file: file })
    }

    fn lease_file(&self, manifest: &Digest) -> io::Result<File> {
        let path = self.layout.lease(manifest);
        let open = || OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.layout.leases())?;
                open()?
            }
            opened => opened?,
        };
        // Free: who asks for it alone has the store to itself.
        file.lock_shared()?;
        file.set_modified(clock::wall().into())?;
        Ok(file)
    }

    /// Returns the manifests that are leased. Asked by who has the store to itself, so none is added
    /// meanwhile.
    pub(super) fn leased(&self) -> Result<BTreeSet<Digest>, StoreError> {
        let mut leased = BTreeSet::new();
        for digest in self.layout.digests_in(&self.layout.leases())? {
            let path = self.layout.lease(&digest);
            let file = File::open(&path).map_err(|error| StoreError::io("read", &path, error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => drop(leased.insert(digest)),
                Err(TryLockError::Error(error)) => {
                    return Err(StoreError::io("lock", &path, error));
                }
            }
        }
        Ok(leased)
    }

    /// Returns when one of these manifests was last used; if none ever was, when the first came.
    pub(super) fn last_use(&self, first: &Digest, manifests: &BTreeSet<Digest>) -> SystemTime {
        let time = |path| fs::metadata(path).and_then(|found| found.modified()).ok();
        let uses = manifests.iter().filter_map(|manifest| time(self.layout.lease(manifest)));
        uses.max().or_else(|| time(self.layout.blob(first))).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}
