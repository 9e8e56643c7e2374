//! Which way traffic takes to the Pods of a Service.

use std::net::IpAddr;

use super::super::errors::Errors;
use super::super::{names, network};
use crate::spec::node::Node;

const FOR_LOAD_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";

/// The old place of `spec.loadBalancerSourceRanges`.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// Checks what only a load balancer has.
pub(super) fn load_balancer(service: &Node<'_>, errors: &mut Errors) {
    let spec = service.get("spec");
    let is_balanced = spec.get("type").str() == "LoadBalancer";
    let ranges = spec.get("loadBalancerSourceRanges");
    let annotation = service.get("metadata").get("annotations").key(SOURCE_RANGES);
    if !ranges.is_empty() {
        if !is_balanced {
            errors.forbidden(&ranges, FOR_LOAD_BALANCER);
        }
        for range in ranges.items() {
            cidr(&range, range.str().trim(), errors);
        }
    } else if annotation.is_set() {
        if !is_balanced {
            errors.forbidden(&annotation, FOR_LOAD_BALANCER);
        }
        let text = annotation.str().trim();
        for range in text.split(',').filter(|_| !text.is_empty()) {
            cidr(&annotation, range.trim(), errors);
        }
    }
    for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if spec.get(field).is_set() && !is_balanced {
            errors.forbidden(&spec.get(field), FOR_LOAD_BALANCER);
        }
    }
    let class = spec.get("loadBalancerClass");
    if class.is_set() && is_balanced {
        errors.broken(&class, names::qualified_name(class.str()));
    }
}

/// Checks which Pods traffic goes to.
pub(super) fn policies(spec: &Node<'_>, errors: &mut Errors) {
    let kind = spec.get("type").str();
    let outside = spec.get("externalTrafficPolicy");
    let is_reached_from_outside = match kind {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !spec.get("externalIPs").is_empty(),
        _ => false,
    };
    if is_reached_from_outside {
        errors.one_of(&outside, &["Cluster", "Local"]);
    } else if !outside.is_empty() {
        errors.invalid(&outside, "may only be set for externally-accessible services");
    }
    let health = spec.get("healthCheckNodePort");
    if !health.is_empty() {
        if kind == "LoadBalancer" && outside.str() == "Local" {
            errors.in_range(&health, 1, 65535);
        } else {
            errors.invalid(
                &health,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is \
                 'Local'",
            );
        }
    }
    errors.optional_one_of(&spec.get("internalTrafficPolicy"), &["Cluster", "Local"]);
    errors.optional_one_of(
        &spec.get("trafficDistribution"),
        &["PreferClose", "PreferSameNode", "PreferSameZone"],
    );
}

/// Checks a range of addresses, `10.0.0.0/8`.
fn cidr(node: &Node<'_>, range: &str, errors: &mut Errors) {
    let parts = range.split_once('/').and_then(|(address, prefix)| {
        let is_number = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        Some((address, prefix, prefix.parse::<u32>().ok().filter(|_| is_number)?))
    });
    let Some((address, prefix, length)) = parts else {
        return errors.invalid_part(node, range, NO_CIDR);
    };
    let has_zeros = prefix.len() > 1 && prefix.starts_with('0');
    match address.parse() {
        Ok(IpAddr::V4(_)) if length > 32 => errors.invalid_part(node, range, NO_CIDR),
        Ok(IpAddr::V6(_)) if length > 128 => errors.invalid_part(node, range, NO_CIDR),
        Ok(_) if has_zeros => errors.invalid_part(node, range, ZEROS),
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            errors.invalid_part(node, range, "must not have an IPv4-mapped IPv6 address");
        }
        Ok(address) if has_bits_beyond(address, length) => {
            errors.invalid_part(node, range, "must not have bits set beyond the prefix length");
        }
        Ok(_) => {}
        Err(_) if network::is_ipv4_with_leading_zeros(address) && length <= 32 => {
            errors.invalid_part(node, range, ZEROS);
        }
        Err(_) => errors.invalid_part(node, range, NO_CIDR),
    }
}

const NO_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const ZEROS: &str = "must not have leading 0s in IP or prefix length";

fn has_bits_beyond(address: IpAddr, length: u32) -> bool {
    match address {
        IpAddr::V4(v4) => v4.to_bits().checked_shl(length).unwrap_or(0) != 0,
        IpAddr::V6(v6) => v6.to_bits().checked_shl(length).unwrap_or(0) != 0,
    }
}
