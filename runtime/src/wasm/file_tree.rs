//! The directories that the programs in a container see: the image's, and the mounts.
//!
//! They are opened once, when the container starts, and every program in it gets the same: a guest
//! that can exchange a directory of a mount for a link to elsewhere gains nothing by what is run
//! later. No path, and no link on it, leads out of the directory in which it begins.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::executor::ContainerConfig;
use crate::volume::{Mount, cleaned};

/// The directories of one container.
pub(super) struct FileTree(Vec<Directory>);

struct Directory {
    opened: Dir,
    host_path: PathBuf,
    guest_path: String,
    read_only: bool,
}

/// A regular file that the guest can see, opened to be read.
pub(super) struct GuestFile {
    pub(super) file: File,
    /// Whether the guest could write to it.
    pub(super) writable: bool,
}

/// A directory is gone, or may not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open `{}`, to be mounted at `{guest_path}`: {reason}", host_path.display())]
pub(super) struct MountError {
    host_path: PathBuf,
    guest_path: String,
    reason: String,
}

impl FileTree {
    /// Opens the file tree: the image's, which other containers use too and nobody may change, and
    /// the mounts. A mount at `/` takes the place of the image's.
    pub(super) fn open(config: &ContainerConfig) -> Result<Self, MountError> {
        let is_hidden = config.mounts.iter().any(|mount| mount.guest_path == "/");
        let rootfs = config.image.rootfs.iter().filter(|_| !is_hidden);
        let rootfs = rootfs.map(|path| Mount::new(path.clone(), "/".to_owned(), true));
        let open = |mount: Mount| match mount.open() {
            Ok(opened) => {
                let Mount { host_path, guest_path, read_only, .. } = mount;
                Ok(Directory { opened, host_path, guest_path, read_only })
            }
            Err(error) => {
                let Mount { host_path, guest_path, .. } = mount;
                Err(MountError { host_path, guest_path, reason: error.to_string() })
            }
        };
        let mounts = rootfs.chain(config.mounts.iter().cloned());
        mounts.map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Gives the directories to a program.
    pub(super) fn preopen(&self, builder: &mut WasiCtxBuilder) -> Result<(), MountError> {
        for directory in &self.0 {
            if let Err(reason) = directory.preopen(builder) {
                return Err(MountError {
                    host_path: directory.host_path.clone(),
                    guest_path: directory.guest_path.clone(),
                    reason: format!("{reason:#}"),
                });
            }
        }
        Ok(())
    }

    /// Returns how many directories there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Opens a regular file by its absolute path in the tree.
    pub(super) fn open_file(&self, path: &str) -> io::Result<GuestFile> {
        let path = PathBuf::from(cleaned(path));
        let (directory, relative) = self.locate(&path).ok_or(io::ErrorKind::NotFound)?;
        // Before it is opened, which may be an act of its own with what is no file.
        if !directory.opened.metadata(relative)?.is_file() {
            return Err(not_regular());
        }
        let mut options = OpenOptions::new();
        options.read(true);
        // A FIFO that has taken the file's place would wait for its writer.
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::custom_flags(
            &mut options,
            rustix::fs::OFlags::NONBLOCK.bits() as i32,
        );
        let file = directory.opened.open_with(relative, &options)?.into_std();
        if !file.metadata()?.is_file() {
            return Err(not_regular());
        }
        Ok(GuestFile { file, writable: !directory.read_only })
    }

    /// Finds the directory that a path is in, the innermost; and what is left of the path.
    fn locate<'a>(&self, path: &'a Path) -> Option<(&Directory, &'a Path)> {
        let inside = self.0.iter().rev().filter_map(|directory| {
            Some((directory, path.strip_prefix(cleaned(&directory.guest_path)).ok()?))
        });
        // Of two at the same place the later one covers the other.
        inside.min_by_key(|(_, rest)| rest.components().count()).filter(|(_, rest)| *rest != "")
    }
}

impl Directory {
    /// Gives the directory to a program. The engine takes nothing but a path.
    fn preopen(&self, builder: &mut WasiCtxBuilder) -> wasmtime::Result<()> {
        let permissions = if self.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        builder.preopened_dir(self.reopening_path()?, &self.guest_path, permissions)?;
        Ok(())
    }

    /// Returns a path that leads to this directory, wherever its name leads by now.
    fn reopening_path(&self) -> io::Result<PathBuf> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd as _;

            let path = PathBuf::from(format!("/proc/self/fd/{}", self.opened.as_raw_fd()));
            if path.exists() {
                return Ok(path);
            }
        }
        self.checked_name()
    }

    /// Returns its name, if that still leads to it. Who exchanges it in the next microseconds is
    /// not seen; only Linux has names for what is open.
    fn checked_name(&self) -> io::Result<PathBuf> {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            use std::os::unix::fs::MetadataExt as _;

            let (opened, named) =
                (self.opened.dir_metadata()?, std::fs::metadata(&self.host_path)?);
            if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
                return Err(io::Error::other("it is not the directory that it was"));
            }
        }
        Ok(self.host_path.clone())
    }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn directory(root: &Path, name: &str, guest_path: &str) -> Directory {
        let host_path = root.join(name);
        std::fs::create_dir_all(&host_path).unwrap();
        std::fs::write(host_path.join("file"), name).unwrap();
        let opened = Dir::open_ambient_dir(&host_path, ambient_authority()).unwrap();
        Directory { opened, host_path, guest_path: guest_path.to_owned(), read_only: false }
    }

    fn check(tree: &FileTree, path: &str, expected: &str) {
        use std::io::Read as _;

        let mut text = String::new();
        match tree.open_file(path) {
            Ok(mut found) => drop(found.file.read_to_string(&mut text).unwrap()),
            Err(error) => text = error.to_string(),
        }
        assert!(text.contains(expected), "{path}: {text}");
    }

    #[test]
    fn a_path_leads_to_the_innermost_mount() {
        let root = tempfile::tempdir().unwrap();
        let at = |name, guest_path| directory(root.path(), name, guest_path);
        let tree = FileTree(vec![at("root", "/"), at("data", "/data/"), at("deep", "/data/deep")]);
        check(&tree, "/file", "root");
        check(&tree, "/data/file", "data");
        check(&tree, "/data/./deep//file", "deep");
        check(&tree, "/data/deep/../file", "data");
        check(&tree, "/../../file", "root");
        check(&tree, "/database/file", "No such file");
        check(&tree, "/data", "not found");
        check(&FileTree(Vec::new()), "/file", "not found");
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_within_the_mount_are_opened() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().unwrap();
        let tree = FileTree(vec![directory(root.path(), "data", "/data")]);
        let data = root.path().join("data");
        std::fs::write(root.path().join("secret"), "secret").unwrap();
        symlink("../secret", data.join("up")).unwrap();
        symlink(root.path().join("secret"), data.join("absolute")).unwrap();
        symlink("file", data.join("inside")).unwrap();
        std::fs::create_dir(data.join("directory")).unwrap();
        mknodat(CWD, data.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        check(&tree, "/data/inside", "data");
        check(&tree, "/data/up", "outside of the filesystem");
        check(&tree, "/data/absolute", "outside of the filesystem");
        check(&tree, "/data/directory", "not a regular file");
        check(&tree, "/data/fifo", "not a regular file");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_that_was_exchanged_is_still_the_one_that_was_opened() {
        let root = tempfile::tempdir().unwrap();
        let opened = directory(root.path(), "data", "/data");
        assert_eq!(opened.checked_name().unwrap(), root.path().join("data"));
        std::fs::rename(root.path().join("data"), root.path().join("moved")).unwrap();
        std::os::unix::fs::symlink("/", root.path().join("data")).unwrap();
        let error = opened.checked_name().unwrap_err();
        assert_eq!(error.to_string(), "it is not the directory that it was");
        let again = std::fs::canonicalize(opened.reopening_path().unwrap()).unwrap();
        assert_eq!(again, std::fs::canonicalize(root.path().join("moved")).unwrap());
    }
}
