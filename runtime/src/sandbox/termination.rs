//! The last word of a container: the file at its `terminationMessagePath`, or the end of its log.
//!
//! Kubernetes mounts a fresh file into each run. WebAssembly mounts directories only, so the run gets
//! a directory of its own with the file in it, at the parent of that path:
//!
//! | the path lies                      | the file is                                            |
//! |------------------------------------|--------------------------------------------------------|
//! | in a volume                        | in that volume, new for each run                       |
//! | where the image has nothing        | in a directory of the run, which is removed at its end |
//! | beside other files of the image    | not to be had: these files would be hidden             |
//!
//! What is read at the end is a stranger's: a regular file, in that directory, and so many bytes.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use super::log::log_tail;
use crate::spec::TerminationMessagePolicy;
use crate::volume::Mount;

/// How long a message may be, in bytes, as of the kubelet.
const MESSAGE_BYTES_MAX: usize = 4096;

/// How long the messages of a pod may be, all together.
const POD_MESSAGE_BYTES_MAX: usize = 12 << 10;

/// How much of a log may stand in for a message.
const LOG_LINES_MAX: u64 = 80;
const LOG_BYTES_MAX: usize = 2048;

/// The file that a run may write its message to.
#[derive(Debug)]
pub struct TerminationFile {
    directory: Dir,
    name: String,
    /// As the container knows it.
    path: String,
    /// The directory on the host, if it belongs to the run.
    own: Option<PathBuf>,
}

/// Why a container has no such file.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminationFile {
    /// It is no path of a file.
    #[error("terminationMessagePath {0:?} names no file")]
    NoName(String),
    /// Other files of the image are there.
    #[error(
        "terminationMessagePath {path:?} is not available: the image has files in {parent:?}, and a \
         WebAssembly container can only mount directories; choose a directory that the image does \
         not have, or one in a volume"
    )]
    InImage {
        /// As the document says.
        path: String,
        /// Its directory.
        parent: String,
    },
    /// The volume may not be written.
    #[error(
        "terminationMessagePath {0:?} is not available: it is in a volume that is mounted read-only"
    )]
    ReadOnly(String),
    /// The file could not be made.
    #[error("terminationMessagePath {path:?} is not available: {source}")]
    Io {
        /// As the document says.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl TerminationFile {
    /// Makes the file, new and empty. If it needs a directory of its own, that is `own`, and what
    /// the container has to mount is returned too.
    ///
    /// # Errors
    ///
    /// If it cannot be had. The container runs all the same.
    pub fn make(
        path: &str,
        own: &Path,
        mounts: &[Mount],
        rootfs: Option<&Path>,
    ) -> Result<(Self, Option<Mount>), NoTerminationFile> {
        let io_error = |source| NoTerminationFile::Io { path: path.to_owned(), source };
        let place = Place::of(path, mounts)?;
        let Place { parent, name, volume } = place;
        let (directory, own, mount) = match volume {
            Some((mount, _)) if mount.read_only => {
                return Err(NoTerminationFile::ReadOnly(path.to_owned()));
            }
            Some((mount, within)) => {
                let volume = mount.open();
                let open = |volume: Dir| make_directory(&volume, &within);
                (volume.and_then(open).map_err(io_error)?, None, None)
            }
            None if rootfs.is_some_and(|rootfs| has_files(rootfs, &parent)) => {
                return Err(NoTerminationFile::InImage { path: path.to_owned(), parent });
            }
            None => {
                fs::create_dir_all(own).map_err(io_error)?;
                let directory =
                    Dir::open_ambient_dir(own, ambient_authority()).map_err(io_error)?;
                let host_path = own.to_owned();
                let mount = Mount::new(host_path, parent, false);
                (directory, Some(own.to_owned()), Some(mount))
            }
        };
        begin(&directory, &name).map_err(io_error)?;
        Ok((Self { directory, name, path: path.to_owned(), own }, mount))
    }

    /// Returns the end of what the file holds.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt as _;
            use rustix::fs::OFlags;
            // Whatever it is by now, opening it does not wait and leads nowhere else.
            options.custom_flags((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed());
        }
        let mut file = self.directory.open_with(&self.name, &options)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let start = metadata.len().saturating_sub(MESSAGE_BYTES_MAX as u64);
        file.seek(SeekFrom::Start(start))?;
        let mut message = Vec::new();
        file.take(MESSAGE_BYTES_MAX as u64).read_to_end(&mut message)?;
        Ok(message)
    }
}

impl Drop for TerminationFile {
    fn drop(&mut self) {
        // What stays goes with the pod's directory.
        let _ = self.own.as_ref().map(fs::remove_dir_all);
    }
}

/// All that may become the message of a run.
#[derive(Debug)]
pub struct TerminationMessage {
    /// None if it cannot be had.
    pub file: Option<TerminationFile>,
    /// Whether the log stands in.
    pub policy: TerminationMessagePolicy,
    /// The run's log, complete by the time when the message is read.
    pub log: PathBuf,
    /// How many containers the pod has: they share the space there is for messages.
    pub containers: usize,
}

impl TerminationMessage {
    /// Returns what the container left, and removes it. Blocks.
    pub fn read(self, exit_code: i32) -> Option<String> {
        let mut message = String::new();
        if let Some(file) = &self.file {
            message = match file.read() {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                Err(error) => format!("Error on reading termination log {}: {error}", file.path),
            };
        }
        let falls_back = self.policy == TerminationMessagePolicy::FallbackToLogsOnError;
        if message.is_empty() && falls_back && exit_code != 0 {
            message = log_tail(&self.log, LOG_LINES_MAX, LOG_BYTES_MAX).unwrap_or_else(|error| {
                format!("Error on reading termination message from logs: {error}")
            });
        }
        let share = POD_MESSAGE_BYTES_MAX / self.containers.max(1);
        message.truncate(message.floor_char_boundary(share.min(MESSAGE_BYTES_MAX)));
        (!message.is_empty()).then_some(message)
    }
}

/// Where the file lies in the container.
#[derive(Debug)]
struct Place<'a> {
    parent: String,
    name: String,
    /// The volume, and the directory in it.
    volume: Option<(&'a Mount, PathBuf)>,
}

impl<'a> Place<'a> {
    fn of(path: &str, mounts: &'a [Mount]) -> Result<Self, NoTerminationFile> {
        let no_name = || NoTerminationFile::NoName(path.to_owned());
        let mut parent = components(path);
        if path.ends_with('/') || path.contains('\0') {
            return Err(no_name());
        }
        let name = parent.pop().ok_or_else(no_name)?.to_owned();
        let mut volume: Option<(usize, &Mount)> = None;
        for mount in mounts {
            let at = components(&mount.guest_path);
            if parent.starts_with(&at) && volume.is_none_or(|(deepest, _)| deepest <= at.len()) {
                volume = Some((at.len(), mount));
            }
            // The path of a directory that is mounted.
            if at.split_last() == Some((&name.as_str(), &parent)) {
                return Err(no_name());
            }
        }
        Ok(Self {
            volume: volume.map(|(depth, mount)| (mount, parent[depth..].iter().collect())),
            parent: format!("/{}", parent.join("/")),
            name,
        })
    }
}

/// Returns the parts of a path, as seen from the root of the file tree.
fn components(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

/// Returns whether the image has something there that a mount would hide.
fn has_files(rootfs: &Path, directory: &str) -> bool {
    let relative = Path::new(".").join(directory.trim_start_matches('/'));
    let root = Dir::open_ambient_dir(rootfs, ambient_authority());
    let entries = root.and_then(|root| root.read_dir(relative));
    match entries {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn make_directory(volume: &Dir, within: &Path) -> io::Result<Dir> {
    if within.as_os_str().is_empty() {
        return volume.try_clone();
    }
    volume.create_dir_all(within)?;
    volume.open_dir(within)
}

/// Makes the file anew, whatever an earlier run has left in its place.
fn begin(directory: &Dir, name: &str) -> io::Result<()> {
    match directory.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    directory.open_with(name, OpenOptions::new().write(true).create_new(true)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(host_path: &Path, guest_path: &str, read_only: bool) -> Mount {
        Mount::new(host_path.to_owned(), guest_path.to_owned(), read_only)
    }

    #[test]
    fn places() {
        let host = Path::new("");
        let mounts = [mount(host, "/data", false), mount(host, "/data/deep/er", false)];
        let check = |path: &str, expected: &str| {
            let seen = Place::of(path, &mounts).map_or_else(
                |error| error.to_string(),
                |Place { parent, name, volume }| {
                    let volume = volume.map(|(mount, within)| {
                        format!(" = {} + {}", mount.guest_path, within.display())
                    });
                    format!("{parent} {name}{}", volume.unwrap_or_default())
                },
            );
            assert_eq!(seen, expected, "{path}");
        };
        check("/dev/termination-log", "/dev termination-log");
        check("/log", "/ log");
        check("log", "/ log");
        check("/a/./b//../c/log", "/a/c log");
        check("/data/log", "/data log = /data + ");
        check("/data/a/b/log", "/data/a/b log = /data + a/b");
        check("/data/deep/er/log", "/data/deep/er log = /data/deep/er + ");
        check("/database/log", "/database log");
        for path in ["/", "", "..", "/data", "/data/deep/er", "/a/", "/a\0b"] {
            check(path, &format!("terminationMessagePath {path:?} names no file"));
        }
    }

    /// A run whose file is at that path, and what it leaves there.
    fn message(file: TerminationFile) -> Option<String> {
        let policy = TerminationMessagePolicy::File;
        let log = PathBuf::from("nowhere/0.log");
        TerminationMessage { file: Some(file), policy, log, containers: 1 }.read(0)
    }

    #[test]
    fn a_directory_of_its_own() {
        let host = tempfile::tempdir().unwrap();
        let own = host.path().join("own");
        let make = || TerminationFile::make("/dev/termination-log", &own, &[], None).unwrap();
        let (file, mounted) = make();
        assert_eq!(mounted, Some(mount(&own, "/dev", false)));
        assert_eq!(message(file), None);
        assert!(!own.exists());
        for (content, expected) in
            [(&b"bye\n"[..], "bye\n"), (b"\xff!", "\u{fffd}!"), (&[b'x'; 5000], &"x".repeat(4096))]
        {
            let (file, _) = make();
            fs::write(own.join("termination-log"), content).unwrap();
            assert_eq!(message(file).as_deref(), Some(expected));
        }
        let (file, _) = make();
        fs::remove_file(own.join("termination-log")).unwrap();
        assert_eq!(message(file), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_read() {
        let host = tempfile::tempdir().unwrap();
        let own = host.path().join("own");
        let path = own.join("log");
        fs::write(host.path().join("secret"), "secret").unwrap();
        type Replace = fn(&Path);
        let replacements: [Replace; 4] = [
            |path| fs::create_dir(path).unwrap(),
            |path| std::os::unix::fs::symlink("../secret", path).unwrap(),
            |path| std::os::unix::fs::symlink("/etc/hostname", path).unwrap(),
            |path| {
                let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
                assert!(made.success());
            },
        ];
        for replace in replacements {
            let (file, _) = TerminationFile::make("/dev/log", &own, &[], None).unwrap();
            fs::remove_file(&path).unwrap();
            replace(&path);
            let message = message(file).unwrap();
            assert!(
                message.starts_with("Error on reading termination log /dev/log: "),
                "{message}"
            );
        }
    }

    #[test]
    fn in_a_volume_it_is_new_for_each_run() {
        let host = tempfile::tempdir().unwrap();
        let (own, volume) = (host.path().join("own"), host.path().join("volume"));
        fs::create_dir(&volume).unwrap();
        let make = |read_only| {
            let mounts = [mount(&volume, "/data", read_only)];
            TerminationFile::make("/data/deep/log", &own, &mounts, None)
        };
        for _ in 0..2 {
            let (file, mounted) = make(false).unwrap();
            assert_eq!((mounted, own.exists()), (None, false));
            assert_eq!(fs::read_to_string(volume.join("deep/log")).unwrap(), "");
            fs::write(volume.join("deep/log"), "bye").unwrap();
            assert_eq!(message(file).as_deref(), Some("bye"));
        }
        assert!(volume.join("deep/log").exists(), "what is in a volume stays");
        assert!(matches!(make(true), Err(NoTerminationFile::ReadOnly(_))));
    }

    #[test]
    fn beside_files_of_the_image_it_is_not_to_be_had() {
        let host = tempfile::tempdir().unwrap();
        let own = host.path().join("own");
        let rootfs = host.path().join("rootfs");
        fs::create_dir_all(rootfs.join("dev")).unwrap();
        fs::create_dir_all(rootfs.join("etc")).unwrap();
        fs::write(rootfs.join("etc/motd"), "").unwrap();
        for (path, is_there) in [
            ("/dev/log", true),
            ("/run/log", true),
            ("/etc/log", false),
            ("/etc/motd/log", false),
            ("/log", false),
        ] {
            let made = TerminationFile::make(path, &own, &[], Some(&rootfs));
            assert_eq!(made.is_ok(), is_there, "{path}: {made:?}");
        }
    }

    #[test]
    fn the_log_stands_in_for_a_message_of_a_failure() {
        let host = tempfile::tempdir().unwrap();
        let log = host.path().join("0.log");
        let entry = |line| format!("2026-01-01T00:00:00Z stderr F line {line}\n");
        fs::write(&log, (0..500).map(entry).collect::<String>()).unwrap();
        let own = host.path().join("own");
        let read = |policy, content, exit_code, containers| {
            let (file, _) = TerminationFile::make("/dev/log", &own, &[], None).unwrap();
            fs::write(own.join("log"), content).unwrap();
            let log = log.clone();
            TerminationMessage { file: Some(file), policy, log, containers }.read(exit_code)
        };
        use TerminationMessagePolicy::{FallbackToLogsOnError, File};
        let tail: String = (420..500).map(|line| format!("line {line}\n")).collect();
        assert_eq!(read(FallbackToLogsOnError, "", 1, 1), Some(tail));
        assert_eq!(read(FallbackToLogsOnError, "said", 1, 1).as_deref(), Some("said"));
        assert_eq!(read(FallbackToLogsOnError, "", 0, 1), None);
        assert_eq!(read(File, "", 1, 1), None);
        assert_eq!(read(File, "é".repeat(2000).as_str(), 1, 5).unwrap().len(), 2456);
    }
}
