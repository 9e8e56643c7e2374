//! A path of the host.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::VolumeProblem;
use crate::spec::HostPathType;

/// Checks that the host has at `path` what the volume's type says, and makes it if the type says
/// so too.
pub(super) fn check(path: &Path, kind: HostPathType) -> Result<PathBuf, VolumeProblem> {
    let make_error = |source| VolumeProblem::Make { path: path.to_owned(), source };
    match kind {
        // Of a type that is not checked, it is the container runtime that makes what is not there.
        HostPathType::Unset | HostPathType::DirectoryOrCreate if !path.exists() => {
            make_directory(path).map_err(make_error)?;
        }
        HostPathType::FileOrCreate if !path.exists() => make_file(path).map_err(make_error)?,
        _ => {}
    }
    let found = fs::metadata(path).ok().map(|metadata| metadata.file_type());
    match problem(kind, found) {
        None => Ok(path.to_owned()),
        Some(problem) => Err(VolumeProblem::HostPathType { path: path.to_owned(), problem }),
    }
}

fn problem(kind: HostPathType, found: Option<FileType>) -> Option<&'static str> {
    let is = |expected: fn(&FileType) -> bool| found.as_ref().is_some_and(expected);
    let (is_fine, problem) = match kind {
        HostPathType::Unset => (true, ""),
        HostPathType::DirectoryOrCreate | HostPathType::Directory => {
            (is(FileType::is_dir), "is not a directory")
        }
        HostPathType::FileOrCreate | HostPathType::File => (is(FileType::is_file), "is not a file"),
        HostPathType::Socket => (is(is_socket), "is not a socket file"),
        HostPathType::CharDevice => (is(is_char_device), "is not a character device"),
        HostPathType::BlockDevice => (is(is_block_device), "is not a block device"),
    };
    (!is_fine).then_some(problem)
}

#[cfg(unix)]
mod kinds {
    use std::fs::FileType;
    use std::os::unix::fs::FileTypeExt as _;

    pub(super) fn is_socket(file_type: &FileType) -> bool {
        file_type.is_socket()
    }

    pub(super) fn is_char_device(file_type: &FileType) -> bool {
        file_type.is_char_device()
    }

    pub(super) fn is_block_device(file_type: &FileType) -> bool {
        file_type.is_block_device()
    }
}

/// Other systems have no such files.
#[cfg(not(unix))]
mod kinds {
    use std::fs::FileType;

    pub(super) fn is_socket(_: &FileType) -> bool {
        false
    }

    pub(super) fn is_char_device(_: &FileType) -> bool {
        false
    }

    pub(super) fn is_block_device(_: &FileType) -> bool {
        false
    }
}

use self::kinds::{is_block_device, is_char_device, is_socket};

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.recursive(true).create(path)
}

fn make_file(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options.write(true).create_new(true).open(path).map(drop)
}
