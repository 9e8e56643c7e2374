//! What is wrong only because something else could not be read.
//!
//! Kubernetes looks at no rule before all of an object is decoded. Here rules are looked at all the
//! same, so that everything wrong is said at once; but a value that was left out because it could
//! not be read is not missing, and what is compared with it cannot be judged.

use std::collections::HashSet;

use serde_json::Map;

use super::invalid::{Invalid, InvalidKind};
use super::path::{FieldPath, Segment};

/// The fields whose lists others look for names in.
const NAMING: &[&str] = &[
    "containers",
    "initContainers",
    "metadata",
    "resourceClaims",
    "volumeClaimTemplates",
    "volumes",
];

/// Returns the errors without those that may follow from what decoding found.
pub(super) fn without(mut errors: Vec<Invalid>, decoding: &[Invalid]) -> Vec<Invalid> {
    let mut unread = Unread::default();
    for error in decoding {
        match error.kind {
            InvalidKind::Unknown => unread.add_unknown(&error.field),
            _ => unread.add(&error.field),
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
    /// What has a field that there is not, and looks empty if that was to be the only one.
    misspelt: HashSet<FieldPath>,
    /// What is made from one of the values where it is not written itself.
    copies: HashSet<FieldPath>,
    /// Whether one may be what is named elsewhere, and not found.
    names: bool,
}

impl Unread {
    fn add(&mut self, field: &FieldPath) {
        let holder = field.parent();
        match field.last() {
            Some(Segment::Key(_)) => {
                self.holders.insert(holder.parent());
            }
            Some(Segment::Index(_)) => self.names = true,
            Some(Segment::Field(name)) => {
                self.names |= name == "name" || NAMING.contains(&&**name);
                if name == "port" {
                    self.copies.insert(holder.field("targetPort"));
                }
            }
            None => {}
        }
        self.trees.insert(field.clone());
        self.holders.insert(holder);
    }

    fn add_unknown(&mut self, field: &FieldPath) {
        self.misspelt.insert(field.parent());
    }

    fn may_cause(&self, error: &Invalid) -> bool {
        (self.names && matches!(error.kind, InvalidKind::NotFound { .. }))
            || (self.holders.contains(&error.field) && !is_about_part(&error.kind))
            || (self.misspelt.contains(&error.field) && is_about_emptiness(&error.kind))
            || (self.copies.contains(&error.field) && is_about_zero(&error.kind))
            || error.field.and_above().any(|path| self.trees.contains(&path))
    }
}

/// Whether an error of a list or a map is about something in it that could be read.
fn is_about_part(kind: &InvalidKind) -> bool {
    match kind {
        InvalidKind::Value { value, .. }
        | InvalidKind::NotSupported { value, .. }
        | InvalidKind::Duplicate { value } => value.is_string(),
        _ => false,
    }
}

/// Whether an error is that something is not there.
fn is_about_emptiness(kind: &InvalidKind) -> bool {
    match kind {
        InvalidKind::Required { .. } => true,
        InvalidKind::Value { value, .. } => value.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}

fn is_about_zero(kind: &InvalidKind) -> bool {
    matches!(kind, InvalidKind::Value { value, .. } if *value == 0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::spec::parse::{Parsed, parse};

    /// The fields of the errors about an object.
    fn fields(documents: &[Parsed]) -> Vec<String> {
        let errors = documents[0].findings.iter().filter(|finding| finding.problem.is_error());
        let fields = errors.filter_map(|finding| finding.problem.field());
        let mut fields: Vec<_> = fields.map(ToString::to_string).collect();
        fields.sort();
        fields
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check_in(api_version: &str, kind: &str, spec: Value, expected: &[&str]) {
        let metadata = json!({"name": "a"});
        let object =
            json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec});
        assert_eq!(fields(&parse(object.to_string().as_bytes())), expected);
    }

    /// Checks a Pod with one container and these fields.
    #[track_caller]
    fn check_pod(pod: Value, expected: &[&str]) {
        let mut spec = json!({
            "containers": [{"name": "a", "image": "i"}],
            "volumes": [{"name": "v", "emptyDir": {}}],
        });
        let Value::Object(fields) = pod else { unreachable!("a Pod is a map") };
        spec.as_object_mut().expect("so is this").extend(fields);
        check_in("v1", "Pod", spec, expected);
    }

    /// Checks a Pod whose container has these fields.
    #[track_caller]
    fn check(container: Value, expected: &[&str]) {
        let mut containers = json!([{"name": "a", "image": "i"}]);
        let Value::Object(fields) = container else { unreachable!("a container is a map") };
        containers[0].as_object_mut().expect("so is this").extend(fields);
        check_pod(json!({ "containers": containers }), expected);
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
        check_pod(
            json!({"volumes": [{"name": 5}], "containers": [{
                "name": "a", "image": "i", "volumeMounts": [{"name": "w", "mountPath": "/w"}],
            }]}),
            &["spec.volumes[0].name"],
        );
    }

    #[test]
    fn what_is_misspelt_is_not_missing() {
        check(json!({"livenessProbe": {"http": {}}}), &["spec.containers[0].livenessProbe.http"]);
        check_pod(
            json!({"volumes": [{"name": "v", "emptydir": {}}]}),
            &["spec.volumes[0].emptydir"],
        );
        check_in(
            "apps/v1",
            "Deployment",
            json!({"selector": {"app": "b"}, "template": {
                "metadata": {"labels": {"app": "b"}},
                "spec": {"containers": [{"name": "a", "image": "i"}]},
            }}),
            &["spec.selector.app"],
        );
    }

    #[test]
    fn what_is_made_from_it() {
        let check = |port, expected: &[&str]| {
            check_in("v1", "Service", json!({"ports": [port]}), expected);
        };
        check(json!({"port": "80"}), &["spec.ports[0].port"]);
        check(
            json!({"port": "80", "targetPort": 70_000}),
            &["spec.ports[0].port", "spec.ports[0].targetPort"],
        );
    }

    #[test]
    fn what_has_nothing_to_do_with_it_is_told() {
        check(
            json!({"workingDir": 5, "volumeMounts": [{"name": "w", "mountPath": "/w"}]}),
            &["spec.containers[0].volumeMounts[0].name", "spec.containers[0].workingDir"],
        );
        check(
            json!({"resources": {"limits": {"memory": "1GB"}, "requests": {"memory": -1, "foo": 1}}}),
            &[
                "spec.containers[0].resources.limits[memory]",
                "spec.containers[0].resources.requests[foo]",
                "spec.containers[0].resources.requests[foo]",
                "spec.containers[0].resources.requests[memory]",
            ],
        );
        let documents = parse(
            format!(
                "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, labels: {{b: {}, n: 1}}}}}}",
                "a".repeat(64)
            )
            .as_bytes(),
        );
        assert_eq!(fields(&documents), ["metadata.labels", "metadata.labels[n]"]);
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
