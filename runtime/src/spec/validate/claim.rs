//! Claims of persistent volumes, of their own or in a template.

use super::errors::Errors;
use super::{metadata, names, selector};
use crate::spec::node::Node;

const ACCESS_MODES: &[&str] =
    &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Metadata that a template may not have.
const NOT_IN_TEMPLATE: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// Checks the template from which an ephemeral volume's claim is made.
pub(super) fn template(template: &Node<'_>, errors: &mut Errors) {
    if !template.is_set() {
        errors.required(template, "");
        return;
    }
    let meta = template.get("metadata");
    metadata::annotations(&meta.get("annotations"), errors);
    metadata::labels(&meta.get("labels"), errors);
    for field in NOT_IN_TEMPLATE {
        if !meta.get(field).is_empty() {
            errors.forbidden(&meta.get(field), "cannot be set");
        }
    }
    spec(&template.get("spec"), errors);
}

/// Checks the spec of a claim.
pub(super) fn spec(spec: &Node<'_>, errors: &mut Errors) {
    access_modes(&spec.get("accessModes"), errors);
    selector::label_selector(&spec.get("selector"), errors);
    let resources = spec.get("resources");
    let storage = resources.get("requests").key("storage");
    match storage.quantity() {
        None => errors.required(&resources.key("storage"), ""),
        Some(amount) => {
            let storage = storage.at(resources.path().key("storage"));
            if amount.is_negative() {
                errors.invalid(&storage, super::errors::NOT_NEGATIVE);
            }
            if amount.is_negative() || amount.is_zero() {
                errors.invalid(&storage, "must be greater than zero");
            }
        }
    }
    errors.optional_name(&spec.get("storageClassName"), names::dns_subdomain);
    errors.optional_name(&spec.get("volumeAttributesClassName"), names::dns_subdomain);
    errors.optional_one_of(&spec.get("volumeMode"), &["Block", "Filesystem"]);
    data_sources(spec, errors);
}

fn access_modes(modes: &Node<'_>, errors: &mut Errors) {
    if modes.is_empty() {
        errors.required(modes, "at least 1 access mode is required");
    }
    let mut other = false;
    for mode in modes.items() {
        if ACCESS_MODES.contains(&mode.str()) {
            other |= mode.str() != "ReadWriteOncePod";
        } else {
            errors.not_supported_part(modes, mode.value(), ACCESS_MODES);
        }
    }
    if other && modes.texts().contains(&"ReadWriteOncePod") {
        errors.forbidden(modes, "may not use ReadWriteOncePod with other access modes");
    }
}

fn data_sources(spec: &Node<'_>, errors: &mut Errors) {
    let (source, reference) = (spec.get("dataSource"), spec.get("dataSourceRef"));
    for data in [&source, &reference] {
        if data.is_set() {
            data_source(data, errors);
        }
    }
    if source.is_set() && reference.is_set() {
        let same = ["apiGroup", "kind", "name"]
            .into_iter()
            .all(|field| source.get(field).str() == reference.get(field).str());
        if !same {
            errors.invalid_part(spec, source.get("name").value(), "must match dataSourceRef");
        }
    }
}

fn data_source(source: &Node<'_>, errors: &mut Errors) {
    errors.required_text(&source.get("name"));
    errors.required_text(&source.get("kind"));
    let group = source.get("apiGroup");
    if group.is_empty() {
        if source.get("kind").str() != "PersistentVolumeClaim" {
            errors.invalid_part(
                source,
                source.get("kind").value(),
                "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
            );
        }
    } else {
        errors.broken(&group, names::dns_subdomain(group.str()));
    }
}
