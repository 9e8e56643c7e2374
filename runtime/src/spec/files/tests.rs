//! Files of volumes, from documents to bytes.

use std::sync::LazyLock;

use super::{BYTES_MAX, Sources, quoted};
use crate::spec::environment::Allocatable;
use crate::spec::parse::{Identity, parse};
use crate::spec::{Objects, Pod, VolumeSource};

/// What the pods of the tests can refer to.
const DOCUMENTS: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {A: map a, B: ''},
 binaryData: {C: /w==}}
---
{apiVersion: v1, kind: Secret, metadata: {name: secret}, stringData: {A: secret a, S: secret s}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: large}, data: {A: LARGE}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: elsewhere, namespace: other}, data: {A: a}}
";

/// The size of the large one.
const LARGE: usize = 1 << 20;

static OBJECTS: LazyLock<Objects> = LazyLock::new(|| {
    let mut objects = Objects::default();
    let documents = parse(DOCUMENTS.replace("LARGE", &"x".repeat(LARGE)).as_bytes());
    documents.iter().for_each(|document| objects.insert(document.referent().unwrap()));
    objects
});

/// Returns a pod with a volume of this source, written in YAML's flow style.
fn pod(source: &str) -> Pod {
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\n\
         metadata: {{name: web, labels: {{app: b, a: ''}}, annotations: {{note: '1\"2'}}}}\n\
         spec:\n  \
         containers: [{{name: a, image: a, resources: {{requests: {{memory: 1Gi}}}}}}]\n  \
         volumes: [{{name: v, {source}}}]\n"
    );
    let identity = Identity { uid: "u".to_owned(), name_suffix: String::new() };
    let documents = parse(manifest.as_bytes());
    documents[0].pod(&identity).unwrap_or_else(|| panic!("{:?}", documents[0].findings))
}

/// Returns the files as `PATH MODE CONTENT`.
fn made(source: &str) -> Result<Vec<String>, String> {
    let pod = pod(source);
    let allocatable = Allocatable { cpu: 4.into(), ..Allocatable::default() };
    let sources = Sources { pod: &pod, objects: &OBJECTS, allocatable: &allocatable };
    let VolumeSource::Files(volume) = &pod.spec.volumes[0].source else { panic!("{source}") };
    let files = volume.files(&sources).map_err(|error| error.to_string())?;
    let told = files.iter().map(|(path, file)| {
        format!("{path} {:o} {}", file.mode, String::from_utf8_lossy(&file.data))
    });
    Ok(told.collect())
}

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(made(source), Ok(expected), "{source}");
}

#[track_caller]
fn check_error(source: &str, expected: &str) {
    assert_eq!(made(source), Err(expected.to_owned()), "{source}");
}

#[test]
fn keys_of_objects() {
    check("configMap: {name: map}", &["A 644 map a", "B 644 ", "C 644 \u{fffd}"]);
    check("secret: {secretName: secret, defaultMode: 0400}", &["A 400 secret a", "S 400 secret s"]);
    check(
        "configMap: {name: map, items: [{key: C, path: a/./b//c}, {key: A, path: d, mode: 0600}]}",
        &["a/b/c 644 \u{fffd}", "d 600 map a"],
    );
    check("configMap: {name: map, items: [{key: A, path: b}, {key: B, path: b}]}", &["b 644 "]);
}

#[test]
fn what_is_missing() {
    check_error("configMap: {name: none}", "configmap \"none\" not found");
    check_error("configMap: {name: elsewhere}", "configmap \"elsewhere\" not found");
    check_error("secret: {secretName: map}", "secret \"map\" not found");
    let items = "items: [{key: X, path: x}, {key: A, path: a}, {key: Z, path: z}]";
    let no_key = "configmap references non-existent config key: X";
    check_error(&format!("configMap: {{name: map, {items}}}"), no_key);
    let no_key = "references non-existent secret key: X";
    check_error(&format!("secret: {{secretName: secret, {items}}}"), no_key);
    check("configMap: {name: none, optional: true}", &[]);
    check(&format!("configMap: {{name: map, optional: true, {items}}}"), &["a 644 map a"]);
    check(&format!("secret: {{secretName: s, optional: true, {items}}}"), &[]);
}

#[test]
fn fields_of_the_pod() {
    let field = |path: &str| format!("{{path: f, fieldRef: {{fieldPath: {path}}}}}");
    let resource = |name: &str| {
        format!("{{path: f, resourceFieldRef: {{containerName: a, resource: {name}}}}}")
    };
    for (item, expected) in [
        (field("metadata.name"), "web"),
        (field("metadata.namespace"), "default"),
        (field("metadata.uid"), "u"),
        (field("\"metadata.labels['app']\""), "b"),
        (field("\"metadata.annotations['none']\""), ""),
        (field("metadata.labels"), "a=\"\"\napp=\"b\""),
        (field("metadata.annotations"), "note=\"1\\\"2\""),
        (resource("limits.cpu"), "4"),
        (resource("requests.memory"), "1073741824"),
    ] {
        check(&format!("downwardAPI: {{items: [{item}]}}"), &[&format!("f 644 {expected}")]);
    }
    let nobody = resource("limits.cpu").replace("containerName: a", "containerName: b");
    check_error(&format!("downwardAPI: {{items: [{nobody}]}}"), "container b not found");
}

#[test]
fn several_sources_in_one_volume() {
    check(
        "projected: {defaultMode: 0440, sources: [\
         {configMap: {name: map, items: [{key: A, path: a}]}}, {secret: {name: secret}}, \
         {downwardAPI: {items: [{path: m, mode: 0777, fieldRef: {fieldPath: metadata.name}}]}}, \
         {configMap: {name: none, optional: true}}]}",
        &["A 440 secret a", "S 440 secret s", "a 440 map a", "m 777 web"],
    );
    check(
        "projected: {sources: [{secret: {name: secret}}, {configMap: {name: map}}]}",
        &["A 644 map a", "B 644 ", "C 644 \u{fffd}", "S 644 secret s"],
    );
    check_error(
        "projected: {sources: [{configMap: {name: x}}, {secret: {name: p}}, {configMap: {name: x}}]}",
        "[configmap \"x\" not found, secret \"p\" not found]",
    );
}

#[test]
fn paths_that_name_no_file() {
    check_error(
        "configMap: {name: map, items: [{key: A, path: .}]}",
        "invalid path \".\": it names no file",
    );
}

#[test]
fn a_volume_is_bounded() {
    let items: Vec<_> =
        (0..=BYTES_MAX / LARGE).map(|i| format!("{{key: A, path: f{i}}}")).collect();
    let source =
        |items: &[String]| format!("configMap: {{name: large, items: [{}]}}", items.join(","));
    check_error(&source(&items), "the files are larger than 16 MiB together");
    assert_eq!(made(&source(&items[1..])).map(|files| files.len()), Ok(BYTES_MAX / LARGE));
}

#[test]
fn quotes() {
    for (text, expected) in [
        ("", r#""""#),
        ("a 'b'", r#""a 'b'""#),
        ("\"\\", r#""\"\\""#),
        ("\u{7}\u{8}\u{b}\u{c}\n\r\t", r#""\a\b\v\f\n\r\t""#),
        ("\0\u{1b}\u{7f}", r#""\x00\x1b\x7f""#),
        ("äe\u{301}世", "\"äe\u{301}世\""),
        ("\u{85}\u{a0}\u{200b}\u{e000}\u{e0001}", r#""\u0085\u00a0\u200b\ue000\U000e0001""#),
    ] {
        assert_eq!(quoted(text), expected, "{text:?}");
    }
}
