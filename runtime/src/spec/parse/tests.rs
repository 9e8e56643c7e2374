//! Whole manifests, judged.

mod random;

use super::{Identity, Parsed, parse};
use crate::spec::{
    ContainerKind, EmptyDirMedium, EnvValue, FieldRef, HostPathType, ImagePullPolicy, Pod,
    RestartPolicy, SubPath, VolumeSource,
};

fn identity() -> Identity {
    Identity { uid: "0-1-2".to_owned(), name_suffix: "bcdfg".to_owned() }
}

/// Every finding about a manifest, as `line:column: message`.
fn findings(documents: &[Parsed]) -> Vec<String> {
    documents
        .iter()
        .flat_map(|document| &document.findings)
        .map(|finding| format!("{}:{}: {}", finding.line, finding.column, finding.problem))
        .collect()
}

#[track_caller]
fn check(manifest: &str, expected: &[&str]) {
    assert_eq!(findings(&parse(manifest.as_bytes())), expected);
}

#[track_caller]
fn pod(manifest: &str) -> Pod {
    let documents = parse(manifest.as_bytes());
    let pod = documents[0].pod(&identity());
    pod.unwrap_or_else(|| panic!("it is a pod that can be run: {:#?}", findings(&documents)))
}

const SMALL: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: small}
spec:
  containers:
  - {name: a, image: example.com/a}
";

#[test]
fn a_small_pod_has_every_default() {
    let pod = pod(SMALL);
    assert_eq!((pod.metadata.name.as_str(), pod.metadata.namespace.as_str()), ("small", "default"));
    assert_eq!(pod.metadata.uid, "0-1-2");
    assert_eq!(pod.spec.restart_policy, RestartPolicy::Always);
    assert_eq!(pod.spec.termination_grace_seconds, 30);
    let container = &pod.spec.containers[0];
    assert_eq!(container.kind, ContainerKind::Regular);
    assert_eq!(container.image_pull_policy, ImagePullPolicy::Always);
    assert_eq!(container.termination_message_path, "/dev/termination-log");
    assert_eq!(container.resources.memory_limit_bytes(), None);
}

#[test]
fn what_stands_twice_hides_nothing() {
    check(
        "\
apiVersion: v1
kind: Pod
metadata: {name: small}
spec:
  restartPolicy: always
  containers:
  - name: a
    imge: x
    args: [.inf]
    resources: {limits: {cpu: 1, memory: 1, cpu: 2, cpu: -3}}
",
        &[
            "5:3: spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", \
             \"OnFailure\", \"Never\"",
            "7:5: spec.containers[0].image: Required value",
            "8:5: unknown field \"spec.containers[0].imge\"",
            "9:12: spec.containers[0].args[0]: Invalid value: \".inf\": must be a finite number",
            "10:5: spec.containers[0].resources.requests[cpu]: Invalid value: \"-3\": must be \
             greater than or equal to 0",
            "10:53: duplicate field \"spec.containers[0].resources.limits.cpu\"",
            "10:53: spec.containers[0].resources.limits[cpu]: Invalid value: \"-3\": must be greater \
             than or equal to 0",
        ],
    );
    let json = r#"{"apiVersion": "v1", "kind": "List", "items": [{}, {"kind": "Pod", "kind": 5}]}"#;
    let documents = parse(json.as_bytes());
    let told = findings(&documents[1..]);
    assert_eq!(told[1], "1:68: duplicate field \"items[1].kind\"");
    assert!(documents[0].findings.iter().all(|f| !f.problem.to_string().contains("duplicate")));
}

#[test]
fn a_large_pod_keeps_what_it_says() {
    let pod = pod("\
apiVersion: v1
kind: Pod
metadata:
  generateName: large-
  labels: {app: large}
  annotations: {wasmpod.dev/x: 'y'}
spec:
  restartPolicy: OnFailure
  terminationGracePeriodSeconds: 0
  activeDeadlineSeconds: 60
  hostname: here
  initContainers:
  - {name: first, image: 'example.com/a:1'}
  - {name: side, image: 'example.com/a:1', restartPolicy: Always}
  containers:
  - name: main
    image: example.com/a@sha256:0000000000000000000000000000000000000000000000000000000000000000
    command: [serve]
    args: [--port, '80']
    workingDir: /data
    env:
    - {name: A, value: $(B)}
    - {name: APP, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}
    ports: [{containerPort: 80, name: http}]
    resources: {limits: {memory: 1.5Mi, cpu: 250m}}
    volumeMounts:
    - {name: scratch, mountPath: /data, subPath: a, readOnly: true}
  volumes:
  - {name: scratch}
  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Ki}}
  - {name: host, hostPath: {path: /srv, type: Directory}}
");
    assert_eq!(pod.metadata.name, "large-bcdfg");
    assert_eq!(pod.metadata.labels["app"], "large");
    assert_eq!(pod.spec.termination_grace_seconds, 0);
    assert_eq!(pod.spec.active_deadline_seconds, Some(60));
    assert_eq!(pod.spec.hostname.as_deref(), Some("here"));
    let kinds: Vec<_> = pod.spec.all_containers().map(|container| container.kind).collect();
    assert_eq!(kinds, [ContainerKind::Init, ContainerKind::Sidecar, ContainerKind::Regular]);
    let main = &pod.spec.containers[0];
    assert_eq!(main.image_pull_policy, ImagePullPolicy::IfNotPresent);
    assert_eq!(main.args, ["--port", "80"]);
    assert_eq!(main.env[0].value, EnvValue::Literal("$(B)".to_owned()));
    assert_eq!(main.env[1].value, EnvValue::Field(FieldRef::Label("app".to_owned())));
    assert_eq!(main.resources.memory_limit_bytes(), Some(1_572_864));
    assert_eq!(main.resources.cpu_limit_millis(), Some(250));
    assert_eq!(main.volume_mounts[0].sub_path, Some(SubPath::Literal("a".to_owned())));
    let sources: Vec<_> = pod.spec.volumes.into_iter().map(|volume| volume.source).collect();
    assert_eq!(
        sources,
        [
            VolumeSource::EmptyDir { medium: EmptyDirMedium::Disk, size_limit: None },
            VolumeSource::EmptyDir {
                medium: EmptyDirMedium::Memory,
                size_limit: Some(1024.into())
            },
            VolumeSource::HostPath { path: "/srv".to_owned(), kind: HostPathType::Directory },
        ]
    );
}

#[test]
fn everything_is_told_at_once_with_its_line() {
    check(
        "\
apiVersion: v1
kind: Pod
metadata: {name: Wrong}
spec:
  restartpolicy: Never
  nodeSelector: {a: b}
  containers:
  - name: a
    image: example.com/a
    command: ls
    ports: [{containerPort: 0}, {containerPort: 70000}]
    volumeDevices: [{name: v, devicePath: /dev/v}]
",
        &[
            r#"3:12: metadata.name: Invalid value: "Wrong": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#,
            r#"5:3: unknown field "spec.restartpolicy""#,
            "6:3: spec.nodeSelector: has no effect: there is one node",
            r#"10:5: spec.containers[0].command: Invalid value: "ls": must be a list"#,
            "11:14: spec.containers[0].ports[0].containerPort: Required value",
            "11:34: spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "12:5: spec.containers[0].volumeDevices: not supported: WebAssembly has no block devices",
            "12:22: spec.containers[0].volumeDevices[0].name: Not found: \"v\"",
        ],
    );
}

#[test]
fn one_document_does_not_hide_another() {
    let manifest = format!("{SMALL}---\na: [\n---\n{SMALL}");
    let documents = parse(manifest.as_bytes());
    assert_eq!(documents.iter().map(Parsed::is_runnable).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(documents[2].line, 9);
}

#[test]
fn what_a_pod_refers_to_stands_beside_it() {
    check("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {A: b}\n", &[]);
    check("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {A: Yg==}\n", &[]);
    check(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  A: garbage!\n",
        &["5:3: data[A]: Invalid value: \"(hidden)\": must be base64 text"],
    );
}

#[test]
fn other_kinds_are_named() {
    check(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n",
        &["2:1: a Service of v1 cannot be run yet, but the hostPort of a Pod publishes a port"],
    );
    check(
        "apiVersion: example.com/v1\nkind: Thing\n",
        &["2:1: Thing of example.com/v1 is not known here; it was not checked and cannot be run"],
    );
    for (api_version, kind) in [
        ("extensions/v1beta1", "Deployment"),
        ("apps/v1beta1", "Deployment"),
        ("batch/v1beta1", "CronJob"),
        ("v2", "Pod"),
    ] {
        check(
            &format!("apiVersion: {api_version}\nkind: {kind}\nspec: 5\n"),
            &[&format!("2:1: no matches for kind \"{kind}\" in version \"{api_version}\"")],
        );
    }
    check(
        "apiVersion: v1/v1/v1\nkind: Pod\n",
        &["1:1: apiVersion: Invalid value: \"v1/v1/v1\": unexpected GroupVersion string: v1/v1/v1"],
    );
    check(
        "apiVersion: 1\nkind: [Pod]\n",
        &[
            "1:1: apiVersion: Invalid value: 1: must be a string (quote it)",
            "2:1: kind: Invalid value: [\"Pod\"]: must be a string",
        ],
    );
    check("apiVersion: v1\nkind: Podd\n", &[r#"2:1: no matches for kind "Podd" in version "v1""#]);
    check("apiVersion: v1\n", &["1:1: kind: Required value: it says what the document is"]);
    check("[a]", &["1:1: an object is a map with apiVersion and kind, and this is a list"]);
    check("a", &["1:1: an object is a map with apiVersion and kind, and this is text"]);
}

#[test]
fn generated_names() {
    assert_eq!(Identity::suffix(0), "bbbbb");
    assert_eq!(Identity::suffix(u64::MAX).len(), 5);
    let long = identity().generated_name(&"a".repeat(100));
    assert_eq!(long.len(), 63);
}
