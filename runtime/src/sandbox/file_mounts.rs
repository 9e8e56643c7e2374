//! Single files of volumes in the file tree of a container.
//!
//! Kubernetes mounts them as they are. WebAssembly mounts directories only, so the container gets a
//! directory of its own at the parent of the path, with all the files in it that are mounted there:
//!
//! | where the path lies           | what is in the directory                                   |
//! |-------------------------------|------------------------------------------------------------|
//! | where the image has nothing   | the files                                                  |
//! | beside files of the image     | these too; only if all mounts there are read-only          |
//! | in a volume that is mounted   | nothing: it would hide that volume, and is refused         |
//!
//! A file is linked, so that it is the same file for all that mount it, also when another takes its
//! name. One on another file system is copied if it is read-only.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::etc::{ETC, EtcFiles};
use super::merge::{self, MergeError};
use crate::volume::{FileInVolume, Mount, cleaned};

/// A file that a container mounts.
#[derive(Debug)]
pub(super) struct FileMount {
    pub(super) file: FileInVolume,
    pub(super) guest_path: String,
    pub(super) read_only: bool,
}

/// Why a container cannot mount a file.
#[derive(Debug, thiserror::Error)]
pub enum FileMountError {
    /// The path names none.
    #[error("mountPath {0:?} names no file, and a file is to be mounted there")]
    NoName(String),
    /// A volume is mounted there.
    #[error(
        "mountPath {path:?}: a WebAssembly container can only mount directories, and one for this \
         file would hide the volume at {volume:?}"
    )]
    InVolume {
        /// Of the file.
        path: String,
        /// Where the volume is mounted.
        volume: String,
    },
    /// The image has files there, and the container may write to this one.
    #[error(
        "mountPath {0:?}: a WebAssembly container can only mount directories, and in this one are \
         files of the image, which it may not write to; mount the file with readOnly: true"
    )]
    Writable(String),
    /// The image's files cannot be beside it.
    #[error("mountPath {path:?}: {source}")]
    Merge {
        /// Of the directory.
        path: String,
        /// Why.
        source: MergeError,
    },
    /// It can be neither linked nor copied.
    #[error("mountPath {path:?}: cannot link the file: {source}")]
    Link {
        /// Of the file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// What there is in the container beside the files.
pub(super) struct Surroundings<'a> {
    /// The volumes that are mounted as directories.
    pub(super) mounts: &'a [Mount],
    pub(super) rootfs: Option<&'a Path>,
    /// None if the pod has no name.
    pub(super) etc: Option<&'a EtcFiles>,
}

/// Makes directories with the files in `own`, anew, and returns what is to be mounted.
pub(super) fn make(
    files: Vec<FileMount>,
    own: &Path,
    around: &Surroundings<'_>,
) -> Result<Vec<Mount>, FileMountError> {
    let mut directories: BTreeMap<PathBuf, Vec<(OsString, FileMount)>> = BTreeMap::new();
    for file in files {
        let path = PathBuf::from(cleaned(&file.guest_path));
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(FileMountError::NoName(file.guest_path));
        };
        let covers = |mount: &&Mount| parent.starts_with(cleaned(&mount.guest_path));
        if let Some(volume) = around.mounts.iter().find(covers) {
            let volume = volume.guest_path.clone();
            return Err(FileMountError::InVolume { path: file.guest_path, volume });
        }
        let files = directories.entry(parent.to_owned()).or_default();
        files.push((name.to_owned(), file));
    }
    // What an earlier run has left. What cannot be removed is in the way below, and told there.
    let _ = fs::remove_dir_all(own);
    let make = |(index, (parent, files)): (usize, (PathBuf, Vec<_>))| {
        directory(&own.join(index.to_string()), &parent, &files, around)
    };
    directories.into_iter().enumerate().map(make).collect()
}

fn directory(
    own: &Path,
    parent: &Path,
    files: &[(OsString, FileMount)],
    around: &Surroundings<'_>,
) -> Result<Mount, FileMountError> {
    let path = parent.display().to_string();
    let read_only = files.iter().all(|(_, file)| file.read_only);
    let merge_error = |source| FileMountError::Merge { path: path.clone(), source };
    let io_error = |source| merge_error(MergeError::Io(source));
    fs::create_dir_all(own).map_err(io_error)?;
    let directory = Dir::open_ambient_dir(own, ambient_authority()).map_err(io_error)?;
    for (name, file) in files {
        place(file, &directory, name, read_only)?;
    }
    let etc = around.etc.filter(|_| parent == Path::new(ETC));
    if let Some(etc) = etc {
        etc.write(own).map_err(io_error)?;
    }
    if let Some(rootfs) = around.rootfs {
        let from = parent.strip_prefix("/").unwrap_or(parent);
        if !read_only && has_files(rootfs, from) {
            return Err(FileMountError::Writable(path));
        }
        let is_mounted = |name: &OsStr| files.iter().any(|(own, _)| own == name);
        let is_left_out = |name: &OsStr| is_mounted(name) || etc.is_some_and(|etc| etc.has(name));
        merge::take_in(rootfs, from, directory, &is_left_out).map_err(merge_error)?;
    }
    Ok(Mount::new(own.to_owned(), path, read_only))
}

/// Puts a file into the directory of a container. A file that may not be written is a copy where the
/// container may write to others beside it.
fn place(
    file: &FileMount,
    directory: &Dir,
    name: &OsStr,
    read_only: bool,
) -> Result<(), FileMountError> {
    let copy = || file.file.copy(directory, name);
    let placed = if !file.read_only {
        file.file.link(directory, name)
    } else if read_only {
        file.file.link(directory, name).or_else(|_| copy())
    } else {
        copy()
    };
    placed.map_err(|source| FileMountError::Link { path: file.guest_path.clone(), source })
}

fn has_files(rootfs: &Path, directory: &Path) -> bool {
    let root = Dir::open_ambient_dir(rootfs, ambient_authority());
    let entries = root.and_then(|root| root.read_dir(Path::new(".").join(directory)));
    entries.is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::file_of_tests;

    /// Makes mounts of files `PATH` or `PATH:ro`, each a file of that content; returns what is
    /// mounted, and what can be read in the first.
    fn made(files: &[&str], mounted: &[&str], image: &[&str]) -> Result<(String, String), String> {
        let host = tempfile::tempdir().unwrap();
        let rootfs = host.path().join("rootfs");
        for path in image {
            let path = rootfs.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "of the image").unwrap();
        }
        fs::create_dir_all(host.path().join("volume")).unwrap();
        let file = |(number, text): (usize, &&str)| {
            let (path, read_only) = text.strip_suffix(":ro").map_or((*text, false), |p| (p, true));
            fs::write(host.path().join("volume").join(number.to_string()), path).unwrap();
            let file = file_of_tests(&host.path().join("volume"), &number.to_string());
            FileMount { file, guest_path: path.to_owned(), read_only }
        };
        let files = files.iter().enumerate().map(file).collect();
        let mount = |path: &&str| Mount::new(PathBuf::new(), (*path).to_owned(), false);
        let mounts: Vec<_> = mounted.iter().map(mount).collect();
        let etc = EtcFiles::of_tests(host.path());
        let rootfs = (!image.is_empty()).then_some(rootfs.as_path());
        let around = Surroundings { mounts: &mounts, rootfs, etc: Some(&etc) };
        let own = host.path().join("own");
        let made = make(files, &own, &around).map_err(|error| error.to_string())?;
        let told = made.iter().map(|mount| {
            format!("{}{}", mount.guest_path, if mount.read_only { ":ro" } else { "" })
        });
        let entries = fs::read_dir(&made[0].host_path).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            format!("{}={text}", entry.file_name().display())
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort();
        Ok((told.collect::<Vec<_>>().join(" "), entries.join(" ")))
    }

    #[track_caller]
    fn check(files: &[&str], image: &[&str], mounts: &str, first: &str) {
        let expected = (mounts.to_owned(), first.to_owned());
        assert_eq!(made(files, &["/data"], image), Ok(expected), "{files:?}");
    }

    #[test]
    fn files_share_the_directory_they_are_in() {
        check(&["/a/b", "/a/c:ro", "/d/e:ro"], &[], "/a /d:ro", "b=/a/b c=/a/c");
        check(&["/a/./x/../b"], &[], "/a", "b=/a/./x/../b");
        check(&["/top:ro"], &[], "/:ro", "top=/top");
        let image = ["app/a", "app/b", "other"];
        check(&["/app/b:ro"], &image, "/app:ro", "a=of the image b=/app/b");
        check(&["/new/b"], &image, "/new", "b=/new/b");
    }

    #[test]
    fn files_in_etc_are_beside_the_pods() {
        let (mounts, names) = made(&["/etc/hosts:ro"], &[], &["etc/hosts", "etc/passwd"]).unwrap();
        assert_eq!(mounts, "/etc:ro");
        assert_eq!(names, "hostname=n hosts=/etc/hosts passwd=of the image resolv.conf=r");
    }

    #[test]
    fn what_cannot_be_mounted() {
        let check = |file: &str, expected: &str| {
            let error = made(&[file], &["/data", "/deep/er"], &["app/a"]).unwrap_err();
            assert!(error.starts_with(&format!("mountPath {expected}")), "{error}");
        };
        check("/", "\"/\" names no file");
        check("/data/a:ro", "\"/data/a\": a WebAssembly container can only mount directories");
        check("/data/x/a", "\"/data/x/a\": a WebAssembly");
        check(
            "/app/new",
            "\"/app\": a WebAssembly container can only mount directories, and in this",
        );
    }

    #[test]
    fn a_file_is_the_same_for_all_that_mount_it() {
        let host = tempfile::tempdir().unwrap();
        fs::write(host.path().join("a"), "old").unwrap();
        let etc = EtcFiles::of_tests(host.path());
        let around = Surroundings { mounts: &[], rootfs: None, etc: Some(&etc) };
        let own = host.path().join("own");
        for _ in 0..2 {
            let file = file_of_tests(host.path(), "a");
            let file = FileMount { file, guest_path: "/x/b".to_owned(), read_only: false };
            make(vec![file], &own, &around).unwrap();
            fs::write(own.join("0/b"), "new").unwrap();
            assert_eq!(fs::read_to_string(host.path().join("a")).unwrap(), "new");
        }
    }
}
