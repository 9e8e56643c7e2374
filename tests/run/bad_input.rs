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
    check("text.wasm", b"hello", 126, "not a WebAssembly module");
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
    env.run(["run", file.to_str().unwrap()]).exits(126).says("2 GiB");
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
    check(
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n",
        "spec.containers",
    );
    check(
        b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n",
        "a Deployment of apps/v1 cannot be run yet, but a Pod of v1 with its spec.template may be",
    );
    std::fs::create_dir(env.work().join("empty")).unwrap();
    env.run(["run", "empty"]).exits(1).says("has no .json, .yaml or .yml file in it");
    env.run(["run"]).exits(2).says("FILE");
    env.run(["run", "missing.yaml"]).exits(1).says("missing.yaml");
}

#[test]
fn options_of_the_other_kind() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest("  containers: [{name: a, image: x}]\n");
    env.run(["run", "-e", "A=b", &manifest]).exits(1).says("--env");
    env.run(["run", &manifest, "--", "word"]).exits(1).says("arguments");
    env.run(["run", "--pod", "a", scripted().to_str().unwrap()]).exits(1).says("--pod");
    env.run(["run", scripted().to_str().unwrap(), "word"]).exits(1).says("go behind --");
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
    env.run(["run", &manifest]).exits(1).says(
        "Container image \"localhost/test/missing:1\" is not present with pull policy of Never",
    );
}

/// Runs `script` in a mount namespace of its own, in which `data` is `mount`ed before; `$WASMPOD`
/// is a call of the program. Returns none, saying why, where no such namespace can be made.
#[cfg(target_os = "linux")]
fn with_mount(env: &TestEnv, options: &str, script: &str) -> Option<std::process::Output> {
    let call = env.wasmpod(["--version"]).into_command();
    let program = call.get_program().to_str().unwrap().to_owned();
    let script = format!(
        "mkdir -p data && mount -t tmpfs {options} tmpfs data && \
         WASMPOD='{program} --data-dir data' && {script}"
    );
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "sh", "-c"]).current_dir(env.work());
    let can = unshare.arg("mkdir -p try && mount -t tmpfs tmpfs try").output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: `unshare --mount --map-root-user` is not allowed here");
        return None;
    }
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "sh", "-c"]).current_dir(env.work());
    Some(unshare.arg(script).output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_data_directory_that_is_full() {
    let env = TestEnv::new();
    let module = scripted().display().to_string();
    let fill = "{ dd if=/dev/zero of=data/filler bs=4k 2>/dev/null || true; }";
    // What runs needs no more than the log, and goes on without it.
    let script = format!("{fill}; $WASMPOD run {module} -- 'write hello'");
    if let Some(output) = with_mount(&env, "-o size=256k", &script) {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(output.stdout, b"hello\n");
        assert!(stderr.contains("No space left"), "{stderr}");
        assert!(stderr.contains("log"), "{stderr}");
    }
    let script = format!("{fill}; $WASMPOD image import {module} localhost/a:1");
    if let Some(output) = with_mount(&env, "-o size=256k", &script) {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("no space is left") && stderr.contains("data/images"), "{stderr}");
    }
    let script = format!("$WASMPOD run {module}");
    if let Some(output) = with_mount(&env, "-o nr_inodes=2", &script) {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("--data-dir"), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_data_directory_that_is_read_only() {
    let env = TestEnv::new();
    let module = scripted().display().to_string();
    let script = format!("$WASMPOD run {module}");
    if let Some(output) = with_mount(&env, "-o ro", &script) {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("Read-only file system"), "{stderr}");
        assert!(stderr.contains("--data-dir"), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_data_directory_of_somebody_else() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    let env = TestEnv::new();
    let module = env.write("app.wasm", fs::read(scripted()).unwrap());
    fs::create_dir(env.data_dir()).unwrap();
    fs::set_permissions(env.data_dir(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = env.wasmpod(["run", module.to_str().unwrap()]).into_command();
    if fs::metadata(env.data_dir()).unwrap().uid() == 0 {
        // Root may write everywhere, so somebody else has to try.
        for directory in env.work().ancestors().take(2) {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let program = env.write("wasmpod", fs::read(command.get_program()).unwrap());
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = std::process::Command::new(program);
        command.args(arguments).current_dir(env.work()).uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("Permission denied"), "{stderr}");
    assert!(stderr.contains("--data-dir"), "{stderr}");
}
