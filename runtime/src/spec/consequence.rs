//! What is wrong only because something else could not be read.
//!
//! Kubernetes looks at no rule before all of an object is decoded. Here rules are looked at all the
//! same, so that everything wrong is said at once; but a value that was left out because it could
//! not be read is not missing, and what is compared with it cannot be judged.

use std::collections::HashSet;

use super::invalid::{Invalid, InvalidKind};
use super::path::{FieldPath, Segment};

/// Returns the errors without those that may follow from what decoding found.
pub(super) fn without(mut errors: Vec<Invalid>, decoding: &[Invalid]) -> Vec<Invalid> {
    let mut unread = Unread::default();
    for error in decoding {
        if !matches!(error.kind, InvalidKind::Unknown) {
            unread.add(&error.field);
        }
    }
    errors.retain(|error| !unread.may_cause(error));
    errors
}

/// The values that could not be read.
#[derive(Default)]
struct Unread {
    /// Where nothing can be judged, down to the last part.
    trees: HashSet<FieldPath>,
    /// What would hold one of the values, and may look empty without it.
    holders: HashSet<FieldPath>,
}

impl Unread {
    fn add(&mut self, field: &FieldPath) {
        self.trees.insert(field.clone());
        let holder = field.parent();
        if matches!(field.last(), Some(Segment::Key(_))) {
            let structure = holder.parent();
            match holder.last() {
                // Amounts are compared with each other.
                Some(Segment::Field(name)) if matches!(&**name, "limits" | "requests") => {
                    self.trees.insert(structure);
                }
                _ => {
                    self.holders.insert(structure);
                }
            }
        }
        self.holders.insert(holder);
    }

    fn may_cause(&self, error: &Invalid) -> bool {
        // What could not be read may be what is named and not found.
        (!self.trees.is_empty() && matches!(error.kind, InvalidKind::NotFound { .. }))
            || self.holders.contains(&error.field)
            || error.field.and_above().any(|path| self.trees.contains(&path))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::spec::parse::parse;

    /// The fields of the errors about a Pod with one container.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(container: serde_json::Value, expected: &[&str]) {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "a", "image": "i"}], "volumes": [{"name": "v"}]},
        });
        let fields = container.as_object().expect("a container is a map").clone();
        pod["spec"]["containers"][0].as_object_mut().expect("so is this").extend(fields);
        let documents = parse(pod.to_string().as_bytes());
        let errors = documents[0].findings.iter().filter(|finding| finding.problem.is_error());
        let fields = errors.filter_map(|finding| finding.problem.field());
        let mut fields: Vec<_> = fields.map(ToString::to_string).collect();
        fields.sort();
        assert_eq!(fields, expected);
    }

    #[test]
    fn an_amount_that_is_none_is_one_error() {
        for amount in [json!("1x"), json!(true), json!("")] {
            check(
                json!({"resources": {"limits": {"cpu": amount}, "requests": {"cpu": "500m"}}}),
                &["spec.containers[0].resources.limits[cpu]"],
            );
            check(
                json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": amount}}}),
                &["spec.containers[0].resources.requests[cpu]"],
            );
            check(
                json!({"resources": {
                    "limits": {"example.com/a": amount}, "requests": {"example.com/a": "1"},
                }}),
                &["spec.containers[0].resources.limits[example.com/a]"],
            );
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_missing() {
        check(json!({"name": 5}), &["spec.containers[0].name"]);
        check(
            json!({"livenessProbe": {"httpGet": 5}}),
            &["spec.containers[0].livenessProbe.httpGet"],
        );
        check(
            json!({"workingDir": 5, "volumeMounts": [{"name": "w", "mountPath": "/w"}]}),
            &["spec.containers[0].workingDir"],
        );
    }

    #[test]
    fn what_has_nothing_to_do_with_it_is_told() {
        check(
            json!({"command": "ls", "ports": [{"containerPort": 0}]}),
            &["spec.containers[0].command", "spec.containers[0].ports[0].containerPort"],
        );
        check(
            json!({"comand": ["ls"], "volumeMounts": [{"name": "w", "mountPath": "/w"}]}),
            &["spec.containers[0].comand", "spec.containers[0].volumeMounts[0].name"],
        );
    }
}
