//! Whatever comes in, a judgement comes out: no panic, always the same, and every place lies in the
//! text.
//!
//! The inputs are random but the same each time, so that a failure comes again.

mod corpus;

use serde_json::{Value, json};

use super::super::{Finding, Kind, Parsed, Problem, parse};
use super::identity;
use crate::spec::defaults;
use crate::spec::invalid::{Invalid, InvalidKind};
use crate::spec::path::{FieldPath, Segment};
use crate::spec::pod_security::{Level, violations};
use crate::spec::qos::QosClass;
use crate::spec::schema;
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

/// Uses an object as the rest of the engine would, and checks what must always hold of it.
fn use_it(object: &Parsed, text: &[u8]) {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
    for Finding { line, column, problem } in &object.findings {
        let width = lines.get(line - 1).copied().unwrap_or(0);
        // The end of the text is a place, too.
        assert!(*line <= lines.len() + 1, "line {line} of {}: {problem}", lines.len());
        assert!(
            (1..=width + 1).contains(column),
            "{line}:{column} of {width}: {problem}\n{text:?}"
        );
        assert!(!problem.to_string().is_empty());
    }
    assert_eq!(
        object.pod(&identity()).is_some(),
        object.qos_class().is_some() && object.is_runnable()
    );
    if let (Some(kind), Some(defaulted)) = (&object.kind, &object.object) {
        let mut again = defaulted.clone();
        defaults::object(&kind.kind, &mut again);
        assert_eq!(again, *defaulted, "what was defaulted has every default");
    }
}

/// Judges a manifest, and checks that it is judged the same again.
fn judged(text: &[u8]) -> Vec<Parsed> {
    let (objects, again) = (parse(text), parse(text));
    assert_eq!(objects.len(), again.len());
    for (object, again) in objects.iter().zip(again) {
        assert_eq!(object.findings, again.findings);
        assert_eq!(object.object, again.object);
        use_it(object, text);
    }
    objects
}

/// Returns what a path leads to in the text of one JSON object.
fn at<'a>(object: &'a Value, path: &FieldPath) -> Option<&'a Value> {
    path.segments().into_iter().try_fold(object, |value, segment| match segment {
        Segment::Field(name) => value.get(&**name),
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
    })
}

/// Checks that what is told of one JSON object is told of something in it.
fn check_fields(written: &Value, judged: &Parsed) {
    for Finding { problem, .. } in &judged.findings {
        let Some(field) = problem.field() else { continue };
        let is_there = match problem {
            Problem::Unsupported(_) | Problem::NoEffect(_) => at(written, field).is_some(),
            Problem::Invalid(Invalid { kind: InvalidKind::Unknown, .. }) => {
                at(written, field).is_some()
            }
            // What the API tells may be missing, or be told of another place: how many steps lead
            // to something differs from rule to rule, but the first does.
            _ => field.segments().first().is_some_and(|first| {
                let Segment::Field(name) = first else { return false };
                written.get(&**name).is_some() || schema::is_field(name)
            }),
        };
        assert!(is_there, "{problem}\nin {written}");
    }
}

#[test]
fn any_text_is_judged() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1_000 {
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
        judged(&text);
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

/// Replaces something somewhere in a value, or puts something in, takes it out, or has it twice.
fn disturb(value: &mut Value, random: &mut Random) {
    let descend = random.below(8) != 0;
    match value {
        Value::Object(fields) if !descend && random.below(2) == 0 => {
            let name = fields.keys().nth(random.below(fields.len())).cloned();
            let name = name.unwrap_or_else(|| "name".to_owned());
            if random.below(2) == 0 {
                fields.remove(&name);
            } else {
                fields.insert(name + "x", any_value(random));
            }
        }
        Value::Array(items) if !descend && !items.is_empty() && random.below(2) == 0 => {
            let item = items[random.below(items.len())].clone();
            items.push(item);
        }
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
    let objects = corpus::objects();
    for object in &objects {
        for judged in judged(object.to_string().as_bytes()) {
            assert!(judged.is_valid(), "the base has to be valid: {:#?}", judged.findings);
        }
    }
    let mut last = None;
    for _ in 0..600 {
        let mut written = random.pick(&objects).clone();
        for _ in 0..=random.below(3) {
            disturb(&mut written, &mut random);
        }
        let documents = judged(written.to_string().as_bytes());
        for document in &documents {
            check_fields(&written, document);
        }
        if !documents[0].kind.as_ref().is_some_and(Kind::is_pod) {
            continue;
        }
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
