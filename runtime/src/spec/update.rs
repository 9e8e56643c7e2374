//! What may change in a Pod that exists.
//!
//! Both objects are decoded and defaulted, see [`crate::spec::parse::Parsed::object`].

use serde_json::Value;

use super::invalid::Invalid;
use super::node::Node;
use super::validate::{self, Errors};

/// By which door a change comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A change of the Pod itself.
    Update,
    /// The `ephemeralcontainers` subresource: containers are added.
    EphemeralContainers,
    /// The `resize` subresource: requests and limits change.
    Resize,
}

/// Returns what is wrong with making `old` into `new`.
pub fn check(old: &Value, new: &Value, change: Change) -> Vec<Invalid> {
    let mut errors = Errors::default();
    let (old_node, new_node) = (Node::root(old), Node::root(new));
    match change {
        Change::Update => validate::pod_update(&old_node, &new_node, &mut errors),
        Change::EphemeralContainers => {
            validate::ephemeral_containers_update(&old_node, &new_node, &mut errors);
        }
        Change::Resize => validate::pod_resize(&old_node, &new_node, &mut errors),
    }
    errors.into_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, check};
    use crate::spec::defaults;

    fn pod(patch: impl FnOnce(&mut Value)) -> Value {
        let mut pod = json!({
            "metadata": {"name": "a"},
            "spec": {
                "initContainers": [{"name": "first", "image": "i:1"}],
                "containers": [{
                    "name": "main",
                    "image": "i:1",
                    "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}},
                }],
            },
        });
        patch(&mut pod);
        defaults::object("Pod", &mut pod);
        pod
    }

    /// What is wrong with changing one Pod into another.
    #[track_caller]
    fn changed(
        change: Change,
        old: impl FnOnce(&mut Value),
        new: impl FnOnce(&mut Value),
        expected: &[&str],
    ) {
        let errors = check(&pod(old), &pod(new), change);
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), expected.len(), "{errors:#?}");
        for (error, expected) in errors.iter().zip(expected) {
            assert!(error.starts_with(expected), "{error:?} is not {expected:?}");
        }
    }

    #[test]
    fn images_and_metadata_may_change() {
        changed(
            Change::Update,
            |_| {},
            |pod| {
                pod["metadata"]["labels"] = json!({"a": "b"});
                pod["spec"]["containers"][0]["image"] = json!("i:2");
                pod["spec"]["initContainers"][0]["image"] = json!("i:2");
            },
            &[],
        );
    }

    #[test]
    fn containers_may_not_come_or_go() {
        changed(
            Change::Update,
            |_| {},
            |pod| pod["spec"]["initContainers"] = json!([]),
            &["spec.initContainers: Forbidden: pod updates may not add or remove containers"],
        );
    }

    #[test]
    fn nothing_else_may_change() {
        changed(
            Change::Update,
            |_| {},
            |pod| pod["spec"]["containers"][0]["args"] = json!(["x"]),
            &["spec: Forbidden: pod updates may not change fields other than"],
        );
        changed(
            Change::Update,
            |_| {},
            |pod| pod["metadata"]["name"] = json!("b"),
            &[r#"metadata.name: Invalid value: "b": field is immutable"#],
        );
    }

    #[test]
    fn the_deadline_may_only_come_nearer() {
        let deadline = |seconds: i64| {
            move |pod: &mut Value| pod["spec"]["activeDeadlineSeconds"] = json!(seconds)
        };
        changed(Change::Update, |_| {}, deadline(10), &[]);
        changed(Change::Update, deadline(10), deadline(5), &[]);
        changed(
            Change::Update,
            deadline(5),
            deadline(10),
            &[
                "spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous",
            ],
        );
        changed(
            Change::Update,
            deadline(5),
            |_| {},
            &["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive"],
        );
    }

    #[test]
    fn tolerations_are_added_and_gates_removed() {
        let tolerates = |keys: &'static [&'static str]| {
            move |pod: &mut Value| {
                let list = keys.iter().map(|key| json!({"key": key, "operator": "Exists"}));
                pod["spec"]["tolerations"] = list.collect();
            }
        };
        let gated = |names: &'static [&'static str]| {
            move |pod: &mut Value| {
                pod["spec"]["schedulingGates"] =
                    names.iter().map(|name| json!({"name": name})).collect();
            }
        };
        changed(Change::Update, tolerates(&["a"]), tolerates(&["b", "a"]), &[]);
        changed(
            Change::Update,
            tolerates(&["a"]),
            tolerates(&["b"]),
            &["spec.tolerations: Forbidden: existing toleration can not be modified"],
        );
        changed(Change::Update, gated(&["a", "b"]), gated(&["b"]), &[]);
        changed(
            Change::Update,
            gated(&["a"]),
            gated(&["a", "b"]),
            &["spec.schedulingGates[1].name: Forbidden: only deletion is allowed"],
        );
    }

    #[test]
    fn ephemeral_containers_are_only_added() {
        let debug = |image: &'static str| {
            move |pod: &mut Value| {
                pod["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": image}]);
            }
        };
        changed(Change::EphemeralContainers, |_| {}, debug("a"), &[]);
        changed(
            Change::EphemeralContainers,
            debug("a"),
            |_| {},
            &[
                "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be removed",
            ],
        );
        changed(
            Change::EphemeralContainers,
            debug("a"),
            debug("b"),
            &[
                "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be changed",
            ],
        );
    }

    #[test]
    fn a_resize_changes_cpu_and_memory() {
        let requests = |requests: Value| {
            move |pod: &mut Value| pod["spec"]["containers"][0]["resources"]["requests"] = requests
        };
        changed(Change::Resize, |_| {}, requests(json!({"cpu": "500m"})), &[]);
        changed(
            Change::Resize,
            |_| {},
            requests(json!({"cpu": "1", "ephemeral-storage": "1Gi"})),
            &["spec: Forbidden: only cpu and memory resources are mutable"],
        );
        changed(
            Change::Resize,
            requests(json!({"cpu": "1", "memory": "1Gi"})),
            requests(json!({"cpu": "1"})),
            &[
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
            ],
        );
        changed(
            Change::Resize,
            |_| {},
            |pod| pod["spec"]["containers"][0]["resources"] = json!({}),
            &[
                "spec: Invalid value: \"BestEffort\": Pod QOS Class may not change",
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
            ],
        );
    }

    #[test]
    fn a_resize_heeds_what_is_told_of_the_pod() {
        let check = |status: Value, expected: &[&str]| {
            let old = |pod: &mut Value| pod["status"] = status;
            let smaller = |pod: &mut Value| {
                pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("500m");
            };
            changed(Change::Resize, old, smaller, expected);
        };
        let container =
            |state: &str, more: Value| json!({"containerStatuses": [{"state": {state: more}}]});
        check(json!({}), &[]);
        check(container("waiting", json!({"reason": "PodInitializing"})), &[]);
        check(
            container("running", json!({})),
            &["spec: Forbidden: Pod running on node without support for resize"],
        );
        let mut running = container("running", json!({}));
        running["containerStatuses"][0]["resources"] = json!({});
        check(running, &[]);
        check(
            json!({"nodeAllocatableResourceClaimStatuses": [{"resourceClaimName": "a"}]}),
            &["spec: Forbidden: pods with node allocatable resource claims cannot be resized"],
        );
    }
}
