//! The image store under several processes, and under processes that are killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use sha2::{Digest as _, Sha256};

use crate::harness::{TestEnv, guest};

/// Makes a module that takes a while to store: a custom section of this many bytes.
fn large_module(megabytes: u32) -> Vec<u8> {
    let section = [b"\x04name".as_slice(), &vec![7; (megabytes as usize) << 20]].concat();
    let mut module = b"\0asm\x01\0\0\0\0".to_vec();
    let mut length = section.len();
    while length >= 0x80 {
        module.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    module.push(length as u8);
    module.extend(section);
    module
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Returns the bytes that are on their way into the store.
fn ingested(store: &Path) -> u64 {
    let entries = std::fs::read_dir(store.join("ingest")).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len())).sum()
}

/// Checks that every blob is what its name says.
fn check_blobs(store: &Path) {
    for entry in std::fs::read_dir(store.join("blobs/sha256")).into_iter().flatten() {
        let path = entry.unwrap().path();
        let hash = Sha256::digest(std::fs::read(&path).unwrap());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), hex);
    }
}

#[test]
fn a_process_that_is_killed_leaves_nothing_half() {
    let env = TestEnv::new();
    let store = env.data_dir().join("images");
    let small = guest("wasm32-wasip1", "scripted");
    env.run(["image", "import", small.to_str().unwrap(), "small"]).success();
    let large = env.write("large.wasm", large_module(32));
    let import = ["image", "import", large.to_str().unwrap(), "large"];

    for megabytes in [0, 1, 4, 16, 31] {
        let mut child = start(env.wasmpod(import).into_command());
        // Until so much is there, or it was quicker than we looked.
        while ingested(&store) < (megabytes << 20) + 1 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check_blobs(&store);
        env.run(["image", "inspect", "small"]).success();
    }

    env.run(import).success();
    check_blobs(&store);
    assert_eq!(ingested(&store), 0, "what the killed ones left is gone");
    env.run(["image", "inspect", "large"]).success();
}

#[test]
fn processes_share_a_store() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "scripted");
    let module = module.to_str().unwrap();
    let names: Vec<_> = (0..8).map(|number| format!("localhost/app-{number}:v1")).collect();
    let imports: Vec<_> = names
        .iter()
        .map(|name| start(env.wasmpod(["image", "import", module, name]).into_command()))
        .collect();
    for mut import in imports {
        assert!(import.wait().unwrap().success());
    }
    let listed = env.run(["image", "ls"]).success();
    for name in &names {
        assert!(listed.stdout.contains(name.as_str()), "{listed}");
    }

    let removals: Vec<_> = names[1..]
        .iter()
        .map(|name| start(env.wasmpod(["image", "rm", name]).into_command()))
        .collect();
    for mut removal in removals {
        assert!(removal.wait().unwrap().success());
    }
    check_blobs(&env.data_dir().join("images"));
    env.run(["image", "inspect", &names[0]]).success();
}
