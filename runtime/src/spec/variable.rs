//! Where the variables of a container come from.

use super::quantity::Quantity;

/// A variable of the environment.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvVar {
    /// Any printable ASCII but `=`.
    pub name: String,
    /// Where its value comes from.
    pub value: EnvValue,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvValue {
    /// Literal, with `$(NAME)` still in it.
    Literal(String),
    /// A field of the pod itself, `valueFrom.fieldRef`.
    Field(FieldRef),
    /// What a container asks for or may use, `valueFrom.resourceFieldRef`.
    Resource(ResourceRef),
    /// A key of a ConfigMap, `valueFrom.configMapKeyRef`.
    ConfigMapKey(KeyRef),
    /// A key of a Secret, `valueFrom.secretKeyRef`.
    SecretKey(KeyRef),
    /// A key of a file in a volume, `valueFrom.fileKeyRef`.
    FileKey(FileKeyRef),
}

/// What a container asks for or may use, `resourceFieldRef`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceRef {
    /// The amount that the document says, divided already.
    Amount(String),
    /// What the node has, as the container has no limit of its own.
    Allocatable {
        /// Of what.
        resource: NodeResource,
        /// By which the amount is divided, rounded up.
        divisor: Quantity,
    },
    /// That of a container which the pod has not. Kubernetes accepts the document, and the pod waits
    /// for ever.
    UnknownContainer(String),
}

/// A key of an object in the pod's namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// The name of the object.
    pub name: String,
    /// The key in it.
    pub key: String,
    /// Whether there is no such variable if the object or the key is missing.
    pub optional: bool,
}

/// A key of a file that a container has left in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKeyRef {
    /// The name of the volume, an emptyDir.
    pub volume: String,
    /// Relative to the volume, without `..`.
    pub path: String,
    /// The key in the file.
    pub key: String,
    /// Whether there is no such variable if the file or the key is missing.
    pub optional: bool,
}

/// Variables that are the keys of an object, `envFrom[*]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFrom {
    /// Put before each key.
    pub prefix: String,
    /// Whose keys.
    pub source: EnvFromSource,
    /// Whether the object may be missing.
    pub optional: bool,
}

/// An object of the pod's namespace whose keys become variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvFromSource {
    /// The ConfigMap of that name; its text alone.
    ConfigMap(String),
    /// The Secret of that name.
    Secret(String),
}

/// What a node has to give to pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeResource {
    /// Cores.
    Cpu,
    /// Bytes of memory.
    Memory,
    /// Bytes of the disk that emptyDir volumes and logs are on.
    EphemeralStorage,
}

/// A field of the pod that a container can see in its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRef {
    /// `metadata.name`
    Name,
    /// `metadata.namespace`
    Namespace,
    /// `metadata.uid`
    Uid,
    /// `metadata.labels['key']`
    Label(String),
    /// `metadata.annotations['key']`
    Annotation(String),
    /// `spec.nodeName`
    NodeName,
    /// `spec.serviceAccountName`
    ServiceAccountName,
    /// `status.hostIP`
    HostIp,
    /// `status.hostIPs`
    HostIps,
    /// `status.podIP`
    PodIp,
    /// `status.podIPs`
    PodIps,
}
