//! How the names of other hosts are found in a pod.

use crate::spec::node::Node;
use crate::spec::{DnsConfig, DnsPolicy, HostAlias};

/// Returns one of the host aliases.
pub(super) fn alias(node: &Node<'_>) -> Option<HostAlias> {
    Some(HostAlias { ip: node.get("ip").str().parse().ok()?, hostnames: texts(node, "hostnames") })
}

/// Returns where name servers come from.
pub(super) fn policy(node: &Node<'_>) -> DnsPolicy {
    match node.str() {
        "ClusterFirstWithHostNet" => DnsPolicy::ClusterFirstWithHostNet,
        "Default" => DnsPolicy::Default,
        "None" => DnsPolicy::None,
        _ => DnsPolicy::ClusterFirst,
    }
}

/// Returns what the pod adds to the policy.
pub(super) fn config(node: &Node<'_>) -> DnsConfig {
    let option = |option: Node<'_>| {
        let (name, value) = (option.get("name"), option.get("value"));
        match value.text() {
            Some(value) if !value.is_empty() => format!("{}:{value}", name.str()),
            _ => name.str().to_owned(),
        }
    };
    DnsConfig {
        nameservers: texts(node, "nameservers"),
        searches: texts(node, "searches"),
        options: node.get("options").items().map(option).collect(),
    }
}

fn texts(node: &Node<'_>, field: &'static str) -> Vec<String> {
    node.get(field).texts().into_iter().map(str::to_owned).collect()
}
