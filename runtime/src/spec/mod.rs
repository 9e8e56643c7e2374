//! What was asked for: Kubernetes documents, decoded, defaulted, validated.
//!
//! Pure: no IO, no clock. A [`Pod`] that exists has been checked, and nothing later checks it
//! again.
//!
//! ```text
//! bytes ─ manifest ─ list ─ decode ─┬─ support ───────────── limitations of this engine ─┐
//!                          (schema) └─ defaults ─ validate ─ what Kubernetes would reject ┴─ Parsed
//!                                         └────── convert ── Pod or Object, if neither was found
//! ```
//!
//! Between bytes and [`Pod`] an object is plain JSON with known fields, and rules walk it with a
//! cursor that knows its path (`node`).

mod base64;
mod consequence;
mod container;
mod convert;
mod decode;
mod defaults;
mod dns;
pub mod environment;
pub mod expand;
pub mod files;
mod hostname;
mod http;
pub mod invalid;
mod judge;
mod list;
pub mod manifest;
mod name;
mod node;
mod object;
pub mod parse;
pub mod path;
mod pod;
pub mod pod_security;
mod printable;
mod probe;
pub mod qos;
pub mod quantity;
mod restart_rule;
pub mod schema;
pub mod static_pod;
mod sub_path;
mod support;
mod totals;
pub mod update;
mod validate;
mod variable;
mod volume;

pub use self::container::{
    Container, ContainerKind, ContainerPort, ContainerRestartPolicy,
    DEFAULT_TERMINATION_MESSAGE_PATH, ImagePullPolicy, Protocol, Resources,
    TerminationMessagePolicy, VolumeMount,
};
pub use self::dns::{DnsConfig, DnsPolicy, HostAlias};
pub use self::hostname::{HostName, HostNameTooLong};
pub use self::http::HttpSettings;
pub use self::name::ContainerName;
pub use self::object::{AccessMode, Claim, ConfigMap, NamespacedName, Object, Objects, Secret};
pub use self::parse::{Finding, Identity, Kind, Parsed, Problem, parse};
pub use self::pod::{Metadata, Pod, PodSpec, RestartPolicy};
pub use self::printable::printable;
pub use self::probe::{HookHandler, HttpGet, PortRef, Probe, ProbeHandler, Scheme, TcpSocket};
pub use self::restart_rule::{ExitCodes, RestartAction, RestartRule};
pub use self::sub_path::{SubPath, SubPathError};
pub use self::support::Limitation;
pub use self::variable::{
    EnvFrom, EnvFromSource, EnvValue, EnvVar, FieldRef, FileKeyRef, KeyRef, NodeResource,
    ResourceRef,
};
pub use self::volume::{
    DownwardFile, DownwardValue, EmptyDirMedium, FileSource, FileVolume, HostPathType, KeyToPath,
    ObjectFiles, Volume, VolumeSource,
};
