//! How the names of other hosts are found in a pod.

use std::net::IpAddr;

/// A line for the hosts file, of `spec.hostAliases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAlias {
    /// The address.
    pub ip: IpAddr,
    /// The names that stand for it.
    pub hostnames: Vec<String>,
}

/// Where name servers come from, `spec.dnsPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPolicy {
    /// From the cluster, also with the network of the host.
    ClusterFirstWithHostNet,
    /// From the cluster.
    #[default]
    ClusterFirst,
    /// As on the host.
    Default,
    /// From `spec.dnsConfig` alone.
    None,
}

/// What a pod adds to its policy, `spec.dnsConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Addresses of name servers.
    pub nameservers: Vec<String>,
    /// Domains that short names are looked up in.
    pub searches: Vec<String>,
    /// Options of the resolver, `name` or `name:value`.
    pub options: Vec<String>,
}
