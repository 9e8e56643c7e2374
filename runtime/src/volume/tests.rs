//! Volumes and what is mounted of them.

use std::sync::Arc;

use super::*;
use crate::spec::environment::Allocatable;
use crate::spec::{
    AccessMode, Claim, HostPathType, Metadata, Object, Objects, Pod, PodSpec, RestartPolicy,
};

/// Makes the volumes of a pod that refers to nothing.
fn made(directory: &Path, volumes: Vec<Volume>) -> Result<Volumes, VolumeError> {
    made_with(directory, volumes, &Objects::default())
}

/// Makes the volumes of a pod, given the objects that are there.
fn made_with(
    directory: &Path,
    volumes: Vec<Volume>,
    objects: &Objects,
) -> Result<Volumes, VolumeError> {
    let metadata = Metadata {
        name: "web".to_owned(),
        namespace: "default".to_owned(),
        uid: "u".to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
    };
    let mut spec = PodSpec::new(Vec::new(), Vec::new(), RestartPolicy::Never);
    spec.volumes = volumes;
    let pod = Pod { metadata, spec };
    let allocatable = Allocatable::default();
    Volumes::make(
        directory,
        &directory.join("claims"),
        &Sources { pod: &pod, objects, allocatable: &allocatable },
    )
}

fn empty_dir(name: &str) -> Volume {
    let medium = EmptyDirMedium::Disk;
    let source = VolumeSource::EmptyDir { medium, size_limit: None };
    Volume { name: name.to_owned(), source }
}

/// Returns what is mounted of a path in a volume.
fn mounted(volumes: &Volumes, name: &str, sub_path: &str) -> Result<Mounted, String> {
    let (name, mount_path) = (name.to_owned(), "/data".to_owned());
    let mount = VolumeMount { name, mount_path, sub_path: None, read_only: false };
    volumes.mount("main", &mount, sub_path).map_err(|error| error.to_string())
}

fn directory_of(mounted: Result<Mounted, String>) -> Mount {
    match mounted {
        Ok(Mounted::Directory(mount)) => mount,
        other => panic!("no directory: {other:?}"),
    }
}

#[test]
fn sub_paths_stay_within_the_volume() {
    let directory = tempfile::tempdir().unwrap();
    let volumes = made(directory.path(), vec![empty_dir("data")]).unwrap();
    let root = directory_of(mounted(&volumes, "data", "")).host_path;
    assert!(root.is_dir());
    let deep = directory_of(mounted(&volumes, "data", "a/b"));
    assert!(deep.host_path.ends_with("a/b"));
    std::fs::write(root.join("file"), "").unwrap();
    assert!(matches!(mounted(&volumes, "data", "file"), Ok(Mounted::File { .. })));
    let error = mounted(&volumes, "data", "file/x").unwrap_err();
    assert!(error.starts_with("failed to "), "{error}");

    std::fs::create_dir(directory.path().join("outside")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&root.join("a")), mode(&deep.host_path)), (0o777, 0o777));
        for (name, target) in [("out", "../../../outside"), ("abs", "/"), ("in", "a")] {
            symlink(target, root.join(name)).unwrap();
        }
        assert!(mounted(&volumes, "data", "in/b").is_ok());
        for sub_path in ["out", "out/x", "abs/etc", "abs"] {
            let error = mounted(&volumes, "data", sub_path).unwrap_err();
            let expected =
                "failed to prepare subPath for volumeMount \"data\" of container \"main\": ";
            assert!(error.starts_with(expected), "{error}");
        }
        // It is exchanged for a link after it was looked at.
        std::fs::rename(root.join("a"), root.join("was")).unwrap();
        symlink("../../../outside", root.join("a")).unwrap();
        std::fs::create_dir(directory.path().join("outside/b")).unwrap();
        deep.open().unwrap_err();
        std::fs::remove_dir(directory.path().join("outside/b")).unwrap();
    }
    assert!(std::fs::read_dir(directory.path().join("outside")).unwrap().next().is_none());
}

#[test]
fn host_path_types() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("dir")).unwrap();
    std::fs::write(directory.path().join("file"), "x").unwrap();
    let check = |path: &str, kind, expected: &str| {
        let path = directory.path().join(path);
        let source = VolumeSource::HostPath { path: path.display().to_string(), kind };
        let volume = Volume { name: "host".to_owned(), source };
        let made = made(directory.path(), vec![volume]);
        let text = made.err().map_or_else(|| "ok".to_owned(), |error| error.to_string());
        assert!(text.ends_with(expected), "{kind:?} {}: {text}", path.display());
    };
    check("none", HostPathType::Directory, "is not a directory");
    check("none", HostPathType::Unset, "ok");
    check("none", HostPathType::Directory, "ok");
    check("file", HostPathType::Directory, "is not a directory");
    check("dir", HostPathType::Directory, "ok");
    check("dir", HostPathType::File, "is not a file");
    check("file", HostPathType::File, "ok");
    check("file", HostPathType::Socket, "is not a socket file");
    check("file", HostPathType::BlockDevice, "is not a block device");
    check("file", HostPathType::CharDevice, "is not a character device");
    check("new/dir", HostPathType::DirectoryOrCreate, "ok");
    check("new/dir", HostPathType::Directory, "ok");
    check("new/file", HostPathType::FileOrCreate, "ok");
    check("new/file", HostPathType::File, "ok");
    check("no/parent/file", HostPathType::FileOrCreate, "(os error 2)");
}

#[cfg(unix)]
#[test]
fn what_is_neither_a_directory_nor_a_file_cannot_be_mounted() {
    let directory = tempfile::tempdir().unwrap();
    let host_path = |name: &str| {
        let path = directory.path().join(name).display().to_string();
        let source = VolumeSource::HostPath { path, kind: HostPathType::Unset };
        made(directory.path(), vec![Volume { name: "host".to_owned(), source }]).unwrap()
    };
    std::fs::write(directory.path().join("file"), "x").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap();
    let file = mounted(&host_path("file"), "host", "");
    assert!(matches!(file, Ok(Mounted::File { .. })), "{file:?}");
    let error = mounted(&host_path("socket"), "host", "").unwrap_err();
    assert!(error.contains("is neither a directory nor a regular file"), "{error}");
    let made = mounted(&host_path("none"), "host", "");
    assert!(matches!(made, Ok(Mounted::Directory { .. })), "{made:?}");
}

/// Two volumes of one pod may be of one claim, whoever else is kept out.
#[test]
fn a_claim_is_not_in_its_own_way() {
    let directory = tempfile::tempdir().unwrap();
    let name = NamespacedName::new("default", "data");
    let claim = Claim { name, access_modes: vec![AccessMode::ReadWriteOncePod] };
    let volume = |name: &str, read_only| {
        let source = VolumeSource::Claim { name: "data".to_owned(), read_only };
        Volume { name: name.to_owned(), source }
    };
    let mut objects = Objects::default();
    objects.insert(Object::Claim(Arc::new(claim)));
    let make =
        || made_with(directory.path(), vec![volume("a", false), volume("b", true)], &objects);
    let volumes = make().unwrap();
    let error = make().unwrap_err().to_string();
    assert!(error.contains("is already in use by another pod"), "{error}");
    let [a, b] = ["a", "b"].map(|name| directory_of(mounted(&volumes, name, "")));
    assert_eq!((a.host_path, a.read_only, b.read_only), (b.host_path, false, true));
}
