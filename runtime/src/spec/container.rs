//! A container of a Pod, validated and defaulted.

use super::name::ContainerName;
use super::quantity::Quantity;

/// A container, as `core/v1 Container`, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Unique within the pod.
    pub name: ContainerName,
    /// Which list it stands in, and what that makes of it.
    pub kind: ContainerKind,
    /// An image reference as the user wrote it.
    pub image: String,
    /// When the registry is asked.
    pub image_pull_policy: ImagePullPolicy,
    /// Replaces the image's entrypoint (and its cmd) unless empty.
    pub command: Vec<String>,
    /// Replaces the image's cmd unless empty.
    pub args: Vec<String>,
    /// Replaces the image's working directory.
    pub working_dir: Option<String>,
    /// The environment, in the order of the document; a later entry wins.
    pub env: Vec<EnvVar>,
    /// The ports it says it serves.
    pub ports: Vec<ContainerPort>,
    /// What it mounts, and where.
    pub volume_mounts: Vec<VolumeMount>,
    /// Requests and limits.
    pub resources: Resources,
    /// Whether standard input stays open.
    pub stdin: bool,
    /// Whether standard input closes after the first attachment ends.
    pub stdin_once: bool,
    /// Whether standard output is a terminal.
    pub tty: bool,
    /// Where the container may leave a message about its end; nowhere if empty.
    pub termination_message_path: String,
    /// What the message is, if that file is empty.
    pub termination_message_policy: TerminationMessagePolicy,
    /// Overrides the pod's restart policy.
    pub restart_policy: Option<ContainerRestartPolicy>,
}

/// What a container is for the pod's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// Runs to its end before what follows it starts.
    Init,
    /// An init container with `restartPolicy: Always`: started in its turn, stopped last.
    Sidecar,
    /// Of `spec.containers`.
    Regular,
}

/// A container's own restart policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRestartPolicy {
    /// Started again, whatever its exit code.
    Always,
    /// Started again unless it exited with 0.
    OnFailure,
    /// Left as it is.
    Never,
}

/// When the registry is asked for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagePullPolicy {
    /// At every start.
    Always,
    /// If the image is not in the store.
    IfNotPresent,
    /// Never.
    Never,
}

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
    /// What the node has, as a container has no limit of its own, `valueFrom.resourceFieldRef`.
    Allocatable {
        /// Of what.
        resource: NodeResource,
        /// By which the amount is divided, rounded up.
        divisor: Quantity,
    },
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

/// A port that a container says it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Named so that probes and services can refer to it.
    pub name: Option<String>,
    /// In the pod's network.
    pub container_port: u16,
    /// On the host, if it is published there.
    pub host_port: Option<u16>,
    /// The host's address that it is published on; all if not set.
    pub host_ip: Option<String>,
    /// TCP if the document is silent.
    pub protocol: Protocol,
}

/// The protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
}

/// A volume of the pod in the file tree of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeMount {
    /// The volume's name.
    pub name: String,
    /// Absolute, unique within the container.
    pub mount_path: String,
    /// Relative to the volume, without `..`; empty is the volume's root.
    pub sub_path: String,
    /// Whether writing is refused.
    pub read_only: bool,
}

/// What a container asks for and may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// `limits.memory`
    pub memory_limit_bytes: Option<u64>,
    /// `limits.cpu`, in thousandths of a core.
    pub cpu_limit_millis: Option<u64>,
}

/// Where a container leaves its termination message unless the document says otherwise.
pub const DEFAULT_TERMINATION_MESSAGE_PATH: &str = "/dev/termination-log";

/// What becomes the termination message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminationMessagePolicy {
    /// The file alone.
    File,
    /// The file, or the end of the log if the file is empty and the container failed.
    FallbackToLogsOnError,
}
