//! A directory that is empty at first and goes with its pod.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{VolumeProblem, memory};
use crate::spec::EmptyDirMedium;

/// Returns where the directory is to be: `own`, unless it is to be in memory and can be.
pub(super) fn place(
    pod: &Path,
    own: &Path,
    name: &str,
    medium: &EmptyDirMedium,
) -> Result<PathBuf, VolumeProblem> {
    match medium {
        EmptyDirMedium::Disk => Ok(own.to_owned()),
        EmptyDirMedium::Memory => match memory::place(pod) {
            Ok(place) => Ok(place.map_or_else(|| own.to_owned(), |place| place.join(name))),
            Err(source) => Err(VolumeProblem::Make { path: own.to_owned(), source }),
        },
        EmptyDirMedium::Other(medium) => Err(VolumeProblem::Medium(medium.clone())),
    }
}

/// Makes the directory, with mode 0777: any user of any container may write.
///
/// Making it again leaves what is in it: volumes survive a sandbox that has to be made anew.
pub(super) fn make(path: PathBuf) -> Result<PathBuf, VolumeProblem> {
    match make_directory(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(VolumeProblem::Make { path, source }),
    }
}

pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o777))?;
    }
    Ok(())
}
