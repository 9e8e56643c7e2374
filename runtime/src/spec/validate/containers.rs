//! Containers: regular ones, init containers and ephemeral ones.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::pod::PodContext;
use super::{env, mounts, names, ports, probes, resources, security};
use crate::spec::node::Node;

const MAX_RESTART_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;

/// Checks every container of a Pod.
pub(super) fn all_containers(spec: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let regular = spec.get("containers");
    if regular.is_empty() {
        errors.required(&regular, "");
    }
    let mut names = BTreeSet::new();
    for container in regular.items() {
        common(&container, pod, errors);
        unique_name(&container, &mut names, errors);
        probes::of_regular(&container, pod, errors);
        restart_policy(&container, errors);
    }
    ports::host_port_conflicts(regular.items(), errors);
    for container in spec.get("initContainers").items() {
        common(&container, pod, errors);
        unique_name(&container, &mut names, errors);
        init_container(&container, pod, errors);
        ports::host_port_conflicts([container].into_iter(), errors);
    }
    for container in spec.get("ephemeralContainers").items() {
        unique_name(&container, &mut names, errors);
        ephemeral_container(&container, spec, pod, errors);
    }
}

fn unique_name<'a>(container: &Node<'a>, names: &mut BTreeSet<&'a str>, errors: &mut Errors) {
    let name = container.get("name");
    if !name.is_empty() && !names.insert(name.str()) {
        errors.duplicate(&name);
    }
}

/// What all kinds of containers have to keep to.
fn common(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let name = container.get("name");
    errors.required_name(&name, names::dns_label_without_dots);
    let image = container.get("image");
    if image.is_empty() {
        // A template may leave the image open for a controller to fill in, a Pod may not.
        errors.required(&image, "");
    } else if image.str().trim() != image.str() {
        errors.invalid(&image, "must not have leading or trailing whitespace");
    }
    let policy = container.get("terminationMessagePolicy");
    errors.required_one_of(&policy, &["File", "FallbackToLogsOnError"], "");
    ports::container_ports(&container.get("ports"), errors);
    env::variables(&container.get("env"), pod, errors);
    env::sources(&container.get("envFrom"), errors);
    mounts::volume_mounts(container, pod, errors);
    mounts::volume_devices(container, pod, errors);
    let pull_policy = container.get("imagePullPolicy");
    errors.required_one_of(&pull_policy, &["Always", "IfNotPresent", "Never"], "");
    resources::of_container(&container.get("resources"), pod, errors);
    resources::resize_policy(container, pod, errors);
    security::of_container(&container.get("securityContext"), pod, errors);
}

fn init_container(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    restart_policy(container, errors);
    if container.get("restartPolicy").str() == "Always" {
        probes::of_sidecar(container, pod, errors);
        return;
    }
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(field).is_set() {
            errors.forbidden(
                &container.get(field),
                "may not be set for init containers without restartPolicy=Always",
            );
        }
    }
    for policy in container.get("resizePolicy").items() {
        let restart = policy.get("restartPolicy");
        if restart.str() == "RestartContainer" {
            errors.invalid(
                &restart,
                "must not be set to 'RestartContainer' for non-sidecar initContainers",
            );
        }
    }
}

fn restart_policy(container: &Node<'_>, errors: &mut Errors) {
    let policy = container.get("restartPolicy");
    errors.optional_one_of(&policy, &["Always", "Never", "OnFailure"]);
    let rules = container.get("restartPolicyRules");
    if rules.is_empty() {
        return;
    }
    if !policy.is_set() {
        errors.required(&policy, "must specify restartPolicy when restart rules are used");
    }
    if rules.len() > MAX_RESTART_RULES {
        errors.too_many(&rules, MAX_RESTART_RULES);
        return;
    }
    for rule in rules.items() {
        restart_rule(&rule, errors);
    }
}

fn restart_rule(rule: &Node<'_>, errors: &mut Errors) {
    errors.required_one_of(&rule.get("action"), &["Restart", "RestartAllContainers"], "");
    let codes = rule.get("exitCodes");
    if !codes.is_set() {
        errors.required(&codes, "must be specified");
        return;
    }
    errors.required_one_of(&codes.get("operator"), &["In", "NotIn"], "");
    let values = codes.get("values");
    if values.is_empty() {
        errors.required(&values, "at least one value is required");
    } else if values.len() > MAX_EXIT_CODES {
        errors.too_many(&values, MAX_EXIT_CODES);
    }
    let mut seen = BTreeSet::new();
    for value in values.items() {
        if value.int().is_some_and(|code| !seen.insert(code)) {
            errors.duplicate(&value);
        }
    }
}

/// Fields that an ephemeral container may not have.
const NOT_EPHEMERAL: [&str; 8] = [
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resizePolicy",
    "resources",
    "restartPolicyRules",
    "startupProbe",
];

fn ephemeral_container(
    container: &Node<'_>,
    spec: &Node<'_>,
    pod: &PodContext<'_>,
    errors: &mut Errors,
) {
    common(container, pod, errors);
    let target = container.get("targetContainerName");
    if let Some(name) = target.text() {
        let mut others =
            ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items());
        if !others.any(|other| other.get("name").str() == name) {
            errors.not_found(&target);
        }
    }
    for field in NOT_EPHEMERAL {
        if !container.get(field).is_empty() {
            errors.forbidden(&container.get(field), "cannot be set for an Ephemeral Container");
        }
    }
    if container.get("restartPolicy").is_set() {
        errors
            .forbidden(&container.get("restartPolicy"), "cannot be set for an Ephemeral Container");
    }
    for mount in container.get("volumeMounts").items() {
        for field in ["subPath", "subPathExpr"] {
            if !mount.get(field).is_empty() {
                errors.forbidden(&mount.get(field), "cannot be set for an Ephemeral Container");
            }
        }
    }
}
