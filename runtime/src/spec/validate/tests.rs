//! One valid object, and tables of small changes with all that is then wrong.

mod containers;
mod pods;
mod services;
mod volumes;
mod workloads;

use serde_json::{Value, json};

use super::Errors;
use crate::spec::defaults;
use crate::spec::node::Node;

/// A Pod with a little of everything, and nothing wrong.
fn pod() -> Value {
    json!({
        "metadata": {"name": "a"},
        "spec": {
            "initContainers": [{"name": "first", "image": "i"}],
            "containers": [{"name": "main", "image": "i"}],
            "volumes": [{"name": "v"}],
        },
    })
}

/// Sets what a path leads to, e.g. `spec.containers.0.name`, and checks what is then wrong.
///
/// Each expected text is the start of a message, or the whole of one.
#[track_caller]
fn check(path: &str, value: Value, expected: &[&str]) {
    check_in("Pod", pod(), &[(path, value)], expected);
}

/// As [`check`], with several changes.
#[track_caller]
fn check_all(changes: &[(&str, Value)], expected: &[&str]) {
    check_in("Pod", pod(), changes, expected);
}

#[track_caller]
fn check_in(kind: &str, mut object: Value, changes: &[(&str, Value)], expected: &[&str]) {
    for (path, value) in changes {
        *place(&mut object, path) = value.clone();
    }
    defaults::object(kind, &mut object);
    let mut errors = Errors::default();
    super::object(kind, &Node::root(&object), &mut errors);
    let errors: Vec<_> = errors.into_vec().iter().map(ToString::to_string).collect();
    let as_expected = errors.len() == expected.len()
        && errors.iter().zip(expected).all(|(error, expected)| error.starts_with(expected));
    assert!(as_expected, "{changes:?}\nis told as {errors:#?}\nand not as {expected:#?}");
}

/// Returns what a path leads to, made on the way.
fn place<'a>(object: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(object, |value, step| match step.parse::<usize>() {
        Ok(index) => {
            if value.is_null() {
                *value = json!([]);
            }
            let list = value.as_array_mut().expect("the path names a list");
            if list.len() == index {
                list.push(Value::Null);
            }
            &mut list[index]
        }
        Err(_) => &mut value[step],
    })
}

#[test]
fn the_base_is_valid() {
    check_all(&[], &[]);
}
