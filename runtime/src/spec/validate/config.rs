//! ConfigMap and Secret.

use super::errors::Errors;
use super::template::named;
use super::{json, names};
use crate::spec::base64;
use crate::spec::node::Node;
use crate::spec::path::FieldPath;

const MAX_BYTES: usize = 1024 * 1024;

/// Checks a ConfigMap.
pub(super) fn config_map(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let (text, binary) = (object.get("data"), object.get("binaryData"));
    let mut bytes = 0;
    for (key, value) in text.entries() {
        bytes += value.str().len();
        key_of(&value, key, errors);
        if binary.key(key).is_set() {
            errors.invalid_part(&value, key, "duplicate of key present in binaryData");
        }
    }
    for (key, value) in binary.entries() {
        bytes += decoded_len(&value);
        key_of(&value, key, errors);
    }
    if bytes > MAX_BYTES {
        // The object itself is called so.
        errors.too_long(&object.at(FieldPath::root().key("")), MAX_BYTES);
    }
}

/// The keys that a Secret of a type must have.
const REQUIRED_KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

/// The key under which a Secret of a type has the credentials of registries, in JSON.
const CREDENTIALS: &[(&str, &str)] = &[
    ("kubernetes.io/dockercfg", ".dockercfg"),
    ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
];

/// Checks a Secret.
pub(super) fn secret(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let (data, text) = (object.get("data"), object.get("stringData"));
    let mut bytes = 0;
    for (key, value) in data.entries() {
        bytes += decoded_len(&value);
        key_of(&value, key, errors);
    }
    for (key, value) in text.entries() {
        bytes += value.str().len();
        // What is written as text becomes data, and is told as such.
        key_of(&value.at(data.path().key(key)), key, errors);
    }
    if bytes > MAX_BYTES {
        errors.too_long(&data, MAX_BYTES);
    }
    let has = |key: &str| data.key(key).is_set() || text.key(key).is_set();
    let kind = object.get("type").str();
    for (_, keys) in REQUIRED_KEYS.iter().filter(|(required_by, _)| *required_by == kind) {
        for key in keys.iter().filter(|key| !has(key)) {
            errors.required(&data.key(key), "");
        }
    }
    for (_, key) in CREDENTIALS.iter().filter(|(of, _)| *of == kind) {
        credentials(&data.key(key), &text.key(key), errors);
    }
    if kind == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        errors.required(&data.key("username"), "");
        errors.required(&data.key("password"), "");
    }
    if kind == "kubernetes.io/service-account-token" {
        let name =
            object.get("metadata").get("annotations").key("kubernetes.io/service-account.name");
        errors.required_text(&name);
    }
}

/// Checks that credentials are a JSON object; where they are written as text, that counts.
fn credentials(data: &Node<'_>, text: &Node<'_>, errors: &mut Errors) {
    let json = match (text.is_set(), data.is_set()) {
        (true, _) => text.str().as_bytes().to_vec(),
        (false, true) => base64::decode(data.str()),
        (false, false) => return,
    };
    if let Err(reason) = json::object(&json) {
        errors.invalid_part(data, "<secret contents redacted>", reason);
    }
}

fn key_of(value: &Node<'_>, key: &str, errors: &mut Errors) {
    for rule in names::config_map_key(key) {
        errors.invalid_part(value, key, rule);
    }
}

/// Returns how many bytes base64 text stands for.
fn decoded_len(value: &Node<'_>) -> usize {
    value.str().trim_end_matches('=').len() * 3 / 4
}
