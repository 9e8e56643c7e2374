//! The image store under several processes, and under processes that are killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use crate::harness::{Registry, TestEnv, guest};

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

/// Returns how many files are in a directory of the data.
fn count(env: &TestEnv, directory: &str) -> usize {
    std::fs::read_dir(env.data_dir().join(directory)).map_or(0, Iterator::count)
}

#[test]
fn a_running_pod_keeps_its_image_and_no_other() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "scripted");
    let other = env.write("other.wasm", b"\0asm\x01\0\0\0");
    env.run(["image", "import", module.to_str().unwrap(), "localhost/used"]).success();
    env.run(["image", "import", other.to_str().unwrap(), "localhost/other"]).success();
    let pod = env.write(
        "pod.yaml",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, \
         image: localhost/used, imagePullPolicy: Never, args: [\"write up; spin\"]}]}}",
    );
    let mut command = env.wasmpod(["run", pod.to_str().unwrap()]).into_command();
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "a | up\n");

    let blobs = count(&env, "images/blobs/sha256");
    env.run(["image", "gc", "--all", "--dry-run"]).success().says("would remove localhost/other");
    assert_eq!(count(&env, "images/blobs/sha256"), blobs);
    env.run(["image", "gc", "--all"]).success().says("removed localhost/other:latest\n");
    assert_eq!(count(&env, "images/blobs/sha256"), 3);
    assert_eq!(count(&env, "compiled"), 2, "its code, and the lock of those who write some");
    env.run(["image", "rm", "localhost/used"]).success().says("its blobs stay");
    env.run(["image", "gc", "--all"]).success();
    assert_eq!(count(&env, "images/blobs/sha256"), 3, "its name is gone, and it still runs");

    running.kill().unwrap();
    running.wait().unwrap();
    env.run(["image", "gc"]).success().says("removed blobs: 3, file trees: 0, compiled code: 1\n");
    assert_eq!(count(&env, "images/blobs/sha256"), 0);
    env.run(["image", "gc", "-o", "json"]).success().says("\"freedBytes\": 0");
}

/// A process that is begun and, at a moment that nobody chose, killed.
struct Victim {
    name: &'static str,
    arguments: Vec<String>,
    /// How long it takes to its end, more or less.
    takes: Duration,
}

impl Victim {
    fn new(env: &TestEnv, name: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut victim = Self { name, arguments, takes: Duration::ZERO };
        let begun = Instant::now();
        start(env.wasmpod(&victim.arguments).into_command()).wait().unwrap();
        // On a machine that is busy, not for ever.
        victim.takes = begun.elapsed().min(Duration::from_millis(400));
        victim
    }

    fn kill_after(&self, env: &TestEnv, share: f64) {
        let mut child = start(env.wasmpod(&self.arguments).into_command());
        let until = Instant::now() + self.takes.mul_f64(share);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn kills_at_any_moment_lose_nothing() {
    const KILLS: usize = 200;
    let (env, registry) = (TestEnv::new(), Registry::start());
    let store = env.data_dir().join("images");
    let remote = registry.reference("remote:v1");
    let module = guest("wasm32-wasip1", "scripted");
    let module = module.to_str().unwrap();
    env.run(["image", "import", module, "localhost/kept", "--cmd", "write kept"]).success();
    let large = env.write("large.wasm", large_module(4));
    let large = large.to_str().unwrap();
    env.run(["image", "import", large, &remote]).success();
    env.run(["image", "push", &remote]).success();

    let victims = [
        Victim::new(&env, "rm", &["image", "rm", &remote]),
        Victim::new(&env, "pull", &["image", "pull", &remote]),
        Victim::new(&env, "rm", &["image", "rm", &remote]),
        Victim::new(&env, "import", &["image", "import", large, &remote]),
        Victim::new(&env, "compile", &["run", module, "--", "write compiled"]),
        Victim::new(&env, "gc", &["image", "gc"]),
        Victim::new(&env, "gc of all but what is kept", &["image", "gc", "--older-than", "1h"]),
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let victim = &victims[kill % victims.len()];
        victim.kill_after(&env, (random % 1000) as f64 / 900.0);
        check_blobs(&store);
        if kill % 10 == 9 {
            let inspected = env.run(["image", "inspect", "localhost/kept"]);
            assert_eq!(inspected.code, Some(0), "kill {kill}, {}: {inspected}", victim.name);
        }
    }

    env.run(["image", "pull", &remote]).success();
    env.run(["image", "gc"]).success();
    assert_eq!(ingested(&store), 0);
    assert_eq!(count(&env, "images/ingest"), 0, "what the killed ones left is gone");
    assert_eq!(count(&env, "images/blobs/sha256"), 6, "two images of three blobs");
    let left = std::fs::read_dir(env.data_dir().join("compiled")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".new-")), "{left:?}");
    let pod = env.write(
        "pod.yaml",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {restartPolicy: Never, containers: \
         [{name: a, image: localhost/kept, imagePullPolicy: Never}]}}",
    );
    env.run(["run", pod.to_str().unwrap()]).success().says("a | kept");
}
