//! Volumes that outlive their pods.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::harness::TestEnv;

/// Returns the rest of a spec: one container with a claim at `/data`.
fn claiming(args: &str) -> String {
    format!(
        "  restartPolicy: Never\n  \
         volumes: [{{name: data, persistentVolumeClaim: {{claimName: orders}}}}]\n  \
         containers:\n    - name: a\n      SCRIPTED\n      args: [{args:?}]\n      \
         volumeMounts: [{{name: data, mountPath: /data}}]\n"
    )
}

fn claim(mode: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: orders}}\n\
         spec: {{accessModes: [{mode}], resources: {{requests: {{storage: 1Gi}}}}}}\n"
    )
}

#[test]
fn what_a_claim_holds_is_there_for_the_next_pod() {
    let env = TestEnv::with_scripted();
    let writer = env.manifest(&claiming("append /data/file one"));
    env.run(["run", &writer]).success();
    let document = env.write("claim.yaml", claim("ReadWriteOnce"));
    let document = document.to_str().unwrap();
    let reader = env.manifest(&claiming("append /data/file two; cat /data/file"));
    let output = env.run(["run", "-f", &reader, "-f", document]).success();
    assert!(output.stdout.contains("a | one\na | two\n"), "{output}");
    let file = env.data_dir().join("claims/default/orders/data/file");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "one\ntwo\n");

    env.write("claim.yaml", claim("ReadOnlyMany"));
    let output = env.run(["run", "-f", &reader, "-f", document]).exits(1);
    assert!(output.stderr.contains("not permitted"), "{output}");
}

#[test]
fn a_claim_of_one_pod_is_not_another_processes() {
    let env = TestEnv::with_scripted();
    let document = env.write("claim.yaml", claim("ReadWriteOncePod"));
    let document = document.to_str().unwrap();
    let manifest = env.manifest(&claiming("write up; wait-file /data/end"));
    let start = || {
        let mut command = env.wasmpod(["run", "-f", &manifest, "-f", document]).into_command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut first = start();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "a | up");
    let mut second = start();
    let mut told = BufReader::new(second.stderr.take().unwrap()).lines().map_while(Result::ok);
    let expected = "MountVolume.SetUp failed for volume \"data\" : volume uses the \
                    ReadWriteOncePod access mode and is already in use by another pod";
    assert!(told.any(|line| line.contains(expected)));
    std::fs::write(env.data_dir().join("claims/default/orders/data/end"), "").unwrap();
    assert!(first.wait().unwrap().success());
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn the_files_of_an_image_are_a_volume() {
    let env = TestEnv::with_scripted();
    let spec = |reference: &str, steps: &str| {
        format!(
            "  restartPolicy: Never\n  \
             volumes: [{{name: image, image: {{reference: {reference:?}, pullPolicy: Never}}}}]\n  \
             containers:\n    - name: a\n      SCRIPTED\n      args: [{steps:?}]\n      \
             volumeMounts: [{{name: image, mountPath: /image}}]\n"
        )
    };
    let manifest = env.manifest(&spec("localhost/test/scripted:1", "ls /image; put /image/a b"));
    let output = env.run(["run", "--verbose", &manifest]).exits(1);
    assert!(output.stdout.contains("a | scripted.wasm\n"), "{output}");
    assert!(output.stderr.contains("not permitted"), "{output}");

    let manifest = env.manifest(&spec("localhost/test/none:1", "ls /image"));
    let mut command = env.wasmpod(["run", &manifest]).into_command();
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    let expected = "\"localhost/test/none:1\" is not present with pull policy of Never";
    assert!(told.any(|line| line.contains(expected)));
    process.kill().unwrap();
    process.wait().unwrap();
}
