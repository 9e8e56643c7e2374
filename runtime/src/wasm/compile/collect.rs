//! Removes compiled code that nothing needs: of modules that no image has, of other builds, and what
//! a process that was killed left half written.
//!
//! Whoever runs such code has it mapped and keeps it; whoever wants it again compiles it.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::store::{CompiledStore, NEW_PREFIX, WRITERS};
use crate::image::Digest;

/// What was removed of compiled code, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectedCode {
    /// How many files.
    pub files: usize,
    /// What they took.
    pub freed_bytes: u64,
}

impl CompiledStore {
    /// Removes all code but that of these modules for this engine.
    pub(in crate::wasm) fn collect(
        &self,
        modules: &BTreeSet<Digest>,
        dry_run: bool,
    ) -> io::Result<CollectedCode> {
        let mut collected = CollectedCode::default();
        let entries = match fs::read_dir(self.directory()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(collected),
            entries => entries?,
        };
        let needed: BTreeSet<_> = modules.iter().map(|module| self.path(module)).collect();
        let writers = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.directory().join(WRITERS))?;
        // Held to the end: nobody writes meanwhile.
        let is_alone = match writers.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let is_garbage = match entry.file_name().to_str() {
                Some(name) if name.starts_with(NEW_PREFIX) => is_alone,
                Some(name) => name.ends_with(".cwasm") && !needed.contains(&path),
                None => false,
            };
            if is_garbage && let Some(bytes) = remove(&path, dry_run)? {
                collected.files += 1;
                collected.freed_bytes += bytes;
            }
        }
        Ok(collected)
    }
}

/// Returns how long a file was; nothing if it is not there any more, or in use where that counts.
fn remove(path: &Path, dry_run: bool) -> io::Result<Option<u64>> {
    let removed = fs::metadata(path).and_then(|found| {
        if !dry_run {
            fs::remove_file(path)?;
        }
        Ok(found.len())
    });
    match removed {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A file that is mapped cannot be removed there.
        Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::super::blob::Kind;
    use super::super::store::{CompiledStore, NEW_PREFIX};
    use crate::image::Digest;

    #[test]
    fn code_that_nobody_needs_goes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("compiled");
        let [needed, other] = [b"needed" as &[u8], b"other"].map(Digest::of);
        let (store, older) =
            (CompiledStore::new(path.clone(), 7), CompiledStore::new(path.clone(), 6));
        let modules = BTreeSet::from([needed.clone()]);
        assert_eq!(store.collect(&modules, false).unwrap().files, 0, "there is no directory yet");
        for (store, digest) in [(&store, &needed), (&store, &other), (&older, &needed)] {
            store.save(digest, Kind::Module, b"code").unwrap();
        }
        fs::write(path.join(format!("{NEW_PREFIX}killed")), "half").unwrap();
        fs::write(path.join("note"), "not ours").unwrap();

        let would = store.collect(&modules, true).unwrap();
        assert_eq!(would.files, 3);
        assert!(store.open(&other).is_some(), "a dry run removes nothing");
        assert_eq!(store.collect(&modules, false).unwrap(), would);
        assert!(store.open(&needed).is_some() && path.join("note").exists());
        assert!(store.open(&other).is_none() && older.open(&needed).is_none());
        assert_eq!(store.collect(&modules, false).unwrap().files, 0);
    }

    #[test]
    fn what_is_being_written_stays() {
        let directory = tempfile::tempdir().unwrap();
        let store = CompiledStore::new(directory.path().join("compiled"), 7);
        store.save(&Digest::of(b"a"), Kind::Module, b"code").unwrap();
        let writer = store.lock_writers().unwrap();
        let new = store.directory().join(format!("{NEW_PREFIX}1"));
        fs::write(&new, "half").unwrap();
        assert_eq!(store.collect(&BTreeSet::new(), false).unwrap().files, 1, "the code of a");
        assert!(new.exists());
        drop(writer);
        assert_eq!(store.collect(&BTreeSet::new(), false).unwrap().files, 1);
        assert!(!new.exists());
    }
}
