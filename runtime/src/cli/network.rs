//! What the command line says about the network of pods.

use std::net::IpAddr;

use clap::{Args, ValueEnum};

use crate::network::{Cluster, EgressPolicy, NodeNetwork, is_name};

/// The options of the network.
#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub(super) struct Network {
    /// The domain that the full names of pods end in
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local", value_parser = domain)]
    cluster_domain: String,

    /// A name server of the cluster, for pods with dnsPolicy ClusterFirst
    #[arg(long, value_name = "IP")]
    cluster_dns: Vec<IpAddr>,

    /// Whether pods may connect to the outside
    #[arg(long, value_name = "POLICY", default_value = "allow")]
    default_egress: Egress,
}

/// Where pods may connect to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Egress {
    /// Everywhere but to what is the node's own
    Allow,
    /// Nowhere
    Deny,
}

impl Network {
    /// Sets what the pods of a runtime have in common.
    pub(super) fn apply(self, network: &mut NodeNetwork) {
        network.cluster = Cluster { domain: self.cluster_domain, dns: self.cluster_dns };
        network.egress = match self.default_egress {
            Egress::Allow => EgressPolicy::Allow,
            Egress::Deny => EgressPolicy::Deny,
        };
    }
}

fn domain(text: &str) -> Result<String, &'static str> {
    let domain = text.trim_matches('.');
    if is_name(domain) { Ok(domain.to_owned()) } else { Err("not a domain") }
}
