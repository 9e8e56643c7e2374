//! What signals do.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::harness::TestEnv;

const SPIN: &str = r#"  terminationGracePeriodSeconds: 600
  containers:
    - name: a
      SCRIPTED
      args: ["write up; spin"]
"#;

/// Starts a pod and waits until its container writes.
fn start(env: &TestEnv, spec: &str) -> (Child, BufReader<ChildStdout>) {
    let manifest = env.manifest(spec);
    let mut command: Command = env.wasmpod(["run", &manifest]).into_command();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "a | up\n");
    (child, stdout)
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

#[test]
fn the_first_terminates_and_the_pod_has_failed() {
    let env = TestEnv::with_scripted();
    for name in ["-INT", "-TERM", "-HUP"] {
        let (child, _stdout) = start(&env, SPIN);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("stopping"), "{stderr}");
        assert!(stderr.contains("pod test: Failed"), "{stderr}");
        assert!(stderr.contains("143"), "{stderr}");
    }
}

#[test]
fn nothing_is_left_after_a_kill_but_the_logs() {
    let env = TestEnv::with_scripted();
    let spec = SPIN.replace("containers:", "volumes: [{name: data, emptyDir: {}}]\n  containers:");
    let (mut child, _stdout) = start(&env, &spec);
    let pods = || std::fs::read_dir(env.data_dir().join("pods")).unwrap().count();
    assert_eq!(pods(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(pods(), 1, "a process that is killed leaves its pod's directory");

    let manifest =
        env.manifest("  restartPolicy: Never\n  containers:\n    - name: a\n      SCRIPTED\n");
    env.run(["run", &manifest]).success();
    assert_eq!(pods(), 0, "the next one removes it");
}

#[test]
fn a_bare_program_that_is_interrupted_exits_as_under_a_shell() {
    let env = TestEnv::new();
    let module = super::scripted();
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let mut command =
            env.wasmpod(["run", module.to_str().unwrap(), "--", "write up; spin"]).into_command();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_not_taken_is_told() {
    let env = TestEnv::new();
    let module = super::scripted();
    let mut command =
        env.wasmpod(["run", module.to_str().unwrap(), "--", "lines 10"]).into_command();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write the output: No space left"), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_ends_the_pod() {
    let env = TestEnv::with_scripted();
    let (child, stdout) = start(&env, &SPIN.replace("write up", "write up; lines 100000"));
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
