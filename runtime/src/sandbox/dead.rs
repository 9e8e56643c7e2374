//! What processes that were killed have left behind.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::LOCK_FILE;

/// Removes the directories of pods whose process is gone, volumes included.
///
/// A directory whose lock is held, or which has none yet, belongs to a process that lives; it is
/// left alone. So is what cannot be removed: the next process tries again.
pub fn remove_dead(pods: &Path) {
    let Ok(entries) = fs::read_dir(pods) else { return };
    for entry in entries.flatten() {
        let directory = entry.path();
        let Ok(lock) = File::open(directory.join(LOCK_FILE)) else { continue };
        match lock.try_lock() {
            Ok(()) => match fs::remove_dir_all(&directory) {
                Ok(()) => tracing::info!(pod = ?entry.file_name(), "removed what a dead pod left"),
                Err(error) => {
                    tracing::warn!(path = %directory.display(), %error, "cannot remove what a dead pod left");
                }
            },
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dead_are_removed() {
        let pods = tempfile::tempdir().unwrap();
        let path = |uid: &str| pods.path().join(uid);
        for uid in ["dead", "alive", "beginning"] {
            fs::create_dir_all(path(uid).join("volumes/data")).unwrap();
        }
        fs::write(path("dead").join(LOCK_FILE), "").unwrap();
        let lock = File::create(path("alive").join(LOCK_FILE)).unwrap();
        lock.lock().unwrap();
        remove_dead(pods.path());
        assert!(!path("dead").exists());
        assert!(path("alive").exists());
        assert!(path("beginning").exists());
        drop(lock);
        remove_dead(pods.path());
        assert!(!path("alive").exists());
        remove_dead(&pods.path().join("nothing here"));
    }
}
