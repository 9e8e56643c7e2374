//! One document, judged: what it holds, and everything that there is to say about it.
//!
//! An object that stands in a list is judged as if it stood alone; then its findings get their place
//! in the list.

use std::cell::LazyCell;
use std::collections::HashMap;

use serde_json::Value;

use super::consequence;
use super::decode;
use super::defaults;
use super::invalid::{Invalid, InvalidKind};
use super::list::{self, Held};
use super::manifest::{Document, Flaw, Locator, Malformed};
use super::node::Node;
use super::parse::{Finding, Kind, Parsed, Problem};
use super::path::FieldPath;
use super::schema::{self, Structure};
use super::support;
use super::validate::{self, Errors};

/// Judges a document, and adds each object that it holds.
pub(super) fn document(document: Result<Document, Malformed>, objects: &mut Vec<Parsed>) {
    let mut document = match document {
        Ok(document) => document,
        Err(malformed) => return objects.push(Parsed::malformed(malformed)),
    };
    let line = document.line;
    let held = list::unpack(std::mem::take(&mut document.value));
    let mut flaws = by_object(&held, std::mem::take(&mut document.flaws));
    let is_list = held.first().is_some_and(|held| !held.path.is_root());
    let locator = LazyCell::new(|| document.locator());
    objects.extend(held.into_iter().enumerate().map(|(index, Held { path, value, problems })| {
        let kind = Kind::of(&value);
        let name = name(&value);
        let (object, problems) = match &value {
            _ if !problems.is_empty() => (None, problems),
            Value::Object(_) => judge(value, &kind),
            other => (None, vec![no_object(other)]),
        };
        let problems = problems.into_iter().map(|problem| problem.under(&path));
        let flaws = flaws.remove(&index).into_iter().flatten().map(Problem::Invalid);
        let problems = flaws.chain(problems).collect();
        Parsed {
            line: if is_list { locator.locate(&path).0 } else { line },
            kind: kind.is_named().then_some(kind),
            name,
            findings: located(problems, &path, &locator),
            object,
        }
    }));
}

/// Returns the flaws of a document by the objects in which they are. What is wrong with a list is told
/// with the first of its objects.
fn by_object(held: &[Held], flaws: Vec<Flaw>) -> HashMap<usize, Vec<Invalid>> {
    let mut objects = HashMap::new();
    if flaws.is_empty() {
        return objects;
    }
    let indexes: HashMap<_, _> =
        held.iter().enumerate().map(|(index, held)| (&held.path, index)).collect();
    for flaw in flaws {
        let invalid = flawed(flaw);
        let index = invalid.field.and_above().find_map(|path| indexes.get(&path).copied());
        objects.entry(index.unwrap_or(0)).or_insert_with(Vec::new).push(invalid);
    }
    objects
}

fn flawed(flaw: Flaw) -> Invalid {
    match flaw {
        Flaw::Duplicate(field) => Invalid { field, kind: InvalidKind::Repeated },
        Flaw::NotFinite(field, value) => {
            let kind = InvalidKind::Type { value: value.into(), expected: "a finite number" };
            Invalid { field, kind }
        }
    }
}

fn name(object: &Value) -> String {
    let metadata = |field| object.get("metadata")?.get(field)?.as_str();
    let name = metadata("name").filter(|name| !name.is_empty());
    name.or_else(|| metadata("generateName")).unwrap_or_default().to_owned()
}

fn judge(value: Value, kind: &Kind) -> (Option<Value>, Vec<Problem>) {
    let unnamed = unnamed(&value);
    if !unnamed.is_empty() {
        return (None, unnamed.into_iter().map(Problem::Invalid).collect());
    }
    match schema::kind(&kind.api_version, &kind.kind) {
        Some(structure) => judge_object(value, kind, structure),
        None if schema::is_unheard_of(&kind.api_version, &kind.kind) => {
            (None, vec![Problem::NoSuchKind(kind.clone())])
        }
        None => (None, vec![Problem::Unchecked(kind.clone())]),
    }
}

/// Returns what there is to say of a value that cannot be an object.
fn no_object(value: &Value) -> Problem {
    let what = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    };
    Problem::Malformed(format!("an object is a map with apiVersion and kind, and this is {what}"))
}

/// Returns why it cannot be known what kind of object it is.
fn unnamed(object: &Value) -> Vec<Invalid> {
    let wrong = |field| {
        let kind = match object.get(field) {
            Some(Value::String(text)) if field == "apiVersion" && text.matches('/').count() > 1 => {
                let detail = format!("unexpected GroupVersion string: {text}");
                InvalidKind::Value { value: text.clone().into(), detail }
            }
            Some(Value::String(text)) if !text.is_empty() => return None,
            None | Some(Value::Null | Value::String(_)) => {
                InvalidKind::Required { detail: "it says what the document is".to_owned() }
            }
            Some(value) => InvalidKind::Type { value: value.clone(), expected: "a string" },
        };
        Some(Invalid { field: FieldPath::root().field(field), kind })
    };
    ["apiVersion", "kind"].into_iter().filter_map(wrong).collect()
}

fn judge_object(
    value: Value,
    kind: &Kind,
    structure: &'static Structure,
) -> (Option<Value>, Vec<Problem>) {
    let mut invalid = Vec::new();
    let mut object = decode::decode(value, structure, &mut invalid);
    let mut problems = Vec::new();
    problems.extend(support::limitations(&object, structure).into_iter().map(|limitation| {
        if limitation.refused {
            Problem::Unsupported(limitation)
        } else {
            Problem::NoEffect(limitation)
        }
    }));
    if !kind.is_pod() && !kind.is_referent() {
        problems.push(Problem::NotRunnable(kind.clone()));
    }
    let mut errors = Errors::default();
    defaults::object(&kind.kind, &mut object);
    validate::object(&kind.kind, &Node::root(&object), &mut errors);
    let errors = consequence::without(errors.into_vec(), &invalid);
    problems.extend(invalid.into_iter().chain(errors).map(Problem::Invalid));
    (Some(object), problems)
}

/// Returns what there is to say, in the order of lines, of the object at `base`.
fn located(
    problems: Vec<Problem>,
    base: &FieldPath,
    locator: &impl std::ops::Deref<Target = Locator>,
) -> Vec<Finding> {
    let mut findings: Vec<_> = problems
        .into_iter()
        .map(|problem| {
            let (line, column) = match problem.field() {
                Some(field) => locator.locate(field),
                None => locator.locate(&base.field("kind")),
            };
            Finding { line, column, problem }
        })
        .collect();
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}
