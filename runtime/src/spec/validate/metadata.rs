//! Metadata of objects.

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

/// The rule for the name of a kind of object.
pub(super) type NameRule = fn(&str) -> Vec<String>;

const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

/// Checks the metadata of an object that lives in a namespace.
pub(super) fn object_meta(metadata: &Node<'_>, name_rule: NameRule, errors: &mut Errors) {
    let generate_name = metadata.get("generateName");
    if let Some(prefix) = generate_name.text() {
        // The random suffix begins with an alphanumeric character, so a prefix may end with a dash.
        let masked = match prefix.strip_suffix('-') {
            Some(rest) if !rest.is_empty() => format!("{rest}a"),
            _ => prefix.to_owned(),
        };
        errors.broken(&generate_name, name_rule(&masked));
    }
    let name = metadata.get("name");
    if name.is_empty() {
        if generate_name.is_empty() {
            errors.required(&name, "name or generateName is required");
        }
    } else {
        errors.broken(&name, name_rule(name.str()));
    }
    let namespace = metadata.get("namespace");
    errors.required_name(&namespace, names::dns_label);
    errors.not_negative(&metadata.get("generation"));
    labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owner_references(&metadata.get("ownerReferences"), errors);
    finalizers(&metadata.get("finalizers"), errors);
    managed_fields(&metadata.get("managedFields"), errors);
}

/// Checks keys and values of labels.
pub(super) fn labels(labels: &Node<'_>, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        for rule in names::label_key(key) {
            errors.invalid_part(labels, key, rule);
        }
        for rule in names::label_value(value.str()) {
            errors.invalid_part(labels, value.str(), rule);
        }
    }
}

/// Checks the keys of annotations, and how much they are together.
pub(super) fn annotations(annotations: &Node<'_>, errors: &mut Errors) {
    let mut bytes = 0;
    for (key, value) in annotations.entries() {
        // Upper case is allowed in the prefix here, for old annotations.
        for rule in names::qualified_name(&key.to_lowercase()) {
            errors.invalid_part(annotations, key, rule);
        }
        bytes += key.len() + value.str().len();
    }
    if bytes > MAX_ANNOTATION_BYTES {
        errors.too_long(annotations, MAX_ANNOTATION_BYTES);
    }
}

fn owner_references(references: &Node<'_>, errors: &mut Errors) {
    let mut controllers = 0;
    for reference in references.items() {
        let api_version = reference.get("apiVersion");
        match api_version.str() {
            "" => errors.invalid_part(&api_version, "", "version must not be empty"),
            version if version.matches('/').count() > 1 => {
                errors.invalid(&api_version, format!("unexpected GroupVersion string: {version}"));
            }
            _ => {}
        }
        for (field, detail) in [
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if reference.get(field).is_empty() {
                errors.invalid_part(&reference.get(field), "", detail);
            }
        }
        controllers += usize::from(reference.get("controller").is_true());
    }
    if controllers > 1 {
        errors.invalid(references, "Only one reference can have Controller set to true");
    }
}

fn finalizers(finalizers: &Node<'_>, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        let rules = names::qualified_name(finalizer.str());
        let standard = ["orphan", "foregroundDeletion", "kubernetes"];
        for rule in rules {
            errors.invalid_part(finalizers, finalizer.value(), rule);
        }
        if !finalizer.str().contains('/') && !standard.contains(&finalizer.str()) {
            errors.invalid_part(
                finalizers,
                finalizer.value(),
                "name is neither a standard finalizer name nor is it fully qualified",
            );
        }
    }
}

fn managed_fields(entries: &Node<'_>, errors: &mut Errors) {
    for entry in entries.items() {
        let operation = entry.get("operation");
        if !matches!(operation.str(), "Apply" | "Update") {
            errors.invalid_part(&operation, operation.str(), "must be `Apply` or `Update`");
        }
        let fields_type = entry.get("fieldsType");
        if !matches!(fields_type.str(), "" | "FieldsV1") {
            errors.invalid(&fields_type, "must be `FieldsV1`");
        }
    }
}
