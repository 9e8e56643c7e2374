//! What `--status` shows.

use crate::harness::TestEnv;

const THREE: &str = r#"  restartPolicy: Never
  initContainers:
    - name: setup
      SCRIPTED
      args: ["write ready"]
  containers:
    - name: a
      SCRIPTED
      args: ["sleep 100; write done"]
    - name: b
      SCRIPTED
      args: ["exit 3"]
"#;

#[test]
fn json_is_a_pod_in_a_line_and_leaves_standard_output_to_it() {
    let env = TestEnv::with_scripted();
    let output = env.run(["run", "--status", "json", &env.manifest(THREE)]).exits(1);
    let parse = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let pods: Vec<_> = output.stdout.lines().map(parse).collect();
    assert!(output.stderr.contains("a     | done\n"), "{output}");
    for pod in &pods {
        assert_eq!((&pod["kind"], &pod["metadata"]["name"]), (&"Pod".into(), &"test".into()));
    }
    let phases: Vec<_> = pods.iter().map(|pod| pod["status"]["phase"].as_str().unwrap()).collect();
    assert_eq!((phases[0], *phases.last().unwrap()), ("Pending", "Failed"), "{phases:?}");
    let last = pods.last().unwrap();
    let ended = &last["status"]["containerStatuses"][1]["state"]["terminated"];
    assert_eq!(ended["exitCode"], 3, "{last}");
    assert!(last["metadata"]["deletionTimestamp"].is_null(), "nobody asked for it: {last}");
}

#[test]
fn a_table_that_is_no_terminals_has_a_line_for_each_change() {
    let env = TestEnv::with_scripted();
    let output = env.run(["run", "--status=table", &env.manifest(THREE)]).exits(1);
    assert_eq!(output.stdout, "setup | ready\na     | done\n");
    let rows = output.stderr.lines().filter(|line| line.starts_with("test   "));
    let words: Vec<_> = rows.map(|row| row.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!((words[0], words[words.len() - 1]), ("Init:0/1", "Error"), "{output}");
    assert!(!output.stderr.contains('\x1b'), "{output}");
}

#[test]
fn a_pod_is_described_when_it_has_ended() {
    let env = TestEnv::with_scripted();
    let output = env.run(["run", "--describe", &env.manifest(THREE)]).exits(1);
    let begin = output.stderr.find("Name:             test\n").expect("there is a description");
    let end = output.stderr.find("pod test: Failed").expect("there is a summary");
    let text = &output.stderr[begin..end];
    for part in ["Status:           Failed\n", "Reason:       Error\n", "Exit Code:    3\n"] {
        assert!(text.contains(part), "{part:?}\n{output}");
    }
    let (_, events) = text.split_once("Events:\n").expect("there are events");
    let started = events.lines().filter(|line| line.contains(" Started ")).count();
    assert_eq!(started, 3, "one for each container\n{output}");
}

#[test]
fn a_bare_program_has_its_output_for_itself() {
    let env = TestEnv::new();
    let module = super::scripted();
    let module = module.to_str().unwrap();
    for options in [["--status", "json"].as_slice(), &["--describe"]] {
        let arguments = [&["run"], options, &[module]].concat();
        env.run(arguments).exits(1).says(&format!("{}: only for manifests", options[0]));
    }
}
