//! Addresses: which are the pod's own, and which a socket may use at all.
//!
//! Pure. A pod has the whole of `127.0.0.0/8`, `::1`, and one address per family of the node's
//! ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The family of a socket. WASI's sockets of version 6 take nothing of version 4
/// (`IPV6_V6ONLY`), so that the two never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl Family {
    /// Returns the family of an address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// Returns the address that stands for all of this family.
    pub fn unspecified(self) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::UNSPECIFIED.into(),
            Self::V6 => Ipv6Addr::UNSPECIFIED.into(),
        }
    }
}

/// The addresses of a pod and of its node, as the pod sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodAddresses {
    /// The pod's IPv4 address.
    pub v4: Ipv4Addr,
    /// The pod's IPv6 address.
    pub v6: Ipv6Addr,
    /// Whom a connection from the host comes from, IPv4.
    pub node_v4: Ipv4Addr,
    /// Whom a connection from the host comes from, IPv6.
    pub node_v6: Ipv6Addr,
}

impl PodAddresses {
    /// Returns whether a packet to `address` stays in the pod.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => v4.is_loopback() || v4 == self.v4,
            IpAddr::V6(v6) => v6.is_loopback() || v6 == self.v6,
        }
    }

    /// Returns the pod's address in a family.
    pub fn of(&self, family: Family) -> IpAddr {
        match family {
            Family::V4 => self.v4.into(),
            Family::V6 => self.v6.into(),
        }
    }

    /// Returns the node's address in a family.
    pub fn node(&self, family: Family) -> IpAddr {
        match family {
            Family::V4 => self.node_v4.into(),
            Family::V6 => self.node_v6.into(),
        }
    }

    /// Returns the address from which the pod talks to `destination`, as the kernel chooses it.
    pub(super) fn source_for(&self, destination: IpAddr) -> IpAddr {
        match destination {
            IpAddr::V4(v4) if v4.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(v6) if v6.is_loopback() => Ipv6Addr::LOCALHOST.into(),
            other => self.of(Family::of(other)),
        }
    }
}

/// Returns whether a socket of this family may bind to, or connect to, such an address at all.
pub(super) fn is_unicast(address: IpAddr, family: Family) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    is_of_family(address, family) && !address.is_multicast() && !is_broadcast
}

/// Returns whether an address is one of this family, and none of the other in disguise.
pub(super) fn is_of_family(address: IpAddr, family: Family) -> bool {
    match (address, family) {
        (IpAddr::V4(_), Family::V4) => true,
        (IpAddr::V6(v6), Family::V6) => {
            // The first six words 0 were once IPv4 in disguise; `::` and `::1` are what is left.
            let is_disguise = v6.segments()[..6] == [0; 6]
                && !matches!(v6, Ipv6Addr::UNSPECIFIED | Ipv6Addr::LOCALHOST);
            v6.to_ipv4_mapped().is_none() && !is_disguise
        }
        _ => false,
    }
}

/// Returns whether one can connect to such an address: a wildcard or port 0 names nobody.
pub(super) fn is_remote(address: SocketAddr) -> bool {
    !address.ip().is_unspecified() && address.port() != 0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::network::NodeRanges;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families() {
        for (address, family, expected) in [
            ("255.255.255.255", Family::V4, true),
            ("224.0.0.1", Family::V4, true),
            ("ff02::1", Family::V6, true),
            ("::ffff:224.0.0.1", Family::V6, false),
            ("::1", Family::V4, false),
        ] {
            assert_eq!(is_of_family(ip(address), family), expected, "{address} {family:?}");
        }
    }

    #[test]
    fn unicast() {
        for (address, family, expected) in [
            ("0.0.0.0", Family::V4, true),
            ("127.0.0.1", Family::V4, true),
            ("8.8.8.8", Family::V4, true),
            ("224.0.0.1", Family::V4, false),
            ("255.255.255.255", Family::V4, false),
            ("127.0.0.1", Family::V6, false),
            ("::", Family::V6, true),
            ("::1", Family::V6, true),
            ("::2", Family::V6, false),
            ("::ffff:127.0.0.1", Family::V6, false),
            ("ff02::1", Family::V6, false),
            ("fd88::2", Family::V6, true),
        ] {
            assert_eq!(is_unicast(ip(address), family), expected, "{address} {family:?}");
        }
    }

    #[test]
    fn the_pods_own() {
        let addresses = Arc::new(NodeRanges::default()).lease().unwrap().addresses();
        for (address, is_own, source) in [
            ("127.0.0.1", true, "127.0.0.1"),
            ("127.9.9.9", true, "127.0.0.1"),
            ("::1", true, "::1"),
            ("10.88.0.2", true, "10.88.0.2"),
            ("fd88::2", true, "fd88::2"),
            ("10.88.0.1", false, "10.88.0.2"),
            ("1.1.1.1", false, "10.88.0.2"),
            ("2606::1", false, "fd88::2"),
        ] {
            assert_eq!(addresses.contains(ip(address)), is_own, "{address}");
            assert_eq!(addresses.source_for(ip(address)), ip(source), "{address}");
        }
    }
}
