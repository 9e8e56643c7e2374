//! What a pod refers to by name, within its namespace: the data of ConfigMaps and Secrets, and claims
//! of volumes.
//!
//! What a Secret holds appears in no message and no log: its `Debug` leaves it out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A ConfigMap, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMap {
    /// Who it is.
    pub name: NamespacedName,
    /// Text by key.
    pub data: BTreeMap<String, String>,
    /// Bytes by key; no key is also in `data`.
    pub binary_data: BTreeMap<String, Vec<u8>>,
    /// Whether the data may no longer be changed.
    pub immutable: bool,
}

/// A Secret, validated.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Who it is.
    pub name: NamespacedName,
    /// What it is for, e.g. `kubernetes.io/tls`; `Opaque` if the document is silent.
    pub secret_type: String,
    /// Bytes by key; what was written as text won over what was written in base64.
    pub data: BTreeMap<String, Vec<u8>>,
    /// Whether the data may no longer be changed.
    pub immutable: bool,
}

/// A PersistentVolumeClaim, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who it is.
    pub name: NamespacedName,
    /// How its volume may be used; at least one way.
    pub access_modes: Vec<AccessMode>,
}

/// How a volume may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// By the pods of one node.
    ReadWriteOnce,
    /// By all, who may not write.
    ReadOnlyMany,
    /// By all.
    ReadWriteMany,
    /// By one pod.
    ReadWriteOncePod,
}

/// The name of an object that lives in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamespacedName {
    /// Where it lives.
    pub namespace: String,
    /// Unique there among the objects of its kind.
    pub name: String,
}

/// An object that pods refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A ConfigMap.
    ConfigMap(Arc<ConfigMap>),
    /// A Secret.
    Secret(Arc<Secret>),
    /// A PersistentVolumeClaim.
    Claim(Arc<Claim>),
}

/// The objects that pods can refer to at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    config_maps: BTreeMap<NamespacedName, Arc<ConfigMap>>,
    secrets: BTreeMap<NamespacedName, Arc<Secret>>,
    claims: BTreeMap<NamespacedName, Arc<Claim>>,
}

impl Objects {
    /// Returns the ConfigMap of that name.
    pub fn config_map(&self, name: &NamespacedName) -> Option<&Arc<ConfigMap>> {
        self.config_maps.get(name)
    }

    /// Returns the Secret of that name.
    pub fn secret(&self, name: &NamespacedName) -> Option<&Arc<Secret>> {
        self.secrets.get(name)
    }

    /// Returns the PersistentVolumeClaim of that name.
    pub fn claim(&self, name: &NamespacedName) -> Option<&Arc<Claim>> {
        self.claims.get(name)
    }

    /// Returns what somebody sees who has seen these, now that they are `newer`: what was immutable
    /// is still what it was.
    pub fn followed_by(&self, newer: &Self) -> Self {
        let mut seen = newer.clone();
        let maps = self.config_maps.values().filter(|object| object.immutable);
        let secrets = self.secrets.values().filter(|object| object.immutable);
        maps.cloned().map(Object::ConfigMap).for_each(|object| seen.insert(object));
        secrets.cloned().map(Object::Secret).for_each(|object| seen.insert(object));
        seen
    }

    /// Adds an object; it takes the place of the one of its kind and name.
    pub fn insert(&mut self, object: Object) {
        match object {
            Object::ConfigMap(object) => drop(self.config_maps.insert(object.name.clone(), object)),
            Object::Secret(object) => drop(self.secrets.insert(object.name.clone(), object)),
            Object::Claim(object) => drop(self.claims.insert(object.name.clone(), object)),
        }
    }

    /// Removes the ConfigMap of that name, if there is one.
    pub fn remove_config_map(&mut self, name: &NamespacedName) {
        self.config_maps.remove(name);
    }

    /// Removes the Secret of that name, if there is one.
    pub fn remove_secret(&mut self, name: &NamespacedName) {
        self.secrets.remove(name);
    }
}

impl Object {
    /// Returns who it is.
    pub fn name(&self) -> &NamespacedName {
        match self {
            Self::ConfigMap(object) => &object.name,
            Self::Secret(object) => &object.name,
            Self::Claim(object) => &object.name,
        }
    }

    /// Returns what a document calls such an object.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConfigMap(_) => "ConfigMap",
            Self::Secret(_) => "Secret",
            Self::Claim(_) => "PersistentVolumeClaim",
        }
    }
}

impl NamespacedName {
    /// Joins the two.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for NamespacedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .field("secret_type", &self.secret_type)
            .field("keys", &self.data.keys())
            .field("immutable", &self.immutable)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{NamespacedName, Object, Objects};
    use crate::spec::parse::parse;

    /// Returns the object of a document written in YAML's flow style.
    fn object(kind: &str, fields: &str) -> Object {
        let manifest = format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: a}}, {fields}}}");
        let documents = parse(manifest.as_bytes());
        documents[0].referent().unwrap_or_else(|| panic!("{:?}", documents[0].findings))
    }

    #[test]
    fn a_config_map_has_text_and_bytes() {
        let Object::ConfigMap(map) =
            object("ConfigMap", "data: {a: ä, b: ''}, binaryData: {c: /wA=}, immutable: true")
        else {
            panic!("it is a ConfigMap");
        };
        assert_eq!(map.name.to_string(), "default/a");
        assert_eq!(map.data.iter().collect::<Vec<_>>().len(), 2);
        assert_eq!((map.data["a"].as_str(), map.data["b"].as_str()), ("ä", ""));
        assert_eq!(map.binary_data["c"], [0xff, 0]);
        assert!(map.immutable);
    }

    #[test]
    fn what_a_secret_says_as_text_wins() {
        let Object::Secret(secret) =
            object("Secret", "data: {a: MQ==, b: \"Mh\\n==\"}, stringData: {a: x, c: z}")
        else {
            panic!("it is a Secret");
        };
        let data: Vec<_> = secret.data.iter().map(|(k, v)| (k.as_str(), v.as_slice())).collect();
        assert_eq!(data, [("a", &b"x"[..]), ("b", b"2"), ("c", b"z")]);
        assert_eq!(secret.secret_type, "Opaque");
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = object("Secret", "stringData: {password: hunter2}");
        let text = format!("{secret:?}");
        assert!(text.contains("password") && !text.contains("hunter2"), "{text}");
        assert!(!text.contains("104, 117"), "{text}");
    }

    #[test]
    fn what_is_immutable_is_not_followed() {
        let mut seen = Objects::default();
        let (fixed, free) = (object("ConfigMap", "immutable: true"), object("Secret", "data: {}"));
        seen.insert(fixed.clone());
        seen.insert(free);
        let mut newer = Objects::default();
        newer.insert(object("ConfigMap", "data: {a: b}"));
        let next = seen.followed_by(&newer);
        let name = NamespacedName::new("default", "a");
        assert_eq!(next.config_map(&name).cloned().map(Object::ConfigMap), Some(fixed));
        assert_eq!(next.secret(&name), None);
    }

    #[test]
    fn objects_are_found_by_kind_and_name() {
        let mut objects = Objects::default();
        let name = NamespacedName::new("default", "a");
        let map = object("ConfigMap", "data: {a: b}");
        objects.insert(map.clone());
        assert_eq!(objects.config_map(&name).cloned().map(Object::ConfigMap), Some(map));
        assert_eq!(objects.secret(&name), None);
        assert_eq!(objects.config_map(&NamespacedName::new("other", "a")), None);

        let newer = object("ConfigMap", "data: {a: c}");
        objects.insert(newer.clone());
        assert_eq!(objects.config_map(&name).map(Arc::clone).map(Object::ConfigMap), Some(newer));
        objects.remove_config_map(&name);
        assert_eq!(objects, Objects::default());
        objects.insert(object("Secret", "data: {}"));
        assert!(objects.secret(&name).is_some());
        objects.remove_secret(&name);
        assert_eq!(objects, Objects::default());
    }
}
