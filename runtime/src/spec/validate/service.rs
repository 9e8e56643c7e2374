//! Service.

mod addresses;
mod ports;
mod traffic;

use super::errors::Errors;
use super::{metadata, names};
use crate::spec::node::Node;

const MAX_AFFINITY_SECONDS: i64 = 86_400;

/// Checks a Service.
pub(super) fn service(object: &Node<'_>, errors: &mut Errors) {
    metadata::object_meta(&object.get("metadata"), names::dns_1035_label, errors);
    let spec = object.get("spec");
    let kind = spec.get("type");
    errors.one_of(&kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    metadata::labels(&spec.get("selector"), errors);
    session_affinity(&spec, errors);
    if kind.str() == "ExternalName" {
        external_name(&spec, errors);
    } else {
        if spec.get("ports").is_empty() && !addresses::is_headless(&spec) {
            errors.required(&spec.get("ports"), "");
        }
        addresses::of_cluster(&spec, errors);
    }
    addresses::outside(&spec.get("externalIPs"), errors);
    ports::service_ports(&spec, errors);
    traffic::load_balancer(object, errors);
    traffic::policies(&spec, errors);
}

/// Checks a Service that is only another name for a host.
fn external_name(spec: &Node<'_>, errors: &mut Errors) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if !spec.get(field).is_empty() {
            errors.forbidden(&spec.get(field), "may not be set for ExternalName services");
        }
    }
    let name = spec.get("externalName");
    // A dot at its end says that it is the whole name.
    let bare = name.str().strip_suffix('.').unwrap_or(name.str());
    if bare.is_empty() {
        errors.required(&name, "");
    } else {
        errors.broken(&name, names::dns_subdomain(bare));
    }
}

fn session_affinity(spec: &Node<'_>, errors: &mut Errors) {
    let affinity = spec.get("sessionAffinity");
    errors.one_of(&affinity, &["ClientIP", "None"]);
    if affinity.str() == "ClientIP" {
        let timeout = spec.get("sessionAffinityConfig").get("clientIP").get("timeoutSeconds");
        if timeout.int().is_some_and(|seconds| !(1..=MAX_AFFINITY_SECONDS).contains(&seconds)) {
            errors.invalid(
                &timeout,
                format!("must be greater than 0 and less than {MAX_AFFINITY_SECONDS}"),
            );
        }
    }
}
