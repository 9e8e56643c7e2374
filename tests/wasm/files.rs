//! The file tree of a container: mounts, read-only mounts, the image's own files.

use std::fs;
use std::sync::Arc;

use super::{Host, P1, P2, made, mount, says};

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

/// A file that is opened when standard output was closed takes its number and nothing else.
#[tokio::test]
async fn a_file_in_the_place_of_standard_output() {
    let host = Host::new();
    let directory = tempfile::tempdir().unwrap();
    let module = r#"(module
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\02\00\00\00hi")
        (func $is (param i32 i32)
            (if (i32.ne (local.get 0) (local.get 1)) (then (unreachable))))
        (func (export "_start")
            (call $is (call $close (i32.const 1)) (i32.const 0))
            (call $is
                (call $open (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 2) (i32.const 1)
                    (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 100))
                (i32.const 0))
            (call $is (i32.load (i32.const 100)) (i32.const 1))
            (call $is
                (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 104))
                (i32.const 0))))"#;
    let mut config = host.config(&host.module(&made::module(module)), &[]);
    config.mounts = vec![mount(directory.path(), "/data", false)];
    host.run(config).await.exits(0).prints("");
    assert_eq!(fs::read_to_string(directory.path().join("hi")).unwrap(), "hi");
}
