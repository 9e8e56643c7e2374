//! How much is in a directory.
//!
//! A guest may have made what is in it, and may change it meanwhile. Nothing leads out of it, and
//! what is nested deeper than anybody needs counts as more than any limit: else it could not be
//! told how much that is.

use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};

/// How deep directories may be nested.
const DEPTH_MAX: usize = 128;

/// Returns how many bytes of the disk the files in a directory take. What is gone by the time when
/// it is looked at counts for nothing.
///
/// # Errors
///
/// If something in it cannot be looked at.
pub fn bytes_in(directory: &Path) -> io::Result<u64> {
    match Dir::open_ambient_dir(directory, ambient_authority()) {
        Ok(directory) => sum(&directory, DEPTH_MAX),
        Err(error) => gone(error),
    }
}

fn sum(directory: &Dir, depth: usize) -> io::Result<u64> {
    let mut bytes: u64 = 0;
    for entry in directory.entries()? {
        let entry = entry?;
        let found = if entry.file_type()?.is_dir() {
            match depth.checked_sub(1) {
                None => return Ok(u64::MAX),
                Some(depth) => entry.open_dir().and_then(|inner| sum(&inner, depth)),
            }
        } else {
            entry.metadata().map(|metadata| taken(&metadata))
        };
        bytes = bytes.saturating_add(found.or_else(gone)?);
    }
    Ok(bytes)
}

fn gone(error: io::Error) -> io::Result<u64> {
    if error.kind() == io::ErrorKind::NotFound { Ok(0) } else { Err(error) }
}

/// Returns what a file takes: holes take nothing, and one of several links its share.
#[cfg(unix)]
fn taken(metadata: &Metadata) -> u64 {
    use cap_std::fs::MetadataExt as _;
    metadata.blocks().saturating_mul(512) / metadata.nlink().max(1)
}

#[cfg(not(unix))]
fn taken(metadata: &Metadata) -> u64 {
    metadata.len()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{DEPTH_MAX, bytes_in};

    #[test]
    fn files_below_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(bytes_in(&path.join("none")).unwrap(), 0);
        assert_eq!(bytes_in(path).unwrap(), 0);
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::write(path.join("a/b/c"), vec![1; 1 << 20]).unwrap();
        let one = bytes_in(path).unwrap();
        assert!((1 << 20..2 << 20).contains(&one), "{one}");
        fs::write(path.join("d"), vec![1; 1 << 20]).unwrap();
        let two = bytes_in(path).unwrap();
        assert!((2 << 20..3 << 20).contains(&two), "{two}");
        #[cfg(unix)]
        {
            fs::hard_link(path.join("d"), path.join("e")).unwrap();
            std::os::unix::fs::symlink("/", path.join("f")).unwrap();
            assert!((2 << 20..3 << 20).contains(&bytes_in(path).unwrap()));
            let sparse = fs::File::create(path.join("g")).unwrap();
            sparse.set_len(1 << 40).unwrap();
            assert!((2 << 20..3 << 20).contains(&bytes_in(path).unwrap()));
        }
    }

    #[test]
    fn what_is_too_deep_is_too_much() {
        let directory = tempfile::tempdir().unwrap();
        let mut path = directory.path().to_owned();
        path.extend((0..DEPTH_MAX).map(|_| "d"));
        fs::create_dir_all(&path).unwrap();
        assert_eq!(bytes_in(directory.path()).unwrap(), 0);
        fs::create_dir(path.join("d")).unwrap();
        assert_eq!(bytes_in(directory.path()).unwrap(), u64::MAX);
    }
}
