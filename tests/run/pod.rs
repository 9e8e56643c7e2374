//! A Pod from its manifest.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::harness::TestEnv;

#[test]
fn containers_run_in_order_and_are_summed_up() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  volumes:
    - name: data
      emptyDir: {}
  initContainers:
    - name: setup
      SCRIPTED
      args: ["append /d/file one"]
      volumeMounts: [{name: data, mountPath: /d}]
  containers:
    - name: a
      SCRIPTED
      args: ["append /d/file two; write done"]
      volumeMounts: [{name: data, mountPath: /d}]
    - name: reader
      SCRIPTED
      args: ["sleep 300; cat /d/file"]
      volumeMounts: [{name: data, mountPath: /d, readOnly: true}]
"#,
    );
    let output = env.run(["run", "--verbose", "--verbose", &manifest]).success();
    assert!(output.stdout.contains("a      | done\n"), "{output}");
    assert!(output.stdout.contains("reader | one\nreader | two\n"), "{output}");
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains('\x1b'), "no colour where there is no terminal: {output}");
    }
    let output = output.says("pod test: Succeeded");
    for line in ["setup", "a ", "reader"] {
        assert!(output.stderr.lines().any(|l| l.starts_with(line) && l.contains("Completed")));
    }
    assert!(env.log("test", "a", 0).ends_with(" stdout F done\n"));
}

#[test]
fn the_exit_code_is_the_phase() {
    let env = TestEnv::with_scripted();
    for (policy, steps, code, phase) in [
        ("Never", "exit 0", 0, "Succeeded"),
        ("Never", "exit 7", 1, "Failed"),
        ("Never", "trap", 1, "Failed"),
        ("OnFailure", "exit 0", 0, "Succeeded"),
    ] {
        let manifest = env.manifest(&format!(
            "  restartPolicy: {policy}\n  containers:\n    - name: a\n      SCRIPTED\n      \
             args: [{steps:?}]\n"
        ));
        env.run(["run", &manifest]).exits(code).says(&format!("pod test: {phase}"));
    }
}

#[test]
fn a_failure_is_tried_again() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        "  restartPolicy: OnFailure\n  containers:\n    - name: a\n      SCRIPTED\n      \
         args: [\"write up; exit 1\"]\n",
    );
    let mut command = env.wasmpod(["run", &manifest]).into_command();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.take(2).collect::<Result<Vec<_>, _>>().unwrap(), ["a | up", "a | up"]);
    let previous = env.run(["logs", "--previous", "test"]).success().prints("up\n");
    assert_eq!(previous.stderr, "");
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let is_end = |line: &String| line.contains("a: exited with 1 (Error)");
    assert!(told.any(|line| is_end(&line)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn command_args_and_variables() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  containers:
    - name: a
      SCRIPTED
      command: ["/bin/scripted", "args"]
      args: ["write $(GREETING) $(NONE) $$(GREETING) from $(POD)"]
      env:
        - {name: GREETING, value: hello}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
"#,
    );
    let output = env.run(["run", &manifest]).success();
    assert!(output.stdout.contains("a | [\"/bin/scripted\", \"args\", \"write hello"), "{output}");
    assert!(output.stdout.contains("a | hello $(NONE) $(GREETING) from test\n"), "{output}");
}

#[cfg(unix)]
#[test]
fn containers_may_hold_more_files_than_most_programs() {
    let env = TestEnv::with_scripted();
    let containers: String = (0..12)
        .map(|n| {
            format!("    - name: c{n}\n      SCRIPTED\n      args: [\"sleep 500; write done\"]\n")
        })
        .collect();
    let manifest = env.manifest(&format!("  restartPolicy: Never\n  containers:\n{containers}"));
    let output = env.shell(&format!("ulimit -S -n 40; wasmpod run {manifest}")).run().success();
    assert_eq!(output.stdout.matches("| done").count(), 12, "{output}");
}

#[test]
fn a_sidecar_runs_as_long_as_it_is_needed() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  initContainers:
    - name: side
      SCRIPTED
      restartPolicy: Always
      args: ["write up; sleep 600000"]
  containers:
    - name: a
      SCRIPTED
      args: ["sleep 200; write done"]
"#,
    );
    let output = env.run(["run", &manifest]).success();
    assert!(output.stdout.contains("side | up\n"), "{output}");
    assert!(output.stdout.contains("a    | done\n"), "{output}");
    assert!(output.stderr.lines().any(|line| line.starts_with("side") && line.contains("143")));
}

#[test]
fn several_processes_share_a_data_directory() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        "  restartPolicy: Never\n  containers:\n    - name: a\n      SCRIPTED\n      \
         args: [\"sleep 50; write done\"]\n",
    );
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| env.run(["run", &manifest]).success().says("a | done"));
        }
    });
}
