//! Service.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::{metadata, names, network, ports};
use crate::spec::node::Node;

/// Checks a Service.
pub(super) fn service(object: &Node<'_>, errors: &mut Errors) {
    metadata::object_meta(&object.get("metadata"), names::dns_1035_label, errors);
    let spec = object.get("spec");
    let kind = spec.get("type");
    errors.one_of(&kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    errors.one_of(&spec.get("sessionAffinity"), &["ClientIP", "None"]);
    metadata::labels(&spec.get("selector"), errors);
    let cluster_ip = spec.get("clusterIP");
    let headless = cluster_ip.str() == "None";
    if kind.str() == "ExternalName" {
        let name = spec.get("externalName");
        let bare = name.str().strip_suffix('.').unwrap_or(name.str());
        if name.is_empty() {
            errors.required(&name, "");
        } else {
            errors.broken(&name, names::dns_subdomain(bare));
        }
    } else if spec.get("ports").is_empty() && !headless {
        errors.required(&spec.get("ports"), "");
    }
    if headless && matches!(kind.str(), "LoadBalancer" | "NodePort") {
        errors
            .invalid(&cluster_ip, format!("may not be set to 'None' for {} services", kind.str()));
    } else if !headless && !cluster_ip.is_empty() {
        network::ip_address(&cluster_ip, errors);
    }
    for address in spec.get("externalIPs").items() {
        network::ip_address(&address, errors);
    }
    service_ports(&spec, errors);
}

fn service_ports(spec: &Node<'_>, errors: &mut Errors) {
    let list = spec.get("ports");
    let (mut seen_names, mut seen_ports) = (BTreeSet::new(), BTreeSet::new());
    for port in list.items() {
        let name = port.get("name");
        if name.is_empty() {
            if list.len() > 1 {
                errors.required(&name, "");
            }
        } else {
            errors.broken(&name, names::dns_label(name.str()));
            if !seen_names.insert(name.str()) {
                errors.duplicate(&name);
            }
        }
        let number = port.get("port").int().unwrap_or_default();
        if !(1..=65535).contains(&number) {
            errors.invalid_part(
                &port.get("port"),
                number,
                super::errors::in_range_message(1, 65535),
            );
        }
        let protocol = port.get("protocol");
        errors.required_one_of(&protocol, &["SCTP", "TCP", "UDP"], "");
        ports::number_or_name(&port.get("targetPort"), errors);
        if !port.get("nodePort").is_empty() && matches!(spec.get("type").str(), "ClusterIP" | "") {
            errors.forbidden(&port.get("nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
        if !seen_ports.insert((protocol.str(), number)) {
            errors.duplicate(&port);
        }
    }
}
