//! The variables of a container.

use super::owned;
use crate::spec::node::Node;
use crate::spec::{
    EnvFrom, EnvFromSource, EnvValue, EnvVar, FieldRef, FileKeyRef, KeyRef, NodeResource,
    ResourceRef, validate,
};

/// Returns a variable of `env`, and none if it says nothing.
pub(super) fn variable(
    variable: &Node<'_>,
    container: &Node<'_>,
    spec: &Node<'_>,
) -> Option<EnvVar> {
    let from = variable.get("valueFrom");
    let value = if from.get("fieldRef").is_set() {
        EnvValue::Field(field_ref(from.get("fieldRef").get("fieldPath").str())?)
    } else if from.get("resourceFieldRef").is_set() {
        let reference = from.get("resourceFieldRef");
        EnvValue::Resource(resource_field_ref(&reference, Some(container), spec)?)
    } else if from.get("configMapKeyRef").is_set() {
        EnvValue::ConfigMapKey(key_ref(&from.get("configMapKeyRef")))
    } else if from.get("secretKeyRef").is_set() {
        EnvValue::SecretKey(key_ref(&from.get("secretKeyRef")))
    } else if from.get("fileKeyRef").is_set() {
        EnvValue::FileKey(file_key_ref(&from.get("fileKeyRef")))
    } else {
        EnvValue::Literal(variable.get("value").str().to_owned())
    };
    Some(EnvVar { name: variable.get("name").str().to_owned(), value })
}

/// Returns an element of `envFrom`.
pub(super) fn from(from: &Node<'_>) -> EnvFrom {
    let (config_map, secret) = (from.get("configMapRef"), from.get("secretRef"));
    let (reference, source): (_, fn(String) -> _) = if config_map.is_set() {
        (config_map, EnvFromSource::ConfigMap)
    } else {
        (secret, EnvFromSource::Secret)
    };
    EnvFrom {
        prefix: from.get("prefix").str().to_owned(),
        source: source(reference.get("name").str().to_owned()),
        optional: reference.get("optional").is_true(),
    }
}

fn key_ref(reference: &Node<'_>) -> KeyRef {
    KeyRef {
        name: reference.get("name").str().to_owned(),
        key: reference.get("key").str().to_owned(),
        optional: reference.get("optional").is_true(),
    }
}

fn file_key_ref(reference: &Node<'_>) -> FileKeyRef {
    FileKeyRef {
        volume: reference.get("volumeName").str().to_owned(),
        path: reference.get("path").str().to_owned(),
        key: reference.get("key").str().to_owned(),
        optional: reference.get("optional").is_true(),
    }
}

/// Returns the amount itself where the document has it, and the node's for a limit that it has not.
///
/// A volume belongs to no container: it has to say whose resources it means.
pub(super) fn resource_field_ref(
    reference: &Node<'_>,
    own: Option<&Node<'_>>,
    spec: &Node<'_>,
) -> Option<ResourceRef> {
    let resources = match owned(&reference.get("containerName")) {
        None => own?.get("resources"),
        Some(name) => match container_named(spec, &name) {
            None => return Some(ResourceRef::UnknownContainer(name)),
            Some(named) => named.get("resources"),
        },
    };
    let divisor = reference.get("divisor").quantity().unwrap_or_default();
    let (field, name) = reference.get("resource").str().split_once('.')?;
    let is_limit = field == "limits";
    let amount = resources.get(if is_limit { "limits" } else { "requests" }).key(name).quantity();
    // A limit of zero is none.
    let amount = amount.filter(|amount| !(is_limit && amount.is_zero()));
    let resource = match name {
        "cpu" => Some(NodeResource::Cpu),
        "memory" => Some(NodeResource::Memory),
        "ephemeral-storage" => Some(NodeResource::EphemeralStorage),
        _ => None,
    };
    Some(match (amount, resource.filter(|_| is_limit)) {
        (None, Some(resource)) => ResourceRef::Allocatable { resource, divisor },
        (amount, _) => {
            ResourceRef::Amount(amount.unwrap_or_default().divided_by(divisor).to_string())
        }
    })
}

fn container_named<'a>(spec: &Node<'a>, name: &str) -> Option<Node<'a>> {
    let lists = ["containers", "initContainers"].into_iter();
    lists.flat_map(|list| spec.get(list).items()).find(|node| node.get("name").str() == name)
}

/// Returns the field of a checked path.
pub(super) fn field_ref(path: &str) -> Option<FieldRef> {
    if let Some((map, key)) = validate::subscript(path) {
        return match map {
            "metadata.labels" => Some(FieldRef::Label(key.to_owned())),
            "metadata.annotations" => Some(FieldRef::Annotation(key.to_owned())),
            _ => None,
        };
    }
    Some(match path {
        "metadata.name" => FieldRef::Name,
        "metadata.namespace" => FieldRef::Namespace,
        "metadata.uid" => FieldRef::Uid,
        "spec.nodeName" => FieldRef::NodeName,
        "spec.serviceAccountName" => FieldRef::ServiceAccountName,
        "status.hostIP" => FieldRef::HostIp,
        "status.hostIPs" => FieldRef::HostIps,
        "status.podIP" => FieldRef::PodIp,
        "status.podIPs" => FieldRef::PodIps,
        _ => return None,
    })
}
