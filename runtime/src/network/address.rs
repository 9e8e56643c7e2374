//! Addresses: which are the pod's own, and which a socket may use at all.
//!
//! Pure. A pod has the whole of `127.0.0.0/8`, `::1`, and one address per family of the node's
//! ranges; the first two addresses of a range are the network itself and the node.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

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
    match (address, family) {
        (IpAddr::V4(v4), Family::V4) => !v4.is_multicast() && !v4.is_broadcast(),
        (IpAddr::V6(v6), Family::V6) => {
            // The first six words 0 were once IPv4 in disguise; `::` and `::1` are what is left.
            let is_disguise = v6.segments()[..6] == [0; 6]
                && !matches!(v6, Ipv6Addr::UNSPECIFIED | Ipv6Addr::LOCALHOST);
            !v6.is_multicast() && v6.to_ipv4_mapped().is_none() && !is_disguise
        }
        _ => false,
    }
}

/// Returns whether one can connect to such an address: a wildcard or port 0 names nobody.
pub(super) fn is_remote(address: SocketAddr) -> bool {
    !address.ip().is_unspecified() && address.port() != 0
}

/// The ranges from which the pods of this node get their addresses.
#[derive(Debug)]
pub struct NodeRanges {
    v4: Ipv4Addr,
    v4_prefix: u8,
    v6: Ipv6Addr,
    /// The numbers in use, the same in both families. Held for the time of a look-up.
    leased: Mutex<BTreeSet<u32>>,
}

/// The node's own number in its ranges.
const NODE: u32 = 1;

/// There is no address left for another pod.
#[derive(Debug, thiserror::Error)]
#[error("no pod address is left in {v4}/{prefix}")]
pub struct RangeExhausted {
    v4: Ipv4Addr,
    prefix: u8,
}

impl Default for NodeRanges {
    fn default() -> Self {
        Self::new(Ipv4Addr::new(10, 88, 0, 0), 16, Ipv6Addr::new(0xfd88, 0, 0, 0, 0, 0, 0, 0))
    }
}

impl NodeRanges {
    /// Takes an IPv4 range and an IPv6 range of 64 bits.
    pub fn new(v4: Ipv4Addr, v4_prefix: u8, v6: Ipv6Addr) -> Self {
        Self { v4, v4_prefix, v6, leased: Mutex::default() }
    }

    /// Returns whether an address belongs to some pod of this node, or to nobody yet.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => {
                let bits = 32 - u32::from(self.v4_prefix.min(32));
                u32::from(v4).checked_shr(bits) == u32::from(self.v4).checked_shr(bits)
            }
            IpAddr::V6(v6) => v6.segments()[..4] == self.v6.segments()[..4],
        }
    }

    /// Takes the lowest free address of each range. They are given back when the lease is dropped.
    ///
    /// # Errors
    ///
    /// If all addresses of the IPv4 range are taken.
    pub fn lease(self: &Arc<Self>) -> Result<AddressLease, RangeExhausted> {
        let mut leased = self.leased.lock().unwrap_or_else(PoisonError::into_inner);
        let last = u32::MAX.checked_shr(self.v4_prefix.into()).unwrap_or(0);
        let taken = (NODE + 1..).zip(&*leased).take_while(|(number, taken)| number == *taken);
        let number = NODE + 1 + u32::try_from(taken.count()).unwrap_or(u32::MAX - NODE - 1);
        if number >= last {
            return Err(RangeExhausted { v4: self.v4, prefix: self.v4_prefix });
        }
        leased.insert(number);
        let addresses = PodAddresses {
            v4: self.v4_at(number),
            v6: self.v6_at(number),
            node_v4: self.v4_at(NODE),
            node_v6: self.v6_at(NODE),
        };
        Ok(AddressLease { addresses, number, ranges: Arc::clone(self) })
    }

    fn v4_at(&self, number: u32) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.v4) | number)
    }

    fn v6_at(&self, number: u32) -> Ipv6Addr {
        Ipv6Addr::from(u128::from(self.v6) | u128::from(number))
    }
}

/// The addresses of one pod, until dropped.
#[derive(Debug)]
pub struct AddressLease {
    addresses: PodAddresses,
    number: u32,
    ranges: Arc<NodeRanges>,
}

impl AddressLease {
    /// Returns the addresses.
    pub fn addresses(&self) -> PodAddresses {
        self.addresses
    }

    /// Returns the ranges that they are of.
    pub fn ranges(&self) -> &NodeRanges {
        &self.ranges
    }
}

impl Drop for AddressLease {
    fn drop(&mut self) {
        let mut leased = self.ranges.leased.lock().unwrap_or_else(PoisonError::into_inner);
        leased.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
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

    #[test]
    fn leases_come_back() {
        let ranges = NodeRanges::new(Ipv4Addr::new(10, 0, 0, 0), 29, "fd00::".parse().unwrap());
        let ranges = Arc::new(ranges);
        let mut leases: Vec<_> = (2..7).map(|_| ranges.lease().unwrap()).collect();
        let found: Vec<_> = leases.iter().map(|lease| lease.addresses().v4.octets()[3]).collect();
        assert_eq!(found, [2, 3, 4, 5, 6]);
        let error = ranges.lease().unwrap_err().to_string();
        assert_eq!(error, "no pod address is left in 10.0.0.0/29");
        drop(leases.remove(1));
        assert_eq!(ranges.lease().unwrap().addresses().v6, "fd00::3".parse::<Ipv6Addr>().unwrap());
    }

    #[test]
    fn ranges() {
        let ranges = NodeRanges::default();
        for (address, expected) in [
            ("10.88.0.0", true),
            ("10.88.255.255", true),
            ("10.89.0.0", false),
            ("fd88::ffff", true),
            ("fd88:0:0:1::", false),
        ] {
            assert_eq!(ranges.contains(ip(address)), expected, "{address}");
        }
    }
}
