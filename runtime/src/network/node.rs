//! What the pods of a node have in common on the network.

use std::sync::Arc;

use super::{Cluster, EgressPolicy, NodeRanges, ResolvConf};

/// The network of a node.
#[derive(Clone, Debug, Default)]
pub struct NodeNetwork {
    /// Where pods get their addresses.
    pub ranges: Arc<NodeRanges>,
    /// Whose names they are told.
    pub cluster: Cluster,
    /// How the host finds names.
    pub resolv_conf: ResolvConf,
    /// Where they may connect to.
    pub egress: EgressPolicy,
}
