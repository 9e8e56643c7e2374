//! Defaults of the kinds that make Pods, and of what Pods refer to.

use serde_json::{Value, json};

use super::{child, is_zero, items, pod_spec, remove, set, set_if_absent, text};

/// Fills in an object of that kind.
pub(super) fn object(kind: &str, object: &mut Value) {
    match kind {
        "Deployment" => deployment(child(object, "spec")),
        "ReplicaSet" => replicated(child(object, "spec")),
        "StatefulSet" => stateful_set(child(object, "spec")),
        "DaemonSet" => daemon_set(child(object, "spec")),
        "Job" => job(object),
        "CronJob" => cron_job(child(object, "spec")),
        "Secret" => set(object, "type", json!("Opaque")),
        "Service" => service(child(object, "spec")),
        "PersistentVolumeClaim" => claim(object),
        _ => {}
    }
}

fn template(spec: &mut Value) {
    pod_spec(child(child(spec, "template"), "spec"));
}

fn replicated(spec: &mut Value) {
    set_if_absent(spec, "replicas", json!(1));
    template(spec);
}

fn deployment(spec: &mut Value) {
    replicated(spec);
    set_if_absent(spec, "revisionHistoryLimit", json!(10));
    set_if_absent(spec, "progressDeadlineSeconds", json!(600));
    let strategy = child(spec, "strategy");
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        set_if_absent(rolling, "maxUnavailable", json!("25%"));
        set_if_absent(rolling, "maxSurge", json!("25%"));
    }
}

fn stateful_set(spec: &mut Value) {
    replicated(spec);
    set(spec, "podManagementPolicy", json!("OrderedReady"));
    set_if_absent(spec, "revisionHistoryLimit", json!(10));
    let strategy = child(spec, "updateStrategy");
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate" {
        set_if_absent(child(strategy, "rollingUpdate"), "partition", json!(0));
    }
    let retention = child(spec, "persistentVolumeClaimRetentionPolicy");
    set(retention, "whenDeleted", json!("Retain"));
    set(retention, "whenScaled", json!("Retain"));
    items(spec, "volumeClaimTemplates").for_each(claim);
}

fn claim(claim: &mut Value) {
    set_if_absent(child(claim, "spec"), "volumeMode", json!("Filesystem"));
    set(child(claim, "status"), "phase", json!("Pending"));
}

fn daemon_set(spec: &mut Value) {
    template(spec);
    set_if_absent(spec, "revisionHistoryLimit", json!(10));
    let strategy = child(spec, "updateStrategy");
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        set_if_absent(rolling, "maxUnavailable", json!(1));
        set_if_absent(rolling, "maxSurge", json!(0));
    }
}

fn job(job: &mut Value) {
    let labels = job.pointer("/spec/template/metadata/labels").cloned();
    if let Some(labels) = labels
        && job.pointer("/metadata/labels").is_none()
    {
        set_if_absent(child(job, "metadata"), "labels", labels);
    }
    let spec = child(job, "spec");
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        spec["completions"] = json!(1);
    }
    set_if_absent(spec, "parallelism", json!(1));
    let per_index = spec.get("backoffLimitPerIndex").is_some();
    set_if_absent(spec, "backoffLimit", json!(if per_index { i32::MAX } else { 6 }));
    set_if_absent(spec, "completionMode", json!("NonIndexed"));
    set_if_absent(spec, "suspend", json!(false));
    let replacement =
        if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    set_if_absent(spec, "podReplacementPolicy", json!(replacement));
    if let Some(policy) = spec.get_mut("podFailurePolicy") {
        let conditions = items(policy, "rules").flat_map(|rule| items(rule, "onPodConditions"));
        conditions.for_each(|condition| set(condition, "status", json!("True")));
    }
    template(spec);
}

fn cron_job(spec: &mut Value) {
    set(spec, "concurrencyPolicy", json!("Allow"));
    set_if_absent(spec, "suspend", json!(false));
    set_if_absent(spec, "successfulJobsHistoryLimit", json!(3));
    set_if_absent(spec, "failedJobsHistoryLimit", json!(1));
    template(child(child(spec, "jobTemplate"), "spec"));
}

fn service(spec: &mut Value) {
    set(spec, "type", json!("ClusterIP"));
    set(spec, "sessionAffinity", json!("None"));
    match text(spec, "sessionAffinity") {
        "None" => remove(spec, "sessionAffinityConfig"),
        "ClientIP" => {
            let config = child(child(spec, "sessionAffinityConfig"), "clientIP");
            set_if_absent(config, "timeoutSeconds", json!(10_800));
        }
        _ => {}
    }
    if let Some(address) = spec.get("clusterIP").filter(|address| !is_zero(address)).cloned() {
        set(spec, "clusterIPs", json!([address]));
    }
    for port in items(spec, "ports") {
        set(port, "protocol", json!("TCP"));
        if let Some(number) = port.get("port").cloned() {
            set(port, "targetPort", number);
        }
    }
    traffic(spec);
}

/// Fills in where the traffic of a Service goes.
fn traffic(spec: &mut Value) {
    let kind = text(spec, "type").to_owned();
    let has_outside = items(spec, "externalIPs").next().is_some();
    if matches!(&*kind, "LoadBalancer" | "NodePort") || (kind == "ClusterIP" && has_outside) {
        set(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if matches!(&*kind, "LoadBalancer" | "NodePort" | "ClusterIP") {
        set_if_absent(spec, "internalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        set_if_absent(spec, "allocateLoadBalancerNodePorts", json!(true));
    }
}
