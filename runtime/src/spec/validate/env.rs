//! The environment of a container.

use std::collections::BTreeMap;

use super::errors::Errors;
use super::names;
use super::pod::PodContext;
use crate::spec::node::Node;

/// Checks the variables of `env`.
pub(super) fn variables(variables: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    for variable in variables.items() {
        errors.required_name(&variable.get("name"), names::env_var);
        value_from(&variable, pod, errors);
    }
}

fn value_from(variable: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let from = variable.get("valueFrom");
    if !from.is_set() {
        return;
    }
    let sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let set = sources.into_iter().filter(|source| from.get(source).is_set()).count();
    if from.get("fieldRef").is_set() {
        field_ref(&from.get("fieldRef"), ENV_FIELDS, &["annotations", "labels"], errors);
    }
    if from.get("resourceFieldRef").is_set() {
        resource_field_ref(&from.get("resourceFieldRef"), false, errors);
    }
    for source in ["configMapKeyRef", "secretKeyRef"] {
        let source = from.get(source);
        if source.is_set() {
            key_ref(&source, errors);
        }
    }
    if from.get("fileKeyRef").is_set() {
        file_key_ref(&from.get("fileKeyRef"), pod, errors);
    }
    match set {
        0 => errors.invalid_part(
            &from,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, \
             `secretKeyRef` or `fileKeyRef`",
        ),
        _ if !variable.get("value").is_empty() => {
            errors.invalid_part(&from, "", "may not be specified when `value` is not empty");
        }
        1 => {}
        _ => errors.invalid_part(&from, "", "may not have more than one field specified at a time"),
    }
}

/// The fields of the Pod that a variable can be made from.
const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The fields of a Pod that can be referred to at all.
const FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.nominatedNodeName",
    "status.phase",
    "status.podIP",
    "status.podIPs",
];

/// Checks a reference to one of `allowed` fields, or to a key of one of `maps` in the metadata.
pub(super) fn field_ref(
    reference: &Node<'_>,
    allowed: &[&str],
    maps: &[&str],
    errors: &mut Errors,
) {
    let api_version = reference.get("apiVersion");
    let field_path = reference.get("fieldPath");
    if api_version.is_empty() {
        errors.required(&api_version, "");
        return;
    }
    let Some(path) = field_path.text() else {
        errors.required(&field_path, "");
        return;
    };
    if api_version.str() != "v1" {
        errors.invalid(
            &field_path,
            format!("error converting fieldPath: unsupported pod version: {}", api_version.str()),
        );
        return;
    }
    if let Some((map, key)) = subscript(path) {
        if !matches!(map, "metadata.annotations" | "metadata.labels") {
            errors.invalid(
                &field_path,
                format!(
                    "error converting fieldPath: field label does not support subscript: {path}"
                ),
            );
            return;
        }
        let name = if map == "metadata.labels" { "labels" } else { "annotations" };
        if !maps.contains(&name) {
            errors.invalid_part(&field_path, map, "does not support subscript");
            return;
        }
        let rules = if name == "labels" {
            names::qualified_name(key)
        } else {
            names::qualified_name(&key.to_lowercase())
        };
        for rule in rules {
            errors.invalid_part(reference, key, rule);
        }
    } else if !FIELDS.contains(&path) {
        errors.invalid(
            &field_path,
            format!("error converting fieldPath: field label not supported: {path}"),
        );
    } else if !allowed.contains(&path) {
        errors.not_supported(&field_path, allowed);
    }
}

/// Splits `metadata.labels['key']` into the map and the key.
pub(in crate::spec) fn subscript(path: &str) -> Option<(&str, &str)> {
    let (map, key) = path.strip_suffix("']")?.split_once("['")?;
    Some((map, key))
}

/// Checks a reference to a request or a limit of a container.
pub(super) fn resource_field_ref(reference: &Node<'_>, volume: bool, errors: &mut Errors) {
    let name = reference.get("containerName");
    let resource = reference.get("resource");
    if volume && name.is_empty() {
        errors.required(&name, "");
    } else if resource.is_empty() {
        errors.required(&resource, "");
    } else if !is_resource_field(resource.str()) {
        errors.not_supported(&resource, RESOURCE_FIELDS);
    }
    divisor(reference, errors);
}

const RESOURCE_FIELDS: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

fn is_resource_field(resource: &str) -> bool {
    RESOURCE_FIELDS.contains(&resource)
        || resource.starts_with("limits.hugepages-")
        || resource.starts_with("requests.hugepages-")
}

fn divisor(reference: &Node<'_>, errors: &mut Errors) {
    let node = reference.get("divisor");
    let Some(divisor) = node.quantity() else { return };
    let resource = reference.get("resource").str();
    let bytes = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
    let (kind, allowed) = match resource.split_once('.') {
        Some((_, "cpu")) => ("cpu", &["1m", "1"][..]),
        Some((_, "memory")) => ("memory", &bytes[..]),
        Some((_, "ephemeral-storage")) => ("ephemeral-storage", &bytes[..]),
        Some((_, name)) if name.starts_with("hugepages-") => ("hugepages", &bytes[..]),
        _ => return,
    };
    if divisor.is_zero() {
        return;
    }
    let is_allowed = allowed
        .iter()
        .any(|text| text.parse().is_ok_and(|allowed: super::Quantity| allowed == divisor));
    if !is_allowed {
        let mut sorted = allowed.to_vec();
        sorted.sort_unstable();
        errors.invalid(
            &node,
            format!(
                "only divisor's values {} are supported with the {kind} resource",
                sorted.join(", ")
            ),
        );
    }
}

fn key_ref(reference: &Node<'_>, errors: &mut Errors) {
    let name = reference.get("name");
    errors.broken(&name, names::dns_subdomain(name.str()));
    errors.required_name(&reference.get("key"), names::config_map_key);
}

fn file_key_ref(reference: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let key = reference.get("key");
    errors.required_name(&key, names::env_var);
    let volume = reference.get("volumeName");
    if volume.is_empty() {
        errors.required(&volume, "");
    } else {
        match pod.volumes.get(volume.str()) {
            None => errors.not_found(&volume),
            Some(source) if !source.get("emptyDir").is_set() => {
                errors.invalid(&volume, "volume source must be emptyDir");
            }
            Some(_) => {}
        }
    }
    let path = reference.get("path");
    if path.is_empty() {
        errors.required(&path, "");
    } else {
        errors.broken(&path, names::local_visible_path(path.str()));
    }
}

/// Checks the sources of `envFrom`.
pub(super) fn sources(sources: &Node<'_>, errors: &mut Errors) {
    for source in sources.items() {
        errors.optional_name(&source.get("prefix"), names::env_var);
        let references: BTreeMap<_, _> = ["configMapRef", "secretRef"]
            .into_iter()
            .map(|name| (name, source.get(name)))
            .filter(|(_, reference)| reference.is_set())
            .collect();
        for reference in references.values() {
            errors.required_name(&reference.get("name"), names::dns_subdomain);
        }
        match references.len() {
            0 => errors.invalid_part(
                &sources.clone(),
                "",
                "must specify one of: `configMapRef` or `secretRef`",
            ),
            1 => {}
            _ => errors.invalid_part(
                &sources.clone(),
                "",
                "may not have more than one field specified at a time",
            ),
        }
    }
}
