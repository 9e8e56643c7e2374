//! Deployment, ReplicaSet, StatefulSet, DaemonSet.

use super::errors::{Errors, NOT_NEGATIVE};
use super::template::{
    always_running, at_most_100_percent, int_or_percent, is_nothing, named, pod_template, selects,
    stateful_template,
};
use super::{claim, names};
use crate::spec::node::Node;
use crate::spec::path::FieldPath;

/// Checks a Deployment.
pub(super) fn deployment(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let spec = object.get("spec");
    replicated("deployment", "ReplicaSet", &spec, errors);
    for field in ["revisionHistoryLimit", "progressDeadlineSeconds"] {
        errors.not_negative(&spec.get(field));
    }
    let deadline = spec.get("progressDeadlineSeconds");
    let ready_seconds = spec.get("minReadySeconds").int().unwrap_or_default();
    if deadline.int().is_some_and(|seconds| seconds <= ready_seconds) {
        errors.invalid(&deadline, "must be greater than minReadySeconds");
    }
    let strategy = spec.get("strategy");
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").str() {
        "Recreate" if rolling.is_set() => {
            errors.forbidden(&rolling, "may not be specified when strategy `type` is 'Recreate'")
        }
        "Recreate" => {}
        "RollingUpdate" => rolling_deployment(&rolling, errors),
        _ => errors.not_supported(&strategy.get("type"), &["Recreate", "RollingUpdate"]),
    }
    rollback(object, errors);
}

/// Checks the revision to go back to, which an older version of the API had as a field.
///
/// What is no number is no revision, and passed over.
fn rollback(deployment: &Node<'_>, errors: &mut Errors) {
    let annotations = deployment.get("metadata").get("annotations");
    let revision = annotations.key("deprecated.deployment.rollback.to").str().parse::<i64>();
    if let Ok(revision) = revision
        && revision < 0
    {
        let field = FieldPath::root().field("spec").field("rollback").field("version");
        errors.invalid_part(&annotations.at(field), revision, NOT_NEGATIVE);
    }
}

fn rolling_deployment(rolling: &Node<'_>, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    int_or_percent(&unavailable, errors);
    int_or_percent(&surge, errors);
    if is_nothing(&unavailable) && is_nothing(&surge) {
        errors.invalid(&unavailable, "may not be 0 when `maxSurge` is 0");
    }
    at_most_100_percent(&unavailable, errors);
}

/// Checks a ReplicaSet.
pub(super) fn replica_set(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    replicated("deployment", "ReplicaSet", &object.get("spec"), errors);
}

/// Checks what a Deployment and a ReplicaSet have in common.
fn replicated(selector_kind: &str, kind: &str, spec: &Node<'_>, errors: &mut Errors) {
    for field in ["replicas", "minReadySeconds"] {
        errors.not_negative(&spec.get(field));
    }
    let template = spec.get("template");
    selects(selector_kind, &spec.get("selector"), &template, errors);
    pod_template(&template, errors);
    always_running(kind, &template, errors);
}

/// Checks a DaemonSet.
pub(super) fn daemon_set(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let spec = object.get("spec");
    let template = spec.get("template");
    selects("daemonset", &spec.get("selector"), &template, errors);
    pod_template(&template, errors);
    always_running("DaemonSet", &template, errors);
    for field in ["minReadySeconds", "revisionHistoryLimit"] {
        errors.not_negative(&spec.get(field));
    }
    let strategy = spec.get("updateStrategy");
    match strategy.get("type").str() {
        "OnDelete" => {}
        "RollingUpdate" => rolling_daemon_set(&strategy.get("rollingUpdate"), errors),
        _ => errors.not_supported(&strategy.get("type"), &["RollingUpdate", "OnDelete"]),
    }
}

fn rolling_daemon_set(rolling: &Node<'_>, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    for share in [&unavailable, &surge] {
        int_or_percent(share, errors);
        at_most_100_percent(share, errors);
    }
    match (is_nothing(&unavailable), is_nothing(&surge)) {
        (true, true) => errors.required(&unavailable, "cannot be 0 when maxSurge is 0"),
        (false, false) => errors.invalid(&surge, "may not be set when maxUnavailable is non-zero"),
        _ => {}
    }
}

/// Checks a StatefulSet.
pub(super) fn stateful_set(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let spec = object.get("spec");
    let policy = spec.get("podManagementPolicy");
    if !matches!(policy.str(), "OrderedReady" | "Parallel") {
        errors.invalid(&policy, "must be 'OrderedReady' or 'Parallel'");
    }
    stateful_strategy(&spec.get("updateStrategy"), errors);
    let retention = spec.get("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        errors.optional_one_of(&retention.get(field), &["Delete", "Retain"]);
    }
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        errors.not_negative(&spec.get(field));
    }
    errors.not_negative(&spec.get("ordinals").get("start"));
    errors.optional_name(&spec.get("serviceName"), names::dns_label);
    let claims = spec.get("volumeClaimTemplates");
    let names: Vec<_> =
        claims.items().map(|claim| claim.get("metadata").get("name").str()).collect();
    for claim in claims.items() {
        let class = claim.get("spec").get("volumeAttributesClassName");
        errors.optional_name(&class, names::dns_subdomain);
    }
    let template = spec.get("template");
    selects("statefulset", &spec.get("selector"), &template, errors);
    stateful_template(&template, &names, errors);
    always_running("StatefulSet", &template, errors);
}

fn stateful_strategy(strategy: &Node<'_>, errors: &mut Errors) {
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").str() {
        "OnDelete" if rolling.is_set() => {
            errors.invalid(&rolling, "only allowed for updateStrategy 'RollingUpdate'");
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            errors.not_negative(&rolling.get("partition"));
            let unavailable = rolling.get("maxUnavailable");
            if unavailable.is_set() {
                int_or_percent(&unavailable, errors);
                if is_nothing(&unavailable) {
                    errors.invalid(&unavailable, "cannot be 0");
                }
                at_most_100_percent(&unavailable, errors);
            }
        }
        _ => errors.invalid(&strategy.get("type"), "must be 'RollingUpdate' or 'OnDelete'"),
    }
}

/// Checks a PersistentVolumeClaim.
pub(super) fn persistent_volume_claim(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    claim::spec(&object.get("spec"), errors);
}
