//! `wasmpod logs`, as a user runs it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::harness::TestEnv;

#[test]
fn of_a_pod_that_has_ended() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  initContainers:
    - name: setup
      SCRIPTED
      args: ["write made"]
  containers:
    - name: web
      SCRIPTED
      args: ["lines 3; raw unfinished"]
    - name: api
      SCRIPTED
      args: ["stderr oops"]
"#,
    );
    env.run(["run", &manifest]).success();
    let logs = |arguments: &[&str]| env.run([&["logs", "test"], arguments].concat());

    let all = "line 1\nline 2\nline 3\nunfinished";
    let defaulted = logs(&[]).success().prints(all);
    assert_eq!(defaulted.stderr, "Defaulted container \"web\" out of: web, api, setup (init)\n");
    for (arguments, printed) in [
        (&["-c", "web"][..], all),
        (&["-c", "web", "-f"], all),
        (&["-c", "setup"], "made\n"),
        (&["-c", "api"], "oops\n"),
        (&["-c", "web", "--tail", "2"], "line 3\nunfinished"),
        (&["-c", "web", "--tail=-1"], all),
        (&["-c", "web", "--tail", "0"], ""),
        (&["-c", "web", "--limit-bytes", "9"], "line 1\nli"),
        (&["web"], all),
        (&["-c", "web", "--since", "1h"], all),
        (&["-c", "web", "--since", "0"], all),
        (&["-c", "web", "--since-time", "2999-01-01T00:00:00Z"], ""),
    ] {
        let output = logs(arguments).success().prints(printed);
        assert_eq!(output.stderr, "", "{arguments:?}");
    }
    let output = logs(&["-c", "api", "--timestamps"]).success();
    let (time, text) = output.stdout.split_once(' ').unwrap();
    assert_eq!((time.len(), text), ("2026-01-02T03:04:05.123456789Z".len(), "oops\n"), "{output}");

    logs(&["-c", "none"])
        .exits(1)
        .says("container \"none\" is not valid for pod \"test\"; there are: web, api, setup");
    logs(&["-c", "web", "--previous"])
        .exits(1)
        .says("previous terminated container \"web\" in pod \"test\" not found");
    env.run(["logs", "tset"])
        .exits(1)
        .says("there are no logs of a pod \"tset\" in namespace \"default\"; there are: test");
    env.run(["logs", "test", "-n", "other"]).exits(1).says("in namespace \"other\"\n");
}

#[test]
fn a_follower_ends_with_the_container() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  terminationGracePeriodSeconds: 600
  containers:
    - name: a
      SCRIPTED
      args: ["write up; spin"]
    - name: b
      SCRIPTED
      args: ["sleep 600000"]
"#,
    );
    let mut run: Command = env.wasmpod(["run", &manifest]).into_command();
    let mut run = run.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "a | up\n");

    let mut follow = env.wasmpod(["logs", "-f", "test", "-c", "a"]).into_command();
    let mut follow = follow.stdout(Stdio::piped()).spawn().unwrap();
    let mut followed = BufReader::new(follow.stdout.take().unwrap());
    let mut line = String::new();
    followed.read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");

    // Also when nobody could say that it is over.
    run.kill().unwrap();
    run.wait().unwrap();
    line.clear();
    followed.read_line(&mut line).unwrap();
    assert_eq!(line, "");
    assert!(follow.wait().unwrap().success());
}
