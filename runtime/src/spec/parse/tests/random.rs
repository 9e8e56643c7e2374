//! Whatever comes in, a judgement comes out: no panic, and every place lies in the text.
//!
//! The inputs are random but the same each time, so that a failure comes again.

use serde_json::{Value, json};

use super::super::{Parsed, parse};
use super::identity;
use crate::spec::pod_security::{Level, violations};
use crate::spec::qos::QosClass;
use crate::spec::static_pod;
use crate::spec::update::{Change, check};

/// A generator of numbers without structure (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What a manifest is made of, and what breaks one.
const PIECES: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "---\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "#",
    "%",
    "\t",
    "\r\n",
    "\u{feff}",
    "ä",
    "\0",
    "~",
    "yes",
    "0644",
    "1e999",
    ".nan",
    "-",
    "?",
    ",",
    "name: ",
    "spec:\n",
    "containers:\n",
    "  image: i\n",
    "1Ki",
    "[0]",
    "$(A)",
];

const SEED: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec:
  containers:
  - name: main
    image: example.com/a:1
    env: [{name: A, value: $(B)}]
    ports: [{containerPort: 80}]
    resources: {limits: {cpu: 500m, memory: 1Gi}}
  volumes:
  - {name: v, emptyDir: {sizeLimit: 1Gi}}
---
{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"spec\": {\"replicas\": 1}}
";

/// Uses a document as the rest of the engine would.
fn use_it(document: &Parsed, lines: usize) {
    for finding in &document.findings {
        assert!((1..=lines + 1).contains(&finding.line), "line {} of {lines}", finding.line);
        assert!(finding.column >= 1);
        assert!(!finding.problem.to_string().is_empty());
    }
    assert_eq!(
        document.pod(&identity()).is_some(),
        document.qos_class().is_some() && document.is_runnable()
    );
}

#[test]
fn any_text_is_judged() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1_500 {
        let mut text = SEED.as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => {
                    let piece = *random.pick(PIECES);
                    text.splice(at..at, piece.bytes());
                }
                1 => {
                    let end = (at + random.below(40)).min(text.len());
                    text.drain(at..end);
                }
                2 => text[at] = random.next() as u8,
                _ => {
                    let end = (at + random.below(80)).min(text.len());
                    let copy = text[at..end].to_vec();
                    let to = random.below(text.len());
                    text.splice(to..to, copy);
                }
            }
            if text.is_empty() {
                break;
            }
        }
        let lines = String::from_utf8_lossy(&text).lines().count();
        for document in parse(&text) {
            use_it(&document, lines);
        }
    }
}

/// Values of all types, with those that are often forgotten.
fn any_value(random: &mut Random) -> Value {
    random
        .pick(&[
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(65_536),
            json!(i64::MAX),
            json!(1.5),
            json!(""),
            json!("a"),
            json!("ä"),
            json!("a/b/c"),
            json!("../.."),
            json!("99999999999999999999Ei"),
            json!("metadata.labels['']"),
            json!("$("),
            json!([]),
            json!([null]),
            json!([[]]),
            json!(["", "a"]),
            json!({}),
            json!({"": null}),
            json!({"name": "a", "value": []}),
        ])
        .clone()
}

/// Replaces something somewhere in a value.
fn disturb(value: &mut Value, random: &mut Random) {
    let descend = random.below(8) != 0;
    match value {
        Value::Object(fields) if descend && !fields.is_empty() => {
            let index = random.below(fields.len());
            let inner = fields.values_mut().nth(index).expect("the index is below the length");
            disturb(inner, random);
        }
        Value::Array(items) if descend && !items.is_empty() => {
            let index = random.below(items.len());
            disturb(&mut items[index], random);
        }
        other => *other = any_value(random),
    }
}

#[test]
fn any_object_is_judged() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let base = large_pod();
    assert!(parse(base.to_string().as_bytes())[0].is_valid(), "the base has to be valid");
    let mut last = None;
    for _ in 0..500 {
        let mut pod = base.clone();
        for _ in 0..=random.below(3) {
            disturb(&mut pod, &mut random);
        }
        let documents = parse(pod.to_string().as_bytes());
        use_it(&documents[0], 1);
        let Some(object) = documents[0].object().cloned() else { continue };
        QosClass::of(&object);
        violations(&object, Level::Restricted);
        static_pod::refers_to(&object);
        if let Some(last) = &last {
            for change in [Change::Update, Change::EphemeralContainers, Change::Resize] {
                check(last, &object, change);
            }
        }
        last = Some(object);
    }
}

/// A valid Pod in which most rules find something to look at.
fn large_pod() -> Value {
    let selector = json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "annotations": {"a": "b"}, "ownerReferences": [
            {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u"},
        ]},
        "spec": {
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
            "dnsConfig": {"nameservers": ["10.0.0.1"], "searches": ["a"], "options": [{"name": "a"}]},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "topologySpreadConstraints": [{
                "maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector, "matchLabelKeys": ["c"],
            }],
            "affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "a", "labelSelector": selector, "matchLabelKeys": ["c"]},
            ]}},
            "resources": {"limits": {"cpu": "4", "memory": "4Gi"}},
            "securityContext": {"sysctls": [{"name": "a.b", "value": "c"}], "seccompProfile":
                {"type": "Localhost", "localhostProfile": "a"}},
            "initContainers": [{"name": "first", "image": "i", "restartPolicy": "Always"}],
            "containers": [{
                "name": "main",
                "image": "i@sha256:0",
                "env": [
                    {"name": "A", "value": "$(B)"},
                    {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}},
                    {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
                ],
                "ports": [{"containerPort": 80, "name": "http", "hostPort": 80}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
                "livenessProbe": {"httpGet": {"port": "http", "httpHeaders": [{"name": "A"}]}},
                "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
                "restartPolicy": "Never",
                "restartPolicyRules": [
                    {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}},
                ],
                "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a"}],
            }],
            "volumes": [
                {"name": "v", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "w", "iscsi": {"targetPortal": "a", "iqn": "iqn.2001-04.a:b"}},
                {"name": "x", "projected": {"sources": [
                    {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                ]}},
                {"name": "y", "ephemeral": {"volumeClaimTemplate": {"spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}},
                }}}},
            ],
        },
    })
}
