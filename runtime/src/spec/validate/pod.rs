//! The Pod as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::errors::Errors;
use super::{
    annotations, containers, metadata, names, network, resources, scheduling, security, volumes,
    windows,
};
use crate::spec::node::Node;

/// What the rules of a part have to know of the whole.
pub(super) struct PodContext<'a> {
    /// The volumes, by name.
    pub(super) volumes: BTreeMap<&'a str, Node<'a>>,
    /// The volumes that a controller adds to those.
    pub(super) added_volumes: BTreeSet<&'a str>,
    /// The names of the resource claims.
    pub(super) claims: BTreeSet<&'a str>,
    /// The Pod's restart policy.
    pub(super) restart_policy: &'a str,
    /// How long a stop may take.
    pub(super) grace_seconds: i64,
    /// Whether the Pod shares the users of the host.
    pub(super) host_users: Option<bool>,
}

/// Checks a Pod that is to be created.
pub(in crate::spec) fn pod(pod: &Node<'_>, errors: &mut Errors) {
    let (meta, spec) = (pod.get("metadata"), pod.get("spec"));
    metadata::object_meta(&meta, names::dns_subdomain, errors);
    annotations::pod_annotations(&meta, &spec, errors);
    let origin = Origin { pod_name: meta.get("name").str(), claims: &[], names: true };
    pod_spec(&spec, &origin, errors);
    security::annotations_match(&meta, &spec, errors);
    if spec.get("serviceAccountName").is_empty() {
        volumes::no_tokens(&spec, errors);
    }
    let ephemeral = spec.get("ephemeralContainers");
    if !ephemeral.is_empty() {
        errors.forbidden(&ephemeral, "cannot be set on create");
    }
    if annotations::is_mirror(&meta) && !spec.get("resourceClaims").is_empty() {
        errors.forbidden(pod, "static pods do not support resource claims");
    }
    if !spec.get("schedulingGates").is_empty() && !spec.get("nodeName").is_empty() {
        errors.forbidden(
            &spec.get("nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        );
    }
}

/// From what a spec makes Pods.
pub(super) struct Origin<'a> {
    /// The name of the Pod, empty in a template.
    pub(super) pod_name: &'a str,
    /// The volumes that a controller adds.
    pub(super) claims: &'a [&'a str],
    /// Whether the spec names the Pod's host, and not its controller.
    pub(super) names: bool,
}

/// Checks the spec of a Pod, or of a template of Pods.
pub(super) fn pod_spec(spec: &Node<'_>, origin: &Origin<'_>, errors: &mut Errors) {
    let restart_policy = spec.get("restartPolicy");
    errors.required_one_of(&restart_policy, &["Always", "OnFailure", "Never"], "");
    let context = PodContext {
        volumes: spec
            .get("volumes")
            .items()
            .map(|volume| (volume.get("name").str(), volume))
            .collect(),
        claims: spec.get("resourceClaims").items().map(|claim| claim.get("name").str()).collect(),
        added_volumes: origin.claims.iter().copied().collect(),
        restart_policy: restart_policy.str(),
        grace_seconds: spec.get("terminationGracePeriodSeconds").int().unwrap_or(30),
        host_users: spec.get("hostUsers").bool(),
    };
    volumes::all(spec, origin.pod_name, errors);
    resource_claims(&spec.get("resourceClaims"), errors);
    containers::all_containers(spec, &context, errors);
    resources::of_pod(spec, errors);
    resources::overhead(&spec.get("overhead"), errors);
    security::of_pod(spec, errors);
    windows::operating_system(spec, errors);
    windows::host_process(spec, errors);
    host_namespaces(spec, errors);
    network::dns(spec, errors);
    network::host_names(spec, origin.names, errors);
    scheduling::affinity(&spec.get("affinity"), errors);
    scheduling::tolerations(&spec.get("tolerations"), errors);
    scheduling::topology_spread(&spec.get("topologySpreadConstraints"), errors);
    metadata::labels(&spec.get("nodeSelector"), errors);
    for (field, name) in [("readinessGates", "conditionType"), ("schedulingGates", "name")] {
        gates(&spec.get(field), name, errors);
    }
    for field in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
        errors.optional_name(&spec.get(field), names::dns_subdomain);
    }
    errors.in_range(&spec.get("activeDeadlineSeconds"), 1, i64::from(i32::MAX));
    errors.optional_one_of(&spec.get("preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
}

fn gates(gates: &Node<'_>, name: &'static str, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for gate in gates.items() {
        let name = gate.get(name);
        errors.broken(&name, names::label_key(name.str()));
        if name.path().to_string().ends_with(".name") && !seen.insert(name.str()) {
            errors.duplicate(&name.at(gate.path().clone()));
        }
    }
}

fn resource_claims(claims: &Node<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for claim in claims.items() {
        let name = claim.get("name");
        if !name.is_empty() && !seen.insert(name.str()) {
            errors.duplicate(&name);
        }
        errors.required_name(&name, names::dns_label);
        let (by_name, by_template) =
            (claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName"));
        match (by_name.is_set(), by_template.is_set()) {
            (false, false) => errors.invalid(
                &claim,
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            ),
            (true, true) => errors.invalid(
                &claim,
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            ),
            _ => {}
        }
        for reference in [by_name, by_template] {
            if reference.is_set() {
                errors.broken(&reference, names::dns_subdomain(reference.str()));
            }
        }
    }
}

fn host_namespaces(spec: &Node<'_>, errors: &mut Errors) {
    if spec.get("hostUsers").bool() == Some(false) {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if spec.get(field).is_true() {
                errors.forbidden(&spec.get(field), "when `hostUsers` is false");
            }
        }
    }
    if spec.get("hostNetwork").is_true() {
        for port in
            spec.get("containers").items().flat_map(|container| container.get("ports").items())
        {
            let (container_port, host_port) = (port.get("containerPort"), port.get("hostPort"));
            if !host_port.is_empty() && container_port.int() != host_port.int() {
                errors.invalid(&container_port, "must match `hostPort` when `hostNetwork` is true");
            }
        }
    }
}
