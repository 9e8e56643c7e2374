//! The last words of containers.

use crate::harness::{TestEnv, guest};

/// Runs one container and checks what is told of its end.
fn check(env: &TestEnv, container: &str, expected: &str) {
    let manifest = env.manifest(&format!(
        "  restartPolicy: Never
  volumes: [{{name: data, emptyDir: {{}}}}]
  containers:
    - name: a
      SCRIPTED
{container}"
    ));
    let output = env.run(["run", &manifest]).exits(1);
    let told = output.stderr.lines().find_map(|line| line.strip_prefix("wasmpod: a: exited with "));
    assert_eq!(told, Some(expected), "{output}");
}

#[test]
fn a_file_or_the_log() {
    let env = TestEnv::with_scripted();
    let check = |container: &str, expected: &str| check(&env, container, expected);
    check(
        r#"      args: ["write up; append /dev/termination-log no more tea; exit 3"]"#,
        "3 (Error): no more tea",
    );
    check(
        r#"      args: ["append /dev/termination-log no more tea; trap"]"#,
        "134 (Error): no more tea",
    );
    check(
        r#"      args: ["write up; exit 3"]
      terminationMessagePolicy: FallbackToLogsOnError"#,
        "3 (Error): up",
    );
    check(
        r#"      args: ["append /data/why no more tea; exit 3"]
      terminationMessagePath: /data/why
      volumeMounts: [{name: data, mountPath: /data}]"#,
        "3 (Error): no more tea",
    );
    check(r#"      args: ["write up; exit 3"]"#, "3 (Error)");
    let pods = std::fs::read_dir(env.data_dir().join("pods")).unwrap();
    assert_eq!(pods.count(), 0, "nothing of them is left");
}

#[test]
fn of_a_component() {
    let env = TestEnv::new();
    env.import(&guest("wasm32-wasip2", "scripted"), "localhost/test/scripted:1");
    check(
        &env,
        r#"      args: ["append /dev/termination-log no more tea; exit 3"]"#,
        "3 (Error): no more tea",
    );
}
