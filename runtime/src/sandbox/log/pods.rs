//! Whose logs there are on this machine: those of pods that run, and of the last that have ended.
//!
//! The logs of a pod are in `NAMESPACE_NAME_UID/CONTAINER/`, as the kubelet's. Beside these
//! directories is a list of the pod's containers, which their names alone do not give: the order is
//! what makes one of them the default.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::sandbox::dead;
use crate::spec::{ContainerKind, Pod, PodSpec};

/// The list of containers, a line each: the regular ones first, as kubectl names them.
const CONTAINERS_FILE: &str = "containers";

/// How long that list may be.
const CONTAINERS_BYTES_MAX: u64 = 1 << 20;

/// What marks an init container in the list.
const INIT: &str = " (init)";

/// The logs of one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodLogs {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's uid.
    pub uid: String,
    /// Whether a process still runs it.
    pub is_alive: bool,
    begun: SystemTime,
    directory: PathBuf,
}

/// A container that may have logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedContainer {
    /// Its name.
    pub name: String,
    /// Whether it is an init container, or a sidecar.
    pub is_init: bool,
}

impl PodLogs {
    /// Returns the logs that there are, by name; of the same name those that matter first: of pods
    /// that run, then of the youngest.
    ///
    /// # Errors
    ///
    /// If the directory of all logs cannot be read. One that is not there is empty.
    pub fn list(logs: &Path, pods: &Path) -> io::Result<Vec<Self>> {
        let entries = match fs::read_dir(logs) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            result => result?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let directory = entry?.path();
            let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let [namespace, name, uid] = name.splitn(3, '_').collect::<Vec<_>>()[..] else {
                continue;
            };
            let (namespace, name, uid) = (namespace.to_owned(), name.to_owned(), uid.to_owned());
            let begun = fs::metadata(&directory).and_then(|metadata| metadata.modified());
            let begun = begun.unwrap_or(SystemTime::UNIX_EPOCH);
            let is_alive = dead::is_alive(&pods.join(&uid));
            found.push(Self { namespace, name, uid, is_alive, begun, directory });
        }
        found.sort_by(|a, b| {
            let by_name = (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name));
            by_name.then((b.is_alive, b.begun).cmp(&(a.is_alive, a.begun)))
        });
        Ok(found)
    }

    /// Returns the containers of the pod, the default first.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn containers(&self) -> io::Result<Vec<LoggedContainer>> {
        let mut text = String::new();
        let list = File::open(self.directory.join(CONTAINERS_FILE));
        let read = list.and_then(|list| list.take(CONTAINERS_BYTES_MAX).read_to_string(&mut text));
        if read.is_ok() {
            return Ok(text.lines().map(LoggedContainer::parse).collect());
        }
        // Something else than we made the directory. What is there can be read.
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().filter(|_| entry.path().is_dir());
            names.extend(name);
        }
        names.sort();
        Ok(names.into_iter().map(|name| LoggedContainer { name, is_init: false }).collect())
    }

    /// Returns the directory with the logs of a container.
    pub fn of(&self, container: &LoggedContainer) -> PathBuf {
        self.directory.join(&container.name)
    }
}

/// Makes the directory of a pod's logs, with the list of its containers. On a disk that has no space
/// for the list, the containers are what has a log.
///
/// # Errors
///
/// If the directory cannot be made.
pub fn make_pod_logs(logs: &Path, pod: &Pod) -> io::Result<()> {
    let directory = logs.join(dead::log_directory_name(&pod.metadata));
    fs::create_dir_all(&directory)?;
    let list = directory.join(CONTAINERS_FILE);
    if !list.exists()
        && let Err(error) = write_list(&list, &pod.spec)
    {
        tracing::info!(path = %list.display(), %error, "cannot list the containers of the logs");
    }
    Ok(())
}

/// Writes the list, so that it appears whole or not at all.
fn write_list(list: &Path, pod: &PodSpec) -> io::Result<()> {
    let names = pod.containers.iter().chain(&pod.init_containers).map(|container| {
        let mark = if container.kind == ContainerKind::Regular { "" } else { INIT };
        format!("{}{mark}\n", container.name)
    });
    let half_made = list.with_added_extension("tmp");
    let written = fs::write(&half_made, names.collect::<String>());
    written.and_then(|()| fs::rename(&half_made, list)).inspect_err(|_| {
        // It would be no harm: nobody reads it.
        drop(fs::remove_file(&half_made));
    })
}

impl LoggedContainer {
    fn parse(line: &str) -> Self {
        let init = line.strip_suffix(INIT);
        Self { name: init.unwrap_or(line).to_owned(), is_init: init.is_some() }
    }
}

impl std::fmt::Display for LoggedContainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.name, if self.is_init { INIT } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pods_that_have_logs() {
        let data = tempfile::tempdir().unwrap();
        let (logs, pods) = (data.path().join("logs"), data.path().join("pods"));
        assert_eq!(PodLogs::list(&logs, &pods).unwrap(), []);
        for name in ["a_web_1", "a_web_2", "a_api_3", "junk"] {
            fs::create_dir_all(logs.join(name).join("main")).unwrap();
        }
        fs::write(logs.join("a_api_3/containers"), "main\nhelper\nsetup (init)\n").unwrap();
        fs::create_dir_all(pods.join("1")).unwrap();
        let found = PodLogs::list(&logs, &pods).unwrap();
        let seen: Vec<_> = found.iter().map(|pod| (pod.uid.as_str(), pod.is_alive)).collect();
        assert_eq!(seen, [("3", false), ("1", true), ("2", false)]);
        let names = |pod: &PodLogs| {
            let containers = pod.containers().unwrap();
            containers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(names(&found[0]), "main, helper, setup (init)");
        assert_eq!(names(&found[1]), "main", "without a list, what is there");
    }
}
