//! What README.md tells a user to type, typed.
//!
//! The blocks that call `wasmpod` run here, in one shell and in their order. The chores (`cargo …`) are
//! steps of `.ci/run`.

use std::path::Path;

use crate::harness::{TestEnv, guest};

/// Returns what is typed in the `console` blocks of `document` that call `wasmpod`.
fn typed(document: &str) -> String {
    let blocks = document.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    let own = blocks.filter(|block| block.contains("$ wasmpod"));
    // A line without a prompt belongs to the document that the command before it reads.
    own.flat_map(str::lines)
        .map(|line| line.strip_prefix("$ ").unwrap_or(line).to_owned() + "\n")
        .collect()
}

#[test]
fn finds_what_is_typed() {
    fn check(document: &str, expected: &str) {
        assert_eq!(typed(document), expected, "{document:?}");
    }
    check(
        "```console\n$ wasmpod a <<E\nb\nE\n$ c\n```\n```sh\n$ wasmpod d\n```",
        "wasmpod a <<E\nb\nE\nc\n",
    );
    check("```console\n$ cargo xtask demo\n```", "");
}

/// Returns a port of loopback that nobody used just now.
#[cfg(unix)]
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[cfg(unix)]
#[test]
fn commands_do_what_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = typed(&std::fs::read_to_string(root.join("README.md")).unwrap());
    assert!(script.contains("wasmpod run pod.yaml\n"), "README.md has no such block:\n{script}");
    let env = TestEnv::new();
    for program in ["app.wasm", "server.wasm"] {
        env.write(program, std::fs::read(guest("wasm32-wasip2", "hello")).unwrap());
    }
    // A port that is in use on this machine is no fault of the README.
    let script = script.replace(" 8080:", &format!(" {}:", free_port()));
    env.write("data/file", "");
    let output = env.shell(&script).run().success();
    // Bare, or in the pod.
    let runs = script.matches("wasmpod run ").count();
    assert_eq!(output.stdout.matches("hello from a Wasm container").count(), runs, "{output}");
}
