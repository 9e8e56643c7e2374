//! Ports of containers.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

/// Checks the ports that a container says it serves.
pub(super) fn container_ports(ports: &Node<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for port in ports.items() {
        let name = port.get("name");
        if !name.is_empty() {
            let rules = names::port(name.str());
            if rules.is_empty() && !seen.insert(name.str()) {
                errors.duplicate(&name);
            }
            errors.broken(&name, rules);
        }
        let container_port = port.get("containerPort");
        if container_port.is_empty() {
            errors.required(&container_port, "");
        } else {
            errors.in_range(&container_port, 1, 65535);
        }
        let host_port = port.get("hostPort");
        if !host_port.is_empty() {
            errors.in_range(&host_port, 1, 65535);
        }
        let protocol = port.get("protocol");
        errors.required_one_of(&protocol, &["SCTP", "TCP", "UDP"], "");
    }
}

/// Checks that no host port is asked for twice, by these containers.
pub(super) fn host_port_conflicts<'a>(
    containers: impl Iterator<Item = Node<'a>>,
    errors: &mut Errors,
) {
    let mut seen = BTreeSet::new();
    for port in containers.flat_map(|container| container.get("ports").items()) {
        let host_port = port.get("hostPort");
        let Some(number) = host_port.int().filter(|number| *number != 0) else { continue };
        let (protocol, address) = (port.get("protocol").str(), port.get("hostIP").str());
        if !seen.insert((protocol, address, number)) {
            errors.duplicate_part(&host_port, format!("{protocol}/{address}/{number}"));
        }
    }
}

/// Checks a port given as its number or its name.
pub(super) fn number_or_name(port: &Node<'_>, errors: &mut Errors) {
    match port.int() {
        Some(number) if !(1..=65535).contains(&number) => {
            errors.invalid(port, super::errors::in_range_message(1, 65535));
        }
        Some(_) => {}
        None if port.is_set() => errors.broken(port, names::port(port.str())),
        None => errors.invalid_part(port, 0, super::errors::in_range_message(1, 65535)),
    }
}
