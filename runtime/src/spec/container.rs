//! A container of a Pod, validated and defaulted.

use std::collections::BTreeMap;

use super::name::ContainerName;
use super::probe::{HookHandler, Probe};
use super::quantity::Quantity;
use super::restart_rule::RestartRule;
use super::sub_path::SubPath;
use super::variable::{EnvFrom, EnvVar};

/// The port of a server that nobody gave another.
const HTTP_PORT: u16 = 80;

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
    /// Objects whose keys become variables, in the order of the document; a later one wins.
    pub env_from: Vec<EnvFrom>,
    /// Single variables, in the order of the document; a later one wins, and over `env_from`.
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
    /// Exit codes for which the policy is another.
    pub restart_policy_rules: Vec<RestartRule>,
    /// Must succeed once before the other probes begin.
    pub startup_probe: Option<Probe>,
    /// Ends the container when it fails.
    pub liveness_probe: Option<Probe>,
    /// Says whether the container can serve.
    pub readiness_probe: Option<Probe>,
    /// What is done just after its start.
    pub post_start: Option<HookHandler>,
    /// What is done before it is asked to end.
    pub pre_stop: Option<HookHandler>,
    /// Of an ephemeral container, the one that it was added for.
    pub target: Option<ContainerName>,
}

impl Container {
    /// Returns a container of that image, with Kubernetes' default for everything else.
    pub fn new(name: ContainerName, kind: ContainerKind, image: String) -> Self {
        Self {
            name,
            kind,
            image,
            image_pull_policy: ImagePullPolicy::IfNotPresent,
            command: Vec::new(),
            args: Vec::new(),
            working_dir: None,
            env_from: Vec::new(),
            env: Vec::new(),
            ports: Vec::new(),
            volume_mounts: Vec::new(),
            resources: Resources::default(),
            stdin: false,
            stdin_once: false,
            tty: false,
            termination_message_path: "/dev/termination-log".to_owned(),
            termination_message_policy: TerminationMessagePolicy::File,
            restart_policy: None,
            restart_policy_rules: Vec::new(),
            startup_probe: None,
            liveness_probe: None,
            readiness_probe: None,
            post_start: None,
            pre_stop: None,
            target: None,
        }
    }

    /// Returns the port on which a component is served that does not listen itself: the first that
    /// the container says it serves.
    pub fn http_port(&self) -> u16 {
        let tcp = self.ports.iter().find(|port| port.protocol == Protocol::Tcp);
        tcp.map_or(HTTP_PORT, |port| port.container_port)
    }
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
    /// Added to a pod that runs, to look into it; never started again.
    Ephemeral,
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
    /// Which part of the volume; all of it if not set.
    pub sub_path: Option<SubPath>,
    /// Whether writing is refused.
    pub read_only: bool,
}

/// What a container asks for and may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// What it asks for, by the names of resources.
    pub requests: BTreeMap<String, Quantity>,
    /// What it may use.
    pub limits: BTreeMap<String, Quantity>,
}

impl Resources {
    /// Returns `limits.memory`.
    pub fn memory_limit_bytes(&self) -> Option<u64> {
        self.limits.get("memory").and_then(|limit| u64::try_from(limit.value()).ok())
    }

    /// Returns `limits.cpu`, in thousandths of a core.
    pub fn cpu_limit_millis(&self) -> Option<u64> {
        self.limits.get("cpu").and_then(|limit| u64::try_from(limit.millis()).ok())
    }

    /// Returns `limits.ephemeral-storage`.
    pub fn ephemeral_storage_limit(&self) -> Option<Quantity> {
        self.limits.get("ephemeral-storage").copied()
    }
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
