//! ConfigMaps, Secrets and PersistentVolumeClaims.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::spec::node::Node;
use crate::spec::{AccessMode, Claim, ConfigMap, NamespacedName, Object, Secret, base64};

/// Returns the ConfigMap of a checked document.
pub(in crate::spec) fn config_map(object: &Node<'_>) -> Object {
    Object::ConfigMap(Arc::new(ConfigMap {
        name: name(object),
        data: texts(&object.get("data")).collect(),
        binary_data: bytes(&object.get("binaryData")),
        immutable: object.get("immutable").is_true(),
    }))
}

/// Returns the Secret of a checked document.
pub(in crate::spec) fn secret(object: &Node<'_>) -> Object {
    let mut data = bytes(&object.get("data"));
    data.extend(texts(&object.get("stringData")).map(|(key, text)| (key, text.into_bytes())));
    Object::Secret(Arc::new(Secret {
        name: name(object),
        secret_type: object.get("type").text().unwrap_or("Opaque").to_owned(),
        data,
        immutable: object.get("immutable").is_true(),
    }))
}

/// Returns the PersistentVolumeClaim of a checked document.
pub(in crate::spec) fn claim(object: &Node<'_>) -> Object {
    let mode = |mode: &str| match mode {
        "ReadWriteOnce" => Some(AccessMode::ReadWriteOnce),
        "ReadOnlyMany" => Some(AccessMode::ReadOnlyMany),
        "ReadWriteMany" => Some(AccessMode::ReadWriteMany),
        "ReadWriteOncePod" => Some(AccessMode::ReadWriteOncePod),
        _ => None,
    };
    let modes = object.get("spec").get("accessModes").texts();
    let access_modes = modes.into_iter().filter_map(mode).collect();
    Object::Claim(Arc::new(Claim { name: name(object), access_modes }))
}

fn name(object: &Node<'_>) -> NamespacedName {
    let metadata = object.get("metadata");
    NamespacedName::new(metadata.get("namespace").str(), metadata.get("name").str())
}

fn texts<'a>(map: &Node<'a>) -> impl Iterator<Item = (String, String)> + use<'a> {
    map.entries().map(|(key, value)| (key.to_owned(), value.str().to_owned()))
}

fn bytes(map: &Node<'_>) -> BTreeMap<String, Vec<u8>> {
    map.entries().map(|(key, value)| (key.to_owned(), base64::decode(value.str()))).collect()
}
