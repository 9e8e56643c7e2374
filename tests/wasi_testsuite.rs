//! The runner of WASI test suites, `cargo xtask test --wasi-testsuite`, on a suite of our own.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::guest;

/// Adds a test to a suite: the scripted guest, and what its `.json` says.
fn add(suite: &Path, name: &str, json: &str) {
    let wasm = suite.join(name).with_extension("wasm");
    fs::create_dir_all(wasm.parent().unwrap()).unwrap();
    fs::copy(guest("wasm32-wasip1", "scripted"), &wasm).unwrap();
    if !json.is_empty() {
        fs::write(wasm.with_extension("json"), json).unwrap();
    }
}

/// Runs a suite; returns whether it succeeded, and its report.
fn run(suite: &Path) -> (bool, String) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut xtask = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    xtask.args(["xtask", "test", "--wasi-testsuite"]).arg(suite).current_dir(root);
    let output = xtask.output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn passes_what_does_as_it_says() {
    let suite = tempfile::tempdir().unwrap();
    let suite = suite.path();
    fs::create_dir_all(suite.join("files/data.dir/sub")).unwrap();
    fs::write(suite.join("files/data.dir/sub/in"), "in a file\n").unwrap();
    add(suite, "silent", "");
    add(suite, "exit", r#"{"args": ["write x", "exit 33"], "exit_code": 33}"#);
    add(suite, "empty-env", r#"{"args": ["env"], "stdout": ""}"#);
    add(suite, "env", r#"{"args": ["env"], "env": {"A": "b=$c"}, "stdout": "A=b=$c\n"}"#);
    add(suite, "stderr", r#"{"args": ["stderr no"], "stdout": "", "stderr": "no\n"}"#);
    add(
        suite,
        "files/dirs",
        r#"{"dirs": ["data.dir"], "args": ["cat data.dir/sub/in", "rm data.dir/sub/in"],
            "stdout": "in a file\n"}"#,
    );
    add(suite, "files/root", r#"{"root": "data.dir", "args": ["ls /sub"], "stdout": "in\n"}"#);
    add(
        suite,
        "stdin",
        r#"{"operations": [{"type": "run", "args": ["stdin"]},
            {"type": "write", "id": "stdin", "payload": "in and out"},
            {"type": "read", "id": "stdout", "payload": "in and out"}, {"type": "wait"}]}"#,
    );
    add(suite, "sockets", r#"{"proposals": ["sockets"], "operations": [{"type": "run"}]}"#);
    let (success, printed) = run(suite);
    assert!(success, "{printed}");
    assert!(printed.contains("skipped sockets.wasm: it needs sockets\n"), "{printed}");
    assert!(printed.ends_with("1 skipped\n8 passed, 0 failed\n"), "{printed}");
    assert!(suite.join("files/data.dir/sub/in").exists(), "tests work on copies");
}

#[test]
fn fails_what_does_not() {
    let suite = tempfile::tempdir().unwrap();
    let suite = suite.path();
    add(suite, "a", r#"{"args": ["exit 1"]}"#);
    add(suite, "b", r#"{"args": ["write x"], "stdout": "y\n"}"#);
    add(suite, "c", r#"{"args": ["stderr x"], "stderr": ""}"#);
    add(suite, "d", r#"{"args": 3}"#);
    add(suite, "e", r#"{"dirs": ["nowhere"]}"#);
    add(suite, "f", "");
    let (success, printed) = run(suite);
    assert!(!success, "{printed}");
    for line in [
        "FAILED  a.wasm: want exit code 0, found exit status: 1\n",
        "FAILED  b.wasm: its stdout is not \"y\\n\"\n",
        "FAILED  c.wasm: its stderr is not \"\"\n",
        "FAILED  d.wasm: in its .json: ",
        "FAILED  e.wasm: nowhere: ",
        "ok      f.wasm\n",
        "\n1 passed, 5 failed\n",
    ] {
        assert!(printed.contains(line), "no {line:?} in {printed}");
    }
}

#[test]
fn a_suite_without_tests_is_a_mistake() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(empty.path()), (false, String::new()));
}
