//! Addresses of a Service: in the cluster, where there can be one of each family, and outside.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::errors::Errors;
use super::super::network;
use crate::spec::node::Node;

/// What stands in place of an address where there is to be none.
const NONE: &str = "None";

/// Whether the Service is to have no address of its own.
pub(super) fn is_headless(spec: &Node<'_>) -> bool {
    spec.get("clusterIPs").texts() == [NONE]
}

/// Checks the addresses in the cluster, and of which families they are to be.
pub(super) fn of_cluster(spec: &Node<'_>, errors: &mut Errors) {
    let (address, addresses) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    let first = addresses.items().next();
    match first {
        Some(_) if address.is_empty() => {
            errors.invalid(&addresses, "must be empty when `clusterIP` is not specified");
        }
        Some(first) if first.str() != address.str() => {
            errors.invalid(&addresses, "first value must match `clusterIP`");
        }
        _ => {}
    }
    families(spec, errors);
    let kind = spec.get("type");
    if is_headless(spec) {
        if let ("LoadBalancer" | "NodePort", Some(first)) = (kind.str(), addresses.items().next()) {
            errors.invalid(&first, format!("may not be set to 'None' for {} services", kind.str()));
        }
        return;
    }
    let found = errors.count();
    if addresses.len() > 1 && addresses.texts()[0] == NONE {
        errors.invalid(&addresses, "'None' must be the first and only value");
    }
    for (index, address) in addresses.items().enumerate() {
        if index > 0 || address.str() != NONE {
            network::ip_address(&address, errors);
        }
    }
    let are_valid = errors.count() == found;
    if addresses.len() > 2 {
        errors.invalid(&addresses, "may only hold up to 2 values");
    }
    if are_valid {
        of_their_families(spec, errors);
    }
}

fn families(spec: &Node<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for family in spec.get("ipFamilies").items() {
        errors.one_of(&family, &["IPv4", "IPv6"]);
        if !seen.insert(family.str()) {
            errors.duplicate(&family);
        }
    }
    errors.optional_one_of(
        &spec.get("ipFamilyPolicy"),
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
    );
}

/// Checks addresses that are some, against each other and the families that are asked for.
fn of_their_families(spec: &Node<'_>, errors: &mut Errors) {
    let addresses = spec.get("clusterIPs");
    let family = |address: &Node<'_>| match address.str().parse() {
        Ok(IpAddr::V4(_)) => "IPv4",
        _ => "IPv6",
    };
    let found: BTreeSet<_> = addresses.items().map(|address| family(&address)).collect();
    if addresses.len() > 1 && found.len() != addresses.len() {
        errors.invalid(&addresses, "may specify no more than one IP for each IP family");
    }
    for (index, (address, asked)) in
        addresses.items().zip(spec.get("ipFamilies").texts()).enumerate()
    {
        if matches!(asked, "IPv4" | "IPv6") && family(&address) != asked {
            errors.invalid(
                &address,
                format!("expected an {asked} value as indicated by `ipFamilies[{index}]`"),
            );
        }
    }
}

/// Checks addresses at which nodes take traffic for the Service.
pub(super) fn outside(addresses: &Node<'_>, errors: &mut Errors) {
    for node in addresses.items() {
        let found = errors.count();
        network::ip_address(&node, errors);
        if errors.count() == found
            && let Ok(address) = node.str().parse()
            && let Some(reason) = of_no_use_outside(address)
        {
            errors.invalid(&node, reason);
        }
    }
}

/// Returns why an address means something else on each node.
fn of_no_use_outside(address: IpAddr) -> Option<String> {
    let (is_local, is_local_multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), matches!(v4.octets(), [224, 0, 0, _])),
        IpAddr::V6(v6) => (v6.is_unicast_link_local(), v6.segments()[0] & 0xff0f == 0xff02),
    };
    if address.is_unspecified() {
        Some(format!("may not be unspecified ({address})"))
    } else if address.is_loopback() {
        Some("may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned())
    } else if is_local {
        Some("may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned())
    } else if is_local_multicast {
        Some("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned())
    } else {
        None
    }
}
