//! Ports of a Service.

use std::collections::BTreeSet;

use super::super::errors::{Errors, in_range_message};
use super::super::{names, ports};
use crate::spec::node::Node;

/// Checks the ports, each for itself and against the others.
pub(super) fn service_ports(spec: &Node<'_>, errors: &mut Errors) {
    let list = spec.get("ports");
    let (mut seen, mut numbers, mut node_ports) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for port in list.items() {
        let name = port.get("name");
        if name.is_empty() {
            if list.len() > 1 {
                errors.required(&name, "");
            }
        } else {
            errors.broken(&name, names::dns_label(name.str()));
            if !seen.insert(name.str()) {
                errors.duplicate(&name);
            }
        }
        service_port(&port, errors);
        let (protocol, node_port) = (port.get("protocol").str(), port.get("nodePort"));
        if !node_port.is_empty() {
            if spec.get("type").str() == "ClusterIP" {
                errors.forbidden(&node_port, "may not be used when `type` is 'ClusterIP'");
            }
            if !node_ports.insert((protocol, node_port.int())) {
                errors.duplicate(&node_port);
            }
        }
        if !numbers.insert((protocol, port.get("port").int().unwrap_or_default())) {
            errors.duplicate(&port);
        }
    }
}

fn service_port(port: &Node<'_>, errors: &mut Errors) {
    let number = port.get("port").int().unwrap_or_default();
    if !(1..=65535).contains(&number) {
        errors.invalid_part(&port.get("port"), number, in_range_message(1, 65535));
    }
    errors.required_one_of(&port.get("protocol"), &["SCTP", "TCP", "UDP"], "");
    ports::number_or_name(&port.get("targetPort"), errors);
    let spoken = port.get("appProtocol");
    if spoken.is_set() {
        errors.broken(&spoken, names::qualified_name(spoken.str()));
    }
}
