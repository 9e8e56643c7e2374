//! A directory that is empty at first and goes with its pod.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::VolumeError;
use crate::spec::EmptyDirMedium;

/// Makes the directory, with mode 0777: any user of any container may write.
///
/// Making it again leaves what is in it: volumes survive a sandbox that has to be made anew.
pub(super) fn make(
    directory: &Path,
    name: &str,
    medium: &EmptyDirMedium,
) -> Result<PathBuf, VolumeError> {
    if let EmptyDirMedium::Other(medium) = medium {
        return Err(VolumeError::Medium { name: name.to_owned(), medium: medium.clone() });
    }
    let path = directory.join(name);
    make_directory(&path).map_err(|source| VolumeError::Make {
        name: name.to_owned(),
        path: path.clone(),
        source,
    })?;
    Ok(path)
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
