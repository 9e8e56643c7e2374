//! Lists of objects, as `kubectl get -o yaml` writes them: a `List`, or a `PodList` and the like.
//!
//! What a list holds counts as if it stood alone, also in lists of lists; how deep those go is
//! bounded by how deep a document may be nested.

use serde_json::Value;

use super::parse::{Kind, Problem};
use super::path::FieldPath;
use super::{decode, schema};

/// Something that a document holds.
pub(super) struct Held {
    /// Where it stands in the document: the root, or an item of a list.
    pub(super) path: FieldPath,
    /// The object.
    pub(super) value: Value,
    /// What is wrong with it, if it is a list.
    pub(super) problems: Vec<Problem>,
}

/// Returns the objects in a document, and the lists with which something is wrong.
pub(super) fn unpack(value: Value) -> Vec<Held> {
    let mut held = Vec::new();
    open(FieldPath::root(), value, &mut held);
    held
}

fn open(path: FieldPath, value: Value, held: &mut Vec<Held>) {
    let Some(of) = items_kind(&value) else {
        return held.push(Held { path, value, problems: Vec::new() });
    };
    let mut invalid = Vec::new();
    let mut list = decode::decode(value, &schema::list::LIST, &mut invalid);
    let items = match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let mut problems: Vec<_> = invalid.into_iter().map(Problem::Invalid).collect();
    if items.is_empty() && problems.is_empty() {
        problems.push(Problem::Malformed("there is no object in it".to_owned()));
    }
    if !problems.is_empty() {
        held.push(Held { path: path.clone(), value: list, problems });
    }
    let path = path.field("items");
    for (index, mut item) in items.into_iter().enumerate() {
        name(&mut item, &of);
        open(path.index(index), item, held);
    }
}

/// Returns, of a list, of which kind its items are where they do not say it.
fn items_kind(value: &Value) -> Option<Kind> {
    let Kind { api_version, kind } = Kind::of(value);
    let of = kind.strip_suffix("List")?;
    let is_plain = of.is_empty() && api_version == "v1";
    // Of kinds that are not known here, only what looks like a list is one.
    let has_items = value.get("items").is_some_and(Value::is_array);
    (is_plain || has_items || schema::is_known(&api_version, of))
        .then(|| Kind { kind: of.to_owned(), api_version })
}

/// Says in an item of which kind it is, where only the list says it.
fn name(item: &mut Value, of: &Kind) {
    let Value::Object(fields) = item else { return };
    if !of.kind.is_empty() && !fields.contains_key("kind") && !fields.contains_key("apiVersion") {
        fields.insert("kind".to_owned(), of.kind.clone().into());
        fields.insert("apiVersion".to_owned(), of.api_version.clone().into());
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::parse::parse;

    /// The objects of a manifest, each as `line kind name`, followed by what there is to say of it.
    #[track_caller]
    fn check(manifest: &str, expected: &[&str]) {
        let mut lines = Vec::new();
        for object in parse(manifest.as_bytes()) {
            let kind = object.kind.map_or_else(|| "?".to_owned(), |kind| kind.kind);
            lines.push(format!("{} {kind} {}", object.line, object.name));
            for finding in object.findings {
                lines.push(format!("{}:{}: {}", finding.line, finding.column, finding.problem));
            }
        }
        assert_eq!(lines, expected);
    }

    const POD: &str = "metadata: {name: a}, spec: {containers: [{name: a, image: i}]}";

    #[test]
    fn items_count_as_documents() {
        let manifest = "\
# two
apiVersion: v1
kind: List
metadata: {resourceVersion: ''}
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: a}
  spec:
    containers:
    - name: a
      image: ''
      imagePulPolicy: Never
- apiVersion: v1
  kind: Podd
---
{apiVersion: v1, kind: Pod, metadata: {name: b}}
";
        check(
            manifest,
            &[
                "6 Pod a",
                "12:7: items[0].spec.containers[0].image: Required value",
                "13:7: unknown field \"items[0].spec.containers[0].imagePulPolicy\"",
                "14 Podd ",
                "15:3: no matches for kind \"Podd\" in version \"v1\"",
                "16 Pod b",
                "17:1: spec.containers: Required value",
            ],
        );
    }

    #[test]
    fn a_list_says_of_which_kind_its_items_are() {
        check(&format!("{{apiVersion: v1, kind: PodList, items: [{{{POD}}}]}}"), &["1 Pod a"]);
        check(
            "apiVersion: v1\nkind: List\nitems:\n- {}\n-\n- 1\n- kind: Pod",
            &[
                "4 ? ",
                "4:3: items[0].apiVersion: Required value: it says what the document is",
                "4:3: items[0].kind: Required value: it says what the document is",
                "5 ? ",
                "5:2: an object is a map with apiVersion and kind, and this is nothing",
                "6 ? ",
                "6:3: an object is a map with apiVersion and kind, and this is a number",
                "7 ? ",
                "7:3: items[3].apiVersion: Required value: it says what the document is",
            ],
        );
    }

    #[test]
    fn lists_in_lists() {
        check(
            &format!(
                "{{apiVersion: v1, kind: List, items: [\n\
                 {{apiVersion: v1, kind: PodList, items: [\n{{{POD}}},\n{{x: 1, {POD}}}]}},\n\
                 {{apiVersion: v1, kind: List}}]}}"
            ),
            &[
                "3 Pod a",
                "4 Pod a",
                "4:2: unknown field \"items[0].items[1].x\"",
                "5 List ",
                "5:18: there is no object in it",
            ],
        );
        let deep = "{apiVersion: v1, kind: List, items: [".repeat(10_000);
        assert!(!parse(deep.as_bytes())[0].is_valid());
    }

    #[test]
    fn what_is_no_list() {
        check(
            "apiVersion: v1\nkind: List\nitems: {}\nitem: []\n",
            &[
                "1 List ",
                "3:1: items: Invalid value: {}: must be a list",
                "4:1: unknown field \"item\"",
            ],
        );
        for (fields, expected) in [("", "1 AllowList "), ("items: [{}]", "1 Allow ")] {
            let found = parse(
                format!("{{apiVersion: example.com/v1, kind: AllowList, {fields}}}").as_bytes(),
            );
            let kind = found[0].kind.as_ref().expect("it is said, here or by the list");
            assert_eq!(format!("{} {} ", found[0].line, kind.kind), expected);
        }
    }

    #[test]
    fn objects_are_counted() {
        let items = "{},".repeat(10_001);
        check(
            &format!(r#"{{"apiVersion": "v1", "kind": "PodList", "items": [{items}{{}}]}}"#),
            &["1 ? ", "1:1: it has more than 10000 objects up to here"],
        );
    }
}
