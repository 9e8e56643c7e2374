//! Which names a pod knows: its own, and those of the host's resolver.

use std::net::IpAddr;
use std::sync::Arc;

use super::{EgressPolicy, PodNetwork};

/// The longest name, RFC 1035.
const NAME_MAX: usize = 253;

/// The longest part of one.
const LABEL_MAX: usize = 63;

/// Why a name gives no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// It cannot be a name.
    #[error("not a name")]
    InvalidName,
    /// Nobody knows it, or the resolver does not answer.
    #[error("no address for this name")]
    Unresolvable,
    /// The pod may not ask the outside.
    #[error("the pod may not ask the resolver of the host")]
    AccessDenied,
}

impl PodNetwork {
    /// Returns the addresses of a name, at least one.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub async fn lookup(self: Arc<Self>, name: String) -> Result<Vec<IpAddr>, LookupError> {
        if let Some(addresses) = self.lookup_here(&name)? {
            return Ok(addresses);
        }
        if self.egress == EgressPolicy::Deny {
            return Err(LookupError::AccessDenied);
        }
        let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|error| {
            tracing::debug!(name, %error, "name not resolved");
            LookupError::Unresolvable
        })?;
        let addresses: Vec<_> = found.map(|address| address.ip().to_canonical()).collect();
        if addresses.is_empty() { Err(LookupError::Unresolvable) } else { Ok(addresses) }
    }

    /// Looks among what the pod knows by itself.
    fn lookup_here(&self, name: &str) -> Result<Option<Vec<IpAddr>>, LookupError> {
        if let Some(address) = literal(name) {
            return Ok(Some(vec![address]));
        }
        if !is_name(name) {
            return Err(LookupError::InvalidName);
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        let addresses = self.hosts.addresses(name);
        Ok((!addresses.is_empty()).then_some(addresses))
    }
}

/// An address instead of a name, version 6 also in brackets.
fn literal(name: &str) -> Option<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse().ok().map(IpAddr::V6),
        None => name.parse().ok(),
    }
}

/// Returns whether this can be a name.
pub fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        (1..=LABEL_MAX).contains(&label.len()) && label.chars().all(is_fine)
    };
    name.len() <= NAME_MAX && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Hosts, NodeRanges};
    use crate::spec::HostName;

    #[test]
    fn names_of_the_pod() {
        let lease = Arc::new(NodeRanges::default()).lease().unwrap();
        let name = HostName { name: "web-0".to_owned(), ..HostName::default() };
        let hosts = Hosts::new(&lease.addresses(), &name, &[]);
        let network = PodNetwork::new(lease, hosts, EgressPolicy::Allow);
        let check = |name: &str, expected: Result<&str, LookupError>| {
            let found = network.lookup_here(name).map(|addresses| {
                let addresses = addresses.into_iter().flatten().map(|a| a.to_string());
                addresses.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref().map_err(|error| *error), expected, "{name:?}");
        };
        check("localhost", Ok("127.0.0.1 ::1"));
        check("LocalHost.", Ok("127.0.0.1 ::1"));
        check("ip6-localhost", Ok("::1"));
        check("web-0", Ok("10.88.0.2 fd88::2"));
        check("1.2.3.4", Ok("1.2.3.4"));
        check("::1", Ok("::1"));
        check("[fd88::3]", Ok("fd88::3"));
        check("example.com", Ok(""));
        check("_dns.example.com.", Ok(""));
        for bad in ["", ".", "a..b", "a b", "a:80", "[1.2.3.4]", "http://a", &"a".repeat(64)] {
            check(bad, Err(LookupError::InvalidName));
        }
        check(&["a".repeat(60).as_str(); 5].join("."), Err(LookupError::InvalidName));
    }
}
