//! What pods that are no more have left behind.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::LOCK_FILE;
use crate::spec::Metadata;

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
            Ok(()) => match super::remove_directory(&directory) {
                Ok(()) => tracing::info!(pod = ?entry.file_name(), "removed what a dead pod left"),
                Err(error) => {
                    tracing::warn!(path = %directory.display(), %error, "cannot remove what a dead pod left");
                }
            },
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// Returns whether a process runs the pod of that directory, or begins to.
pub(super) fn is_alive(directory: &Path) -> bool {
    match File::open(directory.join(LOCK_FILE)) {
        Ok(lock) => lock.try_lock_shared().is_err(),
        Err(_) => directory.exists(),
    }
}

/// Returns the name of the directory with a pod's logs, `NAMESPACE_NAME_UID` as the kubelet's.
pub fn log_directory_name(pod: &Metadata) -> String {
    format!("{}_{}_{}", pod.namespace, pod.name, pod.uid)
}

/// Removes the logs of earlier pods of the same name, unless they still run.
///
/// So the logs of a pod outlive it, until the next of its name is over.
pub fn remove_old_logs(logs: &Path, pods: &Path, pod: &Metadata) {
    let Ok(entries) = fs::read_dir(logs) else { return };
    let prefix = log_directory_name(&Metadata { uid: String::new(), ..pod.clone() });
    for entry in entries.flatten() {
        let name = entry.file_name();
        let uid = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        let is_old = uid.is_some_and(|uid| uid != pod.uid && !pods.join(uid).exists());
        if is_old && let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove old logs");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn old_logs_go_when_a_pod_of_the_name_has_run_again() {
        let data = tempfile::tempdir().unwrap();
        let (logs, pods) = (data.path().join("logs"), data.path().join("pods"));
        let names = ["a_web_new", "a_web_old", "a_web_alive", "a_web2_old", "b_web_old", "junk"];
        for name in names {
            fs::create_dir_all(logs.join(name).join("container")).unwrap();
        }
        fs::create_dir_all(pods.join("alive")).unwrap();
        let pod = Metadata {
            name: "web".to_owned(),
            namespace: "a".to_owned(),
            uid: "new".to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        };
        remove_old_logs(&logs, &pods, &pod);
        let left: Vec<_> = names.into_iter().filter(|name| logs.join(name).exists()).collect();
        assert_eq!(left, ["a_web_new", "a_web_alive", "a_web2_old", "b_web_old", "junk"]);
        remove_old_logs(&data.path().join("nothing here"), &pods, &pod);
    }

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
