//! What may change in a Pod that exists.

use serde_json::{Value, json};

use super::annotations::{MIRROR, is_mirror};
use super::errors::{Errors, in_range_message};
use super::pod::{Origin, pod_spec};
use super::{annotations, metadata, names, security};
use crate::spec::node::Node;

const ONLY_THESE_FIELDS: &str = "pod updates may not change fields other than \
    `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
    `spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Checks a change of the Pod itself.
pub(in crate::spec) fn pod_update(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    immutable_metadata(&old.get("metadata"), &new.get("metadata"), errors);
    existing_pod(new, errors);
    mirror_annotation(old, new, errors);
    let (old, new) = (old.get("spec"), new.get("spec"));
    for list in ["containers", "initContainers"] {
        if old.get(list).len() != new.get(list).len() {
            errors.forbidden(&new.get(list), "pod updates may not add or remove containers");
            return;
        }
    }
    if !deadline(&old.get("activeDeadlineSeconds"), &new.get("activeDeadlineSeconds"), errors) {
        return;
    }
    tolerations(&old.get("tolerations"), &new.get("tolerations"), errors);
    gates(&old.get("schedulingGates"), &new.get("schedulingGates"), errors);
    let mut munged = new.value();
    take_over_mutable(&mut munged, &old, &new);
    if !old.get("schedulingGates").is_empty() {
        gated(&mut munged, &old, &new, errors);
    }
    if munged != old.value() {
        errors.forbidden(&new, ONLY_THESE_FIELDS);
    }
}

/// Checks what holds for every Pod, also for one that exists.
fn existing_pod(pod: &Node<'_>, errors: &mut Errors) {
    let (meta, spec) = (pod.get("metadata"), pod.get("spec"));
    metadata::object_meta(&meta, names::dns_subdomain, errors);
    annotations::pod_annotations(&meta, &spec, errors);
    let origin = Origin { pod_name: meta.get("name").str(), claims: &[], names: true };
    pod_spec(&spec, &origin, errors);
    security::annotations_match(&meta, &spec, errors);
}

fn immutable_metadata(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        if old.get(field).value() != new.get(field).value() {
            errors.invalid(&new.get(field), "field is immutable");
        }
    }
}

fn mirror_annotation(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let [old, new] = [old, new].map(|pod| pod.get("metadata").get("annotations").key(MIRROR));
    if old.is_set() && old.value() != new.value() {
        errors.forbidden(&new, "may not remove or update mirror pod annotation");
    } else if !old.is_set() && new.is_set() {
        errors.forbidden(&new, "may not add mirror pod annotation");
    }
}

/// Checks the deadline, and returns whether the rest is worth looking at.
fn deadline(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) -> bool {
    const MAX: i64 = i32::MAX as i64;
    match (old.int(), new.int()) {
        (_, Some(seconds)) if !(0..=MAX).contains(&seconds) => {
            errors.invalid(new, in_range_message(0, MAX));
        }
        (Some(old), Some(seconds)) if old < seconds => {
            errors.invalid(new, "must be less than or equal to previous value");
        }
        (Some(_), None) => {
            errors.invalid(new, "must not update from a positive integer to nil value");
        }
        _ => return true,
    }
    false
}

fn tolerations(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let key = |toleration: &Node<'_>| {
        ["key", "operator", "value", "effect"].map(|field| toleration.get(field).value())
    };
    for kept in old.items() {
        // How long one is borne may change, if it was borne for a time only.
        let is_kept = |other: Node<'_>| {
            key(&other) == key(&kept)
                && (kept.get("effect").str() == "NoExecute"
                    || other.get("tolerationSeconds").value()
                        == kept.get("tolerationSeconds").value())
        };
        if !new.items().any(is_kept) {
            errors.forbidden(
                new,
                "existing toleration can not be modified except its tolerationSeconds",
            );
            return;
        }
    }
}

fn gates(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    for gate in new.items() {
        let name = gate.get("name");
        if !old.items().any(|old| old.get("name").str() == name.str()) {
            errors.forbidden(
                &name,
                format!("only deletion is allowed, but found new scheduling gate '{}'", name.str()),
            );
        }
    }
}

/// Sets what may change in `munged` to what it was, so that only what may not is left.
fn take_over_mutable(munged: &mut Value, old: &Node<'_>, new: &Node<'_>) {
    for list in ["containers", "initContainers"] {
        for (index, container) in old.get(list).items().enumerate() {
            put(&mut munged[list][index], "image", &container.get("image"));
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        put(munged, field, &old.get(field));
    }
    let grace = "terminationGracePeriodSeconds";
    let was_negative = old.get(grace).int().is_some_and(|seconds| seconds < 0);
    if was_negative && new.get(grace).int() == Some(1) {
        put(munged, grace, &old.get(grace));
    }
}

fn put(parent: &mut Value, field: &str, value: &Node<'_>) {
    let Some(fields) = parent.as_object_mut() else { return };
    match value.is_set() {
        true => fields.insert(field.to_owned(), value.value()),
        false => fields.remove(field),
    };
}

/// Checks that a Pod that is not scheduled yet only becomes pickier about nodes.
fn gated(munged: &mut Value, old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    let (old_selector, new_selector) = (old.get("nodeSelector"), new.get("nodeSelector"));
    let mut kept = old_selector.entries();
    if !kept.all(|(key, value)| new_selector.key(key).value() == value.value()) {
        errors.invalid(
            &new_selector,
            "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
        );
    }
    put(munged, "nodeSelector", &old_selector);
    let [old_terms, new_terms] = [old, new].map(|spec| {
        spec.get("affinity")
            .get("nodeAffinity")
            .get("requiredDuringSchedulingIgnoredDuringExecution")
            .get("nodeSelectorTerms")
    });
    node_terms(&old_terms, &new_terms, errors);
    // The preferences are free, and what else there is of affinity must stay.
    put_affinity(munged, old);
}

fn put_affinity(munged: &mut Value, old: &Node<'_>) {
    let affinity = old.get("affinity");
    let mut value = match munged.get("affinity") {
        Some(affinity) => affinity.clone(),
        None => json!({}),
    };
    put(&mut value, "nodeAffinity", &affinity.get("nodeAffinity"));
    if value == json!({}) && !affinity.is_set() {
        munged.as_object_mut().map(|spec| spec.remove("affinity"));
    } else {
        munged["affinity"] = value;
    }
}

fn node_terms(old: &Node<'_>, new: &Node<'_>, errors: &mut Errors) {
    if old.is_empty() {
        return;
    }
    if old.len() != new.len() {
        errors
            .invalid(new, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
        return;
    }
    for (old, new) in old.items().zip(new.items()) {
        let kept = |list: &'static str| {
            let all: Vec<_> = new.get(list).items().map(|item| item.value()).collect();
            old.get(list).items().all(|item| all.contains(&item.value()))
        };
        if !kept("matchExpressions") || !kept("matchFields") {
            errors.invalid(&new, "only additions are allowed (no mutations or deletions)");
        }
    }
}

/// Checks the addition of ephemeral containers.
pub(in crate::spec) fn ephemeral_containers_update(
    old: &Node<'_>,
    new: &Node<'_>,
    errors: &mut Errors,
) {
    existing_pod(new, errors);
    if is_mirror(&old.get("metadata")) {
        errors.forbidden(
            &new.at(crate::spec::path::FieldPath::root()),
            "static pods do not support ephemeral containers",
        );
    }
    let list = new.get("spec").get("ephemeralContainers");
    for container in old.get("spec").get("ephemeralContainers").items() {
        let name = container.get("name").str();
        let now = list.items().find(|other| other.get("name").str() == name);
        match now {
            None => errors.forbidden(
                &list,
                format!("existing ephemeral containers \"{name}\" may not be removed"),
            ),
            Some(now) if now.value() != container.value() => errors.forbidden(
                &list,
                format!("existing ephemeral containers \"{name}\" may not be changed"),
            ),
            Some(_) => {}
        }
    }
}
