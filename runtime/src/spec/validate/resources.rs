//! Requests, limits and claims.

use std::collections::BTreeSet;

use super::errors::{Errors, NOT_NEGATIVE};
use super::names;
use super::pod::PodContext;
use crate::spec::node::Node;
use crate::spec::path::FieldPath;

/// Checks what a container asks for.
pub(super) fn of_container(resources: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    requirements(resources, container_resource_name, errors);
    claims(&resources.get("claims"), pod, errors);
}

/// A rule for the names of resources, which differ between places.
type ResourceNameRule = fn(&Node<'_>, &str, &mut Errors);

fn requirements(resources: &Node<'_>, name_rule: ResourceNameRule, errors: &mut Errors) {
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    let (mut computes, mut huge) = (false, false);
    for (name, amount) in limits.entries().chain(requests.entries()) {
        name_rule(&amount, name, errors);
        resource_amount(&amount, name, errors);
        computes |= matches!(name, "cpu" | "memory");
        huge |= is_huge_page(name);
    }
    for (name, amount) in requests.entries() {
        let Some(request) = amount.quantity() else { continue };
        let limit = limits.key(name);
        match limit.quantity() {
            Some(limit) if request != limit && !may_be_overcommitted(name) => errors.invalid_part(
                &requests,
                request.to_string(),
                format!("must be equal to {name} limit of {limit}"),
            ),
            Some(limit) if request > limit => errors.invalid_part(
                &requests,
                request.to_string(),
                format!("must be less than or equal to {name} limit of {limit}"),
            ),
            None if !may_be_overcommitted(name) => {
                errors.required(&limits, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    if huge && !computes {
        errors.forbidden(resources, "HugePages require cpu or memory");
    }
}

/// Checks the extra that a runtime takes for each pod.
pub(super) fn overhead(overhead: &Node<'_>, errors: &mut Errors) {
    for (name, amount) in overhead.entries() {
        let amount = amount.at(overhead.path().field("limits").key(name));
        container_resource_name(&amount, name, errors);
        resource_amount(&amount, name, errors);
    }
}

fn container_resource_name(at: &Node<'_>, name: &str, errors: &mut Errors) {
    for rule in names::qualified_name(name) {
        errors.invalid_part(at, name, rule);
    }
    if !name.contains('/') {
        if !is_standard(name) {
            errors.invalid_part(at, name, "must be a standard resource type or fully qualified");
        }
        if !is_standard_for_containers(name) {
            errors.invalid_part(at, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid_part(at, name, "doesn't follow extended resource name standard");
    }
}

fn pod_resource_name(at: &Node<'_>, name: &str, errors: &mut Errors) {
    if !matches!(name, "cpu" | "memory") && !is_huge_page(name) {
        let at = at.at(at.path().clone());
        errors.not_supported_part(&at, name, &["cpu", "hugepages-", "memory"]);
    }
}

fn resource_amount(amount: &Node<'_>, name: &str, errors: &mut Errors) {
    let Some(quantity) = amount.quantity() else { return };
    if quantity.is_negative() {
        errors.invalid(amount, NOT_NEGATIVE);
    }
    if is_extended(name) && !quantity.is_integer() {
        errors.invalid(amount, "must be an integer");
    }
    if let Some(page) = name.strip_prefix("hugepages-").and_then(|size| size.parse().ok()) {
        let page: super::Quantity = page;
        if !quantity.is_multiple_of(page) {
            errors.invalid(
                amount,
                format!("must be positive and a multiple of the page size {page}"),
            );
        }
    }
}

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_standard_for_containers(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_page(name)
}

fn is_standard(name: &str) -> bool {
    let quota = [
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory",
        "requests.storage",
        "resourcequotas",
        "secrets",
        "services",
        "services.loadbalancers",
        "services.nodeports",
        "storage",
        "configmaps",
    ];
    is_standard_for_containers(name)
        || quota.contains(&name)
        || name.starts_with("requests.hugepages-")
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified_name(&format!("requests.{name}")).is_empty()
}

fn may_be_overcommitted(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

fn claims(claims: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let (mut seen, mut in_part) = (BTreeSet::new(), BTreeSet::new());
    for claim in claims.items() {
        let Some(name) = claim.get("name").text() else {
            errors.required(&claim, "");
            continue;
        };
        let request = claim.get("request");
        errors.optional_name(&request, names::dns_label);
        // A claim as a whole includes each of its requests.
        let overlaps = match request.text() {
            Some(_) => {
                in_part.insert(name);
                seen.contains(&(name, None))
            }
            None => in_part.contains(name),
        };
        if !seen.insert((name, request.text())) || overlaps {
            errors.duplicate(&claim);
        }
        if !pod.claims.contains(name) {
            errors.not_found(&claim);
        }
    }
}

/// Checks what a resize of a running container does.
pub(super) fn resize_policy(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let policies = container.get("resizePolicy");
    let mut seen = BTreeSet::new();
    for policy in policies.items() {
        let resource = policy.get("resourceName");
        if !seen.insert(resource.str()) {
            errors.duplicate(&resource.at(policy.path().clone()));
        }
        errors.required_one_of(&resource.at(policies.path().clone()), &["cpu", "memory"], "");
        let restart = policy.get("restartPolicy").at(policies.path().clone());
        errors.required_one_of(&restart, &["NotRequired", "RestartContainer"], "");
        if pod.restart_policy == "Never" && restart.str() == "RestartContainer" {
            errors.invalid(&restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}

/// Checks the requests and limits of the whole Pod.
pub(super) fn of_pod(spec: &Node<'_>, errors: &mut Errors) {
    let resources = spec.get("resources");
    if !resources.is_set() {
        return;
    }
    if !resources.get("claims").is_empty() {
        errors.forbidden(
            &resources.get("claims"),
            "claims are not supported for pod-level resources",
        );
    }
    requirements(&resources, pod_resource_name, errors);
    for (name, amount) in resources.get("requests").entries() {
        let Some(request) = amount.quantity() else { continue };
        if let Some(total) = crate::spec::totals::of_containers(spec, "requests", name)
            && total > request
        {
            errors.invalid_part(
                &amount,
                request.to_string(),
                format!("must be greater than or equal to aggregate container requests of {total}"),
            );
        }
    }
    for list in ["containers", "initContainers"] {
        for (index, container) in spec.get(list).items().enumerate() {
            let place = resources.path().field(list).index(index);
            limits_of_container(&container, &place, &resources.get("limits"), errors);
        }
    }
}

fn limits_of_container(
    container: &Node<'_>,
    place: &FieldPath,
    pod_limits: &Node<'_>,
    errors: &mut Errors,
) {
    for (name, amount) in container.get("resources").get("limits").entries() {
        if let (Some(limit), Some(pod_limit)) = (amount.quantity(), pod_limits.key(name).quantity())
            && limit > pod_limit
        {
            errors.invalid(
                &amount.at(place.key(name).field("limits")),
                format!("must be less than or equal to pod limits of {pod_limit}"),
            );
        }
    }
}
