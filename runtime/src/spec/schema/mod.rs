//! What fields there are, of which type, and what becomes of each here.
//!
//! One static description of the objects that a document can hold: strict decoding, the table in
//! `docs/kubernetes.md` and `wasmpod explain` all read it. Whoever gives a field its effect changes
//! one word here.

pub(super) mod claim;
pub(super) mod container;
pub(super) mod environment;
pub(super) mod list;
pub(super) mod metadata;
mod nearest;
pub(super) mod plugin;
pub(super) mod pod;
pub(super) mod probe;
pub(super) mod resource;
pub(super) mod scheduling;
pub(super) mod security;
pub mod table;
pub(super) mod volume;
pub(super) mod workload;

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

pub(crate) use self::nearest::nearest;

/// A structure: fields by name.
#[derive(Debug)]
pub struct Structure {
    /// Its name in the Kubernetes API.
    pub name: &'static str,
    /// Its fields, in the API's order.
    pub fields: &'static [Field],
}

/// A field of a structure.
#[derive(Debug)]
pub struct Field {
    /// Its name in a document.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// What becomes of it here.
    pub support: Support,
    /// What it means.
    pub doc: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Anything; not looked into.
    Any,
    /// `true` or `false`.
    Bool,
    /// Bytes, base64 in a document.
    Bytes,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// An integer of 32 bits, or text: a port, or a share in per cent.
    IntOrString,
    /// An amount with a suffix, as text or as a number.
    Quantity,
    /// Text.
    Str,
    /// A time in RFC 3339.
    Time,
    /// A list.
    List(&'static Self),
    /// A map with text as keys.
    Map(&'static Self),
    /// A structure.
    Object(&'static Structure),
}

/// What becomes of a field here.
#[derive(Clone, Copy, Debug)]
pub enum Support {
    /// It has its effect.
    Supported,
    /// It has its effect for some values, and is refused with the others.
    Partly(fn(&Value) -> bool, &'static str),
    /// Of a map, these keys have their effect, and others are refused.
    Keys(&'static [&'static str], &'static str),
    /// It is accepted without effect, for this reason; said once in a warning.
    NoEffect(&'static str),
    /// It is refused, for this reason.
    Rejected(&'static str),
    /// What is said of the structure that it stands in.
    Inherited,
}

impl Structure {
    /// Returns the field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// Returns what a document has to have, e.g. `a string`.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Bool => "true or false",
            Self::Bytes => "base64 text",
            Self::Int32 => "a 32-bit integer",
            Self::Int64 => "a 64-bit integer",
            Self::IntOrString => "a 32-bit integer or a string",
            Self::Quantity => "a quantity",
            Self::Str => "a string",
            Self::Time => "a time as in RFC 3339",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Object(_) => "a map",
        }
    }

    /// Returns the structure that it holds, be it in a list or a map.
    pub fn structure(&self) -> Option<&'static Structure> {
        match self {
            Self::List(inner) | Self::Map(inner) => inner.structure(),
            Self::Object(structure) => Some(structure),
            _ => None,
        }
    }
}

const fn field(name: &'static str, ty: Type, support: Support, doc: &'static str) -> Field {
    Field { name, ty, support, doc }
}

/// Returns the structure of the objects of a kind, if it is one that is known here.
pub fn kind(api_version: &str, kind: &str) -> Option<&'static Structure> {
    KINDS
        .iter()
        .find(|(version, structure)| *version == api_version && structure.name == kind)
        .map(|(_, structure)| *structure)
}

/// Returns the kind of that name in any case, also as its plural or in short as for kubectl, with
/// its API version.
pub fn kind_named(name: &str) -> Option<(&'static str, &'static Structure)> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let short = SHORT_NAMES.iter().find(|(short, _)| is(short)).map(|(_, kind)| *kind);
    let singular = name.strip_suffix(['s', 'S']).unwrap_or(name);
    kinds().find(|(_, kind)| {
        is(kind.name) || kind.name.eq_ignore_ascii_case(singular) || short == Some(kind.name)
    })
}

/// Returns the kinds that are known, with their API versions.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static Structure)> {
    KINDS.iter().copied()
}

/// Whether any structure has a field of that name; guards rules against misspelt names.
pub(super) fn is_field(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let mut names = HashSet::new();
        let mut seen = HashSet::new();
        let mut open: Vec<_> = kinds().map(|(_, kind)| kind).collect();
        while let Some(structure) = open.pop() {
            if seen.insert(structure.name) {
                names.extend(structure.fields.iter().map(|field| field.name));
                open.extend(structure.fields.iter().filter_map(|field| field.ty.structure()));
            }
        }
        names
    });
    NAMES.contains(name)
}

/// Whether the API is known to have that kind, be it described here or not.
pub(super) fn is_known(api_version: &str, kind: &str) -> bool {
    let is_other = || {
        OTHER_KINDS.iter().any(|(version, kinds)| *version == api_version && kinds.contains(&kind))
    };
    self::kind(api_version, kind).is_some() || is_other()
}

/// Whether the API has that version, but no such kind in it.
///
/// Only of the versions that are wholly listed here can that be said.
pub fn is_unheard_of(api_version: &str, kind: &str) -> bool {
    // Groups with a dot in their name are anybody's; of the others all versions are known.
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let is_unheard_of_version = !group.contains('.') && !VERSIONS.contains(&api_version);
    let is_whole = OTHER_KINDS.iter().any(|(version, _)| *version == api_version);
    is_unheard_of_version || (is_whole && !is_known(api_version, kind))
}

/// The API versions of the groups that only Kubernetes itself can have.
const VERSIONS: &[&str] =
    &["v1", "apps/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1", "policy/v1"];

/// The kinds that are not described here, of versions whose other kinds are.
static OTHER_KINDS: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ComponentStatus",
            "Endpoints",
            "Event",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "ServiceAccount",
        ],
    ),
    ("apps/v1", &["ControllerRevision"]),
    ("batch/v1", &[]),
];

/// The short names of kinds.
static SHORT_NAMES: &[(&str, &str)] = &[
    ("cj", "CronJob"),
    ("cm", "ConfigMap"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("po", "Pod"),
    ("pvc", "PersistentVolumeClaim"),
    ("rs", "ReplicaSet"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
];

/// The kinds that are known, by API version.
static KINDS: &[(&str, &Structure)] = &[
    ("v1", &pod::POD),
    ("v1", &resource::CONFIG_MAP),
    ("v1", &resource::SECRET),
    ("v1", &resource::SERVICE),
    ("v1", &claim::PERSISTENT_VOLUME_CLAIM),
    ("apps/v1", &workload::DEPLOYMENT),
    ("apps/v1", &workload::REPLICA_SET),
    ("apps/v1", &workload::STATEFUL_SET),
    ("apps/v1", &workload::DAEMON_SET),
    ("batch/v1", &workload::JOB),
    ("batch/v1", &workload::CRON_JOB),
];

#[cfg(test)]
mod tests;
