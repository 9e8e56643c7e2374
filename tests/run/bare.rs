//! A bare program: no manifest, no image.

use super::scripted;
use crate::harness::{TestEnv, guest};

fn run(arguments: &[&str]) -> crate::harness::Output {
    let env = TestEnv::new();
    let module = scripted();
    env.run([&["run", module.to_str().unwrap()], arguments].concat())
}

#[test]
fn output_comes_as_it_is() {
    run(&["--", "raw a b", "stderr oops", "write c"]).success().prints("a bc\n").says("oops\n");
}

#[test]
fn the_exit_code_is_the_programs() {
    for code in [0, 1, 42, 126, 255] {
        run(&["--", &format!("exit {code}")]).exits(code);
    }
}

#[test]
fn arguments_are_passed_as_they_are() {
    let words = ["args", "write $(HOME) $$ $", "write -e", "exit 0", "--", "--help"];
    run(&[&["--"], words.as_slice()].concat()).success().prints(
        "[\"scripted.wasm\", \"args\", \"write $(HOME) $$ $\", \"write -e\", \"exit 0\", \"--\", \
         \"--help\"]\n$(HOME) $$ $\n-e\n",
    );
}

#[test]
fn the_environment_is_what_is_given() {
    run(&["-e", "A=b=$(C)", "-e", "C=", "--", "env"]).success().prints("A=b=$(C)\nC=\n");
    let env = TestEnv::new();
    env.wasmpod(["run", "-e", "PASSED", scripted().to_str().unwrap(), "--", "env"])
        .env("PASSED", "on")
        .run()
        .success()
        .prints("PASSED=on\n");
    run(&["-e", "NOT_THERE", "--", "env"]).exits(1).says("NOT_THERE");
}

#[test]
fn standard_input_is_ours() {
    let env = TestEnv::new();
    env.wasmpod(["run", scripted().to_str().unwrap(), "--", "stdin"])
        .stdin("from\nhere")
        .run()
        .success()
        .prints("from\nhere");
}

#[test]
fn directories_are_mounted() {
    let env = TestEnv::new();
    env.write("data/file", "content\n");
    let module = scripted();
    let run = |volume: &str, steps: &str| {
        env.run(["run", "-v", volume, module.to_str().unwrap(), "--", steps])
    };
    run("data:/d", "cat /d/file; append /d/new line; cat /d/new")
        .success()
        .prints("content\nline\n");
    run("data:/d:ro", "ls /d; append /d/new line").exits(1).prints("file\nnew\n");
    run("data:/d", "cat /d/../file").exits(1);
    run("data:/d", "cat /etc/passwd").exits(1);
    run("nothing:/d", "ls /d").exits(1).says("nothing");
    run("data", "ls /d").exits(1).says("HOST:GUEST");
    run("./data:/d:foo", "ls /d").exits(1).says("unknown option \"foo\"");
}

#[test]
fn a_trap_is_told_with_its_backtrace() {
    run(&["--", "panic at the disco"]).exits(134).says("at the disco").says("<wasm function");
}

#[test]
fn a_component_runs_the_same_way() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip2", "scripted");
    env.run(["run", module.to_str().unwrap(), "--", "write hello; exit 42"])
        .exits(42)
        .prints("hello\n");
}

#[test]
fn the_log_is_kept_in_cri_format_until_the_next_run() {
    let env = TestEnv::new();
    let module = scripted();
    for text in ["first", "second"] {
        let write = format!("write {text}");
        env.run(["run", "--name", "me", module.to_str().unwrap(), "--", &write]).success();
        let log = env.log("me", "me", 0);
        assert!(log.ends_with(&format!("Z stdout F {text}\n")), "{log}");
    }
    let logs = std::fs::read_dir(env.data_dir().join("logs/pods")).unwrap().count();
    assert_eq!(logs, 1, "the logs of the run before are gone");
    let pods = std::fs::read_dir(env.data_dir().join("pods")).unwrap().count();
    assert_eq!(pods, 0, "nothing else is left");
}
