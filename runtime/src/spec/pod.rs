//! The Pod as the rest of the engine sees it: validated, with every default filled in.

use std::collections::BTreeMap;

use super::container::{Container, ContainerKind, Resources};
use super::dns::{DnsConfig, DnsPolicy, HostAlias};
use super::name::ContainerName;
use super::qos::QosClass;
use super::quantity::Quantity;
use super::volume::Volume;

/// A validated Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Who it is.
    pub metadata: Metadata,
    /// What it should run.
    pub spec: PodSpec,
}

/// The part of `metadata` that has an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// A DNS subdomain.
    pub name: String,
    /// `default` where the document is silent.
    pub namespace: String,
    /// Unique over all pods that ever were; new for each submission.
    pub uid: String,
    /// Free key-value pairs for selection.
    pub labels: BTreeMap<String, String>,
    /// Free key-value pairs; those under `wasmpod.dev/` are ours.
    pub annotations: BTreeMap<String, String>,
}

/// The part of `spec` that has an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSpec {
    /// Run before the regular containers, in order; the restartable ones are sidecars.
    pub init_containers: Vec<Container>,
    /// The regular containers, at least one.
    pub containers: Vec<Container>,
    /// Added while the pod runs; none in a new pod.
    pub ephemeral_containers: Vec<Container>,
    /// What happens when a regular container ends.
    pub restart_policy: RestartPolicy,
    /// How long a stopped container may take before it is killed.
    pub termination_grace_seconds: u64,
    /// How long the pod may run, from its start.
    pub active_deadline_seconds: Option<u64>,
    /// What the containers can mount.
    pub volumes: Vec<Volume>,
    /// The first label of the pod's name on its network; the pod's name if not set.
    pub hostname: Option<String>,
    /// The name, whatever the others say.
    pub hostname_override: Option<String>,
    /// The domain of the name below its namespace's.
    pub subdomain: Option<String>,
    /// Whether programs see the name with its domain.
    pub set_hostname_as_fqdn: bool,
    /// Names that the pod knows beside its own.
    pub host_aliases: Vec<HostAlias>,
    /// Where name servers come from.
    pub dns_policy: DnsPolicy,
    /// What is added to the policy.
    pub dns_config: DnsConfig,
    /// Conditions that others set, and that must be true for the pod to be ready.
    pub readiness_gates: Vec<String>,
    /// What its containers together ask for and may use, if the pod says so itself.
    pub resources: Option<Resources>,
    /// How much its containers may store together, of those that have a limit.
    pub ephemeral_storage_limit: Option<Quantity>,
    /// How much of the node it is promised.
    pub qos_class: QosClass,
    /// The operating system that its programs are for; any if not set.
    pub os: Option<String>,
    /// Names of Secrets with credentials for registries.
    pub image_pull_secrets: Vec<String>,
    /// The service account; no more than a name here, which containers can ask for.
    pub service_account_name: String,
}

impl PodSpec {
    /// Returns a spec of these containers, with Kubernetes' default for everything else.
    pub fn new(
        init_containers: Vec<Container>,
        containers: Vec<Container>,
        restart_policy: RestartPolicy,
    ) -> Self {
        Self {
            init_containers,
            containers,
            ephemeral_containers: Vec::new(),
            restart_policy,
            termination_grace_seconds: 30,
            active_deadline_seconds: None,
            volumes: Vec::new(),
            hostname: None,
            hostname_override: None,
            subdomain: None,
            set_hostname_as_fqdn: false,
            host_aliases: Vec::new(),
            dns_policy: DnsPolicy::default(),
            dns_config: DnsConfig::default(),
            readiness_gates: Vec::new(),
            resources: None,
            ephemeral_storage_limit: None,
            qos_class: QosClass::BestEffort,
            os: None,
            image_pull_secrets: Vec::new(),
            service_account_name: "default".to_owned(),
        }
    }

    /// Returns every container: init, regular, ephemeral, each in the order of the document.
    pub fn all_containers(&self) -> impl DoubleEndedIterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers).chain(&self.ephemeral_containers)
    }

    /// Returns the container of that name.
    pub fn container(&self, name: &ContainerName) -> Option<&Container> {
        self.all_containers().find(|container| container.name == *name)
    }

    /// Returns the sidecars: init containers that run beside the regular ones.
    pub fn sidecars(&self) -> impl DoubleEndedIterator<Item = &Container> {
        self.init_containers.iter().filter(|container| container.kind == ContainerKind::Sidecar)
    }
}

/// What happens when a container ends, `spec.restartPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Started again, whatever its exit code.
    #[default]
    Always,
    /// Started again unless it exited with 0.
    OnFailure,
    /// Left as it is.
    Never,
}
