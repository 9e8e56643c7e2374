//! The store of compiled code: used when it is whole, made again when it is not, never trusted.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use wasmpod::executor::CreateError;

use super::{ALL, Host, P1, P2, guest, made, says};

/// Returns the files of the store, but for the lock of its writers.
fn files(host: &Host) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(host.compiled()) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with("writers.lock"));
    paths.sort();
    paths
}

/// A file is written under another inode each time.
fn version(path: &PathBuf) -> (SystemTime, u64) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.modified().unwrap(), inode(&metadata))
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[tokio::test]
async fn a_module_is_compiled_once() {
    let mut host = Host::fresh();
    assert_eq!(files(&host), Vec::<PathBuf>::new());
    for guest in ALL {
        host.script(guest, &["write hi"]).await.exits(0).prints("hi\n");
    }
    let versions: Vec<_> = files(&host).iter().map(version).collect();
    assert_eq!(versions.len(), 3);
    for _ in 0..2 {
        for guest in ALL {
            host.script(guest, &["write hi"]).await.exits(0).prints("hi\n");
        }
        host = host.restarted();
    }
    assert_eq!(files(&host).iter().map(version).collect::<Vec<_>>(), versions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_requests_are_one_compilation() {
    let host = Host::fresh();
    let creates = (0..8).map(|_| host.create(host.scripted(P2, &[])));
    for container in futures_util::future::join_all(creates).await {
        assert!(container.is_ok());
    }
    assert_eq!(files(&host).len(), 1);
}

#[tokio::test]
async fn what_is_damaged_is_compiled_again() {
    for guest in [P1, P2] {
        let mut host = Host::fresh();
        host.script(guest, &[]).await.exits(0);
        let spoil: [fn(&mut Vec<u8>); 5] = [
            Vec::clear,
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| bytes.truncate(100),
            |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            },
            |bytes| bytes.fill(0),
        ];
        for spoil in spoil {
            host = host.restarted();
            let [path] = &files(&host)[..] else { panic!("one file") };
            let whole = fs::read(path).unwrap();
            let mut bytes = whole.clone();
            spoil(&mut bytes);
            fs::write(path, bytes).unwrap();
            host.script(guest, &["write hi"]).await.exits(0).prints("hi\n");
            assert_eq!(fs::read(path).unwrap().len(), whole.len(), "written again");
        }
    }
}

#[tokio::test]
async fn code_of_another_module_is_not_run() {
    let mut host = Host::fresh();
    host.script(P1, &["write hi"]).await.exits(0).prints("hi\n");
    let [own] = &files(&host)[..] else { panic!("one file") };
    host.made(&made::start("unreachable")).await.traps(134, "unreachable");
    let foreign = files(&host).into_iter().find(|path| path != own).unwrap();
    fs::copy(foreign, own).unwrap();
    host = host.restarted();
    host.script(P1, &["write hi"]).await.exits(0).prints("hi\n");
}

#[tokio::test]
async fn bytes_that_changed_are_refused() {
    let host = Host::fresh();
    let path = host.module(&fs::read(guest(P1.0, P1.1)).unwrap());
    let config = host.config(&path, &[]);
    fs::write(&path, made::module(&made::start(""))).unwrap();
    let error = host.refusal(config).await;
    assert!(matches!(error, CreateError::Host(_)), "{error:?}");
    says(&error, "has changed: its digest is sha256:");
    says(&error, "remove the image and pull it again");
    assert_eq!(files(&host), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn bytes_are_not_needed_once_compiled() {
    let mut host = Host::fresh();
    let path = host.module(&fs::read(guest(P1.0, P1.1)).unwrap());
    host.run(host.config(&path, &["write hi"])).await.exits(0);
    let config = host.config(&path, &["write hi"]);
    fs::remove_file(&path).unwrap();
    host = host.restarted();
    host.run(config).await.exits(0).prints("hi\n");
}

#[tokio::test]
async fn without_a_store_modules_run_all_the_same() {
    let host = Host::fresh();
    fs::write(host.compiled(), "a file where the directory should be").unwrap();
    for guest in [P1, P2] {
        host.script(guest, &["write hi"]).await.exits(0).prints("hi\n");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_others_can_write_to_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut host = Host::fresh();
    host.script(P1, &[]).await.exits(0);
    assert_eq!(files(&host).len(), 1);
    fs::set_permissions(host.compiled(), fs::Permissions::from_mode(0o777)).unwrap();
    host = host.restarted();
    host.script(P2, &["write hi"]).await.exits(0).prints("hi\n");
    assert_eq!(files(&host).len(), 1, "nothing new");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut host = Host::fresh();
    host.script(P1, &[]).await.exits(0);
    fs::set_permissions(host.compiled(), fs::Permissions::from_mode(0o500)).unwrap();
    host = host.restarted();
    for guest in [P1, P2] {
        host.script(guest, &["write hi"]).await.exits(0).prints("hi\n");
    }
    fs::set_permissions(host.compiled(), fs::Permissions::from_mode(0o700)).unwrap();
}
