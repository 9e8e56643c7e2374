//! Templates of Pods, and the selectors that must find what is made from them.

use super::errors::Errors;
use super::pod::{Origin, pod_spec};
use super::{annotations, metadata, names, security, selector};
use crate::spec::node::Node;

/// Checks a template.
pub(super) fn pod_template(template: &Node<'_>, errors: &mut Errors) {
    template_of(template, &Origin { pod_name: "", claims: &[], names: true }, errors);
}

/// Checks the template of a StatefulSet, which adds volumes and names its Pods itself.
pub(super) fn stateful_template(template: &Node<'_>, claims: &[&str], errors: &mut Errors) {
    template_of(template, &Origin { pod_name: "", claims, names: false }, errors);
}

fn template_of(template: &Node<'_>, origin: &Origin<'_>, errors: &mut Errors) {
    let (meta, spec) = (template.get("metadata"), template.get("spec"));
    let at = |field: &'static str| meta.get(field).at(template.path().field(field));
    metadata::labels(&at("labels"), errors);
    metadata::annotations(&at("annotations"), errors);
    annotations::pod_annotations(&meta, &spec, errors);
    pod_spec(&spec, origin, errors);
    security::annotations_match(&meta, &spec, errors);
    let ephemeral = spec.get("ephemeralContainers");
    if !ephemeral.is_empty() {
        errors.forbidden(&ephemeral, "ephemeral containers not allowed in pod template");
    }
}

/// Checks what holds for all templates whose Pods are to run for ever.
pub(super) fn always_running(kind: &str, template: &Node<'_>, errors: &mut Errors) {
    let spec = template.get("spec");
    let policy = spec.get("restartPolicy");
    if policy.str() != "Always" {
        errors.not_supported(&policy, &["Always"]);
    }
    let deadline = spec.get("activeDeadlineSeconds");
    if deadline.is_set() {
        errors.forbidden(&deadline, format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

/// Checks that the selector is there and finds the Pods of the template.
pub(super) fn selects(kind: &str, selector: &Node<'_>, template: &Node<'_>, errors: &mut Errors) {
    let mut is_valid = true;
    if selector.is_set() {
        let found = errors.count();
        selector::label_selector(selector, errors);
        is_valid = errors.count() == found;
        if selector.get("matchLabels").len() + selector.get("matchExpressions").len() == 0 {
            errors.invalid(selector, format!("empty selector is invalid for {kind}"));
        }
    } else if kind != "daemonset" {
        errors.required(selector, "");
    }
    let labels = template.get("metadata").get("labels");
    if !is_valid {
        // A DaemonSet is told only what is wrong with it.
        if kind != "daemonset" {
            errors.invalid(selector, "invalid label selector");
        }
    } else if !selector::matches(selector, &labels) {
        errors.invalid(&labels, "`selector` does not match template `labels`");
    }
}

/// Checks a number of Pods, given as such or as a share in per cent.
pub(super) fn int_or_percent(node: &Node<'_>, errors: &mut Errors) {
    if node.int().is_some() {
        errors.not_negative(node);
    } else if node.is_set() && percent(node).is_none() {
        errors.invalid(
            node,
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  \
             or '93%', regex used for validation is '[0-9]+%')",
        );
    }
}

/// Checks that a share is not more than everything.
pub(super) fn at_most_100_percent(node: &Node<'_>, errors: &mut Errors) {
    if percent(node).is_some_and(|percent| percent > 100) {
        errors.invalid(node, "must not be greater than 100%");
    }
}

/// Whether a number or a share is nothing.
pub(super) fn is_nothing(node: &Node<'_>) -> bool {
    node.int().or_else(|| percent(node)).unwrap_or_default() == 0
}

fn percent(node: &Node<'_>) -> Option<i64> {
    let digits = node.str().strip_suffix('%')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(i64::MAX))
}

/// Checks metadata of an object whose name is a DNS subdomain.
pub(super) fn named(object: &Node<'_>, errors: &mut Errors) {
    metadata::object_meta(&object.get("metadata"), names::dns_subdomain, errors);
}
