//! What a container can ask about its own pod and its node.

use std::net::IpAddr;

use crate::spec::quantity::Quantity;
use crate::spec::{FieldRef, NodeResource, Pod};

/// What only the running pod knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// The name of the node.
    pub node_name: String,
    /// The addresses of the node, the preferred family first.
    pub host_ips: Vec<IpAddr>,
    /// The addresses of the pod, the preferred family first.
    pub pod_ips: Vec<IpAddr>,
    /// Cores that the node gives to pods.
    pub allocatable_cpu: Quantity,
    /// Bytes of memory that it gives.
    pub allocatable_memory: Quantity,
    /// Bytes of disk that it gives.
    pub allocatable_ephemeral_storage: Quantity,
}

impl PodFacts {
    /// Returns how much of a resource the node gives.
    pub(super) fn allocatable(&self, resource: NodeResource) -> Quantity {
        match resource {
            NodeResource::Cpu => self.allocatable_cpu,
            NodeResource::Memory => self.allocatable_memory,
            NodeResource::EphemeralStorage => self.allocatable_ephemeral_storage,
        }
    }
}

impl FieldRef {
    /// Returns what a container sees of the field; a label that is not there is empty.
    pub(super) fn value(&self, pod: &Pod, facts: &PodFacts) -> String {
        let metadata = &pod.metadata;
        let first = |ips: &[IpAddr]| ips.first().map(IpAddr::to_string).unwrap_or_default();
        let all = |ips: &[IpAddr]| ips.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Name => metadata.name.clone(),
            Self::Namespace => metadata.namespace.clone(),
            Self::Uid => metadata.uid.clone(),
            Self::Label(key) => metadata.labels.get(key).cloned().unwrap_or_default(),
            Self::Annotation(key) => metadata.annotations.get(key).cloned().unwrap_or_default(),
            Self::NodeName => facts.node_name.clone(),
            Self::ServiceAccountName => pod.spec.service_account_name.clone(),
            Self::HostIp => first(&facts.host_ips),
            Self::HostIps => all(&facts.host_ips),
            Self::PodIp => first(&facts.pod_ips),
            Self::PodIps => all(&facts.pod_ips),
        }
    }
}
