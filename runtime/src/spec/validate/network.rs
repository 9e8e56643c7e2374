//! Names and addresses of a Pod.

use std::net::IpAddr;

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARACTERS: usize = 2048;
const MAX_HOSTNAME_OVERRIDE: usize = 64;

/// Checks the DNS policy and what the Pod configures itself.
pub(super) fn dns(spec: &Node<'_>, errors: &mut Errors) {
    let policy = spec.get("dnsPolicy");
    errors.required_one_of(
        &policy,
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        "",
    );
    let config = spec.get("dnsConfig");
    let nameservers = config.get("nameservers");
    if policy.str() == "None" {
        if !config.is_set() {
            errors.required(&config, "must provide `dnsConfig` when `dnsPolicy` is None");
        } else if nameservers.is_empty() {
            errors.required(
                &nameservers,
                "must provide at least one DNS nameserver when `dnsPolicy` is None",
            );
        }
    }
    if nameservers.len() > MAX_NAMESERVERS {
        errors.invalid(
            &nameservers,
            format!("must not have more than {MAX_NAMESERVERS} nameservers"),
        );
    }
    for nameserver in nameservers.items() {
        ip_address(&nameserver, errors);
    }
    searches(&config.get("searches"), errors);
    for option in config.get("options").items() {
        if option.get("name").is_empty() {
            errors.required(&option, "must not be empty");
        }
    }
}

fn searches(searches: &Node<'_>, errors: &mut Errors) {
    if searches.len() > MAX_SEARCHES {
        errors.invalid(searches, format!("must not have more than {MAX_SEARCHES} search paths"));
    }
    if searches.texts().join(" ").chars().count() > MAX_SEARCH_CHARACTERS {
        errors.invalid(
            searches,
            format!(
                "must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in \
                 the search list"
            ),
        );
    }
    for search in searches.items() {
        if search.str() != "." {
            let name = search.str().strip_suffix('.').unwrap_or(search.str());
            errors.broken(&search, names::dns_subdomain_with_underscore(name));
        }
    }
}

/// Checks the names that the Pod has, unless its controller gives them, and those of others.
pub(super) fn host_names(spec: &Node<'_>, own: bool, errors: &mut Errors) {
    if own {
        errors.optional_name(&spec.get("hostname"), names::dns_label_without_dots);
        errors.optional_name(&spec.get("subdomain"), names::dns_label);
    }
    let name = spec.get("hostnameOverride");
    if name.is_set() {
        if spec.get("hostNetwork").is_true() {
            errors.forbidden(&name, "may not be specified when hostNetwork is true");
        }
        if spec.get("setHostnameAsFQDN").is_true() {
            errors.forbidden(&name, "may not be specified when setHostnameAsFQDN is true");
        }
        if name.str().len() > MAX_HOSTNAME_OVERRIDE {
            errors
                .invalid(&name, format!("must be no more than {MAX_HOSTNAME_OVERRIDE} characters"));
        }
        errors.broken(&name, names::dns_subdomain(name.str()));
    }
    for alias in spec.get("hostAliases").items() {
        ip_address(&alias.get("ip"), errors);
        for name in alias.get("hostnames").items() {
            errors.broken(&name, names::dns_subdomain(name.str()));
        }
    }
}

/// Checks an address of either family.
pub(super) fn ip_address(address: &Node<'_>, errors: &mut Errors) {
    match address.str().parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => {
            errors.invalid(address, "must not be an IPv4-mapped IPv6 address");
        }
        Ok(_) => {}
        Err(_) if is_ipv4_with_leading_zeros(address.str()) => {
            errors.invalid(address, "must not have leading 0s");
        }
        Err(_) => {
            errors.invalid(address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
        }
    }
}

/// Whether it would be an address, but for zeros that others take for octal numbers.
pub(super) fn is_ipv4_with_leading_zeros(address: &str) -> bool {
    let parts: Vec<_> = address.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u8>().is_ok()
        })
}
