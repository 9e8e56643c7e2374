//! What a resize of a running Pod may change: requests and limits of cpu and memory.

use serde_json::{Value, json};

use super::annotations::is_mirror;
use super::errors::Errors;
use super::metadata;
use super::names;
use super::pod::{Origin, pod_spec};
use crate::spec::node::Node;
use crate::spec::qos::QosClass;

/// Checks a resize.
pub(in crate::spec) fn pod_resize(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let (old_spec, new_spec) = (old.get("spec"), new.get("spec"));
    metadata::object_meta(&new.get("metadata"), names::dns_subdomain, errors);
    let origin = Origin { pod_name: "", claims: &[], names: true };
    pod_spec(&new_spec, &origin, errors);
    if is_mirror(&old.get("metadata")) {
        errors.forbidden(new, "static pods cannot be resized");
    }
    if old_spec.get("os").get("name").str() == "windows" {
        errors.forbidden(new, "windows pods cannot be resized");
    }
    let status = old.get("status");
    if !status.key("nodeAllocatableResourceClaimStatuses").is_empty() {
        errors.forbidden(&new_spec, "pods with node allocatable resource claims cannot be resized");
    }
    if !node_can_resize(&status) {
        errors.forbidden(&new_spec, "Pod running on node without support for resize");
    }
    let class = QosClass::of(&new.value());
    if QosClass::of(&old.value()) != class {
        errors.invalid_part(
            &new_spec,
            class.to_string(),
            "Pod QOS Class may not change as a result of resizing",
        );
    }
    for list in ["containers", "initContainers"] {
        if old_spec.get(list).len() != new_spec.get(list).len() {
            errors
                .forbidden(&new_spec.get(list), "containers may not be added or removed on resize");
            return;
        }
    }
    removed(&old_spec, &new_spec, errors);
    other_changes(&old_spec, &new_spec, errors);
}

/// Whether the node can resize the Pod: one that can tells what its containers have.
///
/// Of a Pod of which nothing is told or nothing runs, it can be.
fn node_can_resize(status: &Node<'_>) -> bool {
    let containers = status.key("containerStatuses");
    let running = containers.items().find(|status| status.key("state").key("running").is_set());
    running.is_none_or(|status| status.key("resources").is_set())
}

/// Checks that no request and no limit goes away.
fn removed(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let mut pairs = vec![(old.get("resources"), new.get("resources"))];
    for list in ["containers", "initContainers"] {
        for (old, new) in old.get(list).items().zip(new.get(list).items()) {
            pairs.push((old.get("resources"), new.get("resources")));
        }
    }
    for (old, new) in pairs {
        for (field, what) in [("requests", "requests"), ("limits", "limits")] {
            let (old, new) = (old.get(field), new.get(field));
            let is_gone = ["cpu", "memory"]
                .into_iter()
                .any(|name| old.key(name).is_set() && !new.key(name).is_set());
            if is_gone {
                errors.forbidden(&new, format!("resource {what} cannot be removed"));
            }
        }
    }
}

/// Checks that nothing but cpu and memory has changed.
fn other_changes(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let mut munged = new.value();
    for (index, container) in old.get("containers").items().enumerate() {
        take_over(&mut munged["containers"][index], &container);
    }
    for (old, new) in old.get("initContainers").items().zip(new.get("initContainers").items()) {
        let restarts = old
            .get("resizePolicy")
            .items()
            .any(|policy| policy.get("restartPolicy").str() == "RestartContainer");
        let sidecar = old.get("restartPolicy").str() == "Always";
        if restarts && !sidecar && old.get("resources").value() != new.get("resources").value() {
            errors.forbidden(
                &new,
                "non-sidecar init containers with a resize policy of RestartContainer cannot be \
                 resized",
            );
            continue;
        }
        let mut container = new.value();
        take_over(&mut container, &old);
        if container != compact(old.value()) {
            errors.forbidden(
                &new,
                "only cpu and memory resources for init or sidecar containers are mutable",
            );
        }
    }
    munged["initContainers"] = old.get("initContainers").value();
    let mut pod = json!({"resources": new.get("resources").value()});
    take_over(&mut pod, old);
    let same_resources = compact(pod["resources"].clone()) == compact(old.get("resources").value());
    if !same_resources {
        errors.forbidden(new, "only cpu and memory resources are mutable at pod-level");
    }
    munged["resources"] = old.get("resources").value();
    if compact(munged) != compact(old.value()) {
        errors.forbidden(new, "only cpu and memory resources are mutable");
    }
}

/// Sets cpu and memory in `munged` to what they were.
fn take_over(munged: &mut Value, old: &Node<'_>) {
    for field in ["requests", "limits"] {
        for name in ["cpu", "memory"] {
            let amount = old.get("resources").get(field).key(name);
            if amount.is_set() {
                munged["resources"][field][name] = amount.value();
            } else if let Some(amounts) =
                munged.pointer_mut(&format!("/resources/{field}")).and_then(Value::as_object_mut)
            {
                amounts.remove(name);
            }
        }
    }
    *munged = compact(munged.take());
}

/// Returns a value without what is empty in it.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, compact(value)))
            .filter(|(_, value)| !value.is_null() && *value != json!({}) && *value != json!([]))
            .collect(),
        Value::Array(items) => items.into_iter().map(compact).collect(),
        other => other,
    }
}
