//! The addresses of a node's pods: who has which, and where the others are.
//!
//! The first two addresses of a range are the network itself and the node.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{PodAddresses, PodNetwork};

/// The ranges from which the pods of this node get their addresses.
#[derive(Debug)]
pub struct NodeRanges {
    v4: Ipv4Addr,
    v4_prefix: u8,
    v6: Ipv6Addr,
    /// The numbers in use, the same in both families, and who has them. Held for the time of a
    /// look-up.
    leased: Mutex<BTreeMap<u32, Weak<PodNetwork>>>,
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

    /// Returns the pod that has an address.
    pub(super) fn pod(&self, address: IpAddr) -> Option<Arc<PodNetwork>> {
        if !self.contains(address) {
            return None;
        }
        let number = match address {
            IpAddr::V4(v4) => {
                u32::from(v4) & u32::MAX.checked_shr(self.v4_prefix.into()).unwrap_or(0)
            }
            IpAddr::V6(v6) => u32::try_from(u128::from(v6) ^ u128::from(self.v6)).ok()?,
        };
        let pod = self.leased().get(&number)?.clone();
        pod.upgrade()
    }

    fn leased(&self) -> MutexGuard<'_, BTreeMap<u32, Weak<PodNetwork>>> {
        self.leased.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lowest free address of each range. They are given back when the lease is dropped.
    ///
    /// # Errors
    ///
    /// If all addresses of the IPv4 range are taken.
    pub fn lease(self: &Arc<Self>) -> Result<AddressLease, RangeExhausted> {
        let mut leased = self.leased();
        let last = u32::MAX.checked_shr(self.v4_prefix.into()).unwrap_or(0);
        let taken = (NODE + 1..).zip(leased.keys()).take_while(|(number, taken)| number == *taken);
        let number = NODE + 1 + u32::try_from(taken.count()).unwrap_or(u32::MAX - NODE - 1);
        if number >= last {
            return Err(RangeExhausted { v4: self.v4, prefix: self.v4_prefix });
        }
        leased.insert(number, Weak::new());
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

    /// Says who has them, so that its neighbours find it.
    pub(super) fn occupy(&self, pod: Weak<PodNetwork>) {
        self.ranges.leased().insert(self.number, pod);
    }

    /// Returns the ranges that they are of.
    pub fn ranges(&self) -> &NodeRanges {
        &self.ranges
    }
}

impl Drop for AddressLease {
    fn drop(&mut self) {
        self.ranges.leased().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(ranges.contains(address.parse().unwrap()), expected, "{address}");
        }
    }
}
