//! Takes a directory of an image into one of the host's own, for a container that is to see both at
//! one place: WebAssembly can mount no single file.
//!
//! Files are linked, not copied: nobody can write to either. So the directory must be mounted
//! read-only.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// How many files of an image are taken in.
pub(super) const FILES_MAX: usize = 1024;

/// Why the files of an image cannot be had beside others.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They could not be linked, or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// They are too many.
    #[error("the image has more than {FILES_MAX} files there")]
    TooMany,
}

/// Takes in what an image has at `from`, but for the names at the top that are left out.
pub(super) fn take_in(
    rootfs: &Path,
    from: &Path,
    directory: Dir,
    is_left_out: &dyn Fn(&OsStr) -> bool,
) -> Result<(), MergeError> {
    let image = Dir::open_ambient_dir(rootfs, ambient_authority())?;
    let mut merge = Merge { image, from: from.to_owned(), directory, room: FILES_MAX };
    merge.directory(Path::new(""), is_left_out)
}

struct Merge {
    image: Dir,
    /// In the image.
    from: PathBuf,
    directory: Dir,
    /// For how many more files there is room.
    room: usize,
}

impl Merge {
    /// Takes in a directory, given its path below the first, but for what is left out.
    fn directory(
        &mut self,
        within: &Path,
        is_left_out: &dyn Fn(&OsStr) -> bool,
    ) -> Result<(), MergeError> {
        let entries = match self.image.read_dir(self.in_image(within)) {
            Err(error) if within == Path::new("") && is_nothing(&error) => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            if is_left_out(&name) {
                continue;
            }
            self.room = self.room.checked_sub(1).ok_or(MergeError::TooMany)?;
            let path = within.join(name);
            if kind.is_dir() {
                self.directory.create_dir(&path)?;
                self.directory(&path, &|_| false)?;
            } else if kind.is_symlink() {
                self.link(&path)?;
            } else if kind.is_file() {
                self.file(&self.in_image(&path), &path)?;
            }
        }
        Ok(())
    }

    fn in_image(&self, within: &Path) -> PathBuf {
        self.from.join(within)
    }

    fn file(&self, of_image: &Path, path: &Path) -> io::Result<()> {
        self.image
            .hard_link(of_image, &self.directory, path)
            .or_else(|_| self.image.copy(of_image, &self.directory, path).map(drop))
    }

    /// Takes in a link. One to a file elsewhere in the image would lead out of the directory, so
    /// that the file stands in its place; one that leads nowhere is nothing.
    fn link(&self, path: &Path) -> io::Result<()> {
        let Ok(target) = self.image.canonicalize(self.in_image(path)) else { return Ok(()) };
        if self.image.metadata(&target)?.is_file() {
            return self.file(&target, path);
        }
        let target = self.image.read_link(self.in_image(path))?;
        // A directory of the image that is elsewhere cannot be seen through it.
        self.directory.symlink(target, path)
    }
}

/// Whether the image has no such directory.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
