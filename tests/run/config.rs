//! A Pod with ConfigMaps and Secrets beside it, in one file and in several.

use crate::harness::{Output, TestEnv};

/// A container that prints its variables, and what they come from.
const CONTAINERS: &str = "  restartPolicy: Never
  activeDeadlineSeconds: 60
  containers:
    - name: a
      SCRIPTED
      args: [\"env; write $(COLOUR) and $(PASSWORD)\"]
      envFrom: [{configMapRef: {name: settings}}, {prefix: DB_, secretRef: {name: database}}]
      env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: database, key: password}}}
        - {name: COLOUR, value: dark $(COLOUR)}
        - {name: NONE, valueFrom: {configMapKeyRef: {name: none, key: none, optional: true}}}
";

const SETTINGS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n\
                        data: {COLOUR: blue, SIZE: '7'}\n";
const DATABASE: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: database}\n\
                        data: {password: aHVudGVyMg==}\nstringData: {user: me}\n";

/// Checks what the container of [`CONTAINERS`] has printed.
#[track_caller]
fn check(output: Output) {
    let output = output.success();
    for line in
        ["COLOUR=dark blue", "SIZE=7", "DB_password=hunter2", "DB_user=me", "PASSWORD=hunter2"]
    {
        assert!(output.stdout.contains(&format!("a | {line}\n")), "{line}: {output}");
    }
    assert!(output.stdout.contains("a | dark blue and hunter2\n"), "{output}");
    assert!(!output.stdout.contains("NONE="), "{output}");
    assert!(!output.stderr.contains("hunter2"), "a secret is told: {output}");
}

fn with_documents() -> TestEnv {
    let env = TestEnv::with_scripted();
    env.manifest(CONTAINERS);
    env.write("settings.yaml", SETTINGS);
    env.write("database.yaml", DATABASE);
    env
}

#[test]
fn documents_of_one_file() {
    let env = with_documents();
    let pod = std::fs::read_to_string(env.work().join("pod.yaml")).unwrap();
    let all = format!("{SETTINGS}---\n{pod}---\n{DATABASE}");
    check(env.wasmpod(["run", "-"]).stdin(all).run());
}

#[test]
fn several_files() {
    let env = with_documents();
    check(env.run([
        "--verbose",
        "--verbose",
        "run",
        "pod.yaml",
        "settings.yaml",
        "-f",
        "database.yaml",
    ]));
    check(env.run(["run", "-f", "."]));
    let settings = env.wasmpod(["run", "--filename", "pod.yaml", "-f", "-", "-f", "database.yaml"]);
    check(settings.stdin(SETTINGS).run());
}

#[test]
fn one_pod_of_several() {
    let env = with_documents();
    let pod = std::fs::read_to_string(env.work().join("pod.yaml")).unwrap();
    env.write("other.yaml", pod.replace("name: test", "name: other"));
    env.run(["run", "."]).exits(1).says("there are 2 Pods: other, test; choose the one to run");
    check(env.run(["run", ".", "--pod", "other"]).says("pod other: Succeeded"));
}

#[test]
fn what_is_missing_is_waited_for() {
    let env = with_documents();
    env.manifest(&CONTAINERS.replace("activeDeadlineSeconds: 60", "activeDeadlineSeconds: 1"));
    let check = |settings: &str, database: &str, says: &str| {
        env.write("settings.yaml", settings);
        env.write("database.yaml", database);
        env.run(["run", "."]).exits(1).says(&format!("a: Failed: Error: {says}\n"));
    };
    let other = SETTINGS.replace("name: settings", "name: other");
    check(&other, DATABASE, "configmap \"settings\" not found");
    let other = DATABASE.replace("name: database", "name: other");
    check(SETTINGS, &other, "secret \"database\" not found");
    let other = DATABASE.replace("password: ", "pin: ");
    check(SETTINGS, &other, "couldn't find key password in Secret default/database");
    let bytes = DATABASE.replace("aHVudGVyMg==", "/w==");
    check(
        SETTINGS,
        &bytes,
        "the value of key password in Secret default/database is not UTF-8 text, as a variable has \
         to be",
    );
}

#[test]
fn a_file_that_the_init_container_wrote() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  volumes: [{name: data, emptyDir: {}}]
  initContainers:
    - name: setup
      SCRIPTED
      args: ["append /d/env # settings; append /d/env TOKEN='abc 123'"]
      volumeMounts: [{name: data, mountPath: /d}]
  containers:
    - name: a
      SCRIPTED
      args: ["env"]
      env:
        - name: KEY
          valueFrom: {fileKeyRef: {volumeName: data, path: env, key: TOKEN}}
        - name: NONE
          valueFrom: {fileKeyRef: {volumeName: data, path: none, key: TOKEN, optional: true}}
"#,
    );
    let output = env.run(["run", &manifest]).success();
    assert!(output.stdout.contains("a     | KEY=abc 123\n"), "{output}");
    assert!(!output.stdout.contains("NONE="), "{output}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let env = with_documents();
    let run = |document: &str, says: &str| {
        env.write("settings.yaml", document);
        env.run(["run", "pod.yaml", "settings.yaml", "database.yaml"]).exits(1).says(says)
    };
    run(
        &DATABASE.replace("database", "settings").replace("aHVudGVyMg==", "hunter2"),
        "settings.yaml:4:8: error: data[password]: Invalid value: \"(hidden)\": must be base64 text",
    );
    run(
        &SETTINGS.replace("{name: settings}", "{name: settings, namespace: other}"),
        "settings.yaml:1: ConfigMap \"settings\" is in namespace \"other\", where Pod \"test\" in \
         namespace \"default\" cannot refer to it",
    );
    run(
        &format!("{SETTINGS}---\n{SETTINGS}"),
        "settings.yaml:5: ConfigMap \"settings\" is already at settings.yaml:1",
    );
    run(DATABASE, "database.yaml:1: Secret \"database\" is already at settings.yaml:1");
    run(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n",
        "settings.yaml:2:1: error: a Service of v1 cannot be run yet",
    );
    run(&SETTINGS.replace("SIZE: '7'", "SIZE: 7"), "data[SIZE]: Invalid value: 7");
    env.run(["run", "settings.yaml"]).exits(1).says("cannot be run");
    env.run(["run", "database.yaml"]).exits(1).says("there is no Pod in database.yaml");
    env.run(["run", "-", "-f", "-"]).exits(1).says("standard input can be read once");
}

#[test]
fn a_config_map_is_as_large_as_it_may_be() {
    let env = with_documents();
    let sized = |bytes: usize| SETTINGS.replace("'7'", &"x".repeat(bytes));
    env.write("settings.yaml", sized((1 << 20) - "blue".len()));
    let output = env.run(["run", "."]).success();
    assert!(output.stdout.len() > 1 << 20, "it is all there");
    env.write("settings.yaml", sized((1 << 20) - "blue".len() + 1));
    env.run(["run", "."]).exits(1).says("Too long: may not be more than 1048576 bytes");
}
