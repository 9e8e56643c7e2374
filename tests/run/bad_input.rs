//! What is wrong is said, and what to do.

use std::fs::{self, File};
use std::path::Path;

use super::scripted;
use crate::harness::TestEnv;

#[test]
fn modules_that_are_none() {
    let env = TestEnv::new();
    let whole = fs::read(scripted()).unwrap();
    let check = |name: &str, content: &[u8], code: i32, expected: &str| {
        let file = env.write(name, content);
        env.run(["run", file.to_str().unwrap()]).exits(code).says(expected);
    };
    check("empty.wasm", b"", 126, "empty");
    check("text.wasm", b"hello", 126, "not a Wasm module");
    check("elf.wasm", b"\x7fELF\x02\x01\x01\0\0\0\0\0", 126, "ELF");
    check("wat.wasm", b"(module)", 126, "WebAssembly text");
    check("header.wasm", &whole[..4], 126, "");
    check("truncated.wasm", &whole[..whole.len() / 2], 126, "truncated.wasm");
    check("garbage.wasm", &[&whole[..8], &[0xff; 100]].concat(), 126, "garbage.wasm");
    check("nothing-to-run.wasm", &whole[..8], 126, "_start");

    env.run(["run", "missing.wasm"]).exits(127).says("missing.wasm");
    fs::create_dir(env.work().join("folder.wasm")).unwrap();
    env.run(["run", "folder.wasm"]).exits(126).says("directory");
}

#[test]
fn a_module_of_4_gib_is_refused_unread() {
    let env = TestEnv::new();
    let file = env.write("huge.wasm", b"\0asm\x01\0\0\0");
    File::options().write(true).open(&file).unwrap().set_len(4 << 30).unwrap();
    env.run(["run", file.to_str().unwrap()]).exits(126).says("at most");
}

#[test]
fn manifests_that_are_none() {
    let env = TestEnv::new();
    let check = |content: &[u8], expected: &str| {
        env.write("pod.yaml", content);
        env.run(["run", "pod.yaml"]).exits(1).says(expected);
    };
    check(b"", "pod.yaml");
    check(b"# nothing\n", "pod.yaml");
    check(b"apiVersion: v1\nkind: [", "pod.yaml");
    check(b"\xff\xfe\x00", "pod.yaml");
    check(b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n", "spec.containers");
    check(b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n", "Deployment");
    env.run(["run", "."]).exits(1).says("directory");
    env.run(["run", "missing.yaml"]).exits(1).says("missing.yaml");
}

#[test]
fn options_of_the_other_kind() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest("  containers: [{name: a, image: x}]\n");
    env.run(["run", "-e", "A=b", &manifest]).exits(1).says("--env");
    env.run(["run", &manifest, "--", "word"]).exits(1).says("arguments");
    env.run(["run", "--name", "Not OK", scripted().to_str().unwrap()]).exits(1).says("Not OK");
}

#[test]
fn a_data_directory_that_cannot_be_one() {
    let env = TestEnv::new();
    env.write("file", "");
    let module = scripted();
    let run = |directory: &str| {
        env.run(["--data-dir", directory, "run", module.to_str().unwrap(), "--", "write hello"])
    };
    // Also for root, who may write everywhere else.
    run("file").exits(1).says("file");
    if Path::new("/proc").is_dir() {
        run("/proc/nothing").exits(1).says("/proc/nothing");
    }
}

#[test]
fn a_pod_whose_image_is_not_there_waits() {
    let env = TestEnv::new();
    let manifest = env.manifest(
        "  activeDeadlineSeconds: 1\n  containers:\n    - name: a\n      image: \
         localhost/test/missing:1\n      imagePullPolicy: Never\n",
    );
    env.run(["run", &manifest])
        .exits(1)
        .says("Container image \"localhost/test/missing:1\" is not present with pull policy of Never");
}
