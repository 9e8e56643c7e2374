//! `/etc` of a container: the files by which programs find names.
//!
//! Kubernetes mounts `hosts`, `hostname` and `resolv.conf` one by one. WebAssembly mounts directories
//! only, so that there is one of the pod at `/etc`, read-only. A container whose image has files there
//! gets one of its own: these, and the three instead of the image's. A mount of the container's at
//! `/etc` is left alone.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::network::{Hosts, ResolvConf};
use crate::volume::Mount;

/// Where it is, for the container.
const ETC: &str = "/etc";

/// How many files of an image are taken in.
const FILES_MAX: usize = 1024;

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
    /// The image has too much there.
    #[error(
        "the pod's files in /etc are not available: the image has more than {FILES_MAX} files there"
    )]
    TooMany,
}

impl EtcFiles {
    /// Says what is in the files, and which directories they are made in, when they are needed.
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
        let of_image = rootfs.map(|rootfs| Dir::open_ambient_dir(rootfs, ambient_authority()));
        let of_image = of_image.transpose()?.filter(|image| image.is_dir(in_image(Path::new(""))));
        let host_path = match of_image {
            None => self.make_shared()?,
            Some(image) => self.make_own(container, image)?,
        };
        Ok(Some(Mount { host_path, guest_path: ETC.to_owned(), read_only: true }))
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
    fn make_own(&self, container: &str, image: Dir) -> Result<PathBuf, NoEtcFiles> {
        let own = self.own.join(container);
        match fs::remove_dir_all(&own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(&own)?,
        }
        let directory = Dir::open_ambient_dir(&own, ambient_authority())?;
        let mut merge = Merge { image, directory, room: FILES_MAX };
        merge.directory(Path::new(""), &|name| self.files.iter().any(|(own, _)| name == *own))?;
        self.write(&own)?;
        Ok(own)
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        self.files.iter().try_for_each(|(name, text)| fs::write(directory.join(name), text))
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

/// Takes what an image has in its `/etc` into a directory. Files are linked, not copied: nobody can
/// write to either.
struct Merge {
    image: Dir,
    directory: Dir,
    /// For how many more files there is room.
    room: usize,
}

impl Merge {
    /// Takes in a directory, given its path within `/etc`, but for what is left out.
    fn directory(
        &mut self,
        within: &Path,
        is_left_out: &dyn Fn(&std::ffi::OsStr) -> bool,
    ) -> Result<(), NoEtcFiles> {
        for entry in self.image.read_dir(in_image(within))? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            if is_left_out(&name) {
                continue;
            }
            self.room = self.room.checked_sub(1).ok_or(NoEtcFiles::TooMany)?;
            let path = within.join(name);
            if kind.is_dir() {
                self.directory.create_dir(&path)?;
                self.directory(&path, &|_| false)?;
            } else if kind.is_symlink() {
                self.link(&path)?;
            } else if kind.is_file() {
                self.file(&in_image(&path), &path)?;
            }
        }
        Ok(())
    }

    fn file(&self, of_image: &Path, path: &Path) -> io::Result<()> {
        self.image
            .hard_link(of_image, &self.directory, path)
            .or_else(|_| self.image.copy(of_image, &self.directory, path).map(drop))
    }

    /// Takes in a link. One to a file elsewhere in the image would lead out of the directory, so
    /// that the file stands in its place; one that leads nowhere is nothing.
    fn link(&self, path: &Path) -> io::Result<()> {
        let Ok(target) = self.image.canonicalize(in_image(path)) else { return Ok(()) };
        if self.image.metadata(&target)?.is_file() {
            return self.file(&target, path);
        }
        let target = self.image.read_link(in_image(path))?;
        // A directory of the image that is elsewhere cannot be seen through it.
        self.directory.symlink(target, path)
    }
}

fn in_image(within: &Path) -> PathBuf {
    Path::new("etc").join(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(host: &Path) -> EtcFiles {
        EtcFiles {
            files: [("hosts", "h"), ("hostname", "n"), ("resolv.conf", "r")]
                .map(|(name, text)| (name, text.to_owned())),
            shared: host.join("shared"),
            is_made: Mutex::new(false),
            own: host.join("own"),
        }
    }

    fn mount(guest_path: &str) -> Mount {
        Mount { host_path: PathBuf::new(), guest_path: guest_path.to_owned(), read_only: false }
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
            let made = files(host.path()).make("a", &[mount(guest_path)], None).unwrap();
            assert_eq!(made.is_some(), is_there, "{guest_path}");
        }
    }

    /// Makes it, and returns what a program could read there.
    fn read(host: &Path, rootfs: Option<&Path>) -> Vec<(&'static str, String)> {
        let made = files(host).make("a", &[], rootfs).unwrap().unwrap();
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
        let error = files(host.path()).make("a", &[], Some(&rootfs)).unwrap_err();
        assert!(matches!(error, NoEtcFiles::TooMany), "{error}");
    }
}
