//! The environment of a container, and the variables in its command line.

use std::collections::HashMap;

use crate::sandbox::PodSandbox;
use crate::spec::{Container, EnvValue, FieldRef, Metadata, Pod};

/// Returns the whole environment: the image's, then the container's, in which a later variable
/// wins and may refer to earlier ones.
pub(super) fn environment(
    pod: &Pod,
    container: &Container,
    image: &[(String, String)],
    sandbox: &PodSandbox,
) -> Vec<(String, String)> {
    let mut env: Vec<(String, String)> = image.to_vec();
    if !sandbox.hostname.is_empty() {
        set(&mut env, "HOSTNAME", sandbox.hostname.clone());
    }
    let mut own: HashMap<String, String> = HashMap::new();
    for variable in &container.env {
        let value = match &variable.value {
            EnvValue::Literal(value) => expand(value, |name| own.get(name).cloned()),
            EnvValue::Field(field) => field_value(&pod.metadata, field),
        };
        own.insert(variable.name.clone(), value.clone());
        set(&mut env, &variable.name, value);
    }
    env
}

fn set(env: &mut Vec<(String, String)>, name: &str, value: String) {
    match env.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => env.push((name.to_owned(), value)),
    }
}

/// Returns these words with their variables replaced.
pub(super) fn expand_all(words: &[String], env: &[(String, String)]) -> Vec<String> {
    let find = |name: &str| env.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
    words.iter().map(|word| expand(word, find)).collect()
}

fn field_value(metadata: &Metadata, field: &FieldRef) -> String {
    let entry = |map: &std::collections::BTreeMap<String, String>, key: &str| {
        map.get(key).cloned().unwrap_or_default()
    };
    match field {
        FieldRef::Name => metadata.name.clone(),
        FieldRef::Namespace => metadata.namespace.clone(),
        FieldRef::Uid => metadata.uid.clone(),
        FieldRef::Label(key) => entry(&metadata.labels, key),
        FieldRef::Annotation(key) => entry(&metadata.annotations, key),
        FieldRef::NodeName
        | FieldRef::ServiceAccountName
        | FieldRef::HostIp
        | FieldRef::HostIps
        | FieldRef::PodIp
        | FieldRef::PodIps => String::new(),
    }
}

/// Replaces `$(NAME)` by its value; `$$` stands for `$`, and what names nothing stays as it is.
fn expand(text: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) =
            rest.strip_prefix('(').and_then(|after| after.split_once(')'))
        {
            match find(name) {
                Some(value) => expanded.push_str(&value),
                None => expanded.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            expanded.push('$');
        }
    }
    expanded.push_str(rest);
    expanded
}
