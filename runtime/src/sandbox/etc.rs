//! `/etc` of a container: the files by which programs find names.
//!
//! Kubernetes mounts `hosts`, `hostname` and `resolv.conf` one by one. WebAssembly mounts directories
//! only, so that there is one of the pod at `/etc`, read-only. A container whose image has files there
//! gets one of its own: these, and the three instead of the image's. A mount of the container's at
//! `/etc` is left alone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::merge::{self, MergeError};
use crate::network::{Hosts, ResolvConf};
use crate::volume::Mount;

/// Where it is, for the container.
pub(super) const ETC: &str = "/etc";

/// Where it is in an image.
const OF_IMAGE: &str = "etc";

/// The files of a pod, and where they are.
#[derive(Debug)]
pub(super) struct EtcFiles {
    files: [(&'static str, String); 3],
    /// The directory that most containers share.
    shared: PathBuf,
    /// Whether it has been made. Held while it is.
    is_made: Mutex<bool>,
    /// Holds those of containers that have one of their own.
    own: PathBuf,
}

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
    /// Says what is in the files, and in which directories they are made when they are needed.
    pub(super) fn new(
        (hosts, hostname, resolv_conf): (&Hosts, &str, &ResolvConf),
        shared: PathBuf,
        own: PathBuf,
    ) -> Self {
        let files = [
            ("hosts", hosts.text().to_owned()),
            ("hostname", format!("{hostname}\n")),
            ("resolv.conf", resolv_conf.to_string()),
        ];
        Self { files, shared, is_made: Mutex::new(false), own }
    }

    /// Makes what a container needs of it, and returns what is to be mounted.
    pub(super) fn make(
        &self,
        container: &str,
        mounts: &[Mount],
        rootfs: Option<&Path>,
    ) -> Result<Option<Mount>, NoEtcFiles> {
        if mounts.iter().any(|mount| covers(&mount.guest_path)) {
            return Ok(None);
        }
        let host_path = match rootfs.filter(|rootfs| rootfs.join(OF_IMAGE).exists()) {
            None => self.make_shared()?,
            Some(rootfs) => self.make_own(container, rootfs)?,
        };
        Ok(Some(Mount::new(host_path, ETC.to_owned(), true)))
    }

    /// Makes the directory that containers share, unless that has been done.
    fn make_shared(&self) -> io::Result<PathBuf> {
        let mut is_made = self.is_made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_made {
            fs::create_dir_all(&self.shared)?;
            self.write(&self.shared)?;
            *is_made = true;
        }
        Ok(self.shared.clone())
    }

    /// Makes the directory of one container anew.
    fn make_own(&self, container: &str, rootfs: &Path) -> Result<PathBuf, NoEtcFiles> {
        let own = self.own.join(container);
        match fs::remove_dir_all(&own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(&own)?,
        }
        let directory = Dir::open_ambient_dir(&own, ambient_authority())?;
        merge::take_in(rootfs, Path::new(OF_IMAGE), directory, &|name| self.has(name))?;
        self.write(&own)?;
        Ok(own)
    }

    /// Writes those files into a directory that it does not have yet.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        for (name, text) in &self.files {
            match File::create_new(directory.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => file?.write_all(text.as_bytes())?,
            }
        }
        Ok(())
    }

    /// Whether a file of that name is one of them.
    pub(super) fn has(&self, name: &OsStr) -> bool {
        self.files.iter().any(|(own, _)| name == *own)
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
    /// Returns files of a letter each, in directories `shared` and `own`.
    pub(super) fn of_tests(host: &Path) -> Self {
        let files = [("hosts", "h"), ("hostname", "n"), ("resolv.conf", "r")];
        let files = files.map(|(name, text)| (name, text.to_owned()));
        let (shared, own) = (host.join("shared"), host.join("own"));
        Self { files, shared, is_made: Mutex::new(false), own }
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
            let files = EtcFiles::of_tests(host.path());
            let made = files.make("a", &[mount(guest_path)], None).unwrap();
            assert_eq!(made.is_some(), is_there, "{guest_path}");
        }
    }

    /// Makes it, and returns what a program could read there.
    fn read(host: &Path, rootfs: Option<&Path>) -> Vec<(&'static str, String)> {
        let made = EtcFiles::of_tests(host).make("a", &[], rootfs).unwrap().unwrap();
        let has_own = rootfs.is_some_and(|rootfs| rootfs.join("etc").exists());
        let host_path = host.join(if has_own { "own/a" } else { "shared" });
        assert_eq!(made, Mount { host_path, ..mount("/etc") }.into_read_only());
        let etc = Dir::open_ambient_dir(&made.host_path, ambient_authority()).unwrap();
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
        assert!(!host.path().join("own/a/outside").exists());
        assert_eq!(fs::read_to_string(etc.join("hosts")).unwrap(), "of the image");
        assert_eq!(fs::read_to_string(host.path().join("own/a/directory/ca")).unwrap(), "c");
        (0..FILES_MAX).for_each(|name| fs::write(etc.join(name.to_string()), "").unwrap());
        let files = EtcFiles::of_tests(host.path());
        let error = files.make("a", &[], Some(&rootfs)).unwrap_err();
        assert!(matches!(error, NoEtcFiles::Merge(MergeError::TooMany)), "{error}");
    }
}
