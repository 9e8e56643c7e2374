//! What a document asks for that has no effect here, or cannot be had.
//!
//! Only what the user wrote is looked at, before anything is filled in, and only the topmost field
//! is told: who cannot have a probe need not hear about each of its fields.

use serde_json::Value;

use super::path::FieldPath;
use super::schema::{Structure, Support, Type};

/// A field that does not have the effect that it has in Kubernetes.
#[derive(Clone, Debug, PartialEq)]
pub struct Limitation {
    /// The field.
    pub field: FieldPath,
    /// Whether the document is refused for it, or the field is passed over.
    pub refused: bool,
    /// Why.
    pub reason: &'static str,
}

/// Returns every limitation that an object meets.
pub(super) fn limitations(object: &Value, structure: &'static Structure) -> Vec<Limitation> {
    let mut found = Vec::new();
    walk(object, &Type::Object(structure), &FieldPath::root(), &mut found);
    found
}

fn walk(value: &Value, ty: &Type, path: &FieldPath, found: &mut Vec<Limitation>) {
    match (ty, value) {
        (Type::Object(structure), Value::Object(fields)) => {
            for (name, value) in fields {
                let Some(field) = structure.field(name) else { continue };
                let path = path.field(field.name);
                match field.support {
                    Support::NoEffect(_) | Support::Rejected(_) if is_unset(value) => {}
                    Support::NoEffect(reason) => {
                        found.push(Limitation { field: path, refused: false, reason });
                    }
                    Support::Rejected(reason) => {
                        found.push(Limitation { field: path, refused: true, reason });
                    }
                    Support::Partly(is_supported, reason) if !is_supported(value) => {
                        found.push(Limitation { field: path, refused: true, reason });
                    }
                    Support::Keys(supported, reason) => {
                        let keys = value.as_object().into_iter().flat_map(|map| map.keys());
                        let others = keys.filter(|key| !supported.contains(&key.as_str()));
                        found.extend(others.map(|key| Limitation {
                            field: path.key(key.as_str()),
                            refused: true,
                            reason,
                        }));
                    }
                    Support::Supported | Support::Inherited | Support::Partly(..) => {
                        walk(value, &field.ty, &path, found);
                    }
                }
            }
        }
        (Type::List(inner), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, inner, &path.index(index), found);
            }
        }
        (Type::Map(inner), Value::Object(entries)) => {
            for (key, value) in entries {
                walk(value, inner, &path.key(key.as_str()), found);
            }
        }
        _ => {}
    }
}

/// Whether a value asks for nothing. An empty structure does ask, e.g. for a kind of volume.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::limitations;
    use crate::spec::schema::kind;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(spec: Value, expected: &[(&str, bool)]) {
        let pod = kind("v1", "Pod").expect("it is in the table");
        let found = limitations(&json!({ "spec": spec }), pod);
        let found: Vec<_> =
            found.iter().map(|limit| (limit.field.to_string(), limit.refused)).collect();
        let found: Vec<_> =
            found.iter().map(|(field, refused)| (field.as_str(), *refused)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_the_topmost_field_is_told() {
        check(
            json!({"affinity": {"nodeAffinity": {"a": 1}}, "nodeSelector": {"a": "b"}}),
            &[("spec.affinity", false), ("spec.nodeSelector", false)],
        );
    }

    #[test]
    fn what_asks_for_nothing_is_no_limitation() {
        check(
            json!({
                "hostNetwork": false, "hostPID": false, "imagePullSecrets": [], "os": {"name": "linux"},
                "securityContext": {},
                "containers": [{"securityContext": {"privileged": false, "capabilities": {"add": []}}}],
            }),
            &[],
        );
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        check(
            json!({
                "hostNetwork": true,
                "containers": [{
                    "ports": [{"protocol": "SCTP"}, {"protocol": "UDP"}],
                    "resources": {"limits": {"cpu": "1"}},
                    "securityContext": {"privileged": true, "capabilities": {"add": ["A"], "drop": ["B"]}},
                }, {
                    "resources": {"limits": {"cpu": "1", "example.com/gpu": "1"}},
                }],
            }),
            &[
                ("spec.containers[0].ports[0].protocol", true),
                ("spec.containers[0].securityContext.capabilities.add", true),
                ("spec.containers[0].securityContext.capabilities.drop", false),
                ("spec.containers[0].securityContext.privileged", true),
                ("spec.containers[1].resources.limits[example.com/gpu]", true),
                ("spec.hostNetwork", true),
            ],
        );
    }
}
