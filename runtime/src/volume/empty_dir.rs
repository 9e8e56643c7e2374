//! A directory that is empty at first and goes with its pod.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::VolumeProblem;
use crate::spec::EmptyDirMedium;

/// Makes the directory, with mode 0777: any user of any container may write.
///
/// Making it again leaves what is in it: volumes survive a sandbox that has to be made anew.
pub(super) fn make(path: PathBuf, medium: &EmptyDirMedium) -> Result<PathBuf, VolumeProblem> {
    if let EmptyDirMedium::Other(medium) = medium {
        return Err(VolumeProblem::Medium(medium.clone()));
    }
    match make_directory(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(VolumeProblem::Make { path, source }),
    }
}

fn make_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o777))?;
    }
    Ok(())
}
