//! What a container can ask about its own pod and its node.

use std::net::IpAddr;

use crate::spec::quantity::Quantity;
use crate::spec::{FieldRef, Metadata, NodeResource, Pod, ResourceRef};

/// What only the running pod knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// The name of the node.
    pub node_name: String,
    /// The addresses of the node, the preferred family first.
    pub host_ips: Vec<IpAddr>,
    /// The addresses of the pod, the preferred family first.
    pub pod_ips: Vec<IpAddr>,
    /// What the node gives to pods.
    pub allocatable: Allocatable,
}

/// What a node gives to pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocatable {
    /// Cores.
    pub cpu: Quantity,
    /// Bytes of memory.
    pub memory: Quantity,
    /// Bytes of disk.
    pub ephemeral_storage: Quantity,
}

/// The resources of a container are asked for, and the pod has no such container.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("container {0} not found")]
pub struct NoContainer(String);

impl ResourceRef {
    /// Returns the amount, as a number.
    ///
    /// # Errors
    ///
    /// If the pod has no such container.
    pub fn value(&self, node: &Allocatable) -> Result<String, NoContainer> {
        match self {
            Self::Amount(amount) => Ok(amount.clone()),
            Self::Allocatable { resource, divisor } => {
                let amount = match resource {
                    NodeResource::Cpu => node.cpu,
                    NodeResource::Memory => node.memory,
                    NodeResource::EphemeralStorage => node.ephemeral_storage,
                };
                Ok(amount.divided_by(*divisor).to_string())
            }
            Self::UnknownContainer(name) => Err(NoContainer(name.clone())),
        }
    }
}

impl FieldRef {
    /// Returns what a container sees of the field; a label that is not there is empty.
    pub(super) fn value(&self, pod: &Pod, facts: &PodFacts) -> String {
        if let Some(value) = self.of_metadata(&pod.metadata) {
            return value;
        }
        let first = |ips: &[IpAddr]| ips.first().map(IpAddr::to_string).unwrap_or_default();
        let all = |ips: &[IpAddr]| ips.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Name | Self::Namespace | Self::Uid | Self::Label(_) | Self::Annotation(_) => {
                String::new()
            }
            Self::NodeName => facts.node_name.clone(),
            Self::ServiceAccountName => pod.spec.service_account_name.clone(),
            Self::HostIp => first(&facts.host_ips),
            Self::HostIps => all(&facts.host_ips),
            Self::PodIp => first(&facts.pod_ips),
            Self::PodIps => all(&facts.pod_ips),
        }
    }

    /// Returns the field if it is one of the metadata, which is known before the pod runs.
    pub(in crate::spec) fn of_metadata(&self, metadata: &Metadata) -> Option<String> {
        Some(match self {
            Self::Name => metadata.name.clone(),
            Self::Namespace => metadata.namespace.clone(),
            Self::Uid => metadata.uid.clone(),
            Self::Label(key) => metadata.labels.get(key).cloned().unwrap_or_default(),
            Self::Annotation(key) => metadata.annotations.get(key).cloned().unwrap_or_default(),
            _ => return None,
        })
    }
}
