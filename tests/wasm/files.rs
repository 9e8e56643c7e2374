//! The file tree of a container: mounts, read-only mounts, the image's own files.

use std::fs;
use std::sync::Arc;

use super::{Host, P1, P2, mount, says};

#[tokio::test]
async fn mounts() {
    let host = Host::new();
    for (index, guest) in [P1, P2].into_iter().enumerate() {
        let data = host.directory.path().join(format!("data-{index}"));
        fs::create_dir(&data).unwrap();
        fs::write(data.join("in"), "from the host\n").unwrap();
        let steps = ["cat /data/in", "append /data/out a", "append /data/out b", "ls /data"];
        let mut config = host.scripted(guest, &steps);
        config.mounts = vec![mount(&data, "/data", false)];
        host.run(config).await.exits(0).prints("from the host\nin\nout\n");
        assert_eq!(fs::read_to_string(data.join("out")).unwrap(), "a\nb\n");
    }
}

#[tokio::test]
async fn a_read_only_mount_is_read_only() {
    let host = Host::new();
    fs::create_dir(host.directory.path().join("data")).unwrap();
    fs::write(host.directory.path().join("data/in"), "kept\n").unwrap();
    for guest in [P1, P2] {
        for step in ["append /data/in more", "append /data/new x", "rm /data/in", "mkdir /data/d"] {
            let mut config = host.scripted(guest, &["cat /data/in", step]);
            config.mounts = vec![mount(&host.directory.path().join("data"), "/data", true)];
            let ended = host.run(config).await.exits(1).prints("kept\n");
            assert!(ended.stderr.contains("not permitted"), "{step}: {ended:?}");
        }
    }
    let names: Vec<_> = fs::read_dir(host.directory.path().join("data")).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn nothing_else_of_the_host_is_there() {
    let host = Host::new();
    fs::create_dir(host.directory.path().join("data")).unwrap();
    fs::write(host.directory.path().join("secret"), "secret").unwrap();
    let absolute = host.directory.path().join("secret");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&absolute, host.directory.path().join("data/link")).unwrap();
    for guest in [P1, P2] {
        for path in ["/data/../secret", "/data/link", "../secret", absolute.to_str().unwrap()] {
            let mut config = host.scripted(guest, &[&format!("cat {path}")]);
            config.mounts = vec![mount(&host.directory.path().join("data"), "/data", false)];
            host.run(config).await.exits(1).prints("");
        }
    }
}

#[tokio::test]
async fn the_files_of_the_image_are_read_only() {
    let host = Host::new();
    let rootfs = host.directory.path().join("rootfs");
    let data = host.directory.path().join("data");
    fs::create_dir_all(rootfs.join("etc")).unwrap();
    fs::create_dir(&data).unwrap();
    fs::write(rootfs.join("etc/motd"), "welcome\n").unwrap();
    for guest in [P1, P2] {
        let steps = ["cat /etc/motd", "append /etc/data/x 1", "append /etc/motd no"];
        let mut config = host.scripted(guest, &steps);
        Arc::make_mut(&mut config.image).rootfs = Some(rootfs.clone());
        config.mounts = vec![mount(&data, "/etc/data", false)];
        host.run(config).await.exits(1).prints("welcome\n");
    }
    assert_eq!(fs::read_to_string(rootfs.join("etc/motd")).unwrap(), "welcome\n");
    assert_eq!(fs::read_to_string(data.join("x")).unwrap(), "1\n1\n");
}

#[tokio::test]
async fn a_mount_at_the_root_takes_the_images_place() {
    let host = Host::new();
    let [rootfs, data] = ["rootfs", "data"].map(|name| host.directory.path().join(name));
    for (directory, file) in [(&rootfs, "of the image"), (&data, "of the mount")] {
        fs::create_dir(directory).unwrap();
        fs::write(directory.join(file), "").unwrap();
    }
    for guest in [P1, P2] {
        let mut config = host.scripted(guest, &["ls /", "append /x 1", "rm /x"]);
        Arc::make_mut(&mut config.image).rootfs = Some(rootfs.clone());
        config.mounts = vec![mount(&data, "/", false)];
        host.run(config).await.exits(0).prints("of the mount\n");
    }
}

#[tokio::test]
async fn a_mount_that_is_gone_is_named() {
    let host = Host::new();
    let mut config = host.scripted(P1, &[]);
    config.mounts = vec![mount(&host.directory.path().join("gone"), "/data", false)];
    let mut container = host.create(config).await.unwrap();
    let error = container.start().await.unwrap_err();
    says(&error, "gone`, to be mounted at `/data`: No such file or directory");
}
