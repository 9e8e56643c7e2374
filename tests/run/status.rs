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
fn a_bare_program_has_its_output_for_itself() {
    let env = TestEnv::new();
    let module = super::scripted();
    let module = module.to_str().unwrap();
    env.run(["run", "--status", "json", module]).exits(1).says("--status: only for manifests");
}
