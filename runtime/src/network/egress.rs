//! Where a pod may connect to outside of itself.
//!
//! Pure. As in Kubernetes everything is allowed, but for two things that would hand the node to its
//! guests: the metadata services of clouds, which give out the node's credentials, and the node's
//! own loopback.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a pod may connect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EgressPolicy {
    /// Everything but what is always denied.
    #[default]
    Allow,
    /// Nothing.
    Deny,
}

/// Why a connection is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// By the policy.
    #[error("the pod may not connect to the outside")]
    Policy,
    /// Link-local addresses belong to the node; clouds have their metadata there.
    #[error("link-local and metadata addresses are the node's")]
    LinkLocal,
    /// Another way to write the node's own loopback.
    #[error("the node's loopback is not the pod's")]
    NodeLoopback,
}

/// Metadata services that are not on link-local addresses: of Amazon, and of Alibaba.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
const METADATA_V4: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

impl EgressPolicy {
    /// Says whether a connection to `destination`, which is not in the pod, may be made.
    ///
    /// # Errors
    ///
    /// If not: why.
    pub fn check(self, destination: IpAddr) -> Result<(), Denied> {
        let destination = destination.to_canonical();
        if destination.is_loopback() || destination.is_unspecified() {
            return Err(Denied::NodeLoopback);
        }
        let is_node_local = match destination {
            IpAddr::V4(v4) => v4.is_link_local() || v4 == METADATA_V4,
            IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == METADATA_V6,
        };
        if is_node_local {
            return Err(Denied::LinkLocal);
        }
        match self {
            Self::Allow => Ok(()),
            Self::Deny => Err(Denied::Policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        for (destination, expected) in [
            ("1.1.1.1", Ok(())),
            ("192.168.0.1", Ok(())),
            ("2606:4700::1", Ok(())),
            ("169.254.169.254", Err(Denied::LinkLocal)),
            ("169.254.0.1", Err(Denied::LinkLocal)),
            ("100.100.100.200", Err(Denied::LinkLocal)),
            ("fe80::1", Err(Denied::LinkLocal)),
            ("fd00:ec2::254", Err(Denied::LinkLocal)),
            ("::ffff:169.254.169.254", Err(Denied::LinkLocal)),
            ("127.0.0.1", Err(Denied::NodeLoopback)),
            ("::ffff:127.0.0.1", Err(Denied::NodeLoopback)),
            ("0.0.0.0", Err(Denied::NodeLoopback)),
        ] {
            let destination: IpAddr = destination.parse().unwrap();
            assert_eq!(EgressPolicy::Allow.check(destination), expected, "{destination}");
            let expected = expected.and(Err(Denied::Policy));
            assert_eq!(EgressPolicy::Deny.check(destination), expected, "{destination}");
        }
    }
}
