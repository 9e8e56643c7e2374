//! `/etc` of a container: the files by which programs find names.
//!
//! Kubernetes mounts `hosts`, `hostname` and `resolv.conf` one by one. WebAssembly mounts directories
//! only, so that a container gets a directory of its own at `/etc`, read-only: what its image has
//! there, and these three instead of its own. A mount of the container's at `/etc` is left alone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::merge::{self, MergeError};
use crate::network::{Hosts, ResolvConf};
use crate::volume::Mount;

/// Where it is, for the container.
pub(super) const ETC: &str = "/etc";

/// The files of a pod.
#[derive(Debug)]
pub(super) struct EtcFiles([(&'static str, String); 3]);

/// Why a container does not have them.
#[derive(Debug, thiserror::Error)]
pub enum NoEtcFiles {
    /// They could not be made.
    #[error("the pod's files in /etc are not available: {0}")]
    Io(#[from] io::Error),
    /// Those of the image cannot be beside them.
    #[error("the pod's files in /etc are not available: {0}")]
    Merge(#[from] MergeError),
}

impl EtcFiles {
    pub(super) fn new(hosts: &Hosts, hostname: &str, resolv_conf: &ResolvConf) -> Self {
        Self([
            ("hosts", hosts.text().to_owned()),
            ("hostname", format!("{hostname}\n")),
            ("resolv.conf", resolv_conf.to_string()),
        ])
    }

    /// Makes the directory anew, and returns what is to be mounted.
    pub(super) fn make(
        &self,
        own: &Path,
        mounts: &[Mount],
        rootfs: Option<&Path>,
    ) -> Result<Option<Mount>, NoEtcFiles> {
        if mounts.iter().any(|mount| covers(&mount.guest_path)) {
            return Ok(None);
        }
        match fs::remove_dir_all(own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(own)?,
        }
        if let Some(rootfs) = rootfs {
            let directory = Dir::open_ambient_dir(own, ambient_authority())?;
            merge::take_in(rootfs, Path::new("etc"), directory, &|name| self.has(name))?;
        }
        self.write(own)?;
        Ok(Some(Mount::new(own.to_owned(), ETC.to_owned(), true)))
    }

    /// Writes those files into a directory that it does not have yet.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        for (name, text) in &self.0 {
            match File::create_new(directory.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => file?.write_all(text.as_bytes())?,
            }
        }
        Ok(())
    }

    /// Whether a file of that name is one of them.
    pub(super) fn has(&self, name: &OsStr) -> bool {
        self.0.iter().any(|(own, _)| name == *own)
    }
}

/// Whether what is mounted there hides the directory of the image.
fn covers(guest_path: &str) -> bool {
    let mut parts = Path::new(guest_path).components().filter(|part| *part != Component::RootDir);
    match (parts.next(), parts.next()) {
        (None, _) => true,
        (Some(name), None) => name.as_os_str() == "etc",
        _ => false,
    }
}

#[cfg(test)]
impl EtcFiles {
    /// Returns files of a letter each.
    pub(super) fn of_tests() -> Self {
        let files = [("hosts", "h"), ("hostname", "n"), ("resolv.conf", "r")];
        Self(files.map(|(name, text)| (name, text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::merge::FILES_MAX;
    use super::*;

    fn mount(guest_path: &str) -> Mount {
        Mount::new(PathBuf::new(), guest_path.to_owned(), false)
    }

    #[test]
    fn a_mount_may_cover_it() {
        let host = tempfile::tempdir().unwrap();
        for (guest_path, is_there) in [
            ("/etc", false),
            ("/etc/", false),
            ("/", false),
            ("etc", false),
            ("/etc/ssl", true),
            ("/data", true),
            ("/data/etc", true),
        ] {
            let made = EtcFiles::of_tests()
                .make(&host.path().join("etc"), &[mount(guest_path)], None)
                .unwrap();
            assert_eq!(made.is_some(), is_there, "{guest_path}");
        }
    }

    /// Makes it, and returns what a program could read there.
    fn read(host: &Path, rootfs: Option<&Path>) -> Vec<(&'static str, String)> {
        let own = host.join("own");
        let made = EtcFiles::of_tests().make(&own, &[], rootfs).unwrap().unwrap();
        assert_eq!(made, Mount { host_path: own.clone(), ..mount("/etc") }.into_read_only());
        let etc = Dir::open_ambient_dir(&own, ambient_authority()).unwrap();
        let names = ["hosts", "hostname", "resolv.conf", "passwd", "ssl/ca", "zone", "inside"];
        names.map(|name| (name, etc.read_to_string(name).unwrap_or_default())).to_vec()
    }

    impl Mount {
        fn into_read_only(self) -> Self {
            Self { read_only: true, ..self }
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_files_of_the_image_are_beside_them() {
        use std::os::unix::fs::symlink;

        let host = tempfile::tempdir().unwrap();
        let rootfs = host.path().join("rootfs");
        let etc = rootfs.join("etc");
        fs::create_dir_all(&rootfs).unwrap();
        let own = [("hosts", "h"), ("hostname", "n"), ("resolv.conf", "r")];
        let expect = |found: Vec<(&'static str, String)>, of_image: &[(&'static str, &str)]| {
            let rest = [("passwd", ""), ("ssl/ca", ""), ("zone", ""), ("inside", "")];
            let rest = if of_image.is_empty() { &rest } else { of_image };
            let found: Vec<_> = found.iter().map(|(name, text)| (*name, text.as_str())).collect();
            assert_eq!(found, [&own, rest].concat());
        };
        expect(read(host.path(), None), &[]);
        expect(read(host.path(), Some(&rootfs)), &[]);
        fs::create_dir_all(etc.join("ssl")).unwrap();
        fs::write(host.path().join("secret"), "secret").unwrap();
        fs::write(rootfs.join("utc"), "utc").unwrap();
        fs::write(etc.join("hosts"), "of the image").unwrap();
        fs::write(etc.join("passwd"), "p").unwrap();
        fs::write(etc.join("ssl/ca"), "c").unwrap();
        symlink("../utc", etc.join("zone")).unwrap();
        symlink("passwd", etc.join("inside")).unwrap();
        symlink("../../secret", etc.join("outside")).unwrap();
        symlink("/nowhere", etc.join("absolute")).unwrap();
        symlink("ssl", etc.join("directory")).unwrap();
        let of_image = [("passwd", "p"), ("ssl/ca", "c"), ("zone", "utc"), ("inside", "p")];
        for _ in 0..2 {
            expect(read(host.path(), Some(&rootfs)), &of_image);
        }
        assert!(!host.path().join("own/outside").exists());
        assert_eq!(fs::read_to_string(etc.join("hosts")).unwrap(), "of the image");
        assert_eq!(fs::read_to_string(host.path().join("own/directory/ca")).unwrap(), "c");
        (0..FILES_MAX).for_each(|name| fs::write(etc.join(name.to_string()), "").unwrap());
        let error =
            EtcFiles::of_tests().make(&host.path().join("own"), &[], Some(&rootfs)).unwrap_err();
        assert!(matches!(error, NoEtcFiles::Merge(MergeError::TooMany)), "{error}");
    }
}
