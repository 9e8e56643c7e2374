//! Environments, from documents to variables.

use std::io;
use std::sync::LazyLock;

use super::variables::BYTES_MAX;
use super::{Allocatable, PodFacts, Sources, Variables, environment};
use crate::spec::parse::{Identity, parse};
use crate::spec::{FileKeyRef, Objects, Pod};

/// What the pods of the tests can refer to.
const DOCUMENTS: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: map},
 data: {A: map a, B: map b, k.ey: map k, EMPTY: ''}, binaryData: {BINARY: YQ==}}
---
{apiVersion: v1, kind: Secret, metadata: {name: secret},
 data: {A: c2VjcmV0IGE=}, stringData: {C: secret c}}
---
{apiVersion: v1, kind: Secret, metadata: {name: bytes}, data: {A: /w==}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: large}, data: {A: LARGE}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: elsewhere, namespace: other}, data: {A: a}}
";

static OBJECTS: LazyLock<Objects> = LazyLock::new(|| {
    let mut objects = Objects::default();
    let documents = parse(DOCUMENTS.replace("LARGE", &"x".repeat(500_000)).as_bytes());
    documents.iter().for_each(|document| objects.insert(document.referent().unwrap()));
    objects
});

/// Returns a pod with an init container `init` and a container `a` of these fields, written in
/// YAML's flow style.
fn pod(container: &str) -> Pod {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, labels: {{app: b}}}}\nspec:\n  \
         serviceAccountName: special\n  \
         initContainers: [{{name: init, image: a, resources: {{limits: {{memory: 1Gi}}}}}}]\n  \
         containers: [{{name: a, image: a, {container}}}]\n  \
         volumes: [{{name: data, emptyDir: {{}}}}]\n"
    );
    let identity = Identity { uid: "u".to_owned(), name_suffix: String::new() };
    let documents = parse(manifest.as_bytes());
    documents[0].pod(&identity).unwrap_or_else(|| panic!("{:?}", documents[0].findings))
}

/// The files of the volume of the tests.
fn read_file(file: &FileKeyRef) -> io::Result<Option<String>> {
    assert_eq!(file.volume, "data");
    match file.path.as_str() {
        "env" => Ok(Some("KEY='from file'\nEMPTY=''\n".to_owned())),
        "broken" => Ok(Some("KEY".to_owned())),
        "none" => Ok(None),
        path => Err(io::Error::other(path)),
    }
}

fn made(container: &str) -> Result<Variables, String> {
    let pod = pod(container);
    let facts = PodFacts {
        node_name: "node".to_owned(),
        host_ips: ["192.0.2.1", "fd00::f"].map(|ip| ip.parse().unwrap()).into(),
        pod_ips: ["10.0.0.1", "fd00::1"].map(|ip| ip.parse().unwrap()).into(),
        allocatable: Allocatable {
            cpu: 4.into(),
            memory: (1 << 30).into(),
            ephemeral_storage: 7.into(),
        },
    };
    let sources = Sources { pod: &pod, facts: &facts, objects: &OBJECTS, read_file: &read_file };
    environment(&pod.spec.containers[0], &sources).map_err(|error| error.to_string())
}

/// Checks the variables of a container with these fields, in their order.
#[track_caller]
fn check(container: &str, expected: &[(&str, &str)]) {
    let variables = made(container);
    assert_eq!(variables.as_ref().map(|v| v.iter().collect::<Vec<_>>()), Ok(expected.to_vec()));
}

/// Checks why a container with these fields has no environment.
#[track_caller]
fn check_error(container: &str, expected: &str) {
    assert_eq!(made(container).map(|_| ()), Err(expected.to_owned()));
}

/// Returns `env` with variables `NAME` from these sources.
fn env(sources: &[(&str, &str)]) -> String {
    let variables = sources.iter().map(|(n, from)| format!("{{name: {n}, valueFrom: {{{from}}}}}"));
    format!("env: [{}]", variables.collect::<Vec<_>>().join(", "))
}

#[test]
fn what_was_defined_before_can_be_referred_to() {
    check(
        "env: [{name: A, value: $(B)}, {name: B, value: b}, {name: C, value: $(B)$(A)}]",
        &[("A", "$(B)"), ("B", "b"), ("C", "b$(B)")],
    );
}

#[test]
fn the_later_of_two_wins() {
    check(
        "env: [{name: A, value: '1'}, {name: B}, {name: A, value: $(A)2}]",
        &[("A", "12"), ("B", "")],
    );
    check(
        "envFrom: [{configMapRef: {name: map}}, {secretRef: {name: secret}}], \
         env: [{name: B, value: '$(B), $(C)'}]",
        &[
            ("A", "secret a"),
            ("B", "map b, secret c"),
            ("EMPTY", ""),
            ("k.ey", "map k"),
            ("C", "secret c"),
        ],
    );
    check(
        "envFrom: [{secretRef: {name: secret}}, {configMapRef: {name: map}}]",
        &[("A", "map a"), ("C", "secret c"), ("B", "map b"), ("EMPTY", ""), ("k.ey", "map k")],
    );
}

#[test]
fn a_prefix_is_put_before_every_key() {
    check(
        "envFrom: [{prefix: 1_, secretRef: {name: secret}}], env: [{name: X, value: $(1_A)}]",
        &[("1_A", "secret a"), ("1_C", "secret c"), ("X", "secret a")],
    );
}

#[test]
fn keys() {
    check(
        &env(&[
            ("X", "configMapKeyRef: {name: map, key: k.ey}"),
            ("S", "secretKeyRef: {name: secret, key: C}"),
            ("F", "fileKeyRef: {volumeName: data, path: env, key: KEY}"),
            ("E", "configMapKeyRef: {name: map, key: EMPTY}"),
        ]),
        &[("X", "map k"), ("S", "secret c"), ("F", "from file"), ("E", "")],
    );
}

#[test]
fn what_is_missing() {
    for (source, error) in [
        ("configMapKeyRef: {name: gone, key: A}", "configmap \"gone\" not found"),
        ("configMapKeyRef: {name: elsewhere, key: A}", "configmap \"elsewhere\" not found"),
        (
            "configMapKeyRef: {name: map, key: gone}",
            "couldn't find key gone in ConfigMap default/map",
        ),
        (
            "configMapKeyRef: {name: map, key: BINARY}",
            "couldn't find key BINARY in ConfigMap default/map",
        ),
        ("secretKeyRef: {name: gone, key: A}", "secret \"gone\" not found"),
        ("secretKeyRef: {name: map, key: A}", "secret \"map\" not found"),
        (
            "secretKeyRef: {name: secret, key: gone}",
            "couldn't find key gone in Secret default/secret",
        ),
        (
            "fileKeyRef: {volumeName: data, path: none, key: KEY}",
            "couldn't parse env file: cannot read \"none\" of volume \"data\": there is no such file",
        ),
        (
            "fileKeyRef: {volumeName: data, path: env, key: GONE}",
            "environment variable key \"GONE\" not found in file \"env\"",
        ),
        (
            "fileKeyRef: {volumeName: data, path: env, key: EMPTY}",
            "environment variable key \"EMPTY\" not found in file \"env\"",
        ),
    ] {
        check_error(&env(&[("X", source)]), error);
        let optional = source.replace('}', ", optional: true}");
        check(&env(&[("X", &optional)]), &[]);
    }
    for (source, error) in [
        ("configMapRef: {name: gone}", "configmap \"gone\" not found"),
        ("secretRef: {name: gone}", "secret \"gone\" not found"),
    ] {
        check_error(&format!("envFrom: [{{{source}}}]"), error);
        let optional = source.replace('}', ", optional: true}");
        check(&format!("envFrom: [{{{optional}}}]"), &[]);
    }
}

#[test]
fn what_was_defined_stays_if_what_is_optional_is_missing() {
    check(
        "env: [{name: A, value: a}, \
         {name: A, valueFrom: {secretKeyRef: {name: gone, key: A, optional: true}}}]",
        &[("A", "a")],
    );
}

#[test]
fn what_cannot_be_a_variable() {
    let bytes = "the value of key A in Secret default/bytes is not UTF-8 text, as a variable has \
                 to be";
    check_error(&env(&[("X", "secretKeyRef: {name: bytes, key: A, optional: true}")]), bytes);
    check_error("envFrom: [{secretRef: {name: bytes}}]", bytes);
    check_error(
        "env: [{name: A, value: \"a\\0b\"}]",
        "variable \"A\": its value has a NUL character in it",
    );
    check_error(
        &env(&[("X", "fileKeyRef: {volumeName: data, path: broken, key: KEY, optional: true}")]),
        "couldn't parse env file: \"broken\" of volume \"data\": invalid environment variable format \
         at line 1: missing '='",
    );
    check_error(
        &env(&[("X", "fileKeyRef: {volumeName: data, path: unreadable, key: KEY}")]),
        "couldn't parse env file: cannot read \"unreadable\" of volume \"data\": unreadable",
    );
}

#[test]
fn what_grows_without_end_is_refused() {
    let doubled = (1..50).map(|n| format!("{{name: V{n}, value: $(V{})$(V{0})}}", n - 1));
    let doubled: Vec<_> = doubled.collect();
    let error = "the environment is larger than 2 MiB";
    check_error(&format!("env: [{{name: V0, value: ab}}, {}]", doubled.join(", ")), error);
    // Each half a megabyte.
    let large = |n: usize| format!("{{prefix: P{n}, configMapRef: {{name: large}}}}");
    let many =
        |count| format!("envFrom: [{}]", (0..count).map(large).collect::<Vec<_>>().join(","));
    assert_eq!(made(&many(4)).map(|variables| variables.iter().count()), Ok(4));
    check_error(&many(5), error);

    let variables = made("env: [{name: A, value: 0123456789abcdef}]").unwrap();
    let words = |count: usize| variables.expand_words(&vec!["$(A)".to_owned(); count]);
    assert_eq!(words(BYTES_MAX / 17).unwrap().len(), BYTES_MAX / 17);
    let error = words(BYTES_MAX / 17 + 1).unwrap_err().to_string();
    assert_eq!(error, "the command line is larger than 2 MiB");
}

#[test]
fn fields() {
    let field = |path: &str| format!("fieldRef: {{fieldPath: \"{path}\"}}");
    let expected = [
        ("metadata.name", "web"),
        ("metadata.namespace", "default"),
        ("metadata.uid", "u"),
        ("metadata.labels['app']", "b"),
        ("metadata.annotations['none']", ""),
        ("spec.nodeName", "node"),
        ("spec.serviceAccountName", "special"),
        ("status.hostIP", "192.0.2.1"),
        ("status.hostIPs", "192.0.2.1,fd00::f"),
        ("status.podIP", "10.0.0.1"),
        ("status.podIPs", "10.0.0.1,fd00::1"),
    ];
    for (path, value) in expected {
        check(&env(&[("X", &field(path))]), &[("X", value)]);
    }
}

#[test]
fn resources() {
    let limits =
        "resources: {limits: {cpu: 1500m, memory: '0'}, requests: {ephemeral-storage: 2500M}}";
    for (reference, value) in [
        ("resource: limits.cpu", "2"),
        ("resource: limits.cpu, divisor: '0'", "2"),
        ("resource: limits.cpu, divisor: '1'", "2"),
        ("resource: limits.cpu, divisor: 1m", "1500"),
        // What is not requested is as much as the limit.
        ("resource: requests.cpu, divisor: 1m", "1500"),
        ("resource: requests.memory", "0"),
        // What has no limit, or one of zero, may use all that the node gives.
        ("resource: limits.memory, divisor: 1Mi", "1024"),
        ("resource: limits.memory, divisor: 1M", "1074"),
        ("resource: limits.ephemeral-storage", "7"),
        ("resource: requests.ephemeral-storage, divisor: 1G", "3"),
        ("resource: limits.hugepages-2Mi", "0"),
        ("resource: requests.hugepages-2Mi, divisor: 1Mi", "0"),
        ("containerName: a, resource: limits.cpu", "2"),
        ("containerName: init, resource: limits.memory, divisor: 1Gi", "1"),
        ("containerName: init, resource: limits.cpu", "4"),
    ] {
        let variable = env(&[("X", &format!("resourceFieldRef: {{{reference}}}"))]);
        check(&format!("{variable}, {limits}"), &[("X", value)]);
    }
    check_error(
        &env(&[("X", "resourceFieldRef: {containerName: gone, resource: limits.cpu}")]),
        "container gone not found",
    );
}

#[test]
fn the_document_is_over_the_image() {
    let owned = |variables: &[(&str, &str)]| -> Vec<(String, String)> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let image = owned(&[("PATH", "/bin"), ("A", "image")]);
    let document = made("env: [{name: A, value: document}, {name: B, value: $(PATH)}]").unwrap();
    assert_eq!(
        document.over(image),
        owned(&[("PATH", "/bin"), ("A", "document"), ("B", "$(PATH)")])
    );
    assert_eq!(
        document.expand_words(&["$(A)".to_owned(), "$(PATH)".to_owned()]).unwrap(),
        ["document", "$(PATH)"]
    );
}
