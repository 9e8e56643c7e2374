//! What signals do.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::harness::{TestEnv, guest};

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
    let volumes = "volumes: [{name: data, emptyDir: {}}, {name: fast, emptyDir: {medium: Memory}}]";
    let spec = SPIN.replace("containers:", &format!("{volumes}\n  containers:"));
    let (mut child, _stdout) = start(&env, &spec);
    let pods = || std::fs::read_dir(env.data_dir().join("pods")).unwrap().count();
    assert_eq!(pods(), 1);
    let pod = std::fs::read_dir(env.data_dir().join("pods")).unwrap().next().unwrap().unwrap();
    // Only on Linux it has a place in memory.
    let memory = std::fs::read_link(pod.path().join("memory")).ok();
    assert!(memory.iter().all(|place| place.join("fast").is_dir()), "{memory:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(pods(), 1, "a process that is killed leaves its pod's directory");

    let manifest =
        env.manifest("  restartPolicy: Never\n  containers:\n    - name: a\n      SCRIPTED\n");
    env.run(["run", &manifest]).success();
    assert_eq!(pods(), 0, "the next one removes it");
    assert!(memory.iter().all(|place| !place.exists()), "{memory:?}");
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

/// Starts a pod of a guest that hears of the request, with this grace, and asks it to end.
fn stop_told(env: &TestEnv, grace_seconds: u32, steps: &str) -> (Option<i32>, String, String) {
    env.import(&guest("wasm32-wasip2", "scripted-stop"), "localhost/test/scripted:1");
    let spec = SPIN.replace("write up; spin", steps).replace("600", &grace_seconds.to_string());
    let (child, mut stdout) = start(env, &spec);
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    (output.status.code(), rest, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_guest_that_is_told_ends_as_it_likes() {
    for (last, code, phase) in [("", 0, "Succeeded"), ("on-stop exit 7;", 1, "Failed")] {
        let steps =
            format!("on-stop grace-within 600000; on-stop write down; {last} write up; forever");
        let (found, stdout, stderr) = stop_told(&TestEnv::new(), 600, &steps);
        assert_eq!(stdout, "a | down\n", "{stderr}");
        assert!(stderr.contains(&format!("pod test: {phase}")), "{stderr}");
        assert_eq!(found, Some(code), "{stderr}");
    }
}

#[test]
fn a_guest_that_does_not_end_is_killed_when_its_grace_is_over() {
    for steps in ["write up; forever", "write up; spin"] {
        let (code, stdout, stderr) = stop_told(&TestEnv::new(), 2, steps);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.contains("137"), "{stderr}");
    }
}

#[test]
fn a_bare_program_that_is_told_exits_as_it_likes() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "scripted-stop");
    let arguments = ["run", module.to_str().unwrap(), "--", "on-stop exit 7;write up;forever"];
    let mut child = env.wasmpod(arguments).into_command().stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(7));
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
