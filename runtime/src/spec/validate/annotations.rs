//! Annotations of a Pod that stand for fields of its spec.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::errors::Errors;
use super::names;
use crate::spec::http::{self, HttpSettings};
use crate::spec::node::Node;

pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
pub(super) const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(super) const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
pub(super) const APPARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Checks the values of the annotations that Kubernetes itself reads, and of ours.
pub(super) fn pod_annotations(metadata: &Node<'_>, spec: &Node<'_>, errors: &mut Errors) {
    let annotations = metadata.get("annotations");
    let containers = LazyCell::new(|| container_names(spec));
    for (key, value) in annotations.entries() {
        match key {
            MIRROR if spec.get("nodeName").is_empty() => {
                errors.invalid(&value, "must set spec.nodeName if mirror pod annotation is set");
            }
            DELETION_COST if !is_deletion_cost(value.str()) => {
                errors.invalid(&value, "must be a 32bit integer");
            }
            _ => {}
        }
        if key == SECCOMP_POD || key.starts_with(SECCOMP_CONTAINER) {
            let value = value.at(annotations.path().field(key.to_owned()));
            seccomp(&value, errors);
        }
        if let Some(name) = key.strip_prefix(http::PREFIX)
            && let Err(reason) = HttpSettings::default().set(name, value.str())
        {
            errors.invalid(&value, reason);
        }
        if let Some(container) = key.strip_prefix(APPARMOR_CONTAINER) {
            if !containers.contains(container) {
                errors.invalid_part(&value, container, "container not found");
            }
            app_armor(&value, errors);
        }
    }
}

/// Whether a Pod is the image of a static one.
pub(super) fn is_mirror(metadata: &Node<'_>) -> bool {
    metadata.get("annotations").key(MIRROR).is_set()
}

fn container_names<'a>(spec: &Node<'a>) -> BTreeSet<&'a str> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| spec.get(list).items())
        .map(|container| container.get("name").str())
        .collect()
}

fn is_deletion_cost(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0');
    text == "0"
        || (!padded && !text.starts_with('+') && digits != "0" && text.parse::<i32>().is_ok())
}

fn seccomp(profile: &Node<'_>, errors: &mut Errors) {
    match profile.str() {
        "runtime/default" | "docker/default" | "unconfined" => {}
        text => match text.strip_prefix("localhost/") {
            Some(path) => errors.broken(profile, names::local_path(path)),
            None => errors.invalid(profile, "must be a valid seccomp profile"),
        },
    }
}

fn app_armor(profile: &Node<'_>, errors: &mut Errors) {
    let text = profile.str();
    if !matches!(text, "" | "runtime/default" | "unconfined") && !text.starts_with("localhost/") {
        errors.invalid(profile, format!("invalid AppArmor profile name: \"{text}\""));
    }
}
