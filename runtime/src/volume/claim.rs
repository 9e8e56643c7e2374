//! Volumes that outlive their pods: what a persistentVolumeClaim is bound to, a directory of the
//! host.
//!
//! ```text
//! <claims>/NAMESPACE/NAME/lock    held by every pod that has the volume, in any process
//!                        /data    the volume
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::spec::{AccessMode, Claim, NamespacedName};

/// A claim that is bound. The volume is in use as long as this lives.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) path: PathBuf,
    /// Whether nobody may write.
    pub(super) read_only: bool,
    _lock: File,
}

/// Why a claim cannot be bound now.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClaimError {
    /// No claim can have that name.
    #[error("persistentvolumeclaim {0:?} not found")]
    NoName(String),
    /// It is another pod's alone, or is to be this one's alone.
    #[error("volume uses the ReadWriteOncePod access mode and is already in use by another pod")]
    InUse,
    /// The directory could not be made.
    #[error("cannot make {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Binds a claim, given what its document says, if there is one. It is made by who needs it first.
pub(super) fn bind(
    claims: &Path,
    name: &NamespacedName,
    claim: Option<&Claim>,
) -> Result<Bound, ClaimError> {
    if ![&name.namespace, &name.name].into_iter().all(|name| is_one_name(name)) {
        return Err(ClaimError::NoName(name.name.clone()));
    }
    let modes = claim.map_or(&[][..], |claim| &claim.access_modes);
    let own = claims.join(&name.namespace).join(&name.name);
    let path = own.join("data");
    let io_error = |source| ClaimError::Io { path: path.clone(), source };
    make_private(&own).map_err(io_error)?;
    super::empty_dir::make_directory(&path).map_err(io_error)?;
    let lock = File::create(own.join("lock")).map_err(io_error)?;
    let locked = if modes.contains(&AccessMode::ReadWriteOncePod) {
        lock.try_lock()
    } else {
        lock.try_lock_shared()
    };
    match locked {
        Ok(()) => {
            let read_only = modes == [AccessMode::ReadOnlyMany];
            Ok(Bound { path, read_only, _lock: lock })
        }
        Err(TryLockError::WouldBlock) => Err(ClaimError::InUse),
        Err(TryLockError::Error(source)) => Err(io_error(source)),
    }
}

/// Whether it is the name of something in a directory. A Pod may have any text for a claim.
fn is_one_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name)
}

/// Makes a directory, and those on the way to it, for this user alone.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(modes: &[AccessMode]) -> Claim {
        Claim { name: NamespacedName::new("ns", "c"), access_modes: modes.to_vec() }
    }

    #[test]
    fn what_is_written_stays() {
        let claims = tempfile::tempdir().unwrap();
        let name = NamespacedName::new("ns", "c");
        let first = bind(claims.path(), &name, None).unwrap();
        fs::write(first.path.join("file"), "kept").unwrap();
        // On one node, several pods may have what is ReadWriteOnce.
        let second =
            bind(claims.path(), &name, Some(&claim(&[AccessMode::ReadWriteOnce]))).unwrap();
        assert_eq!(fs::read_to_string(second.path.join("file")).unwrap(), "kept");
        assert!(!second.read_only);
        let third = bind(claims.path(), &name, Some(&claim(&[AccessMode::ReadOnlyMany]))).unwrap();
        assert!(third.read_only);
        assert_ne!(
            bind(claims.path(), &NamespacedName::new("b", "c"), None).unwrap().path,
            third.path
        );
    }

    #[test]
    fn one_pod_alone() {
        let claims = tempfile::tempdir().unwrap();
        let name = NamespacedName::new("ns", "c");
        let alone = claim(&[AccessMode::ReadWriteOncePod]);
        let other = bind(claims.path(), &name, None).unwrap();
        assert!(matches!(bind(claims.path(), &name, Some(&alone)), Err(ClaimError::InUse)));
        drop(other);
        let first = bind(claims.path(), &name, Some(&alone)).unwrap();
        for claim in [Some(&alone), None] {
            assert!(matches!(bind(claims.path(), &name, claim), Err(ClaimError::InUse)));
        }
        drop(first);
        bind(claims.path(), &name, Some(&alone)).unwrap();
    }

    #[test]
    fn names_lead_nowhere_else() {
        let claims = tempfile::tempdir().unwrap();
        for name in ["", ".", "..", "../c", "/c", "c/d", "c/", "c/."] {
            let error = bind(claims.path(), &NamespacedName::new("ns", name), None).unwrap_err();
            assert!(matches!(&error, ClaimError::NoName(_)), "{name}: {error}");
        }
        assert_eq!(fs::read_dir(claims.path()).unwrap().count(), 0);
    }
}
